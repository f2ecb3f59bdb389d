/*-------------------------------------------------------------------------
 *
 * builtin.c
 *	  The standard actions.
 *
 * One table has all of them: names and parameters of all, and for those
 * that the database itself runs a function.  The others wait in the queue
 * for an executor (docs/language.md, "Standard actions").
 * mistral_api.builtin_actions shows the same to users.
 *
 * A function may not wait, because the call holds the lock of an execution:
 * std.sleep says when it is to end, and a delayed call ends it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"

#include "dsl/human.h"
#include "engine/data/input.h"
#include "engine/memory/limits.h"
#include "engine/work/builtin.h"
#include "engine/work/human_task.h"
#include "engine/work/sql_action.h"
#include "util/json.h"

/* ---- those that run here ---- */

static void
run_noop(Jsonb *input, ActionRow *action, BuiltinResult *result)
{
	result->value = mst_json_null();
}

/*
 * Returns a number or a text that is one; anything else, and what is negative:
 * 0.
 */
static double
seconds_of(Jsonb *input, const char *name, double otherwise)
{
	Jsonb	   *value = mst_json_get(input, name);
	char	   *text;
	char	   *end;
	double		seconds;

	if (value == NULL)
		return otherwise;
	text = mst_json_to_text(value);
	seconds = strtod(text, &end);
	if (end == text || *end != '\0' || !isfinite(seconds) || seconds < 0)
		return 0;
	return Min(seconds, PG_INT32_MAX);
}

static void
run_echo(Jsonb *input, ActionRow *action, BuiltinResult *result)
{
	result->value = mst_json_get(input, "output");
	result->delay = seconds_of(input, "delay", 0);
}

static void
run_sleep(Jsonb *input, ActionRow *action, BuiltinResult *result)
{
	result->value = mst_json_null();
	result->delay = floor(seconds_of(input, "seconds", 1));
}

static void
run_fail(Jsonb *input, ActionRow *action, BuiltinResult *result)
{
	Jsonb	   *data = mst_json_get(input, "error_data");

	result->is_error = true;
	if (!mst_json_is_falsy(data))
		result->value = data;
	else
		result->value = mst_json_text(mst_action_exception("Fail action", &action->id,
														   "Fail action expected exception."));
}

/* more would not fit a result anyway */
#define MAX_TEST_DICT 10000000

static void
run_test_dict(Jsonb *input, ActionRow *action, BuiltinResult *result)
{
	int64		size = mst_json_get_int(input, "size", 0);
	char	   *prefix = mst_json_get_text(input, "key_prefix");
	Jsonb	   *value = mst_json_get(input, "val");
	JsonBuilder b;

	if (size > MAX_TEST_DICT)
	{
		result->is_error = true;
		result->value = mst_json_text("size is too large");
		return;
	}
	if (value == NULL)
		value = mst_json_text("");
	mst_json_begin_object(&b);
	for (int64 i = 0; i < size; i++)
		mst_json_add(&b, psprintf("%s" INT64_FORMAT, prefix != NULL ? prefix : "", i), value);
	result->value = mst_json_end(&b);
}

static void
run_sql(Jsonb *input, ActionRow *action, BuiltinResult *result)
{
	SqlOutcome	outcome;

	mst_sql_action(input, action->project_id, &outcome);
	result->is_error = outcome.is_error;
	result->is_transient = outcome.is_transient;
	result->value = outcome.value;
}

static char *
check_http(Jsonb *input)
{
	Jsonb	   *body = mst_json_get(input, "body");
	Jsonb	   *json = mst_json_get(input, "json");

	if (!mst_json_is_falsy(body) && !mst_json_is_falsy(json))
		return pstrdup("Only one of the parameters \"body\" and \"json\" can be given");
	return NULL;
}

static bool
add_header(void *arg, const JsonbValue *key, const JsonbValue *value)
{
	char	   *name = pnstrdup(key->val.string.val, key->val.string.len);

	if (value->type == jbvNumeric)
		mst_json_add_text(arg, name, mst_json_print(mst_json_from_value(value)));
	else
		mst_json_add_value(arg, name, value);
	return true;
}

