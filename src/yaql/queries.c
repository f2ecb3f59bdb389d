/*-------------------------------------------------------------------------
 *
 * lookups.c
 *	  Lazy sequences that filter, transform and combine collections.
 *
 * Each is a YaqlIterator with a function that gives the next item.  Nothing
 * is done before the first item is asked for; whoever draws no more leaves
 * the rest undone.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/dict.h"
#include "value/list.h"
#include "value/make.h"
#include "value/number.h"
#include "yaql/builtin_tables.h"
#include "yaql/sequences.h"

/* ---- where, select, properties ---- */

/* Draws until an item passes the predicate. */
static ExprNext
next_where(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	YaqlIterator *it = (YaqlIterator *) iterator;
	ExprNext	next;

	while ((next = mst_yaql_draw(cxt, &it->source, item)) == EXPR_NEXT_ITEM)
	{
		bool		matches;

		if (!mst_yaql_test(cxt, it->lambda, item, &matches))
			return EXPR_NEXT_ERROR;
		if (matches)
			break;
	}
	return next;
}

/*
 * Draws an item and maps it. The selector runs when the item is asked for, so
 * it is never called for items that nobody draws.
 */
static ExprNext
next_select(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	YaqlIterator *it = (YaqlIterator *) iterator;
	ExprValue	source;
	ExprNext	next = mst_yaql_draw(cxt, &it->source, &source);

	if (next == EXPR_NEXT_ITEM &&
		!mst_yaql_apply(cxt, it->lambda, &source, 1, item))
		return EXPR_NEXT_ERROR;
	return next;
}

static const ExprIteratorOps where_ops = {"generator", next_where, NULL};
static const ExprIteratorOps select_ops = {"generator", next_select, NULL};

/* A sequence that applies the lambda args[1]. */
static bool
make_with_lambda(YaqlCall *call, const ExprIteratorOps *ops, ExprValue *result)
{
	YaqlIterator *it = mst_yaql_new_iterator(call, ops, result);

	it->lambda = mst_yaql_keep_lambda(&call->args[1]);
	return true;
}

/*
 * items.where(predicate): an iterator of the items that pass. Nothing is drawn
 * before the result is.
 */
static bool
fn_where(YaqlCall *call, ExprValue *result)
{
	return make_with_lambda(call, &where_ops, result);
}

/*
 * items.select(selector): an iterator of what the selector makes of each item.
 */
static bool
fn_select(YaqlCall *call, ExprValue *result)
{
	return make_with_lambda(call, &select_ops, result);
}

/* ---- selectMany ---- */

/* flag: a collection that the selector gave is being spliced in */
static ExprNext
next_select_many(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	YaqlIterator *it = (YaqlIterator *) iterator;

	for (;;)
	{
		ExprValue	source;
		ExprNext	next;

		if (it->flag)
		{
			next = mst_yaql_draw(cxt, &it->inner, item);
			if (next != EXPR_NEXT_END)
				return next;
			it->flag = false;
		}
		next = mst_yaql_draw(cxt, &it->source, &source);
		if (next != EXPR_NEXT_ITEM)
			return next;
		if (!mst_yaql_apply(cxt, it->lambda, &source, 1, item))
			return EXPR_NEXT_ERROR;
		if (!mst_value_is_collection(item))
			return EXPR_NEXT_ITEM;
		it->inner = mst_yaql_source(item);
		it->flag = true;
	}
}

static const ExprIteratorOps select_many_ops = {"generator", next_select_many, NULL};

/*
 * items.selectMany(selector): what the selector makes of each item is drawn
 * from in its turn; a result that is no collection counts as one item.
 */
static bool
fn_select_many(YaqlCall *call, ExprValue *result)
{
	return make_with_lambda(call, &select_many_ops, result);
}

/* ---- skip and limit, by number and by condition ---- */

/*
 * Passes the first items over when the first item is asked for, and hands on
 * the others.
 */
static ExprNext
next_skip(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	YaqlIterator *it = (YaqlIterator *) iterator;
	ExprNext	next;

	while ((next = mst_yaql_draw(cxt, &it->source, item)) == EXPR_NEXT_ITEM && it->count > 0)
		it->count--;
	return next;
}

/*
 * Hands on as many items as are left to take. The source is not asked for one
 * more than that, because computing it may fail or have no end.
 */
