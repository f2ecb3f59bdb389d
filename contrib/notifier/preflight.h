/*-------------------------------------------------------------------------
 *
 * preflight.h
 *	  What --check does.
 *
 *-------------------------------------------------------------------------
 */
#ifndef NOTIFIER_PREFLIGHT_H
#define NOTIFIER_PREFLIGHT_H

extern int	preflight(void);

#endif							/* NOTIFIER_PREFLIGHT_H */
