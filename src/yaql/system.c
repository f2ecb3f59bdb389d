/*-------------------------------------------------------------------------
 *
 * system.c
 *	  Functions that make contexts and call functions by name.
 *
 * A context is a scope as a value, good for the left side of "->".
 *
 * These functions change what names mean: let() and with() bind values,
 * def() a function, unpack() the items of a collection.  Each gives a
 * context, a scope below the caller's, which "->" evaluates its right side
 * in; the caller's own scope never changes. def() binds the name before the
 * body is evaluated, so a function can call itself; depth is bounded by the
 * evaluation's limits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/dict.h"
#include "value/list.h"
#include "value/make.h"
#include "value/text.h"
#include "value/unicode.h"
#include "yaql/builtin_tables.h"
#include "yaql/generators.h"
#include "yaql/resolve.h"
#include "yaql/sequences.h"

/* Returns a context whose scope is empty and below the caller's. */
static YaqlScope *
new_context(YaqlCall *call, ExprValue *result)
{
	YaqlContextObject *context = palloc(sizeof(YaqlContextObject));
	YaqlScope  *scope = palloc0(sizeof(YaqlScope));

	scope->parent = mst_yaql_keep_scope(call->scope);
	scope->has_functions = scope->parent->has_functions;
	scope->kept = scope;
	context->object.ops = &mst_yaql_context_ops;
	context->scope = scope;
	*result = mst_value_object(&context->object);
	return scope;
}

static void
set_values(YaqlScope *scope, const ExprValue *values, int n)
{
	ExprValue  *copy = palloc(Max(n, 1) * sizeof(ExprValue));

	memcpy(copy, values, n * sizeof(ExprValue));
	scope->values = copy;
	scope->nvalues = n;
}

/* let(1, 2, name => 3), with(1, 2) */
static bool
fn_let(YaqlCall *call, ExprValue *result)
{
	YaqlScope  *scope = new_context(call, result);

	set_values(scope, call->rest, call->nrest);
	scope->names = call->named;
	scope->nnames = call->nnamed;
	return true;
}

/* "my_fn" as "myFn", without underscores at the end. */
static const char *
camel_case(const ExprValue *name, int *len)
{
	const char *s = name->u.string;
	const char *end = s + name->len;
	StringInfoData out;

	mst_text_init(&out);
	while (end > s && end[-1] == '_')
		end--;
	while (s < end)
	{
		uint32		upper[3];
		int			n;

		if (*s != '_' || s == name->u.string || s + 1 >= end)
		{
			appendStringInfoChar(&out, *s++);
			continue;
		}
		s++;
		n = mst_char_to_upper(mst_utf8_next(&s, end), upper);
		for (int i = 0; i < n; i++)
			mst_utf8_append(&out, upper[i]);
	}
	*len = out.len;
	return out.data;
}

/* def(name, body): the body sees the new function, so it can recurse */
static bool
fn_def(YaqlCall *call, ExprValue *result)
{
	YaqlScope  *scope = new_context(call, result);
	YaqlUserFunction *function = palloc(sizeof(YaqlUserFunction));

	function->name = camel_case(&call->args[0], &function->len);
	function->body = mst_yaql_lambda(&call->args[1])->body;
	scope->function = function;
	scope->has_functions = true;
	return true;
}

static bool
bind_names(YaqlCall *call, YaqlScope *scope, const ExprValue *items, int nitems)
{
	YaqlBinding *names;

	if (nitems != call->nrest)
		return mst_expr_fail(call->cxt, "ValueError", "Cannot unpack %d elements into %d",
							 nitems, call->nrest);
	names = palloc(call->nrest * sizeof(YaqlBinding));
	for (int i = 0; i < call->nrest; i++)
	{
		names[i].name = call->rest[i].u.string;
		names[i].len = call->rest[i].len;
		names[i].value = items[i];
	}
	scope->names = names;
	scope->nnames = call->nrest;
	return true;
}

/*
 * Returns whether a function gets the value as a bare iterator, which is
 * neither a list nor a set.
 */
static bool
is_passed_once(const ExprValue *v)
{
	return v->kind != EXPR_LIST && !mst_yaql_is_set_like(v);
}

/*
 * collection.unpack(a, b): no more items are drawn than needed to see that
 * there are too many.  Without names, an iterator loses its first item, because
 * the reference looks whether there is one before it goes through them.
 */
