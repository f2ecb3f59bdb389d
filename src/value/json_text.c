/*-------------------------------------------------------------------------
 *
 * json_text.c
 *	  JSON text, as Python's json module writes and reads it.
 *
 * Python's json module: what json_dump() writes is compared and parsed by
 * workflows, so separators, escapes (ASCII only), the forms of floats and
 * the order of keys are those of json.dumps().  NaN and infinity are
 * written, and read, though JSON has neither.
 *
 * Text is read by tree/json_read.c; here are the values made of it, and the
 * messages of JSONDecodeError, with line, column and character counted as
 * Python counts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "tree/json_read.h"
#include "value/compare.h"
#include "value/datetime.h"
#include "value/dict.h"
#include "value/evaluation.h"
#include "value/iteration.h"
#include "value/json_text.h"
#include "value/list.h"
#include "value/make.h"
#include "value/number.h"
#include "value/text.h"
#include "value/unicode.h"

/* ---- writing ---- */

typedef struct Dumper
{
	EvalContext *cxt;
	StringInfo	out;
	const ExprJsonStyle *style;
	int			level;
} Dumper;

static bool dump_value(Dumper *d, const ExprValue *v);

/*
 * Returns whether a character is left as it is: all of ASCII that has no
 * meaning.
 */
static inline bool
is_plain(const Dumper *d, uint32 c)
{
	if (c < 0x20 || c >= 0x7F || c == '"' || c == '\\')
		return false;
	return !d->style->html_safe || (c != '<' && c != '>' && c != '&' && c != '\'');
}

/*
 * Appends a character. All that is not ASCII becomes an escape, two where it
 * is beyond the first plane, so the text survives any encoding.
 */
static void
append_json_char(Dumper *d, uint32 c)
{
	StringInfo	out = d->out;
	char		letter;

	if (is_plain(d, c))
	{
		appendStringInfoCharMacro(out, (char) c);
		return;
	}
	letter = c < 0x80 ? mst_json_escape_letter(c) : '\0';
	if (letter != '\0')
	{
		appendStringInfoCharMacro(out, '\\');
		appendStringInfoCharMacro(out, letter);
	}
	else if (c <= 0xFFFF)
		appendStringInfo(out, "\\u%04x", c);
	else
		appendStringInfo(out, "\\u%04x\\u%04x", 0xD800 + ((c - 0x10000) >> 10),
						 0xDC00 + ((c - 0x10000) & 0x3FF));
}

/*
 * Appends a string in quotes; charges twice its length, in spite of escapes
 * that take more: the next charge sees them.
 */
static bool
dump_string(Dumper *d, const char *s, int len)
{
	const char *end = s + len;

	if (!mst_expr_charge(d->cxt, (int64) d->out->len + (int64) len * 2))
		return false;
	appendStringInfoChar(d->out, '"');
	while (s < end)
		append_json_char(d, mst_utf8_next(&s, end));
	appendStringInfoChar(d->out, '"');
	return true;
}

/* Begins a line where the style wants lines. */
static void
new_line(Dumper *d)
{
	if (d->style->indent < 0)
		return;
	appendStringInfoChar(d->out, '\n');
	if (d->style->indent_text == NULL)
		appendStringInfoSpaces(d->out, d->level * d->style->indent);
	else
		for (int i = 0; i < d->level; i++)
			appendBinaryStringInfo(d->out, d->style->indent_text->u.string, d->style->indent_text->len);
}

/* Appends the separator and the new line that precede an item. */
static bool
begin_item(Dumper *d, bool *is_first)
{
	if (!mst_expr_step(d->cxt) || !mst_expr_charge(d->cxt, d->out->len))
		return false;
	if (!*is_first)
		appendStringInfoString(d->out, d->style->item_separator);
	*is_first = false;
	new_line(d);
	return true;
}

/*
 * Appends a collection of any kind as an array. An iterator is drawn from
 * here, so it may fail when half of the array is written.
 */
