/*-------------------------------------------------------------------------
 *
 * regex.c
 *	  Regular expressions, matched by PCRE2.
 *
 * PCRE2 gets its memory from palloc, so that a pattern goes with the memory
 * context of its evaluation.  The match limit bounds backtracking.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "utils/memutils.h"

#include "value/evaluation.h"
#include "value/list.h"
#include "value/make.h"
#include "value/regex.h"
#include "value/regex_syntax.h"
#include "value/string.h"
#include "value/unicode.h"

/* compiled patterns an evaluation keeps */
#define CACHE_SIZE		16

/* memory of one match, in kB */
#define MATCH_HEAP_LIMIT	(64 * 1024)

struct ExprRegex
{
	ExprValue	source;
	int			flags;			/* as given to mst_regex_compile() */
	int			all_flags;		/* with those the pattern sets */
	int			ngroups;
	const char **names;
	pcre2_code *code;
	pcre2_match_data *match_data;
	pcre2_match_context *match_context;
	const char *checked;		/* subject known to be valid UTF-8 */
};

typedef struct ExprRegexCache
{
	int			next;
	ExprRegex  *regexes[CACHE_SIZE];
} ExprRegexCache;

/*
 * Gives PCRE2 memory of the evaluation, so that nothing has to be freed when
 * an error jumps out. NULL, and not an error, where there is none, because
 * PCRE2 could not be left in the middle.
 */
static void *
pcre_palloc(PCRE2_SIZE size, void *arg)
{
	return palloc_extended(Max(size, 1), MCXT_ALLOC_NO_OOM | MCXT_ALLOC_HUGE);
}

/* Frees what pcre_palloc() has given. */
static void
pcre_pfree(void *p, void *arg)
{
	if (p != NULL)
		pfree(p);
}

/* ---- compiling ---- */

/*
 * Returns PCRE2's options for a pattern: always Unicode, since Python's
 * strings are. ALT_CIRCUMFLEX lets "^" match behind a last line feed, as
 * Python does.
 */
static uint32_t
compile_options(const RegexSyntax *syntax)
{
	uint32_t	options = PCRE2_UTF | PCRE2_UCP;

	if (syntax->flags & EXPR_REGEX_IGNORE_CASE)
		options |= PCRE2_CASELESS;
	if (syntax->flags & EXPR_REGEX_MULTI_LINE)
		options |= PCRE2_MULTILINE | PCRE2_ALT_CIRCUMFLEX;
	if (syntax->flags & EXPR_REGEX_DOT_ALL)
		options |= PCRE2_DOTALL;
	return options;
}

/*
 * Compiles the translated pattern, with room for its groups and the limits of
 * matching. A pattern that PCRE2 refuses after all fails with PCRE2's message.
 */
static bool
compile_code(EvalContext *cxt, ExprRegex *regex, const RegexSyntax *syntax)
{
	pcre2_general_context *general = pcre2_general_context_create(pcre_palloc, pcre_pfree, NULL);
	pcre2_compile_context *compile = pcre2_compile_context_create(general);
	PCRE2_UCHAR message[200];
	PCRE2_SIZE	offset;
	int			code;

	pcre2_set_newline(compile, PCRE2_NEWLINE_LF);
	regex->code = pcre2_compile((PCRE2_SPTR) syntax->pattern.data, syntax->pattern.len,
								compile_options(syntax), &code, &offset, compile);
	if (regex->code == NULL)
	{
		pcre2_get_error_message(code, message, sizeof(message));
		return mst_expr_fail(cxt, "error", "%s", (char *) message);
	}
	regex->match_data = pcre2_match_data_create_from_pattern(regex->code, general);
	regex->match_context = pcre2_match_context_create(general);
	if (regex->match_data == NULL || regex->match_context == NULL)
		return mst_expr_fail_limit(cxt, "MemoryError", "out of memory");
	pcre2_set_match_limit(regex->match_context,
						  (uint32_t) Min(cxt->limits.max_regex_steps, PG_UINT32_MAX));
	pcre2_set_heap_limit(regex->match_context, MATCH_HEAP_LIMIT);
	return true;
}

