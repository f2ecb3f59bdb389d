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

/* Formats the text of an error, palloc'd, cut at a whole character. */
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

/*
 * Makes an error, palloc'd, that has no place in a text yet: who knows it sets
 * the offset.
 */
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

/* Makes an error in the current memory context; message is formatted. */
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

/*
 * Raises an error: sets cxt->error (the first error stays) and returns false.
 * cause is a constant string, the name of the reference's exception class.
 */
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

/* Raises an error as mst_expr_fail() does, at a code point of the expression's text. */
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

/*
 * Returns a hint for the author of an undefined name or member; NULL if
 * there is none to give.
 */
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

/* Raises the error of an undefined value that is used. */
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

/*
 * Like mst_expr_fail(), for a limit of the settings: class EXPR_ERROR_LIMIT,
 * not to be caught.
 */
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

/*
 * Forgets the error, so that the language can go on; returns the error, or
 * NULL (and keeps it) when it is a limit, which nothing may catch.
 */
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

/*
 * Fails when the evaluation has taken more memory than it may, or would with
 * so much more. The memory context knows; nothing is counted by hand.
 */
static bool
check_memory(EvalContext *cxt, int64 more)
{
	int64		used = (int64) MemoryContextMemAllocated(cxt->mcxt, true);

	if (more > cxt->limits.max_bytes || used > cxt->limits.max_bytes - more)
		return mst_expr_fail_limit(cxt, "MemoryQuotaExceededException",
								   "Expression consumed too much memory");
	return true;
}

/* Out-of-line half of mst_expr_step(): memory, step limit, interrupts. */
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

/*
 * Fails unless `bytes` more bytes may be allocated; call before allocating
 * what a user can make big.
 */
bool
mst_expr_charge(EvalContext *cxt, int64 bytes)
{
	if (likely(bytes <= SMALL_ALLOCATION))
		return true;
	CHECK_FOR_INTERRUPTS();
	return check_memory(cxt, bytes);
}

/* Fails when one collection would get more than limits.max_items items. */
bool
mst_expr_check_items(EvalContext *cxt, int64 nitems)
{
	if (likely(nitems <= cxt->limits.max_items))
		return true;
	return mst_expr_fail_limit(cxt, "CollectionTooLargeException",
							   "Collection length exceeds " INT64_FORMAT " elements",
							   cxt->limits.max_items);
}

/* Out-of-line half of mst_expr_enter(). */
bool
mst_expr_fail_depth(EvalContext *cxt)
{
	cxt->depth--;
	return mst_expr_fail_limit(cxt, "RecursionError", "maximum recursion depth exceeded");
}
