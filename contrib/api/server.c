/*-------------------------------------------------------------------------
 *
 * server.c
 *	  The listening socket, and a thread for each connection.
 *
 * Every connection has a thread of its own, which waits for the client, then
 * for a database connection, then for the database, and goes on with the
 * client.  That is the shortest way through the machine for a request; what
 * it costs is bounded by max_connections.
 *
 *-------------------------------------------------------------------------
 */
#include "server.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clients.h"
#include "clock.h"
#include "http.h"
#include "log.h"
#include "pool.h"
#include "stream.h"

#define THREAD_STACK	(512 * 1024)	/* bytes; the deepest call reads JSON */
#define BACKLOG			1024	/* connections that wait to be accepted */
#define PAUSE_MS		50		/* for a failing accept() to succeed again */

static const Config *server_config;
static int	listener = -1;
static int	stop_pipe[2];		/* closing its end stops the acceptor */
static pthread_t acceptor;
static pthread_attr_t connection_attr;

/* Opens the listening socket; -1 when that was not possible, which was logged. */
static int
listen_on(const Config *config)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE
	};
	struct addrinfo *found;
	char		port[16];
	int			on = 1;
	int			fd = -1;
	int			error;

	snprintf(port, sizeof(port), "%d", config->port);
	error = getaddrinfo(strcmp(config->listen, "*") == 0 ? NULL : config->listen,
						port, &hints, &found);
	if (error != 0)
	{
		log_message(LOG_ERROR, "address \"%s\" is not known: %s",
					config->listen, gai_strerror(error));
		return -1;
	}
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) != 0 ||
		listen(fd, BACKLOG) != 0)
	{
		log_message(LOG_ERROR, "could not listen on %s, port %d: %s",
					config->listen, config->port, strerror(errno));
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	return fd;
}

/* The thread of a connection. */
static void *
connection_main(void *arg)
{
	Client	   *client = arg;
	int			fd = client->fd;

	http_serve(client);
	client_remove(client);
	close(fd);
	return NULL;
}

/* Gives an accepted connection a thread, or turns it away. */
static void
take_connection(int fd, const struct sockaddr *address)
{
	int			on = 1;
	Client	   *client = client_admit(fd, address);
	pthread_t	thread;
	int			error;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (client == NULL)
	{
		http_turn_away(fd);
		close(fd);
		return;
	}
	error = pthread_create(&thread, &connection_attr, connection_main, client);
	if (error != 0)
	{
		log_message(LOG_ERROR, "could not start a thread: %s", strerror(error));
		client_remove(client);
		close(fd);
	}
}

/* Accepts one connection; false when there is none. */
static bool
accept_one(void)
{
	struct sockaddr_storage address;
	socklen_t	len = sizeof(address);
	int			fd = accept4(listener, (struct sockaddr *) &address, &len,
							 SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0)
	{
		take_connection(fd, (struct sockaddr *) &address);
		return true;
	}
	if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
	{
		struct pollfd stop = {stop_pipe[0], POLLIN, 0};

		log_message(LOG_ERROR, "could not accept a connection: %s", strerror(errno));
		(void) clients_make_room();
		poll(&stop, 1, PAUSE_MS);
	}
	return false;
}

/* The thread that accepts connections until the server stops. */
static void *
acceptor_main(void *arg)
{
	struct pollfd events[2] = {{listener, POLLIN, 0}, {stop_pipe[0], POLLIN, 0}};

	(void) arg;
	for (;;)
	{
		if (poll(events, 2, -1) < 0 && errno != EINTR)
			break;
		if (events[1].revents != 0)
			break;
		while (accept_one())
			;
	}
	return NULL;
}

/* Begins to serve; false when that is not possible, which was logged. */
bool
server_start(const Config *config)
{
	server_config = config;
	if (!stream_init(config))
		return false;
	listener = listen_on(config);
	if (listener < 0)
		return false;
	clients_init(config);
	http_init(config);
	pthread_attr_init(&connection_attr);
	pthread_attr_setdetachstate(&connection_attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&connection_attr, THREAD_STACK);
	if (pipe(stop_pipe) != 0 || pthread_create(&acceptor, NULL, acceptor_main, NULL) != 0)
	{
		log_message(LOG_ERROR, "could not start the HTTP server: %s", strerror(errno));
		return false;
	}
	return true;
}

/* Returns the port that was bound, 0 when that is not known. */
int
server_port(void)
{
	struct sockaddr_storage address;
	socklen_t	len = sizeof(address);

	if (getsockname(listener, (struct sockaddr *) &address, &len) != 0)
		return 0;
	return ntohs(address.ss_family == AF_INET6 ?
				 ((struct sockaddr_in6 *) &address)->sin6_port :
				 ((struct sockaddr_in *) &address)->sin_port);
}

/*
 * Stops: takes no more connections, lets the requests that have begun come to
 * their end for stop_timeout seconds, then closes everything.  A thread that
 * is still in the database then goes on until the program ends.
 */
void
server_stop(void)
{
	double		now;

	close(stop_pipe[1]);
	pthread_join(acceptor, NULL);
	close(listener);
	http_stop_soon();
	clients_end(true);
	now = clock_ms();
	clients_await(true, now + 1e3 * server_config->stop_timeout);
	clients_end(false);
	clients_await(false, clock_ms() + 1e3);
}
