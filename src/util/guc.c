/*-------------------------------------------------------------------------
 *
 * guc.c
 *	  The settings of this extension, in the order of their names.
 *
 * Every setting has a unit, bounds and a description, from which
 * docs/reference.md is made; test/t/022_setting_bounds.pl runs workflows at
 * the bounds.  Settings that bound what tenants can cost the server are
 * superuser's (PGC_SUSET).  A default stands in its variable's initialiser
 * and in its definition; servers built with assertions compare them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "utils/guc.h"

#include "util/compat.h"
#include "util/guc.h"
#include "util/json.h"

bool		mst_api_admin = false;
bool		mst_async_claims = true;
bool		mst_catch_start_failures = false;
bool		mst_context_versioning = true;
int			mst_cron_grace_time = 5000;
int			mst_definition_cache_size = 1000;
int			mst_definition_max_depth = 100;
int			mst_definition_max_nodes = 1000000;
int			mst_definition_max_size = 8192;
int			mst_delayed_call_max_attempts = 10;
int			mst_delayed_call_timeout = 300000;
int			mst_delivery_max_attempts = 10;
int			mst_event_retention = 604800;
int			mst_execution_field_size_limit = 1024;
int			mst_expiration_batch_size = 100;
char	   *mst_expiration_ignored_states = "";
int			mst_expiration_interval = 0;
int			mst_expiration_max_finished = 0;
int			mst_expiration_older_than = 0;
int			mst_expression_languages = EXPRESSION_LANGUAGES_ALL;
int			mst_expression_max_depth = 500;
int			mst_expression_max_integer_bits = 1000000;
int			mst_expression_max_items = 10000000;
int			mst_expression_max_memory = 262144;
int			mst_expression_max_regex_steps = 10000000;
int			mst_expression_max_steps = 100000000;
int			mst_expression_sql_timeout = 5000;
int			mst_item_query_max_rows = 1000000;
int			mst_item_query_max_size = 1048576;
int			mst_max_code_sources = 1000;
int			mst_max_definitions = 10000;
int			mst_max_deliveries = 100000;
int			mst_max_environments = 10000;
int			mst_max_executors = 1000;
int			mst_max_human_tasks = 100000;
int			mst_max_inline_steps = 10000;
int			mst_max_limits = 1000;
int			mst_max_members = 10000;
int			mst_max_policy_rules = 200;
int			mst_max_publishers = 20;
int			mst_max_signals = 1000;
int			mst_max_subscriptions = 1000;
int			mst_max_subworkflow_depth = 100;
int			mst_max_tree_executions = 50000;
int			mst_max_triggers = 10000;
int			mst_max_unfinished_executions = 100000;
int			mst_max_versions = 10000;
int			mst_merge_strategy = MERGE_STRATEGY_REPLACE;
char	   *mst_notify_publishers = NULL;
int			mst_priority_ageing = 60;
int			mst_scheduler_workers = 1;
char	   *mst_secret_keys = "";
int			mst_simulation_max_memory = 524288;
int			mst_slow_scheduler_workers = 1;
int			mst_sql_action_max_attempts = 20;
int			mst_sql_actions = SQL_ACTIONS_ALL;
int			mst_sql_function_max_rows = 10000;
int			mst_sql_timeout = 60000;
int			mst_unclaimed_action_timeout = 3600;
int			mst_unknown_action = UNKNOWN_ACTION_ERROR;
bool		mst_use_pg_cron = true;
int			mst_validation_mode = VALIDATION_MANDATORY;
int			mst_version_retention = 604800;
bool		mst_yaml_anchors = false;

static const struct config_enum_entry expression_languages[] = {
	{"all", EXPRESSION_LANGUAGES_ALL, false},
	{"yaql", EXPRESSION_LANGUAGES_YAQL, false},
	{"jinja", EXPRESSION_LANGUAGES_JINJA, false},
	{NULL, 0, false}
};

static const struct config_enum_entry sql_actions[] = {
	{"all", SQL_ACTIONS_ALL, false},
	{"functions", SQL_ACTIONS_FUNCTIONS, false},
	{"none", SQL_ACTIONS_NONE, false},
	{NULL, 0, false}
};

static const struct config_enum_entry unknown_actions[] = {
	{"error", UNKNOWN_ACTION_ERROR, false},
	{"queue", UNKNOWN_ACTION_QUEUE, false},
	{NULL, 0, false}
};

static const struct config_enum_entry validation_modes[] = {
	{"mandatory", VALIDATION_MANDATORY, false},
	{"enabled", VALIDATION_ENABLED, false},
	{"disabled", VALIDATION_DISABLED, false},
	{NULL, 0, false}
};

/* what is wrong with a list of publishers, or NULL: a rule of an upper room */
static char *(*publisher_list_problem) (Jsonb *list);

