/*-------------------------------------------------------------------------
 *
 * definition.c
 *	  Texts of definitions: from the text to its checked parts.
 *
 * A text may hold many definitions, each of which is stored with a text of
 * its own.  A single workflow has the whole text, comments included.  An
 * item of a workbook is cut out of it by the places of its nodes; where
 * that cannot be, as in flow style, and for one of several workflows, the
 * tree is written anew.
 *
 * A text that is refused is tried again with no-break spaces replaced by
 * spaces, since texts are pasted from web pages.  What jsonb cannot hold
 * does not get through: infinity and not-a-number are refused, and a date
 * is stored as text with a warning.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>
#include <math.h>

#include "lib/stringinfo.h"
#include "miscadmin.h"

#include "dsl/check.h"
#include "dsl/definition.h"
#include "tree/charclass.h"
#include "tree/yaml.h"
#include "value/number.h"

/* A text being read. */
typedef struct Reader
{
	SpecContext cxt;
	DefinitionKind kind;
	const char *text;
	int			len;
	bool		fold_nbsp;
	SpecNode   *root;
	Definition *result;
} Reader;

/*
 * Refuses what JSON cannot hold, and warns of what it can hold only as
 * text.
 */
static bool
check_storable(SpecContext *cxt, const SpecNode *node)
{
	bool		ok = true;

	check_stack_depth();
	if (node->kind == NODE_FLOAT && !isfinite(node->u.real))
		return mst_check_invalid(cxt, node, "%s is not a JSON value",
								 isnan(node->u.real) ? "not-a-number" : "infinity");
	if (node->kind == NODE_TIME)
		mst_check_warn(cxt, node, "the date %s is stored as a string", node->u.text);
	for (int i = 0; node->kind == NODE_LIST && i < node->len && ok; i++)
		ok = check_storable(cxt, node->u.items[i]);
	for (int i = 0; (node->kind == NODE_MAP || node->kind == NODE_SET) &&
		 i < node->len && ok; i++)
		ok = check_storable(cxt, node->u.entries[i].value);
	return ok;
}

/* keys given twice that are warned of, at most */
#define MAX_REPEATED_KEYS 100

/* Warn of keys that stand twice in one mapping: YAML takes the last in silence. */
static void
warn_repeated_keys(SpecContext *cxt, List *keys)
{
	ListCell   *lc;

	foreach(lc, keys)
	{
		const SpecNode *key = lfirst(lc);

		if (foreach_current_index(lc) == MAX_REPEATED_KEYS)
			break;
		mst_check_warn(cxt, key, "key %s is given twice; only what is given last counts",
					   mst_node_brief(key));
	}
}

/* Loads the YAML; an empty text is an empty mapping. */
static bool
load_definition(Reader *reader)
{
	YamlOptions options;
	YamlError	error;
	SpecMessage *message;
	List	   *repeated_keys = NIL;

	mst_yaml_definition_options(&options);
	options.fold_nbsp = reader->fold_nbsp;
	options.repeated_keys = &repeated_keys;
	reader->root = mst_yaml_load(reader->text, reader->len, &options, &error);
	warn_repeated_keys(&reader->cxt, repeated_keys);
	if (reader->root == NULL)
	{
		message = palloc0(sizeof(SpecMessage));
		message->sqlstate = error.is_limit ? ERRCODE_MISTRAL_LIMIT :
			ERRCODE_MISTRAL_DSL_PARSING;
		message->message = psprintf("Definition could not be parsed: %s", error.message);
		message->hint = mst_yaml_advise(reader->text, reader->len, &options, &error);
		message->line = error.line;
		message->column = error.column;
		reader->cxt.report->error = message;
		return false;
	}
	if (reader->root->kind == NODE_NULL)
	{
		reader->root->kind = NODE_MAP;
		reader->root->line = Max(reader->root->line, 1);
		reader->root->column = Max(reader->root->column, 1);
	}
	if (reader->root->kind != NODE_MAP)
		return mst_check_invalid(&reader->cxt, reader->root,
								 "a definition must be a mapping, not %s",
								 mst_node_kind_name(reader->root));
	return true;
}

/* ---- version ---- */

/* Returns whether the version is 2, 2.0, or a text that reads as that. */
static bool
is_supported_version(const SpecNode *version)
{
	double		value;

	switch (version->kind)
	{
		case NODE_INT:
			return version->u.integer == 2;
		case NODE_FLOAT:
			return version->u.real == 2.0;
		case NODE_STRING:
			return mst_number_parse_float(version->u.text, version->len, &value) &&
				value == 2.0;
		default:
			return false;
	}
}

