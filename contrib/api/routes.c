/*-------------------------------------------------------------------------
 *
 * routes.c
 *	  What the server serves, and the OpenAPI document that says so.
 *
 * One table has a row for each method and path.  From a row follow the
 * statement that answers a request, the methods that a path allows, the list
 * that --routes prints, and the row's part of the OpenAPI document.  To serve
 * something new is a row here, a function in the schema mistral_api, and the form
 * of its answer in schemas.c.
 *
 * Statements are prepared under the number of their row, so a row's place does
 * not matter to anybody but the connection that prepared it.
 *
 *-------------------------------------------------------------------------
 */
#include "routes.h"

#include <stdio.h>
#include <string.h>

#include "json.h"
#include "schemas.h"

#define GET_LIST(path, function, summary) \
	{"GET", path, function, BODY_NONE, 200, NULL, ROUTE_LIST, summary}
#define GET(path, function, summary) \
	{"GET", path, function, BODY_NONE, 200, NULL, 0, summary}
#define POST_TEXT(path, function, summary) \
	{"POST", path, function, BODY_TEXT, 201, NULL, ROUTE_PLAIN, summary}
#define PUT_TEXT(path, function, summary) \
	{"PUT", path, function, BODY_TEXT, 200, NULL, ROUTE_PLAIN, summary}
#define POST_TEXT_TO(path, function, argument, summary) \
	{"POST", path, function, BODY_TEXT, 201, argument, ROUTE_PLAIN | ROUTE_AS_QUERY, summary}
#define PUT_TEXT_TO(path, function, argument, summary) \
	{"PUT", path, function, BODY_TEXT, 200, argument, ROUTE_PLAIN | ROUTE_AS_QUERY, summary}
#define VALIDATE(path, function, summary) \
	{"POST", path, function, BODY_TEXT, 200, NULL, ROUTE_RESERVED, summary}
#define POST_JSON(path, function, argument, summary) \
	{"POST", path, function, BODY_JSON, 201, argument, 0, summary}
#define PUT_JSON(path, function, argument, summary) \
	{"PUT", path, function, BODY_JSON, 200, argument, 0, summary}
#define DELETE(path, function, summary) \
	{"DELETE", path, function, BODY_NONE, 204, NULL, 0, summary}
#define LACKS(method, path, argument) \
	{method, path, NULL, BODY_NONE, 400, argument, ROUTE_LACKING, NULL}
#define SURPLUS(method, path, argument) \
	{method, path, NULL, BODY_NONE, 400, argument, ROUTE_LACKING | ROUTE_SURPLUS, NULL}
#define OWN(path, summary) \
	{"GET", path, NULL, BODY_NONE, 200, NULL, ROUTE_PUBLIC, summary}

/*
 * A fixed segment stands before a variable in the same place: the first row
 * that fits is taken.
 */
