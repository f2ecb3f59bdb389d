/*-------------------------------------------------------------------------
 *
 * methods_string.c
 *	  Methods of strings, as Jinja2 expressions can call them.
 *
 * These are Python's.  On a safe string (Markup), a method that returns text
 * returns safe text, and the text that it is given is escaped before.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/arguments.h"
#include "jinja/attributes.h"
#include "jinja/objects.h"
#include "jinja/web/html.h"
#include "value/dict.h"
#include "value/format.h"
#include "value/list.h"
#include "value/make.h"
#include "value/range.h"
#include "value/string.h"
#include "value/unicode.h"

/* ---- arguments ---- */

/* Fails unless the value is a string. */
static bool
check_string(JinjaEval *ev, const ExprValue *value)
{
	return value->kind == EXPR_STRING ||
		mst_jinja_fail(ev, "TypeError", "must be str, not %s", mst_value_type_name(value));
}

/* A string argument next to a safe string is escaped. */
static bool
escape_argument(JinjaEval *ev, const ExprValue *self, ExprValue *value)
{
	return !mst_jinja_is_markup(self) || mst_jinja_escape(ev, value, value);
}

/* The result is safe when self is. */
static bool
like_self(const ExprValue *self, ExprValue *result)
{
	if (mst_jinja_is_markup(self))
		*result = mst_jinja_markup(*result);
	return true;
}

/* Gives a boolean. */
static bool
return_bool(bool yes, ExprValue *result)
{
	*result = mst_value_bool(yes);
	return true;
}

/* ---- case ---- */

#define CASE_METHOD(method) \
static bool \
method_##method(JinjaEval *ev, ExprValue *args, ExprValue *result) \
{ \
	return mst_string_##method(ev->cxt, &args[0], result) && like_self(&args[0], result); \
}

CASE_METHOD(capitalize)
CASE_METHOD(lower)
CASE_METHOD(swapcase)
CASE_METHOD(title)
CASE_METHOD(upper)

/* ---- questions ---- */

/* Answers whether all characters are ASCII; true for none. */
static bool
is_ascii(const ExprValue *s)
{
	return mst_utf8_is_ascii(s->u.string, s->len);
}


/* ---- searching ---- */

typedef int64 (*Search) (const ExprValue *s, const ExprValue *sub, int64 start, int64 end);

/*
 * Calls one of the searches with the bounds that Python's methods take, which
 * count code points and may be negative.
 */
static bool
search_string(const ExprValue *args, Search how, ExprValue *result)
{
	*result = mst_value_int(how(&args[0], &args[1], args[2].u.integer, args[3].u.integer));
	return true;
}

/* text.count(sub, start, end): occurrences that do not overlap. */
static bool
method_count(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return search_string(args, mst_string_count, result);
}

/* text.find(sub, start, end): the first place, or -1. */
static bool
method_find(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return search_string(args, mst_string_find, result);
}

/* text.rfind(sub, start, end): the last place, or -1. */
static bool
method_rfind(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return search_string(args, mst_string_rfind, result);
}

/* Fails as index() does where find() gives -1. */
static bool
check_found(JinjaEval *ev, const ExprValue *at)
{
	return at->u.integer >= 0 || mst_jinja_fail(ev, "ValueError", "substring not found");
}

/* text.index(sub, start, end) */
static bool
method_index(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return method_find(ev, args, result) && check_found(ev, result);
}

/* text.rindex(sub, start, end) */
static bool
method_rindex(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return method_rfind(ev, args, result) && check_found(ev, result);
}

typedef bool (*Affix) (const ExprValue *s, const ExprValue *affix, int64 start, int64 end);

