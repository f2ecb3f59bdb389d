/*-------------------------------------------------------------------------
 *
 * schemas.c
 *	  What requests and answers look like, for the OpenAPI document.
 *
 * Each row has the forms of one function in short notation (schemas.h), which
 * become JSON schemas in the document.  Answers are checked against them by
 * test/run_api_checks.py.  A function that has no row is one of those that clients of
 * Mistral know: its objects are described in docs/rest-api.md.
 *
 *-------------------------------------------------------------------------
 */
#include "schemas.h"

#include <stdbool.h>
#include <string.h>

#define BULK_ANSWER \
	"{matching?:int is_exact?:bool sample?:[{id:uuid workflow_name:text state:text}] " \
	"done?:int failed?:[{id:uuid error:text}] after?:uuid?}"

#define EXECUTION_FILTERS \
	"id?:uuid workflow_id?:uuid workflow_name?:text state?:text description?:text tags?:text key?:text " \
	"created_at?:text updated_at?:text task_execution_id?:uuid root_execution_id?:uuid project_id?:text " \
	"all_projects?:bool nulls?:text q?:text waits_longer?:int"

/* what definitions hold may be an expression, so most of it is of any type */
#define GRAPH \
	"{name:text type:text description:text? input:[any] input_schema:any tasks:[{name:text line:int? kind:text " \
	"calls:text? is_dynamic:bool waits_for?:any join:any with_items:[any]? policies:<any> description:text? tags:[text]? " \
	"is_start:bool}] edges:[{from:text to:text kind:text guard:text? params:object? is_default:bool}] " \
	"commands:[{from:text command:text kind:text guard:text? params:object? is_default:bool}]}"

#define LIMIT_FORM \
	"name:text max:int? rate:text? action:text? description:text? project_id:text held:int waiting:int " \
	"is_exact:bool created_at:time updated_at:time?"