static const Route routes[] = {
	OWN("/", "Versions of the API"),
	OWN("/healthz", "Whether the database can be reached"),
	OWN("/info", "The configured information file"),
	OWN("/metrics", "Metrics in the text format of Prometheus"),
	OWN("/openapi.json", "This document"),
	OWN("/v2", "The root of the API"),
	OWN("/v2/auth", "The ways in which a caller can say who he is"),
	GET("/v2/whoami", "whoami", "The caller, and what he may do"),

	{"GET", "/maintenance", "get_maintenance", BODY_NONE, 200, NULL, 0,
	"State of maintenance"},
	PUT_JSON("/maintenance", "set_maintenance", "body", "Pause or resume the service"),

	POST_TEXT("/v2/workflows", "create_workflows", "Create workflows from a text"),
	PUT_TEXT("/v2/workflows", "update_workflows", "Update the workflows of a text"),
	GET_LIST("/v2/workflows", "list_workflows", "List workflows"),
	LACKS("DELETE", "/v2/workflows", "identifier"),
	VALIDATE("/v2/workflows/validate", "validate_workflow", "Check a text"),
	GET("/v2/workflows/{identifier}", "get_workflow", "One workflow, by id or name"),
	POST_TEXT_TO("/v2/workflows/{identifier}", "create_workflows", "namespace", "Create workflows in a namespace"),
	PUT_TEXT("/v2/workflows/{identifier}", "update_workflow", "Update one workflow, by id"),
	DELETE("/v2/workflows/{identifier}", "delete_workflow", "Delete a workflow"),
	GET("/v2/workflows/{identifier}/versions", "list_workflow_versions", "Texts that a workflow has had"),
	GET("/v2/workflows/{identifier}/versions/{version_id}", "get_workflow_version", "One of them"),
	GET("/v2/workflows/{identifier}/uses", "workflow_uses", "What a workflow calls, and what starts it"),
	GET("/v2/workflows/{identifier}/graph", "get_workflow_graph", "Tasks of a workflow and the edges between them"),
	{"GET", "/v2/workflows/{identifier}/members", "list_members", BODY_NONE, 200,
	NULL, ROUTE_SHARING, "Projects a workflow is shared with"},
	{"POST", "/v2/workflows/{identifier}/members", "create_member", BODY_JSON, 201,
	"member_info", ROUTE_SHARING, "Share a workflow"},
	{"GET", "/v2/workflows/{identifier}/members/{member_id}", "get_member", BODY_NONE, 200,
	NULL, ROUTE_SHARING, "One member"},
	{"PUT", "/v2/workflows/{identifier}/members/{member_id}", "update_member", BODY_JSON, 200,
	"member_info", ROUTE_SHARING, "Accept or reject a workflow"},
	{"DELETE", "/v2/workflows/{identifier}/members/{member_id}", "delete_member", BODY_NONE, 204,
	NULL, ROUTE_SHARING, "Stop sharing a workflow"},

	POST_TEXT("/v2/workbooks", "create_workbook", "Create a workbook from a text"),
	PUT_TEXT("/v2/workbooks", "update_workbook", "Update the workbook of a text"),
	GET_LIST("/v2/workbooks", "list_workbooks", "List workbooks"),
	LACKS("DELETE", "/v2/workbooks", "name"),
	VALIDATE("/v2/workbooks/validate", "validate_workbook", "Check a text"),
	GET("/v2/workbooks/{name}", "get_workbook", "One workbook"),
	POST_TEXT_TO("/v2/workbooks/{name}", "create_workbook", "namespace", "Create a workbook in a namespace"),
	PUT_TEXT_TO("/v2/workbooks/{name}", "update_workbook", "namespace", "Update a workbook of a namespace"),
	DELETE("/v2/workbooks/{name}", "delete_workbook", "Delete a workbook"),

	POST_TEXT("/v2/actions", "create_actions", "Create actions from a text"),
	PUT_TEXT("/v2/actions", "update_actions", "Update the actions of a text"),
	GET_LIST("/v2/actions", "list_actions", "List actions"),
	LACKS("DELETE", "/v2/actions", "identifier"),
	VALIDATE("/v2/actions/validate", "validate_actions", "Check a text"),
	GET("/v2/actions/{identifier}", "get_action", "One action, by name"),
	GET("/v2/actions/{identifier}/{namespace}", "get_action", "One action of a namespace"),
	PUT_TEXT("/v2/actions/{identifier}", "update_action", "Update one action, by id"),
	POST_TEXT_TO("/v2/actions/{identifier}", "create_actions", "namespace", "Create actions in a namespace"),
	PUT_TEXT_TO("/v2/actions/{identifier}/{namespace}", "update_action", "namespace", "Update one action of a namespace"),
	DELETE("/v2/actions/{identifier}", "delete_action", "Delete an action"),
	DELETE("/v2/actions/{identifier}/{namespace}", "delete_action", "Delete an action of a namespace"),

	{"POST", "/v2/executions", "create_execution", BODY_JSON, 201, "wf_ex", ROUTE_TRACED,
	"Start a workflow"},
	GET_LIST("/v2/executions", "list_executions", "List executions"),
	LACKS("PUT", "/v2/executions", "id"),
	LACKS("DELETE", "/v2/executions", "id"),
	GET("/v2/executions/counts", "count_executions", "Numbers of executions by state"),
	{"POST", "/v2/executions/bulk", "bulk_executions", BODY_JSON, 200, "bulk", 0,
	"Cancel, pause, resume, rerun or delete many executions, a portion a request"},
	GET("/v2/executions/{id}", "get_execution", "One execution"),
	PUT_JSON("/v2/executions/{id}", "update_execution", "wf_ex", "Pause, resume, stop or describe an execution"),
	SURPLUS("POST", "/v2/executions/{id}", "wf_ex"),
	DELETE("/v2/executions/{id}", "delete_execution", "Delete an execution"),
	{"GET", "/v2/executions/{id}/tasks", "list_execution_tasks", BODY_NONE, 200,
	NULL, ROUTE_LIST, "Tasks of an execution"},
	GET("/v2/executions/{id}/signals", "list_execution_signals", "Signals that no task has taken"),
	{"POST", "/v2/executions/{id}/signals", "send_signal", BODY_JSON, 201,
	"signal", 0, "Send a signal to an execution"},
	GET("/v2/executions/{id}/report", "execution_report", "Statistics and tree of an execution"),
	GET("/v2/executions/{id}/graph", "execution_graph", "Graph of an execution, and how far it is"),
	GET("/v2/executions/{id}/timeline", "execution_timeline", "What the tasks of an execution did when"),
	GET("/v2/executions/{id}/tree", "execution_tree", "An execution and those below it, in short"),
	GET("/v2/executions/{id}/path", "execution_path", "An execution and those above it"),
	GET("/v2/executions/{id}/why", "execution_why", "What an execution and those below it wait for"),
	GET("/v2/executions/{id}/errors", "list_execution_errors", "Root causes of the errors of an execution"),
	GET("/v2/executions/{id}/executions", "list_sub_executions", "An execution and those below it"),

	GET("/v2/language", "describe_language", "Attributes, commands and functions of the language"),
	GET("/v2/uses", "action_uses", "Workflows that call an action"),
	{"POST", "/v2/simulations", "simulate", BODY_JSON, 200, "simulation", 0, "Run a text in virtual time, with nothing written"},
	{"POST", "/v2/expressions/evaluate", "evaluate_expression", BODY_JSON, 200, "expression", 0, "Evaluate expressions"},
	{"POST", "/v2/expressions/validate", "check_expression", BODY_JSON, 200, "expression", 0, "Check the form of an expression"},
	{"POST", "/v2/graphs", "graphs_of_text", BODY_TEXT, 200, NULL, 0, "Graphs of the workflows in a text that is not stored"},

	{"GET", "/v2/events/stream", "watch", BODY_NONE, 200, NULL, ROUTE_STREAMS, "Changes of an execution or of the list, as server-sent events"},

	POST_JSON("/v2/signals", "send_signal_by_key", "signal", "Send a signal to the executions with a key"),

	GET_LIST("/v2/tasks", "list_tasks", "List tasks"),
	LACKS("PUT", "/v2/tasks", "id"),
	GET("/v2/tasks/{id}", "get_task", "One task"),
	PUT_JSON("/v2/tasks/{id}", "update_task", "task", "Rerun or skip a failed task"),
	GET_LIST("/v2/tasks/{id}/action_executions", "list_task_action_executions", "Action executions of a task"),
	GET("/v2/tasks/{id}/action_executions/{action_execution_id}", "get_task_action_execution", "One action execution of a task"),
	GET_LIST("/v2/tasks/{id}/workflow_executions", "list_task_workflow_executions", "Sub-workflows of a task"),
	GET("/v2/tasks/{id}/context", "task_context", "Variables that a task sees, who published them, and what it changes"),
	GET("/v2/tasks/{id}/executions", "list_task_sub_executions", "Executions below a task"),

	{"POST", "/v2/action_executions", "create_action_execution", BODY_JSON, 201, "action_ex", ROUTE_AWAITS,
	"Run an action"},
	GET_LIST("/v2/action_executions", "list_action_executions", "List action executions"),
	LACKS("PUT", "/v2/action_executions", "id"),
	LACKS("DELETE", "/v2/action_executions", "id"),
	GET("/v2/action_executions/{id}", "get_action_execution", "One action execution"),
	PUT_JSON("/v2/action_executions/{id}", "update_action_execution", "action_ex", "Give the result of an action"),
	SURPLUS("POST", "/v2/action_executions/{id}", "action_ex"),
	DELETE("/v2/action_executions/{id}", "delete_action_execution", "Delete an action execution"),

	GET_LIST("/v2/inbox", "list_inbox", "Tasks that the caller may do"),
	GET("/v2/inbox/{id}", "get_inbox_task", "One task of people"),
	{"POST", "/v2/inbox/{id}/claim", "claim_inbox_task", BODY_NONE, 200, NULL, 0,
	"Take a task for oneself"},
	{"POST", "/v2/inbox/{id}/release", "release_inbox_task", BODY_NONE, 200, NULL, 0,
	"Give a task back to its candidates"},
	{"POST", "/v2/inbox/{id}/delegate", "delegate_inbox_task", BODY_JSON, 200, "task", 0,
	"Hand a task to a role"},
	{"POST", "/v2/inbox/{id}/complete", "complete_inbox_task", BODY_JSON, 200, "task", 0,
	"Complete a task with an answer"},

	POST_JSON("/v2/environments", "create_environment", "env", "Create an environment"),
	PUT_JSON("/v2/environments", "update_environment", "env", "Update an environment"),
	GET_LIST("/v2/environments", "list_environments", "List environments"),
	LACKS("DELETE", "/v2/environments", "name"),
	GET("/v2/environments/{name}", "get_environment", "One environment"),
	SURPLUS("POST", "/v2/environments/{name}", "env"),
	SURPLUS("PUT", "/v2/environments/{name}", "env"),
	DELETE("/v2/environments/{name}", "delete_environment", "Delete an environment"),

	POST_JSON("/v2/cron_triggers", "create_cron_trigger", "cron_trigger", "Create a cron trigger"),
	GET_LIST("/v2/cron_triggers", "list_cron_triggers", "List cron triggers"),
	LACKS("DELETE", "/v2/cron_triggers", "identifier"),
	GET("/v2/cron_triggers/{identifier}", "get_cron_trigger", "One cron trigger, by id or name"),
	SURPLUS("POST", "/v2/cron_triggers/{identifier}", "cron_trigger"),
	PUT_JSON("/v2/cron_triggers/{identifier}", "update_cron_trigger", "cron_trigger", "Let a cron trigger fire, or not any more"),
	GET("/v2/cron_triggers/{identifier}/times", "cron_trigger_times", "When a cron trigger fires next"),
	POST_JSON("/v2/cron_triggers/{identifier}/run", "run_cron_trigger", "cron_trigger", "Start the workflow of a cron trigger now"),
	DELETE("/v2/cron_triggers/{identifier}", "delete_cron_trigger", "Delete a cron trigger"),

	POST_JSON("/v2/limits", "create_limit", "limit", "Create a limit"),
	GET("/v2/limits", "list_limits", "Limits of the project"),
	LACKS("PUT", "/v2/limits", "name"),
	LACKS("DELETE", "/v2/limits", "name"),
	GET("/v2/limits/{name}", "get_limit", "One limit"),
	SURPLUS("POST", "/v2/limits/{name}", "limit"),
	PUT_JSON("/v2/limits/{name}", "update_limit", "limit", "Change the bounds of a limit"),
	DELETE("/v2/limits/{name}", "delete_limit", "Delete a limit"),

	POST_JSON("/v2/event_triggers", "create_event_trigger", "event_trigger", "Create an event trigger"),
	GET_LIST("/v2/event_triggers", "list_event_triggers", "List event triggers"),
	LACKS("PUT", "/v2/event_triggers", "id"),
	LACKS("DELETE", "/v2/event_triggers", "id"),
	GET("/v2/event_triggers/{id}", "get_event_trigger", "One event trigger"),
	PUT_JSON("/v2/event_triggers/{id}", "update_event_trigger", "event_trigger", "Update an event trigger"),
	SURPLUS("POST", "/v2/event_triggers/{id}", "event_trigger"),
	DELETE("/v2/event_triggers/{id}", "delete_event_trigger", "Delete an event trigger"),

	POST_TEXT("/v2/code_sources", "create_code_source", "Store a code source"),
	PUT_TEXT("/v2/code_sources", "update_code_source", "Update a code source"),
	GET_LIST("/v2/code_sources", "list_code_sources", "List code sources"),
	LACKS("DELETE", "/v2/code_sources", "identifier"),
	GET("/v2/code_sources/{identifier}", "get_code_source", "One code source, by id or name"),
	POST_TEXT_TO("/v2/code_sources/{identifier}", "create_code_source", "name", "Store a code source under a name"),
	PUT_TEXT_TO("/v2/code_sources/{identifier}", "update_code_source", "identifier", "Update one code source"),
	DELETE("/v2/code_sources/{identifier}", "delete_code_source", "Delete a code source"),

	POST_JSON("/v2/dynamic_actions", "create_dynamic_action", "dyn_action", "Create a dynamic action"),
	PUT_JSON("/v2/dynamic_actions", "update_dynamic_action", "dyn_action", "Update a dynamic action"),
	GET_LIST("/v2/dynamic_actions", "list_dynamic_actions", "List dynamic actions"),
	LACKS("DELETE", "/v2/dynamic_actions", "identifier"),
	GET("/v2/dynamic_actions/{identifier}", "get_dynamic_action", "One dynamic action, by id or name"),
	SURPLUS("POST", "/v2/dynamic_actions/{identifier}", "dyn_action"),
	SURPLUS("PUT", "/v2/dynamic_actions/{identifier}", "dyn_action"),
	DELETE("/v2/dynamic_actions/{identifier}", "delete_dynamic_action", "Delete a dynamic action"),

	GET("/v2/services", "list_services", "Processes of the service"),
	GET("/v2/executors", "list_executors", "Processes that run actions"),
	GET("/v2/queue", "list_queue", "Actions that wait for executors"),
	GET("/v2/delayed_calls", "list_delayed_calls", "What the scheduler will do, and what it has given up"),
	{"POST", "/v2/delayed_calls/{id}/retry", "retry_delayed_call", BODY_JSON, 200, "delayed_call", 0, "Try a call again that was given up"},
	GET("/v2/event_consumers", "list_event_consumers", "Readers of events"),
	GET("/v2/event_deliveries", "list_event_deliveries", "Events on their way to publishers"),
	DELETE("/v2/event_deliveries/{id}", "delete_event_delivery", "Remove a delivery, so that those behind it go out"),
	{"POST", "/v2/event_deliveries/{id}/retry", "retry_event_delivery", BODY_JSON, 200, "event_delivery", 0, "Try a delivery again that was given up"},
	GET("/v2/rates", "execution_rates", "Executions started and ended over time"),
};