/* startswith, endswith: of one string, or any of a tuple. */
static bool
has_affix(JinjaEval *ev, ExprValue *args, Affix has, const char *name, ExprValue *result)
{
	int64		start = args[2].u.integer;
	int64		end = args[3].u.integer;
	ExprValue	one;

	if (args[1].kind == EXPR_STRING)
		return return_bool(has(&args[0], &args[1], start, end), result);
	if (args[1].kind == EXPR_UNDEFINED)
		return mst_jinja_fail_undefined(ev, &args[1]);
	if (args[1].kind != EXPR_LIST || !mst_value_is_frozen(&args[1]))
		return mst_jinja_fail(ev, "TypeError", "%s first arg must be str or a tuple of str, not %s",
							  name, mst_value_type_name(&args[1]));
	for (int i = 0; i < mst_list_length(args[1].u.list); i++)
	{
		if (!mst_list_get(ev->cxt, args[1].u.list, i, &one))
			return false;
		if (one.kind != EXPR_STRING)
			return mst_jinja_fail(ev, "TypeError", "tuple for %s must only contain str, not %s",
								  name, mst_value_type_name(&one));
		if (has(&args[0], &one, start, end))
			return return_bool(true, result);
	}
	return return_bool(false, result);
}

/*
 * text.startswith(prefix, start, end); the prefix may be a tuple of several.
 */
static bool
method_startswith(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return has_affix(ev, args, mst_string_starts, "startswith", result);
}

/* text.endswith(suffix, start, end); the suffix may be a tuple of several. */
static bool
method_endswith(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return has_affix(ev, args, mst_string_ends, "endswith", result);
}

/* ---- padding and stripping ---- */

typedef bool (*Pad) (EvalContext *cxt, const ExprValue *s, int64 width, uint32 fill, ExprValue *result);

/*
 * Pads to a width with one character, which is escaped where self is safe, and
 * then may be too long.
 */
static bool
pad_string(JinjaEval *ev, ExprValue *args, Pad how, ExprValue *result)
{
	const char *s;

	if (!escape_argument(ev, &args[0], &args[2]))
		return false;
	if (mst_string_length(&args[2]) != 1)
		return mst_jinja_fail(ev, "TypeError", "The fill character must be exactly one character long");
	s = args[2].u.string;
	return how(ev->cxt, &args[0], args[1].u.integer, mst_utf8_next(&s, s + args[2].len), result) &&
		like_self(&args[0], result);
}

/* text.center(width, fillchar) */
static bool
method_center(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return pad_string(ev, args, mst_string_center, result);
}

/* text.ljust(width, fillchar) */
static bool
method_ljust(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return pad_string(ev, args, mst_string_ljust, result);
}

/* text.rjust(width, fillchar) */
static bool
method_rjust(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return pad_string(ev, args, mst_string_rjust, result);
}

/* text.zfill(width): zeros behind the sign. */
static bool
method_zfill(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return mst_string_zfill(ev->cxt, &args[0], args[1].u.integer, result) &&
		like_self(&args[0], result);
}

/* text.expandtabs(tabsize): columns begin anew behind each line end. */
static bool
method_expandtabs(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return mst_string_expandtabs(ev->cxt, &args[0], args[1].u.integer, result) &&
		like_self(&args[0], result);
}

/*
 * Removes characters, or white space where none are given (null), from one or
 * both ends. "name" is the method in the message.
 */
static bool
strip_string(JinjaEval *ev, ExprValue *args, int sides, const char *name, ExprValue *result)
{
	const ExprValue *chars = NULL;

	if (args[1].kind == EXPR_STRING)
	{
		chars = &args[1];
		if (!escape_argument(ev, &args[0], &args[1]))
			return false;
	}
	else if (args[1].kind != EXPR_NULL)
		return mst_jinja_fail(ev, "TypeError", "%s arg must be None or str", name);
	*result = mst_string_strip(&args[0], chars, sides);
	return like_self(&args[0], result);
}

/* text.strip(chars) */
static bool
method_strip(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return strip_string(ev, args, EXPR_STRIP_BOTH, "strip", result);
}

/* text.lstrip(chars) */
static bool
method_lstrip(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return strip_string(ev, args, EXPR_STRIP_LEFT, "lstrip", result);
}

/* text.rstrip(chars) */
static bool
method_rstrip(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return strip_string(ev, args, EXPR_STRIP_RIGHT, "rstrip", result);
}

/*
 * text.removeprefix(prefix): the result shares the memory, and is not safe
 * even when self is, as in the reference.
 */
