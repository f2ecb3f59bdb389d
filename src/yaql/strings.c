/*-------------------------------------------------------------------------
 *
 * strings.c
 *	  Functions on text.
 *
 * Positions are code points, and saturate instead of overflowing, because a
 * workflow may give any integer. substring() counts a negative start from
 * the end, once more if it is still negative, as YAQL does. replace() with
 * a dictionary replaces one pair after the other, so a later pair sees what
 * an earlier one has put in.
 *
 * What is built is charged piece by piece (mst_yaql_append_string), so a
 * limit stops it before the memory is there.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "utils/memutils.h"
#include "value/datetime.h"
#include "value/dict.h"
#include "value/format.h"
#include "value/list.h"
#include "value/make.h"
#include "value/number.h"
#include "value/range.h"
#include "value/string.h"
#include "value/text.h"
#include "yaql/builtin_tables.h"
#include "yaql/sequences.h"
#include "yaql/strings.h"

/* Returns an argument that may be null as a pointer that may be NULL. */
static const ExprValue *
or_null(const ExprValue *arg)
{
	return arg->kind == EXPR_STRING ? arg : NULL;
}

/*
 * Adds without overflow, for places in a string: what is beyond its end is
 * behind it all the same.
 */
static int64
saturating_add(int64 a, int64 b)
{
	int64		sum;

	if (pg_add_s64_overflow(a, b, &sum))
		return a < 0 ? PG_INT64_MIN : PG_INT64_MAX;
	return sum;
}

/* ---- case, length, trimming ---- */

/* text.len(): counts code points, not bytes. */
static bool
fn_len(YaqlCall *call, ExprValue *result)
{
	*result = mst_value_int(mst_string_length(&call->args[0]));
	return true;
}

/*
 * text.trim(chars): without characters given, white space in Unicode's sense
 * goes; an empty string of characters removes nothing.
 */
static bool
fn_trim(YaqlCall *call, ExprValue *result)
{
	*result = mst_string_strip(&call->args[0], or_null(&call->args[1]), EXPR_STRIP_BOTH);
	return true;
}

/* text.trimLeft(chars); see fn_trim(). */
static bool
fn_trim_left(YaqlCall *call, ExprValue *result)
{
	*result = mst_string_strip(&call->args[0], or_null(&call->args[1]), EXPR_STRIP_LEFT);
	return true;
}

/* text.trimRight(chars); see fn_trim(). */
static bool
fn_trim_right(YaqlCall *call, ExprValue *result)
{
	*result = mst_string_strip(&call->args[0], or_null(&call->args[1]), EXPR_STRIP_RIGHT);
	return true;
}

/* trim, with null for nothing */
static bool
fn_norm(YaqlCall *call, ExprValue *result)
{
	*result = call->args[0];
	if (result->kind == EXPR_NULL)
		return true;
	*result = mst_string_strip(&call->args[0], or_null(&call->args[1]), EXPR_STRIP_BOTH);
	if (result->len == 0)
		*result = mst_value_null();
	return true;
}

/*
 * isEmpty(text, trimSpaces, chars): null counts as empty, and so does white
 * space unless the second argument says otherwise.
 */
static bool
fn_is_empty(YaqlCall *call, ExprValue *result)
{
	ExprValue	text = call->args[0];

	if (text.kind == EXPR_STRING && call->args[1].u.boolean)
		text = mst_string_strip(&text, or_null(&call->args[2]), EXPR_STRIP_BOTH);

	*result = mst_value_bool(text.kind == EXPR_NULL || text.len == 0);
	return true;
}

/* ---- taking apart ---- */

/*
 * text.split(separator, maxSplits): without a separator, at white space, of
 * which any number counts as one. The result is a list that can be changed, as
 * Python's is.
 */
static bool
fn_split(YaqlCall *call, ExprValue *result)
{
	ExprList   *list;
	int64		max;

	if (!mst_yaql_count(call->cxt, &call->args[2], &max) ||
		!mst_string_split(call->cxt, &call->args[0], or_null(&call->args[1]), max, &list))
		return false;
	*result = mst_value_list(list, false);
	return true;
}

/*
 * text.rightSplit(separator, maxSplits): as split(), but what is too many to
 * split stays together on the left.
 */
static bool
fn_right_split(YaqlCall *call, ExprValue *result)
{
	ExprList   *list;
	int64		max;

	if (!mst_yaql_count(call->cxt, &call->args[2], &max) ||
		!mst_string_rsplit(call->cxt, &call->args[0], or_null(&call->args[1]), max, &list))
		return false;
	*result = mst_value_list(list, false);
	return true;
}

