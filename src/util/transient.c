/*-------------------------------------------------------------------------
 *
 * transient.c
 *	  Errors of the moment: what failed may succeed when it is tried again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "util/errors.h"
#include "util/transient.h"

#define FIRST_RETRY_MS 100

/* Returns whether the server reported the error in these words. */
static bool
message_says(const ErrorData *error, const char *message)
{
	return error->message_id != NULL && strcmp(error->message_id, message) == 0;
}

/*
 * Returns whether the error is one of the moment: a conflict with other
 * transactions, a lock that was not to be had in time, a lack of disk, memory
 * or connections, a server (perhaps one reached through a foreign table) that
 * is shutting down or away, something attached to our tables that
 * an administrator will remove.
 *
 * A statement that says NOWAIT wants its error, and what exceeds a limit of
 * the configuration will do so again.
 */
bool
mst_error_is_transient(const ErrorData *error)
{
	switch (error->sqlerrcode)
	{
		case ERRCODE_LOCK_NOT_AVAILABLE:
			return message_says(error, "canceling statement due to lock timeout");
		case ERRCODE_IO_ERROR:
		case ERRCODE_MISTRAL_ALTERED_TABLE:
			return true;
		case ERRCODE_CONFIGURATION_LIMIT_EXCEEDED:
		case ERRCODE_QUERY_CANCELED:
		case ERRCODE_T_R_INTEGRITY_CONSTRAINT_VIOLATION:
			return false;
		default:
			break;
	}
	switch (ERRCODE_TO_CATEGORY(error->sqlerrcode))
	{
		case ERRCODE_CONNECTION_EXCEPTION:
		case ERRCODE_TRANSACTION_ROLLBACK:
		case ERRCODE_INSUFFICIENT_RESOURCES:
		case ERRCODE_OPERATOR_INTERVENTION:
			return true;
		default:
			return false;
	}
}

/*
 * Returns whether somebody wants the running statement to end: the server
 * cancels it, by request or by statement_timeout.  A function that raises the
 * same code on its own account does not count.
 */
bool
mst_error_is_cancel(const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_QUERY_CANCELED &&
		error->message_id != NULL &&
		strncmp(error->message_id, "canceling ", strlen("canceling ")) == 0;
}

/*
 * Returns the milliseconds to wait before the next attempt.  The delay
 * doubles from one attempt to the next, up to "max_ms".
 */
long
mst_retry_delay_ms(int attempts, long max_ms)
{
	long		delay = FIRST_RETRY_MS;

	while (attempts-- > 1 && delay < max_ms)
		delay *= 2;
	return Min(delay, max_ms);
}
