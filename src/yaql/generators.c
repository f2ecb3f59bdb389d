/*-------------------------------------------------------------------------
 *
 * generators.c
 *	  Lazy sequences that make their items, and those that repeat them.
 *
 * Some never end.  The limits of the evaluation do, and so does whoever
 * draws no more.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/compare.h"
#include "value/dict.h"
#include "value/list.h"
#include "value/make.h"
#include "value/number.h"
#include "value/range.h"
#include "yaql/builtin_tables.h"
#include "yaql/generators.h"
#include "yaql/sequences.h"

/* ---- memorize ---- */

/* Items drawn so far, shared by all passes. */
typedef struct Memory
{
	YaqlSource	source;
	ExprList   *items;
	bool		has_ended;
} Memory;

typedef struct MemorizedIterator
{
	ExprIterator iterator;
	Memory	   *memory;
	int			at;
} MemorizedIterator;

static ExprNext next_memorized(EvalContext *cxt, ExprIterator *iterator, ExprValue *item);
static bool restart_memorized(EvalContext *cxt, ExprIterator *iterator, ExprIterator **fresh);

static const ExprIteratorOps memorized_ops = {"generator", next_memorized, restart_memorized};

/*
 * Returns an iterator over what the memory has, and will have, from the
 * beginning. All passes share the memory, which draws each item once.
 */
static MemorizedIterator *
make_pass(Memory *memory)
{
	MemorizedIterator *it = palloc0(sizeof(MemorizedIterator));

	it->iterator.ops = &memorized_ops;
	it->memory = memory;
	return it;
}

/* Goes through the same items again; nothing is drawn anew. */
static bool
restart_memorized(EvalContext *cxt, ExprIterator *iterator, ExprIterator **fresh)
{
	*fresh = &make_pass(((MemorizedIterator *) iterator)->memory)->iterator;
	return true;
}

/*
 * Hands on what is in memory, then draws the next item into it. An error
 * leaves the memory as it is, so another pass fails at the same place.
 */
static ExprNext
next_memorized(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	MemorizedIterator *it = (MemorizedIterator *) iterator;
	Memory	   *memory = it->memory;
	ExprNext	next;

	if (it->at >= mst_list_length(memory->items))
	{
		if (memory->has_ended)
			return EXPR_NEXT_END;
		next = mst_yaql_draw(cxt, &memory->source, item);
		memory->has_ended = next == EXPR_NEXT_END;
		if (next != EXPR_NEXT_ITEM)
			return next;
		if (!mst_list_append(cxt, memory->items, item))
			return EXPR_NEXT_ERROR;
	}
	return mst_list_get(cxt, memory->items, it->at++, item) ?
		EXPR_NEXT_ITEM : EXPR_NEXT_ERROR;
}

/*
 * A sequence that remembers the items of a collection and starts again for
 * each pass.
 */
bool
mst_yaql_memorize(EvalContext *cxt, const ExprValue *collection, ExprValue *result)
{
	Memory	   *memory = palloc0(sizeof(Memory));

	memory->source = mst_yaql_source(collection);
	memory->items = mst_list_new(0);
	*result = mst_value_iterator(&make_pass(memory)->iterator);
	return true;
}

/* items.memorize(): makes an iterator one that can be gone through again. */
static bool
fn_memorize(YaqlCall *call, ExprValue *result)
{
	/* others can be gone through again as they are */
	if (call->args[0].kind != EXPR_ITERATOR)
	{
		*result = call->args[0];
		return true;
	}
	return mst_yaql_memorize(call->cxt, &call->args[0], result);
}

/* The collection, or the other when it is empty; a sequence is asked for one item. */
static bool
fn_default_if_empty(YaqlCall *call, ExprValue *result)
{
	YaqlSource	source;
	ExprValue	item;
	ExprNext	next;

	*result = call->args[0];
	if (call->args[0].kind == EXPR_ITERATOR &&
		!mst_yaql_memorize(call->cxt, &call->args[0], result))
		return false;
	source = mst_yaql_source(result);
	next = mst_yaql_draw(call->cxt, &source, &item);
	if (next == EXPR_NEXT_END)
		*result = call->args[1];
	return next != EXPR_NEXT_ERROR;
}

/* ---- cycle and repeat ---- */

