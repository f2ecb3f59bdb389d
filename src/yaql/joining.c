/*-------------------------------------------------------------------------
 *
 * joining.c
 *	  Joining two collections.
 *
 * join() gives every pair of items that satisfies the predicate, by nested
 * loops, left items outermost.  When the predicate compares what depends on
 * the left item alone with what depends on the right one alone, as in
 * "$1.owner = $2.name", the first left item's loop notes the key of each right
 * item, and for the other left items the matching ones are looked up.  That
 * holds as long as all keys on the right are scalars; otherwise the loops go
 * on.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "value/compare.h"
#include "value/dict.h"
#include "value/list.h"
#include "value/make.h"
#include "yaql/builtin_tables.h"
#include "yaql/resolve.h"
#include "yaql/sequences.h"

typedef enum JoinState
{
	JOIN_FIRST,					/* the first left item's loop is under way */
	JOIN_LOOP,					/* all others loop, too */
	JOIN_INDEX					/* the others look up matches */
} JoinState;

typedef struct JoinIterator
{
	ExprIterator iterator;
	YaqlSource	left;
	YaqlSource	right;			/* drawn from once, into right_items */
	ExprList   *right_items;
	const YaqlLambda *predicate;
	const YaqlLambda *selector;
	ExprValue	pair[2];
	bool		has_left;
	JoinState	state;
	int			at;				/* of right_items, or of matches */

	const YaqlNode *left_key;	/* NULL: the predicate is no such comparison */
	const YaqlNode *right_key;
	ExprDict   *index;			/* lists of places in right_items, by key */
	ExprList   *matches;		/* those of the left item, or NULL */
} JoinIterator;

/* ---- which predicates are keys ---- */

#define USES_LEFT	0x01
#define USES_RIGHT	0x02
#define USES_OTHER	0x04		/* anything that may change from pair to pair */

static int	node_uses(const YaqlNode *node);

static int
uses_of_call(const YaqlCallSite *site)
{
	int			result = 0;

	/* lambdas have variables of their own */
	if (site->lazy != NULL || site->resolution != YAQL_RESOLVED)
		return USES_OTHER;
	for (int i = 0; i < site->nargs + site->nnamed; i++)
		result |= node_uses(site->args[i]);
	return result;
}

/* Returns the inputs on which the value of a node depends. */
static int
node_uses(const YaqlNode *node)
{
	switch (node->kind)
	{
		case YAQL_NODE_CONST:
			return 0;
		case YAQL_NODE_VARIABLE:
			if (node->u.variable.position == 1)
				return USES_LEFT;
			return node->u.variable.position == 2 ? USES_RIGHT : USES_OTHER;
		case YAQL_NODE_PROPERTY:
			return node_uses(node->u.property.receiver);
		case YAQL_NODE_CALL:
			return uses_of_call(node->u.call);
		case YAQL_NODE_INDEX:
			if (node->u.call->nargs == 2 && node->u.call->nnamed == 0)
				return node_uses(node->u.call->args[0]) | node_uses(node->u.call->args[1]);
			return USES_OTHER;
		default:
			return USES_OTHER;
	}
}

static void
find_keys(JoinIterator *it)
{
	const YaqlNode *body = it->predicate->body;
	int			first;
	int			second;

	if (body->kind != YAQL_NODE_BINARY || body->op != YAQL_TOK_EQ ||
		it->predicate->scope->has_functions)
		return;
	first = node_uses(body->u.pair.left);
	second = node_uses(body->u.pair.right);
	if (first == USES_LEFT && second == USES_RIGHT)
	{
		it->left_key = body->u.pair.left;
		it->right_key = body->u.pair.right;
	}
	else if (first == USES_RIGHT && second == USES_LEFT)
	{
		it->left_key = body->u.pair.right;
		it->right_key = body->u.pair.left;
	}
}

/* Scalars, but not NaN, which does not even equal itself. */
static bool
is_scalar(const ExprValue *v)
{
	return v->kind <= EXPR_STRING && !(v->kind == EXPR_FLOAT && isnan(v->u.real));
}

static bool
eval_key(EvalContext *cxt, const JoinIterator *it, const YaqlNode *key, ExprValue *result)
{
	YaqlLambda	lambda = *it->predicate;

	lambda.body = key;
	return mst_yaql_apply(cxt, &lambda, it->pair, 2, result);
}

/* ---- the index ---- */

/* Notes the place of the right item in the pair; gives up when its key is no scalar. */
static bool
add_to_index(EvalContext *cxt, JoinIterator *it, const ExprValue *key, int place)
{
	ExprValue	position = mst_value_int(place);
	ExprValue	list;
	bool		found;

	if (!is_scalar(key))
	{
		it->index = NULL;
		return true;
	}
	if (!mst_dict_get(cxt, it->index, key, &list, &found))
		return false;
	if (!found)
	{
		list = mst_value_list(mst_list_new(1), false);
		if (!mst_dict_set(cxt, it->index, key, &list))
			return false;
	}
	return mst_list_append(cxt, list.u.list, &position);
}

