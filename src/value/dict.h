/*-------------------------------------------------------------------------
 *
 * dict.h
 *	  Dictionaries and sets.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_DICT_H
#define MISTRAL_VALUE_DICT_H

#include "value/value.h"

/* Makes an empty dictionary or set; room is a hint. */
extern ExprDict *mst_dict_new(int room);

extern int	mst_dict_length(ExprDict *dict);

/*
 * Looks up a key; *found tells whether it is there.  value may be NULL.
 * Fails with TypeError when the key is unhashable.
 */
extern bool mst_dict_get(EvalContext *cxt, ExprDict *dict, const ExprValue *key, ExprValue *value, bool *found);
extern bool mst_dict_get_name(EvalContext *cxt, ExprDict *dict, const char *name, int len, ExprValue *value, bool *found);

/* Adds or replaces; a key that is there keeps its place and its spelling. */
extern bool mst_dict_set(EvalContext *cxt, ExprDict *dict, const ExprValue *key, const ExprValue *value);
extern bool mst_dict_set_name(EvalContext *cxt, ExprDict *dict, const char *name, const ExprValue *value);

/* Removes a key; *found tells whether it was there, *value (may be NULL) what it held. */
extern bool mst_dict_delete(EvalContext *cxt, ExprDict *dict, const ExprValue *key, ExprValue *value, bool *found);

/* Removes everything. */
extern bool mst_dict_clear(EvalContext *cxt, ExprDict *dict);

/* Copies the table, not the values. */
extern bool mst_dict_copy(EvalContext *cxt, ExprDict *dict, ExprDict **result);

/* Sets every entry of `from` in `into`. */
extern bool mst_dict_update(EvalContext *cxt, ExprDict *into, ExprDict *from);

/*
 * Entries in order.  Start with *pos = 0; *more becomes false at the end.
 * Entries added meanwhile are seen, removed ones are not.  key and value may
 * be NULL.
 */
extern bool mst_dict_next(EvalContext *cxt, ExprDict *dict, int *pos, ExprValue *key, ExprValue *value, bool *more);

/* Sets: the same table with values left out. */
extern bool mst_set_add(EvalContext *cxt, ExprDict *set, const ExprValue *item);
extern bool mst_set_has(EvalContext *cxt, ExprDict *set, const ExprValue *item, bool *found);

typedef enum ExprSetOp
{
	EXPR_SET_UNION,
	EXPR_SET_INTERSECTION,
	EXPR_SET_DIFFERENCE,
	EXPR_SET_SYMMETRIC_DIFFERENCE
} ExprSetOp;

/* Works on any two tables (of sets, dictionaries' keys); the result is new. */
extern bool mst_set_combine(EvalContext *cxt, ExprSetOp op, ExprDict *a, ExprDict *b, ExprDict **result);

#endif							/* MISTRAL_VALUE_DICT_H */
