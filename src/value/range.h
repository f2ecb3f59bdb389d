/*-------------------------------------------------------------------------
 *
 * range.h
 *	  Integers as counts and indices, ranges, and the bounds of slices.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_RANGE_H
#define MISTRAL_VALUE_RANGE_H

#include "value/value.h"

/*
 * An integral value as int64, for counts and indices: values outside are
 * clipped to the ends of the range.  The caller has checked the kind.
 */
extern int64 mst_number_clip(const ExprValue *a);

/* Sign of a number: -1, 0, 1. */
extern int	mst_number_sign(const ExprValue *a);

/* Number of items of a range, and its item i. */
extern int64 mst_range_length(const ExprRange *range);
extern int64 mst_range_item(const ExprRange *range, int64 i);

/* Turns a slice over `length` items into 0 <= start, stop and a step (not 0), Python's slice.indices(). */
extern void mst_slice_indices(int64 length, const ExprValue *start, const ExprValue *stop, int64 step,
							  int64 *from, int64 *to, int64 *count);

#endif							/* MISTRAL_VALUE_RANGE_H */
