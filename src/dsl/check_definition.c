/*-------------------------------------------------------------------------
 *
 * check_definition.c
 *	  Checks of a workflow and of an ad-hoc action.
 *
 * From a definition down: its shape first, then its attributes, its tasks,
 * and last the graph of these, since each presumes that the one before is
 * right.  A workflow with unknown attributes is warned of and not refused,
 * as the reference does; everywhere else an unknown attribute is an error,
 * which may be a misspelt known one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "dsl/lint.h"
#include "dsl/limit_rules.h"
#include "dsl/human.h"
#include "dsl/schema.h"
#include "dsl/shorthand.h"
#include "tree/charclass.h"

#define MAX_NAME 255

/* Adds what every stored entity has. */
static void
complete_name(const SpecNode *name, SpecNode *node)
{
	mst_node_set_name(node, "name", mst_node_string(name->u.text, name->len, name));
	mst_node_set_name(node, "version", mst_node_string("2.0", 3, NULL));
}

/* Warn of a name that is no error before it is to be stored. */
static void
warn_name(SpecContext *cxt, const SpecNode *name)
{
	if (strchr(name->u.text, ' ') != NULL)
		mst_check_warn(cxt, name, "a name with spaces cannot be stored");
	if (pg_mbstrlen_with_len(name->u.text, name->len) > MAX_NAME)
		mst_check_warn(cxt, name, "a name longer than %d characters cannot be stored",
					   MAX_NAME);
}

/* ---- tasks ---- */

/* The mapping of tasks: what the names and values must be. */
static bool
check_tasks_shape(SpecContext *cxt, SpecNode *tasks)
{
	if (tasks->kind != NODE_MAP || tasks->len == 0)
		return mst_check_invalid(cxt, tasks,
								 "value must be a mapping of names to tasks, not %s",
								 mst_node_brief(tasks));
	for (int i = 0; i < tasks->len; i++)
	{
		const SpecNode *key = tasks->u.entries[i].key;
		const SpecNode *task = tasks->u.entries[i].value;

		if (key->kind != NODE_STRING)
		{
			mst_check_invalid(cxt, key, "the name of a task must be a string, not %s",
							  mst_node_brief(key));
			return mst_check_hint(cxt, "Put the name in quotes.");
		}
		if (task->kind == NODE_MAP &&
			(task->len > 0 || !mst_text_is_word(key->u.text, key->len)))
			continue;
		mst_check_enter(cxt, "task", key->u.text);
		return mst_check_invalid(cxt, task->line > 0 ? task : key,
								 "a task must be a mapping with at least one key, not %s",
								 mst_node_brief(task));
	}
	return true;
}

static bool
check_tasks(SpecContext *cxt, SpecNode *tasks, bool is_reverse)
{
	/* "version" is reserved: an entry of this name is no task */
	mst_node_remove(tasks, "version");
	if (tasks->len == 0)
		return mst_check_fail(cxt, tasks, ERRCODE_MISTRAL_INVALID_MODEL,
							  "At least one item must be in the list of tasks");
	for (int i = 0; i < tasks->len; i++)
	{
		SpecNode   *key = tasks->u.entries[i].key;
		bool		ok;

		mst_check_enter(cxt, "task", key->u.text);
		ok = mst_check_task(cxt, key, tasks->u.entries[i].value, is_reverse);
		mst_check_leave(cxt);
		if (!ok)
			return false;
	}
	return true;
}

/* ---- workflow ---- */

/*
 * Reads the type of a workflow into *is_reverse; fails if it is neither
 * direct nor reverse.
 */
static bool
check_type(SpecContext *cxt, const SpecNode *workflow, bool *is_reverse)
{
	const SpecNode *type = mst_node_get(workflow, "type");

	*is_reverse = mst_node_is(type, "reverse");
	if (type == NULL || *is_reverse || mst_node_is(type, "direct"))
		return true;
	mst_check_enter(cxt, NULL, "type");
	mst_check_fail(cxt, type, ERRCODE_MISTRAL_DSL_PARSING,
				   "Failed to find a specification class: the type of a workflow is direct or reverse, not %s",
				   mst_node_brief(type));
	mst_check_leave(cxt);
	return false;
}

static bool
check_schema(SpecContext *cxt, SpecNode *node)
{
	SchemaProblem *problem;

	if (node->kind != NODE_MAP)
		return mst_check_invalid(cxt, node, "value must be a JSON Schema, a mapping, not %s", mst_node_brief(node));
	problem = mst_schema_check(mst_node_jsonb(node));
	if (problem == NULL)
		return true;
	return mst_check_invalid(cxt, mst_check_find_place(node, problem->path), "%s %s",
							 *problem->path != '\0' ? problem->path : "it", problem->message);
}

/* Whether pauses count is known with the definition. */
static bool
check_pauses(SpecContext *cxt, SpecNode *node)
{
	return node->kind == NODE_BOOL ||
		mst_check_invalid(cxt, node, "value must be true or false, not %s", mst_node_brief(node));
}

/* Seconds, or a mapping that says besides whether pauses count. */
static bool
check_timeout(SpecContext *cxt, SpecNode *node)
{
	static const AttributeRule rules[] = {
		{"seconds", mst_check_seconds},
		{"pauses", check_pauses}
	};

	if (node->kind != NODE_MAP)
		return mst_check_seconds(cxt, node);
	if (!mst_check_attributes(cxt, node, "timeout", rules, lengthof(rules), false))
		return false;
	return mst_node_get(node, "seconds") != NULL ||
		mst_check_invalid(cxt, node, "attribute \"seconds\" is missing");
}