/* source: the memorized collection; flag: this pass has given an item */
static ExprNext
next_cycled(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	YaqlIterator *it = (YaqlIterator *) iterator;

	for (;;)
	{
		ExprNext	next = mst_yaql_draw(cxt, &it->source, item);

		if (next == EXPR_NEXT_ITEM)
			it->flag = true;
		if (next != EXPR_NEXT_END || !it->flag)
			return next;
		it->flag = false;
		it->source = mst_yaql_source(&it->source.collection);
	}
}

/* value, count times; forever when the count is negative */
static ExprNext
next_repeated(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	YaqlIterator *it = (YaqlIterator *) iterator;

	if (it->count == 0)
		return EXPR_NEXT_END;
	if (it->count > 0)
		it->count--;
	*item = it->value;
	return EXPR_NEXT_ITEM;
}

static const ExprIteratorOps cycle_ops = {"itertools.cycle", next_cycled, NULL};
static const ExprIteratorOps repeat_ops = {"itertools.repeat", next_repeated, NULL};

/*
 * items.cycle(): the items again and again, without end. The first pass fills
 * the memory from which the next ones are taken; who draws without a bound
 * meets the limit of steps.
 */
static bool
fn_cycle(YaqlCall *call, ExprValue *result)
{
	YaqlIterator *it = mst_yaql_new_iterator(call, &cycle_ops, result);
	ExprValue	memorized;

	if (!mst_yaql_memorize(call->cxt, &call->args[0], &memorized))
		return false;
	it->source = mst_yaql_source(&memorized);
	return true;
}

/* value.repeat(times); a negative number is without end. */
static bool
fn_repeat(YaqlCall *call, ExprValue *result)
{
	YaqlIterator *it = mst_yaql_new_iterator(call, &repeat_ops, result);

	it->value = call->args[0];
	return mst_yaql_count(call->cxt, &call->args[1], &it->count);
}

/* ---- range and sequence ---- */

/* Numbers from `current` on by `step`, before `stop` if that is given. */
typedef struct NumberIterator
{
	ExprIterator iterator;
	ExprValue	current;
	ExprValue	stop;			/* EXPR_NO_VALUE: never */
	ExprValue	step;
	int			direction;		/* sign of the step */
} NumberIterator;

/*
 * Hands on the next number. Numbers are values, since a sequence outgrows 64
 * bits.
 */
static ExprNext
next_number(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	NumberIterator *it = (NumberIterator *) iterator;

	if (it->stop.kind != EXPR_NO_VALUE)
	{
		int			order = mst_value_compare_numbers(&it->current, &it->stop);

		if (it->direction > 0 ? order >= 0 : order <= 0)
			return EXPR_NEXT_END;
	}
	*item = it->current;
	if (!mst_number_arith(cxt, EXPR_ADD, item, &it->step, &it->current))
		return EXPR_NEXT_ERROR;
	return EXPR_NEXT_ITEM;
}

static const ExprIteratorOps number_ops = {"range_iterator", next_number, NULL};

/*
 * Makes an iterator of numbers from start by step up to, and without, stop;
 * EXPR_NO_VALUE as stop is without end. The direction is taken from the step's
 * sign once, so a step of 0 of sequence() stands still.
 */
static bool
make_numbers(YaqlCall *call, const ExprValue *start, const ExprValue *stop,
			 const ExprValue *step, ExprValue *result)
{
	NumberIterator *it = palloc0(sizeof(NumberIterator));
	ExprValue	zero = mst_value_int(0);

	it->iterator.ops = &number_ops;
	it->stop = *stop;
	it->step = *step;
	it->direction = mst_number_sign(step);
	*result = mst_value_iterator(&it->iterator);

	/* booleans count as the integers they equal */
	return mst_number_arith(call->cxt, EXPR_ADD, start, &zero, &it->current);
}

/* range(stop) */
static bool
fn_range_to(YaqlCall *call, ExprValue *result)
{
	ExprValue	start = mst_value_int(0);
	ExprValue	step = mst_value_int(1);

	return make_numbers(call, &start, &call->args[0], &step, result);
}

/*
 * range(start, stop, step), in the words of Python's range() where the step is
 * 0.
 */
static bool
fn_range(YaqlCall *call, ExprValue *result)
{
	if (mst_number_sign(&call->args[2]) == 0)
		return mst_expr_fail(call->cxt, "ValueError", "range() arg 3 must not be zero");
	return make_numbers(call, &call->args[0], &call->args[1], &call->args[2], result);
}

