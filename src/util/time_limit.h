/*-------------------------------------------------------------------------
 *
 * time_limit.h
 *	  Limits of time on what is run for somebody else.
 *
 * When a limit is over, the query is cancelled (SQLSTATE 57014), and again
 * each time that somebody catches that and goes on.  Limits nest:
 *
 *		mst_time_limit_begin(&limit, ms);
 *		PG_TRY();
 *			...
 *			mst_time_limit_end(&limit);
 *		PG_CATCH();
 *			mst_time_limit_end(&limit);		-- before anything is rolled back
 *			if (limit.is_over) ...			-- the limit's doing, or late
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_UTIL_TIME_LIMIT_H
#define MISTRAL_UTIL_TIME_LIMIT_H

#include "datatype/timestamp.h"

/* In the caller's memory; must stay there until the limit is ended. */
typedef struct TimeLimit
{
	TimestampTz end;
	volatile bool is_over;
	struct TimeLimit *outer;
} TimeLimit;

extern void mst_time_limit_begin(TimeLimit *limit, int ms);
extern void mst_time_limit_end(TimeLimit *limit);
extern bool mst_time_limit_is_over(void);

#endif							/* MISTRAL_UTIL_TIME_LIMIT_H */