static ExprNext
next_limit(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	YaqlIterator *it = (YaqlIterator *) iterator;

	if (it->count <= 0)
		return EXPR_NEXT_END;
	it->count--;
	return mst_yaql_draw(cxt, &it->source, item);
}

/* flag: the condition has failed once */
static ExprNext
next_skip_while(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	YaqlIterator *it = (YaqlIterator *) iterator;
	ExprNext	next;

	while ((next = mst_yaql_draw(cxt, &it->source, item)) == EXPR_NEXT_ITEM && !it->flag)
	{
		bool		matches;

		if (!mst_yaql_test(cxt, it->lambda, item, &matches))
			return EXPR_NEXT_ERROR;
		it->flag = !matches;
		if (it->flag)
			break;
	}
	return next;
}

/*
 * Hands on items up to the first that fails the predicate, which is drawn and
 * lost. "flag" keeps it ended, since an iterator may be asked again.
 */
static ExprNext
next_take_while(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	YaqlIterator *it = (YaqlIterator *) iterator;
	ExprNext	next;
	bool		matches;

	if (it->flag)
		return EXPR_NEXT_END;
	next = mst_yaql_draw(cxt, &it->source, item);
	if (next != EXPR_NEXT_ITEM)
		return next;
	if (!mst_yaql_test(cxt, it->lambda, item, &matches))
		return EXPR_NEXT_ERROR;
	it->flag = !matches;
	return matches ? EXPR_NEXT_ITEM : EXPR_NEXT_END;
}

static const ExprIteratorOps skip_ops = {"itertools.islice", next_skip, NULL};
static const ExprIteratorOps limit_ops = {"itertools.islice", next_limit, NULL};
static const ExprIteratorOps skip_while_ops = {"itertools.dropwhile", next_skip_while, NULL};
static const ExprIteratorOps take_while_ops = {"itertools.takewhile", next_take_while, NULL};

/*
 * items.skip(count), in the words of Python's islice() where the count is
 * negative.
 */
static bool
fn_skip(YaqlCall *call, ExprValue *result)
{
	YaqlIterator *it = mst_yaql_new_iterator(call, &skip_ops, result);

	if (!mst_yaql_count(call->cxt, &call->args[1], &it->count))
		return false;
	return it->count >= 0 ||
		mst_expr_fail(call->cxt, "ValueError",
					  "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.");
}

/*
 * items.limit(count), also known as take(); in the words of Python's islice()
 * where the count is negative.
 */
static bool
fn_limit(YaqlCall *call, ExprValue *result)
{
	YaqlIterator *it = mst_yaql_new_iterator(call, &limit_ops, result);

	if (!mst_yaql_count(call->cxt, &call->args[1], &it->count))
		return false;
	return it->count >= 0 ||
		mst_expr_fail(call->cxt, "ValueError",
					  "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.");
}

/*
 * items.skipWhile(predicate): the items from the first that fails the
 * predicate on.
 */
static bool
fn_skip_while(YaqlCall *call, ExprValue *result)
{
	return make_with_lambda(call, &skip_while_ops, result);
}

/*
 * items.takeWhile(predicate): the items before the first that fails the
 * predicate.
 */
static bool
fn_take_while(YaqlCall *call, ExprValue *result)
{
	return make_with_lambda(call, &take_while_ops, result);
}

/* ---- one collection after the other ---- */

/*
 * items.append(item, ...): an iterator; the collection itself stays as it is.
 */
static bool
fn_append(YaqlCall *call, ExprValue *result)
{
	ExprValue	parts[2] = {
		call->args[0],
		mst_yaql_list_of(call->rest, call->nrest, true)
	};

	return mst_yaql_chain(call->cxt, parts, 2, result);
}

/* concat(items, ...): an iterator that draws from each collection in turn. */
static bool
fn_concat(YaqlCall *call, ExprValue *result)
{
	return mst_yaql_chain(call->cxt, call->rest, call->nrest, result);
}

/* ---- distinct, enumerate, reverse ---- */

typedef struct DistinctIterator
{
	YaqlIterator base;
	ExprDict   *seen;
} DistinctIterator;

/*
 * Hands on items whose key has not been seen. The set of keys grows with what
 * is drawn, and is bounded as any collection is. Keys have to be hashable, so
 * an item that is a list fails unless it is frozen.
 */
