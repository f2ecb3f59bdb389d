/*-------------------------------------------------------------------------
 *
 * cron.h
 *	  Patterns of points in time, as in crontab(5).
 *
 * A pattern has five fields: minute, hour, day of month, month, day of week;
 * a sixth one, for seconds, may follow.  A field is a list of numbers, ranges
 * and steps ("1,5-9,10-50/5", "*", names of months and days).  Names like
 * @hourly stand for whole patterns.  When both days are restricted, either
 * may fit.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_UTIL_CRON_H
#define MISTRAL_UTIL_CRON_H

#include "datatype/timestamp.h"
#include "pgtime.h"

/* in CronPattern.weeks: the last one of a month, whichever that is */
#define CRON_LAST_WEEK	1

typedef struct CronPattern
{
	uint64		seconds;		/* bit n: second n fits */
	uint64		minutes;
	uint64		hours;
	uint64		days;			/* bits 1 to 31 */
	uint64		months;			/* bits 1 to 12 */
	uint64		weekdays;		/* bits 0, Sunday, to 6 */
	uint8		weeks[7];		/* by weekday: bits 1 to 5 and CRON_LAST_WEEK */
	bool		has_weeks;		/* weeks[] is used, weekdays is empty */
	bool		last_day;		/* the last day of a month fits */
	bool		any_day;		/* the day of the month restricts nothing */
	bool		any_weekday;
} CronPattern;

extern char *mst_cron_parse(const char *text, CronPattern *pattern);
extern char *mst_cron_plain_text(const CronPattern *pattern);
extern TimestampTz mst_cron_next(const CronPattern *pattern, TimestampTz after,
								 pg_tz * zone);
extern pg_tz * mst_cron_zone(const char *name);

#endif							/* MISTRAL_UTIL_CRON_H */
