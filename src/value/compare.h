/*-------------------------------------------------------------------------
 *
 * compare.h
 *	  Equality, order, hashes and sorting.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_COMPARE_H
#define MISTRAL_VALUE_COMPARE_H

#include "value/value.h"

extern bool mst_value_equal(EvalContext *cxt, const ExprValue *a, const ExprValue *b, bool *result);

typedef enum ExprOrder
{
	EXPR_LT,
	EXPR_LE,
	EXPR_GT,
	EXPR_GE
} ExprOrder;

extern bool mst_value_order(EvalContext *cxt, ExprOrder op, const ExprValue *a, const ExprValue *b, bool *result);
extern int	mst_value_compare_numbers(const ExprValue *a, const ExprValue *b);
extern int	mst_value_compare_strings(const ExprValue *a, const ExprValue *b);
extern bool mst_value_hash(EvalContext *cxt, const ExprValue *v, uint32 *hash);

/*
 * Stable merge sort of n values.  less() answers in *result whether a sorts
 * before b, returns false on error; keys[i] belongs to items[i] and moves with
 * it (keys may be items).  Counts steps.
 */
typedef bool (*ExprLess) (EvalContext *cxt, const ExprValue *a, const ExprValue *b, void *arg, bool *result);
extern bool mst_value_sort(EvalContext *cxt, ExprValue *keys, ExprValue *items, int n, ExprLess less, void *arg);

#endif							/* MISTRAL_VALUE_COMPARE_H */
