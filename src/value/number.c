/*-------------------------------------------------------------------------
 *
 * number.c
 *	  Arithmetic with Python's rules.
 *
 * Integers have any size: those that fit 64 bits are computed with the
 * compiler's overflow checks, and only the others in bigint.c.  Division
 * and modulo round towards minus infinity, with the sign of the divisor,
 * for floats as well; "/" of two integers is correctly rounded though
 * neither may fit a double.
 *
 * round() is half to even on the exact binary value, so round(2.675, 2) is
 * 2.67.  Powers and shifts are bounded by limits.max_bigint_bits before
 * they are computed, because a short text can ask for a number of any
 * length.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"

#include "value/bigint.h"
#include "value/compare.h"
#include "value/evaluation.h"
#include "value/make.h"
#include "value/range.h"

/* Answers whether an integer fits 64 bits; a boolean is one. */
static inline bool
is_small(const ExprValue *v)
{
	return v->kind == EXPR_INT || v->kind == EXPR_BOOL;
}

/* Fails with one of Python's messages: each operator has its own. */
static bool
fail_zero_division(EvalContext *cxt, const char *message)
{
	return mst_expr_fail(cxt, "ZeroDivisionError", "%s", message);
}

/* ---- integers ---- */

/* Divides rounding down, as Python does; C rounds towards zero. */
static inline int64
floor_div64(int64 a, int64 b)
{
	int64		q = a / b;

	return (a % b != 0 && (a < 0) != (b < 0)) ? q - 1 : q;
}

/*
 * Returns the remainder that belongs to floor_div64(), which has the sign of
 * b.
 */
static inline int64
floor_mod64(int64 a, int64 b)
{
	int64		r = a % b;

	return (r != 0 && (r < 0) != (b < 0)) ? r + b : r;
}

/*
 * Divides integers to the nearest float. Two doubles do that where both
 * integers are exact as such; others go through large integers, because two
 * roundings would not be the same as one.
 */
static bool
int_true_div(EvalContext *cxt, const ExprValue *a, const ExprValue *b, ExprValue *result)
{
	const int64 exact = INT64CONST(1) << 53;
	double		d;

	if (mst_number_sign(b) == 0)
		return fail_zero_division(cxt, "division by zero");
	if (is_small(a) && is_small(b) &&
		mst_value_small_int(a) >= -exact && mst_value_small_int(a) <= exact &&
		mst_value_small_int(b) >= -exact && mst_value_small_int(b) <= exact)
		d = (double) mst_value_small_int(a) / (double) mst_value_small_int(b);
	else
	{
		d = mst_bigint_true_divide(cxt, a, b);
		if (isinf(d))
			return mst_expr_fail(cxt, "OverflowError",
								 "integer division result too large for a float");
		if (cxt->error != NULL)
			return false;
	}
	*result = mst_value_float(d);
	return true;
}

/*
 * Raises floats. A fractional power of a negative number would be complex in
 * Python, which has no place in the languages' data, so it fails.
 */
static bool
float_pow(EvalContext *cxt, double x, double y, ExprValue *result)
{
	double		d;

	if (x == 0.0 && y < 0.0)
		return fail_zero_division(cxt, "0.0 cannot be raised to a negative power");
	if (x < 0.0 && isfinite(x) && isfinite(y) && y != floor(y))
		return mst_expr_fail(cxt, "ValueError",
							 "negative number cannot be raised to a fractional power");
	d = pow(x, y);
	if (isinf(d) && isfinite(x) && isfinite(y))
		return mst_expr_fail(cxt, "OverflowError", "(34, 'Numerical result out of range')");
	*result = mst_value_float(d);
	return true;
}

/*
 * Raises integers: to a float by a negative exponent, else exactly. Bases of
 * -1, 0 and 1 are worked out here, because they alone may have an exponent of
 * any size; mst_bigint_pow() checks that of the others against the limits.
 */
static bool
int_pow(EvalContext *cxt, const ExprValue *a, const ExprValue *b, ExprValue *result)
{
	int64		base;

	if (mst_number_sign(b) < 0)
	{
		double		x;
		double		y;

		if (mst_number_sign(a) == 0)
			return fail_zero_division(cxt, "0.0 cannot be raised to a negative power");
		return mst_number_to_float(cxt, a, &x) && mst_number_to_float(cxt, b, &y) &&
			float_pow(cxt, x, y, result);
	}
	base = is_small(a) ? mst_value_small_int(a) : 2;
	if (base >= -1 && base <= 1)
	{
		bool		is_odd = b->kind == EXPR_BIGINT ? (b->u.bigint->limbs[0] & 1) :
		(mst_value_small_int(b) & 1);

		if (mst_number_sign(b) == 0)
			base = 1;
		else if (base == -1 && !is_odd)
			base = 1;
		*result = mst_value_int(base);
		return true;
	}
	return mst_bigint_pow(cxt, a, b->kind == EXPR_BIGINT ? PG_UINT64_MAX : (uint64) mst_value_small_int(b),
						  result);
}

