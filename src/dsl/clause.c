/*-------------------------------------------------------------------------
 *
 * clause.c
 *	  On-clauses: where a task leads to, in every form they may have.
 *
 * A clause is a target, a list of targets, a mapping of one target to its
 * guard, or a mapping with the keys "publish" and "next", where the latter is
 * again one of the first three.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "dsl/clause.h"
#include "dsl/shorthand.h"
#include "tree/charclass.h"

const char *const mst_clause_names[N_CLAUSES] = {
	"on-success", "on-error", "on-complete", "on-skip"
};

const char *const mst_clause_commands[] = {
	"noop", "fail", "succeed", "pause", NULL
};

/* Returns whether this is the name of an engine command. */
bool
mst_clause_is_command(const char *name)
{
	for (int i = 0; mst_clause_commands[i] != NULL; i++)
	{
		if (strcmp(name, mst_clause_commands[i]) == 0)
			return true;
	}
	return false;
}

/* Steps over word characters. */
static const char *
skip_word(const char *p, const char *end)
{
	int			n;

	while ((n = mst_utf8_skip_word(p, end)) > 0)
		p += n;
	return p;
}

/*
 * A target is a text without white space, "word word=..." or
 * "word(word=...)", the last two on one line.  A final line feed, as a block
 * of text has, does not matter.
 */
static bool
is_target(const char *text, int len)
{
	const char *end = text + len;
	const char *p;
	const char *key;
	bool		has_space = false;

	if (len > 0 && text[len - 1] == '\n')
		end = text + --len;
	for (p = text; p < end && !has_space; p++)
		has_space = mst_utf8_skip_space(p, end) > 0;
	if (!has_space)
		return len > 0;
	if (memchr(text, '\n', len) != NULL)
		return false;
	p = skip_word(text, end);
	if (p == text || p >= end || (*p != ' ' && *p != '('))
		return false;
	if (*p == '(' && end[-1] != ')')
		return false;
	key = p + 1;
	p = skip_word(key, end);
	return p > key && p < end && *p == '=';
}

/*
 * Checks a target given as text.  With a guard, any text goes that has a
 * command at its front.  Expressions of parameters are compiled when they are
 * needed.
 */
static bool
check_target(SpecContext *cxt, const SpecNode *node, bool is_guarded)
{
	ShorthandText parsed;

	if (node->kind != NODE_STRING)
		return mst_check_invalid(cxt, node,
								 "a target must be the name of a task or engine command, not %s",
								 mst_node_brief(node));
	if ((!is_guarded && !is_target(node->u.text, node->len)) ||
		!mst_shorthand_parse(node, &parsed))
	{
		mst_check_invalid(cxt, node, "\"%s\" cannot be a target", node->u.text);
		return mst_check_hint(cxt, "A target is the name of a task, or an engine command like fail msg=\"text\".");
	}
	return mst_check_syntax(cxt, mst_node_string(parsed.command, strlen(parsed.command),
												 node));
}

/* A target with its guard. */
static bool
check_guarded(SpecContext *cxt, SpecNode *node)
{
	SpecNode   *key = node->u.entries[0].key;
	bool		ok;

	if (!check_target(cxt, key, true))
		return false;
	mst_check_enter(cxt, NULL, key->u.text);
	ok = mst_check_expression(cxt, node->u.entries[0].value);
	mst_check_leave(cxt);
	return ok;
}

static bool
check_list_entry(SpecContext *cxt, SpecNode *node)
{
	if (node->kind == NODE_MAP && node->len == 1)
		return check_guarded(cxt, node);
	if (node->kind == NODE_MAP)
	{
		mst_check_invalid(cxt, node,
						  "an entry must have one target with its guard, not %d",
						  node->len);
		return mst_check_hint(cxt, "Write a list entry of its own for each target.");
	}
	return check_target(cxt, node, false);
}

/* The entries of a list must differ. */
static bool
check_distinct(SpecContext *cxt, SpecNode *list)
{
	SpecNode   *seen = mst_node_new(NODE_MAP, NULL);

	for (int i = 0; i < list->len && cxt->validate; i++)
	{
		SpecNode   *entry = list->u.items[i];
		bool		is_new;

		if (entry->kind == NODE_MAP)
		{
			/* the same target may be there with different guards */
			char	   *text = mst_node_json(entry);

			is_new = mst_node_set(seen, mst_node_string(text, strlen(text), NULL), entry);
		}
		else
			is_new = mst_node_set(seen, entry, entry);
		if (!is_new)
			return mst_check_invalid(cxt, entry, "the list holds %s twice",
									 mst_node_brief(entry));
	}
	return true;
}

