/*-------------------------------------------------------------------------
 *
 * pages.c
 *	  What the server answers by itself.
 *
 * These pages tell of the server and not of anybody's data, so they need no
 * identity.  Each is a route without a function (routes.c), found by its path.
 * What they say of addresses is what the client or a proxy in front calls the
 * server, the prefix of its paths included.
 *
 *-------------------------------------------------------------------------
 */
#include "pages.h"

#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "json.h"
#include "metrics.h"

static const Config *pages_config;

/* Remembers the settings; called before threads are started. */
void
pages_init(const Config *config)
{
	pages_config = config;
}

/*
 * Appends scheme, authority and prefix as the client addressed the server, for
 * links in answers.  What a proxy in front says is believed if the operator says so.
 */
void
page_base_address(const Request *request, Buf *out)
{
	const char *scheme = request->is_tls ? "https" : "http";
	const char *host = request->head.host;

	const char *prefix = pages_config->base_path;

	if (pages_config->trust_forwarded)
	{
		const char *path = request_header(request, "X-Forwarded-Prefix");
		const char *proto = request_header(request, "X-Forwarded-Proto");
		const char *forwarded = request_header(request, "X-Forwarded-Host");

		if (proto != NULL && (strcmp(proto, "https") == 0 || strcmp(proto, "http") == 0))
			scheme = proto;
		if (forwarded != NULL && head_is_host(forwarded))
			host = forwarded;
		if (path != NULL && config_is_prefix(path))
			prefix = path;
	}
	if (host != NULL)
		buf_printf(out, "%s://%s%s", scheme, host, prefix);
	else
		buf_printf(out, "%s://%s:%d%s", scheme, pages_config->listen, pages_config->port, prefix);
}

static void
serve_versions(Request *request)
{
	Buf		   *body = &request->answer.body;

	buf_puts(body, "{\"versions\": [{\"id\": \"v2.0\", \"status\": \"CURRENT\", "
			 "\"links\": [{\"href\": \"");
	page_base_address(request, body);
	buf_puts(body, "/v2\", \"target\": \"v2\", \"rel\": \"self\"}]}]}");
	answer_json(request, 200);
}

/* Clients ask for the root without a slash at times, and are sent to the one with. */
static void
serve_root(Request *request)
{
	Buf			address = {0};
	size_t		len = strlen(request->path);

	page_base_address(request, &address);
	if (request->path[len - 1] != '/')
	{
		buf_puts(&address, "/v2/");
		answer_header(request, "Location", address.data);
		request->answer.status = 302;
	}
	else
	{
		buf_printf(&request->answer.body, "{\"uri\": \"%s/v2\"}", address.data);
		answer_json(request, 200);
	}
	buf_free(&address);
}

/* The file is read anew each time, so that an operator can change it. */
static void
serve_info(Request *request)
{
	FILE	   *file = NULL;
	char		chunk[4096];
	size_t		len;
	Buf		   *body = &request->answer.body;

	if (*pages_config->info_file != '\0')
		file = fopen(pages_config->info_file, "r");
	if (file == NULL)
	{
		answer_fault(request, 400, false, "The information is not available");
		return;
	}
	while ((len = fread(chunk, 1, sizeof(chunk), file)) > 0 &&
		   body->len <= (size_t) pages_config->max_body)
		buf_add(body, chunk, len);
	fclose(file);
	if (body->data == NULL || !utf8_is_valid(body->data, body->len) ||
		json_check(body->data, body->len) != JSON_VALID)
		answer_fault(request, 400, false, "The information file is not in valid JSON format");
	else
		answer_json(request, 200);
}

/*
 * Asks the database, as somebody who wants to know whether requests can be
 * served does not want to hear only that this process runs.
 */
static void
serve_health(Request *request)
{
	DbCall		call = {
		.statement = STATEMENT_HEALTH, .is_repeatable = true,
		.sql = "SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'mistral'"
	};
	DbAnswer	answer;

	if (answer_call(request, &call, &answer))
	{
		if (answer.text == NULL)
		{
			answer_retry(request, 5, "The extension \"mistral\" is not in the database");
		}
		else
		{
			buf_puts(&request->answer.body, "{\"status\": \"ok\", \"version\": ");
			json_write_text(&request->answer.body, answer.text);
			buf_puts(&request->answer.body, "}");
			answer_json(request, 200);
		}
	}
	pool_answer_free(&answer);
}

static void
serve_metrics(Request *request)
{
	metrics_print(&request->answer.body);
	request->answer.status = 200;
	request->answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
}

static void
serve_openapi(Request *request)
{
	Buf			base = {0};

	page_base_address(request, &base);
	routes_openapi(&request->answer.body, base.data);
	buf_free(&base);
	answer_json(request, 200);
}

/* Tells somebody who has not said yet who he is how he can. */
static void
serve_auth(Request *request)
{
	static const struct
	{
		int			kind;
		const char *name;
	}			kinds[] = {
		{AUTH_PASSWORD, "password"}, {AUTH_TOKEN, "token"}, {AUTH_HEADERS, "headers"}
	};
	Buf		   *body = &request->answer.body;
	const char *comma = "";

	buf_puts(body, "{\"methods\": [");
	if (pages_config->auth_kinds == AUTH_NONE)
		buf_puts(body, "\"none\"");
	for (int i = 0; i < 3; i++)
		if (pages_config->auth_kinds & kinds[i].kind)
		{
			buf_printf(body, "%s\"%s\"", comma, kinds[i].name);
			comma = ", ";
		}
	buf_puts(body, "], \"api\": \"v2.0\"}");
	answer_json(request, 200);
}

/* sorted by path; each is a route without a function */
static const struct
{
	const char *path;
	PageServer	serve;
}			pages[] = {
	{"/", serve_versions},
	{"/healthz", serve_health},
	{"/info", serve_info},
	{"/metrics", serve_metrics},
	{"/openapi.json", serve_openapi},
	{"/v2", serve_root},
	{"/v2/auth", serve_auth}
};

/* Returns what serves a route that the server answers by itself, else NULL. */
PageServer
page_find(const Route *route)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (route->function == NULL && strcmp(pages[i].path, route->path) == 0 &&
			!(route->flags & ROUTE_LACKING))
			return pages[i].serve;
	return NULL;
}
