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
 * The reader gives the messages of JSONDecodeError, with line, column and
 * character counted as Python counts.  Halves of surrogates are not joined
 * to anything if they stand alone.  The server's own parser is not used: it
 * refuses what Python takes, and forgets the order of keys.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

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

static void
append_json_char(Dumper *d, uint32 c)
{
	StringInfo	out = d->out;

	switch (c)
	{
		case '"':
			appendStringInfoString(out, "\\\"");
			return;
		case '\\':
			appendStringInfoString(out, "\\\\");
			return;
		case '\n':
			appendStringInfoString(out, "\\n");
			return;
		case '\r':
			appendStringInfoString(out, "\\r");
			return;
		case '\t':
			appendStringInfoString(out, "\\t");
			return;
		case '\f':
			appendStringInfoString(out, "\\f");
			return;
		case '\b':
			appendStringInfoString(out, "\\b");
			return;
		case '<':
		case '>':
		case '&':
		case '\'':
			if (d->style->html_safe)
				appendStringInfo(out, "\\u%04x", c);
			else
				appendStringInfoChar(out, (char) c);
			return;
		default:
			break;
	}
	if (c >= 0x20 && c < 0x7F)
		appendStringInfoCharMacro(out, (char) c);
	else if (c <= 0xFFFF)
		appendStringInfo(out, "\\u%04x", c);
	else
		appendStringInfo(out, "\\u%04x\\u%04x", 0xD800 + ((c - 0x10000) >> 10),
						 0xDC00 + ((c - 0x10000) & 0x3FF));
}

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

/* Whether one string key sorts before another. */
static bool
key_less(EvalContext *cxt, const ExprValue *a, const ExprValue *b, void *arg, bool *result)
{
	return mst_value_order(cxt, EXPR_LT, a, b, result);
}

static bool
dump_entry(Dumper *d, const ExprValue *key, const ExprValue *value, bool *is_first)
{
	if (!begin_item(d, is_first) || !dump_key(d, key))
		return false;
	appendStringInfoString(d->out, d->style->key_separator);
	return dump_value(d, value);
}

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

typedef struct Reader
{
	EvalContext *cxt;
	const char *start;
	const char *p;
	const char *end;
} Reader;

static bool read_value(Reader *r, ExprValue *result);

/* "Expecting value: line 1 column 1 (char 0)" */
static bool
fail_json(Reader *r, const char *at, const char *what)
{
	int			index = mst_utf8_length(r->start, (int) (at - r->start));
	int			line = 1;
	const char *line_start = r->start;
	const char *p;

	for (p = r->start; p < at; p++)
	{
		if (*p == '\n')
		{
			line++;
			line_start = p + 1;
		}
	}
	return mst_expr_fail(r->cxt, "JSONDecodeError", "%s: line %d column %d (char %d)", what, line,
						 mst_utf8_length(line_start, (int) (at - line_start)) + 1, index);
}

static void
skip_blanks(Reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r'))
		r->p++;
}

/* Four hexadecimal digits at p, or -1. */
static int
read_hex4(Reader *r, const char *p)
{
	int			value = 0;
	int			i;

	if (r->end - p < 4)
		return -1;
	for (i = 0; i < 4; i++)
	{
		char		c = p[i];

		if (c >= '0' && c <= '9')
			value = value * 16 + (c - '0');
		else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
			value = value * 16 + ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return value;
}

/* \uXXXX, two of them for a character beyond U+FFFF; r->p stands at the "u". */
static bool
read_unicode_escape(Reader *r, StringInfo out)
{
	int			c = read_hex4(r, r->p + 1);

	if (c < 0)
		return fail_json(r, r->p, "Invalid \\uXXXX escape");
	r->p += 5;
	if (c >= 0xD800 && c <= 0xDBFF && r->end - r->p >= 6 && r->p[0] == '\\' && r->p[1] == 'u')
	{
		int			low = read_hex4(r, r->p + 2);

		if (low >= 0xDC00 && low <= 0xDFFF)
		{
			c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
			r->p += 6;
		}
	}
	mst_utf8_append(out, (uint32) c);
	return true;
}

/* A string with escapes in it; r->p stands at the first of them. */
static bool
read_escaped(Reader *r, const char *open, StringInfo out)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";

	for (;;)
	{
		const char *found;

		if (r->p >= r->end)
			return fail_json(r, open, "Unterminated string starting at");
		if (*r->p == '"')
			return true;
		if ((unsigned char) *r->p < 0x20)
			return fail_json(r, r->p, "Invalid control character at");
		if (*r->p != '\\')
		{
			appendStringInfoCharMacro(out, *r->p);
			r->p++;
			continue;
		}
		if (++r->p >= r->end)
			return fail_json(r, open, "Unterminated string starting at");
		if (*r->p == 'u')
		{
			if (!read_unicode_escape(r, out))
				return false;
			continue;
		}
		found = *r->p != '\0' ? strchr(letters, *r->p) : NULL;
		if (found == NULL)
			return fail_json(r, r->p - 1, "Invalid \\escape");
		appendStringInfoChar(out, meanings[found - letters]);
		r->p++;
	}
}

static bool
read_string(Reader *r, ExprValue *result)
{
	const char *open = r->p++;
	const char *start = r->p;
	StringInfoData buf;

	while (r->p < r->end && *r->p != '"' && *r->p != '\\' && (unsigned char) *r->p >= 0x20)
		r->p++;
	if (r->p < r->end && *r->p == '"')
	{
		/* without escapes the text is shared */
		*result = mst_value_string(start, (int) (r->p - start));
		r->p++;
		return true;
	}
	if (!mst_expr_charge(r->cxt, r->end - start > 8192 ? (r->p - start) : 0))
		return false;
	mst_text_init(&buf);
	appendBinaryStringInfo(&buf, start, (int) (r->p - start));
	if (!read_escaped(r, open, &buf))
		return false;
	r->p++;
	*result = mst_value_string_from(&buf);
	return true;
}

