/*-------------------------------------------------------------------------
 *
 * lint.c
 *	  Warnings of what is legal but hardly meant.
 *
 * A warning must be worth reading: where it is not certain that something is
 * wrong, nothing is said.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "dsl/lint.h"
#include "dsl/shorthand.h"
#include "tree/charclass.h"

/* ---- graph ---- */

static const char *
task_name(const TaskGraph *graph, int i)
{
	return graph->tasks->u.entries[i].key->u.text;
}

static const SpecNode *
task_key(const TaskGraph *graph, int i)
{
	return graph->tasks->u.entries[i].key;
}

/*
 * Returns, by task, whether it can be reached from the start tasks without
 * passing through "except" (-1: none).  Follows targets forwards, because
 * following inbound lists backwards until nothing changes would be
 * quadratic.
 */
static bool *
find_reachable(const TaskGraph *graph, int except)
{
	int			n = graph->tasks->len;
	bool	   *reached = palloc0(Max(n, 1) * sizeof(bool));
	int		   *queue = palloc(Max(n, 1) * sizeof(int));
	int			head = 0;
	int			tail = 0;

	for (int i = 0; i < n; i++)
	{
		if (graph->n_inbound[i] == 0 && i != except)
		{
			reached[i] = true;
			queue[tail++] = i;
		}
	}
	while (head < tail)
	{
		int			i = queue[head++];

		for (int c = 0; c < N_CLAUSES; c++)
		{
			const ClauseText *clause = &graph->clauses[i][c];

			for (int t = 0; t < clause->n_targets; t++)
			{
				int			to;

				if (mst_clause_is_command(clause->targets[t].name))
					continue;
				to = mst_graph_find_task(graph->tasks, clause->targets[t].name);
				if (to < 0 || to == except || reached[to])
					continue;
				reached[to] = true;
				queue[tail++] = to;
			}
		}
	}
	pfree(queue);
	return reached;
}

static void
warn_unreachable(SpecContext *cxt, const TaskGraph *graph, const bool *reached)
{
	for (int i = 0; i < graph->tasks->len; i++)
	{
		if (reached[i])
			continue;
		if (mst_clause_is_command(task_name(graph, i)))
			mst_check_warn(cxt, task_key(graph, i),
						   "task \"%s\" can never run: a transition to that name runs the engine command",
						   task_name(graph, i));
		else
			mst_check_warn(cxt, task_key(graph, i),
						   "task \"%s\" can never run: no start task leads to it",
						   task_name(graph, i));
	}
}

/*
 * Returns the one event by which a task is entered, if it has a single inbound
 * task that mentions it in on-success or on-error only; else -1.
 */
static int
only_event(const TaskGraph *graph, int i, int *from)
{
	int			event = -1;

	if (graph->n_inbound[i] != 1)
		return -1;
	*from = graph->inbound[i][0];
	for (int c = 0; c < N_CLAUSES; c++)
	{
		const ClauseText *clause = &graph->clauses[*from][c];

		for (int t = 0; t < clause->n_targets; t++)
		{
			if (strcmp(clause->targets[t].name, task_name(graph, i)) != 0)
				continue;
			if (event >= 0 && event != c)
				return -1;
			event = c;
		}
	}
	return event == 0 || event == 1 ? event : -1;
}

/* Warn of a "join: all" of two tasks that exclude each other. */
static bool
warn_exclusive(SpecContext *cxt, const TaskGraph *graph, int join)
{
	int			n = Min(graph->n_inbound[join], 100);

	for (int i = 0; i < n; i++)
	{
		int			a = graph->inbound[join][i];
		int			a_from;
		int			a_event = only_event(graph, a, &a_from);

		for (int k = 0; k < i && a_event >= 0; k++)
		{
			int			b = graph->inbound[join][k];
			int			b_from;
			int			b_event = only_event(graph, b, &b_from);

			if (b_event < 0 || b_event == a_event || a_from != b_from)
				continue;
			mst_check_warn(cxt, task_key(graph, join),
						   "task \"%s\" waits for both \"%s\" and \"%s\", of which only one can run",
						   task_name(graph, join), task_name(graph, b),
						   task_name(graph, a));
			mst_check_warn_hint(cxt, "Perhaps you meant \"join: one\".");
			return true;
		}
	}
	return false;
}