static bool
fn_unpack(YaqlCall *call, ExprValue *result)
{
	ExprList   *list = mst_list_new(call->nrest + 1);
	YaqlScope  *scope = new_context(call, result);
	ExprCursor	cursor;
	ExprNext	next = EXPR_NEXT_ITEM;
	ExprValue	item;
	ExprValue  *items;

	if (!mst_cursor_open(call->cxt, &cursor, &call->args[0]))
		return false;
	if (call->nrest == 0 && is_passed_once(&call->args[0]) &&
		mst_cursor_next(call->cxt, &cursor, &item) == EXPR_NEXT_ERROR)
		return false;
	while (call->nrest == 0 || mst_list_length(list) <= call->nrest)
	{
		next = mst_cursor_next(call->cxt, &cursor, &item);
		if (next != EXPR_NEXT_ITEM)
			break;
		if (!mst_list_append(call->cxt, list, &item))
			return false;
	}
	if (next == EXPR_NEXT_ERROR || (items = mst_list_items(call->cxt, list)) == NULL)
		return false;
	if (call->nrest > 0)
		return bind_names(call, scope, items, mst_list_length(list));
	set_values(scope, items, mst_list_length(list));
	return true;
}

static YaqlNode *
const_node(const ExprValue *value, bool is_keyword)
{
	YaqlNode   *node = palloc0(sizeof(YaqlNode));

	node->kind = YAQL_NODE_CONST;
	node->is_keyword = is_keyword;
	node->offset = -1;
	node->u.constant = *value;
	return node;
}

static YaqlNode *
mapping_node(const ExprValue *key, const ExprValue *value)
{
	YaqlNode   *node = palloc0(sizeof(YaqlNode));

	node->kind = YAQL_NODE_MAPPING;
	node->offset = -1;
	node->u.pair.left = const_node(key, key->kind == EXPR_STRING);
	node->u.pair.right = const_node(value, false);
	return node;
}

/* Fails for the first name given to a function that takes none. */
static bool
fail_named(YaqlCall *call)
{
	ExprValue	key;
	ExprValue	value;
	bool		more;
	int			pos = 0;

	if (!mst_dict_next(call->cxt, call->args[2].u.dict, &pos, &key, &value, &more))
		return false;
	return mst_expr_fail(call->cxt, "ArgumentException", "Invalid argument %s",
						 mst_value_brief(call->cxt, &key));
}

/*
 * call(name, args, kwargs, receiver): the call as it would have been written,
 * but that kwargs are names also where "=>" would be read as a pair
 */
static bool
fn_call(YaqlCall *call, ExprValue *result)
{
	EvalContext *cxt = call->cxt;
	const ExprValue *name = &call->args[0];
	bool		is_method = mst_yaql_arg_given(&call->args[3]);
	int			nlist = mst_list_length(call->args[1].u.list);
	int			nnamed = mst_dict_length(call->args[2].u.dict);
	YaqlNode  **args;
	ExprValue	key;
	ExprValue	value;
	bool		more;
	int			pos = 0;
	int			n = 0;

	if (nnamed > 0 && !mst_yaql_takes_names(name->u.string, name->len, is_method))
		return fail_named(call);
	if (!mst_expr_charge(cxt, (nlist + (int64) nnamed) * 4 * (int64) sizeof(YaqlNode)))
		return false;
	args = palloc((nlist + nnamed + 1) * sizeof(YaqlNode *));
	if (is_method)
		args[n++] = const_node(&call->args[3], false);
	for (int i = 0; i < nlist; i++)
	{
		if (!mst_list_get(cxt, call->args[1].u.list, i, &value))
			return false;
		args[n++] = const_node(&value, false);
	}
	nlist = n;
	for (;;)
	{
		if (!mst_dict_next(cxt, call->args[2].u.dict, &pos, &key, &value, &more))
			return false;
		if (!more)
			break;
		args[n++] = mapping_node(&key, &value);
	}
	return mst_yaql_eval(cxt, call->scope,
						 mst_yaql_make_call(name->u.string, name->len, is_method,
											args, nlist, n - nlist, -1),
						 result);
}

/* obj.assert(condition, message); the condition may use up what it looks at */
static bool
fn_assert(YaqlCall *call, ExprValue *result)
{
	const ExprValue *message = &call->args[2];
	bool		holds;

	*result = call->args[0];
	if (mst_yaql_is_single_pass(result) &&
		!mst_yaql_memorize(call->cxt, result, result))
		return false;
	if (!mst_yaql_test(call->cxt, mst_yaql_lambda(&call->args[1]), result, &holds))
		return false;
	if (holds)
		return true;
	if (message->kind == EXPR_STRING)
		return mst_expr_fail(call->cxt, "AssertionError", "%.*s", message->len, message->u.string);
	return mst_expr_fail(call->cxt, "AssertionError", "Assertion failed");
}

const YaqlBuiltin mst_yaql_system_functions[] =
{
	{"assert", YAQL_METHOD, "obj:any? condition:lambda message:str=none", fn_assert},
	{"call", YAQL_FUNCTION, "name:str args:list kwargs:dict receiver:any?=none", fn_call},
	{"def", YAQL_FUNCTION, "name:str func:lambda", fn_def},
	{"let", YAQL_FUNCTION, "*args:any? **kwargs:any?", fn_let},
	{"unpack", YAQL_METHOD, "sequence:iter *names:str", fn_unpack},
	{"with", YAQL_FUNCTION, "*args:any?", fn_let},
	{NULL}
};
