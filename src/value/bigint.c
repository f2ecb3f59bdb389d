/*-------------------------------------------------------------------------
 *
 * bigint.c
 *	  Integers beyond 64 bits, on GMP's mpn functions.
 *
 * The mpn functions work on arrays of limbs that the caller provides, so no
 * memory of GMP's own is involved: everything is palloc'd, sized before, and
 * bounded by limits.max_bigint_bits.  Magnitude and sign are kept apart; bit
 * operations go through two's complement as Python defines them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "port/pg_bitutils.h"

#include "value/bigint.h"
#include "value/evaluation.h"
#include "value/make.h"
#include "value/range.h"

StaticAssertDecl(GMP_LIMB_BITS == 64, "limbs of 64 bits are needed");

#define LIMB_BITS	64

/* a result under construction: room for nlimbs, to be normalised */
typedef struct Limbs
{
	ExprBigint *big;
	int			room;
} Limbs;

/*
 * Fills a view of an integral value; it points into the value, or into the
 * view itself when the value is small.
 */
void
mst_bigint_view(const ExprValue *v, BigintView *view)
{
	int64		i;

	if (v->kind == EXPR_BIGINT)
	{
		view->limbs = v->u.bigint->limbs;
		view->nlimbs = v->u.bigint->nlimbs;
		view->is_negative = v->u.bigint->is_negative;
		return;
	}
	i = v->kind == EXPR_BOOL ? (int64) v->u.boolean : v->u.integer;
	view->is_negative = i < 0;
	view->room = i < 0 ? -(uint64) i : (uint64) i;
	view->limbs = &view->room;
	view->nlimbs = view->room != 0 ? 1 : 0;
}

/*
 * Allocates an integer of n limbs, whose contents are undefined. All integers
 * that do not fit 64 bits are made here, so this is where the limit of their
 * size holds, before memory is taken.
 */
static bool
make_limbs(EvalContext *cxt, int64 n, Limbs *limbs)
{
	n = Max(n, 1);
	/* one spare limb above the limit: a carry may turn out to be none */
	if (n > cxt->limits.max_bigint_bits / LIMB_BITS + 2)
		return mst_expr_fail_limit(cxt, "OverflowError",
								   "integer has more than " INT64_FORMAT " bits",
								   cxt->limits.max_bigint_bits);
	if (!mst_expr_charge(cxt, n * (int64) sizeof(mp_limb_t)))
		return false;
	limbs->big = palloc(offsetof(ExprBigint, limbs) + n * sizeof(mp_limb_t));
	limbs->big->is_negative = false;
	limbs->big->nlimbs = (int) n;
	limbs->room = (int) n;
	return true;
}

/* Strips zero limbs and turns what fits into an EXPR_INT. */
static ExprValue
normalize_bigint(ExprBigint *big)
{
	ExprValue	v = {EXPR_BIGINT};

	while (big->nlimbs > 0 && big->limbs[big->nlimbs - 1] == 0)
		big->nlimbs--;
	if (big->nlimbs == 0)
		return mst_value_int(0);
	if (big->nlimbs == 1)
	{
		uint64		m = big->limbs[0];

		if (!big->is_negative && m <= PG_INT64_MAX)
			return mst_value_int((int64) m);
		if (big->is_negative && m <= (uint64) PG_INT64_MAX + 1)
			return mst_value_int((int64) (-m));
	}
	v.u.bigint = big;
	return v;
}

/*
 * Compares two integers without their signs: negative, 0 or positive, as
 * strcmp().
 */
static int
compare_magnitudes(const BigintView *a, const BigintView *b)
{
	if (a->nlimbs != b->nlimbs)
		return a->nlimbs < b->nlimbs ? -1 : 1;
	return a->nlimbs == 0 ? 0 : mpn_cmp(a->limbs, b->limbs, a->nlimbs);
}

/* -1, 0, 1 */
int
mst_bigint_compare(const ExprValue *a, const ExprValue *b)
{
	BigintView	x;
	BigintView	y;
	int			c;

	mst_bigint_view(a, &x);
	mst_bigint_view(b, &y);
	if (x.is_negative != y.is_negative)
		return x.is_negative ? -1 : 1;
	c = compare_magnitudes(&x, &y);
	c = (c > 0) - (c < 0);
	return x.is_negative ? -c : c;
}

