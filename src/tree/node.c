/*-------------------------------------------------------------------------
 *
 * node.c
 *	  Trees of plain data: making, looking up, comparing and merging.
 *
 * Small mappings are searched from the front.  From INDEX_FROM keys on, a
 * table of slots (open addressing; a slot holds the number of an entry, from
 * 1) finds string keys at constant cost, so that a definition with thousands
 * of tasks loads in linear time.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"

#include "tree/node.h"

#define INDEX_FROM 12

/*
 * Makes a node of any kind with no content.
 */
SpecNode *
mst_node_new(NodeKind kind, const SpecNode *at)
{
	SpecNode   *node = palloc0(sizeof(SpecNode));

	node->kind = kind;
	if (at != NULL)
	{
		node->line = at->line;
		node->column = at->column;
	}
	return node;
}

/*
 * Makes a string; the text is copied, and the node's place is that of `at`.
 */
SpecNode *
mst_node_string(const char *text, int len, const SpecNode *at)
{
	SpecNode   *node = mst_node_new(NODE_STRING, at);

	node->len = len;
	node->u.text = pnstrdup(text, len);
	return node;
}

/* Makes a node of an integer; its place is that of `at`. */
SpecNode *
mst_node_integer(int64 value, const SpecNode *at)
{
	SpecNode   *node = mst_node_new(NODE_INT, at);

	node->u.integer = value;
	return node;
}

/* Makes a node of a boolean; its place is that of `at`. */
SpecNode *
mst_node_boolean(bool value, const SpecNode *at)
{
	SpecNode   *node = mst_node_new(NODE_BOOL, at);

	node->u.boolean = value;
	return node;
}

static bool
is_map(const SpecNode *node)
{
	return node->kind == NODE_MAP || node->kind == NODE_SET;
}

static bool
has_text(const SpecNode *node)
{
	return node->kind == NODE_STRING || node->kind == NODE_BIGINT ||
		node->kind == NODE_TIME || node->kind == NODE_BINARY;
}

/*
 * Returns a copy of a tree in the current memory context.  The table of
 * slots is not copied: it is built again when a key is looked up.
 */
SpecNode *
mst_node_copy(const SpecNode *node)
{
	SpecNode   *copy = palloc(sizeof(SpecNode));

	check_stack_depth();
	*copy = *node;
	copy->slots = NULL;
	copy->n_slots = 0;
	if (has_text(node))
	{
		copy->u.text = palloc(node->len + 1);
		memcpy(copy->u.text, node->u.text, node->len + 1);
	}
	else if (node->kind == NODE_LIST)
	{
		copy->room = node->len;
		copy->u.items = palloc(Max(node->len, 1) * sizeof(SpecNode *));
		for (int i = 0; i < node->len; i++)
			copy->u.items[i] = mst_node_copy(node->u.items[i]);
	}
	else if (is_map(node))
	{
		copy->room = node->len;
		copy->u.entries = palloc(Max(node->len, 1) * sizeof(NodeEntry));
		for (int i = 0; i < node->len; i++)
		{
			copy->u.entries[i].key = mst_node_copy(node->u.entries[i].key);
			copy->u.entries[i].value = mst_node_copy(node->u.entries[i].value);
		}
	}
	return copy;
}

/* Returns the number of nodes of the tree, keys included. */
int64
mst_node_count(const SpecNode *node)
{
	int64		n = 1;

	check_stack_depth();
	if (node->kind == NODE_LIST)
	{
		for (int i = 0; i < node->len; i++)
			n += mst_node_count(node->u.items[i]);
	}
	else if (is_map(node))
	{
		for (int i = 0; i < node->len; i++)
			n += mst_node_count(node->u.entries[i].key) +
				mst_node_count(node->u.entries[i].value);
	}
	return n;
}

static bool
is_number(const SpecNode *node)
{
	return node->kind == NODE_INT || node->kind == NODE_FLOAT;
}

static double
number_value(const SpecNode *node)
{
	return node->kind == NODE_INT ? (double) node->u.integer : node->u.real;
}