static bool
dump_items(Dumper *d, const ExprValue *v)
{
	ExprCursor	cursor;
	ExprValue	item;
	bool		is_first = true;

	if (!mst_cursor_open(d->cxt, &cursor, v))
		return false;
	appendStringInfoChar(d->out, '[');
	d->level++;
	for (;;)
	{
		ExprNext	next = mst_cursor_next(d->cxt, &cursor, &item);

		if (next == EXPR_NEXT_ERROR)
			return false;
		if (next == EXPR_NEXT_END)
			break;
		if (!begin_item(d, &is_first) || !dump_value(d, &item))
			return false;
	}
	d->level--;
	if (!is_first)
		new_line(d);
	appendStringInfoChar(d->out, ']');
	return true;
}

/*
 * Appends a key. Python's rules: numbers, booleans and null become strings,
 * anything else fails.
 */
static bool
dump_key(Dumper *d, const ExprValue *key)
{
	StringInfoData text;

	mst_text_init(&text);
	switch ((ExprKind) key->kind)
	{
		case EXPR_STRING:
			return dump_string(d, key->u.string, key->len);
		case EXPR_NULL:
			return dump_string(d, "null", 4);
		case EXPR_BOOL:
			return dump_string(d, key->u.boolean ? "true" : "false", key->u.boolean ? 4 : 5);
		case EXPR_INT:
		case EXPR_BIGINT:
		case EXPR_FLOAT:
			return mst_value_append_text(d->cxt, &text, key, 0) &&
				dump_string(d, text.data, text.len);
		default:
			return mst_expr_fail(d->cxt, "TypeError",
								 "keys must be str, int, float, bool or None, not %s",
								 mst_value_type_name(key));
	}
}

/* Returns whether one string key sorts before another. */
static bool
key_less(EvalContext *cxt, const ExprValue *a, const ExprValue *b, void *arg, bool *result)
{
	return mst_value_order(cxt, EXPR_LT, a, b, result);
}

/* Appends one member. */
static bool
dump_entry(Dumper *d, const ExprValue *key, const ExprValue *value, bool *is_first)
{
	if (!begin_item(d, is_first) || !dump_key(d, key))
		return false;
	appendStringInfoString(d->out, d->style->key_separator);
	return dump_value(d, value);
}

/*
 * Appends the members in the order of their keys; fails where they have none.
 */
static bool
dump_sorted(Dumper *d, ExprDict *dict, bool *is_first)
{
	ExprValue  *keys;
	ExprValue  *values;
	int			n;

	if (!mst_dict_entries(d->cxt, dict, key_less, NULL, &keys, &values, &n))
		return false;
	for (int i = 0; i < n; i++)
	{
		if (!dump_entry(d, &keys[i], &values[i], is_first))
			return false;
	}
	return true;
}

/* Appends the members in the order in which they were added. */
static bool
dump_in_order(Dumper *d, ExprDict *dict, bool *is_first)
{
	int			pos = 0;
	bool		more;
	ExprValue	key;
	ExprValue	value;

	for (;;)
	{
		if (!mst_dict_next(d->cxt, dict, &pos, &key, &value, &more))
			return false;
		if (!more)
			return true;
		if (!dump_entry(d, &key, &value, is_first))
			return false;
	}
}

/* Appends a dictionary. */
static bool
dump_dict(Dumper *d, ExprDict *dict)
{
	bool		is_first = true;

	appendStringInfoChar(d->out, '{');
	d->level++;
	if (!(d->style->sort_keys ? dump_sorted(d, dict, &is_first) : dump_in_order(d, dict, &is_first)))
		return false;
	d->level--;
	if (!is_first)
		new_line(d);
	appendStringInfoChar(d->out, '}');
	return true;
}

/*
 * Appends a float as Python does, which writes NaN and infinities although
 * JSON lacks them.
 */