/* Returns the pattern compiled before with the same flags, or NULL. */
static ExprRegex *
find_cached(EvalContext *cxt, const ExprValue *pattern, int flags)
{
	int			i;

	for (i = 0; cxt->regexes != NULL && i < CACHE_SIZE; i++)
	{
		ExprRegex  *regex = cxt->regexes->regexes[i];

		if (regex != NULL && regex->flags == flags && regex->source.len == pattern->len &&
			memcmp(regex->source.u.string, pattern->u.string, pattern->len) == 0)
			return regex;
	}
	return NULL;
}

/*
 * Keeps a pattern in the place of the one kept for longest; that stays usable
 * for who holds it, as its memory goes with the evaluation.
 */
static void
keep_regex(EvalContext *cxt, ExprRegex *regex)
{
	if (cxt->regexes == NULL)
		cxt->regexes = palloc0(sizeof(ExprRegexCache));
	cxt->regexes->regexes[cxt->regexes->next] = regex;
	cxt->regexes->next = (cxt->regexes->next + 1) % CACHE_SIZE;
}

/*
 * Compiles a pattern (kept in a small cache of the evaluation's context).
 * Python's messages, class "error": "missing ), unterminated subpattern at
 * position 0".
 */
bool
mst_regex_compile(EvalContext *cxt, const ExprValue *pattern, int flags, ExprValue *result)
{
	ExprRegex  *regex = find_cached(cxt, pattern, flags);
	RegexSyntax syntax;
	ExprValue	v = {EXPR_REGEX};

	if (regex == NULL)
	{
		if (!mst_regex_translate(cxt, pattern, flags, &syntax))
			return false;
		regex = palloc0(sizeof(ExprRegex));
		regex->source = *pattern;
		regex->flags = flags;
		regex->all_flags = syntax.flags;
		regex->ngroups = syntax.ngroups;
		regex->names = palloc((syntax.ngroups + 1) * sizeof(char *));
		memcpy(regex->names, syntax.names, (syntax.ngroups + 1) * sizeof(char *));
		if (!compile_code(cxt, regex, &syntax))
			return false;
		keep_regex(cxt, regex);
	}
	v.u.regex = regex;
	*result = v;
	return true;
}

/*
 * The pattern's source text, and its flags: those given and those it sets
 * itself.
 */
ExprValue
mst_regex_source(const ExprRegex *regex)
{
	return regex->source;
}

/*
 * Returns the flags of a pattern: those it was compiled with and those it
 * sets itself.
 */
int
mst_regex_flags(const ExprRegex *regex)
{
	return regex->all_flags;
}

/* Name of group i (1..ngroups), or NULL. */
const char *
mst_regex_group_name(const ExprRegex *regex, int i)
{
	return regex->names[i];
}

/* ---- matching ---- */

/*
 * Copies where the groups have matched, -1 where not: the next match
 * overwrites PCRE2's own.
 */
static void
fill_match(const ExprRegex *regex, ExprMatch *match)
{
	PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(regex->match_data);
	int			i;

	match->ngroups = regex->ngroups;
	for (i = 0; i <= regex->ngroups; i++)
	{
		bool		is_set = offsets[2 * i] != PCRE2_UNSET;

		match->starts[i] = is_set ? (int) offsets[2 * i] : -1;
		match->ends[i] = is_set ? (int) offsets[2 * i + 1] : -1;
	}
}

/*
 * Searches from byte `start` of the subject.  *found answers; match may be
 * NULL.  Fails only by limits.  not_empty_at_start refuses an empty match
 * at `start`, as needed to go on after an empty match.
 */
