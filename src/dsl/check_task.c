/*-------------------------------------------------------------------------
 *
 * check_task.c
 *	  Checks of one task and of task-defaults.
 *
 * The attributes are rows of a table, in which the policies are one list
 * with build.c and the engine (policies.h), so that none can be forgotten
 * in one of them.  A check also completes the task, with the name and
 * version that every stored entity has.  Rules: docs/language.md, "Tasks"
 * and "Policies".
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "dsl/clause.h"
#include "dsl/human.h"
#include "dsl/limit_rules.h"
#include "dsl/policies.h"
#include "dsl/retry_spec.h"
#include "dsl/shorthand.h"
#include "dsl/wait.h"

#define MAX_TASK_NAME		255
/* the name of a join's unique key has to fit as well */
#define MAX_JOIN_NAME		208

/* ---- retry ---- */

/* A factor below 1 would make delays shorter, which nobody means by it. */
static bool
check_backoff(SpecContext *cxt, SpecNode *node)
{
	return mst_check_number(cxt, node, MIN_BACKOFF, MAX_BACKOFF);
}

/* A part of the delay: with more than 1 there would be negative ones. */
static bool
check_jitter(SpecContext *cxt, SpecNode *node)
{
	return mst_check_number(cxt, node, 0, 1);
}

/* A class of errors is compared as it stands; an expression is none. */
static bool
check_error_class(SpecContext *cxt, SpecNode *node)
{
	bool		is_text = node->kind == NODE_STRING && node->len > 0;

	if (!is_text && node->kind != NODE_INT)
		return mst_check_invalid(cxt, node, "a class of errors is a string or an integer, not %s",
								 mst_node_brief(node));
	if (is_text && (strstr(node->u.text, "<%") != NULL || strstr(node->u.text, "{{") != NULL))
		return mst_check_invalid(cxt, node, "a class of errors cannot be an expression");
	return true;
}

/* An expression about the error, or a list of classes of errors. */
static bool
check_break_on(SpecContext *cxt, SpecNode *node)
{
	bool		ok = true;

	if (node->kind != NODE_LIST)
		return mst_check_expression(cxt, node);
	if (node->len == 0)
		return mst_check_invalid(cxt, node, "the list of classes of errors is empty");
	for (int i = 0; i < node->len && ok; i++)
	{
		mst_check_enter_item(cxt, i + 1);
		ok = check_error_class(cxt, node->u.items[i]);
		mst_check_leave(cxt);
	}
	return ok;
}

/*
 * Checks the retry policy.
 */
static bool
check_retry(SpecContext *cxt, SpecNode *node)
{
	static const AttributeRule rules[] = {
		{"count", mst_check_count},
		{"delay", mst_check_count},
		{"backoff", check_backoff},
		{"max-delay", mst_check_count},
		{"jitter", check_jitter},
		{"break-on", check_break_on},
		{"continue-on", mst_check_expression},
		{"per-item", mst_check_bool}
	};

	node = unconstify(SpecNode *, mst_shorthand_retry(node));
	if (node->kind != NODE_MAP)
		return mst_check_invalid(cxt, node,
								 "value must be a mapping with count and delay, or one line, not %s",
								 mst_node_brief(node));
	if (!mst_check_attributes(cxt, node, "retry", rules, lengthof(rules), false))
		return false;
	for (int i = 0; i < 2; i++)
	{
		if (mst_node_get(node, rules[i].name) == NULL)
			return mst_check_invalid(cxt, node, "attribute \"%s\" is missing", rules[i].name);
	}
	return true;
}

/* ---- single attributes ---- */

/* The input of a task: a mapping, or one expression that gives one. */
static bool
check_input(SpecContext *cxt, SpecNode *node)
{
	return mst_check_mapping_or_text(cxt, node) && mst_check_syntax(cxt, node);
}

/*
 * all, one, or a number of branches.  A number written with a fraction of zero
 * is stored as an integer.
 */
static bool
check_join(SpecContext *cxt, SpecNode *node)
{
	if (mst_node_is(node, "all") || mst_node_is(node, "one"))
		return true;
	if (!mst_check_is_count(node) || node->kind == NODE_BIGINT)
		return mst_check_invalid(cxt, node,
								 "value must be all, one, or the number of inbound tasks to wait for, not %s",
								 mst_node_brief(node));
	if (node->kind == NODE_FLOAT)
	{
		if (node->u.real > PG_INT32_MAX)
			return mst_check_invalid(cxt, node, "the number is too large");
		node->kind = NODE_INT;
		node->u.integer = (int64) node->u.real;
	}
	return true;
}