static void
dump_float(Dumper *d, double f)
{
	if (isnan(f))
		appendStringInfoString(d->out, "NaN");
	else if (isinf(f))
		appendStringInfoString(d->out, f > 0 ? "Infinity" : "-Infinity");
	else
		mst_number_append_float(d->out, f);
}

/*
 * Appends a value without parts; a time as text. Fails for what is no data,
 * such as functions.
 */
static bool
dump_scalar(Dumper *d, const ExprValue *v)
{
	StringInfoData text;

	switch ((ExprKind) v->kind)
	{
		case EXPR_NULL:
			appendStringInfoString(d->out, "null");
			return true;
		case EXPR_BOOL:
			appendStringInfoString(d->out, v->u.boolean ? "true" : "false");
			return true;
		case EXPR_INT:
		case EXPR_BIGINT:
			return mst_number_append_int(d->cxt, d->out, v, 10);
		case EXPR_FLOAT:
			dump_float(d, v->u.real);
			return true;
		case EXPR_STRING:
			return dump_string(d, v->u.string, v->len);
		case EXPR_DATETIME:
			mst_text_init(&text);
			mst_datetime_append_stored(&text, v->u.datetime);
			return dump_string(d, text.data, text.len);
		case EXPR_UNDEFINED:
			return mst_expr_fail(d->cxt, "TypeError",
								 "Object of type Undefined is not JSON serializable");
		default:
			return mst_expr_fail(d->cxt, "TypeError", "Object of type %s is not JSON serializable",
								 mst_value_type_name(v));
	}
}

/* Appends any value; containers count against the depth. */
static bool
dump_value(Dumper *d, const ExprValue *v)
{
	bool		ok;

	if (v->kind != EXPR_DICT && !mst_value_is_collection(v))
		return dump_scalar(d, v);
	if (!mst_expr_enter(d->cxt))
		return false;
	ok = v->kind == EXPR_DICT ? dump_dict(d, v->u.dict) : dump_items(d, v);
	mst_expr_leave(d->cxt);
	return ok;
}

/*
 * Python's json.dumps(ensure_ascii=True); iterators, sets, views as lists,
 * date-times as text.
 */
bool
mst_value_json_dump(EvalContext *cxt, StringInfo out, const ExprValue *v, const ExprJsonStyle *style)
{
	Dumper		d = {cxt, out, style};

	return dump_value(&d, v);
}

/* ---- reading ---- */

/* The maker's argument is the evaluation. */
static EvalContext *
context_of(JsonReader *reader)
{
	return reader->arg;
}

/*
 * A slot of the reader holds a value; see the assertion in
 * mst_value_json_parse().
 */
static ExprValue *
value_in(JsonSlot *slot)
{
	return (ExprValue *) slot;
}

/* Counts a step for each value, and a level for each container. */
static bool
enter_value(JsonReader *reader, bool is_container)
{
	return mst_expr_step(context_of(reader)) &&
		(!is_container || mst_expr_enter(context_of(reader)));
}

/* Ends the level. */
static void
leave_value(JsonReader *reader, bool is_container)
{
	if (is_container)
		mst_expr_leave(context_of(reader));
}

/* Makes the value of a word, those that only Python has included. */
static bool
make_word(JsonReader *reader, JsonWord word, JsonSlot *result)
{
	switch (word)
	{
		case JSON_NULL:
			*value_in(result) = mst_value_null();
			break;
		case JSON_TRUE:
		case JSON_FALSE:
			*value_in(result) = mst_value_bool(word == JSON_TRUE);
			break;
		case JSON_NAN:
			*value_in(result) = mst_value_float(NAN);
			break;
		case JSON_INFINITY:
			*value_in(result) = mst_value_float(INFINITY);
			break;
		case JSON_MINUS_INFINITY:
			*value_in(result) = mst_value_float(-INFINITY);
			break;
	}
	return true;
}