/* The ends that are rolled back: error, cancel, or both. */
static bool
check_compensate_on(SpecContext *cxt, SpecNode *node)
{
	int			n = node->kind == NODE_LIST ? node->len : 1;

	if (n == 0)
		return mst_check_invalid(cxt, node, "the list is empty");
	for (int i = 0; i < n; i++)
	{
		const SpecNode *end = node->kind == NODE_LIST ? node->u.items[i] : node;

		if (!mst_node_is(end, "error") && !mst_node_is(end, "cancel"))
			return mst_check_invalid(cxt, end, "value must be error, cancel, or a list of these, not %s",
									 mst_node_brief(end));
	}
	return true;
}

static bool
check_attributes(SpecContext *cxt, SpecNode *node)
{
	static const AttributeRule rules[] = {
		{"name", NULL},
		{"version", NULL},
		{"type", NULL},
		{"description", mst_check_json},
		{"tags", mst_check_names},
		{"input", mst_check_inputs},
		{"input-schema", check_schema},
		{"output", mst_check_mapping},
		{"output-on-error", mst_check_mapping},
		{"vars", mst_check_mapping},
		{"timeout", check_timeout},
		{"compensate-on", check_compensate_on},
		{"limits", mst_check_limits},
		{"concurrency", mst_check_concurrency},
		{"task-defaults", mst_check_mapping},
		{"tasks", check_tasks_shape}
	};

	/* the only unknown attribute that matters is the one that is missing */
	if (mst_node_get(node, "tasks") == NULL)
	{
		const char *candidate = mst_spec_suggest_key("tasks", node);

		mst_check_invalid(cxt, node, "attribute \"tasks\" is missing");
		if (candidate != NULL)
			return mst_check_hint(cxt, "Perhaps \"%s\" is a misspelling of it.", candidate);
		return false;
	}
	for (int i = 0; i < node->len; i++)
	{
		SpecNode   *key = node->u.entries[i].key;

		/* dates and the like are no values of unknown attributes either */
		if (key->kind == NODE_STRING && mst_text_is_word(key->u.text, key->len))
		{
			bool		ok;

			mst_check_enter(cxt, NULL, key->u.text);
			ok = mst_check_json(cxt, node->u.entries[i].value);
			mst_check_leave(cxt);
			if (!ok)
				return false;
		}
	}
	return mst_check_attributes(cxt, node, "a workflow", rules, lengthof(rules), true);
}

/*
 * Checks a workflow; see check.h.
 */
bool
mst_check_workflow(SpecContext *cxt, const SpecNode *name, SpecNode *node)
{
	bool		is_reverse;
	SpecNode   *tasks;

	if (!check_type(cxt, node, &is_reverse) || !check_attributes(cxt, node) ||
		!mst_check_optional(cxt, node, "output", mst_check_template) ||
		!mst_check_optional(cxt, node, "vars", mst_check_template) ||
		!mst_check_optional(cxt, node, "task-defaults", mst_check_task_defaults))
		return false;
	tasks = mst_node_get(node, "tasks");
	if (!check_tasks(cxt, tasks, is_reverse))
		return false;
	complete_name(name, node);
	if (mst_node_get(node, "type") == NULL)
		mst_node_set_name(node, "type", mst_node_string("direct", 6, NULL));
	if (!cxt->validate)
		return true;

	if (mst_text_is_uuid(name->u.text))
		return mst_check_fail(cxt, name, ERRCODE_MISTRAL_INVALID_MODEL,
							  "The name of a workflow cannot be in the format of UUID");
	warn_name(cxt, name);
	if (is_reverse ? !mst_check_reverse_graph(cxt, node) : !mst_check_direct_graph(cxt, node))
		return false;
	if (!mst_check_human_tasks(cxt, tasks))
		return false;
	mst_lint_variables(cxt, node);
	mst_lint_expressions(cxt, node);
	return true;
}

/* ---- action ---- */

static bool
check_output(SpecContext *cxt, SpecNode *node)
{
	return mst_check_json(cxt, node) &&
		(node->kind != NODE_STRING || mst_check_syntax(cxt, node));
}

/*
 * Checks an ad-hoc action; see check.h.
 */
bool
mst_check_action(SpecContext *cxt, const SpecNode *name, SpecNode *node)
{
	static const AttributeRule rules[] = {
		{"name", NULL},
		{"version", NULL},
		{"description", mst_check_name},
		{"tags", mst_check_names},
		{"base", mst_check_name},
		{"base-input", mst_check_template},
		{"input", mst_check_inputs},
		{"output", check_output}
	};

	if (mst_node_get(node, "base") == NULL)
		return mst_check_invalid(cxt, node, "attribute \"base\" is missing");
	if (!mst_check_attributes(cxt, node, "an action", rules, lengthof(rules), false) ||
		!mst_shorthand_check(cxt, node, "base", "base-input") ||
		!mst_check_human(cxt, node, "base", "base-input"))
		return false;
	if (name->len == 0)
		return mst_check_invalid(cxt, name, "the name is empty");
	warn_name(cxt, name);
	mst_lint_expressions(cxt, node);
	complete_name(name, node);
	return true;
}
