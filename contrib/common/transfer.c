/*-------------------------------------------------------------------------
 *
 * transfer.c
 *	  HTTP requests to others, all under way at the same time in one thread.
 *
 * libcurl does the work, driven by the main loop: transfers_wait() sleeps until
 * something can go on, transfers_process() lets it go on and tells the owners
 * of requests that have ended.  An owner hears of the end of its request once,
 * unless it recalls or frees the request before.
 *
 * Addresses are judged here, when a connection is opened: no request of any
 * program gets around that, whatever its host's name resolved to.  Of a host with
 * several addresses those that are allowed are tried.  A request
 * that is subject to rules of the database therefore never uses a connection
 * that another one has opened.
 *
 *-------------------------------------------------------------------------
 */
#include "transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "egress.h"
#include "log.h"
#include "memory.h"

static CURLM *multi = NULL;
static const char *ca_file = "";

/* Notes that the rules deny something, and why. */
static void
note_denial(Transfer *transfer, const Buf *why)
{
	transfer->is_denied = true;
	snprintf(transfer->denial, sizeof(transfer->denial), "%s", why->data);
}

/*
 * Tells whether both the operator's settings and the database's rules allow the
 * address, and notes when they do not: that is the reason if nothing comes of the
 * request.
 */
static bool
address_is_allowed(Transfer *transfer, const struct sockaddr *address)
{
	Buf			why = {0};
	bool		is_allowed = egress_address_is_allowed(address) &&
	outbound_allows_address(transfer->outbound, transfer->connect_to, transfer->connect_port,
							address, &why);

	if (why.len > 0)
		note_denial(transfer, &why);
	transfer->is_denied |= !is_allowed;
	buf_free(&why);
	return is_allowed;
}

/* Called by libcurl instead of socket(). */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	Transfer   *transfer = arg;

	(void) purpose;
	if (!address_is_allowed(transfer, &address->addr))
		return CURL_SOCKET_BAD;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Lets the request speak these protocols only; older versions know them as bits. */
static void
set_protocols(CURL *easy, const char *names, long bits)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	(void) bits;
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, names);
#else
	(void) names;
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS, bits);
#endif
}

/*
 * Prepares a request, which is all zeroes, with what holds for every one of
 * them.  "done" is told the end; the owner then frees the request with
 * transfer_free().
 */
void
transfer_init(Transfer *transfer, const char *agent,
			  void (*done) (void *owner, CURLcode code), void *owner)
{
	CURL	   *easy = curl_easy_init();

	if (easy == NULL)
		log_fatal("could not make a request with libcurl");
	transfer->easy = easy;
	transfer->done = done;
	transfer->owner = owner;
	curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
	/* signals would interrupt the resolver anywhere */
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, agent);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
	set_protocols(easy, "http,https", CURLPROTO_HTTP | CURLPROTO_HTTPS);
	if (ca_file[0] != '\0')
		curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
}

/*
 * Says which port of which host the request is connected to, for the rules of the database.
 * False, with transfer->denial: it may not go there.  A host to which another
 * one connects (is_forwarded) is only judged.
 */
bool
transfer_go_to(Transfer *transfer, const char *host, int port, bool is_forwarded)
{
	Buf			why = {0};

	if (transfer->outbound == NULL)
		return true;
	transfer->is_denied = false;
	if (!outbound_allows_host(transfer->outbound, host, port, is_forwarded, &why))
		note_denial(transfer, &why);
	buf_free(&why);
	if (is_forwarded)
		return !transfer->is_denied;
	free(transfer->connect_to);
	transfer->connect_to = mem_copy(host);
	transfer->connect_port = port;

	/*
	 * a connection that is there already was opened under the rules of
	 * another
	 */
	curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(transfer->easy, CURLOPT_FORBID_REUSE, 1L);
	return !transfer->is_denied;
}

/* Makes the request one that sends a mail by SMTP instead. */
void
transfer_use_mail(Transfer *transfer)
{
	set_protocols(transfer->easy, "smtp,smtps", CURLPROTO_SMTP | CURLPROTO_SMTPS);
	/* nobody sends by a connection that another has logged in to */
	curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(transfer->easy, CURLOPT_FORBID_REUSE, 1L);
	/* a proxy of the environment is one for HTTP */
	curl_easy_setopt(transfer->easy, CURLOPT_PROXY, "");
}

