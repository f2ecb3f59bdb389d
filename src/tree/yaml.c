/*-------------------------------------------------------------------------
 *
 * yaml.c
 *	  YAML text to trees of nodes.
 *
 * libyaml's parser delivers events; this file builds the tree from them,
 * with limits on size, depth and number of nodes.  libyaml allocates with
 * malloc, so the parser and the event in hand are released in PG_FINALLY.
 * What is wrong with a text is returned, not raised.
 *
 * libyaml reads a little more than other readers of YAML 1.1 do: tabs between
 * tokens, and "?" in plain text inside of brackets.  Such texts are refused,
 * so that a definition means the same everywhere.
 *
 * An anchor's node is copied for each alias: later stages change trees in
 * place, and the limit on the number of nodes bounds the expansion.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <unistr.h>
#include <yaml.h>

#include "common/base64.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"

#include "tree/yaml.h"
#include "tree/yaml_text.h"
#include "util/guc.h"

/* An anchor seen so far. */
typedef struct Anchor
{
	char	   *name;
	SpecNode   *node;			/* NULL while it is being built */
} Anchor;

typedef struct YamlLoader
{
	yaml_parser_t parser;
	yaml_event_t event;
	bool		has_event;
	const YamlOptions *options;
	YamlMask	mask;
	YamlError  *error;
	bool		has_tabs;
	YamlTabScan tabs;
	size_t		colon_at;		/* of a ":" that libyaml does not like, else 0 */
	List	   *anchors;		/* of Anchor */
	int64		n_nodes;
	int			depth;
	int			flow;			/* depth of brackets */
	bool		is_key;			/* the node to load is a key */
} YamlLoader;

static SpecNode *load_node(YamlLoader *loader);

/*
 * Definitions: the dialect of the workflow language.
 */
void
mst_yaml_definition_options(YamlOptions *options)
{
	options->has_anchors = mst_yaml_anchors;
	options->allow_at = true;
	options->repeated_keys = NULL;
	options->fold_nbsp = false;
	options->max_bytes = (int64) mst_definition_max_size * 1024;
	options->max_nodes = mst_definition_max_nodes;
	options->max_depth = mst_definition_max_depth;
}

/*
 * Plain YAML 1.1, with the same limits.
 */
void
mst_yaml_plain_options(YamlOptions *options)
{
	mst_yaml_definition_options(options);
	options->has_anchors = true;
	options->allow_at = false;
}

/* Records an error at a position; always NULL. */
static SpecNode *
fail_at(YamlLoader *loader, const char *cause, yaml_mark_t mark,
		char *message)
{
	loader->error->cause = cause;
	loader->error->message = message;
	loader->error->line = mark.line + 1;
	loader->error->column = mark.column + 1;
	return NULL;
}

/* Records an error at the event in hand; always NULL. */
static SpecNode *
fail_yaml(YamlLoader *loader, const char *cause, char *message)
{
	return fail_at(loader, cause, loader->event.start_mark, message);
}

static SpecNode *
fail_limit(YamlLoader *loader, char *message)
{
	loader->error->is_limit = true;
	return fail_yaml(loader, "LimitError", message);
}

/* Passes on what libyaml complains of. */
static bool
fail_parser(YamlLoader *loader)
{
	const yaml_parser_t *parser = &loader->parser;
	yaml_mark_t mark = parser->problem_mark;

	switch (parser->error)
	{
		case YAML_READER_ERROR:
			/* only an offset in bytes is known */
			memset(&mark, 0, sizeof(mark));
			fail_at(loader, "ReaderError", parser->mark,
					psprintf("special characters are not allowed: %s",
							 parser->problem));
			break;
		case YAML_MEMORY_ERROR:
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY),
					 errmsg("out of memory")));
			break;
		default:
			if (strcmp(parser->problem, "found unexpected ':'") == 0)
				loader->colon_at = mark.index;
			fail_at(loader,
					parser->error == YAML_SCANNER_ERROR ? "ScannerError" : "ParserError",
					mark,
					parser->context != NULL ?
					psprintf("%s: %s", parser->context, parser->problem) :
					pstrdup(parser->problem));
			break;
	}
	return false;
}