static ExprNext
next_distinct(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	DistinctIterator *it = (DistinctIterator *) iterator;
	ExprNext	next;

	while ((next = mst_yaql_draw(cxt, &it->base.source, item)) == EXPR_NEXT_ITEM)
	{
		ExprValue	key = *item;
		int			before = mst_dict_length(it->seen);

		if (it->base.lambda != NULL &&
			!mst_yaql_apply(cxt, it->base.lambda, item, 1, &key))
			return EXPR_NEXT_ERROR;
		if (!mst_set_add(cxt, it->seen, &key))
			return EXPR_NEXT_ERROR;
		if (mst_dict_length(it->seen) > before)
			break;
	}
	return next;
}

/*
 * Hands on pairs of a number and an item. The number is a value and not an
 * int64, because the count may start at any integer.
 */
static ExprNext
next_enumerated(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	YaqlIterator *it = (YaqlIterator *) iterator;
	ExprValue	pair[2];
	ExprValue	one = mst_value_int(1);
	ExprNext	next = mst_yaql_draw(cxt, &it->source, &pair[1]);

	if (next != EXPR_NEXT_ITEM)
		return next;
	pair[0] = it->value;
	*item = mst_yaql_list_of(pair, 2, false);
	if (!mst_number_arith(cxt, EXPR_ADD, &pair[0], &one, &it->value))
		return EXPR_NEXT_ERROR;
	return EXPR_NEXT_ITEM;
}

/* value: all items, once flag is set; position: how many are left */
static ExprNext
next_reversed(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	YaqlIterator *it = (YaqlIterator *) iterator;

	if (!it->flag)
	{
		if (!mst_yaql_to_list(cxt, &it->source.collection, &it->value))
			return EXPR_NEXT_ERROR;
		it->flag = true;
		it->position = mst_list_length(it->value.u.list);
	}
	if (it->position == 0)
		return EXPR_NEXT_END;
	if (!mst_list_get(cxt, it->value.u.list, (int) --it->position, item))
		return EXPR_NEXT_ERROR;
	return EXPR_NEXT_ITEM;
}

static const ExprIteratorOps distinct_ops = {"generator", next_distinct, NULL};
static const ExprIteratorOps enumerate_ops = {"generator", next_enumerated, NULL};
static const ExprIteratorOps reverse_ops = {"reversed", next_reversed, NULL};

/*
 * items.distinct(keySelector): the first item of each key; the item is its own
 * key where there is no selector.
 */
static bool
fn_distinct(YaqlCall *call, ExprValue *result)
{
	DistinctIterator *it = palloc0(sizeof(DistinctIterator));

	it->base.iterator.ops = &distinct_ops;
	it->base.source = mst_yaql_source(&call->args[0]);
	it->base.lambda = mst_yaql_keep_lambda(&call->args[1]);
	it->seen = mst_dict_new(0);
	*result = mst_value_iterator(&it->base.iterator);
	return true;
}

/*
 * items.enumerate(start): pairs of a number and an item, which are lists and
 * not tuples.
 */
static bool
fn_enumerate(YaqlCall *call, ExprValue *result)
{
	YaqlIterator *it = mst_yaql_new_iterator(call, &enumerate_ops, result);
	ExprValue	zero = mst_value_int(0);

	/* counting starts with the integer that a boolean equals */
	return mst_number_arith(call->cxt, EXPR_ADD, &call->args[1], &zero, &it->value);
}

/*
 * items.reverse(): an iterator that reads its source to the end when the first
 * item is asked for.
 */
static bool
fn_reverse(YaqlCall *call, ExprValue *result)
{
	(void) mst_yaql_new_iterator(call, &reverse_ops, result);
	return true;
}

/* ---- zip ---- */

typedef struct ZipIterator
{
	ExprIterator iterator;
	YaqlSource *sources;
	bool	   *ended;
	int			nsources;
	int			nleft;			/* sources that have not ended */
	bool		is_longest;
	ExprValue	filler;
} ZipIterator;

