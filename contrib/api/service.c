/*-------------------------------------------------------------------------
 *
 * service.c
 *	  From a request to its answer.
 *
 * What an answer contains is decided by the functions of the schema
 * mistral_api; here a request is checked for its form, given to the function
 * of its route, and the function's result or error put into an answer.
 *
 * A request is looked at twice: service_admit() judges by the head whether its
 * body is worth receiving, service_handle() does the work.  Between the two
 * nothing is held but the memory of the request.
 *
 *-------------------------------------------------------------------------
 */
#include "service.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "answer.h"
#include "auth.h"
#include "await.h"
#include "console.h"
#include "json.h"
#include "live.h"
#include "origin.h"
#include "pages.h"

static const Config *service_config;

/* Remembers the settings; called before threads are started. */
void
service_init(const Config *config)
{
	service_config = config;
}

/* Returns the value of a hexadecimal digit, -1 when it is none. */
static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * Decodes %XX (and, in a query, +) from "from" up to "end" and appends it.  A
 * % that no two digits follow stands for itself.  False when the result is no
 * text.
 */
static bool
decode_text(Buf *out, const char *from, const char *end, bool is_query)
{
	size_t		start = out->len;

	buf_add(out, "", 0);
	for (; from < end; from++)
	{
		int			high = *from == '%' && end - from > 2 ? hex_digit(from[1]) : -1;
		int			low = high >= 0 ? hex_digit(from[2]) : -1;

		if (low >= 0)
		{
			buf_putc(out, (char) (high << 4 | low));
			from += 2;
		}
		else
			buf_putc(out, is_query && *from == '+' ? ' ' : *from);
	}
	return utf8_is_valid(out->data + start, out->len - start);
}

/*
 * Returns the trace context of the request, or NULL: there is none, or, as it is
 * given twice, nobody knows which.
 */
static const char *
trace_context(const Request *request)
{
	const char *context = NULL;

	for (int i = 0; i < request->head.nfields; i++)
	{
		if (strcasecmp(request->head.fields[i].name, "traceparent") != 0)
			continue;
		if (context != NULL)
			return NULL;
		context = request->head.fields[i].value;
	}
	return context != NULL && utf8_is_valid(context, strlen(context)) ? context : NULL;
}

static void
add_member(Buf *out, const char *comma, const char *name, const char *value)
{
	buf_puts(out, comma);
	json_write_text(out, name);
	buf_putc(out, ':');
	json_write_text(out, value);
}

/*
 * Appends the query as a JSON object, in which the last of equal names counts.  What
 * the path says by a variable of this kind comes last.
 */
static bool
query_object(const Request *request, const RouteMatch *match, Buf *out)
{
	const char *at = strchr(request->uri, '?');
	const char *comma = "";
	bool		ok = true;

	buf_putc(out, '{');
	at = at != NULL ? at + 1 : "";
	while (*at != '\0' && ok)
	{
		const char *end = at + strcspn(at, "&;");
		const char *equals = memchr(at, '=', end - at);
		Buf			name = {0};
		Buf			value = {0};

		ok = decode_text(&name, at, equals != NULL ? equals : end, true) &&
			decode_text(&value, equals != NULL ? equals + 1 : end, end, true);
		if (ok && (name.len > 0 || equals != NULL))
		{
			add_member(out, comma, name.data, value.data);
			comma = ",";
		}
		buf_free(&name);
		buf_free(&value);
		at = *end != '\0' ? end + 1 : end;
	}
	if (match->route->flags & ROUTE_AS_QUERY)
		add_member(out, comma, match->route->argument, match->vars[match->nvars - 1]);
	else if ((match->route->flags & ROUTE_TRACED) && trace_context(request) != NULL)
		add_member(out, comma, "traceparent", trace_context(request));
	buf_putc(out, '}');
	return ok;
}

/*
 * Splits the path into decoded segments, as many as could fit a route: the
 * last place is never filled by one.
 */
static bool
split_path(Request *request)
{
	const char *at = request->path;
	Buf			text = {0};
	size_t		starts[ROUTE_MAX_SEGMENTS];
	int			i;
	bool		ok = *at == '/';

	request->nsegments = 0;
	while (at[0] == '/' && at[1] == '/')
		at++;
	if (strcmp(at, "/") == 0)
		return true;
	while (ok && *at == '/')
	{
		const char *end = at + 1 + strcspn(at + 1, "/");

		if (request->nsegments == ROUTE_MAX_SEGMENTS)
			break;				/* longer than any route */
		starts[request->nsegments++] = text.len;
		ok = decode_text(&text, at + 1, end, false);
		buf_putc(&text, '\0');
		at = end;
	}
	request->decoded = text.data;
	for (i = 0; i < request->nsegments; i++)
		request->segments[i] = text.data + starts[i];
	return ok;
}

