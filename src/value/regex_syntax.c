/*-------------------------------------------------------------------------
 *
 * regex_syntax.c
 *	  Python's regular expression syntax, checked and translated for PCRE2.
 *
 * Most of both dialects is the same.  What PCRE2 has beyond Python is refused
 * with Python's message, and what it spells differently is written anew:
 * \Z, {,n}, \uXXXX, \N{...}, named groups (by number), the "[" in a class.
 * Positions in messages count code points.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/evaluation.h"
#include "value/make.h"
#include "value/regex_syntax.h"
#include "value/string.h"
#include "value/unicode.h"

typedef struct Translator
{
	EvalContext *cxt;
	RegexSyntax *out;
	const char *start;
	const char *p;
	const char *end;
	bool		is_open[REGEX_MAX_GROUPS + 1];	/* groups not closed yet */
	bool		is_verbose;
	int			condition_group;	/* highest group of a condition, */
	const char *condition_at;	/* and where it stands */
} Translator;

static bool translate_alternatives(Translator *t);

/* ---- helpers ---- */

/* Fails as Python's re.error does, with the place counted in code points. */
static bool
fail_at(Translator *t, const char *at, const char *what)
{
	return mst_expr_fail(t->cxt, "error", "%s at position %d", what,
						 mst_utf8_length(t->start, (int) (at - t->start)));
}

/* The pattern may have NUL characters, so its end is a pointer. */
static inline bool
at_end(const Translator *t)
{
	return t->p >= t->end;
}

/* Answers whether the next character is this one; false at the end. */
static inline bool
looking_at(const Translator *t, char c)
{
	return t->p < t->end && *t->p == c;
}

/* Steps over a character if it is the next one. */
static bool
accept_char(Translator *t, char c)
{
	if (!looking_at(t, c))
		return false;
	t->p++;
	return true;
}

/* ASCII digits: a reference to a group is made of no others. */
static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * An escape of three octal digits is a character, where fewer may be a group.
 */
static inline bool
is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Writes a code point so that PCRE2 takes it literally. */
static void
put_char(Translator *t, uint32 c)
{
	if (c < 0x80 && mst_char_is_word(c))
		appendStringInfoChar(&t->out->pattern, (char) c);
	else
		appendStringInfo(&t->out->pattern, "\\x{%x}", c);
}

/* Appends to the pattern for PCRE2. */
static inline void
put_text(Translator *t, const char *s)
{
	appendStringInfoString(&t->out->pattern, s);
}

/* ---- escapes ---- */

/* Exactly n hexadecimal digits. */
static bool
read_hex(Translator *t, const char *escape, int n, uint32 *c)
{
	int			i;

	*c = 0;
	for (i = 0; i < n; i++)
	{
		char		d = at_end(t) ? '\0' : *t->p;

		if (is_digit(d))
			*c = *c * 16 + (d - '0');
		else if ((d >= 'a' && d <= 'f') || (d >= 'A' && d <= 'F'))
			*c = *c * 16 + ((d | 0x20) - 'a' + 10);
		else
			return fail_at(t, escape, psprintf("incomplete escape %s",
											   pnstrdup(escape, t->p - escape)));
		t->p++;
	}
	if (*c > 0x10FFFF)
		return fail_at(t, escape, psprintf("bad escape %s", pnstrdup(escape, t->p - escape)));
	return true;
}

/* \N{NAME}, the "N" is read. */
static bool
read_name(Translator *t, const char *escape, uint32 *c)
{
	const char *close;

	if (!accept_char(t, '{'))
		return fail_at(t, t->p, "missing {");
	close = memchr(t->p, '}', t->end - t->p);
	if (close == NULL)
		return fail_at(t, t->p, "missing }, unterminated name");
	*c = mst_char_by_name(t->p, (int) (close - t->p));
	if (*c == 0xFFFFFFFF)
		return fail_at(t, escape, psprintf("undefined character name '%s'",
										   pnstrdup(t->p, close - t->p)));
	t->p = close + 1;
	return true;
}

/*
 * An escape that stands for one character, "\" and the letter being read.
 * *known is false when it is none of those.
 */
