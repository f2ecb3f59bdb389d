/*-------------------------------------------------------------------------
 *
 * evaluation.c
 *	  Errors and limits of an evaluation.
 *
 * An error is a value that is kept in the EvalContext, and false travels up.
 * The first error stays: what fails on the way up because something has
 * failed before does not hide the cause.  Limits are errors of a class of
 * their own that no expression can catch.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "value/evaluation.h"

/* what mst_expr_charge() lets pass without looking; steps look as well */
#define SMALL_ALLOCATION	8192

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

/*
 * Takes over an error that somebody else has made, such as the owner of an
 * external container; returns false.
 */
bool
mst_expr_take_error(EvalContext *cxt, ExprError *error)
{
	if (cxt->error == NULL)
		cxt->error = error;
	return false;
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
