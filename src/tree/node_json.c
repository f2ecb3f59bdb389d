/*-------------------------------------------------------------------------
 *
 * node_json.c
 *	  Trees of plain data as JSON text, and back.
 *
 * Read by json_read.c, which keeps the order of keys; malformed text is an
 * ordinary answer and not an error.  What is written here is stored and shown
 * in messages, so it keeps characters of any script; the functions of the
 * expression languages write as Python does (value/json_text.c).
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

#include "tree/json_read.h"
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
		char		letter;

		if (c >= ' ' && c != '"' && c != '\\')
			continue;
		appendBinaryStringInfo(out, text + from, i - from);
		from = i + 1;
		letter = mst_json_escape_letter(c);
		if (letter == '\0')
			appendStringInfo(out, "\\u%04x", c);
		else
		{
			appendStringInfoCharMacro(out, '\\');
			appendStringInfoCharMacro(out, letter);
		}
	}
	appendBinaryStringInfo(out, text + from, len - from);
	appendStringInfoCharMacro(out, '"');
}

/*
 * Appends a float with the fewest digits that give it back, and always with a
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
 * Appends the tree as JSON text.
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
 * Returns the tree as JSON text, palloc'd.
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

/* What a reader of trees is given. */
typedef struct NodeMaker
{
	const SpecNode *position;	/* of every node */
	int			depth;
} NodeMaker;

static const SpecNode *
position_of(JsonReader *reader)
{
	return ((NodeMaker *) reader->arg)->position;
}

/* Definitions come from users, who nest them as they like. */
static bool
enter_node(JsonReader *reader, bool is_container)
{
	CHECK_FOR_INTERRUPTS();
	return ++((NodeMaker *) reader->arg)->depth <= MAX_JSON_DEPTH;
}

static void
leave_node(JsonReader *reader, bool is_container)
{
	((NodeMaker *) reader->arg)->depth--;
}

static bool
make_word(JsonReader *reader, JsonWord word, JsonSlot *result)
{
	result->pointer = word == JSON_NULL ?
		mst_node_new(NODE_NULL, position_of(reader)) :
		mst_node_boolean(word == JSON_TRUE, position_of(reader));
	return true;
}

/* Refuses a float too large for a double, which jsonb could not hold either. */
static bool
make_number(JsonReader *reader, const char *text, int len, bool is_float,
			JsonSlot *result)
{
	char	   *copy = pnstrdup(text, len);
	SpecNode   *node;

	if (!is_float)
		node = mst_node_from_digits(copy, position_of(reader));
	else
	{
		node = mst_node_new(NODE_FLOAT, position_of(reader));
		node->u.real = strtod(copy, NULL);
	}
	pfree(copy);
	result->pointer = node;
	return !is_float || !isinf(node->u.real);
}

/* Trees are kept for long, so a string has no more memory than it needs. */
static bool
make_string(JsonReader *reader, const char *text, int len, StringInfo made,
			JsonSlot *result)
{
	result->pointer = mst_node_string(text, len, position_of(reader));
	if (made != NULL)
		pfree(made->data);
	return true;
}

static bool
open_container(JsonReader *reader, bool is_object, JsonSlot *result)
{
	result->pointer = mst_node_new(is_object ? NODE_MAP : NODE_LIST,
								   position_of(reader));
	return true;
}

static bool
add_item(JsonReader *reader, JsonSlot *list, const JsonSlot *item)
{
	mst_node_append(list->pointer, item->pointer);
	return true;
}

/* The last of equal keys wins, as in jsonb and in Python. */
static bool
add_member(JsonReader *reader, JsonSlot *object, const JsonSlot *key,
		   const JsonSlot *value)
{
	(void) mst_node_set(object->pointer, key->pointer, value->pointer);
	return true;
}

static const JsonMaker node_maker = {
	.enter = enter_node,
	.leave = leave_node,
	.word = make_word,
	.number = make_number,
	.string = make_string,
	.open = open_container,
	.add_item = add_item,
	.add_member = add_member
};

/*
 * Returns the tree of a JSON text; NULL when it is not well-formed (or nests
 * too deep).  "at" gives the position of every node.
 */
SpecNode *
mst_node_from_json(const char *text, int len, const SpecNode *at)
{
	NodeMaker	arg = {at};
	JsonReader	reader = {
		.maker = &node_maker, .arg = &arg, .start = text, .end = text + len
	};
	JsonSlot	root;

	return mst_json_read(&reader, &root) ? root.pointer : NULL;
}