#define ROUTES_COUNT	((int) (sizeof(routes) / sizeof(routes[0])))

/* Tells whether the next segment of "path" fits, and moves behind it. */
static bool
segment_fits(const char **path, const char *segment, bool *is_variable)
{
	const char *at = *path + 1; /* behind the slash */
	size_t		len = strcspn(at, "/");

	*path = at + len;
	*is_variable = *at == '{';
	if (*is_variable)			/* only a namespace may be empty */
		return *segment != '\0' || strncmp(at, "{namespace}", len) == 0;
	return strlen(segment) == len && strncmp(at, segment, len) == 0;
}

/* Tells whether segments fit a route's path, and notes its variables. */
static bool
path_fits(const Route *route, const char *const *segments, int nsegments,
		  RouteMatch *match)
{
	const char *path = route->path;
	int			i;

	match->nvars = 0;
	if (strcmp(path, "/") == 0)
		return nsegments == 0;
	for (i = 0; i < nsegments; i++)
	{
		bool		is_variable;

		if (*path != '/' || !segment_fits(&path, segments[i], &is_variable))
			return false;
		if (is_variable)
			match->vars[match->nvars++] = segments[i];
	}
	return *path == '\0';
}

/* Adds a method to those that the path allows, once. */
static void
allow_method(RouteMatch *match, const char *method)
{
	size_t		len = strlen(match->allowed);

	if (strstr(match->allowed, method) == NULL)
		snprintf(match->allowed + len, sizeof(match->allowed) - len, "%s%s",
				 len > 0 ? ", " : "", method);
}

