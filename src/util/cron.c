/*-------------------------------------------------------------------------
 *
 * cron.c
 *	  Patterns of points in time, as in crontab(5).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "miscadmin.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "util/cron.h"

/* Leap days come back within eight years, with their weekday within forty. */
#define MAX_YEARS	50

#define ALL_HOURS	((UINT64CONST(1) << 24) - 1)

static const char *const month_names[] = {
	"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"
};

static const char *const day_names[] = {
	"sun", "mon", "tue", "wed", "thu", "fri", "sat"
};

static const struct
{
	const char *name;
	const char *pattern;
}			shorthands[] = {
	{"@annually", "0 0 1 1 *"},
	{"@daily", "0 0 * * *"},
	{"@hourly", "0 * * * *"},
	{"@midnight", "0 0 * * *"},
	{"@monthly", "0 0 1 * *"},
	{"@weekly", "0 0 * * 0"},
	{"@yearly", "0 0 1 1 *"}
};

/* What may stand in one field. */
typedef struct CronField
{
	int			min;
	int			max;
	const char *const *names;	/* of min, min + 1, ... */
	int			n_names;
} CronField;

static const CronField second_field = {0, 59, NULL, 0};
static const CronField minute_field = {0, 59, NULL, 0};
static const CronField hour_field = {0, 23, NULL, 0};
static const CronField day_field = {1, 31, NULL, 0};
static const CronField month_field = {1, 12, month_names, 12};
/* 7 is Sunday, too */
static const CronField weekday_field = {0, 7, day_names, 7};

/* ---- reading ---- */

static bool
read_value(const CronField *field, const char **at, int *value)
{
	int			i;

	if (isdigit((unsigned char) **at))
	{
		*value = 0;
		for (i = 0; isdigit((unsigned char) **at); i++, (*at)++)
		{
			if (i == 4)
				return false;
			*value = *value * 10 + (**at - '0');
		}
		return *value >= field->min && *value <= field->max;
	}
	for (i = 0; i < field->n_names; i++)
	{
		if (pg_strncasecmp(*at, field->names[i], 3) == 0 &&
			!isalpha((unsigned char) (*at)[3]))
		{
			*value = field->min + i;
			*at += 3;
			return true;
		}
	}
	return false;
}

/* One item of a list: "*", "5", "1-9", each perhaps with "/2". */
static bool
read_item(const CronField *field, const char **at, uint64 *bits)
{
	int			first = field->min;
	int			last = field->max;
	int			step = 1;
	bool		is_single = false;

	if (**at == '*')
		(*at)++;
	else
	{
		if (!read_value(field, at, &first))
			return false;
		last = first;
		is_single = true;
		if (**at == '-')
		{
			(*at)++;
			if (!read_value(field, at, &last) || last < first)
				return false;
			is_single = false;
		}
	}
	if (**at == '/')
	{
		char	   *end;

		step = strtol(*at + 1, &end, 10);
		if (!isdigit((unsigned char) (*at)[1]) || step < 1 || step > field->max)
			return false;
		*at = end;
		if (is_single)
			last = field->max;
	}
	for (; first <= last; first += step)
		*bits |= UINT64CONST(1) << first;
	return true;
}

static bool
read_field(const CronField *field, const char *text, uint64 *bits)
{
	*bits = 0;
	for (;;)
	{
		if (!read_item(field, &text, bits))
			return false;
		if (*text == '\0')
			return true;
		if (*text++ != ',')
			return false;
	}
}

static const char *
expand_shorthand(const char *text)
{
	for (int i = 0; i < lengthof(shorthands); i++)
		if (pg_strcasecmp(text, shorthands[i].name) == 0)
			return shorthands[i].pattern;
	return text;
}

/*
 * Read a pattern.
 */
bool
mst_cron_parse(const char *text, CronPattern *pattern)
{
	char	   *copy = pstrdup(expand_shorthand(text));
	char	   *rest = copy;
	char	   *words[7];
	int			n = 0;
	char	   *word;
	bool		ok;

	memset(pattern, 0, sizeof(*pattern));
	while (n < 7 && (word = strsep(&rest, " \t")) != NULL)
		if (*word != '\0')
			words[n++] = word;
	ok = (n == 5 || n == 6) && rest == NULL &&
		read_field(&minute_field, words[0], &pattern->minutes) &&
		read_field(&hour_field, words[1], &pattern->hours) &&
		read_field(&day_field, words[2], &pattern->days) &&
		read_field(&month_field, words[3], &pattern->months) &&
		read_field(&weekday_field, words[4], &pattern->weekdays);
	if (ok && n == 6)
		ok = read_field(&second_field, words[5], &pattern->seconds);
	else
		pattern->seconds = 1;
	if (ok)
	{
		pattern->any_day = words[2][0] == '*';
		pattern->any_weekday = words[4][0] == '*';
		if (pattern->weekdays & (UINT64CONST(1) << 7))
			pattern->weekdays |= 1;
	}
	pfree(copy);
	return ok;
}

