/*-------------------------------------------------------------------------
 *
 * clients.c
 *	  The connections of clients, and who must go when there are too many.
 *
 * Connections cost their owner nothing, so a limit alone would let whoever
 * opens many lock the others out until some time-out.  Therefore a connection
 * that no request is worked on for gives way to a new one: of those from the
 * address with the most connections the one that has been at it longest.  A
 * client that sends its request at once is served, however many do not.
 *
 * A thread is told to end by shutting down its socket.  The socket is closed
 * only after the connection has left the list: while the lock is held, its
 * number cannot belong to another one.
 *
 *-------------------------------------------------------------------------
 */
#include "clients.h"

#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "memory.h"
#include "metrics.h"
#include "pool.h"

#define BUCKETS		1024

/* An IPv4 address, or the network of 64 bits that one IPv6 client may own. */
typedef struct ClientAddress
{
	unsigned char key[16];
	int			connections;	/* not counting those that were ended */
	int			users;			/* counting them */
	struct ClientAddress *next;
} ClientAddress;

static struct
{
	const Config *config;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	ClientAddress *buckets[BUCKETS];
	Client	   *first;
	int			connections;	/* not counting those that were ended */
	int			served;
}			clients = {

	.lock = PTHREAD_MUTEX_INITIALIZER
};

/* Remembers the settings; called before threads are started. */
void
clients_init(const Config *config)
{
	pthread_condattr_t attr;

	clients.config = config;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&clients.changed, &attr);
	pthread_condattr_destroy(&attr);
}

/* Writes what counts as one client: IPv4 addresses, whole networks of IPv6. */
static void
make_key(const struct sockaddr *address, unsigned char *key)
{
	memset(key, 0, 16);
	if (address->sa_family == AF_INET)
	{
		key[10] = key[11] = 0xff;
		memcpy(key + 12, &((const struct sockaddr_in *) address)->sin_addr, 4);
	}
	else if (address->sa_family == AF_INET6)
	{
		const struct in6_addr *v6 = &((const struct sockaddr_in6 *) address)->sin6_addr;

		memcpy(key, v6, IN6_IS_ADDR_V4MAPPED(v6) ? 16 : 8);
	}
}

/* Returns the link to an address, or to where it would be.  With the lock held. */
static ClientAddress **
address_place(const unsigned char *key)
{
	unsigned int hash = 0;
	ClientAddress **place;
	int			i;

	for (i = 0; i < 16; i++)
		hash = hash * 31 + key[i];
	place = &clients.buckets[hash % BUCKETS];
	while (*place != NULL && memcmp((*place)->key, key, 16) != 0)
		place = &(*place)->next;
	return place;
}

/* Forgets an address when its last connection has gone.  With the lock held. */
static void
address_release(ClientAddress *address)
{
	ClientAddress **place = address_place(address->key);

	if (--address->users > 0)
		return;
	*place = address->next;
	free(address);
}

/*
 * Writes the peer's address as it is compared with trusted_proxies: an address
 * of IPv4 reads the same on a socket of IPv6.
 */
static void
write_remote(Client *client, const struct sockaddr *address)
{
	const char *mapped = "::ffff:";
	char	   *remote = client->remote;

	if (getnameinfo(address, address->sa_family == AF_INET6 ?
					sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in),
					remote, sizeof(client->remote), NULL, 0, NI_NUMERICHOST) != 0)
		snprintf(remote, sizeof(client->remote), "?");
	else if (strncmp(remote, mapped, strlen(mapped)) == 0)
		memmove(remote, remote + strlen(mapped), strlen(remote) - strlen(mapped) + 1);
}

/* Tells the thread of a connection to end.  With the lock held. */
static void
end_client(Client *client)
{
	if (client->is_ended)
		return;
	shutdown(client->fd, SHUT_RDWR);
	client->is_ended = true;
	client->address->connections--;
	clients.connections--;
}

/* Tells whether "client" shall go rather than "other", which may be NULL. */
static bool
goes_first(const Client *client, const Client *other)
{
	if (other == NULL)
		return true;
	if (client->address->connections != other->address->connections)
		return client->address->connections > other->address->connections;
	/* who reads an answer has got something to lose */
	if ((client->phase == CLIENT_READING) != (other->phase == CLIENT_READING))
		return other->phase == CLIENT_READING;
	return client->since < other->since;
}

/*
 * Ends the connection that can best be spared, of all or of one address.
 * False when all of them are served.  With the lock held.
 */