static bool
read_char_escape(Translator *t, const char *escape, char letter, uint32 *c, bool *known)
{
	static const char letters[] = "abfnrtv\\";
	static const char meanings[] = "\a\b\f\n\r\t\v\\";
	const char *found = letter != '\0' ? strchr(letters, letter) : NULL;

	*known = true;
	if (found != NULL)
	{
		*c = (unsigned char) meanings[found - letters];
		return true;
	}
	switch (letter)
	{
		case 'x':
			return read_hex(t, escape, 2, c);
		case 'u':
			return read_hex(t, escape, 4, c);
		case 'U':
			return read_hex(t, escape, 8, c);
		case 'N':
			return read_name(t, escape, c);
		default:
			*known = false;
			return true;
	}
}

/*
 * Fails for an escape that Python does not know. PCRE2 knows many more, which
 * must not work by accident.
 */
static bool
bad_escape(Translator *t, const char *escape)
{
	const char *p = escape + 1;

	(void) mst_utf8_next(&p, t->end);
	return fail_at(t, escape, psprintf("bad escape %s", pnstrdup(escape, p - escape)));
}

/* Octal digits after the first, up to three in all. */
static uint32
read_octal(Translator *t, char first, int more)
{
	uint32		c = first - '0';

	while (more-- > 0 && !at_end(t) && is_octal(*t->p))
		c = c * 8 + (*t->p++ - '0');
	return c;
}

/* \0.. \377 and references \1 .. \99; the first digit is read. */
static bool
translate_digits(Translator *t, const char *escape, char first)
{
	int			group = first - '0';
	uint32		c;

	if (first == '0')
	{
		put_char(t, read_octal(t, first, 2));
		return true;
	}
	if (!at_end(t) && is_digit(*t->p))
	{
		if (is_octal(first) && is_octal(*t->p) && t->p + 1 < t->end && is_octal(t->p[1]))
		{
			c = read_octal(t, first, 2);
			if (c > 0377)
				return fail_at(t, escape, psprintf("octal escape value %s outside of range 0-0o377",
												   pnstrdup(escape, t->p - escape)));
			put_char(t, c);
			return true;
		}
		group = group * 10 + (*t->p++ - '0');
	}
	if (group > t->out->ngroups)
		return fail_at(t, escape + 1, psprintf("invalid group reference %d", group));
	if (t->is_open[group])
		return fail_at(t, escape, "cannot refer to an open group");
	appendStringInfo(&t->out->pattern, "\\g{%d}", group);
	return true;
}

/* An escape outside of a class. */
static bool
translate_escape(Translator *t, bool *can_repeat)
{
	const char *escape = t->p++;
	const char *rest;
	uint32		letter;
	uint32		c;
	bool		known;

	if (at_end(t))
		return fail_at(t, escape, "bad escape (end of pattern)");
	letter = mst_utf8_next(&t->p, t->end);
	switch (letter)
	{
		case 'A':
		case 'b':
		case 'Z':
			*can_repeat = false;
			appendStringInfo(&t->out->pattern, "\\%c", letter == 'Z' ? 'z' : (char) letter);
			return true;
		case 'B':
			/* an empty text has no border, but it is not "no border" either */
			*can_repeat = false;
			put_text(t, "(?!\\A\\z)\\B");
			return true;
		case 'd':
		case 'D':
		case 's':
		case 'S':
		case 'w':
		case 'W':
			appendStringInfo(&t->out->pattern, "\\%c", (char) letter);
			return true;
		default:
			break;
	}
	if (letter >= '0' && letter <= '9')
		return translate_digits(t, escape, (char) letter);
	rest = t->p;
	if (letter < 0x80)
	{
		if (!read_char_escape(t, escape, (char) letter, &c, &known))
			return false;
		if (known)
		{
			put_char(t, c);
			return true;
		}
		if (mst_char_is_alpha(letter))
			return bad_escape(t, escape);
	}
	t->p = rest;
	put_char(t, letter);
	return true;
}

/* ---- classes ---- */

