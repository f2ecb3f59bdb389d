/*-------------------------------------------------------------------------
 *
 * slices.c
 *	  Cutting collections into pieces, and changing them at a position.
 *
 * Everything is drawn when it is asked for, where that can be: slice()
 * holds one piece, insert() and delete() hold nothing.  What is cut by a
 * predicate is collected first, because a piece ends where the next begins.
 * Positions of lists count from the end when they are negative, as in
 * Python; those of sequences do not, and a negative one is the front.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "value/compare.h"
#include "value/list.h"
#include "value/make.h"
#include "value/range.h"
#include "yaql/builtin_tables.h"
#include "yaql/sequences.h"

/* ---- pieces of equal length ---- */

/*
 * Hands on the next piece. Its size is checked here, when the first piece is
 * asked for, as in the reference; a piece of size 0 ends the iterator.
 */
static ExprNext
next_slice(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	YaqlIterator *it = (YaqlIterator *) iterator;
	ExprList   *piece = mst_list_new(0);
	ExprNext	next = EXPR_NEXT_END;
	ExprValue	one;

	if (it->count < 0)
	{
		mst_expr_fail(cxt, "ValueError",
					  "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.");
		return EXPR_NEXT_ERROR;
	}
	while (mst_list_length(piece) < it->count)
	{
		next = mst_yaql_draw(cxt, &it->source, &one);
		if (next != EXPR_NEXT_ITEM)
			break;
		if (!mst_list_append(cxt, piece, &one))
			return EXPR_NEXT_ERROR;
	}
	if (next == EXPR_NEXT_ERROR)
		return EXPR_NEXT_ERROR;
	*item = mst_value_list(piece, true);
	return mst_list_length(piece) > 0 ? EXPR_NEXT_ITEM : EXPR_NEXT_END;
}

static const ExprIteratorOps slice_ops = {"generator", next_slice, NULL};

/*
 * items.slice(length): pieces of that many items, the last one may be shorter.
 */
static bool
fn_slice(YaqlCall *call, ExprValue *result)
{
	YaqlIterator *it = mst_yaql_new_iterator(call, &slice_ops, result);

	return mst_yaql_count(call->cxt, &call->args[1], &it->count);
}

/* ---- two pieces ---- */

/*
 * items.splitAt(index): two tuples, in a list. A negative index counts from
 * the end, and one beyond the end leaves a tuple empty.
 */
static bool
fn_split_at(YaqlCall *call, ExprValue *result)
{
	ExprValue	items;
	ExprList   *head;
	ExprList   *tail;
	ExprValue	halves[2];
	int64		from;
	int64		to;
	int64		count;

	if (!mst_yaql_to_list(call->cxt, &call->args[0], &items))
		return false;
	mst_slice_indices(mst_list_length(items.u.list), NULL, &call->args[1], 1,
					  &from, &to, &count);
	if (!mst_list_slice(call->cxt, items.u.list, 0, (int) to, &head) ||
		!mst_list_slice(call->cxt, items.u.list, (int) to,
						mst_list_length(items.u.list), &tail))
		return false;
	halves[0] = mst_value_list(head, true);
	halves[1] = mst_value_list(tail, true);
	*result = mst_yaql_list_of(halves, 2, false);
	return true;
}

/* ---- pieces by a predicate ---- */

/* All items are collected first, then cut at positions. */
typedef struct CutIterator
{
	YaqlIterator base;			/* position: start of the piece; index: next
								 * item to test */
	ExprList   *items;
	ExprValue	last;			/* the predicate's last value */
} CutIterator;

/*
 * Reads all items, once, when the first piece is asked for: where a cut is
 * depends on places from both ends.
 */
static bool
collect_items(EvalContext *cxt, CutIterator *it)
{
	ExprValue	items;

	if (it->items != NULL)
		return true;
	if (!mst_yaql_to_list(cxt, &it->base.source.collection, &items))
		return false;
	it->items = items.u.list;
	return true;
}

/* The piece that ends before item `end`; the next one starts at `next_start`. */
static ExprNext
cut_piece(EvalContext *cxt, CutIterator *it, int64 end, int64 next_start, ExprValue *item)
{
	ExprList   *piece;

	if (!mst_list_slice(cxt, it->items, (int) it->base.position, (int) end, &piece))
		return EXPR_NEXT_ERROR;
	it->base.position = next_start;
	*item = mst_value_list(piece, true);
	return EXPR_NEXT_ITEM;
}

/* Calls the lambda with the item at the iterator's place. */
static bool
apply_at(EvalContext *cxt, CutIterator *it, ExprValue *result)
{
	ExprValue	item;

	return mst_list_get(cxt, it->items, (int) it->base.index, &item) &&
		mst_yaql_apply(cxt, it->base.lambda, &item, 1, result);
}

/* The items after the last cut, if any are left. */
static ExprNext
last_piece(EvalContext *cxt, CutIterator *it, ExprValue *item)
{
	int64		length = mst_list_length(it->items);

	if (it->base.position >= length)
		return EXPR_NEXT_END;
	return cut_piece(cxt, it, length, length, item);
}