static bool
method_removeprefix(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	*result = args[0];
	result->flags &= ~EXPR_MARKUP;
	if (args[1].len <= args[0].len && memcmp(args[0].u.string, args[1].u.string, args[1].len) == 0)
	{
		result->u.string += args[1].len;
		result->len -= args[1].len;
	}
	return true;
}

/* text.removesuffix(suffix); see method_removeprefix(). */
static bool
method_removesuffix(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	*result = args[0];
	result->flags &= ~EXPR_MARKUP;
	if (args[1].len <= args[0].len &&
		memcmp(args[0].u.string + args[0].len - args[1].len, args[1].u.string, args[1].len) == 0)
		result->len -= args[1].len;
	return true;
}

/* ---- taking apart ---- */

/* The pieces are safe when self is. */
static bool
pieces_like_self(JinjaEval *ev, const ExprValue *self, ExprList *list, bool frozen, ExprValue *result)
{
	*result = mst_value_list(list, frozen);
	if (!mst_jinja_is_markup(self))
		return true;
	for (int i = 0; i < mst_list_length(list); i++)
	{
		ExprValue	piece;

		if (!mst_list_get(ev->cxt, list, i, &piece))
			return false;
		piece = mst_jinja_markup(piece);
		if (!mst_list_set(ev->cxt, list, i, &piece))
			return false;
	}
	return true;
}

typedef bool (*Split) (EvalContext *cxt, const ExprValue *s, const ExprValue *separator, int64 max,
					   ExprList **list);

/* Without a separator, text is split at runs of whitespace. */
static bool
split_string(JinjaEval *ev, ExprValue *args, Split how, ExprValue *result)
{
	const ExprValue *separator = args[1].kind == EXPR_NULL ? NULL : &args[1];
	ExprList   *list;

	return how(ev->cxt, &args[0], separator, args[2].u.integer, &list) &&
		pieces_like_self(ev, &args[0], list, false, result);
}

/* text.split(sep, maxsplit) */
static bool
method_split(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return split_string(ev, args, mst_string_split, result);
}

/* text.rsplit(sep, maxsplit) */
static bool
method_rsplit(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return split_string(ev, args, mst_string_rsplit, result);
}

/*
 * text.splitlines(keepends): at all line ends of Unicode, not only at the one
 * of files.
 */
static bool
method_splitlines(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprList   *list;

	return mst_string_splitlines(ev->cxt, &args[0], args[1].u.integer != 0, &list) &&
		pieces_like_self(ev, &args[0], list, false, result);
}

/* (before, separator, after) of the first or last separator */
static bool
partition_string(JinjaEval *ev, ExprValue *args, bool from_right, ExprValue *result)
{
	ExprValue	empty = mst_value_cstring("");
	ExprValue	parts[3];
	int64		at;

	if (mst_jinja_is_markup(&args[0]) ? !mst_jinja_escape(ev, &args[1], &args[1]) :
		!check_string(ev, &args[1]))
		return false;
	if (args[1].len == 0)
		return mst_jinja_fail(ev, "ValueError", "empty separator");
	at = from_right ? mst_string_rfind(&args[0], &args[1], 0, PG_INT64_MAX) :
		mst_string_find(&args[0], &args[1], 0, PG_INT64_MAX);
	if (at < 0)
	{
		parts[0] = from_right ? empty : args[0];
		parts[1] = empty;
		parts[2] = from_right ? args[0] : empty;
	}
	else
	{
		parts[0] = mst_string_slice(&args[0], 0, at);
		parts[1] = args[1];
		parts[2] = mst_string_slice(&args[0], at + mst_string_length(&args[1]), PG_INT64_MAX);
	}
	return pieces_like_self(ev, &args[0], mst_list_of(parts, 3), true, result);
}

/*
 * text.partition(sep): what is before, the separator, and what is behind it.
 */
static bool
method_partition(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return partition_string(ev, args, false, result);
}

/* text.rpartition(sep): as partition(), at the last occurrence. */
static bool
method_rpartition(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return partition_string(ev, args, true, result);
}

/* ---- putting together ---- */

/*
 * text.join(items): all must be strings, or are escaped where self is safe. An
 * undefined value is passed to the iteration, which fails in its own words.
 */
