/*-------------------------------------------------------------------------
 *
 * preflight.h
 *	  What --check does.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_PREFLIGHT_H
#define API_PREFLIGHT_H

#include "config.h"

extern int	preflight(const Config *config);

#endif							/* API_PREFLIGHT_H */