/* Refuses a tab that is not inside of quotes, a comment or a block scalar. */
static bool
check_tabs(YamlLoader *loader)
{
	const yaml_event_t *event = &loader->event;
	YamlTextKind kind = YAML_TEXT_BETWEEN;
	yaml_mark_t mark = event->start_mark;

	if (event->type == YAML_SCALAR_EVENT)
	{
		switch (event->data.scalar.style)
		{
			case YAML_SINGLE_QUOTED_SCALAR_STYLE:
			case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
				kind = YAML_TEXT_QUOTED;
				break;
			case YAML_LITERAL_SCALAR_STYLE:
			case YAML_FOLDED_SCALAR_STYLE:
				kind = YAML_TEXT_BLOCK;
				break;
			default:
				kind = YAML_TEXT_PLAIN;
				break;
		}
	}
	else if (event->type != YAML_STREAM_END_EVENT)
		return true;
	if (!mst_yaml_find_tab(&loader->tabs, mark.index, event->end_mark.index, kind))
		return true;
	mark.line = loader->tabs.line;
	mark.column = loader->tabs.column;
	(void) fail_at(loader, "ScannerError", mark,
				   pstrdup("found a tab, which cannot stand between words"));
	return false;
}

/* Gets the next event into loader->event. */
static bool
next_event(YamlLoader *loader)
{
	CHECK_FOR_INTERRUPTS();
	if (loader->has_event)
		yaml_event_delete(&loader->event);
	loader->has_event = false;
	if (!yaml_parser_parse(&loader->parser, &loader->event))
		return fail_parser(loader);
	loader->has_event = true;
	return !loader->has_tabs || check_tabs(loader);
}

/* Counts new nodes against the limit. */
static bool
count_nodes(YamlLoader *loader, int64 n)
{
	loader->n_nodes += n;
	if (loader->n_nodes <= loader->options->max_nodes)
		return true;
	fail_limit(loader, psprintf("the text has more than %lld values",
								(long long) loader->options->max_nodes));
	return false;
}

static Anchor *
find_anchor(YamlLoader *loader, const char *name)
{
	ListCell   *lc;

	foreach(lc, loader->anchors)
	{
		Anchor	   *anchor = lfirst(lc);

		if (strcmp(anchor->name, name) == 0)
			return anchor;
	}
	return NULL;
}

/* Remember an anchor, if the event has one; a later one takes the name over. */
static Anchor *
declare_anchor(YamlLoader *loader, const yaml_char_t *name)
{
	Anchor	   *anchor;

	if (name == NULL)
		return NULL;
	anchor = palloc0(sizeof(Anchor));
	anchor->name = pstrdup((const char *) name);
	loader->anchors = lcons(anchor, loader->anchors);
	return anchor;
}

static SpecNode *
load_alias(YamlLoader *loader)
{
	const char *name = (const char *) loader->event.data.alias.anchor;
	Anchor	   *anchor = find_anchor(loader, name);

	if (anchor == NULL)
		return fail_yaml(loader, "ComposerError",
						 psprintf("found undefined alias \"%s\"", name));
	if (anchor->node == NULL)
		return fail_yaml(loader, "ConstructorError",
						 psprintf("found unconstructable recursive node \"%s\"", name));
	if (!count_nodes(loader, mst_node_count(anchor->node)))
		return NULL;
	return mst_node_copy(anchor->node);
}

/* Returns the part of a standard tag behind its prefix, or NULL. */
static const char *
standard_tag(const yaml_char_t *tag)
{
	static const char prefix[] = "tag:yaml.org,2002:";

	if (tag == NULL || strncmp((const char *) tag, prefix, strlen(prefix)) != 0)
		return NULL;
	return (const char *) tag + strlen(prefix);
}

