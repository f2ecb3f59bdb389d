/*-------------------------------------------------------------------------
 *
 * datetime.c
 *	  Date-times and timespans: making, taking apart, arithmetic, text.
 *
 * A date-time is a count of microseconds of local time with an offset from
 * UTC, or without one; a timespan is days and microseconds.  The calendar
 * is Python's: proleptic Gregorian, years 1 to 9999, no leap seconds, and a
 * timespan of at most 999,999,999 days.  Sums are made in 128 bits and
 * checked once, so no intermediate result can overflow.
 *
 * Date-times compare as instants.  One without an offset never equals one
 * with it.  Rounding to microseconds is half to even everywhere, as
 * Python's, and is done once on the exact sum.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>
#include <sys/time.h>

#include "value/datetime_impl.h"
#include "value/evaluation.h"
#include "value/make.h"
#include "value/number.h"
#include "value/range.h"

#define SECONDS_PER_DAY		86400
#define MAX_TIMESPAN_DAYS	999999999

/* 0001-01-01 00:00 and 10000-01-01 00:00 in days since 1970-01-01 */
#define MIN_DAY		(-719162)
#define END_DAY		2932897

/* ---- the calendar ---- */

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar. */
static int64
days_from_date(int64 year, int month, int day)
{
	int64		era;
	int64		year_of_era;
	int64		day_of_year;

	/* years begin in March, so that the leap day comes last */
	if (month <= 2)
		year--;
	era = (year >= 0 ? year : year - 399) / 400;
	year_of_era = year - era * 400;
	day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
		day_of_year - 719468;
}

/*
 * Makes year, month, day and weekday of the days since 1970-01-01, in the
 * Gregorian calendar without a beginning. Years begin in March here, so that
 * the leap day is the last of its year; an era is 400 years. (Howard Hinnant's
 * civil_from_days.)
 */
static void
date_from_days(int64 days, ExprDateParts *parts)
{
	int64		era;
	int64		day_of_era;
	int64		year_of_era;
	int64		day_of_year;
	int64		month;

	parts->weekday = (int) (((days + 3) % 7 + 7) % 7);	/* 1970-01-01 was a
														 * Thursday */
	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	day_of_era = days - era * 146097;
	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	month = (5 * day_of_year + 2) / 153;
	parts->day = (int) (day_of_year - (153 * month + 2) / 5 + 1);
	parts->month = (int) (month < 10 ? month + 3 : month - 9);
	parts->year = (int) (year_of_era + era * 400 + (parts->month <= 2));
}

/* Returns the number of days of a month (1..12). */
int
mst_datetime_days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool		is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && is_leap ? 29 : days[month - 1];
}

/* Divides rounding down; b is positive. */
static inline int64
floor_div(int64 a, int64 b)
{
	return a / b - (a % b < 0);
}

/* Takes a date-time apart. */
void
mst_datetime_parts(const ExprDatetime *datetime, ExprDateParts *parts)
{
	int64		days = floor_div(datetime->local, EXPR_USECS_PER_DAY);
	int64		usecs = datetime->local - days * EXPR_USECS_PER_DAY;
	int64		seconds = usecs / EXPR_USECS_PER_SECOND;

	date_from_days(days, parts);
	parts->yearday = (int) (days - days_from_date(parts->year, 1, 1)) + 1;
	parts->microsecond = (int) (usecs % EXPR_USECS_PER_SECOND);
	parts->hour = (int) (seconds / 3600);
	parts->minute = (int) (seconds / 60 % 60);
	parts->second = (int) (seconds % 60);
}

/* ---- making ---- */

/*
 * Makes a time of microseconds since 1970 by the clock of its zone, and the
 * zone's offset; fails outside of the years 1 to 9999, which are all that
 * Python has.
 */
static bool
make_datetime(EvalContext *cxt, int64 local, int64 offset, ExprValue *result)
{
	ExprValue	v = {EXPR_DATETIME};

	if (local < MIN_DAY * EXPR_USECS_PER_DAY || local >= END_DAY * EXPR_USECS_PER_DAY)
		return mst_expr_fail(cxt, "OverflowError", "date value out of range");
	v.u.datetime = palloc0(sizeof(ExprDatetime));
	v.u.datetime->local = local;
	v.u.datetime->offset = offset;
	*result = v;
	return true;
}