/*
 * Finds the route of a request.  The variables point into "segments".  An
 * empty last segment stands for a slash at the end.
 */
void
route_find(RouteMatch *match, const char *method,
		   const char *const *segments, int nsegments)
{
	int			tries;

	memset(match, 0, sizeof(*match));
	for (tries = 0; tries < 2 && match->route == NULL; tries++)
	{
		int			i;

		/* the second time without the slash at the end */
		if (tries == 1 && (nsegments == 0 || *segments[--nsegments] != '\0'))
			break;
		for (i = 0; i < ROUTES_COUNT; i++)
		{
			if (!path_fits(&routes[i], segments, nsegments, match))
				continue;
			allow_method(match, routes[i].method);
			if (strcmp(routes[i].method, method) != 0)
			{
				if (routes[i].flags & ROUTE_RESERVED)
					return;
				continue;
			}
			match->route = &routes[i];
			match->number = i;
			return;
		}
	}
}

/* Returns how many of a route's variables its function takes as arguments. */
int
route_arguments(const Route *route)
{
	int			n = 0;
	const char *c;

	for (c = route->path; *c != '\0'; c++)
		if (*c == '{')
			n++;
	return route->flags & ROUTE_AS_QUERY ? n - 1 : n;
}

/*
 * Appends the statement that answers a route.  Parameters have types, so that
 * a function is found by its name and nothing is guessed from values.
 */