static bool
fail_version(Reader *reader, const SpecNode *version)
{
	mst_check_fail(&reader->cxt, version, ERRCODE_MISTRAL_DSL_PARSING,
				   "Unsupported DSL version: %s", mst_node_brief(version));
	return mst_check_hint(&reader->cxt, "Write version: '2.0'.");
}

static bool
check_version(Reader *reader)
{
	const SpecNode *version = mst_node_get(reader->root, "version");

	/* a workbook's version is looked at before anything else */
	if (version != NULL && reader->kind == DEFINITION_WORKBOOK)
		return is_supported_version(version) || fail_version(reader, version);
	if (version == NULL)
	{
		mst_check_invalid(&reader->cxt, reader->root, "attribute \"version\" is missing");
		return mst_check_hint(&reader->cxt, "Begin the text with version: '2.0'.");
	}
	return mst_check_version(&reader->cxt, unconstify(SpecNode *, version)) &&
		(is_supported_version(version) || fail_version(reader, version));
}

/* ---- the part of the text that is kept for an item ---- */

/*
 * Returns the length in bytes of the space at p, which may be a no-break
 * one; 0 if there is none.
 */
static int
blank_at(const char *p, const char *end)
{
	if (p < end && *p == ' ')
		return 1;
	if (end - p >= 2 && (unsigned char) p[0] == 0xC2 && (unsigned char) p[1] == 0xA0)
		return 2;
	return 0;
}

/* Steps over up to "max" spaces; returns their number. */
static int
skip_blanks(const char **p, const char *end, int max)
{
	int			n = 0;
	int			len;

	while (n < max && (len = blank_at(*p, end)) > 0)
	{
		*p += len;
		n++;
	}
	return n;
}

static const char *
line_end(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', end - p);

	return nl != NULL ? nl + 1 : end;
}

/* Returns the place where a line (from 1) begins. */
static const char *
find_line(const Reader *reader, int line)
{
	const char *end = reader->text + reader->len;
	const char *p = reader->text;

	while (--line > 0 && p < end)
		p = line_end(p, end);
	return p;
}

/*
 * Cuts an item out of a block mapping: its lines, moved to the left but for
 * comments that stand further left already.  NULL when the name is not the
 * first thing on its line.
 */
static char *
cut_out(const Reader *reader, const SpecNode *name)
{
	const char *end = reader->text + reader->len;
	const char *p = find_line(reader, name->line);
	int			indent = name->column - 1;
	StringInfoData out;
	const char *next;

	if (skip_blanks(&p, end, indent) != indent)
		return NULL;
	initStringInfo(&out);
	next = line_end(p, end);
	appendBinaryStringInfo(&out, p, next - p);
	for (p = next; p < end; p = next)
	{
		const char *content = p;
		int			n = skip_blanks(&content, end, INT_MAX);
		bool		is_empty = content >= end || *content == '\n' || *content == '\r';

		next = line_end(p, end);
		/* empty lines and comments do not end it */
		if (!is_empty && *content != '#' && n <= indent)
			break;
		if (!is_empty && n >= indent)
			skip_blanks(&p, end, indent);
		appendBinaryStringInfo(&out, p, next - p);
	}
	while (out.len > 0 && strchr(" \t\r\n", out.data[out.len - 1]) != NULL)
		out.data[--out.len] = '\0';
	appendStringInfoChar(&out, '\n');
	return out.data;
}

/* Writes an item as a text of its own, with the version if it is a list's. */
static char *
dump_item(const Reader *reader, SpecNode *name, SpecNode *node)
{
	SpecNode   *map = mst_node_new(NODE_MAP, NULL);
	StringInfoData out;

	initStringInfo(&out);
	if (reader->kind != DEFINITION_WORKBOOK)
		mst_node_set_name(map, "version", mst_node_get(reader->root, "version"));
	mst_node_set(map, name, node);
	mst_yaml_dump(map, false, &out);
	return out.data;
}

/* Must be called before the item is normalised. */
static char *
item_definition(const Reader *reader, SpecNode *name, SpecNode *node)
{
	char	   *text = NULL;

	if (reader->kind == DEFINITION_ACTIONS ||
		(reader->kind == DEFINITION_WORKFLOWS && reader->root->len == 2))
		return pnstrdup(reader->text, reader->len);
	if (reader->kind == DEFINITION_WORKBOOK)
		text = cut_out(reader, name);
	return text != NULL ? text : dump_item(reader, name, node);
}