/* Matching items separate the pieces. */
static ExprNext
next_split(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	CutIterator *it = (CutIterator *) iterator;

	if (!collect_items(cxt, it))
		return EXPR_NEXT_ERROR;
	while (it->base.index < mst_list_length(it->items))
	{
		ExprValue	value;

		if (!apply_at(cxt, it, &value))
			return EXPR_NEXT_ERROR;
		it->base.index++;
		if (mst_value_is_true(&value))
			return cut_piece(cxt, it, it->base.index - 1, it->base.index, item);
	}
	return last_piece(cxt, it, item);
}

/* A new piece starts where the predicate's value changes. */
static ExprNext
next_run(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	CutIterator *it = (CutIterator *) iterator;

	if (!collect_items(cxt, it))
		return EXPR_NEXT_ERROR;
	while (it->base.index < mst_list_length(it->items))
	{
		ExprValue	value;
		bool		is_equal = true;

		if (!apply_at(cxt, it, &value) ||
			(it->base.index > 0 && !mst_value_equal(cxt, &value, &it->last, &is_equal)))
			return EXPR_NEXT_ERROR;
		it->last = value;
		it->base.index++;
		if (!is_equal)
			return cut_piece(cxt, it, it->base.index - 1, it->base.index - 1, item);
	}
	return last_piece(cxt, it, item);
}

static const ExprIteratorOps split_ops = {"generator", next_split, NULL};
static const ExprIteratorOps run_ops = {"generator", next_run, NULL};

/*
 * Makes an iterator that cuts a collection by what a lambda says of the items.
 */
static bool
make_cut(YaqlCall *call, const ExprIteratorOps *ops, ExprValue *result)
{
	CutIterator *it = palloc0(sizeof(CutIterator));

	it->base.iterator.ops = ops;
	it->base.source = mst_yaql_source(&call->args[0]);
	it->base.lambda = mst_yaql_keep_lambda(&call->args[1]);
	*result = mst_value_iterator(&it->base.iterator);
	return true;
}

/*
 * items.splitWhere(predicate): pieces between the items that pass, which are
 * lost.
 */
static bool
fn_split_where(YaqlCall *call, ExprValue *result)
{
	return make_cut(call, &split_ops, result);
}

/*
 * items.sliceWhere(predicate): runs of items for which the predicate gives the
 * same.
 */
static bool
fn_slice_where(YaqlCall *call, ExprValue *result)
{
	return make_cut(call, &run_ops, result);
}

/* ---- insert ---- */

/* The list with one more item, at a position counted as Python does. */
static bool
fn_insert_into_list(YaqlCall *call, ExprValue *result)
{
	ExprList   *list = call->args[0].u.list;
	int64		length = mst_list_length(list);
	int64		position;
	ExprList   *copy;

	if (!mst_yaql_count(call->cxt, &call->args[1], &position))
		return false;
	if (position < 0)
		position = Max(position + length, 0);
	position = Min(position, length);
	if (!mst_list_slice(call->cxt, list, 0, (int) length, &copy) ||
		!mst_list_insert(call->cxt, copy, (int) position, &call->args[2]))
		return false;
	*result = mst_value_list(copy, false);
	return true;
}

/*
 * Items with those of `inner` put in before item number `position`, or at the
 * end when it is beyond.  flag: they are being drawn.  value, if pending, is
 * the item they stand before.
 */
typedef struct InsertIterator
{
	YaqlIterator base;
	bool		has_pending;
	bool		has_ended;
} InsertIterator;

/*
 * Hands on the items of the source with the new ones at their place. An item
 * that was drawn to find the place waits in "value" until the new ones are
 * through. A place behind the end is the end; a negative one is never reached,
 * so nothing is inserted there.
 */
static ExprNext
next_inserted(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	InsertIterator *it = (InsertIterator *) iterator;
	YaqlIterator *base = &it->base;
	ExprNext	next;

	for (;;)
	{
		if (base->flag)
		{
			next = mst_yaql_draw(cxt, &base->inner, item);
			if (next != EXPR_NEXT_END)
				return next;
			base->flag = false;
		}
		if (it->has_pending)
		{
			it->has_pending = false;
			*item = base->value;
			return EXPR_NEXT_ITEM;
		}
		if (it->has_ended)
			return EXPR_NEXT_END;
		next = mst_yaql_draw(cxt, &base->source, item);
		if (next == EXPR_NEXT_ERROR)
			return next;
		if (next == EXPR_NEXT_ITEM && base->index++ != base->position)
			return next;

		/* the place of the new items: before this one, or at the end */
		it->has_ended = next == EXPR_NEXT_END;
		it->has_pending = !it->has_ended;
		if (it->has_pending)
			base->value = *item;
		base->flag = !it->has_ended || base->position >= base->index;
	}
}

static const ExprIteratorOps insert_ops = {"generator", next_inserted, NULL};

