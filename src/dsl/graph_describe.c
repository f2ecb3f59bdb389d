/*-------------------------------------------------------------------------
 *
 * graph_describe.c
 *	  The graph of a workflow for those who draw it.
 *
 * Nodes are tasks, with what a reader wants to know of each at a glance; edges
 * are the targets of on-clauses, those of task-defaults included, in the order
 * of the text.  Targets that are commands are listed apart: they lead nowhere.
 * Expressions are shown as they are written.
 *
 * A definition that was stored without validation may name tasks that do not
 * exist; such edges are left out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "dsl/graph.h"
#include "dsl/policies.h"
#include "dsl/shorthand.h"

/* What a task calls, and how it is called where it is shown. */
static const struct
{
	const char *attribute;
	const char *kind;
}			callees[] = {
	{"workflow", "workflow"}, {"action", "action"}
};

#define POLICY_NAME(member, attribute, check, type, evaluate, label) attribute,
#define RETRY_NAME	"retry",
#define POLICY_NAMES	TASK_POLICIES(POLICY_NAME, RETRY_NAME) "limits"

/* attributes that are shown as they are written, the task's before those of task-defaults */
static const char *const policy_names[] = {
	POLICY_NAMES, "target", "keep-result", "safe-rerun"
};

static SpecNode *
new_text(const char *text)
{
	return mst_node_string(text, strlen(text), NULL);
}

/* Sets a member that may be null. */
static void
set_copy(SpecNode *map, const char *name, const SpecNode *value)
{
	mst_node_set_name(map, name, value != NULL ? mst_node_copy(value) : mst_node_new(NODE_NULL, NULL));
}

/* Tells whether a name is only known when the task runs. */
static bool
is_expression(const char *text)
{
	return strstr(text, "<%") != NULL || strstr(text, "{{") != NULL || strstr(text, "{%") != NULL;
}

/* Sets what a task calls: an action, a workflow, nothing, or that it waits for a signal. */
static void
set_callee(SpecNode *node, const SpecNode *task)
{
	const char *kind = mst_node_get(task, "wait-for") != NULL ? "wait" : "noop";
	char	   *callee = NULL;

	for (int i = 0; i < lengthof(callees) && callee == NULL; i++)
	{
		const SpecNode *input;

		callee = mst_shorthand_split(task, callees[i].attribute, "input", &input);
		if (callee != NULL)
			kind = callees[i].kind;
	}
	mst_node_set_name(node, "kind", new_text(kind));
	mst_node_set_name(node, "calls", callee != NULL ? new_text(callee) : mst_node_new(NODE_NULL, NULL));
	mst_node_set_name(node, "is_dynamic", mst_node_boolean(callee != NULL && is_expression(callee), NULL));
	if (mst_node_get(task, "wait-for") != NULL)
		set_copy(node, "waits_for", mst_node_get(task, "wait-for"));
}

/* Sets the lists of with-items as texts; null: the task has no items. */
static void
set_items(SpecNode *node, const SpecNode *task)
{
	const SpecNode *items = mst_node_get(task, "with-items");
	SpecNode   *list;

	if (items == NULL || items->kind == NODE_LIST)
	{
		set_copy(node, "with_items", items);
		return;
	}
	list = mst_node_new(NODE_LIST, NULL);
	mst_node_append(list, mst_node_copy(items));
	mst_node_set_name(node, "with_items", list);
}

static void
set_policies(SpecNode *node, const SpecNode *task, const SpecNode *defaults)
{
	SpecNode   *policies = mst_node_new(NODE_MAP, NULL);

	for (int i = 0; i < lengthof(policy_names); i++)
	{
		const SpecNode *value = mst_node_get(task, policy_names[i]);

		if (value == NULL && defaults != NULL)
			value = mst_node_get(defaults, policy_names[i]);
		if (value != NULL)
			set_copy(policies, policy_names[i], value);
	}
	mst_node_set_name(node, "policies", policies);
}

/* Returns a task as the graph shows it. */
static SpecNode *
describe_task(const NodeEntry *entry, const SpecNode *defaults, bool is_start)
{
	const SpecNode *task = entry->value;
	SpecNode   *node = mst_node_new(NODE_MAP, NULL);

	mst_node_set_name(node, "name", mst_node_copy(entry->key));
	mst_node_set_name(node, "line", entry->key->line > 0 ?
					  mst_node_integer(entry->key->line, NULL) : mst_node_new(NODE_NULL, NULL));
	set_callee(node, task);
	set_copy(node, "join", mst_node_get(task, "join"));
	set_items(node, task);
	set_policies(node, task, defaults);
	set_copy(node, "description", mst_node_get(task, "description"));
	set_copy(node, "tags", mst_node_get(task, "tags"));
	mst_node_set_name(node, "is_start", mst_node_boolean(is_start, NULL));
	return node;
}

