/*-------------------------------------------------------------------------
 *
 * connect.c
 *	  A connection to a host.
 *
 * It is made here and not by libssh, so that each address is judged before
 * anything is sent to it.
 *
 *-------------------------------------------------------------------------
 */
#include "connect.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "egress.h"

/*
 * Reads a host with its port, 22 by default, which the operator's list and the
 * rules of the database must allow; a gateway connects to one that is forwarded.
 */
void
host_parse(Host *host, const char *text, const Settings *settings, bool is_forwarded)
{
	Buf			why = {0};
	const char *end = text[0] == '[' ? strchr(text, ']') : strchr(text, ':');
	const char *begin = text;
	const char *port = NULL;
	char	   *rest;

	host->port = 22;
	if (text[0] == '[' && end != NULL)
	{
		begin++;
		port = end[1] == ':' ? end + 2 : end[1] == '\0' ? NULL : "";
	}
	else if (end != NULL && strchr(end + 1, ':') == NULL)
		port = end + 1;
	else						/* no port, or an address of IPv6 */
		end = text + strlen(text);
	if (end == begin || end - begin >= MAX_HOST)
		fail_request("\"%s\" is no host", text);
	snprintf(host->name, sizeof(host->name), "%.*s", (int) (end - begin), begin);
	if (port != NULL)
	{
		long		number = strtol(port, &rest, 10);

		if (rest == port || *rest != '\0' || number < 1 || number > 65535)
			fail_request("\"%s\" has no valid port", text);
		host->port = (unsigned int) number;
	}
	if (!egress_host_is_allowed(host->name))
		fail_request("Host \"%s\" is not on the list of allowed hosts", host->name);
	if (!outbound_allows_host(settings->outbound, host->name, host->port, is_forwarded, &why))
		fail_request("Host \"%s\" is %s", host->name, why.data);
}

/* Connects to an address; -1: errno says why not. */
static int
connect_address(const struct addrinfo *address, long timeout)
{
	int			fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd wait = {fd, POLLOUT, 0};
	int			error = 0;
	socklen_t	len = sizeof(error);
	int			n;

	if (fd < 0)
		return -1;
	if (connect(fd, address->ai_addr, address->ai_addrlen) != 0 && errno != EINPROGRESS)
		error = errno;
	else if ((n = poll(&wait, 1, (int) timeout * 1000)) == 0)
		error = ETIMEDOUT;
	else if (n < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	if (error != 0)
	{
		close(fd);
		errno = error;
		return -1;
	}
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	return fd;
}

/* Returns a socket that is connected to the host; fails when that is not possible. */
int
connect_socket(const Host *host, const Settings *settings)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *addresses;
	char		port[16];
	bool		is_denied = false;
	Buf			why = {0};
	int			problem = 0;
	int			error;

	snprintf(port, sizeof(port), "%u", host->port);
	error = getaddrinfo(host->name, port, &hints, &addresses);
	if (error != 0)
		fail_request("Could not resolve host \"%s\": %s", host->name, gai_strerror(error));
	for (struct addrinfo *address = addresses; address != NULL; address = address->ai_next)
	{
		int			fd;

		if (!egress_address_is_allowed(address->ai_addr))
		{
			is_denied = true;
			continue;
		}
		buf_clear(&why);
		if (!outbound_allows_address(settings->outbound, host->name, host->port, address->ai_addr, &why))
			continue;
		fd = connect_address(address, settings->connect_timeout);
		if (fd >= 0)
		{
			freeaddrinfo(addresses);
			return fd;
		}
		problem = errno;
	}
	if (problem == 0 && why.len > 0)
		fail_request("Host \"%s\" is not allowed: it has an address %s", host->name, why.data);
	if (problem == 0 && is_denied)
		fail_request("Host \"%s\" is not allowed: it has an address in a denied range", host->name);
	fail_request("Could not connect to %s:%u: %s", host->name, host->port, strerror(problem));
}
