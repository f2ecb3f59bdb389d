/*-------------------------------------------------------------------------
 *
 * filters_string.c
 *	  Filters of Jinja2 that work on text.
 *
 * Most take the text form of their operand; a safe string stays safe.
 *
 * Each takes the text form of its value, so a number can be centered, and
 * keeps the mark of safe text where Jinja2 does. title begins words at its
 * own list of characters and not where Python's method does. truncate
 * leaves a text alone that is too long by no more than the leeway; indent
 * and wordwrap count code points.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/arguments.h"
#include "jinja/arithmetic.h"
#include "jinja/builtins.h"
#include "jinja/web/pprint.h"
#include "jinja/web/wrap.h"
#include "value/dict.h"
#include "value/list.h"
#include "value/make.h"
#include "value/string.h"
#include "value/unicode.h"

typedef bool (*Mapping) (EvalContext *cxt, const ExprValue *s, ExprValue *result);

/*
 * Maps a string; the result is safe where the string was: changing the case of
 * markup leaves it markup, in the reference's opinion.
 */
static bool
map_text(JinjaEval *ev, const ExprValue *text, Mapping mapping, ExprValue *result)
{
	if (!mapping(ev->cxt, text, result))
		return false;
	result->flags |= text->flags & EXPR_MARKUP;

	return true;
}

static bool
filter_capitalize(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return map_text(ev, &args[0], mst_string_capitalize, result);
}

static bool
filter_lower(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return map_text(ev, &args[0], mst_string_lower, result);
}

static bool
filter_upper(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return map_text(ev, &args[0], mst_string_upper, result);
}

/*
 * text
 *
 * center(width): the string stays safe, since blanks cannot harm it.
 */
static bool
filter_center(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	if (!mst_string_center(ev->cxt, &args[0], args[1].u.integer, ' ', result))
		return false;
	result->flags |= args[0].flags & EXPR_MARKUP;
	return true;
}

/*
 * value
 *
 * string: the parameter's type has made a string of the value already.
 */
static bool
filter_string(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	*result = args[0];
	return true;
}

/* text | trim(chars); without characters, or with none, white space goes. */
static bool
filter_trim(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	const ExprValue *chars = args[1].kind == EXPR_NULL ? NULL : &args[1];

	if (chars != NULL && chars->kind != EXPR_STRING)
		return mst_jinja_fail(ev, "TypeError", "strip arg must be None or str");
	*result = mst_string_strip(&args[0], chars, EXPR_STRIP_BOTH);
	result->flags |= args[0].flags & EXPR_MARKUP;
	return true;
}

/* ---- title ---- */

/*
 * Answers whether title() begins a word behind a character: the reference's
 * own list of delimiters, not Unicode's words.
 */
static bool
starts_word_after(uint32 c)
{
	return c == '-' || c == '(' || c == '{' || c == '[' || c == '<' || mst_char_is_space(c);
}

/* Appends the text [start, end) in lower case. */
static bool
append_lower(JinjaEval *ev, StringInfo out, const char *start, const char *end)
{
	ExprValue	text = mst_value_string(start, end - start);
	ExprValue	lower;

	if (!mst_string_lower(ev->cxt, &text, &lower))
		return false;
	appendBinaryStringInfo(out, lower.u.string, lower.len);
	return true;
}

/* First letter of each word in upper case, the rest in lower case. */
static bool
filter_title(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	StringInfoData out;
	const char *s = args[0].u.string;
	const char *end = s + args[0].len;

	mst_text_init(&out);
	while (s < end)
	{
		const char *rest = s;
		uint32		c = mst_utf8_next(&rest, end);
		uint32		upper[3];
		int			n;

		if (starts_word_after(c))
		{
			mst_utf8_append(&out, c);
			s = rest;
			continue;
		}
		n = mst_char_to_upper(c, upper);
		for (int i = 0; i < n; i++)
			mst_utf8_append(&out, upper[i]);
		for (s = rest; s < end;)
		{
			const char *next = s;

			if (starts_word_after(mst_utf8_next(&next, end)))
				break;
			s = next;
		}
		if (!append_lower(ev, &out, rest, s))
			return false;
	}
	*result = mst_value_string_from(&out);
	return true;
}

/* ---- replace, format, indent ---- */

static bool
filter_replace(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprValue  *text = args;
	bool		is_safe = false;

	if (ev->autoescape)
	{
		/*
		 * the reference's condition, which escapes a safe string when `old`
		 * is safe
		 */
		is_safe = mst_jinja_is_markup(&text[0]) || mst_jinja_is_markup(&text[1]) ||
			mst_jinja_is_markup(&text[2]);
		for (int i = 0; is_safe && i < 3; i++)
			if (!mst_jinja_escape(ev, &text[i], &text[i]))
				return false;
	}
	if (!mst_string_replace(ev->cxt, &text[0], &text[1], &text[2], args[3].u.integer, result))
		return false;
	result->flags &= ~EXPR_MARKUP;
	if (is_safe)
		*result = mst_jinja_markup(*result);
	return true;
}

