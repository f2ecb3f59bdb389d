/*-------------------------------------------------------------------------
 *
 * status.h
 *	  How the executor stands, for the log.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_STATUS_H
#define EXECUTOR_STATUS_H

/* What has happened since the start. */
typedef struct Counters
{
	long		claimed;
	long		reported;		/* results that the database has taken */
	long		refused;		/* results that it has not */
	long		exchanges;		/* answered */
	long		released;		/* actions given back */
} Counters;

extern Counters counters;

extern void status_log(int connections, const char *state);

#endif							/* EXECUTOR_STATUS_H */
