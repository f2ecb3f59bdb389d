/*-------------------------------------------------------------------------
 *
 * dict.h
 *	  Dictionaries and sets.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_DICT_H
#define MISTRAL_VALUE_DICT_H

#include "value/compare.h"

extern ExprDict *mst_dict_new(int room);
extern int	mst_dict_length(ExprDict *dict);
extern bool mst_dict_get(EvalContext *cxt, ExprDict *dict, const ExprValue *key, ExprValue *value, bool *found);
extern bool mst_dict_get_name(EvalContext *cxt, ExprDict *dict, const char *name, int len, ExprValue *value, bool *found);
extern bool mst_dict_set(EvalContext *cxt, ExprDict *dict, const ExprValue *key, const ExprValue *value);
extern bool mst_dict_set_name(EvalContext *cxt, ExprDict *dict, const char *name, const ExprValue *value);
extern bool mst_dict_delete(EvalContext *cxt, ExprDict *dict, const ExprValue *key, ExprValue *value, bool *found);
extern bool mst_dict_clear(EvalContext *cxt, ExprDict *dict);
extern bool mst_dict_copy(EvalContext *cxt, ExprDict *dict, ExprDict **result);
extern bool mst_dict_update(EvalContext *cxt, ExprDict *into, ExprDict *from);
extern bool mst_dict_next(EvalContext *cxt, ExprDict *dict, int *pos, ExprValue *key, ExprValue *value, bool *more);
extern bool mst_set_add(EvalContext *cxt, ExprDict *set, const ExprValue *item);
extern bool mst_set_has(EvalContext *cxt, ExprDict *set, const ExprValue *item, bool *found);
extern bool mst_dict_entries(EvalContext *cxt, ExprDict *dict, ExprLess less, void *arg,
							 ExprValue **keys, ExprValue **values, int *n);

typedef enum ExprSetOp
{
	EXPR_SET_UNION,
	EXPR_SET_INTERSECTION,
	EXPR_SET_DIFFERENCE,
	EXPR_SET_SYMMETRIC_DIFFERENCE
} ExprSetOp;

extern bool mst_set_combine(EvalContext *cxt, ExprSetOp op, ExprDict *a, ExprDict *b, ExprDict **result);

#endif							/* MISTRAL_VALUE_DICT_H */
