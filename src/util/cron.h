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

typedef struct CronPattern
{
	uint64		seconds;		/* bit n: second n fits */
	uint64		minutes;
	uint64		hours;
	uint64		days;			/* bits 1 to 31 */
	uint64		months;			/* bits 1 to 12 */
	uint64		weekdays;		/* bits 0, Sunday, to 6 */
	bool		any_day;		/* the field is "*" */
	bool		any_weekday;
} CronPattern;

/* Read a pattern; false when it is none. */
extern bool mst_cron_parse(const char *text, CronPattern *pattern);

/*
 * The first time that fits after "after", in a time zone; DT_NOEND when
 * there is none within many years.  Where clocks are put forward, a time
 * that does not exist is taken as the same time after the change; where they
 * are put back, a time that occurs twice counts once.  A pattern of every hour
 * is met in both.
 */
extern TimestampTz mst_cron_next(const CronPattern *pattern, TimestampTz after,
								 pg_tz *zone);

#endif							/* MISTRAL_UTIL_CRON_H */