static bool
method_join(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	StringInfoData out;
	ExprCursor	cursor;
	ExprValue	item;
	ExprNext	next;

	if (args[1].kind != EXPR_UNDEFINED && !mst_jinja_is_iterable(&args[1]))
		return mst_jinja_fail(ev, "TypeError", "can only join an iterable");
	if (!mst_jinja_open(ev, &cursor, &args[1]))
		return false;
	mst_text_init(&out);
	for (int64 i = 0; (next = mst_cursor_next(ev->cxt, &cursor, &item)) == EXPR_NEXT_ITEM; i++)
	{
		if (mst_jinja_is_markup(&args[0]))
		{
			if (!mst_jinja_escape(ev, &item, &item))
				return false;
		}
		else if (item.kind == EXPR_UNDEFINED)
			return mst_jinja_fail_undefined(ev, &item);
		else if (item.kind != EXPR_STRING)
			return mst_jinja_fail(ev, "TypeError",
								  "sequence item " INT64_FORMAT ": expected str instance, %s found",
								  i, mst_value_type_name(&item));
		if ((i > 0 && !mst_jinja_append_text(ev, &out, &args[0])) ||
			!mst_jinja_append_text(ev, &out, &item))
			return false;
	}
	if (next == EXPR_NEXT_ERROR)
		return false;
	*result = mst_value_string_from(&out);
	return like_self(&args[0], result);
}

/* text.replace(old, new, count): both are escaped where self is safe. */
static bool
method_replace(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return escape_argument(ev, &args[0], &args[1]) && escape_argument(ev, &args[0], &args[2]) &&
		mst_string_replace(ev->cxt, &args[0], &args[1], &args[2], args[3].u.integer, result) &&
		like_self(&args[0], result);
}

/* ---- format ---- */

/* Fields like {0.name[key]} see what expressions see. */
static bool
access_field(EvalContext *cxt, const ExprValue *object, const ExprValue *key, bool is_attribute,
			 void *arg, ExprValue *result)
{
	JinjaEval  *ev = arg;

	if (is_attribute ? !mst_jinja_get_attribute(ev, object, key->u.string, key->len, result)
		: !mst_jinja_get_item(ev, object, key, result))
		return false;
	return mst_jinja_check_defined(ev, result);
}

/* Escapes what a safe string's format inserts, once it has its form. */
static bool
show_escaped(EvalContext *cxt, StringInfo out, const ExprValue *value, const char *spec, int len, void *arg)
{
	StringInfoData text;

	if (mst_jinja_is_markup(value))
	{
		if (len > 0)
			return mst_expr_fail(cxt, "ValueError", "Unsupported format specification for Markup.");
		return mst_jinja_append_text(arg, out, value);
	}
	mst_text_init(&text);
	return mst_format_value(cxt, &text, value, spec, len) &&
		mst_jinja_append_escaped(arg, out, text.data, text.len);
}

/*
 * Formats a template with values and names. Fields reach attributes and items
 * as expressions do (access_field), and are escaped where the template is
 * safe.
 */
static bool
format_string(JinjaEval *ev, const ExprValue *self, ExprValue *values, int nvalues, ExprDict *named,
			  ExprValue *result)
{
	ExprFieldRules rules = {access_field, NULL, ev, true};
	StringInfoData out;

	if (mst_jinja_is_markup(self))
		rules.show = show_escaped;
	mst_text_init(&out);
	if (!mst_format_template(ev->cxt, &out, self, values, nvalues, named, &rules))
		return false;
	*result = mst_value_string_from(&out);
	return like_self(self, result);
}

/* text.format(values, ..., name=value, ...) */
static bool
method_format(JinjaEval *ev, const JinjaArguments *args, ExprValue *result)
{
	ExprDict   *named = mst_dict_new(args->nnamed);

	for (int i = 0; i < args->nnamed; i++)
		if (!mst_dict_set_name(ev->cxt, named, args->names[i], &args->named[i]))
			return false;
	return format_string(ev, &args->values[0], args->values + 1, args->count - 1, named, result);
}

/* text.format_map(mapping) */
static bool
method_format_map(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return format_string(ev, &args[0], NULL, 0, args[1].u.dict, result);
}

/* ---- translate ---- */