/* ---- searching ---- */

static bool
fits(uint64 bits, int value)
{
	return (bits >> value) & 1;
}

static int
days_of_month(int year, int month)
{
	return day_tab[isleap(year)][month - 1];
}

static bool
day_fits(const CronPattern *pattern, const struct pg_tm *tm)
{
	int			weekday = j2day(date2j(tm->tm_year, tm->tm_mon, tm->tm_mday));
	bool		day = fits(pattern->days, tm->tm_mday);
	bool		of_week = fits(pattern->weekdays, weekday);

	if (pattern->any_day || pattern->any_weekday)
		return day && of_week;
	return day || of_week;
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

/* Move a local time on to the first one that fits; false: there is none. */
static bool
search(const CronPattern *pattern, struct pg_tm *tm, int last_year)
{
	while (tm->tm_year <= last_year)
	{
		CHECK_FOR_INTERRUPTS();
		if (!fits(pattern->months, tm->tm_mon))
			next_month(tm);
		else if (!day_fits(pattern, tm))
			next_day(tm);
		else if (!fits(pattern->hours, tm->tm_hour))
			next_hour(tm);
		else if (!fits(pattern->minutes, tm->tm_min))
			next_minute(tm);
		else if (!fits(pattern->seconds, tm->tm_sec))
			next_second(tm);
		else
			return true;
	}
	return false;
}

/*
 * The first local time after "after" that fits, as the clock shows it once:
 * the second time where it shows it twice.
 */
static TimestampTz
next_by_clock(const CronPattern *pattern, TimestampTz after, pg_tz *zone)
{
	struct pg_tm tm;
	fsec_t		fsec;
	int			offset;
	int			last_year;

	if (timestamp2tm(after, &offset, &tm, &fsec, NULL, zone) != 0)
		return DT_NOEND;
	last_year = tm.tm_year + MAX_YEARS;
	for (;;)
	{
		Timestamp	local;
		TimestampTz result;

		next_second(&tm);
		if (!search(pattern, &tm, last_year))
			return DT_NOEND;
		if (tm2timestamp(&tm, 0, NULL, &local) != 0)
			return DT_NOEND;
		offset = DetermineTimeZoneOffset(&tm, zone);
		result = local + (TimestampTz) offset * USECS_PER_SEC;
		/* a local time that occurs twice may lie before */
		if (result > after)
			return result;
	}
}

/*
 * The first time between "after" and "end" when the clock, so many seconds
 * ahead of UTC, shows what fits; DT_NOEND when there is none.
 */
static TimestampTz
next_at_offset(const CronPattern *pattern, TimestampTz after, TimestampTz end, long offset)
{
	struct pg_tm tm;
	fsec_t		fsec;
	Timestamp	local;

	if (timestamp2tm(after + offset * USECS_PER_SEC, NULL, &tm, &fsec, NULL, NULL) != 0)
		return DT_NOEND;
	next_second(&tm);
	if (!search(pattern, &tm, tm.tm_year + 1) ||
		tm2timestamp(&tm, 0, NULL, &local) != 0)
		return DT_NOEND;
	local -= offset * USECS_PER_SEC;
	return local < end ? local : DT_NOEND;
}

/*
 * The first time between "after" and "end" when the clock shows what fits;
 * DT_NOEND when there is none.  Between two changes of the zone's offset the
 * clock goes evenly, so each such stretch is searched by itself.
 */
static TimestampTz
next_in_time(const CronPattern *pattern, TimestampTz after, TimestampTz end, pg_tz *zone)
{
	TimestampTz start = after;

	while (start < end)
	{
		pg_time_t	begin = timestamptz_to_time_t(start);
		pg_time_t	change;
		TimestampTz stretch_end = end;
		TimestampTz result;
		long		offsets[2];
		int			isdst[2];
		int			found;

		found = pg_next_dst_boundary(&begin, &offsets[0], &isdst[0], &change,
									 &offsets[1], &isdst[1], zone);
		if (found < 0)
			break;
		if (found > 0)
			stretch_end = Min(end, time_t_to_timestamptz(change));
		result = next_at_offset(pattern, after, stretch_end, offsets[0]);
		if (result != DT_NOEND)
			return result;
		start = stretch_end;
		/* the moment of the change may fit itself */
		after = start - USECS_PER_SEC;
	}
	return DT_NOEND;
}

/*
 * The first time after "after" that fits.  Who restricts the hours means what
 * the clock shows; who does not means a distance in time, which goes on where
 * the clock shows an hour twice.
 */
TimestampTz
mst_cron_next(const CronPattern *pattern, TimestampTz after, pg_tz *zone)
{
	TimestampTz by_clock = next_by_clock(pattern, after, zone);
	TimestampTz in_time = DT_NOEND;

	if (pattern->hours == ALL_HOURS && by_clock != DT_NOEND)
		in_time = next_in_time(pattern, after, by_clock, zone);
	return in_time != DT_NOEND ? in_time : by_clock;
}