/* One member of a class: a character, or a class escape, which is written. */
static bool
read_class_member(Translator *t, uint32 *c, bool *is_class)
{
	const char *escape = t->p;
	uint32		letter;
	bool		known;

	*is_class = false;
	*c = mst_utf8_next(&t->p, t->end);
	if (*c != '\\')
		return true;
	if (at_end(t))
		return fail_at(t, escape, "bad escape (end of pattern)");
	letter = mst_utf8_next(&t->p, t->end);
	if (letter < 0x80 && letter != 0 && strchr("dDsSwW", (char) letter) != NULL)
	{
		*is_class = true;
		appendStringInfo(&t->out->pattern, "\\%c", (char) letter);
		return true;
	}
	if (is_octal((char) letter) && letter < 0x80)
	{
		*c = read_octal(t, (char) letter, 2);
		return true;
	}
	if (letter < 0x80)
	{
		if (!read_char_escape(t, escape, (char) letter, c, &known))
			return false;
		if (known)
			return true;
		if (mst_char_is_alnum(letter))
			return bad_escape(t, escape);
	}
	*c = letter;
	return true;
}

/*
 * Translates [...], from its bracket on. Members are written as escapes where
 * PCRE2 would read more into them ("[:", nested brackets); a range is checked
 * here, because PCRE2's message names other places.
 */
static bool
translate_class(Translator *t)
{
	const char *open = t->p++;
	bool		is_first = true;

	put_text(t, accept_char(t, '^') ? "[^" : "[");
	for (;; is_first = false)
	{
		const char *member = t->p;
		uint32		from;
		uint32		to;
		bool		is_class;

		if (at_end(t))
			return fail_at(t, open, "unterminated character set");
		if (looking_at(t, ']') && !is_first)
			break;
		if (!read_class_member(t, &from, &is_class))
			return false;
		if (!(looking_at(t, '-') && t->p + 1 < t->end && t->p[1] != ']'))
		{
			if (!is_class)
				put_char(t, from);
			if (looking_at(t, '-') && t->p + 1 >= t->end)
				return fail_at(t, open, "unterminated character set");
			continue;
		}
		t->p++;
		if (is_class)
			return fail_at(t, member, psprintf("bad character range %s-%s",
											   pnstrdup(member, t->p - 1 - member), pnstrdup(t->p, 1)));
		put_char(t, from);
		put_text(t, "-");
		if (!read_class_member(t, &to, &is_class))
			return false;
		if (is_class || to < from)
			return fail_at(t, member, psprintf("bad character range %s",
											   pnstrdup(member, t->p - member)));
		put_char(t, to);
	}
	t->p++;
	put_text(t, "]");
	return true;
}

/* ---- groups ---- */

/* A name up to the closing character. */
static bool
read_group_name(Translator *t, char close, const char **name)
{
	const char *start = t->p;
	const char *stop = memchr(t->p, close, t->end - t->p);
	ExprValue	text;

	if (stop == NULL)
		return fail_at(t, start, psprintf("missing %c, unterminated name", close));
	if (stop == start)
		return fail_at(t, start, "missing group name");
	*name = pnstrdup(start, stop - start);
	text = mst_value_cstring(*name);
	t->p = stop + 1;
	if (!mst_string_is_identifier(&text) && !is_digit(**name))
		return fail_at(t, start, psprintf("bad character in group name '%s'", *name));
	return true;
}

/* Returns the group of a name, or 0. */
static int
find_group(const Translator *t, const char *name)
{
	int			i;

	for (i = 1; i <= t->out->ngroups; i++)
	{
		if (t->out->names[i] != NULL && strcmp(t->out->names[i], name) == 0)
			return i;
	}
	return 0;
}

/*
 * Begins a group that captures, with its name or NULL. Groups are numbered
 * here as well as by PCRE2, since checks of references need to know which are
 * still open.
 */
static bool
open_group(Translator *t, const char *at, const char *name, int *group)
{
	if (t->out->ngroups >= REGEX_MAX_GROUPS)
		return fail_at(t, at, "too many groups");
	*group = ++t->out->ngroups;
	t->out->names[*group] = name;
	t->is_open[*group] = true;
	put_text(t, "(");
	return true;
}

/* (?P=name), the "(?P=" is read. */
static bool
translate_named_reference(Translator *t)
{
	const char *start = t->p;
	const char *name;
	int			group;

	if (!read_group_name(t, ')', &name))
		return false;
	group = find_group(t, name);
	if (group == 0)
		return fail_at(t, start, psprintf("unknown group name '%s'", name));
	if (t->is_open[group])
		return fail_at(t, start, "cannot refer to an open group");
	appendStringInfo(&t->out->pattern, "\\g{%d}", group);
	return true;
}