/*
 * Adds a header.  Returns false, and adds nothing, when name or value would
 * end the line or begin another header.
 */
bool
transfer_add_header(Transfer *transfer, const char *name, const char *value)
{
	Buf			line = {0};

	if (name[0] == '\0' || strpbrk(name, ":\r\n") != NULL ||
		strpbrk(value, "\r\n") != NULL)
		return false;
	/* libcurl takes a header without a value only with a semicolon */
	buf_printf(&line, value[0] == '\0' ? "%s;%s" : "%s: %s", name, value);
	transfer->headers = curl_slist_append(transfer->headers, line.data);
	buf_free(&line);
	return true;
}

/* Keeps libcurl from adding a header of that name by itself. */
void
transfer_omit_header(Transfer *transfer, const char *name)
{
	Buf			line = {0};

	buf_printf(&line, "%s:", name);
	transfer->headers = curl_slist_append(transfer->headers, line.data);
	buf_free(&line);
}

/* Takes back the headers of that name that were added. */
void
transfer_drop_header(Transfer *transfer, const char *name)
{
	struct curl_slist *kept = NULL;
	size_t		len = strlen(name);

	for (struct curl_slist *line = transfer->headers; line != NULL; line = line->next)
	{
		if (strncasecmp(line->data, name, len) != 0 ||
			(line->data[len] != ':' && line->data[len] != ';'))
			kept = curl_slist_append(kept, line->data);
	}
	curl_slist_free_all(transfer->headers);
	transfer->headers = kept;
}

/* Sends the request; false when libcurl does not take it. */
bool
transfer_send(Transfer *transfer)
{
	curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);
	return curl_multi_add_handle(multi, transfer->easy) == CURLM_OK;
}

/* Takes a request back, under way or ended; it can be sent again. */
void
transfer_recall(Transfer *transfer)
{
	curl_multi_remove_handle(multi, transfer->easy);
}

/*
 * Tells whether a request has failed because addresses of its host are denied, by
 * the rule of transfer->denial or, if that is "", by a denied range.
 */
bool
transfer_was_denied(const Transfer *transfer, CURLcode code)
{
	return code == CURLE_COULDNT_CONNECT && transfer->is_denied;
}

/* Returns libcurl's words for a failure; valid as long as the request. */
const char *
transfer_problem(const Transfer *transfer, CURLcode code)
{
	return transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(code);
}

/* Frees what the request holds, under way or not; all zeroes is harmless. */
void
transfer_free(Transfer *transfer)
{
	if (transfer->easy != NULL)
	{
		transfer_recall(transfer);
		curl_easy_cleanup(transfer->easy);
	}
	curl_slist_free_all(transfer->headers);
	free(transfer->connect_to);
	transfer->easy = NULL;
	transfer->headers = NULL;
	transfer->connect_to = NULL;
}

/* Has certificates checked by the authorities in this file; "": by the system's. */
void
transfers_trust(const char *file)
{
	ca_file = file;
}

/* Prepares libcurl; ends the process when that is not possible. */
void
transfers_open(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0 ||
		(multi = curl_multi_init()) == NULL)
		log_fatal("could not initialize libcurl");
}

/* Waits for requests, for the other descriptors, or for the time. */
void
transfers_wait(struct curl_waitfd *others, unsigned int count, int wait_ms)
{
	curl_multi_poll(multi, others, count, wait_ms, NULL);
}

/* Goes on with all requests, and tells the owners of those that have ended. */
void
transfers_process(void)
{
	int			running;
	int			left;
	CURLMsg    *message;

	curl_multi_perform(multi, &running);
	while ((message = curl_multi_info_read(multi, &left)) != NULL)
	{
		Transfer   *transfer;
		CURLcode	code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **) &transfer);
		transfer->done(transfer->owner, code);
	}
}

/* Ends the use of libcurl.  Requests that are under way must have been freed. */
void
transfers_close(void)
{
	curl_multi_cleanup(multi);
	curl_global_cleanup();
}
