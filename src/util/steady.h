/*-------------------------------------------------------------------------
 *
 * steady.h
 *	  A clock for how long something takes.
 *
 * The time of day can be set back or forward while the server runs: then what
 * was to last for 50 ms would last for an hour, or what took 1 ms would be
 * charged as an hour.  Points in time that people and tables know are of the
 * other clock (GetCurrentTimestamp()).
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_UTIL_STEADY_H
#define MISTRAL_UTIL_STEADY_H

#include "portability/instr_time.h"

/*
 * Returns microseconds since some time before the server was started, the same
 * for all its processes; never goes back.
 */
static inline int64
mst_steady_us(void)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	return (int64) INSTR_TIME_GET_MICROSEC(now);
}

#endif							/* MISTRAL_UTIL_STEADY_H */
