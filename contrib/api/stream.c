/*-------------------------------------------------------------------------
 *
 * stream.c
 *	  Bytes to and from a client, with or without TLS.
 *
 * Sockets do not block; whoever must wait does so in poll(), until the
 * deadline of the stream.  A thread that shall end is woken by shutting its
 * socket down.
 *
 *-------------------------------------------------------------------------
 */
#include "stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "clock.h"
#include "log.h"
#include "memory.h"

#define TLS_PRIORITIES	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

static gnutls_certificate_credentials_t tls_credentials;
static gnutls_priority_t tls_priorities;

/* Loads key and certificate, if there are; false when they are no use. */
bool
stream_init(const Config *config)
{
	int			error;

	if (*config->tls_key == '\0')
		return true;
	error = gnutls_certificate_allocate_credentials(&tls_credentials);
	if (error == 0)
		error = gnutls_priority_init(&tls_priorities, TLS_PRIORITIES, NULL);
	if (error == 0)
		error = gnutls_certificate_set_x509_key_file(tls_credentials,
													 config->tls_certificate, config->tls_key,
													 GNUTLS_X509_FMT_PEM);
	if (error >= 0)
		return true;
	log_message(LOG_ERROR, "could not load certificate \"%s\" and key \"%s\": %s",
				config->tls_certificate, config->tls_key, gnutls_strerror(error));
	return false;
}

/* Waits until the socket is ready; false when the deadline is missed. */
static bool
wait_for(Stream *stream, short events)
{
	struct pollfd socket = {stream->fd, events, 0};

	for (;;)
	{
		double		left = stream->deadline - clock_ms();
		int			ready;

		if (left <= 0)
		{
			stream->timed_out = true;
			return false;
		}
		ready = poll(&socket, 1, (int) left + 1);
		if (ready > 0)
			return true;
		if (ready < 0 && errno != EINTR)
			return false;
	}
}

/* Tells whether a call for TLS that returned "result" is to be made again. */
static bool
wait_for_tls(Stream *stream, ssize_t result)
{
	if (result != GNUTLS_E_AGAIN && result != GNUTLS_E_INTERRUPTED)
		return false;
	return wait_for(stream, gnutls_record_get_direction(stream->tls) ? POLLOUT : POLLIN);
}

/* Takes the client through the handshake; false when that fails or takes too long. */
static bool
open_tls(Stream *stream)
{
	int			result;

	if (gnutls_init(&stream->tls, GNUTLS_SERVER | GNUTLS_NONBLOCK) != 0)
	{
		stream->tls = NULL;
		return false;
	}
	gnutls_credentials_set(stream->tls, GNUTLS_CRD_CERTIFICATE, tls_credentials);
	gnutls_priority_set(stream->tls, tls_priorities);
	gnutls_transport_set_int(stream->tls, stream->fd);
	do
		result = gnutls_handshake(stream->tls);
	while (result != 0 && !gnutls_error_is_fatal(result) &&
		   (result == GNUTLS_E_WARNING_ALERT_RECEIVED || wait_for_tls(stream, result)));
	return result == 0;
}

/*
 * Begins to use an accepted socket, with room for "size" bytes.  False when
 * the client does not speak TLS though it should; the stream is to be closed
 * in any case.
 */
bool
stream_open(Stream *stream, int fd, size_t size, double deadline)
{
	memset(stream, 0, sizeof(*stream));
	stream->fd = fd;
	stream->size = size;
	stream->data = mem_alloc(size);
	stream->deadline = deadline;
	return tls_credentials == NULL || open_tls(stream);
}

/* Receives what is there, at least a byte: 0 at the end, -1 on failure. */
static ssize_t
receive_bytes(Stream *stream, char *data, size_t size)
{
	ssize_t		got;

	do
	{
		if (stream->tls != NULL)
			got = gnutls_record_recv(stream->tls, data, size);
		else
			got = recv(stream->fd, data, size, 0);
		if (got >= 0)
			return got;
	} while (stream->tls != NULL ? wait_for_tls(stream, got) :
			 errno == EINTR ||
			 ((errno == EAGAIN || errno == EWOULDBLOCK) && wait_for(stream, POLLIN)));
	return -1;
}

/*
 * Receives more bytes behind those not yet used, for which there must be
 * room.  False at the end of the stream, on failure and after the deadline.
 */
bool
stream_fill(Stream *stream)
{
	ssize_t		got;

	if (stream->start == stream->end)
		stream->start = stream->end = stream->base;
	else if (stream->end == stream->size)
	{
		memmove(stream->data + stream->base, stream->data + stream->start,
				stream->end - stream->start);
		stream->end -= stream->start - stream->base;
		stream->start = stream->base;
	}
	if (stream->end == stream->size)
		return false;
	got = receive_bytes(stream, stream->data + stream->end, stream->size - stream->end);
	if (got > 0)
		stream->end += (size_t) got;
	return got > 0;
}

/* Sends all bytes over TLS; false when that failed. */
static bool
write_tls(Stream *stream, const char *data, size_t len)
{
	while (len > 0)
	{
		ssize_t		sent = gnutls_record_send(stream->tls, data, len);

		if (sent < 0 && !wait_for_tls(stream, sent))
			return false;
		if (sent > 0)
		{
			data += sent;
			len -= (size_t) sent;
		}
	}
	return true;
}

/* Sends a head and a body, which may be empty; false when that failed. */
bool
stream_write(Stream *stream, const Buf *head, const char *body, size_t len)
{
	struct iovec parts[2] = {{head->data, head->len}, {(void *) body, len}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

	if (stream->tls != NULL)
		return write_tls(stream, head->data, head->len) &&
			write_tls(stream, body, len);
	while (parts[0].iov_len + parts[1].iov_len > 0)
	{
		ssize_t		sent = sendmsg(stream->fd, &message, MSG_NOSIGNAL);
		int			i;

		if (sent < 0 && errno != EINTR &&
			((errno != EAGAIN && errno != EWOULDBLOCK) || !wait_for(stream, POLLOUT)))
			return false;
		for (i = 0; i < 2 && sent > 0; i++)
		{
			size_t		of_part = (size_t) sent < parts[i].iov_len ? (size_t) sent : parts[i].iov_len;

			parts[i].iov_base = (char *) parts[i].iov_base + of_part;
			parts[i].iov_len -= of_part;
			sent -= (ssize_t) of_part;
		}
	}
	return true;
}

/*
 * Says that nothing more is sent, and throws away what still comes, until the
 * client closes: closing with bytes unread would tear down the connection,
 * and with it an answer that the client has not read yet.
 */
void
stream_linger(Stream *stream, size_t max_bytes)
{
	size_t		seen = 0;
	char		waste[16384];

	if (stream->tls != NULL)
		gnutls_bye(stream->tls, GNUTLS_SHUT_WR);
	shutdown(stream->fd, SHUT_WR);
	while (seen < max_bytes)
	{
		ssize_t		got = recv(stream->fd, waste, sizeof(waste), 0);

		if (got == 0 || (got < 0 && errno != EINTR &&
						 ((errno != EAGAIN && errno != EWOULDBLOCK) || !wait_for(stream, POLLIN))))
			break;
		seen += got > 0 ? (size_t) got : 0;
	}
}

/* Frees what the stream holds; its socket stays open. */
void
stream_close(Stream *stream)
{
	if (stream->tls != NULL)
		gnutls_deinit(stream->tls);
	free(stream->data);
}
