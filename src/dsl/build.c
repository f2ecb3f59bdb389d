/*-------------------------------------------------------------------------
 *
 * build.c
 *	  Compiled definitions out of the normalised JSON of a version.
 *
 * The tree of the JSON is kept: names point into it, and its hash index over
 * the tasks serves mst_spec_find_task().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "dsl/action_spec.h"
#include "dsl/definition.h"
#include "dsl/graph.h"
#include "dsl/limit_rules.h"
#include "dsl/shorthand.h"
#include "dsl/spec.h"
#include "dsl/wait.h"
#include "expr/expr.h"

/* The parts of a workflow that its tasks are built from. */
typedef struct BuildContext
{
	WorkflowSpec *spec;
	const SpecNode *tasks;
	const SpecNode *defaults;
	TaskGraph	graph;
} BuildContext;

/* "on-success" and so on; NULL for TASK_EVENT_NONE. */
const char *
mst_spec_event_name(TaskEvent event)
{
	switch (event)
	{
		case TASK_EVENT_NONE:
			return NULL;
		case TASK_EVENT_SUCCESS:
			return "on-success";
		case TASK_EVENT_ERROR:
			return "on-error";
		case TASK_EVENT_COMPLETE:
			return "on-complete";
		case TASK_EVENT_SKIP:
			return "on-skip";
	}

	elog(ERROR, "unrecognized task event: %d", (int) event);
	return NULL;
}

/* Reads the JSON of a definition; it was written by this extension. */
static SpecNode *
read_spec(const char *name, const char *spec_json)
{
	SpecNode   *node = mst_node_from_json(spec_json, strlen(spec_json), NULL);

	if (node == NULL || node->kind != NODE_MAP)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored specification of definition \"%s\" is not a JSON object",
						name != NULL ? name : "")));
	return node;
}

/* The name that the text gave the definition. */
static const char *
node_name(const SpecNode *node)
{
	const SpecNode *name = mst_node_get(node, "name");

	return name != NULL && name->kind == NODE_STRING ? name->u.text : "";
}

/* Compiles a value; NULL stays NULL. */
static ExprTemplate *
compile_template(const SpecNode *node)
{
	Jsonb	   *json;
	ExprTemplate *result;

	if (node == NULL)
		return NULL;
	if (node->kind == NODE_STRING)
		return mst_expr_compile_string(node->u.text, node->len);
	json = mst_node_jsonb(node);
	result = mst_expr_compile_jsonb(json);
	pfree(json);
	return result;
}

static Jsonb *
build_tags(const SpecNode *node)
{
	const SpecNode *tags = mst_node_get(node, "tags");

	return tags != NULL ? mst_node_jsonb(tags) : NULL;
}

/* Declared parameters; of two with the same name the later one counts. */
static void
build_inputs(const SpecNode *list, int *n_inputs, InputSpec **inputs)
{
	int			n = list != NULL && list->kind == NODE_LIST ? list->len : 0;

	*n_inputs = 0;
	*inputs = palloc0(Max(n, 1) * sizeof(InputSpec));
	for (int i = 0; i < n; i++)
	{
		const SpecNode *entry = list->u.items[i];
		bool		has_default = entry->kind == NODE_MAP;
		const SpecNode *name = has_default ? entry->u.entries[0].key : entry;
		InputSpec  *input = NULL;

		for (int k = 0; k < *n_inputs && input == NULL; k++)
		{
			if (strcmp((*inputs)[k].name, name->u.text) == 0)
				input = &(*inputs)[k];
		}
		if (input == NULL)
			input = &(*inputs)[(*n_inputs)++];
		input->name = name->u.text;
		input->has_default = has_default;
		input->default_value = has_default ?
			mst_node_jsonb(entry->u.entries[0].value) : NULL;
	}
}

/* ---- transitions ---- */

