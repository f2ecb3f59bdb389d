/*-------------------------------------------------------------------------
 *
 * body.c
 *	  The body of a request, as it comes from a stream.
 *
 * As strict as head.c is with heads, and for the same reason.
 *
 * A body is kept in memory until the database has it.  Each is bounded by
 * max_body, all together by max_body_memory, which counts what is allocated and
 * not what was announced: a client takes memory from others only by sending.
 * A body may grow to the size of what is left free.  So large bodies leave room
 * for small ones, however many there are and however slowly they come, and the
 * client of one that is too large for the moment is told to come again.
 *
 *-------------------------------------------------------------------------
 */
#include "body.h"

#include <string.h>

#include "metrics.h"

#define MAX_OVERHEAD	16384	/* bytes of a body's extensions and trailer
								 * fields */
#define MAX_CHUNK_LINE	1024
/* a chunk of that many digits is larger than any body may be */
#define MAX_SIZE_DIGITS	15

static size_t max_body;
static size_t max_memory;		/* of all bodies */

/* Remembers the settings; called before threads are started. */
void
body_init(const Config *config)
{
	const Buf	empty = {0};
	size_t		one;

	max_body = (size_t) config->max_body;
	max_memory = (size_t) config->max_body_memory;
	/* a body that is alone always finds room, or its client would ask in vain */
	one = buf_size_with(&empty, max_body);
	if (max_memory < 2 * one)
		max_memory = 2 * one;
}

/*
 * Enters the growth of a body by "more" bytes into the account of all bodies;
 * false when there is no room for it.  The account is a metric, so that it is
 * seen how full it is.
 */
static bool
claim_room(const Buf *body, size_t more)
{
	size_t		size = buf_size_with(body, more);
	size_t		growth = size - body->size;
	size_t		all;

	if (growth == 0)
		return true;
	all = (size_t) atomic_fetch_add(&metrics.body_bytes, (long) growth) + growth;
	if (all <= max_memory && size <= max_memory - all)
		return true;
	atomic_fetch_sub(&metrics.body_bytes, (long) growth);
	atomic_fetch_add(&metrics.bodies_refused, 1);
	return false;
}

/* Frees a body that was received, wholly or in part, and its room. */
void
body_free(Buf *body)
{
	atomic_fetch_sub(&metrics.body_bytes, (long) body->size);
	buf_free(body);
}

/* Moves "len" bytes to the body. */
static BodyOutcome
take_bytes(Stream *stream, uint64_t len, Buf *body)
{
	while (len > 0)
	{
		size_t		there = stream->end - stream->start;

		if (there == 0)
		{
			if (!stream_fill(stream))
				return BODY_LOST;
			continue;
		}
		if (there > len)
			there = (size_t) len;
		if (!claim_room(body, there))
			return BODY_NO_ROOM;
		buf_add(body, stream->data + stream->start, there);
		stream->start += there;
		len -= there;
	}
	return BODY_RECEIVED;
}

/*
 * Reads a line that ends with CR and LF and holds neither of them.  "line" is
 * valid until the next reading; its length is without the end.
 */
static BodyOutcome
take_line(Stream *stream, const char **line, size_t *len)
{
	size_t		at = 0;

	for (;;)
	{
		const char *text = stream->data + stream->start;
		size_t		there = stream->end - stream->start;
		HeadScan	found = head_scan(text, there, &at);

		if (found == HEAD_FAULT || at > MAX_CHUNK_LINE)
			return BODY_MALFORMED;
		if (found != HEAD_MORE)
		{
			*line = text;
			*len = at - 2;
			stream->start += at;
			return BODY_RECEIVED;
		}
		if (!stream_fill(stream))
			return BODY_LOST;
	}
}

static const char *
skip_blanks(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return at;
}

static const char *
skip_word(const char *at, const char *end)
{
	while (at < end && head_is_token(at, 1))
		at++;
	return at;
}

/* Returns what is behind a quoted string, or NULL if it has no end. */
static const char *
skip_quoted(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		if (*at == '\\')
			at++;
	return at < end ? at + 1 : NULL;
}

