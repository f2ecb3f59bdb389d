/*-------------------------------------------------------------------------
 *
 * clock.h
 *	  A clock that never jumps.
 *
 *-------------------------------------------------------------------------
 */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

extern double clock_ms(void);

#endif							/* COMMON_CLOCK_H */