static CommandKind
command_kind(const char *name)
{
	static const struct
	{
		const char *name;
		CommandKind kind;
	}			commands[] = {
		{"noop", COMMAND_NOOP},
		{"fail", COMMAND_FAIL},
		{"succeed", COMMAND_SUCCEED},
		{"pause", COMMAND_PAUSE}
	};

	for (int i = 0; i < lengthof(commands); i++)
	{
		if (strcmp(name, commands[i].name) == 0)
			return commands[i].kind;
	}
	return COMMAND_RUN_TASK;
}

/*
 * Returns the index of a task that another one names. That there is one was
 * checked, unless checks were skipped when the definition was stored.
 */
static int
require_task(const BuildContext *cxt, const char *name)
{
	int			i = mst_graph_find_task(cxt->tasks, name);

	if (i < 0)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_MODEL),
				 errmsg("task \"%s\" not found", name),
				 errdetail("It is named by workflow \"%s\".", cxt->spec->name)));
	return i;
}

static void
build_clause(const BuildContext *cxt, const ClauseText *text, ClauseSpec *clause)
{
	clause->n_targets = text->n_targets;
	clause->targets = palloc0(Max(text->n_targets, 1) * sizeof(TransitionSpec));
	for (int i = 0; i < text->n_targets; i++)
	{
		const TargetText *target = &text->targets[i];
		TransitionSpec *transition = &clause->targets[i];

		transition->command = command_kind(target->name);
		transition->task = -1;
		if (transition->command == COMMAND_RUN_TASK)
			transition->task = require_task(cxt, target->name);
		else if (transition->command != COMMAND_NOOP)
			transition->message = compile_template(mst_node_get(target->params, "msg"));
		transition->guard = compile_template(target->guard);
	}
}

/* ---- publishing ---- */

/* Merges one source into what is published so far. */
static SpecNode *
merge_published(SpecNode *published, const SpecNode *from)
{
	if (from == NULL || from->kind != NODE_MAP)
		return published;
	if (published == NULL)
		return mst_node_copy(from);
	mst_node_merge(published, from);
	return published;
}

/*
 * The publication of one final state: on-S, then the task's own, then
 * on-complete, each over the ones before.
 */
static void
build_publish(const SpecNode *clause, const SpecNode *own,
			  const SpecNode *complete, PublishSpec *publish)
{
	SpecNode   *branch = NULL;
	SpecNode   *global = NULL;

	branch = merge_published(branch, mst_node_get(clause, "branch"));
	branch = merge_published(branch, own);
	branch = merge_published(branch, mst_node_get(complete, "branch"));
	global = merge_published(global, mst_node_get(clause, "global"));
	global = merge_published(global, mst_node_get(complete, "global"));

	publish->is_given = clause != NULL || own != NULL || complete != NULL;
	publish->is_in_clause = clause != NULL || complete != NULL;
	publish->branch = compile_template(branch);
	publish->global = compile_template(global);
}

/* The order of clauses in a graph. */
enum
{
	ON_SUCCESS,
	ON_ERROR,
	ON_COMPLETE,
	ON_SKIP
};

/* What a task publishes in each of the states in which it publishes. */
static void
build_all_publish(const SpecNode *node, const ClauseText *clauses, TaskSpec *task)
{
	const SpecNode *complete = clauses[ON_COMPLETE].publish;

	build_publish(clauses[ON_SUCCESS].publish, mst_node_get(node, "publish"),
				  complete, &task->publish_success);
	build_publish(clauses[ON_ERROR].publish, mst_node_get(node, "publish-on-error"),
				  complete, &task->publish_error);
	build_publish(clauses[ON_SKIP].publish, mst_node_get(node, "publish-on-skip"),
				  complete, &task->publish_skip);
}

/* ---- policies ---- */

/* Literal zero, false and the like stand for "not set". */
static bool
is_falsy(const SpecNode *node)
{
	switch (node->kind)
	{
		case NODE_NULL:
			return true;
		case NODE_BOOL:
			return !node->u.boolean;
		case NODE_INT:
			return node->u.integer == 0;
		case NODE_FLOAT:
			return node->u.real == 0;
		case NODE_STRING:
		case NODE_LIST:
		case NODE_MAP:
			return node->len == 0;
		default:
			return false;
	}
}

