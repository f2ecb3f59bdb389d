/*-------------------------------------------------------------------------
 *
 * list.h
 *	  Lists.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_LIST_H
#define MISTRAL_VALUE_LIST_H

#include "value/value.h"

extern ExprList *mst_list_new(int room);
extern ExprList *mst_list_of(const ExprValue *items, int n);
extern int	mst_list_length(ExprList *list);
extern bool mst_list_get(EvalContext *cxt, ExprList *list, int i, ExprValue *item);
extern ExprValue *mst_list_items(EvalContext *cxt, ExprList *list);
extern bool mst_list_append(EvalContext *cxt, ExprList *list, const ExprValue *item);
extern bool mst_list_insert(EvalContext *cxt, ExprList *list, int at, const ExprValue *item);
extern bool mst_list_set(EvalContext *cxt, ExprList *list, int i, const ExprValue *item);
extern bool mst_list_remove(EvalContext *cxt, ExprList *list, int at, int count);
extern bool mst_list_slice(EvalContext *cxt, ExprList *list, int from, int to, ExprList **result);
extern bool mst_list_concat(EvalContext *cxt, ExprList *a, ExprList *b, ExprList **result);
extern bool mst_list_repeat(EvalContext *cxt, ExprList *list, int64 n, ExprList **result);
extern bool mst_list_extend(EvalContext *cxt, ExprList *a, ExprList *b, ExprList **result);

#endif							/* MISTRAL_VALUE_LIST_H */