/*
 * Checks the parts of a time, in the order and the words of Python. A second
 * of 60 is refused, as there are no leap seconds.
 */
static bool
check_parts(EvalContext *cxt, const ExprDateParts *parts)
{
	const char *what = NULL;

	if (parts->year < 1 || parts->year > 9999)
		return mst_expr_fail(cxt, "ValueError", "year %d is out of range", parts->year);
	if (parts->month < 1 || parts->month > 12)
		what = "month must be in 1..12";
	else if (parts->day < 1 || parts->day > mst_datetime_days_in_month(parts->year, parts->month))
		what = "day is out of range for month";
	else if (parts->hour < 0 || parts->hour > 23)
		what = "hour must be in 0..23";
	else if (parts->minute < 0 || parts->minute > 59)
		what = "minute must be in 0..59";
	else if (parts->second < 0 || parts->second > 59)
		what = "second must be in 0..59";
	else if (parts->microsecond < 0 || parts->microsecond > 999999)
		what = "microsecond must be in 0..999999";
	return what == NULL || mst_expr_fail(cxt, "ValueError", "%s", what);
}

/*
 * Makes a date and time from its parts; ValueError "month must be in 1..12",
 * "day is out of range for month", ...
 */
bool
mst_datetime_make(EvalContext *cxt, const ExprDateParts *parts, int64 offset, ExprValue *result)
{
	int64		days;
	int64		seconds;

	if (!check_parts(cxt, parts))
		return false;
	days = days_from_date(parts->year, parts->month, parts->day);
	seconds = days * SECONDS_PER_DAY + parts->hour * 3600 + parts->minute * 60 + parts->second;
	return make_datetime(cxt, seconds * EXPR_USECS_PER_SECOND + parts->microsecond, offset, result);
}

/*
 * From seconds since the epoch (int or float, rounded half even to
 * microseconds), shown at the offset.
 */
bool
mst_datetime_from_timestamp(EvalContext *cxt, const ExprValue *seconds, int64 offset, ExprValue *result)
{
	int64		usecs;

	if (seconds->kind == EXPR_FLOAT)
	{
		double		whole;
		double		fraction = modf(seconds->u.real, &whole);

		if (isnan(seconds->u.real))
			return mst_expr_fail(cxt, "ValueError", "cannot convert float NaN to integer");
		if (fabs(whole) > 1e12)
			return mst_expr_fail(cxt, "OverflowError", "timestamp out of range for platform time_t");
		usecs = (int64) whole * EXPR_USECS_PER_SECOND + (int64) rint(fraction * 1e6);
	}
	else
	{
		int64		whole = mst_number_clip(seconds);

		if (whole < -INT64CONST(1000000000000) || whole > INT64CONST(1000000000000))
			return mst_expr_fail(cxt, "OverflowError", "timestamp out of range for platform time_t");
		usecs = whole * EXPR_USECS_PER_SECOND;
	}
	if (usecs + offset < MIN_DAY * EXPR_USECS_PER_DAY || usecs + offset >= END_DAY * EXPR_USECS_PER_DAY)
		return mst_expr_fail(cxt, "ValueError", "year is out of range");
	return make_datetime(cxt, usecs + offset, offset, result);
}

/* Returns the present time shown at an offset (microseconds east of UTC). */
bool
mst_datetime_now(EvalContext *cxt, int64 offset, ExprValue *result)
{
	struct timeval now;

	gettimeofday(&now, NULL);
	return make_datetime(cxt, (int64) now.tv_sec * EXPR_USECS_PER_SECOND + now.tv_usec + offset,
						 offset, result);
}

/* ---- arithmetic ---- */

/*
 * Returns the microseconds of a time span: its days are kept apart, since they
 * reach beyond 64 bits of microseconds.
 */
static inline __int128
span_usecs(const ExprValue *span)
{
	return (__int128) span->len * EXPR_USECS_PER_DAY + span->u.integer;
}

/*
 * Returns the microseconds of a time since 1970 in UTC, by which times of
 * different zones are compared.
 */
