/*-------------------------------------------------------------------------
 *
 * datetimes.c
 *	  Functions and properties of date-times and timespans.
 *
 * A property x is a function named #property#x.
 *
 * Dates and times are Python's datetime with an offset and its timedelta;
 * the arithmetic is in value/datetime.c.  YAQL's library has traps that
 * workflows rely on: ".utc" subtracts the offset and keeps it, so that
 * ".timestamp", which starts from it, counts the offset twice for
 * date-times that are not in UTC.  Numbers for fields are clipped rather
 * than refused at once, so that the range check gives its message.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/datetime.h"
#include "value/make.h"
#include "value/range.h"
#include "yaql/builtin_tables.h"

/*
 * Returns an integer argument as a field, clipped so that range checks still
 * see it.
 */
static int
field_argument(const ExprValue *arg)
{
	int64		i = mst_number_clip(arg);

	return (int) Max(Min(i, PG_INT32_MAX), PG_INT32_MIN);
}

/* An optional offset: a timespan, 0 when none was given. */
static bool
offset_argument(EvalContext *cxt, const ExprValue *arg, int64 *offset)
{
	*offset = 0;
	return arg->kind != EXPR_TIMESPAN || mst_timespan_to_offset(cxt, arg, offset);
}

/* ---- making ---- */

static bool
fn_datetime(YaqlCall *call, ExprValue *result)
{
	const ExprValue *args = call->args;
	ExprDateParts parts = {0};
	int64		offset;

	parts.year = field_argument(&args[0]);
	parts.month = field_argument(&args[1]);
	parts.day = field_argument(&args[2]);
	parts.hour = field_argument(&args[3]);
	parts.minute = field_argument(&args[4]);
	parts.second = field_argument(&args[5]);
	parts.microsecond = field_argument(&args[6]);
	return offset_argument(call->cxt, &args[7], &offset) &&
		mst_datetime_make(call->cxt, &parts, offset, result);
}

static bool
fn_datetime_from_timestamp(YaqlCall *call, ExprValue *result)
{
	int64		offset;

	return offset_argument(call->cxt, &call->args[1], &offset) &&
		mst_datetime_from_timestamp(call->cxt, &call->args[0], offset, result);
}

static bool
fn_datetime_from_text(YaqlCall *call, ExprValue *result)
{
	if (call->args[1].kind == EXPR_NULL)
		return mst_datetime_parse(call->cxt, &call->args[0], result);
	return mst_datetime_parse_format(call->cxt, &call->args[0], &call->args[1], result);
}

static bool
fn_timespan(YaqlCall *call, ExprValue *result)
{
	return mst_timespan_sum(call->cxt, call->args, result);
}

static bool
fn_now(YaqlCall *call, ExprValue *result)
{
	int64		offset;

	return offset_argument(call->cxt, &call->args[0], &offset) &&
		mst_datetime_now(call->cxt, offset, result);
}

static bool
fn_localtz(YaqlCall *call, ExprValue *result)
{
	return mst_timespan_make(call->cxt, 0, mst_datetime_local_offset(), result);
}

static bool
fn_utctz(YaqlCall *call, ExprValue *result)
{
	return mst_timespan_make(call->cxt, 0, 0, result);
}

/* ---- changing and showing ---- */

static bool
fn_replace(YaqlCall *call, ExprValue *result)
{
	const ExprValue *args = call->args;
	const ExprDatetime *datetime = args[0].u.datetime;
	int64		offset = datetime->offset;
	ExprDateParts parts = {0};
	int		   *fields[] = {
		&parts.year, &parts.month, &parts.day, &parts.hour,
		&parts.minute, &parts.second, &parts.microsecond
	};

	mst_datetime_parts(datetime, &parts);
	for (int i = 0; i < lengthof(fields); i++)
	{
		if (args[i + 1].kind != EXPR_NULL)
			*fields[i] = field_argument(&args[i + 1]);
	}
	if (args[8].kind == EXPR_TIMESPAN &&
		!mst_timespan_to_offset(call->cxt, &args[8], &offset))
		return false;
	return mst_datetime_make(call->cxt, &parts, offset, result);
}

