/*-------------------------------------------------------------------------
 *
 * http.c
 *	  Requests and answers of one connection.
 *
 * A request is received in two steps: its head, upon which service.c says
 * whether it is wanted, and then its body.  The answer is sent when all of it is
 * there.  Each step has a deadline of its own, so that a connection costs a
 * thread for a bounded time.
 *
 * After a request that was not well-formed, or whose body was not received,
 * nobody knows where the next one begins: its answer is the last of the
 * connection.
 *
 *-------------------------------------------------------------------------
 */
#include "http.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "access_log.h"
#include "answer.h"
#include "body.h"
#include "clock.h"
#include "head.h"
#include "live.h"
#include "log.h"
#include "memory.h"
#include "metrics.h"
#include "request.h"
#include "service.h"
#include "stream.h"

#define BODY_BUFFER		16384	/* room behind a head for bytes of a body */
#define EVENT_MS		10000	/* in which a client takes an event */
#define LINGER_MS		5000	/* to read an answer that comes too early */
/* no browser guesses what an answer is, or shows it in a page of another site */
#define OWN_SITE_ONLY	"X-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\n"
#define GO_ON			"HTTP/1.1 100 Continue\r\n\r\n"

static const Config *http_config;
static volatile bool http_stopping;

/* Remembers the settings; called before threads are started. */
void
http_init(const Config *config)
{
	http_config = config;
	body_init(config);
}

/* Makes each answer from now on the last of its connection. */
void
http_stop_soon(void)
{
	http_stopping = true;
	live_stop_soon();
}

/* Enters an answered request into the log and the metrics. */
static void
account_request(Request *request, size_t bytes_out)
{
	double		total_ms = clock_ms() - request->received_at + request->admit_ms;
	AccessRecord record = {
		.remote = request->remote, .method = request->method,
		.path = request->path, .role = request->role,
		.request_id = request->id, .status = request->answer.status,
		.total_ms = total_ms, .wait_ms = request->wait_ms,
		.db_ms = request->db_ms, .bytes_in = request->bytes_in,
		.bytes_out = bytes_out
	};

	access_log(&record);
	metrics_request(request->answer.status, total_ms, request->wait_ms,
					request->db_ms, request->bytes_in, bytes_out);
}