static inline int64
instant_of(const ExprValue *datetime)
{
	return datetime->u.datetime->local - datetime->u.datetime->offset;
}

/*
 * datetime + span (sign 1) or - span (sign -1); OverflowError "date value out
 * of range".
 */
bool
mst_datetime_add(EvalContext *cxt, const ExprValue *datetime, const ExprValue *span, int sign, ExprValue *result)
{
	__int128	local = (__int128) datetime->u.datetime->local + sign * span_usecs(span);

	if (local < MIN_DAY * (__int128) EXPR_USECS_PER_DAY || local >= END_DAY * (__int128) EXPR_USECS_PER_DAY)
		return mst_expr_fail(cxt, "OverflowError", "date value out of range");
	if (!make_datetime(cxt, (int64) local, datetime->u.datetime->offset, result))
		return false;
	result->u.datetime->is_naive = datetime->u.datetime->is_naive;
	return true;
}

/* a - b as timespan, comparing instants. */
bool
mst_datetime_subtract(EvalContext *cxt, const ExprValue *a, const ExprValue *b, ExprValue *result)
{
	if (a->u.datetime->is_naive != b->u.datetime->is_naive)
		return mst_expr_fail(cxt, "TypeError",
							 "can't subtract offset-naive and offset-aware datetimes");
	return mst_timespan_make(cxt, 0, instant_of(a) - instant_of(b), result);
}

/* Order of the instants: -1, 0, 1. */
int
mst_datetime_compare(const ExprValue *a, const ExprValue *b)
{
	int64		x = instant_of(a);
	int64		y = instant_of(b);

	/* a naive one never equals one with an offset, nor a date a date-time */
	if (x == y && (a->u.datetime->is_naive != b->u.datetime->is_naive ||
				   a->u.datetime->is_date != b->u.datetime->is_date))
		return a->u.datetime->is_naive ? -1 : 1;
	return x < y ? -1 : (x > y ? 1 : 0);
}

/* A timespan from any number of microseconds. */
static bool
make_span(EvalContext *cxt, __int128 usecs, ExprValue *result)
{
	__int128	days = usecs / EXPR_USECS_PER_DAY;
	ExprValue	v = {EXPR_TIMESPAN};

	if (usecs % EXPR_USECS_PER_DAY < 0)
		days--;
	if (days < -MAX_TIMESPAN_DAYS || days > MAX_TIMESPAN_DAYS)
		return mst_expr_fail(cxt, "OverflowError", "days must have magnitude <= %d", MAX_TIMESPAN_DAYS);
	v.len = (int32) days;
	v.u.integer = (int64) (usecs - days * EXPR_USECS_PER_DAY);
	*result = v;
	return true;
}

/* A timespan from microseconds; OverflowError when out of range. */
bool
mst_timespan_make(EvalContext *cxt, int64 days, int64 microseconds, ExprValue *result)
{
	return make_span(cxt, (__int128) days * EXPR_USECS_PER_DAY + microseconds, result);
}

/*
 * timespan(days, hours, minutes, seconds, milliseconds, microseconds): six
 * numbers (floats allowed), added up exactly and rounded half even.
 */
bool
mst_timespan_sum(EvalContext *cxt, const ExprValue parts[6], ExprValue *result)
{
	static const int64 units[] = {
		EXPR_USECS_PER_DAY, INT64CONST(3600000000), INT64CONST(60000000),
		INT64CONST(1000000), 1000, 1
	};
	__int128	sum = 0;
	double		fraction = 0.0;
	int			i;

	for (i = 0; i < 6; i++)
	{
		if (parts[i].kind == EXPR_FLOAT)
		{
			double		whole;
			double		part = modf(parts[i].u.real, &whole);

			if (!isfinite(whole) || fabs(whole) > 1e18)
				return mst_expr_fail(cxt, "OverflowError", "timespan is out of range");
			sum += (__int128) (int64) whole * units[i];

			/* whole microseconds of a fraction are exact, too */
			part = modf(part * (double) units[i], &whole);
			sum += (int64) whole;
			fraction += part;
		}
		else if (parts[i].kind == EXPR_BIGINT)
			return mst_expr_fail(cxt, "OverflowError", "timespan is out of range");
		else
			sum += (__int128) mst_number_clip(&parts[i]) * units[i];
	}

	/* half to even on the sum */
	{
		double		down = floor(fraction);
		double		rest = fraction - down;

		sum += (int64) down;
		if (rest > 0.5 || (rest == 0.5 && (sum & 1) != 0))
			sum++;
	}
	return make_span(cxt, sum, result);
}

