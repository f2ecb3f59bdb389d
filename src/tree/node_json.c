/*-------------------------------------------------------------------------
 *
 * node_json.c
 *	  Trees of plain data as JSON text, and back.
 *
 * The server's own JSON parser is not used because what is read here keeps
 * the order of keys, and because malformed text (a bracket in a one-line
 * parameter, say) is an ordinary answer and not an error.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"
#include "common/shortest_dec.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "tree/node.h"

/* deeper JSON is refused; definitions are held to a smaller depth anyway */
#define MAX_JSON_DEPTH 1000

#define BRIEF_BYTES 60

/*
 * Appends a string literal.  Escapes only what JSON demands, so that text
 * of any script stays readable in messages and definitions.
 */
static void
append_string(StringInfo out, const char *text, int len)
{
	int			from = 0;

	appendStringInfoCharMacro(out, '"');
	for (int i = 0; i < len; i++)
	{
		unsigned char c = text[i];

		if (c >= ' ' && c != '"' && c != '\\')
			continue;
		appendBinaryStringInfo(out, text + from, i - from);
		from = i + 1;
		switch (c)
		{
			case '"':
				appendStringInfoString(out, "\\\"");
				break;
			case '\\':
				appendStringInfoString(out, "\\\\");
				break;
			case '\n':
				appendStringInfoString(out, "\\n");
				break;
			case '\t':
				appendStringInfoString(out, "\\t");
				break;
			case '\r':
				appendStringInfoString(out, "\\r");
				break;
			default:
				appendStringInfo(out, "\\u%04x", c);
				break;
		}
	}
	appendBinaryStringInfo(out, text + from, len - from);
	appendStringInfoCharMacro(out, '"');
}

/*
 * Append a float with the fewest digits that give it back, and always with a
 * fraction, since a number without one is read as an integer.
 */
static void
append_float(StringInfo out, double value)
{
	char		buf[DOUBLE_SHORTEST_DECIMAL_LEN];

	double_to_shortest_decimal_buf(value, buf);
	if (strstr(buf, "e+") != NULL)
	{
		/* every float of this size is a whole number */
		appendStringInfo(out, "%.1f", value);
		return;
	}
	appendStringInfoString(out, buf);
	if (strpbrk(buf, ".e") == NULL)
		appendStringInfoString(out, ".0");
}

/*
 * Appends a key: a string as it is, anything else as the JSON text of it in
 * quotes, since YAML has keys of every kind and JSON has not.
 */
static void
append_key(StringInfo out, const SpecNode *key)
{
	char	   *text;

	if (key->kind == NODE_STRING)
	{
		append_string(out, key->u.text, key->len);
		return;
	}
	if (key->kind == NODE_TIME || key->kind == NODE_BINARY)
	{
		mst_node_to_json(key, out);
		return;
	}
	text = mst_node_json(key);
	append_string(out, text, strlen(text));
	pfree(text);
}

/*
 * Append the tree as JSON text.
 */
void
mst_node_to_json(const SpecNode *node, StringInfo out)
{
	check_stack_depth();

	switch (node->kind)
	{
		case NODE_NULL:
			appendStringInfoString(out, "null");
			break;
		case NODE_BOOL:
			appendStringInfoString(out, node->u.boolean ? "true" : "false");
			break;
		case NODE_INT:
			appendStringInfo(out, INT64_FORMAT, node->u.integer);
			break;
		case NODE_BIGINT:
			appendBinaryStringInfo(out, node->u.text, node->len);
			break;
		case NODE_FLOAT:
			append_float(out, node->u.real);
			break;
		case NODE_STRING:
		case NODE_TIME:
		case NODE_BINARY:
			append_string(out, node->u.text, node->len);
			break;
		case NODE_LIST:
			appendStringInfoCharMacro(out, '[');
			for (int i = 0; i < node->len; i++)
			{
				if (i > 0)
					appendStringInfoString(out, ", ");
				mst_node_to_json(node->u.items[i], out);
			}
			appendStringInfoCharMacro(out, ']');
			break;
		case NODE_MAP:
		case NODE_SET:
			appendStringInfoCharMacro(out, '{');
			for (int i = 0; i < node->len; i++)
			{
				if (i > 0)
					appendStringInfoString(out, ", ");
				append_key(out, node->u.entries[i].key);
				appendStringInfoString(out, ": ");
				mst_node_to_json(node->u.entries[i].value, out);
			}
			appendStringInfoCharMacro(out, '}');
			break;
	}
}

/*
 * The tree as JSON text, palloc'd.
 */
char *
mst_node_json(const SpecNode *node)
{
	StringInfoData out;

	initStringInfo(&out);
	mst_node_to_json(node, &out);
	return out.data;
}

/*
 * Returns the tree as jsonb, palloc'd.  The text on the way is in a context
 * of its own, because trees may be large and the caller's context may live
 * long.
 */
