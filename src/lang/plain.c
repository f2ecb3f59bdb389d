/*-------------------------------------------------------------------------
 *
 * plain.c
 *	  Builtins that are one call of a function on values.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lang/plain.h"
#include "lang/signature.h"
#include "value/make.h"
#include "value/number.h"

static bool
give_answer(bool yes, ExprValue *result)
{
	*result = mst_value_bool(yes);
	return true;
}

/*
 * Does what a row says with the arguments, of which there are as many as it
 * needs and of the kinds that the row's parameters admit.  Fails where the
 * function on values does.
 */
bool
mst_plain_apply(EvalContext *cxt, const ExprPlain *plain, const ExprValue *args, ExprValue *result)
{
	if (plain->kinds != 0)
		return give_answer((plain->kinds & EXPR_KIND_BIT(args[0].kind)) != 0, result);
	if (plain->answers != NULL)
		return give_answer(plain->answers(&args[0]), result);
	if (plain->answers_two != NULL)
		return give_answer(plain->answers_two(&args[0], &args[1]), result);
	if (plain->makes != NULL)
		return plain->makes(cxt, &args[0], result);
	if (plain->makes_two != NULL)
		return plain->makes_two(cxt, &args[0], &args[1], result);

	/* those before it in ExprArith take more than integers */
	Assert(plain->arith >= EXPR_AND);
	return mst_number_arith(cxt, (ExprArith) plain->arith, &args[0], &args[1], result);
}