bool
mst_regex_search(EvalContext *cxt, const ExprRegex *regex, const ExprValue *subject, int start,
				 bool not_empty_at_start, ExprMatch *match, bool *found)
{
	uint32_t	options = not_empty_at_start ? PCRE2_NOTEMPTY_ATSTART : 0;
	int			n;

	CHECK_FOR_INTERRUPTS();
	if (!mst_expr_step(cxt))
		return false;

	/* a subject is checked once, not for every match in it */
	if (start > 0 && regex->checked == subject->u.string)
		options |= PCRE2_NO_UTF_CHECK;
	n = pcre2_match(regex->code, (PCRE2_SPTR) subject->u.string, subject->len, start,
					options, regex->match_data, regex->match_context);
	((ExprRegex *) regex)->checked = subject->u.string;
	*found = n > 0;
	if (n > 0)
	{
		if (match != NULL)
			fill_match(regex, match);
		return true;
	}
	if (n == PCRE2_ERROR_NOMATCH)
		return true;
	if (n <= PCRE2_ERROR_UTF8_ERR1 && n >= PCRE2_ERROR_UTF8_ERR21)
		return mst_expr_fail(cxt, "UnicodeDecodeError", "the text is not valid UTF-8");
	return mst_expr_fail_limit(cxt, "RegexLimitExceededException",
							   "the regular expression takes too many steps");
}

/*
 * Iterates like re.finditer: set *at = 0 and *after_empty = false first; each
 * call gives the next match.
 */
bool
mst_regex_next(EvalContext *cxt, const ExprRegex *regex, const ExprValue *subject,
			   int *at, bool *after_empty, ExprMatch *match, bool *found)
{
	*found = false;
	if (*at > subject->len)
		return true;
	if (!mst_regex_search(cxt, regex, subject, *at, *after_empty, match, found))
		return false;
	if (*found)
	{
		*at = match->ends[0];
		*after_empty = match->starts[0] == match->ends[0];
	}
	return true;
}

/*
 * re.split: pieces and groups (null when it took no part); max 0 is
 * unlimited.
 */
bool
mst_regex_split(EvalContext *cxt, const ExprRegex *regex, const ExprValue *subject, int64 max, ExprList **result)
{
	int			at = 0;
	int			last = 0;
	bool		after_empty = false;
	bool		found;
	int64		n = 0;
	ExprMatch	match;
	ExprValue	piece;
	int			i;

	*result = mst_list_new(0);
	while (max == 0 || n < max)
	{
		if (!mst_regex_next(cxt, regex, subject, &at, &after_empty, &match, &found))
			return false;
		if (!found)
			break;
		piece = mst_value_string(subject->u.string + last, match.starts[0] - last);
		if (!mst_list_append(cxt, *result, &piece))
			return false;
		for (i = 1; i <= match.ngroups; i++)
		{
			piece = match.starts[i] < 0 ? mst_value_null() :
				mst_value_string(subject->u.string + match.starts[i], match.ends[i] - match.starts[i]);
			if (!mst_list_append(cxt, *result, &piece))
				return false;
		}
		last = match.ends[0];
		n++;
	}
	piece = mst_value_string(subject->u.string + last, subject->len - last);
	return mst_list_append(cxt, *result, &piece);
}

/*
 * Replaces matches by what a callback gives for each. Fails when the callback
 * does, when the pattern takes too many steps, and by limits.
 */
bool
mst_regex_replace_by(EvalContext *cxt, const ExprRegex *regex, const ExprValue *subject,
					 ExprReplacer replacer, void *arg, int64 count, ExprValue *result)
{
	int			at = 0;
	int			last = 0;
	bool		after_empty = false;
	bool		found;
	int64		n = 0;
	ExprMatch	match;
	StringInfoData buf;

	mst_text_init(&buf);
	while (count == 0 || n < count)
	{
		if (!mst_regex_next(cxt, regex, subject, &at, &after_empty, &match, &found))
			return false;
		if (!found)
			break;
		if (!mst_expr_charge(cxt, (int64) buf.len + (match.starts[0] - last)))
			return false;
		appendBinaryStringInfo(&buf, subject->u.string + last, match.starts[0] - last);
		if (!replacer(cxt, &match, arg, &buf) || !mst_expr_charge(cxt, buf.len))
			return false;
		last = match.ends[0];
		n++;
	}
	if (!mst_expr_charge(cxt, (int64) buf.len + subject->len - last))
		return false;
	appendBinaryStringInfo(&buf, subject->u.string + last, subject->len - last);
	*result = mst_value_string_from(&buf);
	return true;
}

