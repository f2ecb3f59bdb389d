/*-------------------------------------------------------------------------
 *
 * check_graph.c
 *	  Checks of how the tasks of a workflow hang together.
 *
 * A direct workflow is a graph whose edges are the targets of on-clauses,
 * those of task-defaults where a task has no clause of its own.  It may
 * have circles, and a task may be reached by several edges; but it needs a
 * task that none leads to, or nothing would start, and a join needs as many
 * inbound edges as it waits for, or it would wait for ever.  Unreachable
 * tasks are legal: lint.c warns of them.
 *
 * A reverse workflow is a graph of "requires", which may not have circles
 * of two or more tasks.  The search for one visits each task once and is
 * bounded by the stack's depth.  Rules: docs/language.md, "Joins" and
 * "Reverse workflows".
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "dsl/graph.h"
#include "dsl/lint.h"

static const char *
task_name(const SpecNode *tasks, int i)
{
	return tasks->u.entries[i].key->u.text;
}

/* ---- checks of direct workflows ---- */

static bool
fail_unknown_task(SpecContext *cxt, const SpecNode *at, const char *name,
				  const SpecNode *tasks, bool with_commands)
{
	const char *suggestion = mst_spec_suggest_key(name, tasks);

	if (suggestion == NULL && with_commands)
		suggestion = mst_spec_suggest(name, mst_clause_commands);
	mst_check_fail(cxt, at, ERRCODE_MISTRAL_INVALID_MODEL,
				   "Task '%s' not found", name);
	return mst_check_hint_name(cxt, suggestion);
}

/*
 * Checks that every target of one clause exists.  Those of task-defaults
 * are looked at only where they are used.
 */
static bool
check_clause_targets(SpecContext *cxt, const ClauseText *clause, const char *name,
					 const SpecNode *tasks)
{
	bool		ok = true;

	if (clause->is_default)
		mst_check_enter(cxt, NULL, "task-defaults");
	mst_check_enter(cxt, NULL, name);
	for (int i = 0; i < clause->n_targets && ok; i++)
	{
		const TargetText *target = &clause->targets[i];

		if (!mst_clause_is_command(target->name) &&
			mst_graph_find_task(tasks, target->name) < 0)
			ok = fail_unknown_task(cxt, target->at, target->name, tasks, true);
	}
	mst_check_leave(cxt);
	if (clause->is_default)
		mst_check_leave(cxt);
	return ok;
}

static bool
check_targets(SpecContext *cxt, const TaskGraph *graph)
{
	bool		ok = true;

	for (int i = 0; i < graph->tasks->len && ok; i++)
	{
		mst_check_enter(cxt, "task", task_name(graph->tasks, i));
		for (int c = 0; c < N_CLAUSES && ok; c++)
			ok = check_clause_targets(cxt, &graph->clauses[i][c],
									  mst_clause_names[c], graph->tasks);
		mst_check_leave(cxt);
	}
	return ok;
}

static bool
check_start(SpecContext *cxt, const TaskGraph *graph)
{
	for (int i = 0; i < graph->tasks->len; i++)
	{
		if (graph->n_inbound[i] == 0)
			return true;
	}
	mst_check_fail(cxt, graph->tasks, ERRCODE_MISTRAL_DSL_PARSING,
				   "Failed to find start tasks: every task is in some on-clause");
	return mst_check_hint(cxt, "A task to start with must not be in any on-clause, those of task-defaults included.");
}

/* Returns how many inbound tasks a join needs; 0: it is none. */
static int64
join_needs(const SpecNode *task)
{
	const SpecNode *join = mst_node_get(task, "join");

	if (join == NULL)
		return 0;
	return join->kind == NODE_INT ? join->u.integer : 1;
}

