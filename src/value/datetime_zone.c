/*-------------------------------------------------------------------------
 *
 * datetime_zone.c
 *	  The time zone of the session.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "pgtime.h"
#include "utils/timestamp.h"

#include "value/datetime.h"

/*
 * Returns the offset of the session's time zone now, in microseconds east of
 * UTC.
 */
int64
mst_datetime_local_offset(void)
{
	struct pg_tm tm;
	fsec_t		fsec;
	int			seconds_west = 0;

	if (timestamp2tm(GetCurrentTimestamp(), &seconds_west, &tm, &fsec, NULL, NULL) != 0)
		return 0;
	return -(int64) seconds_west * EXPR_USECS_PER_SECOND;
}