static bool
displace_client(const ClientAddress *address)
{
	Client	   *victim = NULL;
	Client	   *client;

	for (client = clients.first; client != NULL; client = client->next)
		if (!client->is_ended && client->phase != CLIENT_SERVED &&
			(address == NULL || client->address == address) &&
			goes_first(client, victim))
			victim = client;
	if (victim == NULL)
		return false;
	end_client(victim);
	atomic_fetch_add(&metrics.displaced, 1);
	return true;
}

/* Returns how many connections one address may have. */
static int
address_limit(void)
{
	int			limit = clients.config->max_connections_per_address;
	int			all = clients.config->max_connections;

	/* some stay free for others, however busy one address is */
	return limit > 0 ? limit : all - all / 10;
}

/*
 * Gives an accepted connection a place among the others, of which one may have
 * to go.  Returns NULL when there is none, because requests of all others are
 * being worked on; else the caller ends it by client_remove().
 */
Client *
client_admit(int fd, const struct sockaddr *address)
{
	Client	   *client = mem_alloc(sizeof(Client));
	unsigned char key[16];
	ClientAddress **place;
	bool		fits;

	client->fd = fd;
	write_remote(client, address);
	make_key(address, key);
	pthread_mutex_lock(&clients.lock);
	place = address_place(key);
	if (*place == NULL)
	{
		*place = mem_alloc(sizeof(ClientAddress));
		memcpy((*place)->key, key, 16);
	}
	client->address = *place;
	client->address->users++;
	fits = client->address->connections < address_limit() || displace_client(client->address);
	if (fits && clients.connections >= clients.config->max_connections)
		fits = displace_client(NULL);
	if (fits)
	{
		client->address->connections++;
		clients.connections++;
		client->since = clock_ms();
		client->next = clients.first;
		if (client->next != NULL)
			client->next->prev = client;
		clients.first = client;
		atomic_fetch_add(&metrics.connections, 1);
	}
	else
	{
		address_release(client->address);
		free(client);
		client = NULL;
		atomic_fetch_add(&metrics.turned_away, 1);
	}
	pthread_mutex_unlock(&clients.lock);
	return client;
}

/* Notes a new phase and wakes who waits for one.  With the lock held. */
static void
set_phase(Client *client, ClientPhase phase)
{
	clients.served += (phase >= CLIENT_SERVED) - (client->phase >= CLIENT_SERVED);
	client->phase = phase;
	client->since = clock_ms();
	pthread_cond_broadcast(&clients.changed);
}

/* Forgets a connection and frees its structure.  The caller closes the socket. */
void
client_remove(Client *client)
{
	pthread_mutex_lock(&clients.lock);
	set_phase(client, CLIENT_WAITING);
	if (!client->is_ended)
	{
		client->address->connections--;
		clients.connections--;
	}
	address_release(client->address);
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

/* Notes that a phase of the connection begins. */
void
client_phase(Client *client, ClientPhase phase)
{
	pthread_mutex_lock(&clients.lock);
	set_phase(client, phase);
	pthread_mutex_unlock(&clients.lock);
}

/* Ends a connection because descriptors are used up; false: none can be spared. */
bool
clients_make_room(void)
{
	bool		done;

	pthread_mutex_lock(&clients.lock);
	done = displace_client(NULL);
	pthread_mutex_unlock(&clients.lock);
	return done;
}

/* Ends all connections, or only those that wait for a request. */
void
clients_end(bool idle_only)
{
	Client	   *client;

	pthread_mutex_lock(&clients.lock);
	for (client = clients.first; client != NULL; client = client->next)
		if (!idle_only || client->phase == CLIENT_WAITING)
			end_client(client);
	pthread_mutex_unlock(&clients.lock);
}

/*
 * Waits, no longer than the deadline, until no request is worked on or
 * answered, or until all connections have gone.
 */
void
clients_await(bool served_only, double deadline)
{
	struct timespec until;

	until.tv_sec = (time_t) (deadline / 1e3);
	until.tv_nsec = (long) ((deadline - 1e3 * (double) until.tv_sec) * 1e6);
	pthread_mutex_lock(&clients.lock);
	while (served_only ? clients.served > 0 : clients.first != NULL)
		if (pthread_cond_timedwait(&clients.changed, &clients.lock, &until) != 0)
			break;
	pthread_mutex_unlock(&clients.lock);
}