/* A string, a list, or a mapping of one target to its guard. */
static bool
check_targets(SpecContext *cxt, SpecNode *node)
{
	if (node->kind == NODE_MAP && node->len == 1)
		return check_guarded(cxt, node);
	if (node->kind == NODE_STRING)
		return check_target(cxt, node, false);
	if (node->kind != NODE_LIST || node->len == 0)
		return mst_check_invalid(cxt, node,
								 "value must be a target, a list of targets or a mapping of a target to its guard, not %s",
								 mst_node_brief(node));
	for (int i = 0; i < node->len; i++)
	{
		bool		ok;

		CHECK_FOR_INTERRUPTS();
		mst_check_enter_item(cxt, i + 1);
		ok = check_list_entry(cxt, node->u.items[i]);
		mst_check_leave(cxt);
		if (!ok)
			return false;
	}
	return check_distinct(cxt, node);
}

/* of publish */
#define N_SCOPES 3

/* Checks the variables that an on-clause publishes, by scope. */
static bool
check_publish(SpecContext *cxt, SpecNode *node)
{
	static const AttributeRule scopes[] = {
		{"branch", mst_check_template},
		{"global", mst_check_template},
		{"atomic", mst_check_template},
		UNUSED_ATTRIBUTES
	};
	bool		has_scope = false;

	if (node->kind != NODE_MAP || node->len == 0)
		return mst_check_invalid(cxt, node,
								 "value must be a mapping with the keys branch, global or atomic, not %s",
								 mst_node_brief(node));
	mst_check_warn_unused(cxt, node, "publish");
	for (int i = 0; i < N_SCOPES; i++)
		has_scope |= mst_node_get(node, scopes[i].name) != NULL;
	if (mst_node_get(node, "atomic") != NULL)
		mst_check_warn(cxt, node, "what is published under \"atomic\" is ignored");
	if (mst_check_attributes(cxt, node, "publish", scopes, lengthof(scopes), false))
		return has_scope ||
			mst_check_invalid(cxt, node, "one of branch, global and atomic must be there");
	if (cxt->report->error->hint == NULL)
		mst_check_hint(cxt, "Variables stand under \"branch\" or \"global\".");
	return false;
}

/* Returns whether the mapping is the form with "publish" and "next". */
static bool
is_advanced(const SpecNode *node)
{
	return mst_node_get(node, "publish") != NULL ||
		mst_node_get(node, "next") != NULL || node->len != 1;
}

/*
 * Checks an on-clause.
 */
bool
mst_check_clause(SpecContext *cxt, SpecNode *node)
{
	static const AttributeRule rules[] = {
		{"publish", check_publish},
		{"next", check_targets}
	};

	if (node->kind != NODE_MAP)
		return check_targets(cxt, node);
	if (node->len == 0)
		return mst_check_invalid(cxt, node, "an empty mapping has no meaning here");
	if (!is_advanced(node))
	{
		if (!check_guarded(cxt, node))
			return false;
		mst_check_warn(cxt, node,
					   "a guarded target that is not in a list is lost by other engines");
		mst_check_warn_hint(cxt, "Put \"- \" in front of it.");
		return true;
	}
	return mst_check_attributes(cxt, node, "an on-clause", rules,
								lengthof(rules), false);
}

/* ---- taking apart ---- */

static void
parse_target(const SpecNode *text, SpecNode *guard, TargetText *target)
{
	ShorthandText parsed;

	target->at = text;
	target->guard = guard;
	if (text->kind == NODE_STRING && mst_shorthand_parse(text, &parsed))
	{
		target->name = parsed.command;
		target->params = parsed.params;
	}
	else
	{
		/* only where checks are skipped */
		target->name = text->kind == NODE_STRING ? text->u.text : mst_node_json(text);
		target->params = NULL;
	}
}

static void
parse_entry(const SpecNode *node, TargetText *target)
{
	if (node->kind == NODE_MAP && node->len > 0)
		parse_target(node->u.entries[0].key, node->u.entries[0].value, target);
	else
		parse_target(node, NULL, target);
}

static void
parse_targets(const SpecNode *node, ClauseText *result)
{
	result->n_targets = node->kind == NODE_LIST ? node->len : 1;
	result->targets = palloc0(Max(result->n_targets, 1) * sizeof(TargetText));
	if (node->kind != NODE_LIST)
		parse_entry(node, &result->targets[0]);
	else
	{
		for (int i = 0; i < node->len; i++)
			parse_entry(node->u.items[i], &result->targets[i]);
	}
}

/* Takes a clause apart that has been checked; NULL gives an empty one. */
void
mst_clause_parse(const SpecNode *node, ClauseText *result)
{
	SpecNode   *next;

	memset(result, 0, sizeof(*result));
	if (node == NULL)
		return;
	result->at = node;
	if (node->kind != NODE_MAP || !is_advanced(node))
	{
		parse_targets(node, result);
		return;
	}
	result->publish = mst_node_get(node, "publish");
	next = mst_node_get(node, "next");
	if (next != NULL)
		parse_targets(next, result);
}