/* ---- sums ---- */

/* a + b of magnitudes. */
static bool
add_magnitudes(EvalContext *cxt, const BigintView *a, const BigintView *b, Limbs *r)
{
	const BigintView *swap;

	if (a->nlimbs < b->nlimbs)
	{
		swap = a;
		a = b;
		b = swap;
	}
	if (!make_limbs(cxt, (int64) a->nlimbs + 1, r))
		return false;
	if (b->nlimbs == 0)
	{
		mpn_zero(r->big->limbs, r->room);
		if (a->nlimbs > 0)
			mpn_copyi(r->big->limbs, a->limbs, a->nlimbs);
	}
	else
		r->big->limbs[a->nlimbs] = mpn_add(r->big->limbs, a->limbs, a->nlimbs,
										   b->limbs, b->nlimbs);
	return true;
}

/* a - b of magnitudes where a >= b. */
static bool
subtract_magnitudes(EvalContext *cxt, const BigintView *a, const BigintView *b, Limbs *r)
{
	if (!make_limbs(cxt, a->nlimbs, r))
		return false;
	if (a->nlimbs == 0)
		r->big->limbs[0] = 0;
	else if (b->nlimbs == 0)
		mpn_copyi(r->big->limbs, a->limbs, a->nlimbs);
	else
		(void) mpn_sub(r->big->limbs, a->limbs, a->nlimbs, b->limbs, b->nlimbs);
	return true;
}

/*
 * Adds, or subtracts where negate_b is set. GMP's functions below know no
 * signs and want the larger one first.
 */
static bool
add_signed(EvalContext *cxt, const BigintView *a, const BigintView *b, bool negate_b, ExprValue *result)
{
	bool		b_negative = b->is_negative != negate_b;
	Limbs		r;

	if (a->is_negative == b_negative)
	{
		if (!add_magnitudes(cxt, a, b, &r))
			return false;
		r.big->is_negative = a->is_negative;
	}
	else if (compare_magnitudes(a, b) >= 0)
	{
		if (!subtract_magnitudes(cxt, a, b, &r))
			return false;
		r.big->is_negative = a->is_negative;
	}
	else
	{
		if (!subtract_magnitudes(cxt, b, a, &r))
			return false;
		r.big->is_negative = b_negative;
	}
	*result = normalize_bigint(r.big);
	return true;
}

/*
 * Computes -a. Fails when the result has too many bits or memory is used up.
 */
bool
mst_bigint_negate(EvalContext *cxt, const ExprValue *a, ExprValue *result)
{
	BigintView	x;
	Limbs		r;

	mst_bigint_view(a, &x);
	if (!make_limbs(cxt, x.nlimbs, &r))
		return false;
	r.big->nlimbs = x.nlimbs;
	if (x.nlimbs > 0)
		mpn_copyi(r.big->limbs, x.limbs, x.nlimbs);
	r.big->is_negative = !x.is_negative;
	*result = normalize_bigint(r.big);
	return true;
}

/* ---- products ---- */

/* Multiplies; GMP wants the longer one first. */
static bool
multiply_bigints(EvalContext *cxt, const BigintView *a, const BigintView *b, ExprValue *result)
{
	const BigintView *swap;
	Limbs		r;

	if (a->nlimbs == 0 || b->nlimbs == 0)
	{
		*result = mst_value_int(0);
		return true;
	}
	if (a->nlimbs < b->nlimbs)
	{
		swap = a;
		a = b;
		b = swap;
	}
	if (!make_limbs(cxt, (int64) a->nlimbs + b->nlimbs, &r))
		return false;
	(void) mpn_mul(r.big->limbs, a->limbs, a->nlimbs, b->limbs, b->nlimbs);
	r.big->is_negative = a->is_negative != b->is_negative;
	*result = normalize_bigint(r.big);
	return true;
}

