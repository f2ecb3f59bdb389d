/*-------------------------------------------------------------------------
 *
 * stream.h
 *	  Bytes to and from a client, with or without TLS.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_STREAM_H
#define API_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include <gnutls/gnutls.h>

#include "config.h"
#include "memory.h"

/*
 * The bytes received and not yet used are data[start .. end).  Bytes before
 * "base" stay where they are: the head of the request in work.
 */
typedef struct Stream
{
	int			fd;
	gnutls_session_t tls;		/* NULL without TLS */
	char	   *data;
	size_t		size;
	size_t		base;
	size_t		start;
	size_t		end;
	double		deadline;		/* of all that follows, see clock_ms() */
	bool		timed_out;		/* it was missed */
} Stream;

extern bool stream_init(const Config *config);
extern bool stream_open(Stream *stream, int fd, size_t size, double deadline);
extern bool stream_fill(Stream *stream);
extern bool stream_write(Stream *stream, const Buf *head, const char *body, size_t len);
extern void stream_linger(Stream *stream, size_t max_bytes);
extern void stream_close(Stream *stream);

#endif							/* API_STREAM_H */