/* Returns the policy of a task or of the defaults, or NULL. */
static const SpecNode *
own_policy(const SpecNode *task, const char *name)
{
	const SpecNode *node = mst_node_get(task, name);

	return node != NULL && !is_falsy(node) ? node : NULL;
}

/* Returns the policy that is in force for the task, or NULL. */
static const SpecNode *
effective_policy(const BuildContext *cxt, const SpecNode *task, const char *name)
{
	const SpecNode *node = own_policy(task, name);

	return node != NULL ? node : own_policy(cxt->defaults, name);
}

/* The classes of errors in a break-on that is a list; numbers as texts. */
static void
build_error_classes(const SpecNode *list, RetrySpec *retry)
{
	retry->classes = palloc(list->len * sizeof(char *));
	for (int i = 0; i < list->len; i++)
	{
		const SpecNode *item = list->u.items[i];

		retry->classes[retry->n_classes++] = item->kind == NODE_STRING ?
			item->u.text : mst_node_json(item);
	}
}

/* Returns a flag that a mapping may have; "node" may be NULL. */
static bool
has_flag(const SpecNode *node, const char *name)
{
	const SpecNode *flag = node != NULL ? mst_node_get(node, name) : NULL;

	return flag != NULL && flag->kind == NODE_BOOL && flag->u.boolean;
}

/*
 * The retry policy as it is in the task, or else in the defaults: it is taken
 * as a whole.  Everything stays NULL where there is none.
 */
static void
build_retry(const SpecNode *node, RetrySpec *retry)
{
	const SpecNode *break_on = mst_node_get(node, "break-on");

	retry->count = compile_template(mst_node_get(node, "count"));
	retry->delay = compile_template(mst_node_get(node, "delay"));
	retry->backoff = compile_template(mst_node_get(node, "backoff"));
	retry->max_delay = compile_template(mst_node_get(node, "max-delay"));
	retry->jitter = compile_template(mst_node_get(node, "jitter"));
	retry->continue_on = compile_template(mst_node_get(node, "continue-on"));
	retry->per_item = has_flag(node, "per-item");
	if (break_on != NULL && break_on->kind == NODE_LIST)
		build_error_classes(break_on, retry);
	else
		retry->break_on = compile_template(break_on);
}

/*
 * A policy as it is evaluated; NULL for "concurrency" as a mapping, which is a
 * limit.
 */
static struct ExprTemplate *
compile_policy(const SpecNode *node)
{
	return node != NULL && node->kind != NODE_MAP ? compile_template(node) : NULL;
}

#define BUILD_POLICY(member, attribute, check, type, evaluate, label) \
	task->member = compile_policy(effective_policy(cxt, node, attribute)); \
	task->has_policies |= task->member != NULL;

/*
 * Policies of the task, or where it has none those of the defaults.  safe-rerun
 * differs: false in the task beats true in the defaults.
 */
static void
build_policies(const BuildContext *cxt, const SpecNode *node, TaskSpec *task)
{
	const SpecNode *safe_rerun = mst_node_get(node, "safe-rerun");

	TASK_POLICIES(BUILD_POLICY,);

	task->own_timeout = compile_template(own_policy(node, "timeout"));
	build_retry(mst_shorthand_retry(effective_policy(cxt, node, "retry")), &task->retry);
	/* of the defaults it is for the tasks that have items */
	task->retry.per_item &= task->n_items > 0;
	task->has_policies |= task->retry.count != NULL;
	if (safe_rerun == NULL)
		safe_rerun = mst_node_get(cxt->defaults, "safe-rerun");
	task->safe_rerun = compile_template(safe_rerun);
	task->safe_input = has_flag(mst_node_get(node, "safe-input") != NULL ? node : cxt->defaults, "safe-input");
}

/* ---- limits ---- */

static void
add_limit(LimitSpec *limit, const SpecNode *node)
{
	limit->name = compile_template(node->kind == NODE_MAP ? mst_node_get(node, "name") : node);
	limit->key = compile_template(mst_node_get(node, "key"));
	limit->max = compile_template(mst_node_get(node, "max"));
	limit->rate = compile_template(mst_node_get(node, "rate"));
}