/*
 * Appends what a character is translated to: itself, nothing, a character
 * or a string.
 */
static bool
translate_char(JinjaEval *ev, StringInfo out, uint32 c, ExprDict *table)
{
	ExprValue	key = mst_value_int(c);
	ExprValue	value;
	bool		found;

	if (!mst_expr_step(ev->cxt) || !mst_dict_get(ev->cxt, table, &key, &value, &found))
		return false;
	if (!found)
		mst_utf8_append(out, c);
	else if (value.kind == EXPR_STRING)
		return mst_jinja_append_text(ev, out, &value);
	else if (mst_value_is_integral(&value))
	{
		int64		code = mst_number_clip(&value);

		if (code < 0 || code > 0x10FFFF)
			return mst_jinja_fail(ev, "ValueError", "character mapping must be in range(0x110000)");
		mst_utf8_append(out, (uint32) code);
	}
	else if (value.kind != EXPR_NULL)
		return mst_jinja_fail(ev, "TypeError", "character mapping must return integer, None or str");
	return true;
}

/* text.translate(table): each character is looked up by its number. */
static bool
method_translate(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	const char *s = args[0].u.string;
	const char *end = s + args[0].len;
	StringInfoData out;

	mst_text_init(&out);
	while (s < end)
		if (!translate_char(ev, &out, mst_utf8_next(&s, end), args[1].u.dict))
			return false;
	*result = mst_value_string_from(&out);
	return like_self(&args[0], result);
}

/* Sets table[c] for each character of `from`; to the character of `to`, or null. */
static bool
map_characters(JinjaEval *ev, ExprDict *table, const ExprValue *from, const ExprValue *to)
{
	const char *s = from->u.string;
	const char *end = s + from->len;
	const char *t = to != NULL ? to->u.string : NULL;

	while (s < end)
	{
		ExprValue	key = mst_value_int(mst_utf8_next(&s, end));
		ExprValue	value = mst_value_null();

		if (to != NULL)
			value = mst_value_int(mst_utf8_next(&t, to->u.string + to->len));
		if (!mst_dict_set(ev->cxt, table, &key, &value))
			return false;
	}
	return true;
}

/* maketrans(dict): keys that are characters become their codes. */
static bool
map_keys(JinjaEval *ev, ExprDict *table, const ExprValue *source)
{
	ExprValue	key;
	ExprValue	value;
	int			pos = 0;
	bool		more;

	if (source->kind != EXPR_DICT)
		return mst_jinja_fail(ev, "TypeError",
							  "if you give only one argument to maketrans it must be a dict");
	for (;;)
	{
		if (!mst_dict_next(ev->cxt, source->u.dict, &pos, &key, &value, &more))
			return false;
		if (!more)
			return true;
		if (key.kind == EXPR_STRING)
		{
			const char *s = key.u.string;

			if (mst_string_length(&key) != 1)
				return mst_jinja_fail(ev, "ValueError", "string keys in translate table must be of length 1");
			key = mst_value_int(mst_utf8_next(&s, s + key.len));
		}
		if (!mst_dict_set(ev->cxt, table, &key, &value))
			return false;
	}
}

/*
 * str.maketrans(): a table for translate(), of a mapping or of two strings of
 * equal length; the characters of a third one are deleted.
 */
static bool
method_maketrans(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprDict   *table = mst_dict_new(0);

	*result = mst_value_dict(table, false);
	if (!mst_jinja_is_given(&args[2]))
		return map_keys(ev, table, &args[1]);
	if (!check_string(ev, &args[1]))
		return false;
	if (mst_string_length(&args[1]) != mst_string_length(&args[2]))
		return mst_jinja_fail(ev, "ValueError",
							  "the first two maketrans arguments must have equal length");
	return map_characters(ev, table, &args[1], &args[2]) &&
		(!mst_jinja_is_given(&args[3]) || map_characters(ev, table, &args[3], NULL));
}

/* ---- encode ---- */

/* Answers whether a name given for an encoding is one of those listed. */
static bool
is_encoding(const ExprValue *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strlen(*names) == name->len && pg_strncasecmp(name->u.string, *names, name->len) == 0)
			return true;
	return false;
}