/* Tells whether a content type is this one, whatever its parameters. */
static bool
has_type(const char *header, const char *type)
{
	size_t		len = strlen(type);

	return strncasecmp(header, type, len) == 0 &&
		(header[len] == '\0' || header[len] == ';' || isspace((unsigned char) header[len]));
}

/* Checks that the body is of a type that the route takes. */
static bool
check_type(Request *request, const Route *route)
{
	const char *type = request_header(request, "Content-Type");
	char		text[200];
	char	   *c;

	if (type == NULL || *type == '\0')
	{
		/* the type of a document must be said */
		if (route->body != BODY_JSON || request->body.len == 0)
			return true;
		if (type == NULL)
			type = "text/plain";	/* as texts are without */
	}
	snprintf(text, sizeof(text), "Unknown mimetype: %s", type);
	for (c = text; *c != '\0'; c++)
		if ((unsigned char) *c < 0x20 || (unsigned char) *c > 0x7e)
			*c = '?';
	if (has_type(type, "application/xml") || has_type(type, "text/xml"))
	{
		answer_fault(request, 415, false, "%s", text);
		answer_header(request, "Server-Error-Message", text);
		return false;
	}
	if (route->body != BODY_JSON || has_type(type, "application/json") ||
		has_type(type, "text/javascript") || has_type(type, "application/javascript"))
		return true;
	answer_fault(request, 415, false, "%s", text);
	return false;
}

/* Refuses packed bodies: a small one could become one of any size. */
static bool
check_coding(Request *request)
{
	const char *coding = request_header(request, "Content-Encoding");

	if (coding == NULL || request->body.len == 0 || *coding == '\0' ||
		strcasecmp(coding, "identity") == 0)
		return true;
	answer_fault(request, 415, request->plain, "Content-Encoding \"%.100s\" is not supported: send the body as it is", coding);
	answer_header(request, "Accept-Encoding", "identity");
	return false;
}

/*
 * Checks that the body is a JSON object that the database can read, before a
 * connection is spent on it.
 */
static bool
check_json(Request *request, const char *text, size_t len)
{
	switch (json_check(text, len))
	{
		case JSON_INVALID:
			answer_fault(request, 400, false, "Request is not in valid JSON format");
			return false;
		case JSON_TOO_DEEP:
			answer_fault(request, 400, false, "The request's body has objects and lists inside one another deeper than %d levels",
						 JSON_MAX_DEPTH);
			return false;
		case JSON_VALID:
			break;
	}
	if (text[strspn(text, " \t\r\n")] == '{')
		return true;
	answer_fault(request, 400, false, "The request's body must be a JSON object");
	return false;
}

/* Checks that the body is what the route takes. */
static bool
check_body(Request *request, const Route *route)
{
	const char *text = request->body.data;
	size_t		len = request->body.len;

	if (route->body == BODY_NONE)
		return true;
	if (!check_type(request, route) || !check_coding(request))
		return false;
	if (len > 0 && !utf8_is_valid(text, len))
	{
		answer_fault(request, 400, request->plain, "The request's body is not UTF-8 text");
		return false;
	}
	if (route->body == BODY_TEXT)
		return true;
	if (len == 0)
		answer_fault(request, 400, false, "Missing argument: \"%s\"", route->argument);
	else
		return check_json(request, text, len);
	return false;
}

/* Refuses credentials for another cloud when they cannot be right. */
static bool
check_target(Request *request)
{
	const char *insecure = request_header(request, "X-Target-Insecure");

	if (request_header(request, "X-Target-Auth-Uri") != NULL &&
		request_header(request, "X-Target-Auth-Token") == NULL)
		answer_fault(request, 400, false, "Target auth URI (X-Target-Auth-Uri) target auth token (X-Target-Auth-Token) must be present");
	else if (insecure != NULL && strcmp(insecure, "True") != 0 &&
			 strcmp(insecure, "False") != 0)
		answer_fault(request, 400, false, "X-Target-Insecure header is not a valid boolean");
	else
		return true;
	return false;
}

/*
 * Calls the function of the route.  Only what reads is repeated when the
 * connection breaks: what writes may have been carried out.
 */
