/*-------------------------------------------------------------------------
 *
 * clients.c
 *	  The connections of clients, and the end of those that are too slow.
 *
 * The HTTP library ends connections that are silent.  One that sends or reads
 * a byte now and then is not silent; so every phase of a connection also has
 * a deadline, and a thread shuts the sockets down that have missed theirs.
 * A socket is closed only by the library, after the connection has left the
 * list: while the lock is held, its number cannot belong to another one.
 *
 *-------------------------------------------------------------------------
 */
#include "clients.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "buf.h"
#include "metrics.h"
#include "pool.h"

static struct
{
	const Config *config;
	pthread_mutex_t lock;
	pthread_cond_t stop_asked;
	pthread_t	thread;
	bool		stop;
	Client	   *first;
	int			served;
}			clients = {
	.lock = PTHREAD_MUTEX_INITIALIZER
};

static double
phase_limit(ClientPhase phase)
{
	const Config *config = clients.config;

	switch (phase)
	{
		case CLIENT_WAITING:
			return 1e3 * (config->idle_timeout + config->request_timeout);
		case CLIENT_SENDING:
			return 1e3 * config->request_timeout;
		case CLIENT_SERVED:
			return 0;
		case CLIENT_READING:
			return 1e3 * config->response_timeout;
	}
	return 0;
}

/* With the lock held. */
static void
set_phase(Client *client, ClientPhase phase)
{
	double		limit = phase_limit(phase);

	clients.served += (phase == CLIENT_SERVED) - (client->phase == CLIENT_SERVED);
	client->phase = phase;
	client->deadline = limit > 0 ? clock_ms() + limit : 0;
}

static void
end_slow_clients(void)
{
	double		now = clock_ms();
	Client	   *client;

	for (client = clients.first; client != NULL; client = client->next)
	{
		if (client->deadline == 0 || client->deadline > now)
			continue;
		shutdown(client->fd, SHUT_RDWR);
		client->deadline = 0;
		if (client->phase != CLIENT_WAITING)
			atomic_fetch_add(&metrics.slow_clients, 1);
	}
}

static void *
watch(void *arg)
{
	(void) arg;
	pthread_mutex_lock(&clients.lock);
	while (!clients.stop)
	{
		struct timespec until;

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += 1;
		pthread_cond_timedwait(&clients.stop_asked, &clients.lock, &until);
		end_slow_clients();
	}
	pthread_mutex_unlock(&clients.lock);
	return NULL;
}

/* Start the thread that watches. */
void
clients_start(const Config *config)
{
	clients.config = config;
	pthread_cond_init(&clients.stop_asked, NULL);
	if (pthread_create(&clients.thread, NULL, watch, NULL) != 0)
		abort();
}

/* End it. */
void
clients_stop(void)
{
	pthread_mutex_lock(&clients.lock);
	clients.stop = true;
	pthread_cond_signal(&clients.stop_asked);
	pthread_mutex_unlock(&clients.lock);
	pthread_join(clients.thread, NULL);
}

/* A connection was accepted. */
Client *
client_add(int fd)
{
	Client	   *client = mem_alloc(sizeof(Client));

	client->fd = fd;
	pthread_mutex_lock(&clients.lock);
	client->next = clients.first;
	if (client->next != NULL)
		client->next->prev = client;
	clients.first = client;
	set_phase(client, CLIENT_WAITING);
	pthread_mutex_unlock(&clients.lock);
	atomic_fetch_add(&metrics.connections, 1);
	return client;
}

/* A connection is about to be closed; frees the structure. */
void
client_remove(Client *client)
{
	pthread_mutex_lock(&clients.lock);
	set_phase(client, CLIENT_WAITING);
	if (client->prev != NULL)
		client->prev->next = client->next;
	else
		clients.first = client->next;
	if (client->next != NULL)
		client->next->prev = client->prev;
	pthread_mutex_unlock(&clients.lock);
	atomic_fetch_sub(&metrics.connections, 1);
	free(client);
}

/* A phase begins. */
void
client_phase(Client *client, ClientPhase phase)
{
	pthread_mutex_lock(&clients.lock);
	set_phase(client, phase);
	pthread_mutex_unlock(&clients.lock);
}

/* How many requests are being worked on or answered. */
int
clients_served(void)
{
	Client	   *client;
	int			n;

	pthread_mutex_lock(&clients.lock);
	n = clients.served;
	for (client = clients.first; client != NULL; client = client->next)
		n += client->phase == CLIENT_READING;
	pthread_mutex_unlock(&clients.lock);
	return n;
}