/* The condition of (?(1)a|b), the "(?(" is read. */
static bool
translate_condition(Translator *t)
{
	const char *start = t->p;
	const char *name;
	int			group;

	if (!read_group_name(t, ')', &name))
		return false;
	group = is_digit(*name) ? (strlen(name) > 3 ? 999 : atoi(name)) : find_group(t, name);
	if (group == 0 && !is_digit(*name))
		return fail_at(t, start, psprintf("unknown group name '%s'", name));
	if (group == 0)
		return fail_at(t, start, "bad group number");
	if (group > REGEX_MAX_GROUPS)
		return fail_at(t, start, psprintf("invalid group reference %d", group));

	/* the group may follow later, so this is checked at the end */
	if (group > t->condition_group)
	{
		t->condition_group = group;
		t->condition_at = start;
	}
	appendStringInfo(&t->out->pattern, "(?(%d)", group);
	return true;
}

/*
 * Flags as in (?i) or (?i-s:...), at the first letter.  *is_group tells
 * whether a group has been opened.
 */
static bool
translate_flags(Translator *t, const char *open, bool *is_group)
{
	StringInfoData on;
	StringInfoData off;
	StringInfo	letters = &on;
	bool		is_ascii = false;

	mst_text_init(&on);
	mst_text_init(&off);
	for (;; t->p++)
	{
		if (at_end(t))
			return fail_at(t, t->p, "missing -, : or )");
		if (*t->p != '\0' && strchr("imsx", *t->p) != NULL)
			appendStringInfoChar(letters, *t->p);
		else if (*t->p == 'a')
			is_ascii = true;
		else if (*t->p == '-' && letters == &on)
			letters = &off;
		else if (*t->p == ')' || *t->p == ':')
			break;
		else if (*t->p == 'L')
			return fail_at(t, t->p + 1, "bad inline flags: cannot use 'L' flag with a str pattern");
		else if (*t->p != 'u')
			return fail_at(t, t->p, mst_char_is_alpha((unsigned char) *t->p) ?
						   "unknown flag" : "missing -, : or )");
	}
	*is_group = accept_char(t, ':');
	if (*is_group)
	{
		appendStringInfo(&t->out->pattern, "(?%s%s%s:", on.data, off.len > 0 ? "-" : "", off.data);
		return true;
	}
	t->p++;
	if (letters == &off)
		return fail_at(t, t->p - 1, "missing :");
	if (t->out->pattern.len > 0)
		return fail_at(t, open, "global flags not at the start of the expression");
	if (strchr(on.data, 'i') != NULL)
		t->out->flags |= EXPR_REGEX_IGNORE_CASE;
	if (strchr(on.data, 'm') != NULL)
		t->out->flags |= EXPR_REGEX_MULTI_LINE;
	if (strchr(on.data, 's') != NULL)
		t->out->flags |= EXPR_REGEX_DOT_ALL;
	if (strchr(on.data, 'x') != NULL)
		t->out->is_verbose = t->is_verbose = true;
	if (is_ascii)
		return mst_expr_fail(t->cxt, "ValueError", "ASCII and UNICODE flags are incompatible");
	return true;
}