/*
 * text.toCharArray(): a tuple of the code points, each a string that shares
 * the text's memory.
 */
static bool
fn_to_char_array(YaqlCall *call, ExprValue *result)
{
	ExprList   *list;

	if (!mst_string_chars(call->cxt, &call->args[0], &list))
		return false;
	*result = mst_value_list(list, true);
	return true;
}

/* string[start : start + length], where a start that is still negative counts from the end once more */
static bool
fn_substring(YaqlCall *call, ExprValue *result)
{
	int64		size = mst_string_length(&call->args[0]);
	int64		start = mst_number_clip(&call->args[1]);
	int64		length = mst_number_clip(&call->args[2]);
	ExprValue	from;
	ExprValue	to;
	int64		first;
	int64		last;
	int64		count;

	if (length < 0)
		length = size;
	if (start < 0)
		start += size;
	from = mst_value_int(start);
	to = mst_value_int(saturating_add(start, length));
	mst_slice_indices(size, &from, &to, 1, &first, &last, &count);
	*result = mst_string_slice(&call->args[0], first, Max(first, last));
	return true;
}

/* ---- searching ---- */

/* The range of indexOf(sub, start, length): up to *end, INT64_MAX for all. */
static void
search_range(const YaqlCall *call, int64 *start, int64 *end)
{
	int64		length;

	*start = mst_number_clip(&call->args[2]);
	*end = PG_INT64_MAX;
	if (call->overload->takes.nparams == 3)
		return;
	length = mst_number_clip(&call->args[3]);
	if (*start < 0)
		*start += mst_string_length(&call->args[0]);
	if (length < 0)
		length = mst_string_length(&call->args[0]) - *start;
	*end = saturating_add(*start, length);
}

/*
 * text.indexOf(sub, start, length): the place of the first occurrence in code
 * points, or -1.
 */
static bool
fn_index_of(YaqlCall *call, ExprValue *result)
{
	int64		start;
	int64		end;

	search_range(call, &start, &end);
	*result = mst_value_int(mst_string_find(&call->args[0], &call->args[1], start, end));
	return true;
}

/*
 * text.lastIndexOf(sub, start, length): the place of the last occurrence in
 * code points, or -1.
 */
static bool
fn_last_index_of(YaqlCall *call, ExprValue *result)
{
	int64		start;
	int64		end;

	search_range(call, &start, &end);
	*result = mst_value_int(mst_string_rfind(&call->args[0], &call->args[1], start, end));
	return true;
}

/*
 * text.startsWith(prefix, ...): whether one of the prefixes is there; false
 * without any.
 */
static bool
fn_starts_with(YaqlCall *call, ExprValue *result)
{
	bool		found = false;

	for (int i = 0; i < call->nrest && !found; i++)
		found = mst_string_starts(&call->args[0], &call->rest[i], 0, PG_INT64_MAX);
	*result = mst_value_bool(found);
	return true;
}

/*
 * text.endsWith(suffix, ...): whether one of the suffixes is there; false
 * without any.
 */
static bool
fn_ends_with(YaqlCall *call, ExprValue *result)
{
	bool		found = false;

	for (int i = 0; i < call->nrest && !found; i++)
		found = mst_string_ends(&call->args[0], &call->rest[i], 0, PG_INT64_MAX);
	*result = mst_value_bool(found);
	return true;
}

/* ---- putting together ---- */

/* Returns whether a text of that many bytes can be made. */
static bool
check_length(EvalContext *cxt, int64 len)
{
	if (len >= (int64) MaxAllocSize)
		return mst_expr_fail_limit(cxt, "MemoryError", "string is too long");
	return mst_expr_charge(cxt, len);
}

/*
 * Appends a string to a text being built, within the limits.
 */
bool
mst_yaql_append_string(EvalContext *cxt, StringInfo out, const ExprValue *piece)
{
	if (!check_length(cxt, out->len + (int64) piece->len))
		return false;
	appendBinaryStringInfo(out, piece->u.string, piece->len);
	return true;
}

/*
 * concat(text, ...) of strings alone; other overloads of the name chain
 * collections. The length is known and checked before memory is taken, since
 * the parts may be the same long string many times.
 */
static bool
fn_concat(YaqlCall *call, ExprValue *result)
{
	int64		len = 0;
	char	   *text;
	char	   *end;

	for (int i = 0; i < call->nrest; i++)
		len += call->rest[i].len;
	if (!check_length(call->cxt, len))
		return false;
	end = text = palloc(len + 1);

	for (int i = 0; i < call->nrest; i++)
	{
		memcpy(end, call->rest[i].u.string, call->rest[i].len);
		end += call->rest[i].len;
	}
	*result = mst_value_string(text, (int) len);
	return true;
}