/* sorted by function */
static const Schema schemas[] = {
	{"action_uses", "action:text", NULL,
	"{action:text called_by:{workflows:[{id:uuid name:text namespace:text task:text}] is_exact:bool}}"},
	{"bulk_executions", NULL,
		"{operation:text filters?:<any> ids?:[uuid] preview?:bool limit?:int after?:uuid? message?:text? "
		"reset?:bool? env?:object?}",
	BULK_ANSWER},
	{"check_expression", NULL, "{expression:text}",
	"{valid:bool language?:text? error?:text expected?:text position?:int expression?:text}"},
	{"count_executions", EXECUTION_FILTERS, NULL,
	"{counts:<int> total:int is_exact:bool oldest:time?}"},
	{"create_limit", NULL, "{name:text max?:int? rate?:text? description?:text? action?:text?}", "{" LIMIT_FORM "}"},
	{"cron_trigger_times", "count?:int", NULL,
	"{id:uuid name:text is_enabled:bool last_workflow_execution_id:uuid? last_error:text? times:[time]}"},
	{"describe_language", NULL, NULL,
		"{attributes:<[{name:text summary:text}]> commands:[text] functions:[{language:text kind:text name:text? "
		"usage:text parameters:text? topic:text description:text}] "
	"own_functions:[{name:text description:text?}]}"},
	{"evaluate_expression", NULL, "{expression:any context?:any}", "{result:any}"},
	{"execution_graph", "graph?:bool", NULL,
		"{execution:{id:uuid state:text workflow_id:uuid version_id:uuid} graph:" GRAPH "? "
		"runs:[{task:text compensates:text? state:text state_info:text? runs:int counts:<int> task_execution_id:uuid attempt:int "
		"error_handled:bool compensates?:text? created_at:time started_at:time? finished_at:time? "
		"items:{total:int? done:int failed:int cancelled:int running:int is_exact:bool}? "
		"sub_executions:[{id:uuid workflow_name:text state:text index:int}]}] "
	"taken:[{from:text to:text kind:text times:int}]}"},
	{"execution_path", NULL, NULL,
	"{path:[{id:uuid workflow_name:text state:text task_execution_id:uuid? index:int}]}"},
	{"execution_why", "max_rows?:int", NULL,
		"{waits:[{is_cause:bool n:int place:text kind:text waits_for:text since:text? who:text? how:text? "
	"operation:{function:text arguments:[text]}?}]}"},
	{"execution_rates", "seconds?:int buckets?:int all_projects?:bool", NULL,
	"{from:time to:time step:number series:<[int]> is_exact:bool}"},
	{"execution_timeline", "limit?:int marker?:uuid", NULL,
		"{execution:{id:uuid state:text created_at:time started_at:time? finished_at:time?} now:time "
		"tasks:[{task_execution_id:uuid task:text type:text state:text attempts:int is_exact:bool "
		"segments:[{kind:text from:time to:time? is_exact:bool attempt:int n:int?}]}] "
	"critical_path:[uuid] next:uuid?}"},
	{"execution_tree", "limit?:int max_depth?:int", NULL,
		"{executions:[{id:uuid parent_execution_id:uuid? task_execution_id:uuid? task:text? index:int attempt:int "
		"depth:int workflow_name:text state:text state_info:text? created_at:time finished_at:time?}] "
	"has_more:bool}"},
	{"get_limit", NULL, NULL, "{" LIMIT_FORM "}"},
	{"get_workflow_graph", "namespace?:text", NULL, GRAPH},
	{"get_workflow_version", "namespace?:text", NULL,
	"{id:uuid created_at:time retired_at:time? is_newest:bool definition:text}"},
	{"graphs_of_text", NULL, NULL,
		"{valid:bool graphs?:[" GRAPH "] error?:text message?:text line?:int column?:int path?:text hint?:text "
	"sqlstate?:text warnings?:[object]}"},
	{"list_delayed_calls", "limit?:int marker?:int is_dead?:bool", NULL,
		"{delayed_calls:[{id:int kind:text due_at:time created_at:time attempts:int is_dead:bool error:text? "
		"workflow_execution_id:uuid? task_execution_id:uuid? project_id:text}] "
	"summary:{waiting:int due:int failing:int dead:int oldest_due:time? is_exact:bool} next:int?}"},
	{"list_event_consumers", NULL, NULL,
		"{event_consumers:[{name:text project_id:text event_types:[text]? workflow_name:text? created_at:time "
	"acknowledged_at:time?}]}"},
	{"list_event_deliveries", "limit?:int marker?:int is_dead?:bool", NULL,
		"{event_deliveries:[{id:int event:text endpoint:text workflow_execution_id:uuid project_id:text created_at:time "
	"next_try_at:time attempts:int is_dead:bool error:text?}] next:int?}"},
	{"list_executions", "q?:text waits_longer?:int nulls?:text all_projects?:bool include_output?:bool", NULL, NULL},
	{"list_executors", "limit?:int", NULL,
		"{executors:[{id:int name:text target:text project_id:text actions:[text]? is_alive:bool is_draining:bool "
	"keeps_rules:bool registered_at:time last_heartbeat:time lease_until:time running:int? info:any}]}"},
	{"list_limits", "all_projects?:bool", NULL, "{limits:[{" LIMIT_FORM "}]}"},
	{"list_queue", NULL, NULL,
	"{queue:[{project_id:text action:text target:text actions:int held:int oldest:time? executors:int}] is_exact:bool}"},
	{"list_workflow_versions", "namespace?:text limit?:int marker?:uuid", NULL,
	"{versions:[{id:uuid created_at:time retired_at:time? is_newest:bool size:int}] next:uuid?}"},
	{"retry_delayed_call", NULL, "{}", "{id:int}"},
	{"retry_event_delivery", NULL, "{}", "{id:int}"},
	{"run_cron_trigger", NULL, "{}", "{workflow_execution_id:uuid}"},
	{"simulate", NULL,
		"{definition:text workflow?:text? input?:object? mocks?:object? params?:object?}",
		"{state:text is_completed:bool output:any reason:text? seconds:number "
	"steps:[{at:number workflow:text task:text? event:text state:text detail:any}]}"},
	{"task_context", "name?:text", NULL,
		"{task_execution_id:uuid task:text "
		"variables:[{name:text source:text published_by:{task_execution_id:uuid task:text}? value:any is_cut:bool size:int}] "
	"published:[{name:text is_global:bool change:text before:any value:any is_cut:bool size:int}]}"},
	{"update_cron_trigger", NULL, "{is_enabled:bool}", "{id:uuid name:text is_enabled:bool last_workflow_execution_id:uuid? last_error:text? times:[time]}"},
	{"update_limit", NULL, "{max?:int? rate?:text? description?:text?}", "{" LIMIT_FORM "}"},
	{"watch", "execution_id?:uuid workflow_name?:text all_projects?:bool", NULL, NULL},
	{"whoami", NULL, NULL,
		"{user:text project_id:text is_admin:bool is_read_only:bool has_auth:bool roles:[text] may:<bool> "
	"features:[text] maintenance:text version:text now:time}"},
	{"workflow_uses", "namespace?:text", NULL,
		"{calls:{workflows:[text] actions:[text]} called_by:{workflows:[{id:uuid name:text namespace:text task:text}] is_exact:bool} "
	"cron_triggers:[{id:uuid name:text}] event_triggers:[{id:uuid name:text?}]}"},
};