/* Makes the iterator of insert() and insertMany() for a collection. */
static InsertIterator *
make_insert(YaqlCall *call, const ExprValue *values, ExprValue *result)
{
	InsertIterator *it = palloc0(sizeof(InsertIterator));

	it->base.iterator.ops = &insert_ops;
	it->base.source = mst_yaql_source(&call->args[0]);
	it->base.inner = mst_yaql_source(values);
	it->base.position = mst_number_clip(&call->args[1]);
	*result = mst_value_iterator(&it->base.iterator);
	return it;
}

/*
 * items.insert(position, value) for an iterator or a view; a list has insert()
 * of its own, which counts negative places from the end.
 */
static bool
fn_insert(YaqlCall *call, ExprValue *result)
{
	ExprValue	values = mst_yaql_list_of(&call->args[2], 1, true);

	(void) make_insert(call, &values, result);
	return true;
}

/* A negative position is the front. */
static bool
fn_insert_many(YaqlCall *call, ExprValue *result)
{
	InsertIterator *it = make_insert(call, &call->args[2], result);

	it->base.flag = it->base.position < 0;
	return true;
}

/* ---- delete and replace ---- */

/*
 * Items of which a span is left out, or replaced by those of `inner`.
 * position, count: the span, to the end when the count is negative; flag: the
 * new items are still to come.
 */
typedef struct SpanIterator
{
	YaqlIterator base;
	bool		is_inserting;
} SpanIterator;

/*
 * Answers whether a place is in the part that goes: from position on, count
 * items; a negative count takes all that follow.
 */
static bool
in_span(const YaqlIterator *it, int64 index)
{
	int64		end;

	if (index < it->position)
		return false;
	if (it->count < 0)
		return true;
	return pg_add_s64_overflow(it->position, it->count, &end) || index < end;
}

/*
 * Hands on the items that stay. The replacement comes where the first item
 * goes, and not at all where none does.
 */
static ExprNext
next_outside_span(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	SpanIterator *it = (SpanIterator *) iterator;
	ExprNext	next;

	for (;;)
	{
		if (it->is_inserting)
		{
			next = mst_yaql_draw(cxt, &it->base.inner, item);
			if (next != EXPR_NEXT_END)
				return next;
			it->is_inserting = false;
		}
		next = mst_yaql_draw(cxt, &it->base.source, item);
		if (next != EXPR_NEXT_ITEM || !in_span(&it->base, it->base.index++))
			return next;
		it->is_inserting = it->base.flag;
		it->base.flag = false;
	}
}

static const ExprIteratorOps span_ops = {"generator", next_outside_span, NULL};

/* Makes the iterator of delete() and replace(): a part of the items goes. */
static SpanIterator *
make_span(YaqlCall *call, const ExprValue *count, ExprValue *result)
{
	SpanIterator *it = palloc0(sizeof(SpanIterator));

	it->base.iterator.ops = &span_ops;
	it->base.source = mst_yaql_source(&call->args[0]);
	it->base.position = mst_number_clip(&call->args[1]);
	it->base.count = mst_number_clip(count);
	*result = mst_value_iterator(&it->base.iterator);
	return it;
}

/* items.delete(position, count) */
static bool
fn_delete(YaqlCall *call, ExprValue *result)
{
	(void) make_span(call, &call->args[2], result);
	return true;
}

/*
 * items.replace(position, value, count): one value takes the place of the
 * part.
 */
static bool
fn_replace(YaqlCall *call, ExprValue *result)
{
	SpanIterator *it = make_span(call, &call->args[3], result);
	ExprValue	values = mst_yaql_list_of(&call->args[2], 1, true);

	it->base.inner = mst_yaql_source(&values);
	it->base.flag = true;
	return true;
}

/*
 * items.replaceMany(position, values, count): the values, which are drawn when
 * their place is reached, take the place of the part.
 */
static bool
fn_replace_many(YaqlCall *call, ExprValue *result)
{
	SpanIterator *it = make_span(call, &call->args[3], result);

	it->base.inner = mst_yaql_source(&call->args[2]);
	it->base.flag = true;
	return true;
}

const YaqlBuiltin mst_yaql_slice_functions[] =
{
	{"delete", YAQL_METHOD, "collection:iter position:int count:int=1", fn_delete},
	{"insert", YAQL_METHOD, "collection:list position:int value:any?", fn_insert_into_list},
	{"insert", YAQL_METHOD, "collection:nonset position:int value:any?", fn_insert},
	{"insertMany", YAQL_METHOD, "collection:iter position:int values:iter", fn_insert_many},
	{"replace", YAQL_METHOD, "collection:iter position:int value:any? count:int=1", fn_replace},
	{"replaceMany", YAQL_METHOD, "collection:iter position:int values:iter count:int=1", fn_replace_many},
	{"slice", YAQL_METHOD, "collection:iter length:int", fn_slice},
	{"sliceWhere", YAQL_METHOD, "collection:iter predicate:lambda", fn_slice_where},
	{"splitAt", YAQL_METHOD, "collection:iter index:int", fn_split_at},
	{"splitWhere", YAQL_METHOD, "collection:iter predicate:lambda", fn_split_where},
	{NULL}
};