static SpecNode *
fail_tag(YamlLoader *loader, const yaml_char_t *tag)
{
	return fail_yaml(loader, "ConstructorError",
					 psprintf("could not determine a constructor for the tag \"%s\"",
							  (const char *) tag));
}

/* Decode base64, ignoring white space.  Only text can be stored as JSON. */
static SpecNode *
make_binary(YamlLoader *loader, const char *text, int len)
{
	SpecNode   *node = mst_node_new(NODE_BINARY, NULL);
	char	   *compact = palloc(len + 1);
	int			n = 0;

	for (int i = 0; i < len; i++)
	{
		if (strchr(" \t\r\n", text[i]) == NULL)
			compact[n++] = text[i];
	}
	node->u.text = palloc0(pg_b64_dec_len(n) + 1);
	node->len = pg_b64_decode(compact, n, (void *) node->u.text, pg_b64_dec_len(n));
	if (node->len < 0)
		return fail_yaml(loader, "ConstructorError",
						 pstrdup("failed to decode base64 data"));
	node->u.text[node->len] = '\0';
	if (u8_check((const uint8_t *) node->u.text, node->len) != NULL ||
		memchr(node->u.text, '\0', node->len) != NULL)
		return fail_yaml(loader, "ConstructorError",
						 pstrdup("the binary data is no text in UTF-8"));
	return node;
}

/* A scalar with a tag of the kind !!int: it must read as that. */
static SpecNode *
make_tagged(YamlLoader *loader, const yaml_char_t *tag, const char *text, int len)
{
	static const struct
	{
		const char *name;
		NodeKind	kind;
	}			tags[] = {
		{"null", NODE_NULL}, {"bool", NODE_BOOL}, {"int", NODE_INT},
		{"float", NODE_FLOAT}, {"timestamp", NODE_TIME}
	};
	const char *name = standard_tag(tag);
	SpecNode   *node;

	if (name != NULL && strcmp(name, "str") == 0)
		return mst_node_string(text, len, NULL);
	if (name != NULL && strcmp(name, "binary") == 0)
		return make_binary(loader, text, len);
	for (int i = 0; name != NULL && i < lengthof(tags); i++)
	{
		if (strcmp(name, tags[i].name) != 0)
			continue;
		if (tags[i].kind == NODE_NULL)
			return mst_node_new(NODE_NULL, NULL);
		node = mst_yaml_resolve(text, len);
		if (node != NULL && node->kind == NODE_BIGINT && tags[i].kind == NODE_INT)
			return node;
		if (node != NULL && node->kind == NODE_INT && tags[i].kind == NODE_FLOAT)
		{
			node->kind = NODE_FLOAT;
			node->u.real = (double) node->u.integer;
		}
		if (node != NULL && node->kind == tags[i].kind)
			return node;
		return fail_yaml(loader, "ConstructorError",
						 psprintf("\"%s\" is not of type %s", text, name));
	}
	return fail_tag(loader, tag);
}

static SpecNode *
load_scalar(YamlLoader *loader)
{
	const yaml_char_t *tag = loader->event.data.scalar.tag;
	char	   *text = pnstrdup((char *) loader->event.data.scalar.value,
								loader->event.data.scalar.length);
	int			len = mst_yaml_unmask(&loader->mask, text,
									  loader->event.data.scalar.length);
	SpecNode   *node;

	if (memchr(text, '\0', len) != NULL)
		return fail_yaml(loader, "ReaderError",
						 pstrdup("the character U+0000 is not allowed"));
	if (tag != NULL && strcmp((const char *) tag, "!") != 0)
		return make_tagged(loader, tag, text, len);
	if (tag == NULL && !loader->event.data.scalar.plain_implicit)
		return mst_node_string(text, len, NULL);
	if (loader->flow > 0 && memchr(text, '?', len) != NULL)
		return fail_yaml(loader, "ParserError",
						 pstrdup("found \"?\" inside of brackets; put the text in quotes"));
	if (!loader->is_key && (strcmp(text, "=") == 0 || strcmp(text, "<<") == 0))
		return fail_yaml(loader, "ConstructorError",
						 psprintf("a plain \"%s\" has no meaning here; put it in quotes", text));
	node = mst_yaml_resolve(text, len);
	if (node == NULL)
		return fail_yaml(loader, "ConstructorError",
						 psprintf("\"%s\" looks like a date or number, but is none", text));
	return node;
}

