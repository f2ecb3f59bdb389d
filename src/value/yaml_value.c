/*-------------------------------------------------------------------------
 *
 * yaml_value.c
 *	  Values from and to YAML text, through the trees of src/tree.
 *
 * Python's yaml.safe_load() and safe_dump(), by the trees of src/tree,
 * which know YAML 1.1 but no values.  Keys are sorted when a mapping is
 * written, as the library does; keys of unlike kinds, which Python cannot
 * compare, stay in their order.  Lists as keys become tuples, because a key
 * has to be hashable.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "tree/node.h"
#include "tree/yaml.h"
#include "value/compare.h"
#include "value/datetime.h"
#include "value/dict.h"
#include "value/evaluation.h"
#include "value/list.h"
#include "value/make.h"
#include "value/number.h"
#include "value/text.h"
#include "value/yaml_value.h"

static bool value_from_node(EvalContext *cxt, const SpecNode *node, ExprValue *result);
static bool node_from_value(EvalContext *cxt, const ExprValue *v, SpecNode **result);

/* ---- reading ---- */

/* A mapping's keys have to be hashable: lists as keys are tuples to YAML. */
static bool
key_from_node(EvalContext *cxt, const SpecNode *node, ExprValue *result)
{
	if (!value_from_node(cxt, node, result))
		return false;
	if (node->kind == NODE_MAP || node->kind == NODE_LIST || node->kind == NODE_SET)
		return mst_expr_fail(cxt, "ConstructorError",
							 "while constructing a mapping\nfound unhashable key");
	return true;
}

/*
 * Makes a dictionary, or a set, of a mapping node; keys may be of any kind
 * that can be hashed.
 */
static bool
dict_from_node(EvalContext *cxt, const SpecNode *node, ExprValue *result)
{
	ExprDict   *dict = mst_dict_new(node->len);
	ExprValue	key;
	ExprValue	value = mst_value_null();
	int			i;

	for (i = 0; i < node->len; i++)
	{
		if (!mst_expr_step(cxt) || !key_from_node(cxt, node->u.entries[i].key, &key))
			return false;
		if (node->kind == NODE_MAP && !value_from_node(cxt, node->u.entries[i].value, &value))
			return false;
		if (!mst_dict_set(cxt, dict, &key, &value))
			return false;
	}
	*result = node->kind == NODE_MAP ? mst_value_dict(dict, false) : mst_value_set(dict, false);
	return true;
}

/* Makes a list of a list node. */
static bool
list_from_node(EvalContext *cxt, const SpecNode *node, ExprValue *result)
{
	ExprList   *list = mst_list_new(node->len);
	ExprValue	item;
	int			i;

	for (i = 0; i < node->len; i++)
	{
		if (!mst_expr_step(cxt) || !value_from_node(cxt, node->u.items[i], &item) ||
			!mst_list_append(cxt, list, &item))
			return false;
	}
	*result = mst_value_list(list, false);
	return true;
}

/*
 * Makes a date or a time of a YAML timestamp. One without a zone is naive, and
 * one without a time is a date: Python has three kinds, which repr() tells
 * apart.
 */
static bool
time_from_node(EvalContext *cxt, const SpecNode *node, ExprValue *result)
{
	YamlTime	t;
	ExprDateParts parts = {0};

	if (!mst_yaml_parse_time(node->u.text, node->len, &t))
		return mst_expr_fail(cxt, "ValueError", "invalid timestamp: %s", node->u.text);
	parts.year = t.year;
	parts.month = t.month;
	parts.day = t.day;
	parts.hour = t.hour;
	parts.minute = t.minute;
	parts.second = t.second;
	parts.microsecond = t.microsecond;
	if (!mst_datetime_make(cxt, &parts, (int64) t.zone_minutes * 60 * EXPR_USECS_PER_SECOND, result))
		return false;
	result->u.datetime->is_date = !t.has_time;
	result->u.datetime->is_naive = !t.has_zone;
	return true;
}

/* Makes an integer of digits with a sign. */
static bool
bigint_from_node(EvalContext *cxt, const SpecNode *node, ExprValue *result)
{
	bool		is_negative = node->u.text[0] == '-';

	return mst_number_from_digits(cxt, node->u.text + is_negative, node->len - is_negative, 10, result) &&
		(!is_negative || mst_number_negate(cxt, result, result));
}