static const struct
{
	const char *name;
	const char *schema;
}			words[] = {
	{"any", ""},
	{"bool", "\"type\": \"boolean\""},
	{"int", "\"type\": \"integer\""},
	{"number", "\"type\": \"number\""},
	{"object", "\"type\": \"object\""},
	{"text", "\"type\": \"string\""},
	{"time", "\"type\": \"string\", \"format\": \"date-time\""},
	{"uuid", "\"type\": \"string\", \"format\": \"uuid\""}
};

#define WORD_CHARS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

static void write_type(Buf *out, const char **at);

/* Returns the forms of a function, or NULL. */
const Schema *
schema_find(const char *function)
{
	for (size_t i = 0; function != NULL && i < sizeof(schemas) / sizeof(schemas[0]); i++)
		if (strcmp(schemas[i].function, function) == 0)
			return &schemas[i];
	return NULL;
}

/* Passes over "name:" or "name?:", and returns the length of the name. */
static size_t
skip_name(const char **at, const char **name, bool *is_optional)
{
	size_t		len;

	*at += strspn(*at, " ");
	*name = *at;
	len = strspn(*at, WORD_CHARS);
	*at += len;
	*is_optional = **at == '?';
	*at += *is_optional ? 2 : 1;
	return len;
}

/* Appends the members of an object, and which of them are always there. */
static void
write_members(Buf *out, const char **at)
{
	Buf			required = {0};
	const char *comma = "";

	buf_puts(out, "\"type\": \"object\", \"properties\": {");
	while (**at != '}')
	{
		const char *name;
		bool		is_optional;
		size_t		len = skip_name(at, &name, &is_optional);

		buf_printf(out, "%s\"%.*s\": ", comma, (int) len, name);
		comma = ", ";
		write_type(out, at);
		if (!is_optional)
			buf_printf(&required, "%s\"%.*s\"", required.len > 0 ? ", " : "", (int) len, name);
		*at += strspn(*at, " ");
	}
	++*at;
	buf_puts(out, "}");
	if (required.len > 0)
		buf_printf(out, ", \"required\": [%s]", required.data);
	buf_free(&required);
}

/* Appends the schema of what a word stands for, and passes over it. */
static void
write_word(Buf *out, const char **at)
{
	size_t		len = strspn(*at, WORD_CHARS);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].name) == len && strncmp(words[i].name, *at, len) == 0)
			buf_puts(out, words[i].schema);
	*at += len > 0 ? len : 1;
}

/* Appends the schema of a type, and passes over it. */
static void
write_type(Buf *out, const char **at)
{
	char		first = **at;
	size_t		start;

	buf_putc(out, '{');
	start = out->len;
	if (first == '{' || first == '[' || first == '<')
		++* at;
	if (first == '{')
		write_members(out, at);
	else if (first == '[' || first == '<')
	{
		buf_puts(out, first == '[' ? "\"type\": \"array\", \"items\": " :
				 "\"type\": \"object\", \"additionalProperties\": ");
		write_type(out, at);
		++*at;
	}
	else
		write_word(out, at);
	if (**at == '?')
	{
		buf_printf(out, "%s\"nullable\": true", out->len > start ? ", " : "");
		++*at;
	}
	buf_putc(out, '}');
}

/* Appends the JSON schema of a form. */
void
schema_write(Buf *out, const char *form)
{
	write_type(out, &form);
}

/* Appends the parameters of a query to a list, of which "comma" goes before the first. */
void
schema_write_params(Buf *out, const char *params, const char *comma)
{
	while (params[strspn(params, " ")] != '\0')
	{
		const char *name;
		bool		is_optional;
		size_t		len = skip_name(&params, &name, &is_optional);

		buf_printf(out, "%s{\"name\": \"%.*s\", \"in\": \"query\", \"required\": %s, \"schema\": ",
				   comma, (int) len, name, is_optional ? "false" : "true");
		write_type(out, &params);
		buf_putc(out, '}');
		comma = ", ";
	}
}