/* Warn of a "join: all" that needs a task which itself needs the join. */
static void
warn_join(SpecContext *cxt, const TaskGraph *graph, int join)
{
	bool	   *reached;

	if (warn_exclusive(cxt, graph, join))
		return;
	reached = find_reachable(graph, join);
	for (int i = 0; i < graph->n_inbound[join]; i++)
	{
		int			from = graph->inbound[join][i];

		if (reached[from])
			continue;
		mst_check_warn(cxt, task_key(graph, join),
					   "task \"%s\" can never run: it waits for \"%s\", which runs only after it or not at all",
					   task_name(graph, join), task_name(graph, from));
		break;
	}
	pfree(reached);
}

/* beyond this many joins times tasks the second look is left out */
#define MAX_JOIN_WORK 1000000

/*
 * Advice about the transitions.
 */
void
mst_lint_graph(SpecContext *cxt, const TaskGraph *graph)
{
	bool	   *reached = find_reachable(graph, -1);
	int64		work = 0;

	warn_unreachable(cxt, graph, reached);
	for (int i = 0; i < graph->tasks->len; i++)
	{
		const SpecNode *task = graph->tasks->u.entries[i].value;

		if (!reached[i] || !mst_node_is(mst_node_get(task, "join"), "all"))
			continue;
		work += graph->tasks->len;
		if (work > MAX_JOIN_WORK)
			break;
		warn_join(cxt, graph, i);
	}
}

/* ---- variables ---- */

/* Adds the keys of a mapping to a set of names. */
static void
add_keys(SpecNode *names, const SpecNode *map)
{
	if (map == NULL || map->kind != NODE_MAP)
		return;
	for (int i = 0; i < map->len; i++)
		mst_node_set(names, map->u.entries[i].key, map->u.entries[i].value);
}

static void
add_clause_keys(SpecNode *names, const SpecNode *task)
{
	for (int c = 0; c < N_CLAUSES; c++)
	{
		ClauseText	clause;

		mst_clause_parse(mst_node_get(task, mst_clause_names[c]), &clause);
		add_keys(names, mst_node_get(clause.publish, "branch"));
		add_keys(names, mst_node_get(clause.publish, "global"));
	}
}

static void
add_items(SpecNode *names, const SpecNode *node)
{
	ItemsText	items;

	if (node == NULL)
		return;
	if (node->kind == NODE_LIST)
	{
		for (int i = 0; i < node->len; i++)
			add_items(names, node->u.items[i]);
	}
	else if (node->kind == NODE_STRING && mst_shorthand_items(node, &items))
		mst_node_set_name(names, items.variable, items.source);
	else
		add_keys(names, node);
}

/* Every name that something in the workflow may set. */
static SpecNode *
set_names(const SpecNode *workflow)
{
	SpecNode   *names = mst_node_new(NODE_MAP, NULL);
	const SpecNode *input = mst_node_get(workflow, "input");
	const SpecNode *tasks = mst_node_get(workflow, "tasks");

	for (int i = 0; input != NULL && input->kind == NODE_LIST && i < input->len; i++)
	{
		SpecNode   *entry = input->u.items[i];

		if (entry->kind == NODE_MAP)
			add_keys(names, entry);
		else
			mst_node_set(names, entry, entry);
	}
	add_keys(names, mst_node_get(workflow, "vars"));
	for (int i = 0; i < tasks->len; i++)
	{
		const SpecNode *task = tasks->u.entries[i].value;

		add_keys(names, mst_node_get(task, "publish"));
		add_keys(names, mst_node_get(task, "publish-on-error"));
		add_keys(names, mst_node_get(task, "publish-on-skip"));
		add_clause_keys(names, task);
		add_items(names, mst_node_get(task, "with-items"));
		if (mst_node_get(task, "wait-for") != NULL)
			mst_node_set_name(names, "signal", unconstify(SpecNode *, task));
	}
	return names;
}

/*
 * Returns the variable that an expression begins with reading, or NULL: "<%
 * $.name" and "{{ _.name".  Behind the beginning "$" may stand for something
 * else.
 */
static char *
leading_variable(const char *p)
{
	bool		is_yaql = p[0] == '<';
	const char *from;

	p += 2;
	while (*p == ' ')
		p++;
	if (*p != (is_yaql ? '$' : '_') || p[1] != '.')
		return NULL;
	from = p += 2;
	if (*p >= '0' && *p <= '9')
		return NULL;
	while ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		   (*p >= '0' && *p <= '9') || *p == '_')
		p++;
	/* a method of Python's dictionary, or a name that is no identifier */
	if (p == from || *p == '(' || (unsigned char) *p >= 0x80 ||
		strncmp(from, "__", 2) == 0)
		return NULL;
	return pnstrdup(from, p - from);
}

