/*-------------------------------------------------------------------------
 *
 * definition_text.c
 *	  What clients see of a definition: its parameters and its interface.
 *
 * Defaults of a workflow's parameters are shown as Python's repr() shows them,
 * those of an action's as JSON with no other characters than ASCII.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <unistr.h>

#include "lib/stringinfo.h"
#include "miscadmin.h"

#include "dsl/definition.h"
#include "value/number.h"
#include "value/unicode.h"

/*
 * Returns the letter behind a backslash that stands for a control character,
 * or NUL.
 */
static char
short_escape(ucs4_t c, const char *escapes)
{
	for (; *escapes != '\0'; escapes += 2)
	{
		if (c == (unsigned char) escapes[0])
			return escapes[1];
	}
	return '\0';
}

static void
append_json_character(StringInfo out, ucs4_t c)
{
	char		letter = short_escape(c, "\"\"\\\\\bb\ff\nn\rr\tt");

	if (letter != '\0')
		appendStringInfo(out, "\\%c", letter);
	else if (c >= 0x10000)
		appendStringInfo(out, "\\u%04x\\u%04x",
						 0xD800 + ((c - 0x10000) >> 10), 0xDC00 + (c & 0x3FF));
	else if (c >= 0x80 || c < ' ')
		appendStringInfo(out, "\\u%04x", c);
	else
		appendStringInfoChar(out, c);
}

/* The character at p has len bytes. */
static void
append_repr_character(StringInfo out, ucs4_t c, char quote, const char *p, int len)
{
	char		letter = short_escape(c, "\\\\\nn\rr\tt");

	if (letter != '\0' || c == (unsigned char) quote)
		appendStringInfo(out, "\\%c", letter != '\0' ? letter : quote);
	else if (mst_char_is_printable(c))
		appendBinaryStringInfo(out, p, len);
	else
		appendStringInfo(out, c >= 0x10000 ? "\\U%08x" : c >= 0x100 ? "\\u%04x" : "\\x%02x", c);
}

static void
append_string(StringInfo out, const char *text, int len, bool as_json)
{
	const char *end = text + len;
	char		quote = as_json ||
	(memchr(text, '\'', len) != NULL && memchr(text, '"', len) == NULL) ? '"' : '\'';

	appendStringInfoChar(out, quote);
	while (text < end)
	{
		ucs4_t		c;
		int			n = Max(u8_mbtouc(&c, (const uint8_t *) text, end - text), 1);

		if (as_json)
			append_json_character(out, c);
		else
			append_repr_character(out, c, quote, text, n);
		text += n;
	}
	appendStringInfoChar(out, quote);
}

static void append_value(StringInfo out, const SpecNode *node, bool as_json);

static void
append_members(StringInfo out, const SpecNode *node, bool as_json)
{
	for (int i = 0; i < node->len; i++)
	{
		if (i > 0)
			appendStringInfoString(out, ", ");
		if (node->kind == NODE_LIST)
			append_value(out, node->u.items[i], as_json);
		else
		{
			append_value(out, node->u.entries[i].key, as_json);
			appendStringInfoString(out, ": ");
			append_value(out, node->u.entries[i].value, as_json);
		}
	}
}

/* Appends a value of a stored definition, which has come from JSON. */
static void
append_value(StringInfo out, const SpecNode *node, bool as_json)
{
	check_stack_depth();
	switch (node->kind)
	{
		case NODE_NULL:
			appendStringInfoString(out, as_json ? "null" : "None");
			break;
		case NODE_BOOL:
			if (as_json)
				appendStringInfoString(out, node->u.boolean ? "true" : "false");
			else
				appendStringInfoString(out, node->u.boolean ? "True" : "False");
			break;
		case NODE_FLOAT:
			mst_number_append_float(out, node->u.real);
			break;
		case NODE_STRING:
			append_string(out, node->u.text, node->len, as_json);
			break;
		case NODE_LIST:
			appendStringInfoChar(out, '[');
			append_members(out, node, as_json);
			appendStringInfoChar(out, ']');
			break;
		case NODE_MAP:
			appendStringInfoChar(out, '{');
			append_members(out, node, as_json);
			appendStringInfoChar(out, '}');
			break;
		default:
			mst_node_to_json(node, out);
			break;
	}
}

/*
 * Returns the parameters as clients see them: "a, b=..." with defaults in
 * Python's text form (workflows) or in JSON (actions).
 */
char *
mst_definition_input_text(const SpecNode *spec, bool as_json)
{
	const SpecNode *input = mst_node_get(spec, "input");
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; input != NULL && input->kind == NODE_LIST && i < input->len; i++)
	{
		const SpecNode *entry = input->u.items[i];
		const SpecNode *value;

		if (i > 0)
			appendStringInfoString(&out, ", ");
		if (entry->kind != NODE_MAP || entry->len != 1)
		{
			appendStringInfoString(&out, entry->kind == NODE_STRING ?
								   entry->u.text : mst_node_json(entry));
			continue;
		}
		value = entry->u.entries[0].value;
		appendStringInfo(&out, "%s=", entry->u.entries[0].key->u.text);
		if (as_json)
			append_value(&out, value, true);
		else
		{
			appendStringInfoChar(&out, '"');
			if (value->kind == NODE_STRING)
				appendStringInfoString(&out, value->u.text);
			else
				append_value(&out, value, false);
			appendStringInfoChar(&out, '"');
		}
	}
	return out.data;
}

/* {"input": [as written], "output": [names]} */
SpecNode *
mst_definition_interface(const SpecNode *spec)
{
	SpecNode   *result = mst_node_new(NODE_MAP, NULL);
	SpecNode   *input = mst_node_get(spec, "input");
	const SpecNode *output = mst_node_get(spec, "output");
	SpecNode   *names = mst_node_new(NODE_LIST, NULL);

	for (int i = 0; output != NULL && output->kind == NODE_MAP && i < output->len; i++)
		mst_node_append(names, output->u.entries[i].key);
	mst_node_set_name(result, "input", input != NULL ? input : mst_node_new(NODE_LIST, NULL));
	mst_node_set_name(result, "output", names);
	return result;
}