/* Encodes what an encoding does not have: nothing, a mark, a reference, or an error. */
static bool
encode_other(JinjaEval *ev, StringInfo out, uint32 c, const ExprValue *errors, const char *encoding)
{
	const char *how = pnstrdup(errors->u.string, errors->len);

	if (strcmp(how, "replace") == 0)
		appendStringInfoChar(out, '?');
	else if (strcmp(how, "xmlcharrefreplace") == 0)
		appendStringInfo(out, "&#%u;", c);
	else if (strcmp(how, "backslashreplace") == 0)
		appendStringInfo(out, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
	else if (strcmp(how, "ignore") != 0)
		return mst_jinja_fail(ev, "UnicodeEncodeError", "'%s' codec can't encode character U+%04X", encoding, c);
	return true;
}

/* "text".encode(): UTF-8, ASCII and Latin 1 are known. */
static bool
method_encode(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	static const char *const utf8[] = {"utf-8", "utf8", "utf_8", "u8", NULL};
	static const char *const ascii[] = {"ascii", "us-ascii", "us_ascii", NULL};
	static const char *const latin1[] = {"latin-1", "latin1", "latin_1", "iso-8859-1", "iso8859-1", NULL};
	const char *s = args[0].u.string;
	const char *end = s + args[0].len;
	uint32		limit;
	StringInfoData out;

	if (!is_encoding(&args[1], utf8))
	{
		if (!is_encoding(&args[1], ascii) && !is_encoding(&args[1], latin1))
			return mst_jinja_fail(ev, "LookupError", "unknown encoding: %.*s",
								  (int) args[1].len, args[1].u.string);
		limit = is_encoding(&args[1], ascii) ? 0x80 : 0x100;
		mst_text_init(&out);
		while (s < end)
		{
			uint32		c = mst_utf8_next(&s, end);

			if (!mst_expr_step(ev->cxt) || !mst_expr_charge(ev->cxt, out.len))
				return false;
			if (c < limit)
				appendStringInfoChar(&out, (char) c);
			else if (!encode_other(ev, &out, c, &args[2], limit == 0x80 ? "ascii" : "latin-1"))
				return false;
		}
		*result = mst_jinja_make_bytes(out.data, out.len);
		return true;
	}
	*result = mst_jinja_make_bytes(args[0].u.string, args[0].len);
	return true;
}

const JinjaBuiltin mst_jinja_string_methods[] = {
	{"capitalize", method_capitalize, JINJA_TAKES("self:str /")},
	/* not safe, even when self is */
	{"casefold", .plain = {.makes = mst_string_casefold}, JINJA_TAKES("self:str /")},
	{"center", method_center, JINJA_TAKES("self:str width:int fillchar:str=' ' /")},
	{"count", method_count, JINJA_TAKES("self:str sub:str start:index?=0 end:index?=9223372036854775807 /")},
	{"encode", method_encode, JINJA_TAKES("self:str / encoding:str='utf-8' errors:str='strict'")},
	{"endswith", method_endswith, JINJA_TAKES("self:str suffix:anything start:index?=0 end:index?=9223372036854775807 /")},
	{"expandtabs", method_expandtabs, JINJA_TAKES("self:str / tabsize:int=8")},
	{"find", method_find, JINJA_TAKES("self:str sub:str start:index?=0 end:index?=9223372036854775807 /")},
	{"format", .variadic = method_format, JINJA_TAKES("self:str / *args:anything **kwargs:anything")},
	{"format_map", method_format_map, JINJA_TAKES("self:str mapping:lookup /")},
	{"index", method_index, JINJA_TAKES("self:str sub:str start:index?=0 end:index?=9223372036854775807 /")},
	{"isalnum", .plain = {.answers = mst_string_is_alnum}, JINJA_TAKES("self:str /")},
	{"isalpha", .plain = {.answers = mst_string_is_alpha}, JINJA_TAKES("self:str /")},
	{"isascii", .plain = {.answers = is_ascii}, JINJA_TAKES("self:str /")},
	{"isdecimal", .plain = {.answers = mst_string_is_decimal}, JINJA_TAKES("self:str /")},
	{"isdigit", .plain = {.answers = mst_string_is_digit}, JINJA_TAKES("self:str /")},
	{"isidentifier", .plain = {.answers = mst_string_is_identifier}, JINJA_TAKES("self:str /")},
	{"islower", .plain = {.answers = mst_string_is_lower}, JINJA_TAKES("self:str /")},
	{"isnumeric", .plain = {.answers = mst_string_is_numeric}, JINJA_TAKES("self:str /")},
	{"isprintable", .plain = {.answers = mst_string_is_printable}, JINJA_TAKES("self:str /")},
	{"isspace", .plain = {.answers = mst_string_is_space}, JINJA_TAKES("self:str /")},
	{"istitle", .plain = {.answers = mst_string_is_title}, JINJA_TAKES("self:str /")},
	{"isupper", .plain = {.answers = mst_string_is_upper}, JINJA_TAKES("self:str /")},
	{"join", method_join, JINJA_TAKES("self:str items:anything /")},
	{"ljust", method_ljust, JINJA_TAKES("self:str width:int fillchar:str=' ' /")},
	{"lower", method_lower, JINJA_TAKES("self:str /")},
	{"lstrip", method_lstrip, JINJA_TAKES("self:str chars:any?=null /")},
	{"maketrans", method_maketrans, JINJA_TAKES("self:str from:any? to:str=none delete:str=none /")},
	{"partition", method_partition, JINJA_TAKES("self:str sep:anything /")},
	{"removeprefix", method_removeprefix, JINJA_TAKES("self:str prefix:str /")},
	{"removesuffix", method_removesuffix, JINJA_TAKES("self:str suffix:str /")},
	{"replace", method_replace, JINJA_TAKES("self:str old:str new:str count:int=-1 /")},
	{"rfind", method_rfind, JINJA_TAKES("self:str sub:str start:index?=0 end:index?=9223372036854775807 /")},
	{"rindex", method_rindex, JINJA_TAKES("self:str sub:str start:index?=0 end:index?=9223372036854775807 /")},
	{"rjust", method_rjust, JINJA_TAKES("self:str width:int fillchar:str=' ' /")},
	{"rpartition", method_rpartition, JINJA_TAKES("self:str sep:anything /")},
	{"rsplit", method_rsplit, JINJA_TAKES("self:str / sep:str?=null maxsplit:int=-1")},
	{"rstrip", method_rstrip, JINJA_TAKES("self:str chars:any?=null /")},
	{"split", method_split, JINJA_TAKES("self:str / sep:str?=null maxsplit:int=-1")},
	{"splitlines", method_splitlines, JINJA_TAKES("self:str / keepends:int=0")},
	{"startswith", method_startswith, JINJA_TAKES("self:str prefix:anything start:index?=0 end:index?=9223372036854775807 /")},
	{"strip", method_strip, JINJA_TAKES("self:str chars:any?=null /")},
	{"swapcase", method_swapcase, JINJA_TAKES("self:str /")},
	{"title", method_title, JINJA_TAKES("self:str /")},
	{"translate", method_translate, JINJA_TAKES("self:str table:lookup /")},
	{"upper", method_upper, JINJA_TAKES("self:str /")},
	{"zfill", method_zfill, JINJA_TAKES("self:str width:int /")},
	{NULL}
};

/* ---- safe strings only ---- */

/* markup.escape(value), which does not look at self. */
static bool
method_escape(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return mst_jinja_escape(ev, &args[1], result);
}

/* markup.striptags() */
static bool
method_striptags(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return mst_jinja_striptags(ev, &args[0], result);
}

/* markup.unescape(): a string that is not safe any more. */
static bool
method_unescape(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	StringInfoData out;

	mst_text_init(&out);
	if (!mst_jinja_append_unescaped(ev, &out, args[0].u.string, args[0].len))
		return false;
	*result = mst_value_string_from(&out);
	return true;
}

const JinjaBuiltin mst_jinja_markup_methods[] = {
	{"escape", method_escape, JINJA_TAKES("self:markup value:anything /")},
	{"striptags", method_striptags, JINJA_TAKES("self:markup /")},
	{"unescape", method_unescape, JINJA_TAKES("self:markup /")},
	{NULL}
};
