/*-------------------------------------------------------------------------
 *
 * duration.h
 *	  Lengths of time as text.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_UTIL_DURATION_H
#define MISTRAL_UTIL_DURATION_H

/* the longest: ten years, and a few days, in seconds */
#define MAX_DURATION_S	(INT64CONST(10) * 366 * 24 * 3600)

extern bool mst_duration_parse(const char *text, int64 *seconds);

#endif							/* MISTRAL_UTIL_DURATION_H */