/* ---- items ---- */

/* Makes the name a text; returns false when it was none. */
static bool
make_text_name(Reader *reader, SpecNode *name)
{
	char	   *text;

	if (name->kind == NODE_STRING)
		return true;
	text = name->kind == NODE_TIME ? name->u.text : mst_node_json(name);
	mst_check_warn(&reader->cxt, name, "a name that is not a string cannot be stored");
	mst_check_warn_hint(&reader->cxt, "Put the name in quotes.");
	name->kind = NODE_STRING;
	name->u.text = text;
	name->len = strlen(text);
	return false;
}

static bool
read_item(Reader *reader, SpecNode *name, SpecNode *node, bool is_action)
{
	DefinitionItem *item = palloc0(sizeof(DefinitionItem));
	bool		ok;

	item->definition = item_definition(reader, name, node);
	item->has_text_name = make_text_name(reader, name);
	item->name = name->u.text;
	item->line = name->line;
	item->column = name->column;
	item->spec = node;
	mst_check_enter(&reader->cxt, is_action ? "action" : "workflow", name->u.text);
	ok = is_action ? mst_check_action(&reader->cxt, name, node) :
		mst_check_workflow(&reader->cxt, name, node);
	mst_check_leave(&reader->cxt);
	if (is_action)
		reader->result->actions = lappend(reader->result->actions, item);
	else
		reader->result->workflows = lappend(reader->result->workflows, item);
	return ok;
}

/*
 * An item must be a mapping, with a string for a name.  A list of workflows
 * may have other names, which matters only when they are stored.
 */
static bool
check_item_shape(Reader *reader, const SpecNode *name, const SpecNode *node,
				 bool is_action)
{
	const char *what = is_action ? "an action" : "a workflow";

	if (name->kind != NODE_STRING && (is_action || reader->kind == DEFINITION_WORKBOOK ||
									  name->kind == NODE_BINARY))
	{
		mst_check_invalid(&reader->cxt, name, "the name of %s must be a string, not %s",
						  what, mst_node_brief(name));
		return mst_check_hint(&reader->cxt, "Put the name in quotes.");
	}
	if (node->kind == NODE_MAP && node->len > 0)
		return true;
	mst_check_enter(&reader->cxt, is_action ? "action" : "workflow",
					name->kind == NODE_STRING ? name->u.text : mst_node_json(name));
	mst_check_invalid(&reader->cxt, node, "%s must be a mapping with at least one key, not %s",
					  what, mst_node_brief(node));
	mst_check_leave(&reader->cxt);
	return false;
}

/* All items of a mapping. */
static bool
read_items(Reader *reader, SpecNode *map, bool is_action)
{
	int			n = 0;

	for (int i = 0; i < map->len; i++)
	{
		if (!mst_node_is(map->u.entries[i].key, "version") &&
			!check_item_shape(reader, map->u.entries[i].key,
							  map->u.entries[i].value, is_action))
			return false;
	}
	for (int i = 0; i < map->len; i++)
	{
		if (mst_node_is(map->u.entries[i].key, "version"))
			continue;
		n++;
		if (!read_item(reader, map->u.entries[i].key, map->u.entries[i].value, is_action))
			return false;
	}
	/* a section of a workbook may have nothing but a version */
	if (n == 0 && reader->kind != DEFINITION_WORKBOOK)
		return mst_check_fail(&reader->cxt, map, ERRCODE_MISTRAL_INVALID_MODEL,
							  "At least one item must be in the list of %s",
							  is_action ? "actions" : "workflows");
	return true;
}

/* ---- workbook ---- */

/* The names of a workbook's items, and the version among them. */
static bool
check_section(SpecContext *cxt, SpecNode *node)
{
	if (node->kind != NODE_MAP || node->len == 0)
		return mst_check_invalid(cxt, node,
								 "value must be a mapping with at least one key, not %s",
								 mst_node_brief(node));
	for (int i = 0; i < node->len; i++)
	{
		const SpecNode *key = node->u.entries[i].key;
		const SpecNode *value = node->u.entries[i].value;
		const char *end;

		if (key->kind != NODE_STRING)
			continue;			/* read_items() complains */
		if (mst_node_is(key, "version"))
		{
			if (mst_node_is(value, "2.0") ||
				(value->kind != NODE_STRING && is_supported_version(value)))
				continue;
			return mst_check_invalid(cxt, value, "the version must be '2.0', not %s",
									 mst_node_brief(value));
		}
		end = key->u.text + key->len;
		for (const char *p = key->u.text; p < end;)
		{
			int			n = *p == '-' ? 1 : mst_utf8_skip_word(p, end);

			if (n == 0)
				return mst_check_invalid(cxt, key,
										 "name \"%s\" must consist of letters, digits, \"_\" and \"-\"",
										 key->u.text);
			p += n;
		}
		if (key->len == 0)
			return mst_check_invalid(cxt, key, "the name is empty");
	}
	return true;
}