/*
 * Returns the part of "variable in [...]" that is in brackets; NULL: it is of
 * another form.
 */
static const char *
array_of_items(const char *text)
{
	int			at = -1;
	const char *end;

	(void) sscanf(text, " %*[A-Za-z0-9_-] in %n", &at);
	if (at < 0 || text[at] != '[')
		return NULL;
	end = strrchr(text + at, ']');
	return end != NULL && end > text + at + 1 ? text + at : NULL;
}

/* One "variable in source"; what stands behind the source is warned of. */
static bool
check_items_entry(SpecContext *cxt, SpecNode *node)
{
	ItemsText	items;

	if (!mst_shorthand_items(node, &items))
	{
		const char *array = array_of_items(node->u.text);

		if (array != NULL)
			return mst_check_fail(cxt, node, ERRCODE_MISTRAL_INVALID_MODEL,
								  "Invalid array in 'with-items' clause: %s", array);
		mst_check_fail(cxt, node, ERRCODE_MISTRAL_INVALID_MODEL,
					   "Wrong format of 'with-items': \"%s\" is not of the form \"variable in source\"",
					   node->u.text);
		return mst_check_hint(cxt, "The source is an expression, or a list in JSON with at least one value.");
	}
	if (items.has_rest)
		mst_check_warn(cxt, node, "the text behind the source is ignored");
	return items.source->kind != NODE_STRING || mst_check_syntax(cxt, items.source);
}

/* Values go into the parameters of a query, never into its text. */
static bool
check_query(SpecContext *cxt, SpecNode *node)
{
	if (node->kind != NODE_STRING || node->len == 0)
		return mst_check_invalid(cxt, node, "value must be the text of a query, not %s",
								 mst_node_brief(node));
	if (strstr(node->u.text, "<%") == NULL && strstr(node->u.text, "{{") == NULL &&
		strstr(node->u.text, "{%") == NULL)
		return true;
	mst_check_invalid(cxt, node, "a query cannot be an expression");
	return mst_check_hint(cxt, "Write $1, $2, ... for values, and the values as \"params\".");
}

/* A list, or one expression that gives one. */
static bool
check_params(SpecContext *cxt, SpecNode *node)
{
	if (node->kind == NODE_STRING)
		return mst_check_expression(cxt, node);
	if (node->kind != NODE_LIST)
		return mst_check_invalid(cxt, node, "value must be a list, or an expression that gives one, not %s",
								 mst_node_brief(node));
	return mst_check_syntax(cxt, node);
}

