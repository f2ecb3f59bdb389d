/*-------------------------------------------------------------------------
 *
 * check_limits.c
 *	  The checks of "limits", of "concurrency" over all executions, and of
 *	  "priority".
 *
 * A limit is the name of one that the database keeps, or a mapping with a name,
 * a key, and how many run at a time or begin within a window
 * (docs/language.md, "Limits").
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "dsl/limit_rules.h"
#include "util/rate.h"

static bool
has_expression(const SpecNode *node)
{
	return strstr(node->u.text, "<%") != NULL || strstr(node->u.text, "{{") != NULL;
}

static bool
check_limit_name(SpecContext *cxt, SpecNode *node)
{
	if (node->kind != NODE_STRING || node->len == 0)
		return mst_check_invalid(cxt, node, "the name of a limit must be a non-empty string, not %s",
								 mst_node_brief(node));
	if (pg_mbstrlen_with_len(node->u.text, node->len) > MAX_LIMIT_NAME && !has_expression(node))
		return mst_check_invalid(cxt, node, "the name of a limit must not be longer than %d characters",
								 MAX_LIMIT_NAME);
	return mst_check_syntax(cxt, node);
}

static bool
check_key(SpecContext *cxt, SpecNode *node)
{
	return mst_check_syntax(cxt, node);
}

static bool
check_max(SpecContext *cxt, SpecNode *node)
{
	if (node->kind == NODE_STRING)
		return mst_check_expression(cxt, node);
	if (node->kind == NODE_INT && node->u.integer >= 1 && node->u.integer <= MAX_LIMIT_COUNT)
		return true;
	return mst_check_invalid(cxt, node, "value must be an integer from 1 to %d, or an expression, not %s",
							 MAX_LIMIT_COUNT, mst_node_brief(node));
}

static bool
check_rate(SpecContext *cxt, SpecNode *node)
{
	int32		count;
	int32		window_s;

	if (node->kind == NODE_STRING && has_expression(node))
		return mst_check_syntax(cxt, node);
	if (node->kind == NODE_STRING && mst_rate_parse(node->u.text, &count, &window_s))
		return true;
	return mst_check_invalid(cxt, node, "value must be " RATE_FORM ", not %s", mst_node_brief(node));
}

static const AttributeRule limit_rules[] = {
	{"key", check_key},
	{"max", check_max},
	{"rate", check_rate},
	{"name", check_limit_name}
};

static bool
check_limit(SpecContext *cxt, SpecNode *node)
{
	if (node->kind == NODE_STRING)
		return check_limit_name(cxt, node);
	if (node->kind != NODE_MAP)
		return mst_check_invalid(cxt, node,
								 "a limit is a name, or a mapping with name, key, max and rate, not %s",
								 mst_node_brief(node));
	if (!mst_check_attributes(cxt, node, "a limit", limit_rules, lengthof(limit_rules), false))
		return false;
	if (mst_node_get(node, "name") == NULL && mst_node_get(node, "max") == NULL &&
		mst_node_get(node, "rate") == NULL)
	{
		mst_check_invalid(cxt, node, "a limit without a name has max, rate, or both");
		return mst_check_hint(cxt, "Write {key: <%% $.customer %%>, max: 1}, or name a limit of create_limit().");
	}
	return true;
}

/*
 * Checks the attribute "limits": a limit, or a list of them.
 */
bool
mst_check_limits(SpecContext *cxt, SpecNode *node)
{
	bool		ok = true;

	if (node->kind != NODE_LIST)
		return check_limit(cxt, node);
	if (node->len == 0 || node->len > MAX_TASK_LIMITS)
		return mst_check_invalid(cxt, node, "value must be a list of 1 to %d limits", MAX_TASK_LIMITS);
	for (int i = 0; i < node->len && ok; i++)
	{
		mst_check_enter_item(cxt, i + 1);
		ok = check_limit(cxt, node->u.items[i]);
		mst_check_leave(cxt);
	}
	return ok;
}

/*
 * Checks the attribute "concurrency": how many items run at a time or, as a
 * mapping, how many executions of the task.
 */
bool
mst_check_concurrency(SpecContext *cxt, SpecNode *node)
{
	if (node->kind != NODE_MAP)
		return mst_check_count(cxt, node);
	/* the rules but for rate and name */
	if (!mst_check_attributes(cxt, node, "concurrency", limit_rules, 2, false))
		return false;
	return mst_node_get(node, "max") != NULL ||
		mst_check_invalid(cxt, node, "attribute \"max\" is missing");
}

/*
 * Checks the attribute "priority".
 */
bool
mst_check_priority(SpecContext *cxt, SpecNode *node)
{
	if (node->kind == NODE_STRING)
		return mst_check_expression(cxt, node);
	if (node->kind == NODE_INT && node->u.integer >= MIN_PRIORITY && node->u.integer <= MAX_PRIORITY)
		return true;
	return mst_check_invalid(cxt, node, "value must be an integer from %d to %d, or an expression, not %s",
							 MIN_PRIORITY, MAX_PRIORITY, mst_node_brief(node));
}

/*
 * Returns the number in a text such as "10%", from 0 to 100; -1: it is none.
 */
int
mst_percentage(const char *text)
{
	size_t		digits = strspn(text, "0123456789");
	int			number = digits > 0 && digits <= 3 ? atoi(text) : -1;

	return number <= 100 && strcmp(text + digits, "%") == 0 ? number : -1;
}

/*
 * Checks the attribute "max-failures": a number of items, or their share.
 */
bool
mst_check_max_failures(SpecContext *cxt, SpecNode *node)
{
	if (node->kind == NODE_STRING && mst_percentage(node->u.text) >= 0)
		return true;
	if (node->kind == NODE_STRING && has_expression(node))
		return mst_check_expression(cxt, node);
	if (node->kind == NODE_INT && node->u.integer >= 0 && node->u.integer <= PG_INT32_MAX)
		return true;
	return mst_check_invalid(cxt, node, "value must be a number of items, a share such as 10%%, or an expression, not %s",
							 mst_node_brief(node));
}
