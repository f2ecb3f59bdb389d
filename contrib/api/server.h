/*-------------------------------------------------------------------------
 *
 * server.h
 *	  The listening socket, and a thread for each connection.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_SERVER_H
#define API_SERVER_H

#include "config.h"

extern bool server_start(const Config *config);
extern int	server_port(void);
extern void server_stop(void);

#endif							/* API_SERVER_H */