/*
 * Returns why the text of a list of publishers is invalid, palloc'd; NULL
 * if it is valid.
 */
static char *
publishers_problem(const char *text)
{
	MemoryContext caller_cxt = CurrentMemoryContext;
	char	   *volatile problem = NULL;

	PG_TRY();
	{
		problem = publisher_list_problem(mst_json_from_text(text));
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller_cxt);
		problem = CopyErrorData()->message;
		FlushErrorState();
	}
	PG_END_TRY();
	return problem;
}

/* Returns whether the text is a JSON list of publishers, or empty. */
static bool
check_publishers(char **value, void **extra, GucSource source)
{
	char	   *problem = NULL;

	if (*value != NULL && (*value)[strspn(*value, " \t\r\n")] != '\0')
		problem = publishers_problem(*value);
	if (problem != NULL)
		GUC_check_errdetail("The value must be a JSON list of publishers: %s.", problem);
	return problem == NULL;
}

/* Returns whether the text is a list of final states. */
static bool
check_final_states(char **value, void **extra, GucSource source)
{
	static const char *const states[] = {"SUCCESS", "ERROR", "CANCELLED"};
	const char *text = *value != NULL ? *value : "";

	for (;;)
	{
		size_t		len;
		int			i = 0;

		text += strspn(text, ", \t");
		len = strcspn(text, ", \t");
		if (len == 0)
			return true;
		while (i < lengthof(states) &&
			   (strlen(states[i]) != len || strncmp(states[i], text, len) != 0))
			i++;
		if (i == lengthof(states))
			break;
		text += len;
	}
	GUC_check_errdetail("The value must be a list of SUCCESS, ERROR and CANCELLED.");
	return false;
}

static const struct config_enum_entry merge_strategies[] = {
	{"replace", MERGE_STRATEGY_REPLACE, false},
	{"merge", MERGE_STRATEGY_MERGE, false},
	{NULL, 0, false}
};

/* How executions run. */
static void
define_run_settings(void)
{
	DefineCustomBoolVariable("mistral.api_admin",
							 "Says that the current request comes from an administrator.",
							 "Set by the REST server for callers whom a trusted proxy vouches for.",
							 &mst_api_admin,
							 false,
							 PGC_SUSET, GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE,
							 NULL, NULL, NULL);
	DefineCustomBoolVariable("mistral.async_claims",
							 "Lets a claim of actions that are safe to rerun commit without waiting for the disk.",
							 "If the server crashes in the next moment the claim is lost, and the actions are handed out again.",
							 &mst_async_claims,
							 true,
							 PGC_USERSET, 0,
							 NULL, NULL, NULL);
	DefineCustomBoolVariable("mistral.catch_start_failures",
							 "Lets on-error follow a task whose action or sub-workflow cannot be started.",
							 "When off, an unknown sub-workflow, input that it lacks, or an action that cannot be instantiated ends the execution, as in Mistral 15.",
							 &mst_catch_start_failures,
							 false,
							 PGC_SUSET, 0,
							 NULL, NULL, NULL);
	DefineCustomBoolVariable("mistral.context_versioning",
							 "Merges branches by how often a variable was published.",
							 "When off, the later publication wins.",
							 &mst_context_versioning,
							 true,
							 PGC_SUSET, 0,
							 NULL, NULL, NULL);
}