/* A number under "concurrency" of a workflow is how many executions there are. */
static void
add_concurrency(LimitSpec *limit, const SpecNode *node)
{
	if (node->kind == NODE_MAP)
		add_limit(limit, node);
	else
	{
		limit->max = compile_template(node);
		limit->zero_is_none = true;
	}
}

/* Returns how many limits the two attributes have; either may be NULL. */
static int
build_limits(const SpecNode *limits, const SpecNode *concurrency, LimitSpec **result)
{
	int			n = 0;

	if (limits == NULL && concurrency == NULL)
		return 0;
	*result = palloc0(((limits != NULL && limits->kind == NODE_LIST ? limits->len : 1) + 1) *
					  sizeof(LimitSpec));
	if (concurrency != NULL)
		add_concurrency(&(*result)[n++], concurrency);
	if (limits != NULL && limits->kind != NODE_LIST)
		add_limit(&(*result)[n++], limits);
	for (int i = 0; limits != NULL && limits->kind == NODE_LIST && i < limits->len; i++)
		add_limit(&(*result)[n++], limits->u.items[i]);
	return n;
}

static void
build_task_limits(const BuildContext *cxt, const SpecNode *node, TaskSpec *task)
{
	const SpecNode *concurrency = effective_policy(cxt, node, "concurrency");

	/* a number bounds its items */
	if (concurrency != NULL && concurrency->kind != NODE_MAP)
		concurrency = NULL;
	task->n_limits = build_limits(effective_policy(cxt, node, "limits"), concurrency, &task->limits);
}

/* ---- tasks ---- */

/* Of two sources for one variable the later one counts. */
static void
add_item(TaskSpec *task, const SpecNode *text)
{
	ItemsText	parsed;
	ItemSpec   *item = NULL;

	if (text->kind != NODE_STRING || !mst_shorthand_items(text, &parsed))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_MODEL),
				 errmsg("\"with-items\" of task \"%s\" is not of the form \"variable in source\"",
						task->name)));
	for (int i = 0; i < task->n_items && item == NULL; i++)
	{
		if (strcmp(task->items[i].variable, parsed.variable) == 0)
			item = &task->items[i];
	}
	if (item == NULL)
		item = &task->items[task->n_items++];
	item->variable = parsed.variable;
	item->source = compile_template(parsed.source);
}

/* The rows of a query: a mapping of the variable to it. */
static void
build_item_query(const SpecNode *items, TaskSpec *task)
{
	const SpecNode *query = items->len == 1 ? items->u.entries[0].value : NULL;
	const SpecNode *text = query == NULL ? NULL : mst_node_get(query, "query");

	if (text == NULL || text->kind != NODE_STRING)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_MODEL),
				 errmsg("\"with-items\" of task \"%s\" has no query", task->name)));
	task->n_items = 1;
	task->items = palloc0(sizeof(ItemSpec));
	task->items[0].variable = items->u.entries[0].key->u.text;
	task->item_query = palloc0(sizeof(ItemQuery));
	task->item_query->query = text->u.text;
	task->item_query->params = compile_template(mst_node_get(query, "params"));
}

/* One source, a list of them that go along together, or a query. */
static void
build_items(const SpecNode *node, TaskSpec *task)
{
	const SpecNode *items = mst_node_get(node, "with-items");

	if (items == NULL)
		return;
	if (items->kind == NODE_MAP)
	{
		build_item_query(items, task);
		return;
	}
	task->items = palloc0((items->kind == NODE_LIST ? items->len : 1) *
						  sizeof(ItemSpec));
	if (items->kind != NODE_LIST)
		add_item(task, items);
	else
	{
		for (int i = 0; i < items->len; i++)
			add_item(task, items->u.items[i]);
	}
}

/* The name of an event is put together here, so that signals have one form. */
static void
build_wait_term(const SpecNode *node, WaitTerm *term)
{
	char	   *name = mst_wait_term_name(node, &term->is_event);

	term->name = mst_expr_compile_string(name, strlen(name));
	term->filter = compile_template(mst_node_get(node, "filter"));
}

