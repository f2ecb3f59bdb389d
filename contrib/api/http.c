/*-------------------------------------------------------------------------
 *
 * http.c
 *	  The HTTP side of the server, over libmicrohttpd.
 *
 * Every connection has a thread of its own, which waits for the client, then
 * for a database connection, then for the database, and goes on with the
 * client.  That is the shortest way through the machine for a request; what
 * it costs is bounded by max_connections.
 *
 *-------------------------------------------------------------------------
 */
#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>

#include "clients.h"
#include "log.h"
#include "metrics.h"
#include "request.h"

#define THREAD_STACK	(512 * 1024)

static const Config *http_config;
static struct MHD_Daemon *http_daemon;
static int	http_socket = -1;
static volatile bool http_stopping;

/* A header's value, NULL when there is none. */
const char *
request_header(const Request *request, const char *name)
{
	return MHD_lookup_connection_value(request->headers, MHD_HEADER_KIND, name);
}

static Client *
client_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info->socket_context;
}

static void
connection_notify(void *arg, struct MHD_Connection *connection, void **context,
				  enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info;

	(void) arg;
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
	{
		info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
		*context = client_add(info->connect_fd);
	}
	else if (*context != NULL)
	{
		client_remove(*context);
		*context = NULL;
	}
}

static void
set_remote(Request *request, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const char *mapped = "::ffff:";

	if (info == NULL || info->client_addr == NULL ||
		getnameinfo(info->client_addr,
					info->client_addr->sa_family == AF_INET6 ?
					sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in),
					request->remote, sizeof(request->remote), NULL, 0,
					NI_NUMERICHOST) != 0)
		snprintf(request->remote, sizeof(request->remote), "?");
	else if (strncmp(request->remote, mapped, strlen(mapped)) == 0)
		memmove(request->remote, request->remote + strlen(mapped),
				strlen(request->remote) - strlen(mapped) + 1);
}