/* ---- replacement templates ---- */

/* A template taken apart: text, then the group that follows it, ... */
typedef struct TemplatePiece
{
	const char *text;
	int			len;
	int			group;			/* -1: none */
} TemplatePiece;

typedef struct ReplaceTemplate
{
	const ExprValue *subject;
	TemplatePiece *pieces;
	int			npieces;
	int			room;
} ReplaceTemplate;

/*
 * Adds a piece of a template: text with a group behind it, or -1 at the end.
 */
static void
add_piece(ReplaceTemplate *t, const char *text, int len, int group)
{
	if (t->npieces == t->room)
	{
		t->room = Max(t->room * 2, 8);
		t->pieces = t->pieces == NULL ? palloc(t->room * sizeof(TemplatePiece)) :
			repalloc(t->pieces, t->room * sizeof(TemplatePiece));
	}
	t->pieces[t->npieces].text = text;
	t->pieces[t->npieces].len = len;
	t->pieces[t->npieces].group = group;
	t->npieces++;
}

/*
 * Fails as Python does for a template, with the place counted in code points.
 */
static bool
fail_template(EvalContext *cxt, const ExprValue *template, const char *at, const char *what)
{
	return mst_expr_fail(cxt, "error", "%s at position %d", what,
						 mst_utf8_index(template->u.string, (int) (at - template->u.string)));
}

/* \g<name> or \g<number>; *p stands behind the "g". */
static bool
parse_group_name(EvalContext *cxt, const ExprRegex *regex, const ExprValue *template,
				 const char **p, int *group)
{
	const char *end = template->u.string + template->len;
	const char *close;
	char	   *name;
	ExprValue	text;

	if (*p >= end || **p != '<')
		return fail_template(cxt, template, *p, "missing <");
	close = memchr(*p, '>', end - *p);
	if (close == NULL)
		return fail_template(cxt, template, *p + 1, "missing >, unterminated name");
	if (close == *p + 1)
		return fail_template(cxt, template, *p + 1, "missing group name");
	name = pnstrdup(*p + 1, close - *p - 1);
	text = mst_value_cstring(name);
	if (strspn(name, "0123456789") == strlen(name))
	{
		*group = strlen(name) > 3 ? 999 : atoi(name);
		if (*group > regex->ngroups)
			return fail_template(cxt, template, *p + 1, psprintf("invalid group reference %s", name));
	}
	else if (!mst_string_is_identifier(&text))
		return fail_template(cxt, template, *p + 1, psprintf("bad character in group name '%s'", name));
	else
	{
		for (*group = regex->ngroups; *group > 0; (*group)--)
		{
			if (regex->names[*group] != NULL && strcmp(regex->names[*group], name) == 0)
				break;
		}
		if (*group == 0)
			return mst_expr_fail(cxt, "IndexError", "unknown group name '%s'", name);
	}
	*p = close + 1;
	return true;
}

/* \1, \12, \012, \377; *p stands behind the first digit. */
static bool
parse_digits(EvalContext *cxt, const ExprRegex *regex, const ExprValue *template,
			 const char **p, StringInfo literal, int *group)
{
	const char *end = template->u.string + template->len;
	const char *first = *p - 1;
	const char *q = *p;
	int			value = 0;

	*group = -1;
	if (*first == '0' ||
		(q + 1 < end && *first < '8' && *q >= '0' && *q < '8' && q[1] >= '0' && q[1] < '8'))
	{
		for (q = first; q < end && q < first + 3 && *q >= '0' && *q < '8'; q++)
			value = value * 8 + (*q - '0');
		if (value > 0377)
			return fail_template(cxt, template, first - 1,
								 psprintf("octal escape value \\%s outside of range 0-0o377",
										  pnstrdup(first, q - first)));
		mst_utf8_append(literal, value);
		*p = q;
		return true;
	}
	*group = *first - '0';
	if (q < end && *q >= '0' && *q <= '9')
		*group = *group * 10 + (*q++ - '0');
	if (*group > regex->ngroups)
		return fail_template(cxt, template, first, psprintf("invalid group reference %d", *group));
	*p = q;
	return true;
}