static bool
read_workbook(Reader *reader)
{
	static const AttributeRule rules[] = {
		{"version", NULL},
		{"name", mst_check_name},
		{"description", mst_check_name},
		{"tags", mst_check_names},
		{"actions", check_section},
		{"workflows", check_section}
	};
	SpecNode   *root = reader->root;
	SpecNode   *name = mst_node_get(root, "name");
	SpecNode   *actions = mst_node_get(root, "actions");
	SpecNode   *workflows = mst_node_get(root, "workflows");
	bool		ok;

	if (name == NULL)
		return mst_check_invalid(&reader->cxt, root, "attribute \"name\" is missing");
	if (!mst_check_attributes(&reader->cxt, root, "a workbook", rules,
							  lengthof(rules), false))
		return false;
	reader->result->name = name->u.text;
	mst_check_enter(&reader->cxt, "workbook", name->u.text);
	ok = (actions == NULL || read_items(reader, actions, true)) &&
		(workflows == NULL || read_items(reader, workflows, false));
	mst_check_leave(&reader->cxt);
	return ok;
}

/* The text may be wrong because its aliases are read as plain text. */
static void
advise_anchors(const Reader *reader)
{
	SpecMessage *error = reader->cxt.report->error;
	YamlOptions options;

	mst_yaml_definition_options(&options);
	options.fold_nbsp = reader->fold_nbsp;
	if (error->hint == NULL &&
		mst_yaml_misses_anchors(reader->text, reader->len, &options))
		error->hint = pstrdup(YAML_ANCHORS_HINT);
}

/* Reads a text in one way. */
static bool
read_text(DefinitionKind kind, const char *text, int len, bool validate,
		  bool fold_nbsp, SpecReport *report, Definition *result)
{
	Reader		reader;
	bool		ok;

	memset(&reader, 0, sizeof(reader));
	memset(report, 0, sizeof(*report));
	memset(result, 0, sizeof(*result));
	reader.cxt.report = report;
	reader.cxt.validate = validate;
	reader.kind = kind;
	reader.text = text;
	reader.len = len;
	reader.fold_nbsp = fold_nbsp;
	reader.result = result;

	if (!load_definition(&reader))
		return false;
	ok = check_version(&reader) && check_storable(&reader.cxt, reader.root) &&
		(kind == DEFINITION_WORKBOOK ? read_workbook(&reader) :
		 read_items(&reader, reader.root, kind == DEFINITION_ACTIONS));
	if (!ok)
		advise_anchors(&reader);
	mst_spec_report_sort(report);
	result->spec = reader.root;
	return ok;
}

/*
 * Reads and checks a text in UTF-8.  Returns false with report->error set when
 * it is wrong; report->warnings is set in any case.  With "validate" false
 * only the structure is checked.
 */
bool
mst_definition_read(DefinitionKind kind, const char *text, int len,
					bool validate, SpecReport *report, Definition *result)
{
	return read_text(kind, text, len, validate, false, report, result) ||
		(strstr(text, "\xC2\xA0") != NULL &&
		 read_text(kind, text, len, validate, true, report, result));
}

/*
 * Returns whether the top level of the text has what only a workbook has: a
 * section "workflows", or a name that is a string (in a list of workflows
 * every value is a mapping).  Returns false for text that cannot be read,
 * whose fault mst_definition_read() then tells.
 */
bool
mst_definition_is_workbook(const char *text, int len)
{
	YamlOptions options;
	YamlError	error;
	const SpecNode *root;
	const SpecNode *name;

	mst_yaml_definition_options(&options);
	options.fold_nbsp = true;
	root = mst_yaml_load(text, len, &options, &error);
	if (root == NULL || root->kind != NODE_MAP)
		return false;
	name = mst_node_get(root, "name");
	return mst_node_get(root, "workflows") != NULL ||
		(name != NULL && name->kind == NODE_STRING);
}
