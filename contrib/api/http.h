/*-------------------------------------------------------------------------
 *
 * http.h
 *	  Requests and answers of one connection.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_HTTP_H
#define API_HTTP_H

#include "clients.h"
#include "config.h"

extern void http_init(const Config *config);
extern void http_stop_soon(void);
extern void http_serve(Client *client);
extern void http_turn_away(int fd);

#endif							/* API_HTTP_H */
