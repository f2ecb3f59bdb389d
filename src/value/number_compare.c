/*-------------------------------------------------------------------------
 *
 * number_compare.c
 *	  Comparison of numbers by their exact values.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "value/bigint.h"
#include "value/compare.h"

/* Compares as strcmp() does. */
static inline int
compare_int64(int64 a, int64 b)
{
	return a < b ? -1 : (a > b ? 1 : 0);
}

/* Compares an int64 with a double without rounding the former. */
static int
compare_int_float(int64 i, double f)
{
	int64		whole;

	if (isnan(f))
		return 2;
	if (f >= 9223372036854775808.0)
		return -1;
	if (f < -9223372036854775808.0)
		return 1;
	whole = (int64) f;			/* truncates */
	if (i != whole)
		return i < whole ? -1 : 1;
	f -= (double) whole;
	return f > 0 ? -1 : (f < 0 ? 1 : 0);
}

/* Compares a big integer, which no int64 equals, with a double. */
static int
compare_bigint_float(const ExprValue *b, double f)
{
	double		nearest;

	if (isnan(f))
		return 2;
	if (isinf(f))
		return f > 0 ? -1 : 1;
	nearest = mst_bigint_to_double(b);
	if (nearest != f || fabs(f) < 9007199254740992.0)
		return nearest < f ? -1 : 1;

	/* the same double: the float's integer value decides */
	{
		ExprBigint *limbs = palloc(offsetof(ExprBigint, limbs) + 20 * sizeof(mp_limb_t));
		ExprValue	whole = {EXPR_BIGINT};
		int			exponent;
		uint64		mantissa = (uint64) ldexp(frexp(fabs(f), &exponent), 53);
		int			shift = exponent - 53;

		memset(limbs, 0, offsetof(ExprBigint, limbs) + 20 * sizeof(mp_limb_t));
		limbs->is_negative = f < 0;
		limbs->limbs[shift / 64] = mantissa << (shift % 64);
		if (shift % 64 > 11)
			limbs->limbs[shift / 64 + 1] = mantissa >> (64 - shift % 64);
		limbs->nlimbs = shift / 64 + 2;
		while (limbs->nlimbs > 0 && limbs->limbs[limbs->nlimbs - 1] == 0)
			limbs->nlimbs--;
		whole.u.bigint = limbs;
		return mst_bigint_compare(b, &whole);
	}
}

/*
 * Comparison of two numbers (booleans too), exact: -1, 0, 1, or 2 when one is
 * NaN.
 */
int
mst_value_compare_numbers(const ExprValue *a, const ExprValue *b)
{
	int			c;

	if (a->kind == EXPR_FLOAT && b->kind == EXPR_FLOAT)
	{
		if (isnan(a->u.real) || isnan(b->u.real))
			return 2;
		return a->u.real < b->u.real ? -1 : (a->u.real > b->u.real ? 1 : 0);
	}
	if (b->kind == EXPR_FLOAT)
		return a->kind == EXPR_BIGINT ? compare_bigint_float(a, b->u.real) :
			compare_int_float(mst_value_small_int(a), b->u.real);
	if (a->kind == EXPR_FLOAT)
	{
		c = mst_value_compare_numbers(b, a);
		return c == 2 ? 2 : -c;
	}
	if (a->kind == EXPR_BIGINT || b->kind == EXPR_BIGINT)
		return mst_bigint_compare(a, b);
	return compare_int64(mst_value_small_int(a), mst_value_small_int(b));
}