Jsonb *
mst_node_jsonb(const SpecNode *node)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "mistral JSON",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(scratch);
	Datum		datum = DirectFunctionCall1(jsonb_in, CStringGetDatum(mst_node_json(node)));
	Jsonb	   *result;

	MemoryContextSwitchTo(old);
	result = DatumGetJsonbPCopy(datum);
	MemoryContextDelete(scratch);
	return result;
}

/*
 * Returns the tree as JSON text for a message, cut at a character when it
 * is long.
 */
char *
mst_node_brief(const SpecNode *node)
{
	char	   *text = mst_node_json(node);
	int			len = strlen(text);

	if (len <= BRIEF_BYTES)
		return text;
	len = pg_mbcliplen(text, len, BRIEF_BYTES - 3);
	memcpy(text + len, "...", 4);
	return text;
}

/* ---- reading ---- */

typedef struct JsonReader
{
	const char *at;
	const char *end;
	const SpecNode *position;
	int			depth;
} JsonReader;

static SpecNode *read_value(JsonReader *reader);

static void
skip_space(JsonReader *reader)
{
	while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) != NULL &&
		   *reader->at != '\0')
		reader->at++;
}

/* Step over a character, if it is the next one. */
static bool
take_char(JsonReader *reader, char c)
{
	if (reader->at >= reader->end || *reader->at != c)
		return false;
	reader->at++;
	return true;
}

/* Reads four hexadecimal digits; false if there are fewer. */
static bool
read_hex4(JsonReader *reader, pg_wchar * result)
{
	pg_wchar	c = 0;

	if (reader->end - reader->at < 4)
		return false;
	for (int i = 0; i < 4; i++)
	{
		char		digit = *reader->at++;

		c <<= 4;
		if (digit >= '0' && digit <= '9')
			c |= digit - '0';
		else if (digit >= 'a' && digit <= 'f')
			c |= digit - 'a' + 10;
		else if (digit >= 'A' && digit <= 'F')
			c |= digit - 'A' + 10;
		else
			return false;
	}
	*result = c;
	return true;
}

/*
 * Reads the character behind "\u", with its second half if it is a
 * surrogate.  A half alone is refused, as is U+0000, which no text of
 * PostgreSQL can hold.
 */
static bool
read_unicode(JsonReader *reader, StringInfo out)
{
	unsigned char utf8[5] = {0};
	pg_wchar	c;
	pg_wchar	low;

	if (!read_hex4(reader, &c))
		return false;
	if (is_utf16_surrogate_first(c))
	{
		if (!take_char(reader, '\\') || !take_char(reader, 'u') ||
			!read_hex4(reader, &low) || !is_utf16_surrogate_second(low))
			return false;
		c = surrogate_pair_to_codepoint(c, low);
	}
	else if (is_utf16_surrogate_second(c) || c == 0)
		return false;
	unicode_to_utf8(c, utf8);
	appendStringInfoString(out, (char *) utf8);
	return true;
}

static bool
read_escape(JsonReader *reader, StringInfo out)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (reader->at >= reader->end)
		return false;
	if (take_char(reader, 'u'))
		return read_unicode(reader, out);
	found = *reader->at != '\0' ? strchr(from, *reader->at) : NULL;
	if (found == NULL)
		return false;
	reader->at++;
	appendStringInfoChar(out, to[found - from]);
	return true;
}

/*
 * A string, from its opening quote on.  Trees are kept for long, so its node
 * has no more memory than it needs.
 */
static SpecNode *
read_string(JsonReader *reader)
{
	StringInfoData out;
	SpecNode   *node;

	initStringInfo(&out);
	reader->at++;
	for (;;)
	{
		const char *from = reader->at;

		while (reader->at < reader->end && (unsigned char) *reader->at >= ' ' &&
			   *reader->at != '"' && *reader->at != '\\')
			reader->at++;
		appendBinaryStringInfo(&out, from, reader->at - from);
		if (take_char(reader, '"'))
			break;
		if (!take_char(reader, '\\') || !read_escape(reader, &out))
			return NULL;
	}
	node = mst_node_new(NODE_STRING, reader->position);
	node->len = out.len;
	node->u.text = palloc(out.len + 1);
	memcpy(node->u.text, out.data, out.len + 1);
	pfree(out.data);
	return node;
}

/* Step over digits; false if there is none. */
static bool
take_digits(JsonReader *reader)
{
	const char *from = reader->at;

	while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9')
		reader->at++;
	return reader->at > from;
}

/*
 * Returns the node of a decimal number with an optional sign: an integer,
 * or a NODE_BIGINT with its digits when it does not fit 64 bits.  Leading
 * zeros are dropped, because a node is compared and shown by its digits.
 */