/*
 * Makes the value of a node, which shares the strings of the tree. Binary data
 * fails, as it can be in no result.
 */
static bool
value_from_node(EvalContext *cxt, const SpecNode *node, ExprValue *result)
{
	bool		ok;

	switch (node->kind)
	{
		case NODE_NULL:
			*result = mst_value_null();
			return true;
		case NODE_BOOL:
			*result = mst_value_bool(node->u.boolean);
			return true;
		case NODE_INT:
			*result = mst_value_int(node->u.integer);
			return true;
		case NODE_BIGINT:
			return bigint_from_node(cxt, node, result);
		case NODE_FLOAT:
			*result = mst_value_float(node->u.real);
			return true;
		case NODE_STRING:
			*result = mst_value_string(node->u.text, node->len);
			return true;
		case NODE_BINARY:
			return mst_expr_fail(cxt, "TypeError", "Object of type bytes is not JSON serializable");
		case NODE_TIME:
			return time_from_node(cxt, node, result);
		case NODE_LIST:
		case NODE_MAP:
		case NODE_SET:
			if (!mst_expr_enter(cxt))
				return false;
			ok = node->kind == NODE_LIST ? list_from_node(cxt, node, result) :
				dict_from_node(cxt, node, result);
			mst_expr_leave(cxt);
			return ok;
	}

	elog(ERROR, "unrecognized node kind: %d", (int) node->kind);
	return false;
}

/*
 * Reads YAML as yaml.safe_load does; YAMLError with its message when it
 * cannot be read.
 */
bool
mst_value_yaml_parse(EvalContext *cxt, const ExprValue *text, ExprValue *result)
{
	YamlOptions options;
	YamlError	error;
	SpecNode   *node;

	if (text->kind != EXPR_STRING)
		return mst_expr_fail(cxt, "AttributeError", "'%s' object has no attribute 'read'",
							 mst_value_type_name(text));
	mst_yaml_plain_options(&options);
	options.max_bytes = Min(options.max_bytes, cxt->limits.max_bytes);
	options.max_nodes = Min(options.max_nodes, cxt->limits.max_items);
	options.max_depth = Min(options.max_depth, cxt->limits.max_depth);
	node = mst_yaml_load(text->u.string, text->len, &options, &error);
	if (node != NULL)
		return value_from_node(cxt, node, result);
	if (error.is_limit)
		return mst_expr_fail_limit(cxt, error.cause, "%s", error.message);
	if (error.line > 0)
		return mst_expr_fail(cxt, error.cause, "%s\n  in \"<unicode string>\", line %d, column %d",
							 error.message, error.line, error.column);
	return mst_expr_fail(cxt, error.cause, "%s", error.message);
}

/* ---- writing ---- */

/* Keys sort as Python sorts them; unlike kinds stay in their order. */
static bool
key_less(EvalContext *cxt, const ExprValue *a, const ExprValue *b, void *arg, bool *result)
{
	bool		a_number = mst_value_is_number(a) || a->kind == EXPR_BOOL;
	bool		b_number = mst_value_is_number(b) || b->kind == EXPR_BOOL;

	*result = false;
	if ((a_number && b_number) || (a->kind == EXPR_STRING && b->kind == EXPR_STRING))
		return mst_value_order(cxt, EXPR_LT, a, b, result);
	*(bool *) arg = true;
	return true;
}

/*
 * Makes a mapping of a dictionary or a set, in the order of the keys, as
 * Python's YAML writes them; keys that have no order among them stay in
 * theirs.
 */
