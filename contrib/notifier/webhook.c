/*-------------------------------------------------------------------------
 *
 * webhook.c
 *	  Publishers of type "webhook": the event is posted to a URL.
 *
 *		{"type": "webhook", "url": "https://...", "headers": {...}, "secret": "..."}
 *
 * Any status 2xx is success; redirects are not followed, as they would take the
 * event to where nobody has asked for it.  With a secret the body is signed:
 * X-Mistral-Signature is "sha256=" and the HMAC in hexadecimal digits.
 *
 *-------------------------------------------------------------------------
 */
#include "webhook.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "config.h"
#include "egress.h"
#include "log.h"
#include "sha256.h"

typedef struct Request
{
	Delivery   *delivery;
	CURL	   *easy;
	struct curl_slist *headers;
	bool		is_denied;
	char		error[CURL_ERROR_SIZE];
} Request;

static CURLM *multi = NULL;

void
webhook_init(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0 ||
		(multi = curl_multi_init()) == NULL)
		log_fatal("could not initialize libcurl");
}

static void
free_request(Request *request)
{
	if (request->easy != NULL)
	{
		curl_multi_remove_handle(multi, request->easy);
		curl_easy_cleanup(request->easy);
	}
	curl_slist_free_all(request->headers);
	free(request);
}

static size_t
drop_content(char *data, size_t size, size_t count, void *arg)
{
	(void) data;
	(void) arg;
	return size * count;
}

static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	Request    *request = arg;

	(void) purpose;
	if (request->is_denied || !egress_address_is_allowed(&address->addr))
	{
		request->is_denied = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Add "name: value"; what cannot be a header is left out. */
static void
add_header(Request *request, const char *name, const char *value)
{
	Buf			line = {0};

	if (name[0] == '\0' || strpbrk(name, ":\r\n") != NULL ||
		strpbrk(value, "\r\n") != NULL)
		return;
	buf_printf(&line, value[0] == '\0' ? "%s;%s" : "%s: %s", name, value);
	request->headers = curl_slist_append(request->headers, line.data);
	buf_free(&line);
}

/* The publisher's headers; a content type is sent only if it names one. */
static void
set_headers(Request *request)
{
	Delivery   *delivery = request->delivery;
	Json	   *headers = json_member(delivery->publisher, "headers");
	const char *secret = delivery_option(delivery, "secret");
	bool		has_type = false;

	for (int i = 0; headers != NULL && headers->type == JSON_OBJECT && i < headers->count; i++)
	{
		Json	   *value = headers->items[i];

		if (value->type != JSON_STRING && value->type != JSON_NUMBER)
			continue;
		has_type = has_type || strcasecmp(headers->keys[i], "content-type") == 0;
		add_header(request, headers->keys[i], value->text);
	}
	if (!has_type)
		request->headers = curl_slist_append(request->headers, "Content-Type:");
	request->headers = curl_slist_append(request->headers, "Expect:");
	add_header(request, "X-Mistral-Event", delivery->event);
	add_header(request, "X-Mistral-Event-Id", delivery->event_id);
	add_header(request, "X-Mistral-Delivery-Id", delivery->id);
	if (secret != NULL)
	{
		char		signature[8 + 2 * SHA256_SIZE] = "sha256=";

		hmac_sha256_hex(secret, strlen(secret), delivery->payload,
						strlen(delivery->payload), signature + 7);
		add_header(request, "X-Mistral-Signature", signature);
	}
}

static void
set_options(Request *request, const char *url)
{
	CURL	   *easy = request->easy;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->error);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->delivery->payload);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop_content);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "mistral-notifier/1.0");
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long) (config.connect_timeout * 1000));
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long) (config.timeout * 1000));
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, request);
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long) (CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

/* May events go to the host of the URL? */
static bool
url_is_allowed(const char *url)
{
	CURLU	   *parsed = curl_url();
	char	   *host = NULL;
	bool		allowed;

	allowed = parsed != NULL &&
		curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK &&
		curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		egress_host_is_allowed(host);
	curl_free(host);
	curl_url_cleanup(parsed);
	return allowed;
}

void
webhook_start(Delivery *delivery)
{
	const char *url = delivery_option(delivery, "url");
	Request    *request;

	if (url == NULL || !url_is_allowed(url))
	{
		delivery_done(delivery, "the URL is missing or not allowed");
		return;
	}
	request = mem_alloc(sizeof(Request));
	request->delivery = delivery;
	request->easy = curl_easy_init();
	if (request->easy == NULL)
		log_fatal("could not make a request with libcurl");
	set_headers(request);
	set_options(request, url);
	if (curl_multi_add_handle(multi, request->easy) != CURLM_OK)
	{
		free_request(request);
		delivery_done(delivery, "libcurl does not take the request");
	}
}

static void
request_done(Request *request, CURLcode code)
{
	Delivery   *delivery = request->delivery;
	long		status = 0;
	char		error[CURL_ERROR_SIZE];
	bool		is_denied = request->is_denied;

	curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
	memcpy(error, request->error, sizeof(error));
	free_request(request);
	if (is_denied)
		delivery_done(delivery, "the host has an address in a denied range");
	else if (code != CURLE_OK)
		delivery_done(delivery, "%s", error[0] ? error : curl_easy_strerror(code));
	else if (status >= 300 && status < 400)
		delivery_done(delivery, "the answer has status %ld, and redirects are not followed",
					  status);
	else if (status < 200 || status > 299)
		delivery_done(delivery, "the answer has status %ld", status);
	else
		delivery_done(delivery, NULL);
}

void
webhook_wait(struct curl_waitfd *others, unsigned int count, int wait_ms)
{
	curl_multi_poll(multi, others, count, wait_ms, NULL);
}

void
webhook_process(void)
{
	int			running;
	int			left;
	CURLMsg    *message;

	curl_multi_perform(multi, &running);
	while ((message = curl_multi_info_read(multi, &left)) != NULL)
	{
		Request    *request;
		CURLcode	code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **) &request);
		request_done(request, code);
	}
}

void
webhook_close(void)
{
	curl_multi_cleanup(multi);
	curl_global_cleanup();
}