/*
 * Joins items with a separator. An item that is no string is written as str()
 * writes it, unlike in Python, which refuses it. Fails by limits, and where an
 * item cannot be computed.
 */
static bool
join_strings(EvalContext *cxt, const ExprValue *items, const ExprValue *separator, ExprValue *result)
{
	StringInfoData out;
	ExprCursor	cursor;
	ExprNext	next;
	ExprValue	item;
	bool		is_first = true;

	mst_text_init(&out);
	if (!mst_cursor_open(cxt, &cursor, items))
		return false;
	while ((next = mst_cursor_next(cxt, &cursor, &item)) == EXPR_NEXT_ITEM)
	{
		if (!is_first && !mst_yaql_append_string(cxt, &out, separator))
			return false;
		is_first = false;
		if (item.kind == EXPR_STRING ? !mst_yaql_append_string(cxt, &out, &item) :
			!mst_yaql_append_str(cxt, &out, &item))
			return false;
	}
	if (next == EXPR_NEXT_ERROR)
		return false;
	*result = mst_yaql_text_value(&out);
	return true;
}

/* items.join(separator) */
static bool
fn_join(YaqlCall *call, ExprValue *result)
{
	return join_strings(call->cxt, &call->args[0], &call->args[1], result);
}

/* separator.join(items): the same from the other side, as Python has it. */
static bool
fn_join_by(YaqlCall *call, ExprValue *result)
{
	return join_strings(call->cxt, &call->args[1], &call->args[0], result);
}

/*
 * text.replace(old, new, count): from the left, count times at most; negative:
 * all.
 */
static bool
fn_replace(YaqlCall *call, ExprValue *result)
{
	int64		count;

	return mst_yaql_count(call->cxt, &call->args[3], &count) &&
		mst_string_replace(call->cxt, &call->args[0], &call->args[1],
						   &call->args[2], count, result);
}

/*
 * Puts in the place of a value what str() makes of it. Strings stay what they
 * are.
 */
static bool
to_str(EvalContext *cxt, ExprValue *v)
{
	StringInfoData out;

	if (v->kind == EXPR_STRING)
		return true;
	mst_text_init(&out);
	if (!mst_yaql_append_str(cxt, &out, v))
		return false;
	*v = mst_yaql_text_value(&out);
	return true;
}

/* replace({old => new, ...}), one pair after the other */
static bool
fn_replace_all(YaqlCall *call, ExprValue *result)
{
	int64		count;
	ExprValue	key;
	ExprValue	value;
	bool		more;
	ExprValue	text = call->args[0];
	int			pos = 0;

	*result = text;

	for (;;)
	{
		if (!mst_dict_next(call->cxt, call->args[1].u.dict, &pos, &key, &value, &more))
			return false;
		if (!more)
			return true;
		if (!mst_yaql_count(call->cxt, &call->args[2], &count) ||
			!to_str(call->cxt, &key) || !to_str(call->cxt, &value) ||
			!mst_string_replace(call->cxt, &text, &key, &value, count, result))
			return false;
		text = *result;
	}
}

/* ---- format ---- */

/* {0.name}: what Python's numbers, date-times and timespans show of themselves. */
static bool
get_attribute(EvalContext *cxt, ExprValue object, const ExprValue *key, ExprValue *result)
{
	static const struct
	{
		const char *name;
		size_t		member;
	}			fields[] =
	{
		{"year", offsetof(ExprDateParts, year)},
		{"month", offsetof(ExprDateParts, month)},
		{"day", offsetof(ExprDateParts, day)},
		{"hour", offsetof(ExprDateParts, hour)},
		{"minute", offsetof(ExprDateParts, minute)},
		{"second", offsetof(ExprDateParts, second)},
		{"microsecond", offsetof(ExprDateParts, microsecond)}
	};
	char	   *name = pnstrdup(key->u.string, key->len);
	bool		is_integral = mst_value_is_integral(&object);
	ExprDateParts parts;

	if (is_integral || object.kind == EXPR_FLOAT)
	{
		ExprValue	zero = is_integral ? mst_value_int(0) : mst_value_float(0.0);

		if (strcmp(name, "real") == 0 || (is_integral && strcmp(name, "numerator") == 0))
			return mst_number_arith(cxt, EXPR_SUB, &object, &zero, result);
		*result = strcmp(name, "imag") == 0 ? zero : mst_value_int(1);
		if (strcmp(name, "imag") == 0 || (is_integral && strcmp(name, "denominator") == 0))
			return true;
	}
	if (object.kind == EXPR_TIMESPAN)
	{
		*result = mst_value_int(object.len);
		if (strcmp(name, "days") == 0)
			return true;
		*result = mst_value_int(object.u.integer / EXPR_USECS_PER_SECOND);
		if (strcmp(name, "seconds") == 0)
			return true;
		*result = mst_value_int(object.u.integer % EXPR_USECS_PER_SECOND);
		if (strcmp(name, "microseconds") == 0)
			return true;
	}
	if (object.kind == EXPR_DATETIME)
	{
		mst_datetime_parts(object.u.datetime, &parts);
		for (int i = 0; i < lengthof(fields); i++)
		{
			*result = mst_value_int(*(int *) ((char *) &parts + fields[i].member));
			if (strcmp(name, fields[i].name) == 0)
				return true;
		}
	}
	return mst_expr_fail(cxt, "AttributeError", "'%s' object has no attribute '%s'",
						 mst_value_type_name(&object), name);
}