/* What follows "(?"; *is_group tells whether there is something to close. */
static bool
translate_extension(Translator *t, const char *open, int *group, bool *is_group)
{
	const char *name;
	const char *at;
	char		c;

	if (at_end(t))
		return fail_at(t, t->p, "unexpected end of pattern");
	c = *t->p;
	if (c == ':' || c == '=' || c == '!' || c == '>')
	{
		t->p++;
		appendStringInfo(&t->out->pattern, "(?%c", c);
		return true;
	}
	if (c == '<')
	{
		t->p++;
		if (!looking_at(t, '=') && !looking_at(t, '!'))
			return at_end(t) ? fail_at(t, t->p, "unexpected end of pattern") :
				fail_at(t, open + 1, psprintf("unknown extension ?<%c", *t->p));
		appendStringInfo(&t->out->pattern, "(?<%c", *t->p++);
		return true;
	}
	if (c == '#')
	{
		at = memchr(t->p, ')', t->end - t->p);
		if (at == NULL)
			return fail_at(t, open, "missing ), unterminated comment");
		t->p = at + 1;
		*is_group = false;
		return true;
	}
	if (c == '(')
	{
		t->p++;
		return translate_condition(t);
	}
	if (c == 'P')
	{
		t->p++;
		if (accept_char(t, '='))
		{
			*is_group = false;
			return translate_named_reference(t);
		}
		at = t->p + 1;
		if (!accept_char(t, '<'))
			return at_end(t) ? fail_at(t, t->p, "unexpected end of pattern") :
				fail_at(t, open + 1, psprintf("unknown extension ?P%c", *t->p));
		if (!read_group_name(t, '>', &name))
			return false;
		if (is_digit(*name))
			return fail_at(t, at, psprintf("bad character in group name '%s'", name));
		if (find_group(t, name) != 0)
			return fail_at(t, at, psprintf("redefinition of group name '%s' as group %d; was group %d",
										   name, t->out->ngroups + 1, find_group(t, name)));
		return open_group(t, open, name, group);
	}
	if (c != '\0' && strchr("aiLmsux-", c) != NULL)
		return translate_flags(t, open, is_group);
	return fail_at(t, open + 1, psprintf("unknown extension ?%c", c));
}

/* A group; *is_item is false for what matches nothing by itself (a comment). */
static bool
translate_group(Translator *t, bool *is_item)
{
	const char *open = t->p++;
	int			group = 0;
	bool		is_group = true;
	bool		was_verbose = t->is_verbose;
	bool		ok;

	*is_item = true;
	if (accept_char(t, '?'))
	{
		int			length = t->out->pattern.len;

		if (!translate_extension(t, open, &group, &is_group))
			return false;
		if (!is_group)
		{
			*is_item = t->out->pattern.len > length;
			return true;
		}
	}
	else if (!open_group(t, open, NULL, &group))
		return false;
	if (!mst_expr_enter(t->cxt))
		return false;
	ok = translate_alternatives(t);
	mst_expr_leave(t->cxt);
	if (!ok)
		return false;
	if (!accept_char(t, ')'))
		return fail_at(t, open, "missing ), unterminated subpattern");
	put_text(t, ")");
	t->is_open[group] = false;
	t->is_verbose = was_verbose;
	return true;
}

/* ---- repetition ---- */

/*
 * A counted repetition at "{"; *is_repeat is false when it is just text.
 */
static bool
translate_braces(Translator *t, bool *is_repeat)
{
	const char *open = t->p;
	const char *p = open + 1;
	int64		low = 0;
	int64		high = 0;
	bool		has_low = false;
	bool		has_high = false;
	bool		has_comma = false;

	for (; p < t->end && is_digit(*p); p++, has_low = true)
		low = Min(low * 10 + (*p - '0'), PG_INT32_MAX);
	if (p < t->end && *p == ',')
	{
		has_comma = true;
		for (p++; p < t->end && is_digit(*p); p++, has_high = true)
			high = Min(high * 10 + (*p - '0'), PG_INT32_MAX);
	}
	*is_repeat = p < t->end && *p == '}' && (has_low || has_comma);
	if (!*is_repeat)
		return true;
	t->p = p + 1;
	if (has_high && high < low)
		return fail_at(t, open, "min repeat greater than max repeat");

	/* PCRE2's counters end at 65535, where a limit would have struck anyway */
	if (low > 65535 || (has_high && high > 65535))
		return mst_expr_fail(t->cxt, "OverflowError", "the repetition number is too large");
	if (!has_comma)
		appendStringInfo(&t->out->pattern, "{%d}", (int) low);
	else if (has_high)
		appendStringInfo(&t->out->pattern, "{%d,%d}", (int) low, (int) high);
	else
		appendStringInfo(&t->out->pattern, "{%d,}", (int) low);
	return true;
}

/*
 * The quantifier behind an item, if there is one.  can_repeat: there is an
 * item; was_repeated: and it has a quantifier already.
 */