/* Returns the words of a status; they mean nothing to programs, so "" will do. */
static const char *
reason_phrase(int status)
{
	static const struct
	{
		int			status;
		const char *phrase;
	}			phrases[] = {
		{200, "OK"}, {201, "Created"}, {204, "No Content"}, {302, "Found"},
		{304, "Not Modified"},
		{400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"},
		{404, "Not Found"}, {405, "Method Not Allowed"},
		{406, "Not Acceptable"}, {408, "Request Timeout"}, {409, "Conflict"},
		{413, "Content Too Large"}, {414, "URI Too Long"},
		{415, "Unsupported Media Type"}, {417, "Expectation Failed"},
		{423, "Locked"}, {431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"}, {503, "Service Unavailable"},
		{504, "Gateway Timeout"},
		{505, "HTTP Version Not Supported"}
	};
	size_t		i;

	for (i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "";
}

/* Appends the date in the form of the RFC, which no locale may change. */
static void
head_date(Buf *head)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun",
		"Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
	};
	time_t		now = time(NULL);
	struct tm	tm;

	gmtime_r(&now, &tm);
	buf_printf(head, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n",
			   days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
			   tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Appends the head of an answer but for its length. */
static void
add_head(Request *request, Buf *head, bool has_body)
{
	const Answer *answer = &request->answer;

	buf_printf(head, "HTTP/1.1 %d %s\r\n", answer->status, reason_phrase(answer->status));
	head_date(head);
	if (answer->content_type != NULL && has_body)
		buf_printf(head, "Content-Type: %s\r\n", answer->content_type);
	for (int i = 0; i < answer->nheaders; i++)
		buf_printf(head, "%s: %s\r\n", answer->headers[i].name, answer->headers[i].value);
	buf_puts(head, OWN_SITE_ONLY);
	if (answer->from_db)
		buf_puts(head, "Cache-Control: no-store\r\n");
	buf_printf(head, "X-Request-Id: %s\r\n", request->id);
	if (request->is_last)
		buf_puts(head, "Connection: close\r\n");
	else if (request->head.minor == 0)
		buf_puts(head, "Connection: keep-alive\r\n");
}

/* Sends a part of an answer that goes on. */
static bool
send_event(void *state, const Buf *text)
{
	Stream	   *stream = state;

	stream->deadline = clock_ms() + EVENT_MS;
	return stream_write(stream, text, "", 0);
}

/* Sends an answer that goes on until the client has enough: the end of the connection is its own. */
static void
send_stream(Request *request, Stream *stream)
{
	Buf			head = {0};

	request->is_last = true;
	add_head(request, &head, true);
	buf_puts(&head, "\r\n");
	if (send_event(stream, &head))
		live_serve(request, send_event, stream);
	live_end(request);
	buf_free(&head);
	account_request(request, 0);
}

/* Sends the answer; false when that failed. */
static bool
send_answer(Request *request, Stream *stream)
{
	Answer	   *answer = &request->answer;
	const char *text = answer->fixed != NULL ? answer->fixed :
	answer->from_db ? answer->db.text : answer->body.data;
	size_t		len = answer->fixed != NULL ? answer->fixed_len :
	answer->from_db ? answer->db.len : answer->body.len;
	bool		is_head = strcmp(request->method, "HEAD") == 0;
	Buf			head = {0};
	bool		sent;

	add_head(request, &head, len > 0);
	if (answer->status != 204 && answer->status != 304)
		buf_printf(&head, "Content-Length: %zu\r\n", len);
	buf_puts(&head, "\r\n");
	stream->deadline = clock_ms() + 1e3 * http_config->response_timeout;
	sent = stream_write(stream, &head, text, is_head || answer->status == 204 ? 0 : len);
	buf_free(&head);
	account_request(request, len);
	return sent;
}

/* Refuses a request: what follows it on its connection is not read. */
static bool
refuse_request(Request *request, int status, const char *reason)
{
	answer_fault(request, status, false, "%s", reason);
	request->is_last = true;
	return false;
}

/*
 * Refuses what was received and is no complete head, if there is anybody who
 * can be told.
 */
static bool
refuse_part(Request *request, const Stream *stream, bool has_line)
{
	if (stream->timed_out)
	{
		atomic_fetch_add(&metrics.slow_clients, 1);
		return refuse_request(request, 408, "The request did not come in time");
	}
	if (stream->end < (size_t) http_config->max_header)
		return false;			/* the client has closed */
	if (!has_line)
		return refuse_request(request, 414, "The target of the request is too long");
	return refuse_request(request, 431, "The header fields of the request are too large");
}

/*
 * Receives the head behind "at" bytes that were looked at; its first byte is
 * there.  False when there is none, of which the answer may tell.
 */
static bool
receive_head(Request *request, Stream *stream)
{
	Head	   *head = &request->head;
	size_t		line = 0;		/* length of the request line, once it is
								 * there */
	size_t		at = 0;

	for (;;)
	{
		char	   *text = stream->data;
		HeadScan	found = head_scan(text, stream->end, &at);

		if (found != HEAD_MORE && at > (size_t) http_config->max_header)
			found = HEAD_MORE;
		if (found == HEAD_FAULT)
			return refuse_request(request, 400, "The head of the request has a control character or an incomplete line end");
		if (line == 0 && found == HEAD_LINE)
		{
			line = at;
			if (!head_parse_line(head, text, line))
				return refuse_request(request, head->status, head->fault);
			continue;
		}
		if (found == HEAD_END && line == 0)
			return refuse_request(request, 400, "The request line is missing");
		if (found == HEAD_END)
			break;
		if (found == HEAD_MORE &&
			(stream->end >= (size_t) http_config->max_header || !stream_fill(stream)))
			return refuse_part(request, stream, line > 0);
	}
	stream->base = stream->start = at;
	return head_parse_fields(head, stream->data + line, at - line) ||
		refuse_request(request, head->status, head->fault);
}

/*
 * Receives the body of a request whose head is right.  A client that waits for
 * the word to go on is told to only if it has a body that may come.
 */
static bool
receive_body(Request *request, Stream *stream)
{
	const Head *head = &request->head;
	Buf			go_on = {.data = GO_ON, .len = strlen(GO_ON)};
	char		too_large[80];

	if (head->expects_continue && stream->start == stream->end &&
		(head->is_chunked || (head->length > 0 && head->length <= (uint64_t) http_config->max_body)) &&
		!stream_write(stream, &go_on, "", 0))
		return false;
	switch (body_receive(stream, head, &request->body))
	{
		case BODY_RECEIVED:
			return true;
		case BODY_MALFORMED:
			return refuse_request(request, 400, "The chunks of the request's body are not well-formed");
		case BODY_TOO_LARGE:
			snprintf(too_large, sizeof(too_large), "The request's body is longer than %d bytes",
					 http_config->max_body);
			return refuse_request(request, 413, too_large);
		case BODY_NO_ROOM:
			answer_retry(request, 1, "The bodies of too many requests are in memory");
			request->is_last = true;
			return false;
		case BODY_LOST:
			break;
	}
	if (!stream->timed_out)
		return false;
	atomic_fetch_add(&metrics.slow_clients, 1);
	return refuse_request(request, 408, "The request did not come in time");
}

/*
 * Waits for the first byte of a request.  An empty line before it is passed
 * over, as the RFC wishes.  False when the connection has ended.
 */
static bool
await_request(Stream *stream, double seconds)
{
	size_t		left = stream->end - stream->start;

	/* what came with the request before moves to the front */
	memmove(stream->data, stream->data + stream->start, left);
	stream->base = stream->start = 0;
	stream->end = left;
	stream->deadline = clock_ms() + 1e3 * seconds;
	while (stream->end == 0 || (stream->end < 2 && stream->data[0] == '\r'))
		if (!stream_fill(stream))
			return false;
	if (stream->end >= 2 && memcmp(stream->data, "\r\n", 2) == 0)
	{
		stream->end -= 2;
		memmove(stream->data, stream->data + 2, stream->end);
	}
	return true;
}

/* Notes what the log tells of the request; "" where its line was not understood. */
static void
note_target(Request *request)
{
	const char *target = request->head.target;

	request->method = request->head.method != NULL ? request->head.method : "";
	request->uri = target != NULL ? target : "";
	request->path = mem_copy_n(request->uri, strcspn(request->uri, "?"));
}

/* Returns the time in which a head must have come, from its first byte. */
static double
head_seconds(void)
{
	return http_config->header_timeout < http_config->request_timeout ?
		http_config->header_timeout : http_config->request_timeout;
}

/*
 * Receives a request, and its body only where that is wanted.  False when it
 * is not to be handled: the answer has been set, or the client is gone.
 */
static bool
receive_request(Request *request, Stream *stream, Client *client)
{
	const Head *head = &request->head;
	bool		has_body;
	double		begin = clock_ms();
	bool		ok;

	stream->deadline = begin + 1e3 * head_seconds();
	ok = receive_head(request, stream);
	note_target(request);
	request_set_id(request);
	request->received_at = clock_ms();
	if (!ok)
		return false;
	request->is_last = !head->keeps_open;
	has_body = head->is_chunked || head->length > 0;
	client_phase(client, CLIENT_SERVED);
	if (!service_admit(request))
	{
		request->is_last |= has_body;
		return false;
	}
	if (!has_body)
		return true;
	request->admit_ms = clock_ms() - request->received_at;
	client_phase(client, CLIENT_SENDING);
	stream->deadline = begin + request->admit_ms + 1e3 * http_config->request_timeout;
	ok = receive_body(request, stream);
	request->bytes_in = request->body.len;
	if (!ok)
		body_free(&request->body);	/* memory for others, while the client
									 * reads the refusal as slowly as it likes */
	request->received_at = clock_ms();
	client_phase(client, CLIENT_SERVED);
	return ok;
}

/*
 * Lets the client read an answer that it may not have expected: it may still be
 * sending, and would take a closed connection for an error.
 */
static void
linger_on(Stream *stream)
{
	/* somebody who was slow is not waited for once more */
	if (stream->timed_out)
		return;
	stream->deadline = clock_ms() + LINGER_MS;
	stream_linger(stream, 2 * (size_t) http_config->max_body + 1024 * 1024);
}

/* Serves a request that has begun; false when the connection is at its end. */
static bool
serve_request(Client *client, Stream *stream)
{
	Request    *request = request_create();
	bool		received;
	bool		goes_on = false;

	client->requests++;
	client_phase(client, CLIENT_SENDING);
	request->is_tls = stream->tls != NULL;
	request->fd = stream->fd;
	snprintf(request->remote, sizeof(request->remote), "%s", client->remote);
	received = receive_request(request, stream, client);
	if (received)
	{
		atomic_fetch_add(&metrics.requests_active, 1);
		service_handle(request);
		body_free(&request->body);	/* others may need the room meanwhile */
		atomic_fetch_sub(&metrics.requests_active, 1);
	}
	request->is_last |= http_stopping ||
		client->requests >= http_config->max_requests_per_connection;
	if (request->answer.status != 0)
	{
		client_phase(client, CLIENT_READING);
		if (request->topic != NULL)
			send_stream(request, stream);
		else
			goes_on = send_answer(request, stream) && !request->is_last;
		client_phase(client, CLIENT_WAITING);
		if (!received && request->is_last)
			linger_on(stream);
	}
	request_free(request);
	return goes_on;
}

/* Serves a connection until its end; the caller closes the socket. */
void
http_serve(Client *client)
{
	Stream		stream;
	double		seconds = head_seconds();

	if (stream_open(&stream, client->fd, (size_t) http_config->max_header + BODY_BUFFER,
					clock_ms() + 1e3 * seconds))
	{
		while (await_request(&stream, seconds))
		{
			if (!serve_request(client, &stream))
				break;
			seconds = http_config->idle_timeout;
		}
		if (stream.tls != NULL)
			gnutls_bye(stream.tls, GNUTLS_SHUT_WR);
	}
	stream_close(&stream);
}

/* Tells somebody who gets no place so, if that costs no waiting. */
void
http_turn_away(int fd)
{
	static const char answer[] = "HTTP/1.1 503 Service Unavailable\r\n"
	"Content-Length: 0\r\nConnection: close\r\nRetry-After: 1\r\n\r\n";

	if (http_config->tls_key[0] == '\0')
		(void) send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}
