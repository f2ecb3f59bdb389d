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

/*
 * Python's ==, never raises a type error; fails only by limits.  A tuple never
 * equals a list.  Iterators, regexes and objects are equal only to themselves.
 */
extern bool mst_value_equal(EvalContext *cxt, const ExprValue *a, const ExprValue *b, bool *result);

typedef enum ExprOrder
{
	EXPR_LT,
	EXPR_LE,
	EXPR_GT,
	EXPR_GE
} ExprOrder;

/*
 * Python's ordering operators: numbers and booleans by exact value (NaN never),
 * strings by code point, lists with lists and tuples with tuples item by item,
 * sets by inclusion, date-times, timespans.  Anything else raises TypeError
 * "'<' not supported between instances of 'int' and 'str'".
 */
extern bool mst_value_order(EvalContext *cxt, ExprOrder op, const ExprValue *a, const ExprValue *b, bool *result);

/* Comparison of two numbers (booleans too), exact: -1, 0, 1, or 2 when one is NaN. */
extern int	mst_value_compare_numbers(const ExprValue *a, const ExprValue *b);

/* Comparison of two strings by code points: < 0, 0, > 0. */
extern int	mst_value_compare_strings(const ExprValue *a, const ExprValue *b);

/* Hash consistent with mst_value_equal(); TypeError "unhashable type: 'list'". */
extern bool mst_value_hash(EvalContext *cxt, const ExprValue *v, uint32 *hash);

/*
 * Stable merge sort of n values.  less() answers in *result whether a sorts
 * before b, returns false on error; keys[i] belongs to items[i] and moves with
 * it (keys may be items).  Counts steps.
 */
typedef bool (*ExprLess) (EvalContext *cxt, const ExprValue *a, const ExprValue *b, void *arg, bool *result);
extern bool mst_value_sort(EvalContext *cxt, ExprValue *keys, ExprValue *items, int n, ExprLess less, void *arg);

#endif							/* MISTRAL_VALUE_COMPARE_H */
