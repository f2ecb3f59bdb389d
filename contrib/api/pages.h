/*-------------------------------------------------------------------------
 *
 * pages.h
 *	  What the server answers by itself.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_PAGES_H
#define API_PAGES_H

#include "config.h"
#include "request.h"

typedef void (*PageServer) (Request *request);

extern void pages_init(const Config *config);
extern void page_base_address(const Request *request, Buf *out);
extern PageServer page_find(const Route *route);

#endif							/* API_PAGES_H */