/* Integers are of any size, and floats that are too large infinite. */
static bool
make_number(JsonReader *reader, const char *text, int len, bool is_float,
			JsonSlot *result)
{
	ExprValue  *number = value_in(result);
	bool		is_negative = *text == '-';

	if (is_float)
	{
		*number = mst_value_float(strtod(pnstrdup(text, len), NULL));
		return true;
	}
	if (!mst_number_from_digits(context_of(reader), text + is_negative, len - is_negative, 10, number))
		return false;
	return is_negative ? mst_number_negate(context_of(reader), number, number) : true;
}

/* Without escapes, the value shares the text that is read. */
static bool
make_string(JsonReader *reader, const char *text, int len, StringInfo made,
			JsonSlot *result)
{
	if (made != NULL && !mst_expr_charge(context_of(reader), len))
		return false;
	*value_in(result) = mst_value_string(text, len);
	return true;
}

/* Makes an empty container; it can be changed, as what json.loads() gives. */
static bool
open_container(JsonReader *reader, bool is_object, JsonSlot *result)
{
	*value_in(result) = is_object ? mst_value_dict(mst_dict_new(0), false) :
		mst_value_list(mst_list_new(0), false);
	return true;
}

/* Fails where the list has as many items as it may. */
static bool
add_item(JsonReader *reader, JsonSlot *list, const JsonSlot *item)
{
	return mst_list_append(context_of(reader), value_in(list)->u.list,
						   (const ExprValue *) item);
}

/* The last of equal keys wins, in the place of the first. */
static bool
add_member(JsonReader *reader, JsonSlot *object, const JsonSlot *key,
		   const JsonSlot *value)
{
	return mst_dict_set(context_of(reader), value_in(object)->u.dict,
						(const ExprValue *) key, (const ExprValue *) value);
}

static const JsonMaker value_maker = {
	.is_lenient = true,
	.enter = enter_value,
	.leave = leave_value,
	.word = make_word,
	.number = make_number,
	.string = make_string,
	.open = open_container,
	.add_item = add_item,
	.add_member = add_member
};

/*
 * Fails with the message of JSONDecodeError, for example "Expecting value:
 * line 1 column 1 (char 0)": lines and columns count from 1, characters from 0.
 */
static bool
fail_json(EvalContext *cxt, const char *start, const char *at, const char *what)
{
	int			line = 1;
	const char *line_start = start;

	for (const char *p = start; p < at; p++)
	{
		if (*p == '\n')
		{
			line++;
			line_start = p + 1;
		}
	}
	return mst_expr_fail(cxt, "JSONDecodeError", "%s: line %d column %d (char %d)", what, line,
						 mst_utf8_length(line_start, (int) (at - line_start)) + 1,
						 mst_utf8_length(start, (int) (at - start)));
}

/*
 * Python's json.loads(): makes a value of the string "text", whose memory it
 * shares.  Fails with JSONDecodeError and its messages, and by limits.
 */
bool
mst_value_json_parse(EvalContext *cxt, const ExprValue *text, ExprValue *result)
{
	JsonReader	reader = {.maker = &value_maker, .arg = cxt};
	JsonSlot	root;

	StaticAssertStmt(sizeof(ExprValue) <= sizeof(JsonSlot), "a slot holds a value");
	if (text->kind != EXPR_STRING)
		return mst_expr_fail(cxt, "TypeError",
							 "the JSON object must be str, bytes or bytearray, not %s",
							 mst_value_type_name(text));
	reader.start = text->u.string;
	reader.end = reader.start + text->len;
	if (text->len >= 3 && memcmp(reader.start, "\xEF\xBB\xBF", 3) == 0)
		return fail_json(cxt, reader.start, reader.start,
						 "Unexpected UTF-8 BOM (decode using utf-8-sig)");
	if (!mst_json_read(&reader, &root))
		return reader.problem == NULL ? false :
			fail_json(cxt, reader.start, reader.problem_at, reader.problem);
	*result = *value_in(&root);
	return true;
}
