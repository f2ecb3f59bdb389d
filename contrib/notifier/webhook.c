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
 * What the answer says is thrown away: it would be of no use, and a receiver
 * could fill our memory with it.
 *
 *-------------------------------------------------------------------------
 */
#include "webhook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config.h"
#include "egress.h"
#include "sha256.h"
#include "transfer.h"

typedef struct Request
{
	Delivery   *delivery;
	Transfer	transfer;
} Request;

static void
free_request(Request *request)
{
	transfer_free(&request->transfer);
	free(request);
}

static size_t
drop_content(char *data, size_t size, size_t count, void *arg)
{
	(void) data;
	(void) arg;
	return size * count;
}

/*
 * Sets the publisher's headers, but for those that cannot be headers, and ours.
 * A content type is sent only if the publisher names one.
 */
static void
set_headers(Request *request)
{
	Delivery   *delivery = request->delivery;
	Json	   *headers = json_member(delivery->publisher, "headers");
	const char *secret = delivery_option(delivery, "secret");
	bool		has_type = false;
	bool		has_trace = delivery->traceparent[0] == '\0';

	for (int i = 0; headers != NULL && headers->type == JSON_OBJECT && i < headers->count; i++)
	{
		Json	   *value = headers->items[i];

		if (value->type != JSON_STRING && value->type != JSON_NUMBER)
			continue;
		has_type = has_type || strcasecmp(headers->keys[i], "content-type") == 0;
		has_trace = has_trace || strcasecmp(headers->keys[i], "traceparent") == 0;
		transfer_add_header(&request->transfer, headers->keys[i], value->text);
	}
	if (!has_trace)
		transfer_add_header(&request->transfer, "traceparent", delivery->traceparent);
	if (!has_type)
		transfer_omit_header(&request->transfer, "Content-Type");
	transfer_omit_header(&request->transfer, "Expect");
	transfer_add_header(&request->transfer, "X-Mistral-Event", delivery->event);
	transfer_add_header(&request->transfer, "X-Mistral-Event-Id", delivery->event_id);
	transfer_add_header(&request->transfer, "X-Mistral-Delivery-Id", delivery->id);
	if (secret != NULL)
	{
		char		signature[8 + 2 * SHA256_SIZE] = "sha256=";

		hmac_sha256_hex(secret, strlen(secret), delivery->payload,
						strlen(delivery->payload), signature + 7);
		transfer_add_header(&request->transfer, "X-Mistral-Signature", signature);
	}
}

static void
set_options(Request *request, const char *url)
{
	CURL	   *easy = request->transfer.easy;

	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->delivery->payload);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop_content);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long) (config.connect_timeout * 1000));
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long) (config.timeout * 1000));
}

/* Tells whether a proxy of the environment may take the request, which then connects. */
static bool
environment_has_proxy(const char *url)
{
	bool		is_secure = strncasecmp(url, "https:", 6) == 0;

	return getenv(is_secure ? "https_proxy" : "http_proxy") != NULL ||
		getenv("all_proxy") != NULL || getenv("ALL_PROXY") != NULL ||
		(is_secure && getenv("HTTPS_PROXY") != NULL);
}

/* Returns why events may not go to the URL, or NULL when they may. */
static const char *
url_problem(Transfer *transfer, const char *url)
{
	CURLU	   *parsed = curl_url();
	char	   *host = NULL;
	char	   *port = NULL;
	const char *problem = NULL;

	if (url == NULL || parsed == NULL ||
		curl_url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK ||
		curl_url_get(parsed, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
		curl_url_get(parsed, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK ||
		!egress_host_is_allowed(host))
		problem = "the URL is missing or not allowed";
	else if ((environment_has_proxy(url) && !transfer_go_to(transfer, host, atoi(port), true)) ||
			 !transfer_go_to(transfer, host, atoi(port), false))
		problem = transfer->denial;
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(parsed);
	return problem;
}

/* The transfer has ended: so does the delivery. */
static void
request_done(void *owner, CURLcode code)
{
	Request    *request = owner;
	Delivery   *delivery = request->delivery;
	long		status = 0;
	char		error[CURL_ERROR_SIZE];
	char		denial[sizeof(request->transfer.denial)];
	bool		is_denied = transfer_was_denied(&request->transfer, code);

	snprintf(denial, sizeof(denial), "%s", request->transfer.denial);
	curl_easy_getinfo(request->transfer.easy, CURLINFO_RESPONSE_CODE, &status);
	snprintf(error, sizeof(error), "%s", transfer_problem(&request->transfer, code));
	free_request(request);
	if (is_denied)
		delivery_done(delivery, "the host has an address %s", denial[0] != '\0' ? denial : "in a denied range");
	else if (code != CURLE_OK)
		delivery_done(delivery, "%s", error);
	else if (status >= 300 && status < 400)
		delivery_done(delivery, "the answer has status %ld, and redirects are not followed",
					  status);
	else if (status < 200 || status > 299)
		delivery_done(delivery, "the answer has status %ld", status);
	else
		delivery_done(delivery, NULL);
}

/* Starts to post the event; the delivery may have ended when this returns. */
void
webhook_start(Delivery *delivery)
{
	const char *url = delivery_option(delivery, "url");
	Request    *request = mem_alloc(sizeof(Request));
	const char *problem;

	request->delivery = delivery;
	transfer_init(&request->transfer, "mistral-notifier/1.0", request_done, request);
	request->transfer.outbound = delivery->outbound;
	problem = url_problem(&request->transfer, url);
	if (problem == NULL)
	{
		set_headers(request);
		set_options(request, url);
		if (transfer_send(&request->transfer))
			return;
		problem = "libcurl does not take the request";
	}
	delivery_done(delivery, "%s", problem);
	free_request(request);
}