static bool
map_from_value(EvalContext *cxt, ExprDict *dict, NodeKind kind, SpecNode **result)
{
	ExprValue  *keys;
	ExprValue  *values;
	int			n;
	bool		is_mixed = false;

	if (!mst_dict_entries(cxt, dict, key_less, &is_mixed, &keys, &values, &n) ||
		(is_mixed && !mst_dict_entries(cxt, dict, NULL, NULL, &keys, &values, &n)))
		return false;

	*result = mst_node_new(kind, NULL);
	for (int i = 0; i < n; i++)
	{
		SpecNode   *key_node;
		SpecNode   *value_node;

		if (!node_from_value(cxt, &keys[i], &key_node))
			return false;
		if (kind == NODE_SET)
			value_node = mst_node_new(NODE_NULL, NULL);
		else if (!node_from_value(cxt, &values[i], &value_node))
			return false;
		(void) mst_node_set(*result, key_node, value_node);
	}
	return true;
}

/* Makes a list node of a list. */
static bool
list_from_value(EvalContext *cxt, ExprList *list, SpecNode **result)
{
	ExprValue  *items = mst_list_items(cxt, list);
	int			n = mst_list_length(list);
	SpecNode   *item;
	int			i;

	if (items == NULL)
		return false;
	*result = mst_node_new(NODE_LIST, NULL);
	for (i = 0; i < n; i++)
	{
		if (!mst_expr_step(cxt) || !node_from_value(cxt, &items[i], &item))
			return false;
		mst_node_append(*result, item);
	}
	return true;
}

/* Returns the text of a node whose value is kept as text. */
static SpecNode *
text_node(NodeKind kind, StringInfo text)
{
	SpecNode   *node = mst_node_new(kind, NULL);

	node->u.text = text->data;
	node->len = text->len;
	return node;
}

/*
 * Makes a node of a value without parts. What YAML cannot say (a safe string,
 * a function, an undefined value) fails in the words of Python's representer.
 */
static bool
scalar_from_value(EvalContext *cxt, const ExprValue *v, SpecNode **result)
{
	StringInfoData text;

	switch ((ExprKind) v->kind)
	{
		case EXPR_NULL:
			*result = mst_node_new(NODE_NULL, NULL);
			return true;
		case EXPR_BOOL:
			*result = mst_node_boolean(v->u.boolean, NULL);
			return true;
		case EXPR_INT:
			*result = mst_node_integer(v->u.integer, NULL);
			return true;
		case EXPR_BIGINT:
			mst_text_init(&text);
			if (!mst_number_append_int(cxt, &text, v, 10))
				return false;
			*result = text_node(NODE_BIGINT, &text);
			return true;
		case EXPR_FLOAT:
			*result = mst_node_new(NODE_FLOAT, NULL);
			(*result)->u.real = v->u.real;
			return true;
		case EXPR_STRING:
			if ((v->flags & EXPR_MARKUP) == 0)
			{
				*result = mst_node_string(v->u.string, v->len, NULL);
				return true;
			}
			break;
		case EXPR_DATETIME:
			mst_text_init(&text);
			mst_datetime_append(&text, v->u.datetime);
			*result = text_node(NODE_TIME, &text);
			return true;
		default:
			break;
	}
	return mst_expr_fail(cxt, "RepresenterError", "('cannot represent an object', %s)",
						 mst_value_brief(cxt, v));
}

/* Makes a tree of a value, with the limits of the evaluation. */
static bool
node_from_value(EvalContext *cxt, const ExprValue *v, SpecNode **result)
{
	bool		ok;

	/* the frozen kind of set is unknown to Python's YAML */
	if (v->kind != EXPR_LIST && v->kind != EXPR_DICT &&
		(v->kind != EXPR_SET || mst_value_is_frozen(v)))
		return scalar_from_value(cxt, v, result);
	if (!mst_expr_enter(cxt))
		return false;
	if (v->kind == EXPR_LIST)
		ok = list_from_value(cxt, v->u.list, result);
	else
		ok = map_from_value(cxt, v->u.dict, v->kind == EXPR_DICT ? NODE_MAP : NODE_SET, result);
	mst_expr_leave(cxt);
	return ok;
}

/*
 * Appends YAML as yaml.safe_dump(default_flow_style=False) makes it. Fails by
 * limits, and by values that have no form there.
 */
bool
mst_value_yaml_dump(EvalContext *cxt, StringInfo out, const ExprValue *v)
{
	SpecNode   *node;

	if (!node_from_value(cxt, v, &node))
		return false;
	mst_yaml_dump(node, true, out);
	return true;
}