/* A single term is a list of one, of which any will do. */
static void
build_wait(const SpecNode *node, TaskSpec *task)
{
	const SpecNode *wait = mst_node_get(node, "wait-for");
	const SpecNode *terms;

	if (wait == NULL)
		return;
	task->wait = palloc0(sizeof(WaitSpec));
	terms = mst_wait_terms(wait, &task->wait->needs_all);
	task->wait->n_terms = terms != NULL ? terms->len : 1;
	task->wait->terms = palloc0(task->wait->n_terms * sizeof(WaitTerm));
	for (int i = 0; i < task->wait->n_terms; i++)
		build_wait_term(terms != NULL ? terms->u.items[i] : wait, &task->wait->terms[i]);
	task->wait->timeout = compile_template(mst_node_get(wait, "timeout"));
}

/* Returns how many branches a join waits for, or JOIN_NONE or JOIN_ALL. */
static int
build_join(const SpecNode *join)
{
	if (join == NULL)
		return JOIN_NONE;
	if (mst_node_is(join, "all"))
		return JOIN_ALL;
	if (join->kind == NODE_INT)
		return (int) Min(join->u.integer, PG_INT32_MAX);
	return 1;
}

/* What follows a task, and what leads to it. */
static void
build_transitions(const BuildContext *cxt, int i, TaskSpec *task)
{
	const ClauseText *clauses = cxt->graph.clauses[i];

	build_clause(cxt, &clauses[ON_SUCCESS], &task->on_success);
	build_clause(cxt, &clauses[ON_ERROR], &task->on_error);
	build_clause(cxt, &clauses[ON_COMPLETE], &task->on_complete);
	build_clause(cxt, &clauses[ON_SKIP], &task->on_skip);
	task->n_inbound = cxt->graph.n_inbound[i];
	task->inbound = cxt->graph.inbound[i];
}

/* The tasks that a task of a reverse workflow needs, the defaults' included. */
static void
build_requires(const BuildContext *cxt, const SpecNode *node, TaskSpec *task)
{
	SpecNode   *names = mst_graph_requires(node, task->name, cxt->defaults);

	task->n_requires = names->len;
	task->requires = palloc(Max(names->len, 1) * sizeof(int));
	for (int i = 0; i < names->len; i++)
		task->requires[i] = require_task(cxt, names->u.items[i]->u.text);
}

/* A task that names nothing calls std.noop, which has no effect. */
static void
build_callee(const SpecNode *node, TaskSpec *task)
{
	const SpecNode *input;
	char	   *callee = mst_shorthand_split(node, "workflow", "input", &input);

	task->is_workflow = callee != NULL;
	if (callee == NULL)
		callee = mst_shorthand_split(node, "action", "input", &input);
	if (callee == NULL)
		callee = "std.noop";
	task->callee = mst_expr_compile_string(callee, strlen(callee));
	task->input = compile_template(input);
}

/* A task of a reverse workflow has no clauses and no join. */
static void
build_task(const BuildContext *cxt, int i, TaskSpec *task)
{
	static const ClauseText no_clauses[N_CLAUSES];
	const SpecNode *node = cxt->tasks->u.entries[i].value;

	task->name = cxt->tasks->u.entries[i].key->u.text;
	task->index = i;
	task->compensation = NO_TASK;
	task->compensates = NO_TASK;
	build_callee(node, task);
	build_items(node, task);
	build_wait(node, task);
	task->target = compile_template(mst_node_get(node, "target"));
	task->keep_result = compile_template(mst_node_get(node, "keep-result"));
	build_policies(cxt, node, task);
	build_task_limits(cxt, node, task);
	task->tags = build_tags(node);
	task->spec = mst_node_jsonb(node);
	if (cxt->spec->is_reverse)
	{
		build_all_publish(node, no_clauses, task);
		build_requires(cxt, node, task);
		return;
	}
	task->join = build_join(mst_node_get(node, "join"));
	build_all_publish(node, cxt->graph.clauses[i], task);
	build_transitions(cxt, i, task);
}

