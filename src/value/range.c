/*-------------------------------------------------------------------------
 *
 * range.c
 *	  Integers as counts and indices, ranges, and the bounds of slices.
 *
 * Values beyond 64 bits are clipped: no sequence is so long that it made a
 * difference.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/bigint.h"
#include "value/range.h"

/* Sign of a number: -1, 0, 1. */
int
mst_number_sign(const ExprValue *a)
{
	switch ((ExprKind) a->kind)
	{
		case EXPR_BIGINT:
			return a->u.bigint->is_negative ? -1 : 1;
		case EXPR_FLOAT:
			return a->u.real > 0 ? 1 : (a->u.real < 0 ? -1 : 0);
		default:
			return mst_value_small_int(a) > 0 ? 1 : (mst_value_small_int(a) < 0 ? -1 : 0);
	}
}

/*
 * Returns an integral value as int64, for counts and indices: values outside
 * are clipped to the ends of the range.  The caller has checked the kind.
 */
int64
mst_number_clip(const ExprValue *a)
{
	if (a->kind == EXPR_BIGINT)
		return a->u.bigint->is_negative ? PG_INT64_MIN : PG_INT64_MAX;
	return mst_value_small_int(a);
}

/* Number of items of a range, and its item i. */
int64
mst_range_length(const ExprRange *range)
{
	__int128	span;

	if (range->step > 0 ? range->start >= range->stop : range->start <= range->stop)
		return 0;
	span = (__int128) range->stop - range->start;
	span = (span + range->step - (range->step > 0 ? 1 : -1)) / range->step;
	return span > PG_INT64_MAX ? PG_INT64_MAX : (int64) span;
}

/* Returns item i of a range; the caller knows that there is one. */
int64
mst_range_item(const ExprRange *range, int64 i)
{
	return (int64) ((uint64) range->start + (uint64) i * (uint64) range->step);
}

/* One bound of a slice: negative counts from the end, then clipped. */
static int64
slice_bound(const ExprValue *bound, int64 length, int64 otherwise, bool is_backward)
{
	int64		i;

	if (bound == NULL || bound->kind == EXPR_NULL || bound->kind == EXPR_NO_VALUE)
		return otherwise;
	i = mst_number_clip(bound);
	if (i < 0)
	{
		i = i < -length ? -1 : i + length;
		if (i < 0)
			return is_backward ? -1 : 0;
		return i;
	}
	if (i >= length)
		return is_backward ? length - 1 : length;
	return i;
}

/*
 * Turns a slice over `length` items into 0 <= start, stop and a step (not 0),
 * Python's slice.indices().
 */
void
mst_slice_indices(int64 length, const ExprValue *start, const ExprValue *stop, int64 step,
				  int64 *from, int64 *to, int64 *count)
{
	ExprRange	range;

	*from = slice_bound(start, length, step < 0 ? length - 1 : 0, step < 0);
	*to = slice_bound(stop, length, step < 0 ? -1 : length, step < 0);
	range.start = *from;
	range.stop = *to;
	range.step = step;
	*count = mst_range_length(&range);
}
