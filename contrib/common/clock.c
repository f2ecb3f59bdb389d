/*-------------------------------------------------------------------------
 *
 * clock.c
 *	  A clock that never jumps.
 *
 *-------------------------------------------------------------------------
 */
#include "clock.h"

#include <time.h>

/*
 * Returns milliseconds since some time in the past.  Deadlines are counted in
 * them, because the time of day can be set back and forth meanwhile.
 */
double
clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}
