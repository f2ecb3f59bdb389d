/*-------------------------------------------------------------------------
 *
 * graph.c
 *	  How the tasks of a workflow hang together.
 *
 * The edges of a direct workflow are the targets of on-clauses, those of
 * task-defaults where a task has no clause of its own; those of a reverse one
 * are what a task requires, and task-defaults besides.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "dsl/graph.h"

/*
 * Finds a task's index.
 */
int
mst_graph_find_task(const SpecNode *tasks, const char *name)
{
	NodeEntry  *entry = mst_node_entry(tasks, name, strlen(name));

	return entry != NULL ? entry - tasks->u.entries : -1;
}

static const char *
task_name(const SpecNode *tasks, int i)
{
	return tasks->u.entries[i].key->u.text;
}

/* Takes over the targets of a default clause, except the task itself. */
static void
apply_default(ClauseText *clause, const ClauseText *other, const char *self)
{
	clause->targets = palloc(Max(other->n_targets, 1) * sizeof(TargetText));
	clause->n_targets = 0;
	clause->is_default = true;
	for (int i = 0; i < other->n_targets; i++)
	{
		if (strcmp(other->targets[i].name, self) != 0)
			clause->targets[clause->n_targets++] = other->targets[i];
	}
}

static void
parse_clauses(const SpecNode *tasks, const SpecNode *defaults, TaskGraph *graph)
{
	ClauseText	common[N_CLAUSES];

	for (int c = 0; c < N_CLAUSES; c++)
		mst_clause_parse(mst_node_get(defaults, mst_clause_names[c]), &common[c]);
	graph->clauses = palloc0(Max(tasks->len, 1) * sizeof(*graph->clauses));
	for (int i = 0; i < tasks->len; i++)
	{
		for (int c = 0; c < N_CLAUSES; c++)
		{
			ClauseText *clause = &graph->clauses[i][c];

			mst_clause_parse(mst_node_get(tasks->u.entries[i].value,
										  mst_clause_names[c]), clause);
			if (clause->n_targets == 0)
				apply_default(clause, &common[c], task_name(tasks, i));
		}
	}
}

/* Records that task "from" leads to task "to". */
static void
add_inbound(TaskGraph *graph, int from, int to)
{
	int			n = graph->n_inbound[to];

	/* tasks come in order, so one seen before is the last */
	if (n > 0 && graph->inbound[to][n - 1] == from)
		return;
	if (n == 0)
		graph->inbound[to] = palloc(4 * sizeof(int));
	else if (n >= 4 && (n & (n - 1)) == 0)
		graph->inbound[to] = repalloc(graph->inbound[to], n * 2 * sizeof(int));
	graph->inbound[to][graph->n_inbound[to]++] = from;
}

/*
 * Builds the graph of a direct workflow; see check.h.
 */
void
mst_graph_build(const SpecNode *tasks, const SpecNode *defaults, TaskGraph *graph)
{
	graph->tasks = tasks;
	parse_clauses(tasks, defaults, graph);
	graph->n_inbound = palloc0(Max(tasks->len, 1) * sizeof(int));
	graph->inbound = palloc0(Max(tasks->len, 1) * sizeof(int *));
	for (int i = 0; i < tasks->len; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int c = 0; c < N_CLAUSES; c++)
		{
			const ClauseText *clause = &graph->clauses[i][c];

			for (int t = 0; t < clause->n_targets; t++)
			{
				int			to = mst_graph_find_task(tasks, clause->targets[t].name);

				if (to >= 0)
					add_inbound(graph, i, to);
			}
		}
	}
}

/* Adds names to a list that is a set. */
static void
add_requires(SpecNode *list, const SpecNode *names, const char *except)
{
	int			n = names == NULL ? 0 : names->kind == NODE_LIST ? names->len : 1;

	for (int i = 0; i < n; i++)
	{
		const SpecNode *name = names->kind == NODE_LIST ? names->u.items[i] : names;
		bool		is_new = true;

		if (except != NULL && mst_node_is(name, except))
			continue;
		for (int k = 0; k < list->len && is_new; k++)
			is_new = !mst_node_equal(list->u.items[k], name);
		if (is_new)
			mst_node_append(list, unconstify(SpecNode *, name));
	}
}

/*
 * Returns the names that a task of a reverse workflow requires, its own and
 * the defaults' but for itself, each once, as a list of strings.
 */
SpecNode *
mst_graph_requires(const SpecNode *task, const char *name, const SpecNode *defaults)
{
	SpecNode   *list = mst_node_new(NODE_LIST, NULL);

	add_requires(list, mst_node_get(task, "requires"), NULL);
	add_requires(list, mst_node_get(defaults, "requires"), name);
	return list;
}