/* An item of !!omap or !!pairs: a mapping of one key becomes a list of two. */
static SpecNode *
make_pair(YamlLoader *loader, const SpecNode *item)
{
	SpecNode   *pair = mst_node_new(NODE_LIST, item);

	if (item->kind != NODE_MAP || item->len != 1)
		return fail_yaml(loader, "ConstructorError",
						 pstrdup("expected a mapping with a single key as item"));
	mst_node_append(pair, item->u.entries[0].key);
	mst_node_append(pair, item->u.entries[0].value);
	return pair;
}

static SpecNode *
load_list(YamlLoader *loader)
{
	const char *tag = standard_tag(loader->event.data.sequence_start.tag);
	SpecNode   *list = mst_node_new(NODE_LIST, NULL);
	bool		is_pairs = tag != NULL && (strcmp(tag, "omap") == 0 ||
										   strcmp(tag, "pairs") == 0);

	if (loader->event.data.sequence_start.tag != NULL && !is_pairs &&
		(tag == NULL || strcmp(tag, "seq") != 0))
		return fail_tag(loader, loader->event.data.sequence_start.tag);
	for (;;)
	{
		SpecNode   *item;

		if (!next_event(loader))
			return NULL;
		if (loader->event.type == YAML_SEQUENCE_END_EVENT)
			return list;
		item = load_node(loader);
		if (item != NULL && is_pairs)
			item = make_pair(loader, item);
		if (item == NULL)
			return NULL;
		mst_node_append(list, item);
	}
}

/* Adds the entries behind a "<<" to those merged so far. */
static bool
merge_entries(YamlLoader *loader, SpecNode *merged, const SpecNode *value)
{
	if (value->kind == NODE_MAP)
	{
		for (int i = 0; i < value->len; i++)
			mst_node_set(merged, value->u.entries[i].key,
						 value->u.entries[i].value);
		return true;
	}
	if (value->kind == NODE_LIST)
	{
		/* the first mapping of a list wins */
		for (int i = value->len - 1; i >= 0; i--)
		{
			if (value->u.items[i]->kind != NODE_MAP ||
				!merge_entries(loader, merged, value->u.items[i]))
				break;
			if (i == 0)
				return true;
		}
		if (value->len == 0)
			return true;
	}
	fail_yaml(loader, "ConstructorError",
			  pstrdup("expected a mapping or a list of mappings behind \"<<\""));
	return false;
}

/* Returns whether the event in hand is a plain "<<". */
static bool
is_merge_key(const YamlLoader *loader)
{
	return loader->event.type == YAML_SCALAR_EVENT &&
		loader->event.data.scalar.plain_implicit &&
		loader->event.data.scalar.length == 2 &&
		memcmp(loader->event.data.scalar.value, "<<", 2) == 0;
}

