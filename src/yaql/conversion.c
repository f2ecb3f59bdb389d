/*-------------------------------------------------------------------------
 *
 * conversion.c
 *	  Conversions between types, and questions about them.
 *
 * str() spells null, true and false as YAQL does and not as Python;
 * everything else is Python's str(). int() and float() take what Python's
 * take, and null is 0.  The is...() functions answer by kind: a boolean is
 * no integer for isInteger(), though it computes as one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/make.h"
#include "value/number.h"
#include "value/text.h"
#include "yaql/builtin_tables.h"
#include "yaql/sequences.h"
#include "yaql/strings.h"

/*
 * Makes the text in a buffer a value.  A short one is copied, so as not to
 * keep the kilobyte that the buffer started with.
 */
ExprValue
mst_yaql_text_value(StringInfo buf)
{
	ExprValue	value;

	if (buf->maxlen - buf->len < buf->len)
		return mst_value_string_from(buf);
	value = mst_value_string_copy(buf->data, buf->len);
	pfree(buf->data);
	return value;
}

/*
 * Appends YAQL's str(): null, true and false in its own spelling, everything
 * else in the text form of the value.
 */
bool
mst_yaql_append_str(EvalContext *cxt, StringInfo out, const ExprValue *v)
{
	if (v->kind == EXPR_NULL)
		appendStringInfoString(out, "null");
	else if (v->kind == EXPR_BOOL)
		appendStringInfoString(out, v->u.boolean ? "true" : "false");
	else
		return mst_value_append_text(cxt, out, v, 0);
	return true;
}

static bool
fn_str(YaqlCall *call, ExprValue *result)
{
	StringInfoData out;

	*result = call->args[0];
	if (result->kind == EXPR_STRING)
		return true;
	mst_text_init(&out);
	if (!mst_yaql_append_str(call->cxt, &out, &call->args[0]))
		return false;
	*result = mst_yaql_text_value(&out);
	return true;
}

static bool
fn_int(YaqlCall *call, ExprValue *result)
{
	const ExprValue *v = &call->args[0];

	switch ((ExprKind) v->kind)
	{
		case EXPR_NULL:
			*result = mst_value_int(0);
			return true;
		case EXPR_BOOL:
			*result = mst_value_int(v->u.boolean);
			return true;
		case EXPR_INT:
		case EXPR_BIGINT:
		case EXPR_FLOAT:
			return mst_number_to_int(call->cxt, v, result);
		case EXPR_STRING:
			if (mst_number_parse_int(call->cxt, v->u.string, v->len, 10, result))
				return true;
			return mst_expr_fail(call->cxt, "ValueError",
								 "%s is not an integer",
								 mst_value_brief(call->cxt, v));
		default:
			return mst_expr_fail(call->cxt, "TypeError",
								 "int() takes a string or a number, not %s",
								 mst_value_what(v));
	}
}

static bool
fn_float(YaqlCall *call, ExprValue *result)
{
	const ExprValue *v = &call->args[0];
	double		real = 0;

	switch ((ExprKind) v->kind)
	{
		case EXPR_NULL:
			break;
		case EXPR_BOOL:
		case EXPR_INT:
		case EXPR_BIGINT:
		case EXPR_FLOAT:
			if (!mst_number_to_float(call->cxt, v, &real))
				return false;
			break;
		case EXPR_STRING:
			if (!mst_number_parse_float(v->u.string, v->len, &real))
				return mst_expr_fail(call->cxt, "ValueError",
									 "%s is not a number",
									 mst_value_brief(call->cxt, v));
			break;
		default:
			return mst_expr_fail(call->cxt, "TypeError",
								 "float() takes a string or a number, not %s",
								 mst_value_what(v));
	}
	*result = mst_value_float(real);
	return true;
}

const YaqlBuiltin mst_yaql_conversion_functions[] =
{
	{"bool", YAQL_FUNCTION, "value:any?", .plain = {.answers = mst_value_is_true}},
	{"float", YAQL_FUNCTION, "value:any?", fn_float},
	{"int", YAQL_FUNCTION, "value:any?", fn_int},
	{"isBoolean", YAQL_FUNCTION, "value:any?", .plain = {.kinds = EXPR_KIND_BIT(EXPR_BOOL)}},
	{"isDatetime", YAQL_FUNCTION, "value:any?", .plain = {.kinds = EXPR_KIND_BIT(EXPR_DATETIME)}},
	{"isDict", YAQL_FUNCTION, "value:any?", .plain = {.kinds = EXPR_KIND_BIT(EXPR_DICT)}},
	{"isInteger", YAQL_FUNCTION, "value:any?", .plain = {.kinds = EXPR_KIND_BIT(EXPR_INT) | EXPR_KIND_BIT(EXPR_BIGINT)}},
	{"isIterable", YAQL_FUNCTION, "value:any?", .plain = {.answers = mst_value_is_collection}},
	{"isList", YAQL_FUNCTION, "value:any?", .plain = {.kinds = EXPR_KIND_BIT(EXPR_LIST)}},
	{"isNumber", YAQL_FUNCTION, "value:any?", .plain = {.answers = mst_value_is_number}},
	{"isRegex", YAQL_FUNCTION, "value:any?", .plain = {.kinds = EXPR_KIND_BIT(EXPR_REGEX)}},
	{"isSet", YAQL_FUNCTION, "value:any?", .plain = {.answers = mst_yaql_is_set_like}},
	{"isString", YAQL_FUNCTION, "value:any?", .plain = {.kinds = EXPR_KIND_BIT(EXPR_STRING)}},
	{"isTimespan", YAQL_FUNCTION, "value:any?", .plain = {.kinds = EXPR_KIND_BIT(EXPR_TIMESPAN)}},
	{"str", YAQL_FUNCTION, "value:any?", fn_str},
	{NULL}
};