/* sequence(start, step): numbers without end. */
static bool
fn_sequence(YaqlCall *call, ExprValue *result)
{
	ExprValue	stop = mst_value_no_value();
	ExprValue	one = mst_value_int(1);

	if (!make_numbers(call, &call->args[0], &stop, &call->args[1], result))
		return false;

	/* only the step 1 makes an integer of a boolean at the start */
	if (mst_value_compare_numbers(&call->args[1], &one) != 0)
		((NumberIterator *) result->u.iterator)->current = call->args[0];
	return true;
}

/* ---- generate ---- */

/* The item that a selector, if there is one, makes of a value. */
static bool
select_item(EvalContext *cxt, const YaqlLambda *selector, const ExprValue *value, ExprValue *item)
{
	*item = *value;
	return selector == NULL || mst_yaql_apply(cxt, selector, value, 1, item);
}

/* Adds a value to those seen, if they are kept; *is_new answers whether it was not there. */
static bool
note_seen(EvalContext *cxt, ExprDict *seen, const ExprValue *value, bool *is_new)
{
	int			before;

	*is_new = true;
	if (seen == NULL)
		return true;
	before = mst_dict_length(seen);
	if (!mst_set_add(cxt, seen, value))
		return false;
	*is_new = mst_dict_length(seen) > before;
	return true;
}

typedef struct GenerateIterator
{
	ExprIterator iterator;
	const YaqlLambda *predicate;
	const YaqlLambda *producer;
	const YaqlLambda *selector;
	ExprDict   *seen;			/* NULL: repeated values do not matter */
	ExprValue	value;
	bool		has_begun;
	bool		has_ended;
} GenerateIterator;

/*
 * Hands on the next value of generate(). The producer is called when the value
 * is asked for, not before; the predicate decides whether there is one, and
 * with decycle a value seen before ends it.
 */
static ExprNext
next_generated(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	GenerateIterator *it = (GenerateIterator *) iterator;
	ExprValue	last = it->value;
	bool		goes_on;
	bool		is_new;

	if (it->has_ended)
		return EXPR_NEXT_END;
	if (it->has_begun && !mst_yaql_apply(cxt, it->producer, &last, 1, &it->value))
		return EXPR_NEXT_ERROR;
	it->has_begun = true;
	if (!mst_yaql_test(cxt, it->predicate, &it->value, &goes_on))
		return EXPR_NEXT_ERROR;
	if (goes_on)
	{
		if (!note_seen(cxt, it->seen, &it->value, &is_new))
			return EXPR_NEXT_ERROR;
		goes_on = is_new;
	}
	it->has_ended = !goes_on;
	if (it->has_ended)
		return EXPR_NEXT_END;
	return select_item(cxt, it->selector, &it->value, item) ?
		EXPR_NEXT_ITEM : EXPR_NEXT_ERROR;
}

static const ExprIteratorOps generate_ops = {"generator", next_generated, NULL};

/*
 * generate(initial, predicate, producer, selector, decycle): a chain of
 * values, each made of the one before.
 */
static bool
fn_generate(YaqlCall *call, ExprValue *result)
{
	GenerateIterator *it = palloc0(sizeof(GenerateIterator));

	it->iterator.ops = &generate_ops;
	it->value = call->args[0];
	it->predicate = mst_yaql_keep_lambda(&call->args[1]);
	it->producer = mst_yaql_keep_lambda(&call->args[2]);
	it->selector = mst_yaql_keep_lambda(&call->args[3]);
	if (call->args[4].u.boolean)
		it->seen = mst_dict_new(0);
	*result = mst_value_iterator(&it->iterator);
	return true;
}

/* ---- generateMany ---- */

/*
 * A walk through a tree.  Breadth first takes from the front of the list and
 * adds to the end; depth first takes from the end, where children are put in
 * reverse.
 */
typedef struct WalkIterator
{
	ExprIterator iterator;
	const YaqlLambda *producer;
	const YaqlLambda *selector;
	ExprDict   *seen;
	ExprList   *queue;
	int			front;
	ExprValue	last;			/* node whose children are not in the queue
								 * yet */
	bool		is_depth_first;
} WalkIterator;