/* Tells whether these are extensions of a chunk.  Nobody knows any; they mean nothing. */
static bool
are_extensions(const char *at, const char *end)
{
	while (at < end)
	{
		const char *name;

		at = skip_blanks(at, end);
		if (at == end || *at++ != ';')
			return false;
		name = skip_blanks(at, end);
		at = skip_word(name, end);
		if (at == name)
			return false;
		if (skip_blanks(at, end) == end || *skip_blanks(at, end) != '=')
			continue;
		at = skip_blanks(skip_blanks(at, end) + 1, end);
		name = at;
		at = at < end && *at == '"' ? skip_quoted(at, end) : skip_word(at, end);
		if (at == NULL || at == name)
			return false;
	}
	return true;
}

/* Parses the line before a chunk; "overhead" grows by what is not its size. */
static BodyOutcome
parse_chunk_size(const char *line, size_t len, uint64_t *size, size_t *overhead)
{
	size_t		digits = 0;

	*size = 0;
	for (; digits < len; digits++)
	{
		char		c = line[digits];
		char		lower = c | 0x20;

		if (digits == MAX_SIZE_DIGITS)
			return BODY_MALFORMED;
		if (c >= '0' && c <= '9')
			*size = *size << 4 | (uint64_t) (c - '0');
		else if (lower >= 'a' && lower <= 'f')
			*size = *size << 4 | (uint64_t) (lower - 'a' + 10);
		else
			break;
	}
	*overhead += len - digits;
	if (digits == 0 || *overhead > MAX_OVERHEAD ||
		!are_extensions(line + digits, line + len))
		return BODY_MALFORMED;
	return BODY_RECEIVED;
}

/* Takes what must stand behind the bytes of a chunk, seen byte by byte. */
static BodyOutcome
take_chunk_end(Stream *stream)
{
	const char *c;

	for (c = "\r\n"; *c != '\0'; c++)
	{
		if (stream->start == stream->end && !stream_fill(stream))
			return BODY_LOST;
		if (stream->data[stream->start++] != *c)
			return BODY_MALFORMED;
	}
	return BODY_RECEIVED;
}

/* Skips the lines behind the last chunk; fields among them are not believed. */
static BodyOutcome
skip_trailer(Stream *stream, size_t overhead)
{
	for (;;)
	{
		const char *line;
		size_t		len;
		BodyOutcome outcome = take_line(stream, &line, &len);

		if (outcome != BODY_RECEIVED || len == 0)
			return outcome;
		overhead += len + 2;
		if (overhead > MAX_OVERHEAD || !head_field_is_valid(line, len))
			return BODY_MALFORMED;
	}
}

/* Receives chunks until the last one, which is empty, and what follows it. */
static BodyOutcome
receive_chunks(Stream *stream, Buf *body)
{
	size_t		overhead = 0;

	for (;;)
	{
		const char *line;
		size_t		len;
		uint64_t	size;
		BodyOutcome outcome = take_line(stream, &line, &len);

		if (outcome == BODY_RECEIVED)
			outcome = parse_chunk_size(line, len, &size, &overhead);
		if (outcome != BODY_RECEIVED)
			return outcome;
		if (size == 0)
			return skip_trailer(stream, overhead);
		if (size > max_body || body->len > max_body - size)
			return BODY_TOO_LARGE;
		outcome = take_bytes(stream, size, body);
		if (outcome == BODY_RECEIVED)
			outcome = take_chunk_end(stream);
		if (outcome != BODY_RECEIVED)
			return outcome;
	}
}

/*
 * Receives the body that a head tells of into "body", which is empty at first
 * and freed by the caller with body_free(), whatever the outcome.  What is too
 * large is refused as soon as its size is known, before it is received.
 */
BodyOutcome
body_receive(Stream *stream, const Head *head, Buf *body)
{
	if (head->is_chunked)
		return receive_chunks(stream, body);
	if (head->length > max_body)
		return BODY_TOO_LARGE;
	return take_bytes(stream, head->length, body);
}