/* Computes a + b; OverflowError beyond 999999999 days. */
bool
mst_timespan_add(EvalContext *cxt, const ExprValue *a, const ExprValue *b, ExprValue *result)
{
	return make_span(cxt, span_usecs(a) + span_usecs(b), result);
}

/* Computes a - b; OverflowError beyond 999999999 days. */
bool
mst_timespan_subtract(EvalContext *cxt, const ExprValue *a, const ExprValue *b, ExprValue *result)
{
	return make_span(cxt, span_usecs(a) - span_usecs(b), result);
}

/* Computes -a; OverflowError beyond 999999999 days. */
bool
mst_timespan_negate(EvalContext *cxt, const ExprValue *a, ExprValue *result)
{
	return make_span(cxt, -span_usecs(a), result);
}

/* The product or quotient with a float, rounded to microseconds. */
static bool
scale_span(EvalContext *cxt, const ExprValue *a, long double factor, ExprValue *result)
{
	long double usecs = (long double) span_usecs(a) * factor;

	if (isnan(usecs) || fabsl(usecs) > 8.64e19L * 1000)
		return mst_expr_fail(cxt, "OverflowError", "timespan is out of range");
	return make_span(cxt, (__int128) rintl(usecs), result);
}

/*
 * Computes a timespan times a number, rounded to microseconds half to even;
 * OverflowError beyond 999999999 days.
 */
bool
mst_timespan_multiply(EvalContext *cxt, const ExprValue *a, const ExprValue *number, ExprValue *result)
{
	__int128	factor;

	if (number->kind == EXPR_FLOAT)
		return scale_span(cxt, a, number->u.real, result);
	factor = span_usecs(a) != 0 ? mst_number_clip(number) : 0;
	if (factor > INT64CONST(1) << 60 || factor < -(INT64CONST(1) << 60) ||
		(long double) span_usecs(a) * (long double) factor > 1e30L ||
		(long double) span_usecs(a) * (long double) factor < -1e30L)
		return mst_expr_fail(cxt, "OverflowError", "timespan is out of range");
	return make_span(cxt, span_usecs(a) * factor, result);
}

/*
 * Divides a timespan by a number, rounded to microseconds half to even;
 * ZeroDivisionError, OverflowError.
 */
bool
mst_timespan_divide(EvalContext *cxt, const ExprValue *a, const ExprValue *number, ExprValue *result)
{
	__int128	usecs = span_usecs(a);
	__int128	divisor;
	__int128	q;
	__int128	r;

	if (mst_number_sign(number) == 0 &&
		!(number->kind == EXPR_FLOAT && isnan(number->u.real)))
		return mst_expr_fail(cxt, "ZeroDivisionError", number->kind == EXPR_FLOAT ?
							 "float division by zero" : "integer division or modulo by zero");
	if (number->kind == EXPR_FLOAT)
		return scale_span(cxt, a, 1.0L / (long double) number->u.real, result);

	/* half to even */
	divisor = mst_number_clip(number);
	if (divisor < 0)
	{
		usecs = -usecs;
		divisor = -divisor;
	}
	q = usecs / divisor;
	r = usecs % divisor;
	if (r < 0)
	{
		q--;
		r += divisor;
	}
	if (2 * r > divisor || (2 * r == divisor && (q & 1) != 0))
		q++;
	return make_span(cxt, q, result);
}

/* Divides one timespan by another, as a float; ZeroDivisionError. */
bool
mst_timespan_ratio(EvalContext *cxt, const ExprValue *a, const ExprValue *b, double *result)
{
	if (span_usecs(b) == 0)
		return mst_expr_fail(cxt, "ZeroDivisionError", "division by zero");
	*result = (double) ((long double) span_usecs(a) / (long double) span_usecs(b));
	return true;
}