/*
 * Computes what needs no big integers and cannot fail; returns false if the
 * operation or its result is of another kind.
 */
static inline bool
small_arith(ExprArith op, int64 a, int64 b, int64 *r)
{
	switch (op)
	{
		case EXPR_ADD:
			return !pg_add_s64_overflow(a, b, r);
		case EXPR_SUB:
			return !pg_sub_s64_overflow(a, b, r);
		case EXPR_MUL:
			return !pg_mul_s64_overflow(a, b, r);
		case EXPR_FLOOR_DIV:
			if (b == 0 || b == -1)
				return false;
			*r = floor_div64(a, b);
			return true;
		case EXPR_MOD:
			if (b == 0 || b == -1)
				return false;
			*r = floor_mod64(a, b);
			return true;
		case EXPR_AND:
			*r = a & b;
			return true;
		case EXPR_OR:
			*r = a | b;
			return true;
		case EXPR_XOR:
			*r = a ^ b;
			return true;
		case EXPR_RSHIFT:
			if (b < 0)
				return false;
			*r = a >> Min(b, 63);
			return true;
		case EXPR_LSHIFT:
		case EXPR_TRUE_DIV:
		case EXPR_POW:
			return false;
	}
	return false;
}

/*
 * Arithmetic of integers that did not fit 64 bits, or are not simple. What
 * cannot be is refused here, in Python's words, before the large integers are
 * made.
 */
static bool
int_arith(EvalContext *cxt, ExprArith op, const ExprValue *a, const ExprValue *b, ExprValue *result)
{
	switch (op)
	{
		case EXPR_TRUE_DIV:
			return int_true_div(cxt, a, b, result);
		case EXPR_POW:
			return int_pow(cxt, a, b, result);
		case EXPR_FLOOR_DIV:
			if (mst_number_sign(b) == 0)
				return fail_zero_division(cxt, "integer division or modulo by zero");
			break;
		case EXPR_MOD:
			if (mst_number_sign(b) == 0)
				return fail_zero_division(cxt, "integer modulo by zero");
			break;
		case EXPR_LSHIFT:
		case EXPR_RSHIFT:
			if (mst_number_sign(b) < 0)
				return mst_expr_fail(cxt, "ValueError", "negative shift count");
			break;
		default:
			break;
	}
	return mst_bigint_arith(cxt, op, a, b, result);
}

/* ---- floats ---- */

/* Python's float modulo: the sign of the divisor. */
static double
float_mod(double x, double y)
{
	double		r = fmod(x, y);

	if (r == 0.0)
		return copysign(0.0, y);
	return (r < 0) != (y < 0) ? r + y : r;
}

/*
 * Divides floats rounding down, by CPython's algorithm: floor(x / y) is wrong
 * where the quotient is rounded up to an integer that the exact one is below.
 */
static double
float_floor_div(double x, double y)
{
	double		r = fmod(x, y);
	double		q = (x - r) / y;
	double		f;

	if (r != 0.0 && (r < 0) != (y < 0))
		q -= 1.0;
	if (q == 0.0)
		return copysign(0.0, x / y);
	f = floor(q);
	return q - f > 0.5 ? f + 1.0 : f;
}

/*
 * Arithmetic of floats. A division by zero fails, as in Python, though C would
 * give infinity; overflow gives infinity there, too, but not in powers.
 */
static bool
float_arith(EvalContext *cxt, ExprArith op, double x, double y, ExprValue *result)
{
	switch (op)
	{
		case EXPR_ADD:
			*result = mst_value_float(x + y);
			return true;
		case EXPR_SUB:
			*result = mst_value_float(x - y);
			return true;
		case EXPR_MUL:
			*result = mst_value_float(x * y);
			return true;
		case EXPR_TRUE_DIV:
			if (y == 0.0)
				return fail_zero_division(cxt, "float division by zero");
			*result = mst_value_float(x / y);
			return true;
		case EXPR_FLOOR_DIV:
			if (y == 0.0)
				return fail_zero_division(cxt, "float floor division by zero");
			*result = mst_value_float(float_floor_div(x, y));
			return true;
		case EXPR_MOD:
			if (y == 0.0)
				return fail_zero_division(cxt, "float modulo");
			*result = mst_value_float(float_mod(x, y));
			return true;
		case EXPR_POW:
			return float_pow(cxt, x, y, result);
		case EXPR_AND:
		case EXPR_OR:
		case EXPR_XOR:
		case EXPR_LSHIFT:
		case EXPR_RSHIFT:
			break;
	}
	return mst_expr_fail(cxt, "TypeError", "bit operation on a float");
}