/* Bounds of definitions, and of the firing of triggers. */
static void
define_definition_settings(void)
{
	DefineCustomIntVariable("mistral.cron_grace_time",
							"Sets how late a cron trigger may fire before its time counts as missed.",
							"A trigger whose policy for missed times is skip then does not start its workflow. Raise it where run_due_calls() is called at intervals, instead of a scheduler.",
							&mst_cron_grace_time,
							5000, 0, INT_MAX,
							PGC_SUSET, GUC_UNIT_MS,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.definition_cache_size",
							"Sets how many compiled definitions a session keeps.",
							NULL,
							&mst_definition_cache_size,
							1000, 1, INT_MAX,
							PGC_USERSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.definition_max_depth",
							"Sets how deep the text of a definition may nest.",
							NULL,
							&mst_definition_max_depth,
							100, 10, 1000,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.definition_max_nodes",
							"Sets how many values the text of a definition may have.",
							"Aliases count as what they stand for.",
							&mst_definition_max_nodes,
							1000000, 100, INT_MAX,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.definition_max_size",
							"Sets how long the text of a definition may be.",
							NULL,
							&mst_definition_max_size,
							8192, 1, 1024 * 512,
							PGC_SUSET, GUC_UNIT_KB,
							NULL, NULL, NULL);
}

/* Retries, retention, and the sizes of stored values. */
static void
define_retry_settings(void)
{
	DefineCustomIntVariable("mistral.delayed_call_max_attempts",
							"Sets how often a delayed call that fails is tried before it is given up.",
							"Its execution then fails; the call stays for inspection.",
							&mst_delayed_call_max_attempts,
							10, 1, 1000,
							PGC_SIGHUP, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.delayed_call_timeout",
							"Sets how long a delayed call may take in a worker.",
							"What it was to do fails when it takes longer.",
							&mst_delayed_call_timeout,
							300000, 100, INT_MAX,
							PGC_SUSET, GUC_UNIT_MS,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.delivery_max_attempts",
							"Sets how often the delivery of an event is tried before it is given up.",
							"It stays for inspection, and can be tried again.",
							&mst_delivery_max_attempts,
							10, 1, 1000,
							PGC_SIGHUP, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.event_retention",
							"Sets for how long events are kept.",
							"0 keeps them for ever.",
							&mst_event_retention,
							604800, 0, INT_MAX,
							PGC_SIGHUP, GUC_UNIT_S,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.execution_field_size_limit",
							"Sets the size of input, output, params and published variables as text, and of what else users store.",
							"-1 means no limit.",
							&mst_execution_field_size_limit,
							1024, -1, MAX_KILOBYTES,
							PGC_SUSET, GUC_UNIT_KB,
							NULL, NULL, NULL);
}

/* When finished executions go. */
static void
define_expiration_settings(void)
{
	DefineCustomIntVariable("mistral.expiration_batch_size",
							"Sets how many expired executions are removed in one transaction.",
							NULL,
							&mst_expiration_batch_size,
							100, 1, 100000,
							PGC_SIGHUP, 0,
							NULL, NULL, NULL);
	DefineCustomStringVariable("mistral.expiration_ignored_states",
							   "Lists the states of executions that never expire.",
							   "A list of SUCCESS, ERROR and CANCELLED.",
							   &mst_expiration_ignored_states,
							   "",
							   PGC_SIGHUP, 0,
							   check_final_states, NULL, NULL);
	DefineCustomIntVariable("mistral.expiration_interval",
							"Sets how often expired executions are looked for.",
							"0 never removes any.",
							&mst_expiration_interval,
							0, 0, INT_MAX / 1000,
							PGC_SIGHUP, GUC_UNIT_S,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.expiration_max_finished",
							"Sets how many finished executions are kept.",
							"The oldest beyond this number expire; 0 is no limit.",
							&mst_expiration_max_finished,
							0, 0, INT_MAX,
							PGC_SIGHUP, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.expiration_older_than",
							"Sets after which time without a change a finished execution expires.",
							"0 is no limit.",
							&mst_expiration_older_than,
							0, 0, INT_MAX,
							PGC_SIGHUP, GUC_UNIT_S,
							NULL, NULL, NULL);
}