/* The client's own id of the request when it is harmless, else a new one. */
static void
set_id(Request *request)
{
	const char *given = request_header(request, "X-Request-Id");
	unsigned char random[16];
	int			i;

	if (given != NULL && *given != '\0' && strlen(given) < sizeof(request->id) &&
		strspn(given, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.") == strlen(given))
	{
		snprintf(request->id, sizeof(request->id), "%s", given);
		return;
	}
	gnutls_rnd(GNUTLS_RND_NONCE, random, sizeof(random));
	for (i = 0; i < 16; i++)
		snprintf(request->id + 2 * i, 3, "%02x", random[i]);
}

/* The request line has come: what is returned becomes the request. */
static void *
request_begin(void *arg, const char *uri, struct MHD_Connection *connection)
{
	Request    *request = mem_alloc(sizeof(Request));
	Client	   *client = client_of(connection);

	(void) arg;
	request->uri = mem_copy(uri);
	request->path = mem_copy_n(uri, strcspn(uri, "?"));
	if (client != NULL)
	{
		client->requests++;
		client_phase(client, CLIENT_SENDING);
	}
	return request;
}

static void
request_end(void *arg, struct MHD_Connection *connection, void **context,
			enum MHD_RequestTerminationCode code)
{
	Request    *request = *context;
	Client	   *client = client_of(connection);
	int			i;

	(void) arg;
	(void) code;
	if (client != NULL)
		client_phase(client, CLIENT_WAITING);
	if (request == NULL)
		return;
	for (i = 0; i < request->answer.nheaders; i++)
		free(request->answer.headers[i].value);
	buf_free(&request->answer.body);
	pool_answer_free(&request->answer.db);
	buf_free(&request->body);
	free(request->decoded);
	free(request->path);
	free(request->uri);
	free(request);
	*context = NULL;
}

static void
account(Request *request, size_t bytes_out)
{
	double		total_ms = clock_ms() - request->received_at;
	AccessRecord record = {
		.remote = request->remote, .method = request->method,
		.path = request->path, .role = request->role,
		.request_id = request->id, .status = request->answer.status,
		.total_ms = total_ms, .wait_ms = request->wait_ms,
		.db_ms = request->db_ms, .bytes_in = request->body.len,
		.bytes_out = bytes_out
	};

	log_access(&record);
	metrics_request(request->answer.status, total_ms, request->wait_ms,
					request->db_ms, request->body.len, bytes_out);
}

/*
 * Send the answer.  Its body stays in the request, which lives until it was
 * sent.
 */
static enum MHD_Result
send_answer(Request *request, struct MHD_Connection *connection)
{
	Answer	   *answer = &request->answer;
	Client	   *client = client_of(connection);
	const char *text = answer->from_db ? answer->db.text : answer->body.data;
	size_t		len = answer->from_db ? answer->db.len : answer->body.len;
	struct MHD_Response *response;
	enum MHD_Result result;
	int			i;

	response = MHD_create_response_from_buffer(len, (void *) (text != NULL ? text : ""),
											   MHD_RESPMEM_PERSISTENT);
	if (response == NULL)
		return MHD_NO;
	if (answer->content_type != NULL && len > 0)
		MHD_add_response_header(response, "Content-Type", answer->content_type);
	for (i = 0; i < answer->nheaders; i++)
		MHD_add_response_header(response, answer->headers[i].name, answer->headers[i].value);
	MHD_add_response_header(response, "X-Request-Id", request->id);
	if (http_stopping || client == NULL ||
		client->requests >= http_config->max_requests_per_connection)
		MHD_add_response_header(response, "Connection", "close");
	result = MHD_queue_response(connection, answer->status, response);
	MHD_destroy_response(response);
	account(request, len);
	return result;
}

static void
take_body(Request *request, const char *data, size_t size)
{
	if (request->body.len + size <= (size_t) http_config->max_body)
		buf_add(&request->body, data, size);
	else
	{
		request->too_large = true;
		buf_free(&request->body);
	}
}

static enum MHD_Result
request_handle(void *arg, struct MHD_Connection *connection, const char *url,
			   const char *method, const char *version, const char *data,
			   size_t *size, void **context)
{
	Request    *request = *context;
	Client	   *client = client_of(connection);

	(void) arg;
	(void) url;
	(void) version;
	if (request == NULL)
		return MHD_NO;
	if (request->method == NULL)
	{
		/* only the headers have come */
		request->method = method;
		request->headers = connection;
		request->is_tls = *http_config->tls_key != '\0';
		return MHD_YES;
	}
	if (*size > 0)
	{
		if (!request->too_large)
			take_body(request, data, *size);
		*size = 0;
		return MHD_YES;
	}
	request->received_at = clock_ms();
	if (client != NULL)
		client_phase(client, CLIENT_SERVED);
	atomic_fetch_add(&metrics.requests_active, 1);
	set_remote(request, connection);
	set_id(request);
	service_handle(request);
	atomic_fetch_sub(&metrics.requests_active, 1);
	if (client != NULL)
		client_phase(client, CLIENT_READING);
	return send_answer(request, connection);
}

/* Paths and queries are decoded by service.c. */
static size_t
keep_escapes(void *arg, struct MHD_Connection *connection, char *text)
{
	(void) arg;
	(void) connection;
	return strlen(text);
}

static void
library_log(void *arg, const char *fmt, va_list args)
{
	char		text[512];

	(void) arg;
	vsnprintf(text, sizeof(text), fmt, args);
	text[strcspn(text, "\n")] = '\0';
	log_message(LOG_DEBUG, "http: %s", text);
}

/* Open the listening socket; -1 when that was not possible. */
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
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) != 0 ||
		listen(fd, 1024) != 0)
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