/*
 * Arithmetic on two numbers (booleans count as integers), Python's rules and
 * messages for division by zero, overflow, negative shifts.  The caller has
 * checked the kinds.  The result of bit operations on two booleans is boolean.
 */
bool
mst_number_arith(EvalContext *cxt, ExprArith op, const ExprValue *a, const ExprValue *b, ExprValue *result)
{
	int64		r;
	double		x;
	double		y;

	if (is_small(a) && is_small(b) && small_arith(op, mst_value_small_int(a), mst_value_small_int(b), &r))
	{
		if (a->kind == EXPR_BOOL && b->kind == EXPR_BOOL && op >= EXPR_AND && op <= EXPR_XOR)
			*result = mst_value_bool(r != 0);
		else
			*result = mst_value_int(r);
		return true;
	}
	if (a->kind != EXPR_FLOAT && b->kind != EXPR_FLOAT)
		return int_arith(cxt, op, a, b, result);
	return mst_number_to_float(cxt, a, &x) && mst_number_to_float(cxt, b, &y) &&
		float_arith(cxt, op, x, y, result);
}

/* ---- modular power ---- */

/* Inverse of a modulo c (both reduced), by the extended Euclidean algorithm. */
static bool
mod_inverse(EvalContext *cxt, const ExprValue *a, const ExprValue *c, ExprValue *result)
{
	ExprValue	r0 = *c;
	ExprValue	r1 = *a;
	ExprValue	t0 = mst_value_int(0);
	ExprValue	t1 = mst_value_int(1);
	ExprValue	q;
	ExprValue	r2;
	ExprValue	t2;

	while (mst_number_sign(&r1) != 0)
	{
		if (!mst_expr_step(cxt) ||
			!mst_number_arith(cxt, EXPR_FLOOR_DIV, &r0, &r1, &q) ||
			!mst_number_arith(cxt, EXPR_MUL, &q, &r1, &r2) ||
			!mst_number_arith(cxt, EXPR_SUB, &r0, &r2, &r2) ||
			!mst_number_arith(cxt, EXPR_MUL, &q, &t1, &t2) ||
			!mst_number_arith(cxt, EXPR_SUB, &t0, &t2, &t2))
			return false;
		r0 = r1;
		r1 = r2;
		t0 = t1;
		t1 = t2;
	}
	if (r0.kind != EXPR_INT || r0.u.integer != 1)
		return mst_expr_fail(cxt, "ValueError", "base is not invertible for the given modulus");
	return mst_number_arith(cxt, EXPR_MOD, &t0, c, result);
}

/* a ** b mod c with 0 <= a < c, c > 0, b >= 0. */
static bool
mod_power(EvalContext *cxt, ExprValue a, const ExprValue *b, const ExprValue *c, ExprValue *result)
{
	BigintView	bits;
	int64		nbits = mst_bigint_bits(b);
	ExprValue	one = mst_value_int(1);
	ExprValue	power;
	int64		i;

	mst_bigint_view(b, &bits);
	if (!mst_number_arith(cxt, EXPR_MOD, &one, c, &power))
		return false;
	for (i = 0; i < nbits; i++)
	{
		if (!mst_expr_step(cxt))
			return false;
		if ((bits.limbs[i / 64] >> (i % 64)) & 1)
		{
			if (!mst_number_arith(cxt, EXPR_MUL, &power, &a, &power) ||
				!mst_number_arith(cxt, EXPR_MOD, &power, c, &power))
				return false;
		}
		if (!mst_number_arith(cxt, EXPR_MUL, &a, &a, &a) ||
			!mst_number_arith(cxt, EXPR_MOD, &a, c, &a))
			return false;
	}
	*result = power;
	return true;
}