/* Headers are text. */
static Jsonb *
normalize_http(Jsonb *input)
{
	Jsonb	   *headers = mst_json_get(input, "headers");
	JsonBuilder b;

	if (!mst_json_is_object(headers))
		return input;
	mst_json_begin_object(&b);
	mst_json_each(headers, add_header, &b);
	return mst_json_concat(input, mst_json_object1("headers", mst_json_end(&b)));
}

static char *
check_human(Jsonb *input)
{
	return mst_human_check_input(input);
}

/* ---- the table ---- */

#define HTTP_OPTIONAL "method params body json headers cookies auth timeout allow_redirects proxies verify"
#define HUMAN_OPTIONAL "form title description data candidates due escalate distinct-from priority"
#define SSH_OPTIONAL "password private_key_filename private_key return_result_on_error"

static const BuiltinAction builtins[] = {
	{"std.async_noop", "", "", false, false, run_noop, NULL, NULL, NULL},
	{"std.echo", "output", "delay", true, false, run_echo, NULL, NULL, NULL},
	{"std.email", "from_addr to_addrs smtp_server",
	"reply_to cc_addrs bcc_addrs smtp_password subject body html_body", true, false, NULL, NULL, NULL, NULL},
	{"std.fail", "", "error_data", true, false, run_fail, NULL, NULL, NULL},
	{"std.http", "url", HTTP_OPTIONAL, true, false, NULL, NULL, normalize_http, check_http},
	{"std.human", "", HUMAN_OPTIONAL, false, false, run_noop, mst_human_begin, NULL, check_human},
	{"std.javascript", "script", "context", true, false, NULL, NULL, NULL, NULL},
	{"std.js", "script", "context", true, false, NULL, NULL, NULL, NULL},
	{"std.mistral_http", "url", HTTP_OPTIONAL, false, false, NULL, NULL, normalize_http, check_http},
	{"std.noop", "", "", true, false, run_noop, NULL, NULL, NULL},
	{"std.sleep", "", "seconds", true, false, run_sleep, NULL, NULL, NULL},
	{"std.sql", "query", "params max_rows", true, true, run_sql, NULL, NULL, mst_sql_action_check},
	{"std.ssh", "cmd host username", SSH_OPTIONAL, true, false, NULL, NULL, NULL, NULL},
	{"std.ssh_proxied", "cmd host username private_key_filename gateway_host",
	"password private_key return_result_on_error gateway_username proxy_command", true, false, NULL, NULL, NULL, NULL},
	{"std.test_dict", "", "size key_prefix val", true, false, run_test_dict, NULL, NULL, NULL}
};

static int
compare_names(const void *key, const void *builtin)
{
	return strcmp(key, ((const BuiltinAction *) builtin)->name);
}

/* Returns the standard action of that name, or NULL. */
const BuiltinAction *
mst_builtin_find(const char *name)
{
	return bsearch(name, builtins, lengthof(builtins), sizeof(BuiltinAction),
				   compare_names);
}

/* Returns the names of the standard actions, ended by NULL; static memory. */
const char *const *
mst_builtin_names(void)
{
	static const char *names[lengthof(builtins) + 1];

	for (int i = 0; i < lengthof(builtins); i++)
		names[i] = builtins[i].name;
	return names;
}

static List *
split_names(const char *names)
{
	List	   *list = NIL;
	char	   *copy = pstrdup(names);
	char	   *saved;

	for (char *name = strtok_r(copy, " ", &saved); name != NULL; name = strtok_r(NULL, " ", &saved))
		list = lappend(list, name);
	return list;
}

/*
 * Checks the names of the parameters; returns NULL or "Invalid input [...]".
 */
char *
mst_builtin_check_input(const BuiltinAction *builtin, Jsonb *input)
{
	return mst_input_check_names(builtin->name, NULL,
								 split_names(builtin->required),
								 split_names(builtin->optional), input);
}