/*
 * text
 *
 * format(values or names): the operator "%" of Python, with either kind of
 * operands and not both.
 */
static bool
filter_format(JinjaEval *ev, const JinjaArguments *args, ExprValue *result)
{
	ExprValue	operands;

	if (args->count > 1 && args->nnamed > 0)
		return mst_jinja_fail(ev, "FilterArgumentError",
							  "can't handle positional and keyword arguments at the same time");
	if (args->nnamed > 0)
	{
		ExprDict   *dict = mst_dict_new(args->nnamed);

		for (int i = 0; i < args->nnamed; i++)
			if (!mst_dict_set_name(ev->cxt, dict, args->names[i], &args->named[i]))
				return false;
		operands = mst_value_dict(dict, false);
	}
	else
		operands = mst_value_list(mst_list_of(args->values + 1, args->count - 1), true);
	return mst_jinja_arith(ev, EXPR_MOD, &args->values[0], &operands, result);
}

/* Returns the indentation of a line: that many spaces, or the text given. */
static bool
get_indention(JinjaEval *ev, const ExprValue *width, ExprValue *result)
{
	ExprValue	blank = mst_value_cstring(" ");

	*result = *width;
	if (width->kind == EXPR_STRING)
		return true;
	return mst_jinja_arith(ev, EXPR_MUL, &blank, width, result);
}

/*
 * Appends lines, indented: the first only where asked for, empty ones only
 * where asked for.
 */
static bool
append_indented(JinjaEval *ev, StringInfo out, const ExprValue *text, const ExprValue *indention,
				bool first, bool blank)
{
	ExprList   *lines;

	if (!mst_string_splitlines(ev->cxt, text, false, &lines))
		return false;
	for (int i = 0; i < mst_list_length(lines); i++)
	{
		ExprValue	line;

		if (!mst_list_get(ev->cxt, lines, i, &line) ||
			!mst_expr_charge(ev->cxt, (int64) out->len + line.len + indention->len + 1))
			return false;
		if (i > 0)
			appendStringInfoChar(out, '\n');
		if (i == 0 ? first : (blank || line.len > 0))
			appendBinaryStringInfo(out, indention->u.string, indention->len);
		appendBinaryStringInfo(out, line.u.string, line.len);
	}
	return true;
}

/*
 * text
 *
 * indent(width, first, blank). The messages for other values are those of what
 * Python's code happens to do with them first.
 */
static bool
filter_indent(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	StringInfoData out;
	ExprValue	text;
	ExprValue	indention;
	ExprValue	newline = mst_value_cstring("\n");

	if (!get_indention(ev, &args[1], &indention))
		return false;
	if (args[0].kind == EXPR_LIST)
		return mst_jinja_fail(ev, "AttributeError", "'%s' object has no attribute 'splitlines'",
							  mst_value_type_name(&args[0]));
	if (args[0].kind != EXPR_STRING)
		return mst_jinja_fail(ev, "TypeError", "unsupported operand type(s) for +=: '%s' and 'str'",
							  mst_value_type_name(&args[0]));
	if (mst_jinja_is_markup(&args[0]))
		indention = mst_jinja_markup(indention);
	/* the last line is one even when it is empty */
	if (!mst_string_concat(ev->cxt, &args[0], &newline, &text))
		return false;
	mst_text_init(&out);
	if (!append_indented(ev, &out, &text, &indention, args[2].u.boolean, args[3].u.boolean))
		return false;
	*result = mst_value_string_from(&out);
	result->flags |= args[0].flags & EXPR_MARKUP;
	return true;
}

/* ---- truncate, wordcount, wordwrap ---- */

/* Returns the part of s in front of its last space. */
static ExprValue
before_last_blank(const ExprValue *s)
{
	ExprValue	result = *s;

	for (int i = s->len - 1; i >= 0; i--)
	{
		if (s->u.string[i] != ' ')
			continue;
		result.len = i;
		break;
	}
	return result;
}

/*
 * text
 *
 * truncate(length, killwords, end, leeway). A string longer by no more than
 * the leeway stays whole; otherwise a word is not cut unless asked for.
 * Lengths count the end that is added.
 */