/* pow(a, b, c) on integers. */
bool
mst_number_pow_mod(EvalContext *cxt, const ExprValue *a, const ExprValue *b, const ExprValue *c, ExprValue *result)
{
	ExprValue	base;
	ExprValue	exponent = *b;
	ExprValue	modulus;

	if (!mst_value_is_integral(a) || !mst_value_is_integral(b) || !mst_value_is_integral(c))
		return mst_expr_fail(cxt, "TypeError",
							 "pow() 3rd argument not allowed unless all arguments are integers");
	if (mst_number_sign(c) == 0)
		return mst_expr_fail(cxt, "ValueError", "pow() 3rd argument cannot be 0");
	if (!mst_number_abs(cxt, c, &modulus) ||
		!mst_number_arith(cxt, EXPR_MOD, a, &modulus, &base))
		return false;
	if (mst_number_sign(b) < 0)
	{
		if (!mod_inverse(cxt, &base, &modulus, &base) ||
			!mst_number_negate(cxt, b, &exponent))
			return false;
	}
	if (!mod_power(cxt, base, &exponent, &modulus, result))
		return false;

	/* the result has the sign of c */
	return mst_number_arith(cxt, EXPR_MOD, result, c, result);
}

/* ---- one operand ---- */

/* Computes -a of a number; a boolean counts as an integer. */
bool
mst_number_negate(EvalContext *cxt, const ExprValue *a, ExprValue *result)
{
	if (a->kind == EXPR_FLOAT)
		*result = mst_value_float(-a->u.real);
	else if (is_small(a) && mst_value_small_int(a) != PG_INT64_MIN)
		*result = mst_value_int(-mst_value_small_int(a));
	else
		return mst_bigint_negate(cxt, a, result);
	return true;
}

/* Computes the absolute value of a number; a boolean counts as an integer. */
bool
mst_number_abs(EvalContext *cxt, const ExprValue *a, ExprValue *result)
{
	if (a->kind == EXPR_FLOAT)
	{
		*result = mst_value_float(fabs(a->u.real));
		return true;
	}
	if (mst_number_sign(a) < 0)
		return mst_number_negate(cxt, a, result);
	*result = a->kind == EXPR_BOOL ? mst_value_int(mst_value_small_int(a)) : *a;
	return true;
}

/* ~a. */
bool
mst_number_invert(EvalContext *cxt, const ExprValue *a, ExprValue *result)
{
	ExprValue	one = mst_value_int(1);

	if (is_small(a))
	{
		*result = mst_value_int(~mst_value_small_int(a));
		return true;
	}
	return mst_number_negate(cxt, a, result) &&
		mst_number_arith(cxt, EXPR_SUB, result, &one, result);
}

/* ---- rounding ---- */

/* Rounds an integer to a multiple of 10 ** n, half to even. */
static bool
round_int(EvalContext *cxt, const ExprValue *a, int64 n, ExprValue *result)
{
	ExprValue	ten = mst_value_int(10);
	ExprValue	two = mst_value_int(2);
	ExprValue	exponent = mst_value_int(n);
	ExprValue	unit;
	ExprValue	q;
	ExprValue	r;
	ExprValue	twice;
	int			c;

	if (n > mst_bigint_bits(a))
	{
		*result = mst_value_int(0);
		return true;
	}
	if (!mst_number_arith(cxt, EXPR_POW, &ten, &exponent, &unit) ||
		!mst_number_arith(cxt, EXPR_FLOOR_DIV, a, &unit, &q) ||
		!mst_number_arith(cxt, EXPR_MOD, a, &unit, &r) ||
		!mst_number_arith(cxt, EXPR_MUL, &r, &two, &twice))
		return false;
	c = mst_value_compare_numbers(&twice, &unit);
	if (c == 0)
	{
		ExprValue	odd;

		if (!mst_number_arith(cxt, EXPR_MOD, &q, &two, &odd))
			return false;
		c = mst_number_sign(&odd) != 0 ? 1 : -1;
	}
	if (c > 0)
	{
		ExprValue	one = mst_value_int(1);

		if (!mst_number_arith(cxt, EXPR_ADD, &q, &one, &q))
			return false;
	}
	return mst_number_arith(cxt, EXPR_MUL, &q, &unit, result);
}

