/*-------------------------------------------------------------------------
 *
 * clients.h
 *	  The connections of clients, and who must go when there are too many.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_CLIENTS_H
#define API_CLIENTS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "config.h"

/* The phase of a connection. */
typedef enum ClientPhase
{
	CLIENT_WAITING,				/* for a request to begin */
	CLIENT_SENDING,				/* the client sends a request */
	CLIENT_SERVED,				/* we work on it */
	CLIENT_READING				/* the client reads the answer */
} ClientPhase;

typedef struct Client
{
	int			fd;
	char		remote[64];		/* the peer's address */
	int			requests;		/* begun on this connection */
	ClientPhase phase;
	double		since;			/* begin of the phase, see clock_ms() */
	bool		is_ended;		/* its socket was shut down */
	struct ClientAddress *address;
	struct Client *prev;
	struct Client *next;
} Client;

extern void clients_init(const Config *config);
extern Client *client_admit(int fd, const struct sockaddr *address);
extern void client_remove(Client *client);
extern void client_phase(Client *client, ClientPhase phase);
extern bool clients_make_room(void);
extern void clients_end(bool idle_only);
extern void clients_await(bool served_only, double deadline);

#endif							/* API_CLIENTS_H */
