/*-------------------------------------------------------------------------
 *
 * bigint.h
 *	  Integers beyond 64 bits, on GMP's mpn functions.
 *
 * Only number.c includes this.  Every result is normalised: what fits
 * an int64 becomes EXPR_INT.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_BIGINT_H
#define MISTRAL_VALUE_BIGINT_H

#include <gmp.h>

#include "value/number.h"

struct ExprBigint
{
	bool		is_negative;
	int			nlimbs;			/* the highest limb is not 0 */
	mp_limb_t	limbs[FLEXIBLE_ARRAY_MEMBER];	/* magnitude, lowest first */
};

/*
 * A view of any integral value as sign and limbs; `room` holds the limb of a
 * small one.  Zero has no limbs.
 */
typedef struct BigintView
{
	const mp_limb_t *limbs;
	int			nlimbs;
	bool		is_negative;
	mp_limb_t	room;
} BigintView;

extern void mst_bigint_view(const ExprValue *v, BigintView *view);
extern bool mst_bigint_arith(EvalContext *cxt, ExprArith op, const ExprValue *a, const ExprValue *b, ExprValue *result);
extern bool mst_bigint_pow(EvalContext *cxt, const ExprValue *a, uint64 exponent, ExprValue *result);
extern bool mst_bigint_negate(EvalContext *cxt, const ExprValue *a, ExprValue *result);
extern int	mst_bigint_compare(const ExprValue *a, const ExprValue *b);
extern double mst_bigint_to_double(const ExprValue *v);
extern double mst_bigint_true_divide(EvalContext *cxt, const ExprValue *a, const ExprValue *b);
extern bool mst_bigint_from_double(EvalContext *cxt, double f, ExprValue *result);
extern bool mst_bigint_from_digits(EvalContext *cxt, const char *s, int len, int base, ExprValue *result);
extern bool mst_bigint_append(EvalContext *cxt, StringInfo out, const ExprValue *v, int base);
extern int64 mst_bigint_bits(const ExprValue *v);
extern uint32 mst_bigint_hash(const ExprBigint *b);

#endif							/* MISTRAL_VALUE_BIGINT_H */