/* Floored quotient and remainder; b is not 0. */
static bool
divide_bigints(EvalContext *cxt, const ExprValue *a, const ExprValue *b, ExprValue *quotient, ExprValue *remainder)
{
	BigintView	x;
	BigintView	y;
	Limbs		q;
	Limbs		r;
	ExprValue	one = mst_value_int(1);

	mst_bigint_view(a, &x);
	mst_bigint_view(b, &y);
	if (!make_limbs(cxt, Max(x.nlimbs - y.nlimbs + 1, 1), &q) ||
		!make_limbs(cxt, y.nlimbs, &r))
		return false;
	if (x.nlimbs < y.nlimbs)
	{
		q.big->limbs[0] = 0;
		mpn_zero(r.big->limbs, y.nlimbs);
		if (x.nlimbs > 0)
			mpn_copyi(r.big->limbs, x.limbs, x.nlimbs);
	}
	else
		mpn_tdiv_qr(q.big->limbs, r.big->limbs, 0, x.limbs, x.nlimbs, y.limbs, y.nlimbs);
	q.big->is_negative = x.is_negative != y.is_negative;
	r.big->is_negative = x.is_negative;
	*quotient = normalize_bigint(q.big);
	*remainder = normalize_bigint(r.big);

	/* truncated so far; floor when the signs differ and something is left */
	if (x.is_negative == y.is_negative ||
		(remainder->kind == EXPR_INT && remainder->u.integer == 0))
		return true;
	return mst_bigint_arith(cxt, EXPR_SUB, quotient, &one, quotient) &&
		mst_bigint_arith(cxt, EXPR_ADD, remainder, b, remainder);
}

/* Power with an exponent >= 0. */
bool
mst_bigint_pow(EvalContext *cxt, const ExprValue *a, uint64 exponent, ExprValue *result)
{
	ExprValue	power = mst_value_int(1);
	ExprValue	square = *a;
	int64		bits = mst_bigint_bits(a);

	/* do not start what the limit will stop */
	if (bits > 1 && exponent > (uint64) cxt->limits.max_bigint_bits / (bits - 1))
		return mst_expr_fail_limit(cxt, "OverflowError",
								   "integer has more than " INT64_FORMAT " bits",
								   cxt->limits.max_bigint_bits);
	for (;;)
	{
		if (!mst_expr_step(cxt))
			return false;
		if ((exponent & 1) && !mst_bigint_arith(cxt, EXPR_MUL, &power, &square, &power))
			return false;
		exponent >>= 1;
		if (exponent == 0)
			break;
		if (!mst_bigint_arith(cxt, EXPR_MUL, &square, &square, &square))
			return false;
	}
	*result = power;
	return true;
}

/* ---- bits ---- */

/* Writes n limbs of two's complement. */
static void
to_complement(const BigintView *v, mp_limb_t *limbs, int n)
{
	mpn_zero(limbs, n);
	if (v->nlimbs > 0)
		mpn_copyi(limbs, v->limbs, v->nlimbs);
	if (v->is_negative)
		(void) mpn_neg(limbs, limbs, n);
}

/*
 * "and", "or" or "xor" of two integers as if they had two's complement with
 * endless sign bits, as in Python. One limb more than the longer one holds the
 * sign.
 */
static bool
bit_operation(EvalContext *cxt, ExprArith op, const BigintView *a, const BigintView *b, ExprValue *result)
{
	int			n = Max(a->nlimbs, b->nlimbs) + 1;
	Limbs		x;
	Limbs		y;
	int			i;

	if (!make_limbs(cxt, n, &x) || !make_limbs(cxt, n, &y))
		return false;
	to_complement(a, x.big->limbs, n);
	to_complement(b, y.big->limbs, n);
	for (i = 0; i < n; i++)
	{
		if (op == EXPR_AND)
			x.big->limbs[i] &= y.big->limbs[i];
		else if (op == EXPR_OR)
			x.big->limbs[i] |= y.big->limbs[i];
		else
			x.big->limbs[i] ^= y.big->limbs[i];
	}
	if (x.big->limbs[n - 1] >> (LIMB_BITS - 1))
	{
		(void) mpn_neg(x.big->limbs, x.big->limbs, n);
		x.big->is_negative = true;
	}
	*result = normalize_bigint(x.big);
	return true;
}

