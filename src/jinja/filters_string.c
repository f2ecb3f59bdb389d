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

/* Applies a case mapping to the text form. */
static bool
map_text(JinjaEval *ev, const ExprValue *value, Mapping mapping, ExprValue *result)
{
	ExprValue	text;

	if (!mst_jinja_to_text(ev, value, &text) || !mapping(ev->cxt, &text, result))
		return false;
	result->flags |= text.flags & EXPR_MARKUP;
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

static bool
filter_center(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprValue	text;
	int64		width = 80;

	if (!mst_jinja_to_text(ev, &args[0], &text) || !mst_jinja_optional_int(ev, &args[1], &width) ||
		!mst_string_center(ev->cxt, &text, width, ' ', result))
		return false;
	result->flags |= text.flags & EXPR_MARKUP;
	return true;
}

static bool
filter_string(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return mst_jinja_to_text(ev, &args[0], result);
}

static bool
filter_trim(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	const ExprValue *chars = NULL;
	ExprValue	text;

	if (!mst_jinja_to_text(ev, &args[0], &text))
		return false;
	if (args[1].kind == EXPR_STRING)
		chars = &args[1];
	else if (mst_jinja_is_given(&args[1]) && args[1].kind != EXPR_NULL)
	{
		if (!mst_jinja_check_defined(ev, &args[1]))
			return false;
		return mst_jinja_fail(ev, "TypeError", "strip arg must be None or str");
	}
	*result = mst_string_strip(&text, chars, EXPR_STRIP_BOTH);
	result->flags |= text.flags & EXPR_MARKUP;
	return true;
}

/* ---- title ---- */

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
	ExprValue	text;
	const char *s;
	const char *end;

	if (!mst_jinja_to_text(ev, &args[0], &text))
		return false;
	mst_text_init(&out);
	s = text.u.string;
	end = s + text.len;
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
	ExprValue	text[3];
	int64		count = -1;
	bool		is_safe = false;

	if (args[3].kind != EXPR_NULL && !mst_jinja_optional_int(ev, &args[3], &count))
		return false;
	for (int i = 0; i < 3; i++)
		if (!mst_jinja_to_text(ev, &args[i], &text[i]))
			return false;
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
	if (!mst_string_replace(ev->cxt, &text[0], &text[1], &text[2], count, result))
		return false;
	result->flags &= ~EXPR_MARKUP;
	if (is_safe)
		*result = mst_jinja_markup(*result);
	return true;
}

static bool
filter_format(JinjaEval *ev, const JinjaArguments *args, ExprValue *result)
{
	ExprValue	text;
	ExprValue	operands;

	if (args->count == 0)
		return mst_jinja_fail(ev, "TypeError", "do_format() missing 1 required positional argument: 'value'");
	if (args->count > 1 && args->nnamed > 0)
		return mst_jinja_fail(ev, "FilterArgumentError",
							  "can't handle positional and keyword arguments at the same time");
	if (!mst_jinja_to_text(ev, &args->values[0], &text))
		return false;
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
	return mst_jinja_arith(ev, EXPR_MOD, &text, &operands, result);
}

/* Returns the indentation of a line: that many spaces, or the text given. */
static bool
get_indention(JinjaEval *ev, const ExprValue *width, ExprValue *result)
{
	ExprValue	blank = mst_value_cstring(" ");
	ExprValue	four = mst_value_int(4);

	*result = *width;
	if (width->kind == EXPR_STRING)
		return true;
	return mst_jinja_arith(ev, EXPR_MUL, &blank, mst_jinja_is_given(width) ? width : &four, result);
}

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

static bool
filter_indent(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	StringInfoData out;
	ExprValue	text;
	ExprValue	indention;
	ExprValue	newline = mst_value_cstring("\n");
	bool		first;
	bool		blank;

	if (!get_indention(ev, &args[1], &indention) ||
		!mst_jinja_bool_argument(ev, &args[2], false, &first) ||
		!mst_jinja_bool_argument(ev, &args[3], false, &blank))
		return false;
	if (args[0].kind == EXPR_UNDEFINED)
		return mst_jinja_fail_undefined(ev, &args[0]);
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
	if (!append_indented(ev, &out, &text, &indention, first, blank))
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

static bool
filter_truncate(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprValue	end = mst_jinja_is_given(&args[3]) ? args[3] : mst_value_cstring("...");
	int64		length = 255;
	int64		leeway = 5;
	int64		end_length;
	int64		have;
	bool		killwords;
	ExprValue	head;

	if (!mst_jinja_optional_int(ev, &args[1], &length) ||
		!mst_jinja_bool_argument(ev, &args[2], false, &killwords) ||
		!mst_jinja_length(ev, &end, &end_length) ||
		(args[4].kind != EXPR_NULL && !mst_jinja_optional_int(ev, &args[4], &leeway)))
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
	if (!killwords)
		head = before_last_blank(&head);
	head.flags |= args[0].flags & EXPR_MARKUP;
	return mst_jinja_arith(ev, EXPR_ADD, &head, &end, result);
}

static bool
filter_wordcount(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprValue	text;
	const char *s;
	const char *end;
	bool		in_word = false;
	int64		count = 0;

	if (!mst_jinja_to_text(ev, &args[0], &text))
		return false;
	end = text.u.string + text.len;
	for (s = text.u.string; s < end;)
	{
		bool		is_word = mst_char_is_word(mst_utf8_next(&s, end));

		if (is_word && !in_word)
			count++;
		in_word = is_word;
	}
	*result = mst_value_int(count);
	return true;
}

static bool
filter_wordwrap(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	JinjaWrapStyle style = {79, true, true};
	ExprValue	newline = mst_value_cstring("\n");
	ExprList   *lines;
	StringInfoData out;

	if (!mst_jinja_optional_int(ev, &args[1], &style.width) ||
		!mst_jinja_bool_argument(ev, &args[2], true, &style.break_long_words) ||
		!mst_jinja_bool_argument(ev, &args[4], true, &style.break_on_hyphens))
		return false;
	if (args[3].kind == EXPR_STRING)
		newline = args[3];
	if (args[0].kind == EXPR_UNDEFINED)
		return mst_jinja_fail_undefined(ev, &args[0]);
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
	{"capitalize", filter_capitalize, {"s"}, 1},
	{"center", filter_center, {"value", "width"}, 1},
	{"format", .variadic = filter_format},
	{"indent", filter_indent, {"s", "width", "first", "blank"}, 1},
	{"lower", filter_lower, {"s"}, 1},
	{"pprint", filter_pprint, {"value"}, 1},
	{"replace", filter_replace, {"s", "old", "new", "count"}, 3},
	{"string", filter_string, {"s"}, 1, .python_name = "soft_str"},
	{"title", filter_title, {"s"}, 1},
	{"trim", filter_trim, {"value", "chars"}, 1},
	{"truncate", filter_truncate, {"s", "length", "killwords", "end", "leeway"}, 1},
	{"upper", filter_upper, {"s"}, 1},
	{"wordcount", filter_wordcount, {"s"}, 1},
	{"wordwrap", filter_wordwrap,
	{"s", "width", "break_long_words", "wrapstring", "break_on_hyphens"}, 1},
	{NULL}
};