/* Finds the matches of the left item in the pair. */
static bool
look_up(EvalContext *cxt, JoinIterator *it)
{
	ExprValue	key;
	ExprValue	list;
	bool		found = false;

	if (mst_list_length(it->right_items) == 0)
		return true;
	if (!eval_key(cxt, it, it->left_key, &key) ||
		(is_scalar(&key) && !mst_dict_get(cxt, it->index, &key, &list, &found)))
		return false;
	it->matches = found ? list.u.list : NULL;
	return true;
}

/* ---- pairs ---- */

/* Answers whether the pair satisfies the predicate, and notes its right key. */
static bool
test_pair(EvalContext *cxt, JoinIterator *it, bool *matches)
{
	ExprValue	left;
	ExprValue	right;

	if (it->state != JOIN_FIRST || it->index == NULL)
	{
		if (!mst_yaql_apply(cxt, it->predicate, it->pair, 2, &left))
			return false;
		*matches = mst_value_is_true(&left);
		return true;
	}
	return eval_key(cxt, it, it->left_key, &left) &&
		eval_key(cxt, it, it->right_key, &right) &&
		add_to_index(cxt, it, &right, it->at - 1) &&
		mst_value_equal(cxt, &left, &right, matches);
}

/* The next right item to test with the left one, drawn or remembered. */
static ExprNext
next_right(EvalContext *cxt, JoinIterator *it)
{
	ExprNext	next;

	if (it->state == JOIN_FIRST)
	{
		next = mst_yaql_draw(cxt, &it->right, &it->pair[1]);
		if (next == EXPR_NEXT_ITEM && !mst_list_append(cxt, it->right_items, &it->pair[1]))
			return EXPR_NEXT_ERROR;
		it->at++;
		return next;
	}
	if (it->at >= mst_list_length(it->right_items))
		return EXPR_NEXT_END;
	return mst_list_get(cxt, it->right_items, it->at++, &it->pair[1]) ?
		EXPR_NEXT_ITEM : EXPR_NEXT_ERROR;
}

/* The next pair of the left item, by looping. */
static ExprNext
next_by_loop(EvalContext *cxt, JoinIterator *it)
{
	ExprNext	next;

	while ((next = next_right(cxt, it)) == EXPR_NEXT_ITEM)
	{
		bool		matches;

		if (!test_pair(cxt, it, &matches))
			return EXPR_NEXT_ERROR;
		if (matches)
			break;
	}
	if (next == EXPR_NEXT_END && it->state == JOIN_FIRST)
		it->state = it->index != NULL ? JOIN_INDEX : JOIN_LOOP;
	return next;
}

/* The next pair of the left item, by the places of its matches. */
static ExprNext
next_by_index(EvalContext *cxt, JoinIterator *it)
{
	ExprValue	place;

	if (it->matches == NULL || it->at >= mst_list_length(it->matches))
		return EXPR_NEXT_END;
	if (!mst_list_get(cxt, it->matches, it->at++, &place) ||
		!mst_list_get(cxt, it->right_items, (int) place.u.integer, &it->pair[1]))
		return EXPR_NEXT_ERROR;
	return EXPR_NEXT_ITEM;
}

static ExprNext
next_joined(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	JoinIterator *it = (JoinIterator *) iterator;
	ExprNext	next;

	for (;;)
	{
		if (!it->has_left)
		{
			next = mst_yaql_draw(cxt, &it->left, &it->pair[0]);
			if (next != EXPR_NEXT_ITEM)
				return next;
			it->has_left = true;
			it->at = 0;
			if (it->state == JOIN_INDEX && !look_up(cxt, it))
				return EXPR_NEXT_ERROR;
		}
		next = it->state == JOIN_INDEX ? next_by_index(cxt, it) : next_by_loop(cxt, it);
		if (next == EXPR_NEXT_ERROR)
			return next;
		if (next == EXPR_NEXT_ITEM)
			return mst_yaql_apply(cxt, it->selector, it->pair, 2, item) ?
				EXPR_NEXT_ITEM : EXPR_NEXT_ERROR;
		it->has_left = false;
	}
}

static const ExprIteratorOps join_ops = {"generator", next_joined, NULL};

static bool
fn_join(YaqlCall *call, ExprValue *result)
{
	JoinIterator *it = palloc0(sizeof(JoinIterator));

	it->iterator.ops = &join_ops;
	it->left = mst_yaql_source(&call->args[0]);
	it->right = mst_yaql_source(&call->args[1]);
	it->right_items = mst_list_new(0);
	it->predicate = mst_yaql_keep_lambda(&call->args[2]);
	it->selector = mst_yaql_keep_lambda(&call->args[3]);
	find_keys(it);
	if (it->left_key != NULL)
		it->index = mst_dict_new(0);
	*result = mst_value_iterator(&it->iterator);
	return true;
}

const YaqlBuiltin mst_yaql_join_functions[] =
{
	{"join", YAQL_METHOD,
		"collection1:iter collection2:iter predicate:lambda selector:lambda",
	fn_join},
	{NULL}
};