/*
 * Shifts left. The count is checked before anything is allocated, since 1 <<
 * 10**9 takes a line to write.
 */
static bool
shift_left(EvalContext *cxt, const BigintView *a, const ExprValue *count, ExprValue *result)
{
	Limbs		r;
	int64		words;
	int			bits;

	if (a->nlimbs == 0)
	{
		*result = mst_value_int(0);
		return true;
	}
	if (count->kind == EXPR_BIGINT || mst_number_clip(count) > cxt->limits.max_bigint_bits)
		return mst_expr_fail_limit(cxt, "OverflowError",
								   "integer has more than " INT64_FORMAT " bits",
								   cxt->limits.max_bigint_bits);
	words = mst_number_clip(count) / LIMB_BITS;
	bits = (int) (mst_number_clip(count) % LIMB_BITS);
	if (!make_limbs(cxt, a->nlimbs + words + 1, &r))
		return false;
	mpn_zero(r.big->limbs, r.room);
	if (bits == 0)
		mpn_copyi(r.big->limbs + words, a->limbs, a->nlimbs);
	else
		r.big->limbs[words + a->nlimbs] = mpn_lshift(r.big->limbs + words, a->limbs,
													 a->nlimbs, bits);
	r.big->is_negative = a->is_negative;
	*result = normalize_bigint(r.big);
	return true;
}

/* Floors, as an arithmetic shift does. */
static bool
shift_right(EvalContext *cxt, const BigintView *a, const ExprValue *count, ExprValue *result)
{
	int64		n = count->kind == EXPR_BIGINT ? PG_INT64_MAX : mst_number_clip(count);
	int64		words = n / LIMB_BITS;
	int			bits = (int) (n % LIMB_BITS);
	bool		lost = false;
	ExprValue	one = mst_value_int(1);
	Limbs		r;
	int64		i;

	if (words >= a->nlimbs)
	{
		*result = mst_value_int(a->is_negative ? -1 : 0);
		return true;
	}
	for (i = 0; i < words; i++)
		lost |= a->limbs[i] != 0;
	if (!make_limbs(cxt, a->nlimbs - words, &r))
		return false;
	if (bits == 0)
		mpn_copyi(r.big->limbs, a->limbs + words, r.room);
	else
		lost |= mpn_rshift(r.big->limbs, a->limbs + words, r.room, bits) != 0;
	r.big->is_negative = a->is_negative;
	*result = normalize_bigint(r.big);
	if (!a->is_negative || !lost)
		return true;
	return mst_bigint_arith(cxt, EXPR_SUB, result, &one, result);
}

/* Returns the number of bits of the magnitude. */
int64
mst_bigint_bits(const ExprValue *v)
{
	BigintView	x;

	mst_bigint_view(v, &x);
	if (x.nlimbs == 0)
		return 0;
	return (int64) (x.nlimbs - 1) * LIMB_BITS +
		pg_leftmost_one_pos64(x.limbs[x.nlimbs - 1]) + 1;
}

/*
 * Arithmetic on integral values of any size; op is EXPR_ADD ... EXPR_RSHIFT
 * without TRUE_DIV and without division by zero.
 */
bool
mst_bigint_arith(EvalContext *cxt, ExprArith op, const ExprValue *a, const ExprValue *b, ExprValue *result)
{
	BigintView	x;
	BigintView	y;
	ExprValue	other;

	mst_bigint_view(a, &x);
	mst_bigint_view(b, &y);
	switch (op)
	{
		case EXPR_ADD:
			return add_signed(cxt, &x, &y, false, result);
		case EXPR_SUB:
			return add_signed(cxt, &x, &y, true, result);
		case EXPR_MUL:
			return multiply_bigints(cxt, &x, &y, result);
		case EXPR_FLOOR_DIV:
			return divide_bigints(cxt, a, b, result, &other);
		case EXPR_MOD:
			{
				ExprValue	remainder;

				if (!divide_bigints(cxt, a, b, &other, &remainder))
					return false;
				*result = remainder;
				return true;
			}
		case EXPR_AND:
		case EXPR_OR:
		case EXPR_XOR:
			return bit_operation(cxt, op, &x, &y, result);
		case EXPR_LSHIFT:
			return shift_left(cxt, &x, b, result);
		case EXPR_RSHIFT:
			return shift_right(cxt, &x, b, result);
		case EXPR_TRUE_DIV:
		case EXPR_POW:
			break;
	}

	elog(ERROR, "unrecognized integer operation: %d", (int) op);
	return false;
}

