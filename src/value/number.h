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

extern bool mst_number_arith(EvalContext *cxt, ExprArith op, const ExprValue *a, const ExprValue *b, ExprValue *result);
extern bool mst_number_pow_mod(EvalContext *cxt, const ExprValue *a, const ExprValue *b, const ExprValue *c, ExprValue *result);
extern bool mst_number_negate(EvalContext *cxt, const ExprValue *a, ExprValue *result);
extern bool mst_number_abs(EvalContext *cxt, const ExprValue *a, ExprValue *result);
extern bool mst_number_invert(EvalContext *cxt, const ExprValue *a, ExprValue *result);
extern bool mst_number_round(EvalContext *cxt, const ExprValue *a, int64 ndigits, ExprValue *result);
extern bool mst_number_to_float(EvalContext *cxt, const ExprValue *a, double *result);
extern bool mst_number_to_int(EvalContext *cxt, const ExprValue *a, ExprValue *result);
extern bool mst_number_floor(EvalContext *cxt, const ExprValue *a, ExprValue *result);
extern bool mst_number_ceil(EvalContext *cxt, const ExprValue *a, ExprValue *result);
extern bool mst_number_parse_int(EvalContext *cxt, const char *s, int len, int base, ExprValue *result);
extern bool mst_number_parse_float(const char *s, int len, double *result);
extern bool mst_number_from_digits(EvalContext *cxt, const char *s, int len, int base, ExprValue *result);
extern bool mst_number_append_int(EvalContext *cxt, StringInfo out, const ExprValue *v, int base);
extern void mst_number_append_float(StringInfo out, double f);

#endif							/* MISTRAL_VALUE_NUMBER_H */