SpecNode *
mst_node_from_digits(const char *digits, const SpecNode *at)
{
	SpecNode   *node;
	int64		value = 0;
	const char *p = digits;
	bool		negative = *p == '-';

	if (*p == '-' || *p == '+')
		p++;
	while (*p == '0' && p[1] != '\0')
		p++;
	digits = p;
	/* counted downwards, for the smallest integer */
	for (; *p != '\0'; p++)
	{
		if (pg_mul_s64_overflow(value, 10, &value) ||
			pg_sub_s64_overflow(value, *p - '0', &value))
			break;
	}
	if (*p == '\0' && (negative || value != PG_INT64_MIN))
		return mst_node_integer(negative ? value : -value, at);

	node = mst_node_new(NODE_BIGINT, at);
	node->u.text = psprintf("%s%s", negative ? "-" : "", digits);
	node->len = strlen(node->u.text);
	return node;
}

/*
 * Reads a number by JSON's grammar; NULL if it is malformed, or a float too
 * large for a double, which jsonb could not hold either.
 */
static SpecNode *
read_number(JsonReader *reader)
{
	const char *from = reader->at;
	SpecNode   *node;
	char	   *text;
	bool		is_float = false;

	(void) take_char(reader, '-');
	if (!take_char(reader, '0') && !take_digits(reader))
		return NULL;
	if (take_char(reader, '.'))
	{
		is_float = true;
		if (!take_digits(reader))
			return NULL;
	}
	if (take_char(reader, 'e') || take_char(reader, 'E'))
	{
		is_float = true;
		if (!take_char(reader, '+'))
			(void) take_char(reader, '-');
		if (!take_digits(reader))
			return NULL;
	}
	text = pnstrdup(from, reader->at - from);
	if (!is_float)
		return mst_node_from_digits(text, reader->position);
	node = mst_node_new(NODE_FLOAT, reader->position);
	node->u.real = strtod(text, NULL);
	pfree(text);
	return isinf(node->u.real) ? NULL : node;
}

static SpecNode *
read_list(JsonReader *reader)
{
	SpecNode   *list = mst_node_new(NODE_LIST, reader->position);

	reader->at++;
	skip_space(reader);
	if (take_char(reader, ']'))
		return list;
	do
	{
		SpecNode   *item = read_value(reader);

		if (item == NULL)
			return NULL;
		mst_node_append(list, item);
	} while (take_char(reader, ','));
	return take_char(reader, ']') ? list : NULL;
}

/*
 * Reads an object.  The last of equal keys wins, as in jsonb and in Python.
 */
static SpecNode *
read_map(JsonReader *reader)
{
	SpecNode   *map = mst_node_new(NODE_MAP, reader->position);

	reader->at++;
	skip_space(reader);
	if (take_char(reader, '}'))
		return map;
	do
	{
		SpecNode   *key;
		SpecNode   *value;

		skip_space(reader);
		if (reader->at >= reader->end || *reader->at != '"')
			return NULL;
		key = read_string(reader);
		skip_space(reader);
		if (key == NULL || !take_char(reader, ':'))
			return NULL;
		value = read_value(reader);
		if (value == NULL)
			return NULL;
		mst_node_set(map, key, value);
	} while (take_char(reader, ','));
	return take_char(reader, '}') ? map : NULL;
}

/* Step over a word. */
static bool
take_word(JsonReader *reader, const char *word)
{
	int			len = strlen(word);

	if (reader->end - reader->at < len || strncmp(reader->at, word, len) != 0)
		return false;
	reader->at += len;
	return true;
}

static SpecNode *
read_scalar(JsonReader *reader)
{
	switch (*reader->at)
	{
		case '"':
			return read_string(reader);
		case '[':
			return read_list(reader);
		case '{':
			return read_map(reader);
		case 't':
			return take_word(reader, "true") ?
				mst_node_boolean(true, reader->position) : NULL;
		case 'f':
			return take_word(reader, "false") ?
				mst_node_boolean(false, reader->position) : NULL;
		case 'n':
			return take_word(reader, "null") ?
				mst_node_new(NODE_NULL, reader->position) : NULL;
		default:
			return read_number(reader);
	}
}

/*
 * Reads a value with the white space around it.  Depth is bounded by
 * MAX_JSON_DEPTH and by the stack, because texts come from users.
 */
static SpecNode *
read_value(JsonReader *reader)
{
	SpecNode   *node = NULL;

	CHECK_FOR_INTERRUPTS();
	check_stack_depth();
	skip_space(reader);
	if (reader->at < reader->end && ++reader->depth <= MAX_JSON_DEPTH)
		node = read_scalar(reader);
	reader->depth--;
	skip_space(reader);
	return node;
}

/*
 * The tree of a JSON text; NULL when it is not well-formed (or nests too
 * deep).  "at" gives the position of every node.
 */
SpecNode *
mst_node_from_json(const char *text, int len, const SpecNode *at)
{
	JsonReader	reader = {text, text + len, at, 0};
	SpecNode   *node = read_value(&reader);

	return node != NULL && reader.at == reader.end ? node : NULL;
}
