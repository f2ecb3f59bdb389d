/*-------------------------------------------------------------------------
 *
 * origin.h
 *	  Which requests that browsers send are those of our own pages.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_ORIGIN_H
#define API_ORIGIN_H

#include "config.h"
#include "request.h"

extern void origin_init(const Config *config);
extern bool origin_check(Request *request);

#endif							/* API_ORIGIN_H */
