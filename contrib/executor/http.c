/*-------------------------------------------------------------------------
 *
 * http.c
 *	  The actions std.http and std.mistral_http.
 *
 * A request is made from the action's input, sent, perhaps redirected, and
 * ends its action with the mapping that http_response.c writes, or with an
 * exception.  Redirects are followed here and not by libcurl: each hop is
 * judged like the first, and is told in the result's history.
 *
 * The functions that take a part of the input return NULL, or what is wrong
 * with it: what users see is then one message, whatever part it came from.
 *
 *-------------------------------------------------------------------------
 */
#include "http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config.h"
#include "egress.h"
#include "http_headers.h"
#include "http_response.h"
#include "http_url.h"
#include "responses.h"
#include "transfer.h"

#define MAX_REDIRECTS		30	/* as many as Python's "requests" follows */
#define MAX_HEAD_BYTES		(256 * 1024)	/* of the heads of one hop */
#define MAX_METHOD			32	/* bytes, with the NUL */

typedef struct Request
{
	Action	   *action;
	Transfer	transfer;
	char		method[MAX_METHOD];
	Buf			url;
	Buf			body;
	bool		has_body;
	bool		follows;		/* redirects */
	bool		is_forwarded;	/* by a proxy, which connects to the host */
	int			redirects;
	size_t		head_bytes;
	double		elapsed;		/* of earlier hops */
	Buf			history;		/* elements of a JSON array */
	HttpResponse response;
	ResponseHold hold;			/* of the response's content */
} Request;

/* Frees the request; its action must be ended or stopped. */
static void
free_request(Request *request)
{
	transfer_free(&request->transfer);
	buf_free(&request->url);
	buf_free(&request->body);
	buf_free(&request->history);
	http_response_free(&request->response);
	response_end(&request->hold);
	free(request);
}

/* Gives up the request of an action, if it has one. */
void
http_stop(Action *action)
{
	if (action->work != NULL)
		free_request(action->work);
	action->work = NULL;
}

/* Ends the action because the request could not be made, or got no response. */
static void
fail_request(Request *request, const char *why)
{
	Action	   *action = request->action;
	Buf			text = {0};

	buf_puts(&text, why);
	http_stop(action);
	action_raise(action, "Failed to send HTTP request: %s", text.data);
	buf_free(&text);
}

/* ---- callbacks of libcurl ---- */

/* Called by libcurl for each line of the head. */
static size_t
take_head(char *data, size_t size, size_t count, void *arg)
{
	Request    *request = arg;

	request->head_bytes += size * count;
	if (request->head_bytes > MAX_HEAD_BYTES)
		return 0;
	http_response_line(&request->response, data, size * count);
	return size * count;
}

/* There is room for the content of a response that rests. */
static void
go_on_reading(void *arg)
{
	Request    *request = arg;

	curl_easy_pause(request->transfer.easy, CURLPAUSE_CONT);
}

/*
 * Called by libcurl for each piece of the content; too much ends the transfer.
 * Without room for it the piece comes again when there is.
 */
static size_t
take_content(char *data, size_t size, size_t count, void *arg)
{
	Request    *request = arg;
	Buf		   *content = &request->response.content;

	if (config.http_max_content > 0 &&
		content->len + size * count > config.http_max_content)
		return 0;
	if (!response_may_grow(&request->hold, size * count, go_on_reading, request))
		return CURL_WRITEFUNC_PAUSE;
	buf_add(content, data, size * count);
	return size * count;
}

/* ---- setting up ---- */

/*
 * Sets what is sent: "json", or "body" (a mapping as JSON text, pairs as a
 * form).  The content type follows from that unless the input names one.
 */
static const char *
set_body(Request *request, const Json *input)
{
	Json	   *body = json_member(input, "body");
	Json	   *json = json_member(input, "json");
	const char *type = NULL;

	if (json_is_given(body) && json_is_given(json))
		return "only one of the parameters \"json\" and \"body\" can be given";
	request->has_body = json_is_given(body) || json_is_given(json);
	if (json_is_given(json))
	{
		json_write(&request->body, json);
		type = "application/json";
	}
	else if (json_is_given(body))
	{
		if (body->type == JSON_ARRAY && body->count > 0 &&
			url_encode_form(&request->body, body))
			type = "application/x-www-form-urlencoded";
		else
		{
			buf_clear(&request->body);
			url_plain_text(&request->body, body);
		}
	}
	if (http_headers_have(json_member(input, "headers"), "content-type"))
		return NULL;
	if (type != NULL)
		transfer_add_header(&request->transfer, "Content-Type", type);
	else
		transfer_omit_header(&request->transfer, "Content-Type");
	return NULL;
}