/* Refuses all joins that cannot get what they wait for, in one message. */
static bool
check_joins(SpecContext *cxt, const TaskGraph *graph)
{
	StringInfoData offenders;
	const SpecNode *first = NULL;

	initStringInfo(&offenders);
	for (int i = 0; i < graph->tasks->len; i++)
	{
		const SpecNode *task = graph->tasks->u.entries[i].value;
		int64		needs = join_needs(task);

		if (needs <= graph->n_inbound[i])
			continue;
		if (first == NULL)
			first = mst_node_get(task, "join");
		else
			appendStringInfoString(&offenders, "; ");
		appendStringInfo(&offenders,
						 "Not enough inbound tasks for task '%s': it waits for %lld, but %d lead to it",
						 task_name(graph->tasks, i), (long long) needs,
						 graph->n_inbound[i]);
	}
	return first == NULL ||
		mst_check_fail(cxt, first, ERRCODE_MISTRAL_INVALID_MODEL, "%s", offenders.data);
}

/*
 * Checks the transitions of a direct workflow.
 */
bool
mst_check_direct_graph(SpecContext *cxt, const SpecNode *workflow)
{
	const SpecNode *defaults = mst_node_get(workflow, "task-defaults");
	TaskGraph	graph;

	mst_graph_build(mst_node_get(workflow, "tasks"), defaults, &graph);
	if (!check_start(cxt, &graph) || !check_targets(cxt, &graph) ||
		!check_joins(cxt, &graph))
		return false;
	mst_lint_graph(cxt, &graph);
	return true;
}

/* ---- checks of reverse workflows ---- */

typedef struct ReverseGraph
{
	const SpecNode *tasks;
	SpecNode  **requires;		/* list of names, by task */
	char	   *mark;			/* 0: not seen, 1: being visited, 2: done */
} ReverseGraph;

static bool
check_required(SpecContext *cxt, const SpecNode *names, const SpecNode *tasks)
{
	for (int i = 0; i < names->len; i++)
	{
		const SpecNode *name = names->u.items[i];

		if (mst_graph_find_task(tasks, name->u.text) < 0)
			return fail_unknown_task(cxt, name, name->u.text, tasks, false);
	}
	return true;
}

/* Looks for a cycle of at least two tasks through what a task requires. */
static bool
check_cycle(SpecContext *cxt, ReverseGraph *graph, int i)
{
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	graph->mark[i] = 1;
	for (int k = 0; k < graph->requires[i]->len; k++)
	{
		const SpecNode *name = graph->requires[i]->u.items[k];
		int			next = mst_graph_find_task(graph->tasks, name->u.text);

		if (next == i)
			mst_check_warn(cxt, name, "task \"%s\" requires itself and will never run",
						   name->u.text);
		else if (graph->mark[next] == 1)
			return mst_check_fail(cxt, name, ERRCODE_MISTRAL_INVALID_MODEL,
								  "Task '%s' requires '%s', which in turn requires it",
								  task_name(graph->tasks, i), name->u.text);
		else if (graph->mark[next] == 0 && !check_cycle(cxt, graph, next))
			return false;
	}
	graph->mark[i] = 2;
	return true;
}

/*
 * Checks what the tasks of a reverse workflow require.
 */
bool
mst_check_reverse_graph(SpecContext *cxt, const SpecNode *workflow)
{
	const SpecNode *defaults = mst_node_get(workflow, "task-defaults");
	ReverseGraph graph;
	bool		ok = true;

	graph.tasks = mst_node_get(workflow, "tasks");
	graph.requires = palloc0(Max(graph.tasks->len, 1) * sizeof(SpecNode *));
	graph.mark = palloc0(Max(graph.tasks->len, 1));
	for (int i = 0; i < graph.tasks->len && ok; i++)
	{
		const char *name = task_name(graph.tasks, i);

		graph.requires[i] = mst_graph_requires(graph.tasks->u.entries[i].value, name,
											   defaults);
		mst_check_enter(cxt, "task", name);
		mst_check_enter(cxt, NULL, "requires");
		ok = check_required(cxt, graph.requires[i], graph.tasks);
		mst_check_leave(cxt);
		mst_check_leave(cxt);
	}
	for (int i = 0; i < graph.tasks->len && ok; i++)
	{
		if (graph.mark[i] == 0)
			ok = check_cycle(cxt, &graph, i);
	}
	return ok;
}
