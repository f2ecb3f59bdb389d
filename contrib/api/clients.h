/*-------------------------------------------------------------------------
 *
 * clients.h
 *	  The connections of clients, and the end of those that are too slow.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_CLIENTS_H
#define API_CLIENTS_H

#include "config.h"

/* What a connection is doing. */
typedef enum ClientPhase
{
	CLIENT_WAITING,				/* for a request to begin */
	CLIENT_SENDING,				/* the client sends a request */
	CLIENT_SERVED,				/* we work on it: no limit here */
	CLIENT_READING				/* the client reads the answer */
} ClientPhase;

typedef struct Client
{
	int			fd;
	int			requests;		/* begun on this connection */
	ClientPhase phase;
	double		deadline;		/* of the phase, see clock_ms(); 0: none */
	struct Client *prev;
	struct Client *next;
} Client;

extern void clients_start(const Config *config);
extern void clients_stop(void);
extern Client *client_add(int fd);
extern void client_remove(Client *client);
extern void client_phase(Client *client, ClientPhase phase);
extern int	clients_served(void);

#endif							/* API_CLIENTS_H */