void
route_sql(Buf *out, const Route *route)
{
	int			n;
	int			nvars = route_arguments(route);

	buf_printf(out, "SELECT mistral_api.%s(", route->function);
	for (n = 0; n < nvars; n++)
		buf_printf(out, "%s$%d::pg_catalog.text", n > 0 ? ", " : "", n + 1);
	if (route->body != BODY_NONE)
	{
		buf_printf(out, "%s$%d::pg_catalog.%s", n > 0 ? ", " : "", n + 1,
				   route->body == BODY_JSON ? "jsonb" : "text");
		n++;
	}
	buf_printf(out, "%sparams => $%d::pg_catalog.jsonb", n > 0 ? ", " : "", n + 1);
	if (route->flags & ROUTE_LIST)
		buf_printf(out, ", base => $%d::pg_catalog.text", n + 2);
	buf_puts(out, ")");
}

/* Appends one line a route: method, path, function. */
void
routes_print(Buf *out)
{
	int			i;

	for (i = 0; i < ROUTES_COUNT; i++)
		if (!(routes[i].flags & ROUTE_LACKING))
			buf_printf(out, "%s %s %s\n", routes[i].method, routes[i].path,
					   routes[i].function != NULL ? routes[i].function : "-");
}

/* The parameters of every list, besides filters by the members of its objects. */
static const char *const list_parameters[] = {
	"limit", "marker", "place", "sort_keys", "sort_dirs", "fields", "total"
};