/* One item of source i; the filler when it has ended; false: see *next. */
static bool
draw_zipped(EvalContext *cxt, ZipIterator *it, int i, ExprValue *item, ExprNext *next)
{
	*next = EXPR_NEXT_ITEM;
	if (!it->ended[i])
	{
		*next = mst_yaql_draw(cxt, &it->sources[i], item);
		if (*next == EXPR_NEXT_ITEM)
			return true;
		if (*next == EXPR_NEXT_ERROR)
			return false;
		it->ended[i] = true;
		it->nleft--;
		if (!it->is_longest || it->nleft == 0)
		{
			it->nleft = 0;
			return false;
		}
		*next = EXPR_NEXT_ITEM;
	}
	*item = it->filler;
	return true;
}

/*
 * Draws one item from each source. The iterator ends, in the middle of a tuple
 * if need be, at the first source that has ended; zipLongest() goes on with a
 * default until all have.
 */
static ExprNext
next_zipped(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	ZipIterator *it = (ZipIterator *) iterator;
	ExprList   *tuple;

	if (it->nleft == 0)
		return EXPR_NEXT_END;
	tuple = mst_list_new(it->nsources);
	for (int i = 0; i < it->nsources; i++)
	{
		ExprNext	next;

		if (!draw_zipped(cxt, it, i, item, &next))
			return next;
		if (!mst_list_append(cxt, tuple, item))
			return EXPR_NEXT_ERROR;
	}
	*item = mst_value_list(tuple, true);
	return EXPR_NEXT_ITEM;
}

static const ExprIteratorOps zip_ops = {"zip", next_zipped, NULL};

/*
 * Makes the iterator of zip() and zipLongest() over the receiver and the
 * arguments.
 */
static ZipIterator *
make_zip(YaqlCall *call, bool is_longest, ExprValue *result)
{
	ZipIterator *it = palloc0(sizeof(ZipIterator));

	it->iterator.ops = &zip_ops;
	it->is_longest = is_longest;
	it->nsources = it->nleft = call->nrest;
	it->sources = palloc(Max(call->nrest, 1) * sizeof(YaqlSource));
	it->ended = palloc0(Max(call->nrest, 1));
	for (int i = 0; i < call->nrest; i++)
		it->sources[i] = mst_yaql_source(&call->rest[i]);
	*result = mst_value_iterator(&it->iterator);
	return it;
}

/*
 * items.zip(others, ...): tuples of the items at the same place, as many as
 * the shortest collection has.
 */
static bool
fn_zip(YaqlCall *call, ExprValue *result)
{
	(void) make_zip(call, false, result);
	return true;
}

/* zipLongest(..., default => null); other names are ignored */
static bool
fn_zip_longest(YaqlCall *call, ExprValue *result)
{
	ZipIterator *it = make_zip(call, true, result);

	for (int i = 0; i < call->nnamed; i++)
	{
		if (mst_yaql_name_is(call->named[i].name, call->named[i].len,
							 "default", strlen("default")))
			it->filler = call->named[i].value;
	}
	return true;
}

const YaqlBuiltin mst_yaql_query_functions[] =
{
	{"append", YAQL_EXTENSION, "collection:iter *args:any?", fn_append},
	{"concat", YAQL_EXTENSION, "*collections:iter", fn_concat},
	{"distinct", YAQL_EXTENSION, "collection:iter keySelector:lambda=null", fn_distinct},
	{"enumerate", YAQL_EXTENSION, "collection:iter start:int=0", fn_enumerate},
	{"filter", YAQL_METHOD, "collection:iter predicate:lambda", fn_where},
	{"limit", YAQL_METHOD, "collection:iter count:int", fn_limit},
	{"map", YAQL_METHOD, "collection:iter selector:lambda", fn_select},
	{"reverse", YAQL_METHOD, "collection:iter", fn_reverse},
	{"select", YAQL_METHOD, "collection:iter selector:lambda", fn_select},
	{"selectMany", YAQL_METHOD, "collection:iter selector:lambda", fn_select_many},
	{"skip", YAQL_METHOD, "collection:iter count:int", fn_skip},
	{"skipWhile", YAQL_METHOD, "collection:iter predicate:lambda", fn_skip_while},
	{"take", YAQL_METHOD, "collection:iter count:int", fn_limit},
	{"takeWhile", YAQL_METHOD, "collection:iter predicate:lambda", fn_take_while},
	{"where", YAQL_METHOD, "collection:iter predicate:lambda", fn_where},
	{"zip", YAQL_METHOD, "*collections:iter", fn_zip},
	{"zipLongest", YAQL_METHOD, "*collections:iter **kwargs:any?", fn_zip_longest},
	{NULL}
};
