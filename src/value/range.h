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

extern int64 mst_number_clip(const ExprValue *a);
extern int	mst_number_sign(const ExprValue *a);
extern int64 mst_range_length(const ExprRange *range);
extern int64 mst_range_item(const ExprRange *range, int64 i);
extern void mst_slice_indices(int64 length, const ExprValue *start, const ExprValue *stop, int64 step,
							  int64 *from, int64 *to, int64 *count);

#endif							/* MISTRAL_VALUE_RANGE_H */