/* The item of a list, or the character of a text, at an index of a field: {0[1]} */
static bool
get_item(EvalContext *cxt, const ExprValue *object, int64 i, ExprValue *result)
{
	int64		length = object->kind == EXPR_STRING ?
	mst_string_length(object) : mst_list_length(object->u.list);

	if (i < 0 || i >= length)
		return mst_expr_fail(cxt, "IndexError", "%s index out of range",
							 mst_value_type_name(object));
	if (object->kind == EXPR_LIST)
		return mst_list_get(cxt, object->u.list, (int) i, result);
	*result = mst_string_slice(object, i, i + 1);
	return true;
}

/* {0.name} and {0[key]} */
static bool
access_field(EvalContext *cxt, const ExprValue *object, const ExprValue *key,
			 bool is_attribute, void *arg, ExprValue *result)
{
	bool		found;

	if (is_attribute)
		return get_attribute(cxt, *object, key, result);
	if (object->kind == EXPR_DICT)
	{
		if (!mst_dict_get(cxt, object->u.dict, key, result, &found))
			return false;
		return found || mst_expr_fail(cxt, "KeyError", "%s", mst_value_brief(cxt, key));
	}
	if ((object->kind == EXPR_LIST || object->kind == EXPR_STRING) && key->kind == EXPR_INT)
		return get_item(cxt, object, key->u.integer, result);
	return mst_expr_fail(cxt, "TypeError", "'%s' object is not subscriptable",
						 mst_value_type_name(object));
}

/*
 * text.format(args, name => value): Python's str.format(), with the fields'
 * attributes and items as YAQL reaches them (access_field), so that no
 * attribute of a Python object shows through.
 */
static bool
fn_format(YaqlCall *call, ExprValue *result)
{
	ExprDict   *named = mst_dict_new(call->nnamed);
	ExprFieldRules rules = {access_field};
	StringInfoData out;

	for (int i = 0; i < call->nnamed; i++)
	{
		ExprValue	name = mst_value_string(call->named[i].name, call->named[i].len);

		if (!mst_dict_set(call->cxt, named, &name, &call->named[i].value))
			return false;
	}
	mst_text_init(&out);
	if (!mst_format_template(call->cxt, &out, &call->args[0], call->rest, call->nrest,
							 named, &rules))
		return false;
	*result = mst_yaql_text_value(&out);
	return true;
}

/* ---- character classes ---- */

#define DIGITS	"0123456789"
#define LOWER	"abcdefghijklmnopqrstuvwxyz"
#define UPPER	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define PUNCTUATION "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
#define WHITESPACE " \t\n\r\v\f"

/* in the order of the parameters; NULL: Python no longer has it */
static const struct
{
	const char *name;
	const char *members;
}			classes[] =

{
	{"digits", DIGITS},
	{"hexdigits", DIGITS "abcdefABCDEF"},
	{"ascii_lowercase", LOWER},
	{"ascii_uppercase", UPPER},
	{"ascii_letters", LOWER UPPER},
	{"letters", NULL},
	{"octdigits", "01234567"},
	{"punctuation", PUNCTUATION},
	{"printable", DIGITS LOWER UPPER PUNCTUATION WHITESPACE},
	{"lowercase", NULL},
	{"uppercase", NULL},
	{"whitespace", WHITESPACE}
};

/*
 * characters(digits => true, ...): the ASCII characters of the classes chosen,
 * each once and in the order of their codes. Three classes of the reference
 * are gone from Python's module; they fail as there.
 */