/* ---- properties of a date-time ---- */

static bool
integer_part(YaqlCall *call, size_t member, ExprValue *result)
{
	ExprDateParts parts;

	mst_datetime_parts(call->args[0].u.datetime, &parts);
	*result = mst_value_int(*(int *) ((char *) &parts + member));
	return true;
}

static bool
fn_year(YaqlCall *call, ExprValue *result)
{
	return integer_part(call, offsetof(ExprDateParts, year), result);
}

static bool
fn_month(YaqlCall *call, ExprValue *result)
{
	return integer_part(call, offsetof(ExprDateParts, month), result);
}

static bool
fn_day(YaqlCall *call, ExprValue *result)
{
	return integer_part(call, offsetof(ExprDateParts, day), result);
}

static bool
fn_hour(YaqlCall *call, ExprValue *result)
{
	return integer_part(call, offsetof(ExprDateParts, hour), result);
}

static bool
fn_minute(YaqlCall *call, ExprValue *result)
{
	return integer_part(call, offsetof(ExprDateParts, minute), result);
}

static bool
fn_second(YaqlCall *call, ExprValue *result)
{
	return integer_part(call, offsetof(ExprDateParts, second), result);
}

static bool
fn_microsecond(YaqlCall *call, ExprValue *result)
{
	return integer_part(call, offsetof(ExprDateParts, microsecond), result);
}

static bool
fn_weekday(YaqlCall *call, ExprValue *result)
{
	return integer_part(call, offsetof(ExprDateParts, weekday), result);
}

/* midnight of the day, at the same offset */
static bool
fn_date(YaqlCall *call, ExprValue *result)
{
	const ExprDatetime *datetime = call->args[0].u.datetime;
	ExprDateParts parts;

	mst_datetime_parts(datetime, &parts);
	parts.hour = parts.minute = parts.second = parts.microsecond = 0;
	return mst_datetime_make(call->cxt, &parts, datetime->offset, result);
}

/* the time since midnight */
static bool
fn_time(YaqlCall *call, ExprValue *result)
{
	int64		of_day = call->args[0].u.datetime->local % EXPR_USECS_PER_DAY;

	if (of_day < 0)
		of_day += EXPR_USECS_PER_DAY;
	return mst_timespan_make(call->cxt, 0, of_day, result);
}

static bool
fn_offset(YaqlCall *call, ExprValue *result)
{
	return mst_timespan_make(call->cxt, 0, call->args[0].u.datetime->offset, result);
}

/* the wall clock minus its offset, which it keeps */
static bool
fn_utc(YaqlCall *call, ExprValue *result)
{
	ExprValue	offset;

	return fn_offset(call, &offset) &&
		mst_datetime_add(call->cxt, &call->args[0], &offset, -1, result);
}

/* seconds from the epoch to .utc, whose offset counts again */
static bool
fn_timestamp(YaqlCall *call, ExprValue *result)
{
	const ExprDatetime *datetime = call->args[0].u.datetime;
	int64		instant = datetime->local - 2 * datetime->offset;

	*result = mst_value_float((double) instant / EXPR_USECS_PER_SECOND);
	return true;
}

/* ---- properties of a timespan ---- */

static bool
total_units(YaqlCall *call, int64 unit, ExprValue *result)
{
	ExprValue	one;
	double		ratio;

	if (!mst_timespan_make(call->cxt, 0, unit, &one) ||
		!mst_timespan_ratio(call->cxt, &call->args[0], &one, &ratio))
		return false;
	*result = mst_value_float(ratio);
	return true;
}

static bool
fn_total_days(YaqlCall *call, ExprValue *result)
{
	return total_units(call, EXPR_USECS_PER_DAY, result);
}

