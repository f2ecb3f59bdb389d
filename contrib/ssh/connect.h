/*-------------------------------------------------------------------------
 *
 * connect.h
 *	  A connection to a host.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SSH_CONNECT_H
#define SSH_CONNECT_H

#include "request.h"

#define MAX_HOST	256			/* bytes of a name, with the NUL */

/* A host as the input names it: "name", "name:port", "[address]:port". */
typedef struct Host
{
	char		name[MAX_HOST];
	unsigned int port;
} Host;

extern void host_parse(Host *host, const char *text, const Settings *settings, bool is_forwarded);
extern int	connect_socket(const Host *host, const Settings *settings);

#endif							/* SSH_CONNECT_H */