/* Order: -1, 0, 1. */
int
mst_timespan_compare(const ExprValue *a, const ExprValue *b)
{
	__int128	x = span_usecs(a);
	__int128	y = span_usecs(b);

	return x < y ? -1 : (x > y ? 1 : 0);
}

/* Total microseconds as an integer value. */
bool
mst_timespan_microseconds(EvalContext *cxt, const ExprValue *span, ExprValue *result)
{
	ExprValue	days = mst_value_int(span->len);
	ExprValue	unit = mst_value_int(EXPR_USECS_PER_DAY);
	ExprValue	rest = mst_value_int(span->u.integer);

	return mst_number_arith(cxt, EXPR_MUL, &days, &unit, result) &&
		mst_number_arith(cxt, EXPR_ADD, result, &rest, result);
}

/*
 * An offset in microseconds from a timespan; ValueError when not within a
 * day.
 */
bool
mst_timespan_to_offset(EvalContext *cxt, const ExprValue *span, int64 *offset)
{
	__int128	usecs = span_usecs(span);

	if (usecs <= -EXPR_USECS_PER_DAY || usecs >= EXPR_USECS_PER_DAY)
		return mst_expr_fail(cxt, "ValueError",
							 "offset must be a timespan strictly between -1 day and 1 day");
	*offset = (int64) usecs;
	return true;
}

/* ---- text ---- */

/* Appends +HH:MM or +HHMM, with seconds when there are some. */
void
mst_datetime_append_offset(StringInfo out, int64 offset, bool with_colon)
{
	int64		seconds = (offset < 0 ? -offset : offset) / EXPR_USECS_PER_SECOND;
	const char *colon = with_colon ? ":" : "";
	int			usecs;

	appendStringInfo(out, "%c%02d%s%02d", offset < 0 ? '-' : '+',
					 (int) (seconds / 3600), colon, (int) (seconds / 60 % 60));
	usecs = (int) ((offset < 0 ? -offset : offset) % EXPR_USECS_PER_SECOND);
	if (seconds % 60 != 0 || usecs != 0)
		appendStringInfo(out, "%s%02d", colon, (int) (seconds % 60));
	if (usecs != 0)
		appendStringInfo(out, ".%06d", usecs);
}

/* Appends str(datetime), and the form in which it is stored. */
void
mst_datetime_append(StringInfo out, const ExprDatetime *datetime)
{
	ExprDateParts p;

	mst_datetime_parts(datetime, &p);
	appendStringInfo(out, "%04d-%02d-%02d", p.year, p.month, p.day);
	if (datetime->is_date)
		return;
	appendStringInfo(out, " %02d:%02d:%02d", p.hour, p.minute, p.second);
	if (p.microsecond != 0)
		appendStringInfo(out, ".%06d", p.microsecond);
	if (!datetime->is_naive)
		mst_datetime_append_offset(out, datetime->offset, true);
}

/* Appends the form in which a date-time is stored in JSON. */
void
mst_datetime_append_stored(StringInfo out, const ExprDatetime *datetime)
{
	ExprDateParts p;

	mst_datetime_parts(datetime, &p);
	if (datetime->is_date)
		appendStringInfo(out, "%04d-%02d-%02d", p.year, p.month, p.day);
	else
		/* %Y of strftime() has no leading zeros */
		appendStringInfo(out, "%d-%02d-%02dT%02d:%02d:%02d.%06d", p.year, p.month, p.day,
						 p.hour, p.minute, p.second, p.microsecond);
}

/* Appends str(timespan). */
void
mst_timespan_append(StringInfo out, const ExprValue *span)
{
	int64		seconds = span->u.integer / EXPR_USECS_PER_SECOND;
	int			usecs = (int) (span->u.integer % EXPR_USECS_PER_SECOND);

	if (span->len != 0)
		appendStringInfo(out, "%d day%s, ", span->len, abs(span->len) == 1 ? "" : "s");
	appendStringInfo(out, "%d:%02d:%02d", (int) (seconds / 3600), (int) (seconds / 60 % 60),
					 (int) (seconds % 60));
	if (usecs != 0)
		appendStringInfo(out, ".%06d", usecs);
}
