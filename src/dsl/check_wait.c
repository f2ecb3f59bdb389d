/*-------------------------------------------------------------------------
 *
 * check_wait.c
 *	  The check of "wait-for", and reading it.
 *
 * A task waits for one term, any of some, or all of them; a term is the name
 * of a signal, or a mapping with the signal or event and a filter
 * (docs/language.md, "Waiting for signals").
 *
 * All forms stay in the tree as they were written: users see their text again.
 * What reads them later, build.c, gets at the terms by the functions below, so
 * that only this file knows the forms.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "dsl/wait.h"

/* longest part of the name of an event, in characters */
#define MAX_EVENT_LENGTH	80

/* terms of one task: each is looked at for each signal */
#define MAX_TERMS	100

/*
 * A string that is not empty.  Its length is known now unless it has
 * expressions; the engine looks at names again when they have been evaluated.
 */
static bool
check_text(SpecContext *cxt, SpecNode *node, const char *what, int max_length)
{
	if (node->kind != NODE_STRING || node->len == 0)
		return mst_check_invalid(cxt, node, "%s must be a string that is not empty, not %s",
								 what, mst_node_brief(node));
	if (pg_mbstrlen_with_len(node->u.text, node->len) > max_length &&
		strstr(node->u.text, "<%") == NULL && strstr(node->u.text, "{{") == NULL)
		return mst_check_invalid(cxt, node, "%s must not be longer than %d characters",
								 what, max_length);
	return mst_check_syntax(cxt, node);
}

/* The name of a signal, as signal() gets it. */
static bool
check_signal_name(SpecContext *cxt, SpecNode *node)
{
	return check_text(cxt, node, "the name of a signal", MAX_SIGNAL_LENGTH);
}

/* An exchange, a topic or a type of event, as raise_event() gets them. */
static bool
check_event_part(SpecContext *cxt, SpecNode *node)
{
	return check_text(cxt, node, "a part of an event", MAX_EVENT_LENGTH);
}

/* An event has all three parts, as for an event trigger. */
static bool
check_event(SpecContext *cxt, SpecNode *node)
{
	static const AttributeRule rules[] = {
		{"exchange", check_event_part},
		{"topic", check_event_part},
		{"event", check_event_part}
	};

	if (node->kind != NODE_MAP)
		return mst_check_invalid(cxt, node,
								 "value must be a mapping with exchange, topic and event, not %s",
								 mst_node_brief(node));
	if (!mst_check_attributes(cxt, node, "event", rules, lengthof(rules), false))
		return false;
	for (int i = 0; i < lengthof(rules); i++)
	{
		if (mst_node_get(node, rules[i].name) == NULL)
			return mst_check_invalid(cxt, node, "attribute \"%s\" is missing", rules[i].name);
	}
	return true;
}

/* A term has a signal or an event, and nothing besides but its filter. */
static bool
check_term(SpecContext *cxt, SpecNode *node)
{
	static const AttributeRule rules[] = {
		{"signal", check_signal_name},
		{"event", check_event},
		{"filter", mst_check_expression}
	};

	if (node->kind == NODE_STRING)
		return check_signal_name(cxt, node);
	if (node->kind != NODE_MAP)
		return mst_check_invalid(cxt, node,
								 "value must be the name of a signal, or a mapping with signal or event, not %s",
								 mst_node_brief(node));
	if ((mst_node_get(node, "signal") == NULL) == (mst_node_get(node, "event") == NULL))
		return mst_check_invalid(cxt, node, "a term has either a signal or an event");
	return mst_check_attributes(cxt, node, "a term", rules, lengthof(rules), false);
}

/* The value of any and all: a list of terms. */
static bool
check_terms(SpecContext *cxt, SpecNode *node)
{
	bool		ok = true;

	if (node->kind != NODE_LIST || node->len == 0 || node->len > MAX_TERMS)
		return mst_check_invalid(cxt, node, "value must be a list of 1 to %d terms", MAX_TERMS);
	for (int i = 0; i < node->len && ok; i++)
	{
		mst_check_enter_item(cxt, i + 1);
		ok = check_term(cxt, node->u.items[i]);
		mst_check_leave(cxt);
	}
	return ok;
}

/*
 * Checks the attribute "wait-for".
 */
bool
mst_check_wait(SpecContext *cxt, SpecNode *node)
{
	static const AttributeRule rules[] = {
		{"signal", check_signal_name},
		{"event", check_event},
		{"filter", mst_check_expression},
		{"any", check_terms},
		{"all", check_terms},
		{"timeout", mst_check_seconds}
	};
	int			n = 0;

	if (node->kind == NODE_STRING)
		return check_signal_name(cxt, node);
	if (node->kind != NODE_MAP)
		return mst_check_invalid(cxt, node,
								 "value must be the name of a signal, or a mapping with signal, event, any or all, not %s",
								 mst_node_brief(node));
	if (!mst_check_attributes(cxt, node, "wait-for", rules, lengthof(rules), false))
		return false;
	n += mst_node_get(node, "signal") != NULL;
	n += mst_node_get(node, "event") != NULL;
	n += mst_node_get(node, "any") != NULL;
	n += mst_node_get(node, "all") != NULL;
	if (n != 1)
		return mst_check_invalid(cxt, node, "\"wait-for\" has one of signal, event, any and all, not %d of them", n);
	if (mst_node_get(node, "filter") != NULL &&
		(mst_node_get(node, "any") != NULL || mst_node_get(node, "all") != NULL))
	{
		mst_check_invalid(cxt, mst_node_get(node, "filter"), "\"filter\" belongs to a term of the list");
		return mst_check_hint(cxt, "Write {signal: NAME, filter: <%% ... %%>} in the list.");
	}
	return true;
}

/*
 * Checks that a task with "wait-for" has nothing that only tasks have which
 * call something.
 */
bool
mst_check_wait_alone(SpecContext *cxt, const SpecNode *task)
{
	static const char *const others[] = {
		"action", "workflow", "input", "with-items", "target", "safe-input", "safe-rerun"
	};

	if (mst_node_get(task, "wait-for") == NULL)
		return true;
	for (int i = 0; i < lengthof(others); i++)
	{
		const SpecNode *other = mst_node_get(task, others[i]);

		if (other == NULL)
			continue;
		mst_check_invalid(cxt, other, "a task has either \"wait-for\" or \"%s\", not both", others[i]);
		return mst_check_hint(cxt, "Let the task that waits lead to one that does something.");
	}
	return true;
}

/* ---- reading ---- */

/*
 * Returns the terms of a "wait-for" that has been checked: the list of them,
 * or NULL when it is a single one, which then is the node itself.
 */
const SpecNode *
mst_wait_terms(const SpecNode *node, bool *needs_all)
{
	const SpecNode *all = mst_node_get(node, "all");

	*needs_all = all != NULL;
	return all != NULL ? all : mst_node_get(node, "any");
}

/*
 * Returns the name in a term, with its expressions, palloc'd; of an event its
 * three parts.
 */
char *
mst_wait_term_name(const SpecNode *term, bool *is_event)
{
	const SpecNode *event = mst_node_get(term, "event");

	*is_event = event != NULL;
	if (event != NULL)
		return psprintf("%s/%s/%s", mst_node_get(event, "exchange")->u.text,
						mst_node_get(event, "topic")->u.text,
						mst_node_get(event, "event")->u.text);
	return pstrdup(term->kind == NODE_STRING ? term->u.text : mst_node_get(term, "signal")->u.text);
}