static void
warn_string(SpecContext *cxt, const SpecNode *node, SpecNode *names)
{
	for (const char *p = node->u.text; (p = strpbrk(p, "<{")) != NULL; p++)
	{
		char	   *name;

		if (strncmp(p, "<%", 2) != 0 && strncmp(p, "{{", 2) != 0)
			continue;
		name = leading_variable(p);
		if (name == NULL || strcmp(name, "openstack") == 0 ||
			mst_node_get(names, name) != NULL)
			continue;
		mst_check_warn(cxt, node,
					   "variable \"%s\" is read, but it is no input and nothing publishes it",
					   name);
		if (mst_spec_suggest_key(name, names) != NULL)
			mst_check_warn_hint(cxt, "Perhaps you meant \"%s\".",
								mst_spec_suggest_key(name, names));
		/* once for each name is enough */
		mst_node_set_name(names, name, unconstify(SpecNode *, node));
	}
}

static void
warn_reads(SpecContext *cxt, const SpecNode *node, SpecNode *names)
{
	check_stack_depth();
	if (node->kind == NODE_STRING)
		warn_string(cxt, node, names);
	else if (node->kind == NODE_LIST)
	{
		for (int i = 0; i < node->len; i++)
			warn_reads(cxt, node->u.items[i], names);
	}
	else if (node->kind == NODE_MAP)
	{
		for (int i = 0; i < node->len; i++)
			warn_reads(cxt, node->u.entries[i].value, names);
	}
}

/*
 * Advice about variables.
 */
void
mst_lint_variables(SpecContext *cxt, const SpecNode *workflow)
{
	static const char *const attributes[] = {
		"vars", "timeout", "limits", "concurrency", "output", "output-on-error", "task-defaults", "tasks"
	};
	SpecNode   *names = set_names(workflow);

	for (int i = 0; i < lengthof(attributes); i++)
	{
		const SpecNode *node = mst_node_get(workflow, attributes[i]);

		if (node != NULL)
			warn_reads(cxt, node, names);
	}
}

/* ---- torn expressions ---- */

/*
 * Returns the place of a mark that opens an expression which is not closed, so
 * that all of it is taken as text; NULL when there is none.  YAQL's marks
 * count one by one.  A text in which Jinja closes one mark is rendered as a
 * whole, and may hold braces that are meant as text.
 */
static const char *
find_torn_mark(const SpecNode *text)
{
	const char *end = text->u.text + text->len;
	const char *torn = NULL;

	for (const char *p = text->u.text; (p = strpbrk(p, "<{")) != NULL; p++)
	{
		bool		is_yaql = strncmp(p, "<%", 2) == 0;
		const char *close;

		if (!is_yaql && strncmp(p, "{{", 2) != 0 && strncmp(p, "{%", 2) != 0)
			continue;
		close = mst_text_expression_end(p, end);
		if (close == NULL && is_yaql)
			return p;
		if (close == NULL && torn == NULL)
			torn = p;
		if (close != NULL && !is_yaql)
			return NULL;
		if (close != NULL)
			p = close - 1;
	}
	return torn;
}

static void
warn_torn(SpecContext *cxt, const SpecNode *text)
{
	const char *mark = find_torn_mark(text);

	if (mark == NULL)
		return;
	mst_check_warn(cxt, text, "what begins with \"%.2s\" is not closed on its line, so it is text and no expression",
				   mark);
	if (strchr(mark, '\n') != NULL)
		mst_check_warn_hint(cxt, "Write the expression on one line; a block that begins with \">-\" joins its lines.");
	else
		mst_check_warn_hint(cxt, "Put the expression into quotes: within { } and [ ] a comma ends plain text.");
}

/* Looks at all strings of a tree, keys included. */
static void
warn_torn_strings(SpecContext *cxt, const SpecNode *node)
{
	check_stack_depth();
	if (node->kind == NODE_STRING)
		warn_torn(cxt, node);
	for (int i = 0; node->kind == NODE_LIST && i < node->len; i++)
		warn_torn_strings(cxt, node->u.items[i]);
	for (int i = 0; node->kind == NODE_MAP && i < node->len; i++)
	{
		const NodeEntry *entry = &node->u.entries[i];

		if (mst_node_is(entry->key, "description"))
			continue;
		warn_torn_strings(cxt, entry->key);
		warn_torn_strings(cxt, entry->value);
	}
}

/*
 * Advice about expressions of a workflow or an ad-hoc action that are none,
 * because YAML ended them at a comma, or because a line ends within.
 */
void
mst_lint_expressions(SpecContext *cxt, const SpecNode *item)
{
	warn_torn_strings(cxt, item);
}