/* Loads one entry into the map, or into what is to be merged. */
static bool
load_entry(YamlLoader *loader, SpecNode *map, SpecNode **merged)
{
	bool		is_merge = is_merge_key(loader);
	SpecNode   *key;
	SpecNode   *value;

	loader->is_key = true;
	key = load_node(loader);
	loader->is_key = false;
	if (key == NULL)
		return false;
	if (key->kind == NODE_LIST || key->kind == NODE_MAP || key->kind == NODE_SET)
	{
		fail_yaml(loader, "ConstructorError", pstrdup("found unhashable key"));
		return false;
	}
	if (!next_event(loader))
		return false;
	value = load_node(loader);
	if (value == NULL)
		return false;
	if (is_merge)
	{
		if (*merged == NULL)
			*merged = mst_node_new(NODE_MAP, NULL);
		return merge_entries(loader, *merged, value);
	}
	if (!mst_node_set(map, key, value) && loader->options->repeated_keys != NULL)
		*loader->options->repeated_keys = lappend(*loader->options->repeated_keys, key);
	return true;
}

static SpecNode *
load_map(YamlLoader *loader)
{
	const char *tag = standard_tag(loader->event.data.mapping_start.tag);
	bool		is_set = tag != NULL && strcmp(tag, "set") == 0;
	SpecNode   *map = mst_node_new(is_set ? NODE_SET : NODE_MAP, NULL);
	SpecNode   *merged = NULL;

	if (loader->event.data.mapping_start.tag != NULL && !is_set &&
		(tag == NULL || strcmp(tag, "map") != 0))
		return fail_tag(loader, loader->event.data.mapping_start.tag);
	for (;;)
	{
		if (!next_event(loader))
			return NULL;
		if (loader->event.type == YAML_MAPPING_END_EVENT)
			break;
		if (!load_entry(loader, map, &merged))
			return NULL;
	}
	if (merged == NULL)
		return map;
	/* merged keys come first, but the mapping's own ones win */
	for (int i = 0; i < map->len; i++)
		mst_node_set(merged, map->u.entries[i].key, map->u.entries[i].value);
	merged->kind = map->kind;
	return merged;
}

static const yaml_char_t *
event_anchor(const yaml_event_t *event)
{
	switch (event->type)
	{
		case YAML_SCALAR_EVENT:
			return event->data.scalar.anchor;
		case YAML_SEQUENCE_START_EVENT:
			return event->data.sequence_start.anchor;
		case YAML_MAPPING_START_EVENT:
			return event->data.mapping_start.anchor;
		default:
			return NULL;
	}
}

/* Loads what begins with the event in hand. */
static SpecNode *
load_content(YamlLoader *loader)
{
	SpecNode   *node;
	int			flow = loader->flow;

	switch (loader->event.type)
	{
		case YAML_SCALAR_EVENT:
			return load_scalar(loader);
		case YAML_SEQUENCE_START_EVENT:
			if (loader->event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE)
				loader->flow++;
			node = load_list(loader);
			loader->flow = flow;
			return node;
		case YAML_MAPPING_START_EVENT:
			if (loader->event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE)
				loader->flow++;
			node = load_map(loader);
			loader->flow = flow;
			return node;
		case YAML_ALIAS_EVENT:
			return load_alias(loader);
		default:
			elog(ERROR, "unexpected YAML event: %d", (int) loader->event.type);
	}
	return NULL;
}

/* Loads a node, within the limits, and gives it its position. */
static SpecNode *
load_node(YamlLoader *loader)
{
	yaml_mark_t mark = loader->event.start_mark;
	Anchor	   *anchor = declare_anchor(loader, event_anchor(&loader->event));
	SpecNode   *node;

	check_stack_depth();
	if (!count_nodes(loader, 1))
		return NULL;
	if (++loader->depth > loader->options->max_depth)
		return fail_limit(loader, psprintf("the text nests more than %d levels deep",
										   loader->options->max_depth));
	node = load_content(loader);
	loader->depth--;
	if (node == NULL)
		return NULL;
	node->line = mark.line + 1;
	node->column = mark.column + 1;
	if (anchor != NULL)
		anchor->node = node;
	return node;
}

