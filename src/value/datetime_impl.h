/*-------------------------------------------------------------------------
 *
 * datetime_impl.h
 *	  What the datetime*.c files share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_DATETIME_IMPL_H
#define MISTRAL_VALUE_DATETIME_IMPL_H

#include "value/datetime.h"

/* English names, from January and Monday on. */
extern const char *const mst_datetime_months[12];
extern const char *const mst_datetime_weekdays[7];

extern int	mst_datetime_days_in_month(int year, int month);
extern void mst_datetime_append_offset(StringInfo out, int64 offset, bool with_colon);

#endif							/* MISTRAL_VALUE_DATETIME_IMPL_H */
