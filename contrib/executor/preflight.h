/*-------------------------------------------------------------------------
 *
 * preflight.h
 *	  What --check does.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_PREFLIGHT_H
#define EXECUTOR_PREFLIGHT_H

extern int	preflight(void);

#endif							/* EXECUTOR_PREFLIGHT_H */