/* ---- doubles ---- */

/*
 * Returns the nearest double of the 64 highest bits and a flag for "more
 * below", half to even; exponent is that of the lowest of the 64 bits.
 */
static double
round_to_double(uint64 top, bool sticky, int64 exponent, bool is_negative)
{
	uint64		mantissa = top >> 11;
	uint64		rest = top & 0x7FF;
	double		d;

	if (rest > 0x400 || (rest == 0x400 && (sticky || (mantissa & 1))))
		mantissa++;
	if (exponent > 2000)
		d = INFINITY;
	else
		d = ldexp((double) mantissa, (int) exponent + 11);
	return is_negative ? -d : d;
}

/* Returns the 64 highest bits of a magnitude that is not 0. */
static uint64
top_bits(const BigintView *v, bool *sticky, int64 *exponent)
{
	int			n = v->nlimbs;
	int			shift = 63 - pg_leftmost_one_pos64(v->limbs[n - 1]);
	uint64		top = v->limbs[n - 1] << shift;
	int			i;

	*sticky = false;
	*exponent = (int64) (n - 1) * LIMB_BITS - shift;
	if (n > 1 && shift > 0)
	{
		top |= v->limbs[n - 2] >> (LIMB_BITS - shift);
		*sticky = (v->limbs[n - 2] << shift) != 0;
	}
	else if (n > 1)
		*sticky = v->limbs[n - 2] != 0;
	for (i = 0; i < n - 2 && !*sticky; i++)
		*sticky = v->limbs[i] != 0;
	return top;
}

/* Nearest double, half to even; infinity when too large. */
double
mst_bigint_to_double(const ExprValue *v)
{
	BigintView	x;
	bool		sticky;
	int64		exponent;
	uint64		top;

	mst_bigint_view(v, &x);
	if (x.nlimbs == 0)
		return 0.0;
	top = top_bits(&x, &sticky, &exponent);
	return round_to_double(top, sticky, exponent, x.is_negative);
}

/*
 * True division: a quotient of at least 66 bits is computed exactly, with
 * the remainder as "more below".
 */
double
mst_bigint_true_divide(EvalContext *cxt, const ExprValue *a, const ExprValue *b)
{
	int64		shift = mst_bigint_bits(b) - mst_bigint_bits(a) + 68;
	ExprValue	x = *a;
	ExprValue	y = *b;
	ExprValue	count = mst_value_int(shift > 0 ? shift : -shift);
	ExprValue	quotient;
	ExprValue	remainder;
	BigintView	view;
	bool		sticky;
	int64		exponent;
	uint64		top;
	double		d;

	if (mst_number_sign(a) == 0)
		return 0.0;
	mst_bigint_view(a, &view);
	if (view.is_negative && !mst_bigint_negate(cxt, a, &x))
		return NAN;
	mst_bigint_view(b, &view);
	if (view.is_negative && !mst_bigint_negate(cxt, b, &y))
		return NAN;
	if (!mst_bigint_arith(cxt, EXPR_LSHIFT, shift > 0 ? &x : &y, &count, shift > 0 ? &x : &y) ||
		!divide_bigints(cxt, &x, &y, &quotient, &remainder))
		return NAN;
	mst_bigint_view(&quotient, &view);
	if (view.nlimbs == 0)
		return 0.0;
	top = top_bits(&view, &sticky, &exponent);
	sticky |= mst_number_sign(&remainder) != 0;
	exponent -= shift;

	/* below the normal range the digits end earlier: round once, there */
	if (exponent + 63 < -1022)
	{
		int64		drop = -1022 - (exponent + 63);

		if (drop > 60)
			return mst_number_sign(a) == mst_number_sign(b) ? 0.0 : -0.0;
		sticky |= (top & ((UINT64CONST(1) << drop) - 1)) != 0;
		top >>= drop;
		exponent += drop;
	}
	d = round_to_double(top, sticky, exponent, false);
	return mst_number_sign(a) == mst_number_sign(b) ? d : -d;
}