/* "variable: {query: ..., params: ...}" */
static bool
check_items_query(SpecContext *cxt, SpecNode *node)
{
	static const AttributeRule rules[] = {
		{"query", check_query},
		{"params", check_params}
	};
	SpecNode   *name;
	SpecNode   *query;
	bool		ok;

	if (node->len != 1)
		return mst_check_invalid(cxt, node,
								 "value must be one variable with its query, as {row: {query: SELECT ...}}, not %d of them",
								 node->len);
	name = node->u.entries[0].key;
	query = node->u.entries[0].value;
	if (name->len == 0 || strspn(name->u.text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != name->len)
		return mst_check_invalid(cxt, name, "\"%s\" cannot be the name of a variable", name->u.text);
	if (query->kind != NODE_MAP)
		return mst_check_invalid(cxt, query, "value must be a mapping with query and params, not %s",
								 mst_node_brief(query));
	mst_check_enter(cxt, "variable", name->u.text);
	ok = mst_check_attributes(cxt, query, "a query", rules, lengthof(rules), false);
	if (ok && mst_node_get(query, "query") == NULL)
		ok = mst_check_invalid(cxt, query, "attribute \"query\" is missing");
	mst_check_leave(cxt);
	return ok;
}

/* One entry, a list of them, or a query. */
static bool
check_with_items(SpecContext *cxt, SpecNode *node)
{
	if (node->kind == NODE_MAP)
		return check_items_query(cxt, node);
	if (!mst_check_name_or_names(cxt, node))
		return false;
	if (node->kind == NODE_STRING)
		return check_items_entry(cxt, node);
	for (int i = 0; i < node->len; i++)
	{
		bool		ok;

		mst_check_enter_item(cxt, i + 1);
		ok = check_items_entry(cxt, node->u.items[i]);
		mst_check_leave(cxt);
		if (!ok)
			return false;
	}
	return true;
}

/* Only a task with items can have each of them retried. */
static bool
check_retry_per_item(SpecContext *cxt, const SpecNode *task)
{
	const SpecNode *retry = mst_shorthand_retry(mst_node_get(task, "retry"));
	const SpecNode *per_item = retry == NULL ? NULL : mst_node_get(retry, "per-item");

	if (per_item == NULL || per_item->kind != NODE_BOOL || !per_item->u.boolean ||
		mst_node_get(task, "with-items") != NULL)
		return true;
	return mst_check_invalid(cxt, per_item, "\"per-item\" is for tasks with \"with-items\"");
}

/* ---- compensation ---- */

/* The rows of a query are gone when their items have succeeded. */
static bool
check_compensate_items(SpecContext *cxt, const SpecNode *task)
{
	const SpecNode *items = mst_node_get(task, "with-items");
	const SpecNode *compensate = mst_node_get(task, "compensate");

	if (compensate == NULL || items == NULL || items->kind != NODE_MAP)
		return true;
	mst_check_invalid(cxt, compensate, "a task with the items of a query has no \"compensate\"");
	return mst_check_hint(cxt, "Call a workflow for each row, whose tasks have it.");
}

/*
 * What undoes the task: an action on one line, or a mapping as of a task that is
 * only an action or a workflow.  It becomes a mapping.
 */
static bool
check_compensate(SpecContext *cxt, SpecNode *node)
{
	static const AttributeRule rules[] = {
		{"description", mst_check_name},
		{"action", mst_check_name},
		{"workflow", mst_check_name},
		{"input", check_input},
		{"wait-before", mst_check_count},
		{"retry", check_retry},
		{"timeout", mst_check_count},
		{"concurrency", mst_check_concurrency},
		{"priority", mst_check_priority},
		{"limits", mst_check_limits},
		{"target", mst_check_name},
		{"safe-rerun", mst_check_flag}
	};

	if (node->kind == NODE_STRING && mst_check_name(cxt, node))
	{
		SpecNode   *action = mst_node_string(node->u.text, node->len, node);
		SpecNode   *map = mst_node_new(NODE_MAP, node);

		mst_node_set_name(map, "action", action);
		*node = *map;
	}
	if (node->kind != NODE_MAP)
		return mst_check_invalid(cxt, node,
								 "value must be an action on one line, or a mapping with \"action\" or \"workflow\", not %s",
								 mst_node_brief(node));
	if (!mst_check_attributes(cxt, node, "compensate", rules, lengthof(rules), false))
		return false;
	if ((mst_node_get(node, "action") != NULL) == (mst_node_get(node, "workflow") != NULL))
		return mst_check_invalid(cxt, node, "a compensation has either an action or a workflow");
	return check_retry_per_item(cxt, node) && mst_shorthand_check(cxt, node, "action", "input") &&
		mst_shorthand_check(cxt, node, "workflow", "input");
}

/* ---- the task ---- */

#define POLICY_RULE(member, attribute, check, type, evaluate, label) {attribute, check},
#define RETRY_RULE	{"retry", check_retry},
#define POLICY_RULES	TASK_POLICIES(POLICY_RULE, RETRY_RULE)

#define COMMON_RULES \
	{"name", NULL}, \
	{"version", NULL}, \
	{"type", NULL}, \
	{"description", mst_check_name}, \
	{"tags", mst_check_names}, \
	{"action", mst_check_name}, \
	{"workflow", mst_check_name}, \
	{"input", check_input}, \
	{"with-items", check_with_items}, \
	{"wait-for", mst_check_wait}, \
	{"compensate", check_compensate}, \
	{"publish", mst_check_template}, \
	{"publish-on-error", mst_check_template}, \
	{"publish-on-skip", mst_check_template}, \
	POLICY_RULES \
	{"limits", mst_check_limits}, \
	{"target", mst_check_name}, \
	{"keep-result", mst_check_flag}, \
	{"safe-input", mst_check_bool}, \
	{"safe-rerun", mst_check_flag}

static const AttributeRule direct_rules[] = {
	COMMON_RULES,
	{"on-success", mst_check_clause},
	{"on-error", mst_check_clause},
	{"on-complete", mst_check_clause},
	{"on-skip", mst_check_clause},
	{"join", check_join}
};

static const AttributeRule reverse_rules[] = {
	COMMON_RULES,
	{"requires", mst_check_name_or_names}
};

/*
 * Names of tasks are stored in columns of the reference that have a length;
 * clients rely on it.
 */
static bool
check_name_length(SpecContext *cxt, const SpecNode *name, const SpecNode *task)
{
	int			len = pg_mbstrlen_with_len(name->u.text, name->len);
	const SpecNode *join = mst_node_get(task, "join");

	if (len == 0)
		return mst_check_invalid(cxt, name, "the name of a task is empty");
	if (len > MAX_TASK_NAME)
		return mst_check_fail(cxt, name, ERRCODE_MISTRAL_INVALID_MODEL,
							  "The length of a task name must not exceed %d symbols, but is %d",
							  MAX_TASK_NAME, len);
	if (join != NULL && len > MAX_JOIN_NAME &&
		!(join->kind == NODE_INT && join->u.integer == 0))
		return mst_check_fail(cxt, name, ERRCODE_MISTRAL_INVALID_MODEL,
							  "The length of the name of a task with \"join\" must not exceed %d symbols, but is %d",
							  MAX_JOIN_NAME, len);
	return true;
}

/* Adds what every stored task has. */
static void
complete_task(const SpecNode *name, SpecNode *task, bool is_reverse)
{
	mst_node_set_name(task, "name", mst_node_string(name->u.text, name->len, name));
	mst_node_set_name(task, "version", mst_node_string("2.0", 3, NULL));
	mst_node_set_name(task, "type", is_reverse ?
					  mst_node_string("reverse", 7, NULL) :
					  mst_node_string("direct", 6, NULL));
}

/* A clause that belongs to the other type of workflow is a common mistake. */
static bool
hint_other_type(SpecContext *cxt, const SpecNode *task, bool is_reverse)
{
	if (!is_reverse && mst_node_get(task, "requires") != NULL)
		return mst_check_hint(cxt, "\"requires\" belongs to workflows with type: reverse.");
	for (int i = 0; is_reverse && i < N_CLAUSES; i++)
	{
		if (mst_node_get(task, mst_clause_names[i]) != NULL)
			return mst_check_hint(cxt, "On-clauses belong to workflows with type: direct.");
	}
	return false;
}

/*
 * Checks a task and completes its mapping.
 */
bool
mst_check_task(SpecContext *cxt, SpecNode *name, SpecNode *task, bool is_reverse)
{
	if (task->kind != NODE_MAP)
		return mst_check_invalid(cxt, task, "a task must be a mapping, not %s",
								 mst_node_brief(task));
	if (is_reverse)
	{
		if (!mst_check_attributes(cxt, task, "a task of a reverse workflow",
								  reverse_rules, lengthof(reverse_rules), false))
			return hint_other_type(cxt, task, is_reverse);
	}
	else if (!mst_check_attributes(cxt, task, "a task", direct_rules,
								   lengthof(direct_rules), false))
		return hint_other_type(cxt, task, is_reverse);

	if (mst_node_get(task, "action") != NULL && mst_node_get(task, "workflow") != NULL)
		return mst_check_invalid(cxt, task,
								 "a task has either an action or a workflow, not both");
	if (!mst_check_wait_alone(cxt, task) || !check_retry_per_item(cxt, task) ||
		!check_compensate_items(cxt, task))
		return false;
	complete_task(name, task, is_reverse);
	return check_name_length(cxt, name, task) &&
		mst_shorthand_check(cxt, task, "action", "input") &&
		mst_check_human(cxt, task, "action", "input") &&
		mst_shorthand_check(cxt, task, "workflow", "input");
}

/*
 * Checks task-defaults.
 */
bool
mst_check_task_defaults(SpecContext *cxt, SpecNode *node)
{
	static const AttributeRule rules[] = {
		POLICY_RULES
		{"limits", mst_check_limits},
		{"safe-input", mst_check_bool},
		{"safe-rerun", mst_check_flag},
		{"requires", mst_check_name_or_names},
		{"on-success", mst_check_clause},
		{"on-error", mst_check_clause},
		{"on-complete", mst_check_clause},
		{"on-skip", mst_check_clause},
		UNUSED_ATTRIBUTES
	};

	if (node->kind == NODE_MAP)
		mst_check_warn_unused(cxt, node, "task-defaults");
	return mst_check_mapping(cxt, node) &&
		mst_check_attributes(cxt, node, "task-defaults", rules, lengthof(rules), false);
}