static bool
is_digit_at(const Reader *r, const char *p)
{
	return p < r->end && *p >= '0' && *p <= '9';
}

static bool
read_number(Reader *r, ExprValue *result)
{
	const char *start = r->p;
	const char *p = start;
	const char *q;
	bool		is_float = false;
	bool		is_negative = *p == '-';

	if (is_negative)
		p++;
	if (!is_digit_at(r, p))
		return fail_json(r, start, "Expecting value");
	if (*p == '0')
		p++;
	else
	{
		while (is_digit_at(r, p))
			p++;
	}
	if (p < r->end && *p == '.' && is_digit_at(r, p + 1))
	{
		is_float = true;
		for (p++; is_digit_at(r, p); p++)
			;
	}
	if (p < r->end && (*p == 'e' || *p == 'E'))
	{
		q = p + 1;
		if (q < r->end && (*q == '+' || *q == '-'))
			q++;
		if (is_digit_at(r, q))
		{
			is_float = true;
			for (p = q; is_digit_at(r, p); p++)
				;
		}
	}
	r->p = p;
	if (is_float)
	{
		*result = mst_value_float(strtod(pnstrdup(start, p - start), NULL));
		return true;
	}
	if (!mst_number_from_digits(r->cxt, start + is_negative, (int) (p - start) - is_negative, 10, result))
		return false;
	return is_negative ? mst_number_negate(r->cxt, result, result) : true;
}

static bool
read_word(Reader *r, const char *word)
{
	size_t		len = strlen(word);

	if ((size_t) (r->end - r->p) < len || memcmp(r->p, word, len) != 0)
		return false;
	r->p += len;
	return true;
}

static bool
read_array(Reader *r, ExprValue *result)
{
	ExprList   *list = mst_list_new(0);
	ExprValue	item;

	*result = mst_value_list(list, false);
	r->p++;
	skip_blanks(r);
	if (r->p < r->end && *r->p == ']')
	{
		r->p++;
		return true;
	}
	for (;;)
	{
		if (!read_value(r, &item) || !mst_list_append(r->cxt, list, &item))
			return false;
		skip_blanks(r);
		if (r->p >= r->end || (*r->p != ',' && *r->p != ']'))
			return fail_json(r, r->p, "Expecting ',' delimiter");
		if (*r->p++ == ']')
			return true;
		skip_blanks(r);
	}
}

static bool
read_object(Reader *r, ExprValue *result)
{
	ExprDict   *dict = mst_dict_new(0);
	ExprValue	key;
	ExprValue	value;

	*result = mst_value_dict(dict, false);
	r->p++;
	skip_blanks(r);
	if (r->p < r->end && *r->p == '}')
	{
		r->p++;
		return true;
	}
	for (;;)
	{
		if (r->p >= r->end || *r->p != '"')
			return fail_json(r, r->p, "Expecting property name enclosed in double quotes");
		if (!read_string(r, &key))
			return false;
		skip_blanks(r);
		if (r->p >= r->end || *r->p != ':')
			return fail_json(r, r->p, "Expecting ':' delimiter");
		r->p++;
		skip_blanks(r);
		if (!read_value(r, &value) || !mst_dict_set(r->cxt, dict, &key, &value))
			return false;
		skip_blanks(r);
		if (r->p >= r->end || (*r->p != ',' && *r->p != '}'))
			return fail_json(r, r->p, "Expecting ',' delimiter");
		if (*r->p++ == '}')
			return true;
		skip_blanks(r);
	}
}

static bool
read_scalar(Reader *r, ExprValue *result)
{
	if (*r->p == '"')
		return read_string(r, result);
	if (read_word(r, "null"))
		*result = mst_value_null();
	else if (read_word(r, "true"))
		*result = mst_value_bool(true);
	else if (read_word(r, "false"))
		*result = mst_value_bool(false);
	else if (read_word(r, "NaN"))
		*result = mst_value_float(NAN);
	else if (read_word(r, "Infinity"))
		*result = mst_value_float(INFINITY);
	else if (read_word(r, "-Infinity"))
		*result = mst_value_float(-INFINITY);
	else
		return read_number(r, result);
	return true;
}

static bool
read_value(Reader *r, ExprValue *result)
{
	bool		ok;

	if (r->p >= r->end)
		return fail_json(r, r->p, "Expecting value");
	if (!mst_expr_step(r->cxt))
		return false;
	if (*r->p != '[' && *r->p != '{')
		return read_scalar(r, result);
	if (!mst_expr_enter(r->cxt))
		return false;
	ok = *r->p == '[' ? read_array(r, result) : read_object(r, result);
	mst_expr_leave(r->cxt);
	return ok;
}

/* Python's json.loads: plain containers, JSONDecodeError with its messages. */
bool
mst_value_json_parse(EvalContext *cxt, const ExprValue *text, ExprValue *result)
{
	Reader		r = {cxt};

	if (text->kind != EXPR_STRING)
		return mst_expr_fail(cxt, "TypeError",
							 "the JSON object must be str, bytes or bytearray, not %s",
							 mst_value_type_name(text));
	r.start = r.p = text->u.string;
	r.end = r.start + text->len;
	if (text->len >= 3 && memcmp(r.p, "\xEF\xBB\xBF", 3) == 0)
		return fail_json(&r, r.p, "Unexpected UTF-8 BOM (decode using utf-8-sig)");
	skip_blanks(&r);
	if (!read_value(&r, result))
		return false;
	skip_blanks(&r);
	if (r.p < r.end)
		return fail_json(&r, r.p, "Extra data");
	return true;
}
