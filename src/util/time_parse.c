/*-------------------------------------------------------------------------
 *
 * time_parse.c
 *	  Points in time, as definitions have them.
 *
 * A date, and perhaps a time of day and a time zone, as ISO 8601 writes them,
 * or with the name of a zone: "2026-12-24 18:00 Europe/Berlin".  What the
 * server reads as a time depends on the session's settings and raises errors;
 * a definition means the same whoever runs it, and a value that is no time is
 * the state of a task.  So the zone is UTC where none is given.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "util/cron.h"
#include "util/time_parse.h"

/*
 * Reads a number of exactly so many digits, and moves on behind it.
 */
static bool
read_digits(const char **p, int digits, int *number)
{
	*number = 0;
	for (int i = 0; i < digits; i++)
	{
		if (!isdigit((unsigned char) (*p)[i]))
			return false;
		*number = *number * 10 + (*p)[i] - '0';
	}
	*p += digits;
	return true;
}

/* Reads a character and a number of two digits behind it. */
static bool
read_part(const char **p, char before, int *number)
{
	if (**p != before)
		return false;
	(*p)++;
	return read_digits(p, 2, number);
}

/* The fraction of a second, to the microsecond; what is finer is cut off. */
static bool
read_fraction(const char **p, fsec_t *fsec)
{
	int			scale = 100000;

	if (!isdigit((unsigned char) **p))
		return false;
	for (*fsec = 0; isdigit((unsigned char) **p); (*p)++, scale /= 10)
		*fsec += (**p - '0') * scale;
	return true;
}

static bool
read_date(const char **p, struct pg_tm *tm)
{
	int			y;
	int			m;
	int			d;

	if (!read_digits(p, 4, &tm->tm_year) || !read_part(p, '-', &tm->tm_mon) ||
		!read_part(p, '-', &tm->tm_mday))
		return false;
	if (tm->tm_year < 1 || tm->tm_mon < 1 || tm->tm_mon > 12 || tm->tm_mday < 1)
		return false;
	j2date(date2j(tm->tm_year, tm->tm_mon, tm->tm_mday), &y, &m, &d);
	return m == tm->tm_mon && d == tm->tm_mday;
}

/* The time of day, if there is one; else it is midnight. */
static bool
read_time_of_day(const char **p, struct pg_tm *tm, fsec_t *fsec)
{
	const char *digits = *p + 1;

	if ((**p != 'T' && **p != 't' && **p != ' ') || !isdigit((unsigned char) *digits))
		return true;
	*p = digits;
	if (!read_digits(p, 2, &tm->tm_hour) || !read_part(p, ':', &tm->tm_min))
		return false;
	if (**p == ':' && !read_part(p, ':', &tm->tm_sec))
		return false;
	if (**p == '.')
	{
		(*p)++;
		if (!read_fraction(p, fsec))
			return false;
	}
	return tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec < 60;
}

/*
 * Reads a point in time.  Returns false if the text is none; *time is set
 * otherwise.  A time of day that a change of clocks leaves out or repeats is
 * taken as the server takes it.
 */
bool
mst_time_parse(const char *text, TimestampTz *time)
{
	const char *p = text;
	struct pg_tm tm = {0};
	fsec_t		fsec = 0;
	pg_tz	   *zone;
	int			offset;

	if (!read_date(&p, &tm) || !read_time_of_day(&p, &tm, &fsec))
		return false;
	while (*p == ' ')
		p++;
	zone = mst_cron_zone(*p == '\0' ? "UTC" : p);
	if (zone == NULL)
		return false;
	offset = DetermineTimeZoneOffset(&tm, zone);
	return tm2timestamp(&tm, fsec, &offset, time) == 0;
}