/* Finds the entry with an equal key. */
static NodeEntry *
find_entry(const SpecNode *map, const SpecNode *key)
{
	if (key->kind == NODE_STRING)
		return mst_node_entry(map, key->u.text, key->len);
	for (int i = 0; i < map->len; i++)
	{
		if (mst_node_equal(map->u.entries[i].key, key))
			return &map->u.entries[i];
	}
	return NULL;
}

/* Equality as JSON values: 1 equals 1.0, the order of keys does not matter. */
bool
mst_node_equal(const SpecNode *a, const SpecNode *b)
{
	check_stack_depth();
	if (is_number(a) && is_number(b) && a->kind != b->kind)
		return number_value(a) == number_value(b);
	if (a->kind != b->kind)
		return false;

	switch (a->kind)
	{
		case NODE_NULL:
			return true;
		case NODE_BOOL:
			return a->u.boolean == b->u.boolean;
		case NODE_INT:
			return a->u.integer == b->u.integer;
		case NODE_FLOAT:
			return a->u.real == b->u.real;
		case NODE_BIGINT:
		case NODE_STRING:
		case NODE_TIME:
		case NODE_BINARY:
			return a->len == b->len && memcmp(a->u.text, b->u.text, a->len) == 0;
		case NODE_LIST:
			if (a->len != b->len)
				return false;
			for (int i = 0; i < a->len; i++)
			{
				if (!mst_node_equal(a->u.items[i], b->u.items[i]))
					return false;
			}
			return true;
		case NODE_MAP:
		case NODE_SET:
			if (a->len != b->len)
				return false;
			for (int i = 0; i < a->len; i++)
			{
				NodeEntry  *other = find_entry(b, a->u.entries[i].key);

				if (other == NULL ||
					!mst_node_equal(a->u.entries[i].value, other->value))
					return false;
			}
			return true;
	}

	elog(ERROR, "unrecognized node kind: %d", (int) a->kind);
	return false;
}

/*
 * Appends an item to a list.
 */
void
mst_node_append(SpecNode *list, SpecNode *item)
{
	Assert(list->kind == NODE_LIST);
	if (list->len >= list->room)
	{
		list->room = Max(4, list->room * 2);
		if (list->u.items == NULL)
			list->u.items = palloc(list->room * sizeof(SpecNode *));
		else
			list->u.items = repalloc(list->u.items,
									 list->room * sizeof(SpecNode *));
	}
	list->u.items[list->len++] = item;
}

static uint32
text_hash(const char *text, int len)
{
	return hash_bytes((const unsigned char *) text, len);
}

/* Puts the entry of a string key into the index, which has room. */
static void
index_entry(SpecNode *map, int i)
{
	const SpecNode *key = map->u.entries[i].key;
	uint32		slot;

	if (key->kind != NODE_STRING)
		return;
	slot = text_hash(key->u.text, key->len) & (map->n_slots - 1);
	while (map->slots[slot] != 0)
		slot = (slot + 1) & (map->n_slots - 1);
	map->slots[slot] = i + 1;
}

static void
drop_index(SpecNode *map)
{
	if (map->slots != NULL)
		pfree(map->slots);
	map->slots = NULL;
	map->n_slots = 0;
}

/* Builds the index anew, at most half full. */
static void
build_index(SpecNode *map)
{
	drop_index(map);
	map->n_slots = pg_nextpower2_32(map->len * 4);
	map->slots = palloc0(map->n_slots * sizeof(uint32));
	for (int i = 0; i < map->len; i++)
		index_entry(map, i);
}

static void
add_entry(SpecNode *map, SpecNode *key, SpecNode *value)
{
	if (map->len >= map->room)
	{
		map->room = Max(4, map->room * 2);
		if (map->u.entries == NULL)
			map->u.entries = palloc(map->room * sizeof(NodeEntry));
		else
			map->u.entries = repalloc(map->u.entries,
									  map->room * sizeof(NodeEntry));
	}
	map->u.entries[map->len].key = key;
	map->u.entries[map->len].value = value;
	map->len++;
	if (map->slots != NULL && map->len * 2 <= map->n_slots)
		index_entry(map, map->len - 1);
	else if (map->len >= INDEX_FROM)
		build_index(map);
}