/* Sets the method, in capitals as libraries for HTTP write it. */
static const char *
set_method(Request *request, const Json *method)
{
	size_t		i;

	strcpy(request->method, "GET");
	if (!json_is_given(method))
		return NULL;
	if (method->type != JSON_STRING || method->len == 0 || method->len >= MAX_METHOD)
		return "invalid method";
	for (i = 0; i < method->len; i++)
	{
		char		c = method->text[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-'))
			return "invalid method";
		request->method[i] = c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
	}
	request->method[i] = '\0';
	return NULL;
}

/* Sets the credentials of HTTP basic authentication. */
static const char *
set_auth(Request *request, const Json *auth)
{
	const char *colon;
	char	   *user;

	if (!json_is_true(auth))
		return NULL;
	if (auth->type != JSON_STRING || (colon = strchr(auth->text, ':')) == NULL)
		return "auth must be of the form user:password";
	user = mem_copy_n(auth->text, colon - auth->text);
	curl_easy_setopt(request->transfer.easy, CURLOPT_HTTPAUTH, (long) CURLAUTH_BASIC);
	curl_easy_setopt(request->transfer.easy, CURLOPT_USERNAME, user);
	curl_easy_setopt(request->transfer.easy, CURLOPT_PASSWORD, colon + 1);
	free(user);
	return NULL;
}

/* Sets how the certificate is checked: a file with authorities, or not at all. */
static void
set_verify(Request *request, const Json *verify)
{
	if (!json_is_given(verify))
		return;
	if (verify->type == JSON_STRING)
		curl_easy_setopt(request->transfer.easy, CURLOPT_CAINFO, verify->text);
	else if (!json_is_true(verify))
	{
		curl_easy_setopt(request->transfer.easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(request->transfer.easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

/*
 * Sets the proxy for the scheme of the first hop.  It is a host that the
 * request goes to, so the list of allowed ones holds for it, and the rules.
 */
static const char *
set_proxy(Request *request, const Json *proxies)
{
	Json	   *proxy = json_member(proxies,
									url_is_secure(request->url.data) ? "https" : "http");
	Buf			host = {0};
	int			port;
	bool		is_allowed;
	bool		is_denied;

	if (!json_is_given(proxy))
		proxy = json_member(proxies, "all");
	if (!json_is_given(proxy))
		return NULL;
	if (proxy->type != JSON_STRING || !url_proxy_host(proxy->text, &host, &port))
		return "invalid proxy";
	is_allowed = egress_host_is_allowed(host.data);
	is_denied = !transfer_go_to(&request->transfer, host.data, port, false);
	buf_free(&host);
	if (!is_allowed)
		return "the proxy is not on the list of allowed hosts";
	if (is_denied)
		return request->transfer.denial;
	request->is_forwarded = true;
	curl_easy_setopt(request->transfer.easy, CURLOPT_PROXY, proxy->text);
	return NULL;
}

/* Sets the limits of time and size; a timeout of 0 is none. */
static void
set_limits(Request *request, const Json *timeout)
{
	double		seconds = json_is_given(timeout)
	? json_number(timeout, config.http_timeout) : config.http_timeout;

	if (seconds > 0)
		curl_easy_setopt(request->transfer.easy, CURLOPT_TIMEOUT_MS,
						 (long) (seconds > 1e6 ? 1e9 : seconds * 1000 + 0.5));
	if (config.http_max_content > 0)
		curl_easy_setopt(request->transfer.easy, CURLOPT_MAXFILESIZE_LARGE,
						 (curl_off_t) config.http_max_content);
}

/* Sets the options that hold for every request of an action. */
static void
set_fixed(Request *request)
{
	CURL	   *easy = request->transfer.easy;

	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_head);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, request);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_content);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
}

/* Sets what changes from hop to hop. */
static void
set_hop(Request *request)
{
	CURL	   *easy = request->transfer.easy;
	bool		sends = request->has_body || strcmp(request->method, "POST") == 0 ||
	strcmp(request->method, "PUT") == 0 || strcmp(request->method, "PATCH") == 0;

	curl_easy_setopt(easy, CURLOPT_URL, request->url.data);
	curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	if (sends)
	{
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) request->body.len);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
						 request->body.data ? request->body.data : "");
	}
	curl_easy_setopt(easy, CURLOPT_NOBODY, strcmp(request->method, "HEAD") == 0 ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

/*
 * Sets all that the input says.  What is wrong may be found late: options that
 * cannot be wrong are set in any case, as the request is not sent then.
 */
static const char *
set_input(Request *request)
{
	const Json *input = request->action->input;
	const char *problem;

	if ((problem = set_method(request, json_member(input, "method"))) == NULL &&
		(problem = http_headers_set(&request->transfer, request->action)) == NULL &&
		(problem = set_body(request, input)) == NULL &&
		(problem = set_auth(request, json_member(input, "auth"))) == NULL)
		problem = set_proxy(request, json_member(input, "proxies"));
	transfer_omit_header(&request->transfer, "Expect");
	set_verify(request, json_member(input, "verify"));
	set_limits(request, json_member(input, "timeout"));
	request->follows = json_is_true(json_member(input, "allow_redirects"));
	return problem;
}

/*
 * Tells whether a proxy of the environment may take the request.  Which hosts
 * are excepted is libcurl's to know.
 */
static bool
environment_has_proxy(const char *url)
{
	const char *own = url_is_secure(url) ? "https_proxy" : "http_proxy";

	/* the other form of http_proxy is not heeded, as servers set it */
	return getenv(own) != NULL || getenv("all_proxy") != NULL || getenv("ALL_PROXY") != NULL ||
		(url_is_secure(url) && getenv("HTTPS_PROXY") != NULL);
}

/*
 * Judges the host by the rules of the database.  With a proxy the name is all
 * that is known of it; one of the environment is the operator's, so it needs no
 * rule of its own as long as its address is not denied.
 */
static bool
rules_allow(Request *request, const char *host, int port)
{
	Transfer   *transfer = &request->transfer;

	if (request->is_forwarded)
		return transfer_go_to(transfer, host, port, true);
	return (!environment_has_proxy(request->url.data) || transfer_go_to(transfer, host, port, true)) &&
		transfer_go_to(transfer, host, port, false);
}

/* Tells whether the request may go where it wants; if not, ends the action. */
static bool
check_policy(Request *request)
{
	Action	   *action = request->action;
	Buf			host = {0};
	Buf			why = {0};
	int			port;
	bool		is_allowed;

	if (!url_check(request->url.data, &host, &port))
		buf_puts(&why, "it must be a URL of http or https");
	else if (!egress_host_is_allowed(host.data))
		buf_printf(&why, "host \"%s\" is not on the list of allowed hosts", host.data);
	else if (!rules_allow(request, host.data, port))
		buf_printf(&why, "host \"%s\" is %s", host.data, request->transfer.denial);
	is_allowed = why.len == 0;
	if (!is_allowed)
	{
		http_stop(action);
		action_raise(action, "URL is not allowed: %s", why.data);
	}
	buf_free(&host);
	buf_free(&why);
	return is_allowed;
}

static void
send_request(Request *request)
{
	set_hop(request);
	if (!transfer_send(&request->transfer))
		fail_request(request, "libcurl does not take the request");
}

/* ---- coming back ---- */

/* Tells whether the response leads elsewhere, and appends where. */
static bool
find_redirect(Request *request, Buf *target)
{
	static const int codes[] = {301, 302, 303, 307, 308};
	const char *location = http_response_header(&request->response, "location");

	if (!request->follows || location == NULL)
		return false;
	for (int i = 0; i < (int) (sizeof(codes) / sizeof(codes[0])); i++)
	{
		if (request->response.status == codes[i])
			return url_resolve(target, request->url.data, location);
	}
	return false;
}

/*
 * The next hop need not have the method of the last, nor its body: browsers
 * have always made a GET of what 302 answers, and "requests" does as they do.
 */
static void
change_method(Request *request)
{
	int			status = request->response.status;
	bool		is_post = strcmp(request->method, "POST") == 0;

	if ((status == 303 && strcmp(request->method, "HEAD") != 0) ||
		(status == 302 && strcmp(request->method, "HEAD") != 0) ||
		(status == 301 && is_post))
	{
		strcpy(request->method, "GET");
		request->has_body = false;
		buf_clear(&request->body);
	}
}

/* Goes on to the next hop.  Credentials stay with the server they are for. */
static void
follow_redirect(Request *request, Buf *target)
{
	double		seconds = 0;

	if (++request->redirects > MAX_REDIRECTS)
	{
		fail_request(request, "Exceeded 30 redirects.");
		return;
	}
	curl_easy_getinfo(request->transfer.easy, CURLINFO_TOTAL_TIME, &seconds);
	request->elapsed += seconds;
	if (request->history.len > 0)
		buf_puts(&request->history, ", ");
	http_response_write_step(&request->history, &request->response, request->url.data);
	change_method(request);
	if (!url_same_origin(request->url.data, target->data))
	{
		curl_easy_setopt(request->transfer.easy, CURLOPT_USERNAME, NULL);
		curl_easy_setopt(request->transfer.easy, CURLOPT_PASSWORD, NULL);
		http_headers_drop_secrets(&request->transfer);
	}
	buf_clear(&request->url);
	buf_add(&request->url, target->data, target->len);
	request->head_bytes = 0;
	transfer_recall(&request->transfer);
	if (check_policy(request))
		send_request(request);
}

/*
 * Ends a request with its response, which is the result, good or bad.  To an
 * asynchronous action the request only was to start the work.
 */
static void
finish_request(Request *request)
{
	Action	   *action = request->action;
	int			status = request->response.status;
	bool		is_success = status >= 200 && status <= 306;
	double		seconds = 0;
	Buf			json = {0};

	curl_easy_getinfo(request->transfer.easy, CURLINFO_TOTAL_TIME, &seconds);
	http_response_write(&json, &request->response, request->url.data,
						&request->history, request->elapsed + seconds);
	http_stop(action);
	if (!is_success)
		action_fail(action, json.data);
	else if (strcmp(action->name, "std.mistral_http") == 0)
		action_started(action);
	else
		action_succeed(action, json.data);
	buf_free(&json);
}

/* There is no response: ends the action with the reason. */
static void
request_failed(Request *request, CURLcode code)
{
	Action	   *action = request->action;
	Buf			why = {0};

	if (transfer_was_denied(&request->transfer, code))
	{
		buf_puts(&why, request->transfer.denial[0] != '\0' ? request->transfer.denial : "in a denied range");
		http_stop(action);
		action_raise(action, "URL is not allowed: its host has an address %s", why.data);
		buf_free(&why);
		return;
	}
	if (code == CURLE_FILESIZE_EXCEEDED || code == CURLE_WRITE_ERROR)
		buf_printf(&why, "the response is longer than the limit of %.0f bytes",
				   config.http_max_content);
	else
		buf_puts(&why, transfer_problem(&request->transfer, code));
	fail_request(request, why.data);
	buf_free(&why);
}

/* The transfer has ended, in whatever way. */
static void
request_done(void *owner, CURLcode code)
{
	Request    *request = owner;
	Buf			target = {0};

	if (code != CURLE_OK)
		request_failed(request, code);
	else if (find_redirect(request, &target))
		follow_redirect(request, &target);
	else
		finish_request(request);
	buf_free(&target);
}

/* ---- the actions ---- */

/*
 * Starts the request of an action.  The action may have ended when this
 * returns, because its input is wrong or its host is not allowed.
 */
void
http_start(Action *action)
{
	Request    *request = mem_alloc(sizeof(Request));
	Json	   *url = json_member(action->input, "url");
	const char *problem;

	action->work = request;
	request->action = action;
	http_response_init(&request->response);
	transfer_init(&request->transfer, "mistral-executor/1.0", request_done, request);
	request->transfer.outbound = action->outbound;
	url_build(&request->url, url != NULL && url->type == JSON_STRING ? url->text : "",
			  json_member(action->input, "params"));

	set_fixed(request);
	problem = set_input(request);
	/* with the proxy known: it may be the one that connects to the host */
	if (!check_policy(request))
		return;
	if (problem != NULL)
		fail_request(request, problem);
	else
		send_request(request);
}
