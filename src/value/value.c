/*-------------------------------------------------------------------------
 *
 * value.c
 *	  What needs no other file of this room: making values and their kinds.
 *
 * A value is a tagged struct that is copied; what it points to lives in the
 * evaluation's memory context and is never freed one by one.  Names of
 * types are Python's, since messages and tests of users show them.  "is" is
 * answered as CPython does for what workflows can see: equal small scalars
 * are the same object, other values are when their pointers are.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/bigint.h"
#include "value/iteration.h"
#include "value/make.h"
#include "value/value_impl.h"

/* what a text starts with */
#define FIRST_TEXT_SIZE		48

/* ---- making values ---- */

/* Copies the text. */
ExprValue
mst_value_string_copy(const char *s, int len)
{
	char	   *copy = palloc(len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return mst_value_string(copy, len);
}

/*
 * Starts a text: like initStringInfo(), which takes a kilobyte at once, too
 * much for each of a million short texts.
 */
void
mst_text_init(StringInfo buf)
{
	buf->maxlen = FIRST_TEXT_SIZE;
	buf->data = palloc(FIRST_TEXT_SIZE);
	buf->data[0] = '\0';
	buf->len = 0;
	buf->cursor = 0;
}

/* Takes the StringInfo's buffer. */
ExprValue
mst_value_string_from(StringInfo buf)
{
	return mst_value_string(buf->data, buf->len);
}

/* Returns a lazy list [start, start + step, ...) of Jinja; step is not 0. */
ExprValue
mst_value_range(int64 start, int64 stop, int64 step)
{
	ExprValue	v = {EXPR_RANGE};

	v.u.range = palloc(sizeof(ExprRange));
	v.u.range->start = start;
	v.u.range->stop = stop;
	v.u.range->step = step;
	return v;
}

/* Jinja's undefined value; message as in ExprUndefined. */
ExprValue
mst_value_undefined(const char *name, const char *message, bool lenient)
{
	ExprValue	v = {EXPR_UNDEFINED};

	v.u.undefined = palloc(sizeof(ExprUndefined));
	v.u.undefined->name = name;
	v.u.undefined->message = message;
	v.u.undefined->cause = NULL;
	v.u.undefined->lenient = lenient;
	return v;
}

/* ---- kinds ---- */

/*
 * Python's name of the type: "int", "str", "NoneType", "tuple", "dict_keys",
 * ...
 */
const char *
mst_value_type_name(const ExprValue *v)
{
	static const char *const view_names[] = {"dict_keys", "dict_values", "dict_items"};
	static const char *const frozen_view_names[] = {"KeysView", "ValuesView", "ItemsView"};

	switch ((ExprKind) v->kind)
	{
		case EXPR_NULL:
			return "NoneType";
		case EXPR_BOOL:
			return "bool";
		case EXPR_INT:
		case EXPR_BIGINT:
			return "int";
		case EXPR_FLOAT:
			return "float";
		case EXPR_STRING:
			return (v->flags & EXPR_MARKUP) ? "Markup" : "str";
		case EXPR_LIST:
			return mst_value_is_frozen(v) ? "tuple" : "list";
		case EXPR_DICT:
			return "dict";
		case EXPR_SET:
			return mst_value_is_frozen(v) ? "frozenset" : "set";
		case EXPR_ITERATOR:
			return v->u.iterator->ops->type_name;
		case EXPR_VIEW:
			return mst_value_is_frozen(v) ? frozen_view_names[v->len] : view_names[v->len];
		case EXPR_RANGE:
			return "range";
		case EXPR_DATETIME:
			return "datetime.datetime";
		case EXPR_TIMESPAN:
			return "datetime.timedelta";
		case EXPR_REGEX:
			return "re.Pattern";
		case EXPR_OBJECT:
			return v->u.object->ops->type_name;
		case EXPR_UNDEFINED:
			return "Undefined";
		case EXPR_NO_VALUE:
			return "NoValue";
	}

	elog(ERROR, "unrecognized value kind: %d", (int) v->kind);
	return NULL;
}

/* Returns the kind with an article, for messages: "null", "a string", ... */
const char *
mst_value_what(const ExprValue *v)
{
	switch ((ExprKind) v->kind)
	{
		case EXPR_NULL:
			return "null";
		case EXPR_BOOL:
			return "a boolean";
		case EXPR_INT:
		case EXPR_BIGINT:
			return "an integer";
		case EXPR_FLOAT:
			return "a number";
		case EXPR_STRING:
			return "a string";
		case EXPR_LIST:
		case EXPR_ITERATOR:
		case EXPR_VIEW:
		case EXPR_RANGE:
			return "a list";
		case EXPR_DICT:
			return "a dictionary";
		case EXPR_SET:
			return "a set";
		case EXPR_DATETIME:
			return "a time";
		case EXPR_TIMESPAN:
			return "a time span";
		case EXPR_REGEX:
			return "a regular expression";
		case EXPR_OBJECT:
			return "an object";
		case EXPR_UNDEFINED:
		case EXPR_NO_VALUE:
			return "undefined";
	}

	elog(ERROR, "unrecognized value kind: %d", (int) v->kind);
	return NULL;
}

/*
 * Answers Python's "is", for Jinja's sameas: same object, or same small
 * scalar.
 */
bool
mst_value_is_same(const ExprValue *a, const ExprValue *b)
{
	if (a->kind != b->kind)
		return false;
	switch ((ExprKind) a->kind)
	{
		case EXPR_NULL:
		case EXPR_NO_VALUE:
			return true;
		case EXPR_BOOL:
			return a->u.boolean == b->u.boolean;
		case EXPR_INT:
			return a->u.integer == b->u.integer && a->u.integer >= -5 && a->u.integer <= 256;
		case EXPR_FLOAT:
			return false;
		case EXPR_STRING:
			return a->u.string == b->u.string && a->len == b->len;
		case EXPR_TIMESPAN:
			return a->len == b->len && a->u.integer == b->u.integer;
		default:
			/* every other kind is a pointer */
			return a->u.list == b->u.list && a->len == b->len;
	}
}


/* ---- members of external containers ---- */

/*
 * Gives what an external container has handed out the flags that its members
 * have.
 */
bool
mst_value_adopt(EvalContext *cxt, const ExprExternalOps *ops, uint8 child_flags, ExprValue *value)
{
	if ((child_flags & EXPR_FROZEN) == 0 || (value->kind != EXPR_LIST && value->kind != EXPR_DICT))
		return true;
	if (ops->freeze != NULL)
		return ops->freeze(cxt, value, value);
	value->flags |= EXPR_FROZEN;
	if (value->kind == EXPR_LIST)
		value->u.list->child_flags |= EXPR_FROZEN;
	else
		value->u.dict->child_flags |= EXPR_FROZEN;
	return true;
}
