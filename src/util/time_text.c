/*-------------------------------------------------------------------------
 *
 * time_text.c
 *	  Times as the Mistral API writes them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <time.h>

#include "utils/timestamp.h"

#include "util/time_text.h"

/* Returns the time as "YYYY-MM-DD HH:MM:SS" in UTC, palloc'd. */
char *
mst_time_text(TimestampTz time)
{
	pg_time_t	seconds = timestamptz_to_time_t (time);
	struct pg_tm *tm = pg_gmtime(&seconds);

	return psprintf("%04d-%02d-%02d %02d:%02d:%02d",
					tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday,
					tm->tm_hour, tm->tm_min, tm->tm_sec);
}
