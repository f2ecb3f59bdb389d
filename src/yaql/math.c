/*-------------------------------------------------------------------------
 *
 * math.c
 *	  Functions on numbers.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>
#include <sys/time.h>
#include <unistd.h>

#include "value/make.h"
#include "value/number.h"
#include "value/range.h"
#include "yaql/builtin_tables.h"
#include "yaql/operators.h"

static bool
fn_sign(YaqlCall *call, ExprValue *result)
{
	*result = mst_value_int(mst_number_sign(&call->args[0]));
	return true;
}

static bool
fn_round(YaqlCall *call, ExprValue *result)
{
	return mst_number_round(call->cxt, &call->args[0],
							mst_number_clip(&call->args[1]), result);
}

/* pow(a, b), and pow(a, b, c) modulo c on integers */
static bool
fn_pow(YaqlCall *call, ExprValue *result)
{
	const ExprValue *args = call->args;

	if (args[2].kind == EXPR_NULL)
		return mst_number_arith(call->cxt, EXPR_POW, &args[0], &args[1], result);
	for (int i = 0; i < 3; i++)
	{
		if (!mst_value_is_integral(&args[i]))
			return mst_expr_fail(call->cxt, "TypeError",
								 "pow() 3rd argument not allowed unless all arguments are integers");
	}
	return mst_number_pow_mod(call->cxt, &args[0], &args[1], &args[2], result);
}

/* Answers b > a, by YAQL's operator. */
static bool
second_is_larger(YaqlCall *call, bool *answer)
{
	return mst_yaql_compare(call->cxt, YAQL_TOK_GT, &call->args[1], &call->args[0], answer);
}

/* the first of equal values */
static bool
fn_max(YaqlCall *call, ExprValue *result)
{
	bool		is_larger;

	if (!second_is_larger(call, &is_larger))
		return false;
	*result = call->args[is_larger ? 1 : 0];
	return true;
}

/* the second of equal values */
static bool
fn_min(YaqlCall *call, ExprValue *result)
{
	bool		is_larger;

	if (!second_is_larger(call, &is_larger))
		return false;
	*result = call->args[is_larger ? 0 : 1];
	return true;
}

/* ---- random numbers ---- */

/* Returns the next 64 random bits (splitmix64); not for secrets. */
static uint64
random_bits(void)
{
	static uint64 state = 0;
	uint64		bits;

	if (state == 0)
	{
		struct timeval now;

		gettimeofday(&now, NULL);
		state = ((uint64) now.tv_sec << 20) ^ (uint64) now.tv_usec ^
			((uint64) getpid() << 40);
	}
	state += UINT64CONST(0x9E3779B97F4A7C15);
	bits = state;
	bits = (bits ^ (bits >> 30)) * UINT64CONST(0xBF58476D1CE4E5B9);
	bits = (bits ^ (bits >> 27)) * UINT64CONST(0x94D049BB133111EB);
	return bits ^ (bits >> 31);
}

static bool
fn_random(YaqlCall *call, ExprValue *result)
{
	*result = mst_value_float(ldexp((double) (random_bits() >> 11), -53));
	return true;
}

/* random(from, to): an integer, both ends included */
static bool
fn_random_between(YaqlCall *call, ExprValue *result)
{
	int64		from = mst_number_clip(&call->args[0]);
	int64		to = mst_number_clip(&call->args[1]);
	uint64		range;

	if (from > to)
		return mst_expr_fail(call->cxt, "ValueError", "empty range for randrange() ("
							 INT64_FORMAT ", " INT64_FORMAT "+1, "
							 INT64_FORMAT "-" INT64_FORMAT "+1)", from, to, to, from);
	range = (uint64) to - (uint64) from + 1;
	*result = mst_value_int((int64) ((uint64) from +
									 (range == 0 ? random_bits() : random_bits() % range)));
	return true;
}

const YaqlBuiltin mst_yaql_math_functions[] =
{
	{"abs", YAQL_FUNCTION, "op:number", .plain = {.makes = mst_number_abs}},
	{"bitwiseAnd", YAQL_FUNCTION, "left:int right:int", .plain = {.arith = EXPR_AND}},
	{"bitwiseNot", YAQL_FUNCTION, "arg:int", .plain = {.makes = mst_number_invert}},
	{"bitwiseOr", YAQL_FUNCTION, "left:int right:int", .plain = {.arith = EXPR_OR}},
	{"bitwiseXor", YAQL_FUNCTION, "left:int right:int", .plain = {.arith = EXPR_XOR}},
	{"max", YAQL_FUNCTION, "a:any? b:any?", fn_max},
	{"min", YAQL_FUNCTION, "a:any? b:any?", fn_min},
	{"pow", YAQL_FUNCTION, "a:number b:number c:number?=null", fn_pow},
	{"random", YAQL_FUNCTION, "", fn_random},
	{"random", YAQL_FUNCTION, "from:int to:int", fn_random_between},
	{"round", YAQL_FUNCTION, "number:number ndigits:int=0", fn_round},
	{"shiftBitsLeft", YAQL_FUNCTION, "value:int bitsNumber:int", .plain = {.arith = EXPR_LSHIFT}},
	{"shiftBitsRight", YAQL_FUNCTION, "value:int bitsNumber:int", .plain = {.arith = EXPR_RSHIFT}},
	{"sign", YAQL_FUNCTION, "num:number", fn_sign},
	{NULL}
};