/* Bounds of expressions and of their evaluation. */
static void
define_expression_settings(void)
{
	DefineCustomEnumVariable("mistral.expression_languages",
							 "Sets which expression languages may be used.",
							 "An expression in the other language is refused at definition and at evaluation.",
							 &mst_expression_languages,
							 EXPRESSION_LANGUAGES_ALL, expression_languages,
							 PGC_SUSET, 0,
							 NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.expression_max_depth",
							"Sets how deep an expression and the values it makes may nest.",
							NULL,
							&mst_expression_max_depth,
							500, 10, 100000,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.expression_max_integer_bits",
							"Sets how many bits an integer of an expression may have.",
							NULL,
							&mst_expression_max_integer_bits,
							1000000, 64, 100000000,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.expression_max_items",
							"Sets how many items a collection or an iterator of an expression may have.",
							NULL,
							&mst_expression_max_items,
							10000000, 1, INT_MAX,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.expression_max_memory",
							"Sets how much memory the evaluation of an expression may use.",
							NULL,
							&mst_expression_max_memory,
							262144, 1024, 4 * 1024 * 1024,
							PGC_SUSET, GUC_UNIT_KB,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.expression_max_regex_steps",
							"Sets how many steps the search for a match of a regular expression may take.",
							NULL,
							&mst_expression_max_regex_steps,
							10000000, 1000, INT_MAX,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.expression_max_steps",
							"Sets how many steps the evaluation of an expression may take.",
							"A step is a node that is evaluated or an item that is looked at.",
							&mst_expression_max_steps,
							100000000, 1000, INT_MAX,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.expression_sql_timeout",
							"Sets how long the SQL functions that an expression calls may take together.",
							"The expression fails when they take longer.",
							&mst_expression_sql_timeout,
							5000, 10, INT_MAX,
							PGC_SUSET, GUC_UNIT_MS,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.item_query_max_rows",
							"Sets how many items a task may have of a query.",
							"The task fails when the query returns more rows.",
							&mst_item_query_max_rows,
							1000000, 1, INT_MAX,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.item_query_max_size",
							"Sets how large the items that a task has of a query may be together.",
							"The task fails when the query returns more.",
							&mst_item_query_max_size,
							1048576, 64, INT_MAX,
							PGC_SUSET, GUC_UNIT_KB,
							NULL, NULL, NULL);
}

