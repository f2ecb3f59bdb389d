/*-------------------------------------------------------------------------
 *
 * node.h
 *	  Trees of plain data: what a YAML or JSON text says.
 *
 * A node knows where in the text it was found.  Mappings keep the order of
 * their keys, and a key is unique.  All memory of a tree is taken from the
 * context that was current when it was made; a node is never freed alone.
 *
 * Nothing here knows what a workflow is.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_TREE_NODE_H
#define MISTRAL_TREE_NODE_H

#include "lib/stringinfo.h"
#include "utils/jsonb.h"

typedef enum NodeKind
{
	NODE_NULL,
	NODE_BOOL,
	NODE_INT,
	NODE_BIGINT,				/* text: decimal digits, too many for NODE_INT */
	NODE_FLOAT,
	NODE_STRING,
	NODE_TIME,					/* text: a YAML date or timestamp, as written */
	NODE_BINARY,				/* text: the decoded bytes */
	NODE_LIST,
	NODE_MAP,
	NODE_SET					/* a mapping of which only the keys count */
} NodeKind;

typedef struct SpecNode SpecNode;

typedef struct NodeEntry
{
	SpecNode   *key;
	SpecNode   *value;
} NodeEntry;

struct SpecNode
{
	NodeKind	kind;
	int			line;			/* from 1; 0: not from a text */
	int			column;			/* from 1, in characters */
	int			len;			/* bytes of text, or number of members */
	union
	{
		bool		boolean;
		int64		integer;
		double		real;
		char	   *text;		/* UTF-8 with a NUL behind it */
		SpecNode  **items;
		NodeEntry  *entries;
	}			u;
	int			room;			/* members allocated */
	uint32	   *slots;			/* hash index over a mapping's keys, or NULL */
	uint32		n_slots;
};

extern SpecNode *mst_node_new(NodeKind kind, const SpecNode *at);
extern SpecNode *mst_node_string(const char *text, int len, const SpecNode *at);
extern SpecNode *mst_node_integer(int64 value, const SpecNode *at);
extern SpecNode *mst_node_boolean(bool value, const SpecNode *at);
extern SpecNode *mst_node_copy(const SpecNode *node);
extern int64 mst_node_count(const SpecNode *node);
extern bool mst_node_equal(const SpecNode *a, const SpecNode *b);
extern void mst_node_append(SpecNode *list, SpecNode *item);
extern bool mst_node_set(SpecNode *map, SpecNode *key, SpecNode *value);
extern void mst_node_set_name(SpecNode *map, const char *name, SpecNode *value);
extern NodeEntry *mst_node_entry(const SpecNode *map, const char *name, int len);
extern SpecNode *mst_node_get(const SpecNode *map, const char *name);
extern void mst_node_remove(SpecNode *map, const char *name);
extern void mst_node_merge(SpecNode *into, const SpecNode *from);
extern bool mst_node_is(const SpecNode *node, const char *text);
extern const char *mst_node_kind_name(const SpecNode *node);
extern void mst_node_to_json(const SpecNode *node, StringInfo out);
extern char *mst_node_json(const SpecNode *node);
extern Jsonb *mst_node_jsonb(const SpecNode *node);
extern char *mst_node_brief(const SpecNode *node);
extern SpecNode *mst_node_from_json(const char *text, int len, const SpecNode *at);
extern SpecNode *mst_node_from_digits(const char *digits, const SpecNode *at);

#endif							/* MISTRAL_TREE_NODE_H */