/* Adds an edge, or what a task leads to that is no task. */
static void
add_target(SpecNode *list, const char *from, const char *name, const char *value, const char *kind,
		   const TargetText *target, bool is_default)
{
	SpecNode   *edge = mst_node_new(NODE_MAP, NULL);

	mst_node_set_name(edge, "from", new_text(from));
	mst_node_set_name(edge, name, new_text(value));
	mst_node_set_name(edge, "kind", new_text(kind));
	set_copy(edge, "guard", target != NULL ? target->guard : NULL);
	set_copy(edge, "params", target != NULL ? target->params : NULL);
	mst_node_set_name(edge, "is_default", mst_node_boolean(is_default, NULL));
	mst_node_append(list, edge);
}

static void
describe_clause(const SpecNode *tasks, const char *from, const char *kind, const ClauseText *clause,
				SpecNode *edges, SpecNode *commands)
{
	for (int t = 0; t < clause->n_targets; t++)
	{
		const TargetText *target = &clause->targets[t];

		if (mst_clause_is_command(target->name))
			add_target(commands, from, "command", target->name, kind, target, clause->is_default);
		else if (mst_graph_find_task(tasks, target->name) >= 0)
			add_target(edges, from, "to", target->name, kind, target, clause->is_default);
	}
}

static void
describe_direct(const SpecNode *tasks, const SpecNode *defaults, SpecNode *nodes, SpecNode *edges,
				SpecNode *commands)
{
	TaskGraph	graph;

	mst_graph_build(tasks, defaults, &graph);
	for (int i = 0; i < tasks->len; i++)
	{
		CHECK_FOR_INTERRUPTS();
		mst_node_append(nodes, describe_task(&tasks->u.entries[i], defaults, graph.n_inbound[i] == 0));
		for (int c = 0; c < N_CLAUSES; c++)
			describe_clause(tasks, tasks->u.entries[i].key->u.text, mst_clause_names[c],
							&graph.clauses[i][c], edges, commands);
	}
}

static void
describe_reverse(const SpecNode *tasks, const SpecNode *defaults, SpecNode *nodes, SpecNode *edges)
{
	for (int i = 0; i < tasks->len; i++)
	{
		const NodeEntry *entry = &tasks->u.entries[i];
		SpecNode   *requires = mst_graph_requires(entry->value, entry->key->u.text, defaults);

		CHECK_FOR_INTERRUPTS();
		mst_node_append(nodes, describe_task(entry, defaults, requires->len == 0));
		for (int k = 0; k < requires->len; k++)
			if (mst_graph_find_task(tasks, requires->u.items[k]->u.text) >= 0)
				add_target(edges, requires->u.items[k]->u.text, "to", entry->key->u.text, "requires", NULL, false);
	}
}

/*
 * Returns the graph of a checked workflow as a tree of its own, in the current
 * memory context: name, type, input, input_schema, tasks, edges and commands.
 */
SpecNode *
mst_graph_describe(const char *name, const SpecNode *workflow)
{
	const SpecNode *tasks = mst_node_get(workflow, "tasks");
	const SpecNode *defaults = mst_node_get(workflow, "task-defaults");
	const SpecNode *input = mst_node_get(workflow, "input");
	bool		is_reverse = mst_node_is(mst_node_get(workflow, "type"), "reverse");
	SpecNode   *nodes = mst_node_new(NODE_LIST, NULL);
	SpecNode   *edges = mst_node_new(NODE_LIST, NULL);
	SpecNode   *commands = mst_node_new(NODE_LIST, NULL);
	SpecNode   *graph = mst_node_new(NODE_MAP, NULL);

	if (is_reverse)
		describe_reverse(tasks, defaults, nodes, edges);
	else
		describe_direct(tasks, defaults, nodes, edges, commands);
	mst_node_set_name(graph, "name", new_text(name));
	mst_node_set_name(graph, "type", new_text(is_reverse ? "reverse" : "direct"));
	set_copy(graph, "description", mst_node_get(workflow, "description"));
	mst_node_set_name(graph, "input", input != NULL ? mst_node_copy(input) : mst_node_new(NODE_LIST, NULL));
	set_copy(graph, "input_schema", mst_node_get(workflow, "input-schema"));
	mst_node_set_name(graph, "tasks", nodes);
	mst_node_set_name(graph, "edges", edges);
	mst_node_set_name(graph, "commands", commands);
	return graph;
}
