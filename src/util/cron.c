/*-------------------------------------------------------------------------
 *
 * cron.c
 *	  The points in time that a pattern of crontab(5) names.
 *
 * Time is cut where the offset of the zone changes.  Within such a stretch the
 * clock goes evenly, so the search there is one of local times only.  At a
 * change, two things are looked at besides:
 *
 * - Clocks that are put forward leave out some local times.  Each of them
 *	 counts as the same time after the change: at 2:30 by the clock as it went
 *	 before.
 * - Clocks that are put back show some local times twice.  A pattern that
 *	 names times of the day means them once, the first time.
 *
 * Neither holds for a pattern that means a distance in time (see goes_evenly):
 * it goes by the clock as it is, and neither pauses nor crowds.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "util/cron.h"

/* Leap days come back within eight years, with their weekday within forty. */
#define MAX_YEARS	50

/* No change of an offset is felt for longer than this afterwards. */
#define MAX_CHANGE_US	(2 * USECS_PER_DAY)

#define ALL_HOURS	((UINT64CONST(1) << 24) - 1)

/* the largest distance from UTC that an offset may name, in minutes */
#define MAX_OFFSET_MIN	(15 * 60 + 59)

/* A stretch of time in which the zone has one offset from UTC. */
typedef struct Stretch
{
	TimestampTz begin;
	TimestampTz end;			/* not in it; DT_NOEND: for ever */
	long		offset;			/* seconds ahead of UTC */
	long		before;			/* the offset that ended with its begin */
} Stretch;

/* ---- local times ---- */

static bool
fits_field(uint64 bits, int value)
{
	return (bits >> value) & 1;
}

static int
days_of_month(int year, int month)
{
	return day_tab[isleap(year)][month - 1];
}

static bool
weekday_fits(const CronPattern *pattern, const struct pg_tm *tm)
{
	int			weekday = j2day(date2j(tm->tm_year, tm->tm_mon, tm->tm_mday));
	int			week = (tm->tm_mday - 1) / 7 + 1;
	bool		is_last = tm->tm_mday + 7 > days_of_month(tm->tm_year, tm->tm_mon);

	if (!pattern->has_weeks)
		return fits_field(pattern->weekdays, weekday);
	return fits_field(pattern->weeks[weekday], week) ||
		(is_last && (pattern->weeks[weekday] & CRON_LAST_WEEK) != 0);
}

static bool
day_fits(const CronPattern *pattern, const struct pg_tm *tm)
{
	bool		day = fits_field(pattern->days, tm->tm_mday) ||
	(pattern->last_day && tm->tm_mday == days_of_month(tm->tm_year, tm->tm_mon));
	bool		weekday = weekday_fits(pattern, tm);

	if (pattern->any_day || pattern->any_weekday)
		return day && weekday;
	return day || weekday;
}

static void
next_month(struct pg_tm *tm)
{
	tm->tm_mday = 1;
	tm->tm_hour = tm->tm_min = tm->tm_sec = 0;
	if (++tm->tm_mon > 12)
	{
		tm->tm_mon = 1;
		tm->tm_year++;
	}
}

static void
next_day(struct pg_tm *tm)
{
	tm->tm_hour = tm->tm_min = tm->tm_sec = 0;
	if (++tm->tm_mday > days_of_month(tm->tm_year, tm->tm_mon))
		next_month(tm);
}

static void
next_hour(struct pg_tm *tm)
{
	tm->tm_min = tm->tm_sec = 0;
	if (++tm->tm_hour > 23)
		next_day(tm);
}

static void
next_minute(struct pg_tm *tm)
{
	tm->tm_sec = 0;
	if (++tm->tm_min > 59)
		next_hour(tm);
}

static void
next_second(struct pg_tm *tm)
{
	if (++tm->tm_sec > 59)
		next_minute(tm);
}

