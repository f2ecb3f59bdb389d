/*-------------------------------------------------------------------------
 *
 * value.c
 *	  Errors, limits and the kinds of values.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "value/value_impl.h"

/* what mst_expr_charge() lets pass without looking; steps look as well */
#define SMALL_ALLOCATION	8192

/* what a text starts with */
#define FIRST_TEXT_SIZE		48

/* an error text never has to be longer */
#define MAX_MESSAGE_LENGTH	2000

/* ---- errors ---- */

static char *format_message(const char *fmt, va_list args) pg_attribute_printf(1, 0);

static char *
format_message(const char *fmt, va_list args)
{
	char		buf[MAX_MESSAGE_LENGTH];
	int			len;

	vsnprintf(buf, sizeof(buf), fmt, args);

	/* do not leave half a character at the cut */
	len = (int) strlen(buf);
	if (len == sizeof(buf) - 1)
	{
		while (len > 0 && ((unsigned char) buf[len - 1] & 0xC0) == 0x80)
			len--;
		if (len > 0 && ((unsigned char) buf[len - 1] & 0x80))
			len--;
		buf[len] = '\0';
	}
	return pstrdup(buf);
}

static ExprError *
make_error(ExprErrorClass class, const char *cause, char *message)
{
	ExprError  *error = palloc0(sizeof(ExprError));

	error->class = class;
	error->cause = cause;
	error->message = message;
	error->offset = -1;
	return error;
}

ExprError *
mst_expr_error(ExprErrorClass class, const char *cause, const char *fmt,...)
{
	va_list		args;
	char	   *message;

	va_start(args, fmt);
	message = format_message(fmt, args);
	va_end(args);
	return make_error(class, cause, message);
}

bool
mst_expr_fail(EvalContext *cxt, const char *cause, const char *fmt,...)
{
	va_list		args;

	if (cxt->error != NULL)
		return false;
	va_start(args, fmt);
	cxt->error = make_error(cxt->error_class, cause, format_message(fmt, args));
	va_end(args);
	return false;
}

bool
mst_expr_fail_at(EvalContext *cxt, int offset, const char *cause, const char *fmt,...)
{
	va_list		args;

	if (cxt->error != NULL)
		return false;
	va_start(args, fmt);
	cxt->error = make_error(cxt->error_class, cause, format_message(fmt, args));
	va_end(args);
	cxt->error->offset = offset;
	return false;
}

/* What the author of an undefined name or member may do about it, or NULL. */
static const char *
undefined_hint(const ExprUndefined *undefined)
{
	if (undefined->name == NULL || undefined->message == NULL || undefined->cause != NULL)
		return NULL;
	if (strncmp(undefined->message, "'None' has", 10) == 0)
		return psprintf("What stands before \"%s\" is null.", undefined->name);
	return psprintf("\"%s\" does not exist there; the filter \"default\" gives another value instead.",
					undefined->name);
}

bool
mst_expr_fail_undefined(EvalContext *cxt, const ExprValue *v)
{
	const ExprUndefined *undefined = v->u.undefined;

	if (cxt->error != NULL)
		return false;
	mst_expr_fail(cxt, undefined->cause != NULL ? undefined->cause : "UndefinedError",
				  "%s", undefined->message != NULL ? undefined->message : "value is undefined");
	cxt->error->hint = undefined_hint(undefined);
	return false;
}

bool
mst_expr_fail_limit(EvalContext *cxt, const char *cause, const char *fmt,...)
{
	va_list		args;

	if (cxt->error != NULL)
		return false;
	va_start(args, fmt);
	cxt->error = make_error(EXPR_ERROR_LIMIT, cause, format_message(fmt, args));
	va_end(args);
	return false;
}

ExprError *
mst_expr_catch(EvalContext *cxt)
{
	ExprError  *error = cxt->error;

	if (error == NULL || error->class == EXPR_ERROR_LIMIT)
		return NULL;
	cxt->error = NULL;
	return error;
}

/* ---- limits ---- */

static bool
check_memory(EvalContext *cxt, int64 more)
{
	int64		used = (int64) MemoryContextMemAllocated(cxt->mcxt, true);

	if (more > cxt->limits.max_bytes || used > cxt->limits.max_bytes - more)
		return mst_expr_fail_limit(cxt, "MemoryQuotaExceededException",
								   "Expression consumed too much memory");
	return true;
}

bool
mst_expr_step_slow(EvalContext *cxt)
{
	CHECK_FOR_INTERRUPTS();
	if (cxt->steps_left <= 0)
		return mst_expr_fail_limit(cxt, "StepLimitExceededException",
								   "Expression took more than " INT64_FORMAT " steps",
								   cxt->limits.max_steps);
	return check_memory(cxt, 0);
}

bool
mst_expr_charge(EvalContext *cxt, int64 bytes)
{
	if (likely(bytes <= SMALL_ALLOCATION))
		return true;
	CHECK_FOR_INTERRUPTS();
	return check_memory(cxt, bytes);
}

bool
mst_expr_check_items(EvalContext *cxt, int64 nitems)
{
	if (likely(nitems <= cxt->limits.max_items))
		return true;
	return mst_expr_fail_limit(cxt, "CollectionTooLargeException",
							   "Collection length exceeds " INT64_FORMAT " elements",
							   cxt->limits.max_items);
}

bool
mst_expr_fail_depth(EvalContext *cxt)
{
	cxt->depth--;
	return mst_expr_fail_limit(cxt, "RecursionError", "maximum recursion depth exceeded");
}

/* ---- making values ---- */

ExprValue
mst_value_string_copy(const char *s, int len)
{
	char	   *copy = palloc(len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return mst_value_string(copy, len);
}

void
mst_text_init(StringInfo buf)
{
	buf->maxlen = FIRST_TEXT_SIZE;
	buf->data = palloc(FIRST_TEXT_SIZE);
	buf->data[0] = '\0';
	buf->len = 0;
	buf->cursor = 0;
}

ExprValue
mst_value_string_from(StringInfo buf)
{
	return mst_value_string(buf->data, buf->len);
}

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

bool
mst_value_is_true(const ExprValue *v)
{
	switch ((ExprKind) v->kind)
	{
		case EXPR_NULL:
		case EXPR_UNDEFINED:
		case EXPR_NO_VALUE:
			return false;
		case EXPR_BOOL:
			return v->u.boolean;
		case EXPR_INT:
			return v->u.integer != 0;
		case EXPR_FLOAT:
			return v->u.real != 0.0;
		case EXPR_STRING:
			return v->len > 0;
		case EXPR_LIST:
			return mst_list_length(v->u.list) > 0;
		case EXPR_DICT:
		case EXPR_SET:
		case EXPR_VIEW:
			return mst_dict_length(v->u.dict) > 0;
		case EXPR_RANGE:
			return mst_range_length(v->u.range) > 0;
		case EXPR_TIMESPAN:
			return v->len != 0 || v->u.integer != 0;
		case EXPR_BIGINT:
		case EXPR_ITERATOR:
		case EXPR_DATETIME:
		case EXPR_REGEX:
		case EXPR_OBJECT:
			return true;
	}

	elog(ERROR, "unrecognized value kind: %d", (int) v->kind);
	return false;
}

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