/* glibc's printf is exact and rounds half to even, which is what is wanted. */
static double
round_float(double f, int64 n)
{
	char		buf[512];

	if (n > 323)
		return f;
	if (n < -308)
		return copysign(0.0, f);
	if (n >= 0)
	{
		snprintf(buf, sizeof(buf), "%.*f", (int) n, f);
		return strtod(buf, NULL);
	}
	else
	{
		/* digits before the point: print as d.ddde+XX with what is left */
		int			exponent;
		int			keep;

		if (f == 0.0)
			return f;
		snprintf(buf, sizeof(buf), "%.17e", f);
		exponent = atoi(strchr(buf, 'e') + 1);
		keep = exponent + (int) n;	/* digits behind the first */
		if (keep < -1)
			return copysign(0.0, f);
		if (keep == -1)
		{
			double		half = 5.0 * pow(10.0, (double) -n - 1);

			return fabs(f) > half ? copysign(pow(10.0, (double) -n), f) : copysign(0.0, f);
		}
		snprintf(buf, sizeof(buf), "%.*e", keep, f);
		return strtod(buf, NULL);
	}
}

/* round(a, ndigits): half to even on the exact value, keeps the kind. */
bool
mst_number_round(EvalContext *cxt, const ExprValue *a, int64 ndigits, ExprValue *result)
{
	if (a->kind == EXPR_FLOAT)
	{
		double		d = a->u.real;

		if (isfinite(d))
			d = ndigits == 0 ? rint(d) : round_float(d, ndigits);
		if (isinf(d) && isfinite(a->u.real))
			return mst_expr_fail(cxt, "OverflowError", "rounded value too large to represent");
		*result = mst_value_float(d);
		return true;
	}
	if (ndigits >= 0)
	{
		*result = a->kind == EXPR_BOOL ? mst_value_int(mst_value_small_int(a)) : *a;
		return true;
	}
	return round_int(cxt, a, ndigits < -PG_INT32_MAX ? PG_INT32_MAX : -ndigits, result);
}

/* ---- conversions ---- */

/* To a double; OverflowError "int too large to convert to float". */
bool
mst_number_to_float(EvalContext *cxt, const ExprValue *a, double *result)
{
	if (a->kind == EXPR_FLOAT)
		*result = a->u.real;
	else if (a->kind == EXPR_BIGINT)
	{
		*result = mst_bigint_to_double(a);
		if (isinf(*result))
			return mst_expr_fail(cxt, "OverflowError", "int too large to convert to float");
	}
	else
		*result = (double) mst_value_small_int(a);
	return true;
}

/* Cuts the fraction off; the result has any size. */
static bool
float_to_int(EvalContext *cxt, double f, ExprValue *result)
{
	if (isnan(f))
		return mst_expr_fail(cxt, "ValueError", "cannot convert float NaN to integer");
	if (isinf(f))
		return mst_expr_fail(cxt, "OverflowError", "cannot convert float infinity to integer");
	return mst_bigint_from_double(cxt, f, result);
}

/* Truncates to an integer; ValueError / OverflowError for NaN and infinity. */
bool
mst_number_to_int(EvalContext *cxt, const ExprValue *a, ExprValue *result)
{
	if (a->kind == EXPR_FLOAT)
		return float_to_int(cxt, a->u.real, result);
	*result = a->kind == EXPR_BOOL ? mst_value_int(mst_value_small_int(a)) : *a;
	return true;
}

/*
 * Rounds down to an integer; ValueError for NaN, OverflowError for infinity.
 */
bool
mst_number_floor(EvalContext *cxt, const ExprValue *a, ExprValue *result)
{
	if (a->kind == EXPR_FLOAT)
		return float_to_int(cxt, floor(a->u.real), result);
	return mst_number_to_int(cxt, a, result);
}

/* Rounds up to an integer; ValueError for NaN, OverflowError for infinity. */
bool
mst_number_ceil(EvalContext *cxt, const ExprValue *a, ExprValue *result)
{
	if (a->kind == EXPR_FLOAT)
		return float_to_int(cxt, ceil(a->u.real), result);
	return mst_number_to_int(cxt, a, result);
}

/* A run of ASCII digits in the given base (2..36), any length. */
bool
mst_number_from_digits(EvalContext *cxt, const char *s, int len, int base, ExprValue *result)
{
	int64		r = 0;
	int			i;

	if (base != 10 || len > 18)
		return mst_bigint_from_digits(cxt, s, len, base, result);
	for (i = 0; i < len; i++)
		r = r * 10 + (s[i] - '0');
	*result = mst_value_int(r);
	return true;
}

/* Digits of an integer in a base, with '-' when negative and no prefix. */
bool
mst_number_append_int(EvalContext *cxt, StringInfo out, const ExprValue *v, int base)
{
	if (base == 10 && is_small(v))
	{
		appendStringInfo(out, INT64_FORMAT, mst_value_small_int(v));
		return true;
	}
	return mst_bigint_append(cxt, out, v, base);
}
