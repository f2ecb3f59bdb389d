/*-------------------------------------------------------------------------
 *
 * http_headers.c
 *	  The headers of a request.
 *
 * They come from the input, and from what the action is: where its result is
 * to be sent, by which key a service recognizes its repetition, and which
 * trace it belongs to.  What the input names goes before.
 *
 *-------------------------------------------------------------------------
 */
#include "http_headers.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config.h"
#include "http_url.h"

/* Tells whether the mapping, which may be NULL, has a header of that name. */
bool
http_headers_have(const Json *headers, const char *name)
{
	if (headers == NULL || headers->type != JSON_OBJECT)
		return false;
	for (int i = 0; i < headers->count; i++)
	{
		if (strcasecmp(headers->keys[i], name) == 0)
			return true;
	}
	return false;
}

/* Adds the headers that the input names. */
static const char *
add_input_headers(Transfer *transfer, const Json *headers)
{
	if (!json_is_given(headers))
		return NULL;
	if (headers->type != JSON_OBJECT)
		return "headers must be a mapping";
	for (int i = 0; i < headers->count; i++)
	{
		Buf			value = {0};
		bool		ok;

		if (headers->items[i]->type == JSON_NULL)
			continue;
		url_plain_text(&value, headers->items[i]);
		ok = transfer_add_header(transfer, headers->keys[i], value.data ? value.data : "");
		buf_free(&value);
		if (!ok)
			return "invalid header";
	}
	return NULL;
}

/* Adds one header with all cookies. */
static const char *
add_cookies(Transfer *transfer, const Json *cookies)
{
	Buf			line = {0};
	bool		ok;

	if (!json_is_given(cookies))
		return NULL;
	if (cookies->type != JSON_OBJECT)
		return "cookies must be a mapping";
	for (int i = 0; i < cookies->count; i++)
	{
		buf_printf(&line, "%s%s=", i > 0 ? "; " : "", cookies->keys[i]);
		url_plain_text(&line, cookies->items[i]);
	}
	ok = cookies->count == 0 || transfer_add_header(transfer, "Cookie", line.data);
	buf_free(&line);
	return ok ? NULL : "invalid cookie";
}

/* Tells the service where to send the result, which it does when it likes. */
static void
add_callback_headers(Transfer *transfer, const Action *action)
{
	Buf			url = {0};

	buf_printf(&url, "%s/v2/action_executions/%s", config.callback_url, action->id);
	transfer_add_header(transfer, "Mistral-Workflow-Name", action->workflow_name);
	transfer_add_header(transfer, "Mistral-Workflow-Execution-Id", action->execution_id);
	transfer_add_header(transfer, "Mistral-Task-Id", action->task_id);
	transfer_add_header(transfer, "Mistral-Action-Execution-Id", action->id);
	transfer_add_header(transfer, "Mistral-Callback-URL", url.data);
	buf_free(&url);
}

/*
 * An action that may be run again keeps its id then, so a service that has
 * seen the key knows that it has done the work already.
 */
static void
add_idempotency_key(Transfer *transfer, const Action *action, const Json *headers)
{
	const char *name = config.http_idempotency_header;

	if (action->safe_rerun && strcmp(name, "none") != 0 && !http_headers_have(headers, name))
		transfer_add_header(transfer, name, action->id);
}

/*
 * Adds all headers of the action's request but those that follow from its
 * body.  Returns NULL, or what is wrong with the input.
 */
const char *
http_headers_set(Transfer *transfer, const Action *action)
{
	const Json *headers = json_member(action->input, "headers");
	const char *problem = add_input_headers(transfer, headers);

	if (problem == NULL)
		problem = add_cookies(transfer, json_member(action->input, "cookies"));
	if (strcmp(action->kind->name, "std.mistral_http") == 0)
		add_callback_headers(transfer, action);
	add_idempotency_key(transfer, action, headers);
	if (action->traceparent[0] != '\0' && !http_headers_have(headers, "traceparent"))
		transfer_add_header(transfer, "traceparent", action->traceparent);
	return problem;
}

/* Takes back what only the server that it was meant for may see. */
void
http_headers_drop_secrets(Transfer *transfer)
{
	transfer_drop_header(transfer, "Authorization");
	transfer_drop_header(transfer, "Cookie");
}