/* ---- compensations ---- */

/* Returns whether a word or a list of words has that one. */
static bool
has_word(const SpecNode *node, const char *word)
{
	for (int i = 0; node->kind == NODE_LIST && i < node->len; i++)
	{
		if (mst_node_is(node->u.items[i], word))
			return true;
	}
	return mst_node_is(node, word);
}

/* Returns how many tasks there are for the engine, compensations included. */
static int
count_specs(const SpecNode *tasks)
{
	int			n = tasks->len;

	for (int i = 0; i < tasks->len; i++)
	{
		const SpecNode *task = tasks->u.entries[i].value;

		n += mst_node_get(task, "compensate") != NULL || mst_node_get(task, "workflow") != NULL;
	}
	return n;
}

/*
 * Builds what undoes a task; node is NULL where sub-executions are rolled back.
 * The policies of task-defaults are not meant for it.
 */
static void
build_compensation(const SpecNode *node, TaskSpec *task, int index, TaskSpec *compensation)
{
	const BuildContext no_defaults = {0};

	compensation->name = psprintf("%s.compensate", task->name);
	compensation->index = index;
	compensation->compensation = NO_TASK;
	compensation->compensates = task->index;
	compensation->n_items = task->n_items;
	compensation->items = task->items;
	compensation->is_rollback = node == NULL;
	compensation->is_workflow = node == NULL;
	compensation->spec = node == NULL ? task->spec : mst_node_jsonb(node);
	task->compensation = index;
	if (node == NULL)
		return;
	build_callee(node, compensation);
	compensation->target = compile_template(mst_node_get(node, "target"));
	build_policies(&no_defaults, node, compensation);
	build_task_limits(&no_defaults, node, compensation);
}

/*
 * The compensations stand behind the tasks: of those that have one, and of those
 * with sub-workflows, which may have compensations themselves.
 */
static void
build_compensations(const BuildContext *cxt, const SpecNode *workflow)
{
	WorkflowSpec *spec = cxt->spec;
	SpecNode   *on = mst_node_get(workflow, "compensate-on");

	spec->keeps_on_error = on != NULL && !has_word(on, "error");
	spec->undoes_on_cancel = on != NULL && has_word(on, "cancel");
	spec->n_specs = spec->n_tasks;
	for (int i = 0; i < spec->n_tasks; i++)
	{
		const SpecNode *node = mst_node_get(cxt->tasks->u.entries[i].value, "compensate");
		TaskSpec   *task = &spec->tasks[i];
		int			index = spec->n_specs;

		if (node == NULL && !task->is_workflow)
			continue;
		spec->has_compensations |= node != NULL;
		build_compensation(node, task, index, &spec->tasks[index]);
		spec->n_specs++;
	}
}

/* Start tasks are those that no clause leads to, in the order of the text. */
static void
build_start_tasks(WorkflowSpec *spec)
{
	spec->start_tasks = palloc(Max(spec->n_tasks, 1) * sizeof(int));
	for (int i = 0; i < spec->n_tasks; i++)
	{
		if (spec->tasks[i].join != JOIN_NONE)
			spec->has_joins = true;
		if (!spec->is_reverse && spec->tasks[i].n_inbound == 0)
			spec->start_tasks[spec->n_start++] = i;
	}
}

/* The limit of a workflow: seconds, or a mapping with seconds and pauses. */
static void
build_timeout(const SpecNode *node, WorkflowSpec *spec)
{
	const SpecNode *pauses = mst_node_get(node, "pauses");

	if (node != NULL && node->kind == NODE_MAP)
		node = mst_node_get(node, "seconds");
	spec->timeout = compile_template(node);
	spec->timeout_skips_pauses = pauses != NULL && pauses->kind == NODE_BOOL && !pauses->u.boolean;
}

/*
 * Builds a workflow; see spec.h.
 */