static bool
fn_characters(YaqlCall *call, ExprValue *result)
{
	/* every ASCII character, so that one can be pointed to */
	static char ascii[128];
	bool		is_member[128] = {false};
	ExprList   *list = mst_list_new(0);

	for (int i = 0; i < lengthof(classes); i++)
	{
		if (!mst_value_is_true(&call->args[i]))
			continue;
		if (classes[i].members == NULL)
			return mst_expr_fail(call->cxt, "AttributeError",
								 "module 'string' has no attribute '%s'",
								 classes[i].name);
		for (const char *s = classes[i].members; *s != '\0'; s++)
			is_member[(int) *s] = true;
	}
	for (int c = 0; c < lengthof(is_member); c++)
	{
		ExprValue	character = mst_value_string(&ascii[c], 1);

		ascii[c] = (char) c;
		if (is_member[c] && !mst_list_append(call->cxt, list, &character))
			return false;
	}
	*result = mst_value_list(list, true);
	return true;
}

/* ---- digits ---- */

/* hex(number): with prefix and sign, as Python's hex(); a float has none. */
static bool
fn_hex(YaqlCall *call, ExprValue *result)
{
	const ExprValue *v = &call->args[0];
	StringInfoData out;

	if (!mst_value_is_integral(v))
		return mst_expr_fail(call->cxt, "TypeError",
							 "'%s' object cannot be interpreted as an integer",
							 mst_value_type_name(v));
	mst_text_init(&out);
	if (!mst_number_append_int(call->cxt, &out, v, 16))
		return false;

	/* the prefix stands after the sign */
	if (out.data[0] == '-')
		*result = mst_value_cstring(psprintf("-0x%s", out.data + 1));
	else
		*result = mst_value_cstring(psprintf("0x%s", out.data));
	return true;
}

const YaqlBuiltin mst_yaql_string_functions[] =
{
	{"characters", YAQL_FUNCTION,
		"digits:bool?=false hexdigits:bool?=false asciiLowercase:bool?=false"
		" asciiUppercase:bool?=false asciiLetters:bool?=false letters:bool?=false"
		" octdigits:bool?=false punctuation:bool?=false printable:bool?=false"
		" lowercase:bool?=false uppercase:bool?=false whitespace:bool?=false",
	fn_characters},
	{"concat", YAQL_FUNCTION, "*args:str", fn_concat},
	{"endsWith", YAQL_METHOD, "string:str *suffixes:str", fn_ends_with},
	{"format", YAQL_EXTENSION, "string:str *args:any? **kwargs:any?", fn_format},
	{"hex", YAQL_FUNCTION, "num:number?", fn_hex},
	{"indexOf", YAQL_METHOD, "string:str sub:str start:int=0", fn_index_of},
	{"indexOf", YAQL_METHOD, "string:str sub:str start:int length:int", fn_index_of},
	{"isEmpty", YAQL_EXTENSION, "string:str? trim:bool=true chars:str?=null", fn_is_empty},
	{"join", YAQL_METHOD, "sequence:iter separator:str", fn_join},
	{"join", YAQL_METHOD, "separator:str sequence:iter", fn_join_by},
	{"lastIndexOf", YAQL_METHOD, "string:str sub:str start:int=0", fn_last_index_of},
	{"lastIndexOf", YAQL_METHOD, "string:str sub:str start:int length:int", fn_last_index_of},
	{"len", YAQL_EXTENSION, "string:str", fn_len},
	{"norm", YAQL_EXTENSION, "string:str? chars:str?=null", fn_norm},
	{"replace", YAQL_METHOD, "string:str old:str new:str count:int=-1", fn_replace},
	{"replace", YAQL_METHOD, "string:str replacements:dict count:int=-1", fn_replace_all},
	{"rightSplit", YAQL_METHOD, "string:str separator:str?=null maxSplits:int=-1", fn_right_split},
	{"split", YAQL_METHOD, "string:str separator:str?=null maxSplits:int=-1", fn_split},
	{"startsWith", YAQL_METHOD, "string:str *prefixes:str", fn_starts_with},
	{"substring", YAQL_METHOD, "string:str start:int length:int=-1", fn_substring},
	{"toCharArray", YAQL_METHOD, "string:str", fn_to_char_array},
	{"toLower", YAQL_METHOD, "string:str", .plain = {.makes = mst_string_lower}},
	{"toUpper", YAQL_METHOD, "string:str", .plain = {.makes = mst_string_upper}},
	{"trim", YAQL_METHOD, "string:str chars:str?=null", fn_trim},
	{"trimLeft", YAQL_METHOD, "string:str chars:str?=null", fn_trim_left},
	{"trimRight", YAQL_METHOD, "string:str chars:str?=null", fn_trim_right},
	{NULL}
};