/* How much a project may have: up to executors. */
static void
define_bound_settings(void)
{
	DefineCustomIntVariable("mistral.max_code_sources",
							"Sets how many code sources, and dynamic actions, a project may have.",
							NULL,
							&mst_max_code_sources,
							1000, 0, INT_MAX,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.max_definitions",
							"Sets how many workflows, actions and workbooks of each kind a project may have.",
							NULL,
							&mst_max_definitions,
							10000, 0, INT_MAX,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.max_deliveries",
							"Sets how many deliveries of a project may wait or have been given up.",
							"Those beyond are removed, first what was given up, then the newest.",
							&mst_max_deliveries,
							100000, 100, INT_MAX,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.max_environments",
							"Sets how many environments a project may have.",
							NULL,
							&mst_max_environments,
							10000, 0, INT_MAX,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.max_executors",
							"Sets how many executors a role may have registered.",
							NULL,
							&mst_max_executors,
							1000, 0, INT_MAX,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
}

/* How much a project or an execution may have: from tasks of people to signals. */
static void
define_further_bound_settings(void)
{
	DefineCustomIntVariable("mistral.max_human_tasks",
							"Sets how many open tasks of people a project may have.",
							"What asks for more of them fails.",
							&mst_max_human_tasks,
							100000, 0, INT_MAX,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.max_inline_steps",
							"Sets how many steps of one execution are done in one transaction.",
							"What is left when the number is reached goes on in another transaction, run by the scheduler.",
							&mst_max_inline_steps,
							10000, 1, INT_MAX,
							PGC_USERSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.max_limits",
							"Sets how many limits of create_limit() a project may have.",
							NULL,
							&mst_max_limits,
							1000, 0, INT_MAX,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.max_members",
							"Sets how many shares of its workflows a project may have.",
							NULL,
							&mst_max_members,
							10000, 0, INT_MAX,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.max_policy_rules",
							"Sets how many rules on requests, and how many on actions, a project may have, and there may be for all projects.",
							NULL,
							&mst_max_policy_rules,
							200, 0, 10000,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.max_publishers",
							"Sets how many publishers an execution may have.",
							"Those of mistral.notify_publishers count.",
							&mst_max_publishers,
							20, 1, 1000,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.max_signals",
							"Sets how many signals that no task has taken an execution may have.",
							NULL,
							&mst_max_signals,
							1000, 0, INT_MAX,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
}

/* The rest of the bounds, and what becomes of what is published. */
static void
define_last_bound_settings(void)
{
	DefineCustomIntVariable("mistral.max_subscriptions",
							"Sets how many event subscriptions, and event consumers, a project may have.",
							NULL,
							&mst_max_subscriptions,
							1000, 0, INT_MAX,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.max_subworkflow_depth",
							"Sets how deep sub-workflows may nest.",
							NULL,
							&mst_max_subworkflow_depth,
							100, 1, 10000,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.max_tree_executions",
							"Sets how many executions a root execution and those below it may be.",
							"When there are more, the root execution ends with ERROR, and all others with it.",
							&mst_max_tree_executions,
							50000, 1, INT_MAX,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.max_triggers",
							"Sets how many cron triggers, event triggers and watches of each kind a project may have.",
							NULL,
							&mst_max_triggers,
							10000, 0, INT_MAX,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.max_unfinished_executions",
							"Sets how many unfinished executions a project may have.",
							"A project that has more starts no others, until some have ended.",
							&mst_max_unfinished_executions,
							100000, 1, INT_MAX,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.max_versions",
							"Sets how many versions of one definition may be kept.",
							"Those that no execution needs are removed after mistral.version_retention.",
							&mst_max_versions,
							10000, 1, INT_MAX,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomEnumVariable("mistral.merge_strategy",
							 "Sets what becomes of a variable that is published again.",
							 "With \"merge\" the layers that expressions see are merged, too.",
							 &mst_merge_strategy,
							 MERGE_STRATEGY_REPLACE, merge_strategies,
							 PGC_SUSET, 0,
							 NULL, NULL, NULL);
	DefineCustomStringVariable("mistral.notify_publishers",
							   "Sets publishers that are notified of every top-level execution.",
							   "A JSON list as in the start parameter \"notify\".",
							   &mst_notify_publishers,
							   NULL,
							   PGC_SUSET, 0,
							   check_publishers, NULL, NULL);
}

/* Priorities, workers, secrets and SQL. */
static void
define_work_settings(void)
{
	DefineCustomIntVariable("mistral.priority_ageing",
							"Sets how much longer a task counts as having waited for each point of its priority.",
							"Whatever waits longer than the priority of others stands for goes before them; 0 makes all wait alike.",
							&mst_priority_ageing,
							60, 0, 86400,
							PGC_SIGHUP, GUC_UNIT_S,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.scheduler_workers",
							"Sets how many scheduler processes run in each database with the extension.",
							NULL,
							&mst_scheduler_workers,
							1, 1, 16,
							PGC_SIGHUP, 0,
							NULL, NULL, NULL);
	DefineCustomStringVariable("mistral.secret_keys",
							   "Sets the names of members whose values are secrets, separated by commas.",
							   "In a name * stands for any characters, and letters are the same in both cases. Counts for executions that start from then on.",
							   &mst_secret_keys,
							   "",
							   PGC_SUSET, GUC_LIST_INPUT,
							   NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.simulation_max_memory",
							"Sets how much memory a simulation may use.",
							NULL,
							&mst_simulation_max_memory,
							524288, 1024, 4 * 1024 * 1024,
							PGC_SUSET, GUC_UNIT_KB,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.slow_scheduler_workers",
							"Sets how many processes of each database may run calls that take long.",
							"They are started when there are such calls.",
							&mst_slow_scheduler_workers,
							1, 1, 16,
							PGC_SIGHUP, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.sql_action_max_attempts",
							"Sets how often a query of std.sql is tried that fails with an error of the moment.",
							"Such are deadlocks, lock timeouts, a full disk. The pause doubles from 0.1 seconds to a minute. Then the error is the action's.",
							&mst_sql_action_max_attempts,
							20, 1, 1000,
							PGC_SIGHUP, 0,
							NULL, NULL, NULL);
	DefineCustomEnumVariable("mistral.sql_actions",
							 "Selects which SQL actions may run.",
							 "functions allows functions that have been made actions, but not std.sql; none forbids these, too.",
							 &mst_sql_actions,
							 SQL_ACTIONS_ALL, sql_actions,
							 PGC_SUSET, 0,
							 NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.sql_function_max_rows",
							"Sets how many rows a SQL function that is an action, or is called by an expression, may return.",
							"It fails when it returns more.",
							&mst_sql_function_max_rows,
							10000, 1, INT_MAX,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.sql_timeout",
							"Sets how long a query of std.sql, or a function that is an action, may take.",
							"The action fails when it takes longer.",
							&mst_sql_timeout,
							60000, 100, INT_MAX,
							PGC_SUSET, GUC_UNIT_MS,
							NULL, NULL, NULL);
}

/* Actions that nobody takes, the clock, and how definitions are read. */
static void
define_remaining_settings(void)
{
	DefineCustomIntVariable("mistral.unclaimed_action_timeout",
							"Sets after which time an action that no executor has claimed fails.",
							"0 lets it wait for ever.",
							&mst_unclaimed_action_timeout,
							3600, 0, INT_MAX,
							PGC_SIGHUP, GUC_UNIT_S,
							NULL, NULL, NULL);
	DefineCustomEnumVariable("mistral.unknown_action",
							 "Sets what becomes of an action whose name is not known when it is to run.",
							 "With \"error\" it fails, with \"queue\" it waits for an executor that takes the name.",
							 &mst_unknown_action,
							 UNKNOWN_ACTION_ERROR, unknown_actions,
							 PGC_SUSET, 0,
							 NULL, NULL, NULL);
	DefineCustomBoolVariable("mistral.use_pg_cron",
							 "Lets pg_cron be the clock of cron triggers where it is installed.",
							 "Triggers in other time zones than UTC, or with seconds, are left to the scheduler.",
							 &mst_use_pg_cron,
							 true,
							 PGC_SIGHUP, 0,
							 NULL, NULL, NULL);
	DefineCustomEnumVariable("mistral.validation_mode",
							 "Sets whether definitions are checked when they are stored.",
							 "With \"enabled\" they are unless the caller asks to skip it, with \"disabled\" they never are.",
							 &mst_validation_mode,
							 VALIDATION_MANDATORY, validation_modes,
							 PGC_SUSET, 0,
							 NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.version_retention",
							"Sets how long versions of definitions are kept that were replaced and that no execution uses.",
							"Zero keeps them.",
							&mst_version_retention,
							604800, 0, INT_MAX,
							PGC_SIGHUP, GUC_UNIT_S,
							NULL, NULL, NULL);
	DefineCustomBoolVariable("mistral.yaml_anchors",
							 "Lets definitions use the anchors and aliases of YAML.",
							 "Otherwise \"&\" and \"*\" are ordinary characters.",
							 &mst_yaml_anchors,
							 false,
							 PGC_USERSET, 0,
							 NULL, NULL, NULL);
}

/*
 * Defines all settings, once, while the module is loaded.  check_publisher_list
 * returns what is wrong with a list of publishers, or NULL.
 */
void
mst_guc_define(char *(*check_publisher_list) (Jsonb *list))
{
	publisher_list_problem = check_publisher_list;
	define_run_settings();
	define_definition_settings();
	define_retry_settings();
	define_expiration_settings();
	define_expression_settings();
	define_bound_settings();
	define_further_bound_settings();
	define_last_bound_settings();
	define_work_settings();
	define_remaining_settings();
	mst_reserve_setting_prefix("mistral");
}