WorkflowSpec *
mst_spec_build_workflow(const char *name, const char *spec_json)
{
	SpecNode   *node = read_spec(name, spec_json);
	WorkflowSpec *spec = palloc0(sizeof(WorkflowSpec));
	BuildContext cxt;

	if (name == NULL)
		name = node_name(node);
	memset(&cxt, 0, sizeof(cxt));
	cxt.spec = spec;
	cxt.tasks = mst_node_get(node, "tasks");
	cxt.defaults = mst_node_get(node, "task-defaults");
	if (cxt.tasks == NULL || cxt.tasks->kind != NODE_MAP)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_MODEL),
				 errmsg("workflow \"%s\" has no tasks", name)));

	if (name == NULL && mst_node_get(node, "name") != NULL)
		name = mst_node_get(node, "name")->u.text;
	spec->name = pstrdup(name);
	spec->is_reverse = mst_node_is(mst_node_get(node, "type"), "reverse");
	build_inputs(mst_node_get(node, "input"), &spec->n_inputs, &spec->inputs);
	if (mst_node_get(node, "input-schema") != NULL)
		spec->input_schema = mst_node_jsonb(mst_node_get(node, "input-schema"));
	spec->output = compile_template(mst_node_get(node, "output"));
	spec->output_on_error = compile_template(mst_node_get(node, "output-on-error"));
	spec->vars = compile_template(mst_node_get(node, "vars"));
	build_timeout(mst_node_get(node, "timeout"), spec);
	spec->tags = build_tags(node);
	spec->n_limits = build_limits(own_policy(node, "limits"), own_policy(node, "concurrency"), &spec->limits);
	spec->task_index = unconstify(SpecNode *, cxt.tasks);
	spec->n_tasks = cxt.tasks->len;
	spec->tasks = palloc0(Max(count_specs(cxt.tasks), 1) * sizeof(TaskSpec));
	if (!spec->is_reverse)
		mst_graph_build(cxt.tasks, cxt.defaults, &cxt.graph);
	for (int i = 0; i < spec->n_tasks; i++)
		build_task(&cxt, i, &spec->tasks[i]);
	build_compensations(&cxt, node);
	build_start_tasks(spec);
	return spec;
}

static void
build_adhoc(const SpecNode *node, ActionSpec *spec)
{
	const SpecNode *input;
	const SpecNode *output = mst_node_get(node, "output");

	spec->kind = ACTION_ADHOC;
	spec->base = mst_shorthand_split(node, "base", "base-input", &input);
	if (spec->base == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_MODEL),
				 errmsg("action \"%s\" has no base", spec->name)));
	spec->base_input = compile_template(input);
	/* null is the same as no output at all */
	if (output != NULL && output->kind != NODE_NULL)
		spec->output = compile_template(output);
}

/* A copy of a member that is a string, or NULL. */
static char *
member_text(const SpecNode *node, const char *name)
{
	const SpecNode *member = mst_node_get(node, name);

	return member != NULL && member->kind == NODE_STRING ? pstrdup(member->u.text) : NULL;
}

/*
 * Builds the action of a version from the text of an ad-hoc action, or from the
 * description of one of another kind (see described.h).
 */
ActionSpec *
mst_spec_build_action(const char *name, const char *kind, const char *spec_json)
{
	SpecNode   *node = read_spec(name, spec_json);
	ActionSpec *spec = palloc0(sizeof(ActionSpec));

	spec->name = pstrdup(name);
	build_inputs(mst_node_get(node, "input"), &spec->n_inputs, &spec->inputs);
	if (strcmp(kind, MST_KIND_ADHOC) == 0)
	{
		build_adhoc(node, spec);
		return spec;
	}
	spec->kind = strcmp(kind, MST_KIND_FUNCTION) == 0 ? ACTION_FUNCTION : ACTION_EXECUTOR;
	spec->function = member_text(node, "function");
	spec->function_owner = member_text(node, "function_owner");
	spec->is_sync = has_flag(node, "is_sync");
	spec->takes_any = has_flag(node, "takes_any");
	return spec;
}

/*
 * Finds a task by its name.
 */
int
mst_spec_find_task(const WorkflowSpec *spec, const char *name)
{
	return mst_graph_find_task(spec->task_index, name);
}