static void
call_route(Request *request, const RouteMatch *match)
{
	const Route *route = match->route;
	const char *params[ROUTE_MAX_SEGMENTS + 3];
	Buf			query = {0};
	Buf			base = {0};
	Buf			sql = {0};
	DbCall		call = {
		.statement = match->number, .params = params, .role = request->role,
		.is_admin = request->is_admin,
		.is_repeatable = strcmp(route->method, "GET") == 0
	};
	Answer	   *answer = &request->answer;
	int			i;

	for (i = 0; i < route_arguments(route); i++)
		params[call.nparams++] = match->vars[i];
	if (route->body != BODY_NONE)
		params[call.nparams++] = request->body.data != NULL ? request->body.data : "";
	if (!query_object(request, match, &query))
	{
		answer_fault(request, 400, request->plain, "The query is not well-formed");
		buf_free(&query);
		return;
	}
	params[call.nparams++] = query.data;
	if (route->flags & ROUTE_LIST)
	{
		page_base_address(request, &base);
		params[call.nparams++] = base.data;
	}
	route_sql(&sql, route);
	call.sql = sql.data;
	if (answer_call(request, &call, &answer->db) &&
		(!(route->flags & ROUTE_AWAITS) || await_result(request)))
	{
		answer_json(request, route->status);
		answer->from_db = true;
	}
	buf_free(&query);
	buf_free(&base);
	buf_free(&sql);
}

/* Calls the function of a route whose answer may have to be waited for. */
static void
call_awaiting(Request *request)
{
	Waiter		waiter;

	if (!await_begin(&waiter, request))
		return;
	call_route(request, &request->match);
	await_end(&waiter);
}

/* Begins an answer that goes on, which http.c sends. */
static void
open_stream(Request *request)
{
	Buf			query = {0};

	if (!query_object(request, &request->match, &query))
	{
		answer_fault(request, 400, request->plain, "The query is not well-formed");
		buf_free(&query);
		return;
	}
	request->watched = query.data;
	if (!live_begin(request))
		return;
	answer_header(request, "Cache-Control", "no-store");
	answer_header(request, "X-Accel-Buffering", "no");	/* proxies pass it on */
	request->answer.content_type = "text/event-stream";
	request->answer.status = 200;
}

/* There is no route: tells why. */
static void
answer_no_route(Request *request)
{
	const char *allowed = request->match.allowed;

	if (strcmp(request->method, "OPTIONS") == 0)
		request->answer.status = 200;
	else if (*allowed == '\0')
		answer_fault(request, 404, false, "Not Found");
	else
		answer_fault(request, 405, false, "Method Not Allowed");
	if (*allowed != '\0')
		answer_header(request, "Allow", allowed);
}

/* Takes the prefix off the path that a proxy in front may leave there. */
static void
strip_base_path(Request *request)
{
	size_t		len = strlen(service_config->base_path);
	char	   *path = request->path;

	if (len == 0 || strncmp(path, service_config->base_path, len) != 0 ||
		(path[len] != '/' && path[len] != '\0'))
		return;
	if (path[len] == '\0')
		path[--len] = '/';		/* the prefix has a slash in front, at least */
	memmove(path, path + len, strlen(path + len) + 1);
}

/*
 * Judges a request whose body has not been received by where it goes, and
 * whether its sender may go there.  False when the answer was set instead: for
 * strangers, and for what leads nowhere, no body is kept in memory.
 */
bool
service_admit(Request *request)
{
	if (strcmp(request->path, "*") == 0)
	{
		request->answer.status = 200;	/* OPTIONS of the server as a whole */
		return false;
	}
	if (!origin_check(request))
		return false;
	strip_base_path(request);
	if (console_serve(request))
		return false;
	if (!split_path(request))
	{
		answer_fault(request, 400, false, "The path is not well-formed");
		return false;
	}
	route_find(&request->match, request->method, request->segments, request->nsegments);
	if (request->match.route == NULL)
	{
		answer_no_route(request);
		return false;
	}
	return page_find(request->match.route) != NULL ||
		(auth_request(request) && check_target(request));
}

/* Answers a request that was admitted and received completely. */
void
service_handle(Request *request)
{
	const Route *route = request->match.route;
	PageServer	page = page_find(route);

	request->plain = (route->flags & ROUTE_PLAIN) != 0;
	if (page != NULL)
		page(request);
	else if (route->flags & ROUTE_SURPLUS)
		answer_fault(request, 400, false, "Invalid input for field/attribute %s. It cannot stand in the path.",
					 route->argument);
	else if (route->flags & ROUTE_LACKING)
		answer_fault(request, 400, false, "Missing argument: \"%s\"", route->argument);
	else if ((route->flags & ROUTE_SHARING) && service_config->auth_kinds == AUTH_NONE)
		answer_fault(request, 400, true, "Resource sharing feature can only be supported with authentication enabled.");
	else if (!check_body(request, route))
		return;					/* the answer is set */
	else if (route->flags & ROUTE_AWAITS)
		call_awaiting(request);
	else if (route->flags & ROUTE_STREAMS)
		open_stream(request);
	else
		call_route(request, &request->match);
}
