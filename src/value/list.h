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

/* Makes an empty list with room for `room` items. */
extern ExprList *mst_list_new(int room);

/* Makes a list of n items; the array is copied. */
extern ExprList *mst_list_of(const ExprValue *items, int n);

/* Number of items. */
extern int	mst_list_length(ExprList *list);

/*
 * Gets item i (0 <= i < length) without converting the others.  The context
 * is needed for external lists, whose members may be computed.
 */
extern bool mst_list_get(EvalContext *cxt, ExprList *list, int i, ExprValue *item);

/* The items as an array, valid until the list is changed; NULL on error. */
extern ExprValue *mst_list_items(EvalContext *cxt, ExprList *list);

/* Changes; they also check the limit of items. */
extern bool mst_list_append(EvalContext *cxt, ExprList *list, const ExprValue *item);
extern bool mst_list_insert(EvalContext *cxt, ExprList *list, int at, const ExprValue *item);
extern bool mst_list_set(EvalContext *cxt, ExprList *list, int i, const ExprValue *item);
extern bool mst_list_remove(EvalContext *cxt, ExprList *list, int at, int count);

/* Copies items [from, to) (already clipped) of a list into a new one. */
extern bool mst_list_slice(EvalContext *cxt, ExprList *list, int from, int to, ExprList **result);

/* a + b and a repeated n times (n <= 0: empty). */
extern bool mst_list_concat(EvalContext *cxt, ExprList *a, ExprList *b, ExprList **result);
extern bool mst_list_repeat(EvalContext *cxt, ExprList *list, int64 n, ExprList **result);

/*
 * a + b for lists that are never changed: the result may share the items of
 * a, so that building up a list by adding to it takes linear time.
 */
extern bool mst_list_extend(EvalContext *cxt, ExprList *a, ExprList *b, ExprList **result);

#endif							/* MISTRAL_VALUE_LIST_H */
