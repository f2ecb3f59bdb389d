/*-------------------------------------------------------------------------
 *
 * value_impl.h
 *	  How containers are laid out; only for value*.c.
 *
 * A list is an array.  A dictionary or set is an array of entries in the
 * order of insertion, with an open-addressing table of positions once it has
 * more than DICT_SMALL entries; a removed entry keeps its place with a key of
 * kind EXPR_NO_VALUE until the array is next rebuilt.
 *
 * Either may be external: ops is set and the content is still elsewhere.  It
 * is read member by member, or as a whole ("forced") when the container is
 * changed or iterated; from then on ops is NULL.  The members that are
 * containers themselves get child_flags.  While a dictionary that is not
 * frozen is external, its entries cache the containers that were handed out,
 * so that a change made through one of them is seen by later look-ups.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_VALUE_IMPL_H
#define MISTRAL_VALUE_VALUE_IMPL_H

#include "value/external.h"

#define DICT_FIRST		3		/* room that a table starts with */
#define DICT_SMALL		8		/* entries that need no slots */
#define DICT_NO_SLOT	PG_UINT32_MAX

struct ExprList
{
	int			nitems;
	int			room;
	ExprValue  *items;
	const ExprExternalOps *ops; /* NULL: items are here */
	void	   *state;
	uint8		child_flags;
};

typedef struct DictEntry
{
	ExprValue	key;			/* EXPR_NO_VALUE: removed */
	ExprValue	value;
	uint32		hash;			/* only once there are slots */
} DictEntry;

struct ExprDict
{
	int			nlive;			/* entries in use */
	int			nentries;		/* with removed ones */
	int			room;
	DictEntry  *entries;
	uint32	   *slots;			/* position of an entry, or DICT_NO_SLOT;
								 * NULL: small */
	uint32		slot_mask;
	const ExprExternalOps *ops; /* NULL: entries are all there is */
	void	   *state;
	uint8		child_flags;
};

extern bool mst_list_force(EvalContext *cxt, ExprList *list);
extern bool mst_dict_force(EvalContext *cxt, ExprDict *dict);
extern bool mst_value_adopt(EvalContext *cxt, const ExprExternalOps *ops, uint8 child_flags, ExprValue *value);
extern uint32 mst_value_hash_bytes(const char *s, int len);

#endif							/* MISTRAL_VALUE_VALUE_IMPL_H */
