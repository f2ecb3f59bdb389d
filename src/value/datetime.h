/*-------------------------------------------------------------------------
 *
 * datetime.h
 *	  Date-times with an offset, and timespans.
 *
 * Proleptic Gregorian calendar, years 1 to 9999, microseconds.  A timespan
 * is kept normalised in the ExprValue itself: days in len, 0 <= microseconds
 * of a day in u.integer, at most 999999999 days either way.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_DATETIME_H
#define MISTRAL_VALUE_DATETIME_H

#include "value/value.h"

#define EXPR_USECS_PER_SECOND	INT64CONST(1000000)
#define EXPR_USECS_PER_DAY		INT64CONST(86400000000)

struct ExprDatetime
{
	int64		local;			/* wall clock: microseconds since 1970-01-01
								 * 00:00 */
	int64		offset;			/* microseconds east of UTC */
	bool		is_naive;		/* has no offset (YAML timestamps) */
	bool		is_date;		/* date without time (YAML dates) */
};

/* The wall clock in parts. */
typedef struct ExprDateParts
{
	int			year;
	int			month;			/* 1..12 */
	int			day;			/* 1..31 */
	int			hour;
	int			minute;
	int			second;
	int			microsecond;
	int			weekday;		/* Monday 0 */
	int			yearday;		/* 1..366 */
} ExprDateParts;

extern void mst_datetime_parts(const ExprDatetime *datetime, ExprDateParts *parts);
extern bool mst_datetime_make(EvalContext *cxt, const ExprDateParts *parts, int64 offset, ExprValue *result);
extern bool mst_datetime_from_timestamp(EvalContext *cxt, const ExprValue *seconds, int64 offset, ExprValue *result);
extern bool mst_datetime_parse(EvalContext *cxt, const ExprValue *text, ExprValue *result);
extern bool mst_datetime_parse_format(EvalContext *cxt, const ExprValue *text, const ExprValue *format, ExprValue *result);
extern bool mst_datetime_format(EvalContext *cxt, const ExprValue *datetime, const ExprValue *format, ExprValue *result);
extern bool mst_datetime_now(EvalContext *cxt, int64 offset, ExprValue *result);
extern int64 mst_datetime_local_offset(void);
extern bool mst_datetime_add(EvalContext *cxt, const ExprValue *datetime, const ExprValue *span, int sign, ExprValue *result);
extern bool mst_datetime_subtract(EvalContext *cxt, const ExprValue *a, const ExprValue *b, ExprValue *result);
extern int	mst_datetime_compare(const ExprValue *a, const ExprValue *b);
extern void mst_datetime_append(StringInfo out, const ExprDatetime *datetime);
extern void mst_datetime_append_stored(StringInfo out, const ExprDatetime *datetime);
extern bool mst_timespan_make(EvalContext *cxt, int64 days, int64 microseconds, ExprValue *result);
extern bool mst_timespan_sum(EvalContext *cxt, const ExprValue parts[6], ExprValue *result);
extern bool mst_timespan_add(EvalContext *cxt, const ExprValue *a, const ExprValue *b, ExprValue *result);
extern bool mst_timespan_subtract(EvalContext *cxt, const ExprValue *a, const ExprValue *b, ExprValue *result);
extern bool mst_timespan_negate(EvalContext *cxt, const ExprValue *a, ExprValue *result);
extern bool mst_timespan_multiply(EvalContext *cxt, const ExprValue *a, const ExprValue *number, ExprValue *result);
extern bool mst_timespan_divide(EvalContext *cxt, const ExprValue *a, const ExprValue *number, ExprValue *result);
extern bool mst_timespan_ratio(EvalContext *cxt, const ExprValue *a, const ExprValue *b, double *result);
extern int	mst_timespan_compare(const ExprValue *a, const ExprValue *b);
extern bool mst_timespan_microseconds(EvalContext *cxt, const ExprValue *span, ExprValue *result);
extern bool mst_timespan_to_offset(EvalContext *cxt, const ExprValue *span, int64 *offset);
extern void mst_timespan_append(StringInfo out, const ExprValue *span);

#endif							/* MISTRAL_VALUE_DATETIME_H */
