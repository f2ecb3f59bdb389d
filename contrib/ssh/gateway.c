/*-------------------------------------------------------------------------
 *
 * gateway.c
 *	  The way to a host through another.
 *
 * A process of its own has the session with the gateway, which connects to the
 * host, and passes on what comes at either side.  It is of the same group, so
 * it is killed with the rest.
 *
 *-------------------------------------------------------------------------
 */
#include "gateway.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "auth.h"

/* Writes all of it; false: nobody reads any more. */
static bool
write_all(int fd, const char *data, size_t len)
{
	while (len > 0)
	{
		ssize_t		n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= n;
	}
	return true;
}

/* Passes on what has come from the gateway; false at its end. */
static bool
pass_back(ssh_channel channel, int fd)
{
	char		piece[32768];
	int			n;

	while ((n = ssh_channel_read_nonblocking(channel, piece, sizeof(piece), 0)) > 0)
	{
		if (!write_all(fd, piece, n))
			return false;
	}
	return (n == 0 || n == SSH_AGAIN) && !ssh_channel_is_eof(channel);
}

/* Passes on what has come from our side; false at its end. */
static bool
pass_on(ssh_channel channel, int fd)
{
	char		piece[32768];
	ssize_t		n = read(fd, piece, sizeof(piece));

	return n > 0 && ssh_channel_write(channel, piece, n) == n;
}

static void
pass_both(ssh_session session, ssh_channel channel, int fd)
{
	struct pollfd waits[2] = {{fd, POLLIN, 0}, {ssh_get_fd(session), POLLIN, 0}};

	while (pass_back(channel, fd))
	{
		if (poll(waits, 2, -1) < 0 && errno != EINTR)
			break;
		if (waits[0].revents != 0 && !pass_on(channel, fd))
			break;
	}
}

/* What the process does: connects, and passes on until one side has enough. */
static void
serve_request(const Request *request, const Host *host, int fd)
{
	Host		gateway;
	ssh_session session;
	ssh_channel channel;
	int			way = -1;

	host_parse(&gateway, request->gateway, &request->settings, false);
	if (request->proxy_command[0] == '\0')
		way = connect_socket(&gateway, &request->settings);
	session = session_open(request, &gateway, request->gateway_user, way, request->proxy_command);
	channel = ssh_channel_new(session);
	if (channel == NULL ||
		ssh_channel_open_forward(channel, host->name, (int) host->port, "127.0.0.1", 0) != SSH_OK)
		fail_request("The gateway does not connect to %s:%u: %s", host->name, host->port, ssh_get_error(session));
	pass_both(session, channel, fd);
}

/*
 * Returns a socket that leads to the host through the gateway.  If that fails
 * the other process answers, and ends this one.
 */
int
gateway_socket(const Request *request, const Host *host)
{
	int			ends[2];
	pid_t		parent = getpid();
	pid_t		pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0 || (pid = fork()) < 0)
		fail_request("Could not start a process for the gateway: %s", strerror(errno));
	if (pid == 0)
	{
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		if (getppid() == parent)
			serve_request(request, host, ends[1]);
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}
