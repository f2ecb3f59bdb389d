/*-------------------------------------------------------------------------
 *
 * number.h
 *	  Numbers: arithmetic, conversions, digits.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_NUMBER_H
#define MISTRAL_VALUE_NUMBER_H

#include "value/value.h"

typedef enum ExprArith
{
	EXPR_ADD,
	EXPR_SUB,
	EXPR_MUL,
	EXPR_TRUE_DIV,				/* Python's /, always float */
	EXPR_FLOOR_DIV,				/* // */
	EXPR_MOD,
	EXPR_POW,
	EXPR_AND,					/* integers only from here */
	EXPR_OR,
	EXPR_XOR,
	EXPR_LSHIFT,
	EXPR_RSHIFT
} ExprArith;

/*
 * Arithmetic on two numbers (booleans count as integers), Python's rules and
 * messages for division by zero, overflow, negative shifts.  The caller has
 * checked the kinds.  The result of bit operations on two booleans is boolean.
 */
extern bool mst_number_arith(EvalContext *cxt, ExprArith op, const ExprValue *a, const ExprValue *b, ExprValue *result);

/* pow(a, b, c) on integers. */
extern bool mst_number_pow_mod(EvalContext *cxt, const ExprValue *a, const ExprValue *b, const ExprValue *c, ExprValue *result);

extern bool mst_number_negate(EvalContext *cxt, const ExprValue *a, ExprValue *result);
extern bool mst_number_abs(EvalContext *cxt, const ExprValue *a, ExprValue *result);
extern bool mst_number_invert(EvalContext *cxt, const ExprValue *a, ExprValue *result);	/* ~a */

/* round(a, ndigits): half to even on the exact value, keeps the kind. */
extern bool mst_number_round(EvalContext *cxt, const ExprValue *a, int64 ndigits, ExprValue *result);

/* To a double; OverflowError "int too large to convert to float". */
extern bool mst_number_to_float(EvalContext *cxt, const ExprValue *a, double *result);

/* Truncates to an integer; ValueError / OverflowError for NaN and infinity. */
extern bool mst_number_to_int(EvalContext *cxt, const ExprValue *a, ExprValue *result);
extern bool mst_number_floor(EvalContext *cxt, const ExprValue *a, ExprValue *result);
extern bool mst_number_ceil(EvalContext *cxt, const ExprValue *a, ExprValue *result);

/*
 * Python's int(text, base) and float(text): surrounding whitespace, sign, any
 * decimal digits, "_" between digits; base 0 or 2..36 with prefixes for that
 * base.  Answer false when the text is no number, without setting an error.
 */
extern bool mst_number_parse_int(EvalContext *cxt, const char *s, int len, int base, ExprValue *result);
extern bool mst_number_parse_float(const char *s, int len, double *result);

/* A run of ASCII digits in the given base (2..36), any length. */
extern bool mst_number_from_digits(EvalContext *cxt, const char *s, int len, int base, ExprValue *result);

/* Digits of an integer in a base, with '-' when negative and no prefix. */
extern bool mst_number_append_int(EvalContext *cxt, StringInfo out, const ExprValue *v, int base);

/* Shortest digits that read back equal, Python's repr(float). */
extern void mst_number_append_float(StringInfo out, double f);

#endif							/* MISTRAL_VALUE_NUMBER_H */