static char *
read_file(const char *path)
{
	FILE	   *file = fopen(path, "r");
	Buf			text = {0};
	char		chunk[4096];
	size_t		len;

	if (file == NULL)
	{
		log_message(LOG_ERROR, "could not open file \"%s\": %s", path, strerror(errno));
		return NULL;
	}
	while ((len = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buf_add(&text, chunk, len);
	fclose(file);
	return text.data;
}

/* The library's options for TLS; it copies what it needs. */
static bool
tls_options(const Config *config, struct MHD_OptionItem *options, char **key, char **certificate)
{
	options[0].option = MHD_OPTION_END;
	if (*config->tls_key == '\0')
		return true;
	*key = read_file(config->tls_key);
	*certificate = read_file(config->tls_certificate);
	if (*key == NULL || *certificate == NULL)
		return false;
	options[0] = (struct MHD_OptionItem) {MHD_OPTION_HTTPS_MEM_KEY, 0, *key};
	options[1] = (struct MHD_OptionItem) {MHD_OPTION_HTTPS_MEM_CERT, 0, *certificate};
	options[2] = (struct MHD_OptionItem) {MHD_OPTION_HTTPS_PRIORITIES, 0,
		"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"};
	options[3] = (struct MHD_OptionItem) {MHD_OPTION_END, 0, NULL};
	return true;
}

/* Begin to serve; false when that is not possible, which was logged. */
bool
http_start(const Config *config)
{
	struct MHD_OptionItem options[4];
	char	   *key = NULL;
	char	   *certificate = NULL;
	unsigned int flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
		MHD_USE_POLL | MHD_USE_ITC | MHD_USE_ERROR_LOG;

	http_config = config;
	http_socket = listen_on(config);
	if (http_socket < 0)
		return false;
	if (*config->tls_key != '\0')
		flags |= MHD_USE_TLS;
	if (tls_options(config, options, &key, &certificate))
	{
		clients_start(config);
		http_daemon =
			MHD_start_daemon(flags, 0, NULL, NULL, request_handle, NULL,
							 MHD_OPTION_LISTEN_SOCKET, http_socket,
							 MHD_OPTION_EXTERNAL_LOGGER, library_log, NULL,
							 MHD_OPTION_CONNECTION_LIMIT, (unsigned int) config->max_connections,
							 MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned int) config->max_connections_per_address,
							 MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) config->max_header,
							 MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int) config->idle_timeout,
							 MHD_OPTION_THREAD_STACK_SIZE, (size_t) THREAD_STACK,
							 MHD_OPTION_NOTIFY_CONNECTION, connection_notify, NULL,
							 MHD_OPTION_NOTIFY_COMPLETED, request_end, NULL,
							 MHD_OPTION_URI_LOG_CALLBACK, request_begin, NULL,
							 MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
							 MHD_OPTION_ARRAY, options,
							 MHD_OPTION_END);
	}
	if (key != NULL)
		gnutls_memset(key, 0, strlen(key));
	free(key);
	free(certificate);
	if (http_daemon == NULL)
		log_message(LOG_ERROR, "could not start the HTTP server");
	return http_daemon != NULL;
}

/* The port that was bound. */
int
http_port(void)
{
	struct sockaddr_storage address;
	socklen_t	len = sizeof(address);

	if (getsockname(http_socket, (struct sockaddr *) &address, &len) != 0)
		return 0;
	return ntohs(address.ss_family == AF_INET6 ?
				 ((struct sockaddr_in6 *) &address)->sin6_port :
				 ((struct sockaddr_in *) &address)->sin_port);
}

/*
 * Stop: take no more connections, let the requests that have begun come to
 * their end for stop_timeout seconds, then close everything.
 */
void
http_stop(void)
{
	double		deadline = clock_ms() + 1e3 * http_config->stop_timeout;
	struct timespec pause = {0, 20000000};
	MHD_socket	listener;

	http_stopping = true;
	listener = MHD_quiesce_daemon(http_daemon);
	if (listener != MHD_INVALID_SOCKET)
		close(listener);
	while (clients_served() > 0 && clock_ms() < deadline)
		nanosleep(&pause, NULL);
	MHD_stop_daemon(http_daemon);
	clients_stop();
}