/* Loads the one document of the stream. */
static SpecNode *
load_stream(YamlLoader *loader)
{
	SpecNode   *node;

	/* stream start, then document start or stream end */
	if (!next_event(loader) || !next_event(loader))
		return NULL;
	if (loader->event.type == YAML_STREAM_END_EVENT)
		return mst_node_new(NODE_NULL, NULL);
	if (!next_event(loader))
		return NULL;
	node = load_node(loader);
	if (node == NULL || !next_event(loader) || !next_event(loader))
		return NULL;
	if (loader->event.type != YAML_STREAM_END_EVENT)
		return fail_yaml(loader, "ComposerError",
						 pstrdup("expected a single document in the text, but found another one"));
	return node;
}

static SpecNode *
load_masked(YamlLoader *loader, const char *text, int len)
{
	SpecNode   *volatile result = NULL;

	if (!yaml_parser_initialize(&loader->parser))
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	PG_TRY();
	{
		yaml_parser_set_encoding(&loader->parser, YAML_UTF8_ENCODING);
		yaml_parser_set_input_string(&loader->parser,
									 (const unsigned char *) text, len);
		result = load_stream(loader);
	}
	PG_FINALLY();
	{
		if (loader->has_event)
			yaml_event_delete(&loader->event);
		yaml_parser_delete(&loader->parser);
	}
	PG_END_TRY();
	return result;
}

/*
 * Inside of brackets, libyaml wants a space behind the ":" of a key where a
 * bracket or comma follows; other readers do without.  Insert it behind the
 * character with the given index, or return NULL when it is something else.
 */
static char *
separate_colon(const char *text, size_t index, int *len)
{
	const char *end = text + *len;
	const char *p = text;
	StringInfoData out;

	for (; index > 0 && p < end; index--)
	{
		for (p++; p < end && ((unsigned char) *p & 0xC0) == 0x80; p++)
			;
	}
	if (end - p < 2 || *p != ':' || strchr(",[]{}", p[1]) == NULL)
		return NULL;
	p++;
	initStringInfo(&out);
	enlargeStringInfo(&out, *len + 1);
	appendBinaryStringInfo(&out, text, p - text);
	appendStringInfoChar(&out, ' ');
	appendBinaryStringInfo(&out, p, end - p);
	*len = out.len;
	return out.data;
}

/* maximum number of missing spaces after colons repaired in one text */
#define MAX_COLONS 100

/*
 * Loads the one document of a text in UTF-8.  Returns the tree (an empty text
 * is null), or NULL with *error filled in.
 */
SpecNode *
mst_yaml_load(const char *text, int len, const YamlOptions *options,
			  YamlError *error)
{
	YamlLoader	loader;
	YamlMask	mask;
	char	   *masked;
	SpecNode   *node;

	memset(&loader, 0, sizeof(loader));
	memset(error, 0, sizeof(*error));
	loader.error = error;
	if (len > options->max_bytes)
		return fail_limit(&loader, psprintf("the text is longer than %lld bytes",
											(long long) options->max_bytes));
	/* a byte order mark */
	if (len >= 3 && strncmp(text, "\xEF\xBB\xBF", 3) == 0)
	{
		text += 3;
		len -= 3;
	}
	if (options->fold_nbsp)
		text = mst_yaml_fold_nbsp(text, len, &len);
	if (!mst_yaml_mask(text, len, !options->has_anchors, options->allow_at,
					   &mask, &masked, &len))
		return fail_limit(&loader,
						  pstrdup("the text uses up all private characters"));
	for (int i = 0; i <= MAX_COLONS; i++)
	{
		memset(&loader, 0, sizeof(loader));
		memset(error, 0, sizeof(*error));
		loader.error = error;
		loader.options = options;
		loader.mask = mask;
		loader.has_tabs = memchr(masked, '\t', len) != NULL;
		loader.tabs.at = masked;
		loader.tabs.end = masked + len;
		node = load_masked(&loader, masked, len);
		if (node != NULL || loader.colon_at == 0)
			return node;
		masked = separate_colon(masked, loader.colon_at, &len);
		if (masked == NULL)
			break;
	}
	return NULL;
}