/* Moves a local time on to the first one that fits; false: there is none. */
static bool
search_time(const CronPattern *pattern, struct pg_tm *tm, int last_year)
{
	while (tm->tm_year <= last_year)
	{
		CHECK_FOR_INTERRUPTS();
		if (!fits_field(pattern->months, tm->tm_mon))
			next_month(tm);
		else if (!day_fits(pattern, tm))
			next_day(tm);
		else if (!fits_field(pattern->hours, tm->tm_hour))
			next_hour(tm);
		else if (!fits_field(pattern->minutes, tm->tm_min))
			next_minute(tm);
		else if (!fits_field(pattern->seconds, tm->tm_sec))
			next_second(tm);
		else
			return true;
	}
	return false;
}

/* ---- stretches ---- */

/*
 * Returns the first time after "after" and before "end" when a clock that is
 * "offset" seconds ahead of UTC shows what fits; DT_NOEND when there is none.
 */
static TimestampTz
next_at_offset(const CronPattern *pattern, TimestampTz after, TimestampTz end, long offset)
{
	struct pg_tm tm;
	fsec_t		fsec;
	Timestamp	local;
	int			last_year;

	if (after >= end ||
		timestamp2tm(after + offset * USECS_PER_SEC, NULL, &tm, &fsec, NULL, NULL) != 0)
		return DT_NOEND;
	last_year = tm.tm_year + MAX_YEARS;
	if (end != DT_NOEND)
	{
		struct pg_tm end_tm;

		if (timestamp2tm(end + offset * USECS_PER_SEC, NULL, &end_tm, &fsec, NULL, NULL) == 0)
			last_year = Min(last_year, end_tm.tm_year);
	}
	next_second(&tm);
	if (!search_time(pattern, &tm, last_year) || tm2timestamp(&tm, 0, NULL, &local) != 0)
		return DT_NOEND;
	local -= offset * USECS_PER_SEC;
	return local < end ? local : DT_NOEND;
}

/* Finds the offset at stretch->begin, and until when it holds. */
static void
find_end(Stretch *stretch, pg_tz * zone)
{
	pg_time_t	begin = timestamptz_to_time_t (stretch->begin);
	pg_time_t	change;
	long		after_change;
	int			isdst[2];
	int			found;

	found = pg_next_dst_boundary(&begin, &stretch->offset, &isdst[0], &change,
								 &after_change, &isdst[1], zone);
	if (found < 0)
		stretch->offset = 0;
	stretch->end = found > 0 ? time_t_to_timestamptz(change) : DT_NOEND;
}

/*
 * Returns whether the pattern means a distance in time rather than times of
 * the day, where the clock leaves out or repeats the hour of a local time.  It
 * does when it names every hour, or several times of that hour and of one
 * beside it.
 */
static bool
goes_evenly(const CronPattern *pattern, TimestampTz change, long offset)
{
	struct pg_tm tm;
	fsec_t		fsec;
	uint64		beside;
	bool		is_frequent;

	if (pattern->hours == ALL_HOURS)
		return true;
	if (timestamp2tm(change + offset * USECS_PER_SEC, NULL, &tm, &fsec, NULL, NULL) != 0)
		return false;
	is_frequent = pg_popcount((const char *) &pattern->minutes, sizeof(uint64)) > 1 ||
		pg_popcount((const char *) &pattern->seconds, sizeof(uint64)) > 1;
	beside = (UINT64CONST(1) << (tm.tm_hour + 23) % 24) |
		(UINT64CONST(1) << (tm.tm_hour + 1) % 24);
	return is_frequent && fits_field(pattern->hours, tm.tm_hour) && (pattern->hours & beside) != 0;
}

/*
 * Returns the first time after "after" in a stretch that fits; DT_NOEND: none.
 */
static TimestampTz
next_in_stretch(const CronPattern *pattern, TimestampTz after, const Stretch *stretch)
{
	TimestampTz from = Max(after, stretch->begin - USECS_PER_SEC);
	long		forward = stretch->offset - stretch->before;
	TimestampTz left_out = DT_NOEND;
	TimestampTz result;

	if (forward == 0 ||
		goes_evenly(pattern, stretch->begin, Min(stretch->offset, stretch->before)))
		return next_at_offset(pattern, from, stretch->end, stretch->offset);
	if (forward > 0)
		left_out = next_at_offset(pattern, from,
								  Min(stretch->end,
									  stretch->begin + forward * USECS_PER_SEC),
								  stretch->before);
	else
		from = Max(from, stretch->begin - forward * USECS_PER_SEC - USECS_PER_SEC);
	result = next_at_offset(pattern, from, stretch->end, stretch->offset);
	return Min(left_out, result);
}