/* One escape of a template; *p stands behind the backslash. */
static bool
parse_template_escape(EvalContext *cxt, const ExprRegex *regex, const ExprValue *template,
					  const char **p, StringInfo literal, int *group)
{
	static const char letters[] = "abfnrtv\\";
	static const char meanings[] = "\a\b\f\n\r\t\v\\";
	const char *end = template->u.string + template->len;
	const char *found;
	char		c;

	*group = -1;
	if (*p >= end)
		return fail_template(cxt, template, *p - 1, "bad escape (end of pattern)");
	c = *(*p)++;
	if (c == 'g')
		return parse_group_name(cxt, regex, template, p, group);
	if (c >= '0' && c <= '9')
		return parse_digits(cxt, regex, template, p, literal, group);
	found = c != '\0' ? strchr(letters, c) : NULL;
	if (found != NULL)
		appendStringInfoChar(literal, meanings[found - letters]);
	else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		return fail_template(cxt, template, *p - 2, psprintf("bad escape \\%c", c));
	else
	{
		appendStringInfoChar(literal, '\\');
		appendStringInfoChar(literal, c);
	}
	return true;
}

/*
 * Takes a template apart once, so that replacing many matches does not read it
 * again.
 */
static bool
parse_template(EvalContext *cxt, const ExprRegex *regex, const ExprValue *template, ReplaceTemplate *t)
{
	const char *p = template->u.string;
	const char *end = p + template->len;
	StringInfoData literal;
	int			group;

	mst_text_init(&literal);
	while (p < end)
	{
		if (*p != '\\')
		{
			appendStringInfoChar(&literal, *p++);
			continue;
		}
		p++;
		if (!parse_template_escape(cxt, regex, template, &p, &literal, &group))
			return false;
		if (group >= 0)
		{
			add_piece(t, literal.data, literal.len, group);
			mst_text_init(&literal);
		}
	}
	add_piece(t, literal.data, literal.len, -1);
	return true;
}

/*
 * Appends what the template makes of one match. A group that took no part is
 * empty, as in Python since 3.5.
 */
static bool
expand_template(EvalContext *cxt, const ExprMatch *match, void *arg, StringInfo out)
{
	const ReplaceTemplate *t = arg;
	int			i;

	for (i = 0; i < t->npieces; i++)
	{
		const TemplatePiece *piece = &t->pieces[i];

		appendBinaryStringInfo(out, piece->text, piece->len);
		if (piece->group >= 0 && match->starts[piece->group] >= 0)
		{
			int			len = match->ends[piece->group] - match->starts[piece->group];

			if (!mst_expr_charge(cxt, (int64) out->len + len))
				return false;
			appendBinaryStringInfo(out, t->subject->u.string + match->starts[piece->group], len);
		}
	}
	return true;
}

/* re.sub with a template (\1, \g<name>); count 0 is unlimited. */
bool
mst_regex_replace(EvalContext *cxt, const ExprRegex *regex, const ExprValue *subject,
				  const ExprValue *template, int64 count, ExprValue *result)
{
	ReplaceTemplate t = {subject};

	return parse_template(cxt, regex, template, &t) &&
		mst_regex_replace_by(cxt, regex, subject, expand_template, &t, count, result);
}

/* re.escape */
bool
mst_regex_escape(EvalContext *cxt, const ExprValue *text, ExprValue *result)
{
	static const char special[] = "()[]{}?*+-|^$\\.&~# \t\n\r\v\f";
	StringInfoData buf;
	int			i;

	if (!mst_expr_charge(cxt, (int64) text->len * 2))
		return false;
	mst_text_init(&buf);
	for (i = 0; i < text->len; i++)
	{
		char		c = text->u.string[i];

		if (c != '\0' && strchr(special, c) != NULL)
			appendStringInfoChar(&buf, '\\');
		appendStringInfoChar(&buf, c);
	}
	*result = mst_value_string_from(&buf);
	return true;
}