/* The integer part of a finite double. */
bool
mst_bigint_from_double(EvalContext *cxt, double f, ExprValue *result)
{
	int			exponent;
	uint64		mantissa;
	ExprValue	v;
	ExprValue	count;
	bool		is_negative = f < 0;

	f = trunc(f);
	if (f >= -9223372036854775808.0 && f < 9223372036854775808.0)
	{
		*result = mst_value_int((int64) f);
		return true;
	}
	mantissa = (uint64) ldexp(frexp(fabs(f), &exponent), 53);
	v = mst_value_int((int64) mantissa);
	count = mst_value_int(exponent - 53);
	if (!mst_bigint_arith(cxt, EXPR_LSHIFT, &v, &count, result))
		return false;
	return is_negative ? mst_bigint_negate(cxt, result, result) : true;
}

/* Hash: equal to that of the equal float when it is one exactly. */
uint32
mst_bigint_hash(const ExprBigint *b)
{
	uint64		h = b->is_negative ? 7 : 11;
	int			i;

	for (i = 0; i < b->nlimbs; i++)
		h = (h ^ b->limbs[i]) * UINT64CONST(0x9E3779B97F4A7C15);
	return (uint32) (h >> 32);
}

/* ---- digits ---- */

/*
 * Returns the value of a digit in bases up to 36; the caller has checked that
 * it is one.
 */
static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	return c - 'A' + 10;
}

/*
 * Makes an integer of ASCII digits in a base (2..36). Fails when it has too
 * many bits or memory is used up.
 */
bool
mst_bigint_from_digits(EvalContext *cxt, const char *s, int len, int base, ExprValue *result)
{
	unsigned char *digits;
	Limbs		r;
	int			i;

	while (len > 0 && *s == '0')
	{
		s++;
		len--;
	}
	if (len == 0)
	{
		*result = mst_value_int(0);
		return true;
	}

	/* a digit of base 2..36 carries at most 5.2 bits, and at least 1 */
	if (!make_limbs(cxt, (int64) (len * log2(base) / LIMB_BITS) + 2, &r) ||
		!mst_expr_charge(cxt, len))
		return false;
	digits = palloc(len);
	for (i = 0; i < len; i++)
		digits[i] = (unsigned char) digit_value(s[i]);
	r.big->nlimbs = (int) mpn_set_str(r.big->limbs, digits, len, base);
	pfree(digits);
	*result = normalize_bigint(r.big);
	return true;
}

/*
 * Appends the digits of an integer in a base (2..36), with '-' when it is
 * negative. Fails by limits only.
 */
bool
mst_bigint_append(EvalContext *cxt, StringInfo out, const ExprValue *v, int base)
{
	static const char symbols[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	BigintView	x;
	mp_limb_t  *limbs;
	unsigned char *digits;
	int64		room;
	int64		n;
	int64		i;

	mst_bigint_view(v, &x);
	if (x.nlimbs == 0)
	{
		appendStringInfoChar(out, '0');
		return true;
	}
	room = (int64) (mst_bigint_bits(v) / log2(base)) + 3;
	if (!mst_expr_charge(cxt, room + (int64) x.nlimbs * (int64) sizeof(mp_limb_t)))
		return false;
	limbs = palloc((x.nlimbs + 1) * sizeof(mp_limb_t)); /* mpn_get_str destroys
														 * them */
	mpn_copyi(limbs, x.limbs, x.nlimbs);
	digits = palloc(room);
	n = (int64) mpn_get_str(digits, base, limbs, x.nlimbs);
	if (x.is_negative)
		appendStringInfoChar(out, '-');
	for (i = 0; i < n && digits[i] == 0; i++)
		;
	for (; i < n; i++)
		appendStringInfoChar(out, symbols[digits[i]]);
	pfree(digits);
	pfree(limbs);
	return true;
}