static bool
translate_quantifier(Translator *t, bool can_repeat, bool was_repeated, bool *is_repeat)
{
	const char *at = t->p;

	*is_repeat = true;
	if (*t->p == '{')
	{
		if (!can_repeat || was_repeated)
		{
			RegexSyntax scratch = *t->out;
			Translator	probe = *t;

			/* an error only when it is one */
			mst_text_init(&scratch.pattern);
			probe.out = &scratch;
			if (!translate_braces(&probe, is_repeat))
				return false;
			if (!*is_repeat)
				return true;
		}
		else
		{
			if (!translate_braces(t, is_repeat))
				return false;
			if (!*is_repeat)
				return true;
		}
	}
	if (!can_repeat)
		return fail_at(t, at, "nothing to repeat");
	if (was_repeated)
		return fail_at(t, at, "multiple repeat");
	if (t->p == at)
	{
		appendStringInfoChar(&t->out->pattern, *t->p);
		t->p++;
	}
	if (looking_at(t, '?') || looking_at(t, '+'))
	{
		appendStringInfoChar(&t->out->pattern, *t->p);
		t->p++;
	}
	return true;
}

/* ---- the whole ---- */

/* Blanks and comments of a verbose pattern. */
static bool
skip_verbose(Translator *t)
{
	if (!t->is_verbose)
		return false;
	if (mst_char_is_space((unsigned char) *t->p) && (unsigned char) *t->p < 0x80)
	{
		t->p++;
		return true;
	}
	if (*t->p != '#')
		return false;
	while (!at_end(t) && *t->p != '\n')
		t->p++;
	return true;
}

/* One item other than a quantifier. */
static bool
translate_item(Translator *t, bool *can_repeat)
{
	*can_repeat = true;
	switch (*t->p)
	{
		case '\\':
			return translate_escape(t, can_repeat);
		case '[':
			return translate_class(t);
		case '(':
			return translate_group(t, can_repeat);
		case '.':
			put_text(t, ".");
			t->p++;
			return true;
		case '^':
		case '$':
			appendStringInfoChar(&t->out->pattern, *t->p++);
			*can_repeat = false;
			return true;
		default:
			put_char(t, mst_utf8_next(&t->p, t->end));
			return true;
	}
}

/*
 * Translates up to the next alternative or the end of a group. What may be
 * repeated is tracked as Python does: "a**" and "*" alone are errors there,
 * while PCRE2 gives the former a meaning of its own.
 */
static bool
translate_sequence(Translator *t)
{
	bool		can_repeat = false;
	bool		was_repeated = false;
	bool		is_item;

	while (!at_end(t) && *t->p != '|' && *t->p != ')')
	{
		if (!mst_expr_step(t->cxt))
			return false;
		if (skip_verbose(t))
			continue;
		if (*t->p == '*' || *t->p == '+' || *t->p == '?' || *t->p == '{')
		{
			bool		is_repeat;

			if (!translate_quantifier(t, can_repeat, was_repeated, &is_repeat))
				return false;
			if (is_repeat)
			{
				was_repeated = true;
				continue;
			}
		}
		if (!translate_item(t, &is_item))
			return false;

		/* a comment is not there: what follows it repeats what precedes */
		if (t->p[-1] == ')' && !is_item)
			continue;
		was_repeated = false;
		can_repeat = is_item;
	}
	return true;
}

/* Translates alternatives up to the end of a group or of the pattern. */
static bool
translate_alternatives(Translator *t)
{
	for (;;)
	{
		if (!translate_sequence(t))
			return false;
		if (!accept_char(t, '|'))
			return true;
		put_text(t, "|");
	}
}

/* Checks a pattern and writes it for PCRE2. */
bool
mst_regex_translate(EvalContext *cxt, const ExprValue *pattern, int flags, RegexSyntax *result)
{
	Translator	t = {cxt, result};

	memset(result, 0, sizeof(RegexSyntax));
	mst_text_init(&result->pattern);
	result->flags = flags;
	t.start = t.p = pattern->u.string;
	t.end = t.start + pattern->len;
	if (!translate_alternatives(&t))
		return false;
	if (!at_end(&t))
		return fail_at(&t, t.p, "unbalanced parenthesis");
	if (t.condition_group > result->ngroups)
		return fail_at(&t, t.condition_at, psprintf("invalid group reference %d", t.condition_group));
	return true;
}