static bool
fn_total_hours(YaqlCall *call, ExprValue *result)
{
	return total_units(call, 3600 * EXPR_USECS_PER_SECOND, result);
}

static bool
fn_total_minutes(YaqlCall *call, ExprValue *result)
{
	return total_units(call, 60 * EXPR_USECS_PER_SECOND, result);
}

static bool
fn_total_seconds(YaqlCall *call, ExprValue *result)
{
	return total_units(call, EXPR_USECS_PER_SECOND, result);
}

static bool
fn_total_milliseconds(YaqlCall *call, ExprValue *result)
{
	return total_units(call, 1000, result);
}

const YaqlBuiltin mst_yaql_datetime_functions[] =
{
	{"#property#date", YAQL_FUNCTION, "dt:datetime", fn_date},
	{"#property#day", YAQL_FUNCTION, "dt:datetime", fn_day},
	{"#property#days", YAQL_FUNCTION, "timespan:timespan", fn_total_days},
	{"#property#hour", YAQL_FUNCTION, "dt:datetime", fn_hour},
	{"#property#hours", YAQL_FUNCTION, "timespan:timespan", fn_total_hours},
	{"#property#microsecond", YAQL_FUNCTION, "dt:datetime", fn_microsecond},
	{"#property#microseconds", YAQL_FUNCTION, "timespan:timespan", .plain = {.makes = mst_timespan_microseconds}},
	{"#property#milliseconds", YAQL_FUNCTION, "timespan:timespan", fn_total_milliseconds},
	{"#property#minute", YAQL_FUNCTION, "dt:datetime", fn_minute},
	{"#property#minutes", YAQL_FUNCTION, "timespan:timespan", fn_total_minutes},
	{"#property#month", YAQL_FUNCTION, "dt:datetime", fn_month},
	{"#property#offset", YAQL_FUNCTION, "dt:datetime", fn_offset},
	{"#property#second", YAQL_FUNCTION, "dt:datetime", fn_second},
	{"#property#seconds", YAQL_FUNCTION, "timespan:timespan", fn_total_seconds},
	{"#property#time", YAQL_FUNCTION, "dt:datetime", fn_time},
	{"#property#timestamp", YAQL_FUNCTION, "dt:datetime", fn_timestamp},
	{"#property#utc", YAQL_FUNCTION, "dt:datetime", fn_utc},
	{"#property#weekday", YAQL_FUNCTION, "dt:datetime", fn_weekday},
	{"#property#year", YAQL_FUNCTION, "dt:datetime", fn_year},
	{"datetime", YAQL_FUNCTION,
		"year:int month:int day:int hour:int=0 minute:int=0 second:int=0"
		" microsecond:int=0 offset:timespan=none",
	fn_datetime},
	{"datetime", YAQL_FUNCTION, "timestamp:number offset:timespan=none", fn_datetime_from_timestamp},
	{"datetime", YAQL_FUNCTION, "string:str format:str?=null", fn_datetime_from_text},
	{"format", YAQL_METHOD, "dt:datetime format:str", .plain = {.makes_two = mst_datetime_format}},
	{"localtz", YAQL_FUNCTION, "", fn_localtz},
	{"now", YAQL_FUNCTION, "offset:timespan?=none", fn_now},
	{"replace", YAQL_METHOD,
		"dt:datetime year:int?=null month:int?=null day:int?=null hour:int?=null"
		" minute:int?=null second:int?=null microsecond:int?=null offset:timespan?=null",
	fn_replace},
	{"timespan", YAQL_FUNCTION,
		"days:int=0 hours:int=0 minutes:int=0 seconds:strictint=0"
		" milliseconds:strictint=0 microseconds:strictint=0",
	fn_timespan},
	{"utctz", YAQL_FUNCTION, "", fn_utctz},
	{NULL}
};