/*
 * Returns the first time that fits after "after", in a time zone; DT_NOEND
 * when there is none within many years.
 */
TimestampTz
mst_cron_next(const CronPattern *pattern, TimestampTz after, pg_tz * zone)
{
	TimestampTz last = after + MAX_YEARS * (int64) 366 * USECS_PER_DAY;
	Stretch		stretch;

	if (TIMESTAMP_NOT_FINITE(after) || !IS_VALID_TIMESTAMP(last) ||
		!IS_VALID_TIMESTAMP(after - MAX_CHANGE_US))
		return DT_NOEND;
	/* begin early enough to meet a change that is still felt */
	stretch.begin = after - MAX_CHANGE_US;
	find_end(&stretch, zone);
	stretch.before = stretch.offset;
	while (stretch.begin <= last)
	{
		TimestampTz result = next_in_stretch(pattern, after, &stretch);

		if (result != DT_NOEND)
			return result;
		if (stretch.end == DT_NOEND)
			break;
		stretch.before = stretch.offset;
		stretch.begin = stretch.end;
		find_end(&stretch, zone);
	}
	return DT_NOEND;
}

/* ---- zones ---- */

/*
 * Returns the sign at which the distance of a zone's name from UTC begins;
 * NULL if the name has none.
 */
static const char *
find_sign(const char *name)
{
	if (pg_strncasecmp(name, "utc", 3) == 0 || pg_strncasecmp(name, "gmt", 3) == 0)
		name += 3;
	return *name == '+' || *name == '-' ? name : NULL;
}

/*
 * Reads a distance from UTC from its sign on, as ISO 8601 writes it: "+02:00",
 * "+0200", "+2".  Sets *minutes, counted eastward.
 */
static bool
read_offset(const char *text, int *minutes)
{
	int			digits = strspn(text + 1, "0123456789");
	const char *end = text + 1 + digits;
	int			number = digits <= 4 ? atoi(text + 1) : 0;
	int			size;

	if (digits == 4)
		size = number / 100 * 60 + number % 100;
	else if (digits == 1 || digits == 2)
		size = number * 60;
	else
		return false;
	if (digits == 4 && number % 100 > 59)
		return false;
	if (digits <= 2 && *end == ':' && strspn(end + 1, "0123456789") == 2 && end[1] < '6')
	{
		size += atoi(end + 1);
		end += 3;
	}
	*minutes = *text == '-' ? -size : size;
	return *end == '\0' && size <= MAX_OFFSET_MIN;
}

/*
 * Returns the time zone of a name, NULL when there is none.  A distance from
 * UTC, also one behind "UTC" or "GMT", is counted eastward, as ISO 8601 has
 * it; POSIX, and so the server, would count westward.
 */
pg_tz *
mst_cron_zone(const char *name)
{
	const char *sign = find_sign(name);
	pg_tz	   *zone;
	int			minutes;
	char		posix[64];

	if (pg_strcasecmp(name, "z") == 0)
		name = "UTC";
	if (sign != NULL)
	{
		int			size;

		if (!read_offset(sign, &minutes))
			return NULL;
		size = abs(minutes);

		/*
		 * a POSIX zone: its name in angle brackets, then its distance
		 * westward
		 */
		snprintf(posix, sizeof(posix), "<%c%02d:%02d>%c%02d:%02d",
				 *sign, size / 60, size % 60, *sign == '-' ? '+' : '-',
				 size / 60, size % 60);
		name = posix;
	}
	zone = pg_tzset(name);
	return zone != NULL && pg_tz_acceptable(zone) ? zone : NULL;
}