static bool
filter_truncate(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	int64		length = args[1].u.integer;
	int64		leeway = args[4].u.integer;
	int64		end_length;
	int64		have;
	ExprValue	head;

	if (!mst_jinja_length(ev, &args[3], &end_length))
		return false;
	if (length < end_length)
		return mst_jinja_fail(ev, "AssertionError", "expected length >= " INT64_FORMAT ", got " INT64_FORMAT,
							  end_length, length);
	if (leeway < 0)
		return mst_jinja_fail(ev, "AssertionError", "expected leeway >= 0, got " INT64_FORMAT, leeway);
	if (!mst_jinja_length(ev, &args[0], &have))
		return false;
	*result = args[0];
	if (have - leeway <= length)
		return true;
	if (args[0].kind != EXPR_STRING)
		return mst_jinja_fail(ev, "AttributeError", "'%s' object has no attribute 'rsplit'",
							  mst_value_type_name(&args[0]));
	head = mst_string_slice(&args[0], 0, length - end_length);
	if (!args[2].u.boolean)
		head = before_last_blank(&head);
	head.flags |= args[0].flags & EXPR_MARKUP;
	return mst_jinja_arith(ev, EXPR_ADD, &head, &args[3], result);
}

/* text | wordcount: runs of letters, digits and underscores. */
static bool
filter_wordcount(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	const char *s = args[0].u.string;
	const char *end = s + args[0].len;
	bool		in_word = false;
	int64		count = 0;

	while (s < end)
	{
		bool		is_word = mst_char_is_word(mst_utf8_next(&s, end));

		if (is_word && !in_word)
			count++;
		in_word = is_word;
	}
	*result = mst_value_int(count);
	return true;
}

/*
 * text
 *
 * wordwrap(width, break_long_words, wrapstring, break_on_hyphens): each line
 * of the text by itself, so its line ends stay.
 */
static bool
filter_wordwrap(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	JinjaWrapStyle style = {args[1].u.integer, args[2].u.boolean, args[4].u.boolean};
	ExprValue	newline = mst_value_cstring("\n");
	ExprList   *lines;
	StringInfoData out;

	if (args[3].kind == EXPR_STRING)
		newline = args[3];
	if (args[0].kind != EXPR_STRING)
		return mst_jinja_fail(ev, "AttributeError", "'%s' object has no attribute 'splitlines'",
							  mst_value_type_name(&args[0]));
	if (!mst_string_splitlines(ev->cxt, &args[0], false, &lines))
		return false;
	mst_text_init(&out);
	for (int i = 0; i < mst_list_length(lines); i++)
	{
		ExprValue	line;

		if (!mst_list_get(ev->cxt, lines, i, &line) || !mst_expr_charge(ev->cxt, (int64) out.len * 2))
			return false;
		if (i > 0)
			appendBinaryStringInfo(&out, newline.u.string, newline.len);
		if (!mst_jinja_wrap_line(ev, &out, &line, &newline, &style))
			return false;
	}
	*result = mst_value_string_from(&out);
	return true;
}

/* value | pprint: as Python's pprint module. */
static bool
filter_pprint(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	StringInfoData out;

	mst_text_init(&out);
	if (!mst_jinja_pformat(ev, &out, &args[0]))
		return false;
	*result = mst_value_string_from(&out);
	return true;
}

const JinjaBuiltin mst_jinja_string_filters[] = {
	{"capitalize", filter_capitalize, JINJA_TAKES("s:text")},
	{"center", filter_center, JINJA_TAKES("value:text width:int=80")},
	{"format", .variadic = filter_format, JINJA_TAKES("value:text *args:anything **kwargs:anything")},
	{"indent", filter_indent, JINJA_TAKES("s:any? width:any?=4 first:bool=false blank:bool=false")},
	{"lower", filter_lower, JINJA_TAKES("s:text")},
	{"pprint", filter_pprint, JINJA_TAKES("value:anything")},
	{"replace", filter_replace, JINJA_TAKES("s:text old:text new:text count:int?=-1")},
	{"string", filter_string, JINJA_TAKES("s:text"), .python_name = "soft_str"},
	{"title", filter_title, JINJA_TAKES("s:text")},
	{"trim", filter_trim, JINJA_TAKES("value:text chars:any?=null")},
	{"truncate", filter_truncate, JINJA_TAKES("s:any? length:int=255 killwords:bool=false end:any?='...' leeway:int?=5")},
	{"upper", filter_upper, JINJA_TAKES("s:text")},
	{"wordcount", filter_wordcount, JINJA_TAKES("s:text")},
	{"wordwrap", filter_wordwrap, JINJA_TAKES("s:any? width:int=79 break_long_words:bool=true wrapstring:any?=null break_on_hyphens:bool=true")},
	{NULL}
};