/*
 * Queues the children of a node: behind all others, or in front of them, where
 * they are put in backwards because nodes are taken from the end of the queue.
 */
static bool
add_children(EvalContext *cxt, WalkIterator *it, const ExprValue *node)
{
	ExprValue	children;
	ExprList   *list;
	ExprValue	child;
	int			n;

	if (!mst_yaql_apply(cxt, it->producer, node, 1, &children) ||
		!mst_value_to_list(cxt, &children, &list))
		return false;
	n = mst_list_length(list);
	for (int i = 0; i < n; i++)
	{
		if (!mst_list_get(cxt, list, it->is_depth_first ? n - 1 - i : i, &child) ||
			!mst_list_append(cxt, it->queue, &child))
			return false;
	}
	return true;
}

/* Takes the next node off the queue; *more is false when there is none. */
static bool
take_node(EvalContext *cxt, WalkIterator *it, ExprValue *node, bool *more)
{
	int			n = mst_list_length(it->queue);

	*more = it->front < n;
	if (!*more)
		return true;
	if (it->is_depth_first)
		return mst_list_get(cxt, it->queue, n - 1, node) &&
			mst_list_remove(cxt, it->queue, n - 1, 1);
	return mst_list_get(cxt, it->queue, it->front++, node);
}

/*
 * Hands on the next node of generateMany(). A node that was seen before is
 * passed over where decycle is asked for.
 */
static ExprNext
next_walked(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	WalkIterator *it = (WalkIterator *) iterator;
	ExprValue	node;
	bool		more;
	bool		is_new;

	/* the children of a node are asked for when somebody wants to go on */
	if (it->last.kind != EXPR_NO_VALUE)
	{
		node = it->last;
		it->last = mst_value_no_value();
		if (!add_children(cxt, it, &node))
			return EXPR_NEXT_ERROR;
	}
	do
	{
		if (!take_node(cxt, it, &node, &more))
			return EXPR_NEXT_ERROR;
		if (!more)
			return EXPR_NEXT_END;
		if (!note_seen(cxt, it->seen, &node, &is_new))
			return EXPR_NEXT_ERROR;
	} while (!is_new);

	it->last = node;
	return select_item(cxt, it->selector, &node, item) ? EXPR_NEXT_ITEM : EXPR_NEXT_ERROR;
}

static const ExprIteratorOps walk_ops = {"generator", next_walked, NULL};

/*
 * generateMany(initial, producer, selector, decycle, depthFirst): a tree or a
 * graph, node by node. What waits to be visited is a list that is bounded as
 * any other.
 */
static bool
fn_generate_many(YaqlCall *call, ExprValue *result)
{
	WalkIterator *it = palloc0(sizeof(WalkIterator));

	it->iterator.ops = &walk_ops;
	it->producer = mst_yaql_keep_lambda(&call->args[1]);
	it->selector = mst_yaql_keep_lambda(&call->args[2]);
	if (call->args[3].u.boolean)
		it->seen = mst_dict_new(0);
	it->is_depth_first = call->args[4].u.boolean;
	it->queue = mst_list_of(&call->args[0], 1);
	it->last = mst_value_no_value();
	*result = mst_value_iterator(&it->iterator);
	return true;
}

const YaqlBuiltin mst_yaql_generator_functions[] =
{
	{"cycle", YAQL_METHOD, "collection:iter", fn_cycle},
	{"defaultIfEmpty", YAQL_METHOD, "collection:iter default:iter", fn_default_if_empty},
	{"generate", YAQL_FUNCTION,
		"initial:any? predicate:lambda producer:lambda selector:lambda=null decycle:bool=false",
	fn_generate},
	{"generateMany", YAQL_FUNCTION,
		"initial:any? producer:lambda selector:lambda=null decycle:bool=false depthFirst:bool=false",
	fn_generate_many},
	{"memorize", YAQL_METHOD, "collection:iter", fn_memorize},
	{"range", YAQL_FUNCTION, "stop:int", fn_range_to},
	{"range", YAQL_FUNCTION, "start:int stop:int step:int=1", fn_range},
	{"repeat", YAQL_METHOD, "value:any? times:int=-1", fn_repeat},
	{"sequence", YAQL_FUNCTION, "start:int=0 step:int=1", fn_sequence},
	{NULL}
};