static void
openapi_parameters(Buf *out, const Route *route, const Schema *schema)
{
	const char *c = route->path;
	const char *comma = "";
	size_t		i;

	buf_puts(out, "\"parameters\": [");
	while ((c = strchr(c, '{')) != NULL)
	{
		size_t		len = strcspn(++c, "}");

		buf_printf(out, "%s{\"name\": \"%.*s\", \"in\": \"path\", \"required\": true, "
				   "\"schema\": {\"type\": \"string\"}}", comma, (int) len, c);
		comma = ", ";
	}
	for (i = 0; (route->flags & ROUTE_LIST) && i < sizeof(list_parameters) / sizeof(list_parameters[0]); i++)
	{
		buf_printf(out, "%s{\"name\": \"%s\", \"in\": \"query\", \"schema\": {\"type\": \"string\"}}",
				   comma, list_parameters[i]);
		comma = ", ";
	}
	if (schema != NULL && schema->params != NULL)
		schema_write_params(out, schema->params, comma);
	buf_puts(out, "]");
}

/* Appends the description of the body that a route takes. */
static void
openapi_request(Buf *out, const Route *route, const Schema *schema)
{
	if (route->body == BODY_NONE)
		return;
	buf_printf(out, ", \"requestBody\": {\"required\": true, \"content\": {\"%s\": {\"schema\": ",
			   route->body == BODY_JSON ? "application/json" : "text/plain");
	if (schema != NULL && schema->request != NULL)
		schema_write(out, schema->request);
	else
		buf_printf(out, "{\"type\": \"%s\"}", route->body == BODY_JSON ? "object" : "string");
	buf_puts(out, "}}}");
}

