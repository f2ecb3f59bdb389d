/*-------------------------------------------------------------------------
 *
 * http.h
 *	  The HTTP side of the server.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_HTTP_H
#define API_HTTP_H

#include "config.h"

extern bool http_start(const Config *config);
extern int	http_port(void);
extern void http_stop(void);

#endif							/* API_HTTP_H */