/*
 * Sets a key of a mapping; see node.h.
 */
bool
mst_node_set(SpecNode *map, SpecNode *key, SpecNode *value)
{
	NodeEntry  *entry = find_entry(map, key);

	if (entry != NULL)
	{
		entry->value = value;
		return false;
	}
	add_entry(map, key, value);
	return true;
}

/*
 * Sets a string key of a mapping.
 */
void
mst_node_set_name(SpecNode *map, const char *name, SpecNode *value)
{
	mst_node_set(map, mst_node_string(name, strlen(name), NULL), value);
}

static bool
is_key(const SpecNode *key, const char *name, int len)
{
	return key->kind == NODE_STRING && key->len == len &&
		memcmp(key->u.text, name, len) == 0;
}

/*
 * Finds the entry of a string key.  The result is valid until a key is added.
 */
NodeEntry *
mst_node_entry(const SpecNode *map, const char *name, int len)
{
	if (map->slots != NULL)
	{
		uint32		slot = text_hash(name, len) & (map->n_slots - 1);

		for (; map->slots[slot] != 0; slot = (slot + 1) & (map->n_slots - 1))
		{
			NodeEntry  *entry = &map->u.entries[map->slots[slot] - 1];

			if (is_key(entry->key, name, len))
				return entry;
		}
		return NULL;
	}
	for (int i = 0; i < map->len; i++)
	{
		if (is_key(map->u.entries[i].key, name, len))
			return &map->u.entries[i];
	}
	return NULL;
}

/*
 * Returns the value of a string key, or NULL; also when the node is no
 * mapping.
 */
SpecNode *
mst_node_get(const SpecNode *map, const char *name)
{
	NodeEntry  *entry;

	if (map == NULL || !is_map(map))
		return NULL;
	entry = mst_node_entry(map, name, strlen(name));
	return entry != NULL ? entry->value : NULL;
}

/*
 * Removes a key; the order of the others stays.
 */
void
mst_node_remove(SpecNode *map, const char *name)
{
	NodeEntry  *entry = mst_node_entry(map, name, strlen(name));
	int			i;

	if (entry == NULL)
		return;
	i = entry - map->u.entries;
	memmove(entry, entry + 1, (map->len - i - 1) * sizeof(NodeEntry));
	map->len--;
	drop_index(map);
	if (map->len >= INDEX_FROM)
		build_index(map);
}

/* Sets every entry of "from" in "into"; mappings on both sides are merged. */
void
mst_node_merge(SpecNode *into, const SpecNode *from)
{
	check_stack_depth();
	for (int i = 0; i < from->len; i++)
	{
		NodeEntry  *new = &from->u.entries[i];
		NodeEntry  *old = find_entry(into, new->key);

		if (old != NULL && old->value->kind == NODE_MAP &&
			new->value->kind == NODE_MAP)
			mst_node_merge(old->value, new->value);
		else
			mst_node_set(into, new->key, mst_node_copy(new->value));
	}
}

/* Returns whether the node holds this string; false for NULL. */
bool
mst_node_is(const SpecNode *node, const char *text)
{
	return node != NULL && is_key(node, text, strlen(text));
}

/* "null", "a boolean", "a number", "a string", ... for messages. */
const char *
mst_node_kind_name(const SpecNode *node)
{
	switch (node->kind)
	{
		case NODE_NULL:
			return "null";
		case NODE_BOOL:
			return "a boolean";
		case NODE_INT:
		case NODE_BIGINT:
			return "an integer";
		case NODE_FLOAT:
			return "a number";
		case NODE_STRING:
			return "a string";
		case NODE_TIME:
			return "a date";
		case NODE_BINARY:
			return "binary data";
		case NODE_LIST:
			return "a list";
		case NODE_MAP:
			return "a mapping";
		case NODE_SET:
			return "a set";
	}

	elog(ERROR, "unrecognized node kind: %d", (int) node->kind);
	return NULL;
}