/* Appends the description of a route's answers. */
static void
openapi_responses(Buf *out, const Route *route, const Schema *schema)
{
	buf_printf(out, ", \"responses\": {\"%d\": {\"description\": \"success\"", route->status);
	if (route->flags & ROUTE_STREAMS)
		buf_puts(out, ", \"content\": {\"text/event-stream\": {\"schema\": {\"type\": \"string\"}}}");
	else if (schema != NULL && schema->response != NULL)
	{
		buf_puts(out, ", \"content\": {\"application/json\": {\"schema\": ");
		schema_write(out, schema->response);
		buf_puts(out, "}}");
	}
	buf_puts(out, "}, \"default\": {\"$ref\": \"#/components/responses/Fault\"}}");
}

/* Appends the description of one method of a path. */
static void
openapi_operation(Buf *out, const Route *route)
{
	const Schema *schema = schema_find(route->function);
	const char *c;

	buf_printf(out, "\"%c%c%c%s\": {\"operationId\": \"",
			   route->method[0] | 0x20, route->method[1] | 0x20,
			   route->method[2] | 0x20,
			   route->method[3] == '\0' ? "" : route->method[3] == 'T' ? "t" : "ete");
	/* unique: two paths may share a function */
	buf_printf(out, "%s_", route->function != NULL ? route->function : "server");
	for (c = route->path + 1; *c != '\0'; c++)
		if (strchr("{}", *c) == NULL)
			buf_putc(out, strchr("/.", *c) != NULL ? '_' : *c);
	buf_puts(out, "\", \"summary\": ");
	json_write_text(out, route->summary);
	buf_puts(out, ", ");
	openapi_parameters(out, route, schema);
	openapi_request(out, route, schema);
	openapi_responses(out, route, schema);
	buf_puts(out, route->flags & ROUTE_PUBLIC ? ", \"security\": []}" : "}");
}

/* Tells whether the document has this path from an earlier row. */
static bool
path_seen(int number)
{
	int			i;

	for (i = 0; i < number; i++)
		if (!(routes[i].flags & ROUTE_LACKING) &&
			strcmp(routes[i].path, routes[number].path) == 0)
			return true;
	return false;
}

/* Appends a path with all its methods. */
static void
openapi_path(Buf *out, int number)
{
	const char *comma = "";
	int			i;

	json_write_text(out, routes[number].path);
	buf_puts(out, ": {");
	for (i = number; i < ROUTES_COUNT; i++)
	{
		if ((routes[i].flags & ROUTE_LACKING) ||
			strcmp(routes[i].path, routes[number].path) != 0)
			continue;
		buf_puts(out, comma);
		openapi_operation(out, &routes[i]);
		comma = ", ";
	}
	buf_puts(out, "}");
}

/* Appends the OpenAPI document; "base" is the address of the server. */
void
routes_openapi(Buf *out, const char *base)
{
	const char *comma = "";
	int			i;

	buf_puts(out, "{\"openapi\": \"3.0.3\", \"info\": {\"title\": \"Mistral workflow service\", "
			 "\"version\": \"v2.0\"}, \"servers\": [{\"url\": ");
	json_write_text(out, base);
	buf_puts(out, "}], \"paths\": {");
	for (i = 0; i < ROUTES_COUNT; i++)
	{
		if ((routes[i].flags & ROUTE_LACKING) || path_seen(i))
			continue;
		buf_puts(out, comma);
		openapi_path(out, i);
		comma = ", ";
	}
	buf_puts(out, "}, \"components\": {\"responses\": {\"Fault\": {\"description\": \"failure\", "
			 "\"content\": {\"application/json\": {\"schema\": {\"type\": \"object\", "
			 "\"required\": [\"faultstring\"], \"properties\": {"
			 "\"faultcode\": {\"type\": \"string\"}, \"faultstring\": {\"type\": \"string\"}, "
			 "\"debuginfo\": {\"type\": \"string\", \"nullable\": true}}}}}}}, "
			 "\"securitySchemes\": {\"basic\": {\"type\": \"http\", \"scheme\": \"basic\"}, "
			 "\"bearer\": {\"type\": \"http\", \"scheme\": \"bearer\"}, "
			 "\"token\": {\"type\": \"apiKey\", \"in\": \"header\", \"name\": \"X-Auth-Token\"}}}, "
			 "\"security\": [{\"basic\": []}, {\"bearer\": []}, {\"token\": []}, {}]}");
}
