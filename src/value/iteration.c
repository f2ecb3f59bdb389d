/*-------------------------------------------------------------------------
 *
 * iteration.c
 *	  Going through whatever has items.
 *
 * A cursor goes over anything that has items, without making a list of it:
 * lists, sets, views, ranges, dictionaries (their keys), strings (their
 * characters), and iterators, which can be drawn from once.  Each item
 * counts a step, and an iterator that draws from iterators counts as depth,
 * since users chain them as deep as they like.
 *
 * Length and membership are Python's: what has no len() is not counted by
 * drawing, because that would use an iterator up, and a string contains
 * strings only.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/compare.h"
#include "value/dict.h"
#include "value/iteration.h"
#include "value/list.h"
#include "value/make.h"
#include "value/range.h"
#include "value/string.h"
#include "value/unicode.h"
#include "value/value_impl.h"

/* ---- iterators and cursors ---- */

/* Draws one item; counts a step and checks the limit of items. */
ExprNext
mst_iterator_next(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	ExprNext	next;

	/* iterators draw from iterators, as deep as users like */
	if (!mst_expr_step(cxt) || !mst_expr_enter(cxt))
		return EXPR_NEXT_ERROR;
	next = iterator->ops->next(cxt, iterator, item);
	mst_expr_leave(cxt);
	if (next == EXPR_NEXT_ITEM && !mst_expr_check_items(cxt, ++iterator->drawn))
		return EXPR_NEXT_ERROR;
	return next;
}

/* Answers whether mst_cursor_open() would accept the value. */
bool
mst_value_is_iterable(const ExprValue *v)
{
	return mst_value_is_collection(v) || v->kind == EXPR_DICT || v->kind == EXPR_STRING ||
		(v->kind == EXPR_UNDEFINED && v->u.undefined->lenient);
}

/*
 * Starts a pass over a list, set, view, range, iterator, dictionary (its keys)
 * or string (its characters).  Else TypeError "'int' object is not iterable".
 */
bool
mst_cursor_open(EvalContext *cxt, ExprCursor *cursor, const ExprValue *source)
{
	cursor->source = *source;
	cursor->pos = 0;
	cursor->at = NULL;
	switch ((ExprKind) source->kind)
	{
		case EXPR_LIST:
			return mst_list_force(cxt, source->u.list);
		case EXPR_SET:
		case EXPR_DICT:
		case EXPR_VIEW:
			return mst_dict_force(cxt, source->u.dict);
		case EXPR_RANGE:
			return true;
		case EXPR_STRING:
			cursor->at = source->u.string;
			return true;
		case EXPR_ITERATOR:
			if (source->u.iterator->ops->restart != NULL)
				return source->u.iterator->ops->restart(cxt, source->u.iterator,
														&cursor->source.u.iterator);
			return true;
		case EXPR_UNDEFINED:
			if (source->u.undefined->lenient)
				return true;
			return mst_expr_fail_undefined(cxt, source);
		default:
			return mst_expr_fail(cxt, "TypeError", "'%s' object is not iterable",
								 mst_value_type_name(source));
	}
}

/* Next key, value or pair of a table. */
static ExprNext
next_entry(EvalContext *cxt, ExprCursor *cursor, ExprValue *item)
{
	int			pos = (int) cursor->pos;
	ExprValue	pair[2];
	bool		more;

	if (!mst_dict_next(cxt, cursor->source.u.dict, &pos, &pair[0], &pair[1], &more))
		return EXPR_NEXT_ERROR;
	cursor->pos = pos;
	if (!more)
		return EXPR_NEXT_END;
	if (cursor->source.kind != EXPR_VIEW || cursor->source.len == EXPR_VIEW_KEYS)
		*item = pair[0];
	else if (cursor->source.len == EXPR_VIEW_VALUES)
		*item = pair[1];
	else
		*item = mst_value_list(mst_list_of(pair, 2), true);
	return EXPR_NEXT_ITEM;
}

/*
 * Hands on the next character as a string that shares the memory; that of a
 * safe string is safe.
 */
static ExprNext
next_char(ExprCursor *cursor, ExprValue *item)
{
	const char *end = cursor->source.u.string + cursor->source.len;
	const char *start = cursor->at;

	if (start >= end)
		return EXPR_NEXT_END;
	(void) mst_utf8_next(&cursor->at, end);
	*item = mst_value_string(start, (int) (cursor->at - start));
	item->flags = cursor->source.flags & EXPR_MARKUP;
	return EXPR_NEXT_ITEM;
}

/*
 * Draws the next item. Returns EXPR_NEXT_END at the end and EXPR_NEXT_ERROR
 * with the error in the context; the cursor may be used again after neither.
 */
ExprNext
mst_cursor_next(EvalContext *cxt, ExprCursor *cursor, ExprValue *item)
{
	if (cursor->source.kind == EXPR_ITERATOR)
		return mst_iterator_next(cxt, cursor->source.u.iterator, item);
	if (!mst_expr_step(cxt))
		return EXPR_NEXT_ERROR;
	switch ((ExprKind) cursor->source.kind)
	{
		case EXPR_LIST:
			if (cursor->pos >= cursor->source.u.list->nitems)
				return EXPR_NEXT_END;
			*item = cursor->source.u.list->items[cursor->pos++];
			return EXPR_NEXT_ITEM;
		case EXPR_SET:
		case EXPR_DICT:
		case EXPR_VIEW:
			return next_entry(cxt, cursor, item);
		case EXPR_RANGE:
			if (cursor->pos >= mst_range_length(cursor->source.u.range))
				return EXPR_NEXT_END;
			*item = mst_value_int(mst_range_item(cursor->source.u.range, cursor->pos++));
			return EXPR_NEXT_ITEM;
		case EXPR_STRING:
			return next_char(cursor, item);
		default:
			return EXPR_NEXT_END;
	}
}

/* All items of an iterable as a new list. */
bool
mst_value_to_list(EvalContext *cxt, const ExprValue *v, ExprList **result)
{
	ExprCursor	cursor;
	ExprValue	item;

	*result = mst_list_new(0);
	if (!mst_cursor_open(cxt, &cursor, v))
		return false;
	for (;;)
	{
		switch (mst_cursor_next(cxt, &cursor, &item))
		{
			case EXPR_NEXT_ITEM:
				if (!mst_list_append(cxt, *result, &item))
					return false;
				break;
			case EXPR_NEXT_END:
				return true;
			case EXPR_NEXT_ERROR:
				return false;
		}
	}
}

/* ---- length and membership ---- */

/* Answers truth.  An undefined value counts as false: Jinja checks before. */
bool
mst_value_is_true(const ExprValue *v)
{
	switch ((ExprKind) v->kind)
	{
		case EXPR_NULL:
		case EXPR_UNDEFINED:
		case EXPR_NO_VALUE:
			return false;
		case EXPR_BOOL:
			return v->u.boolean;
		case EXPR_INT:
			return v->u.integer != 0;
		case EXPR_FLOAT:
			return v->u.real != 0.0;
		case EXPR_STRING:
			return v->len > 0;
		case EXPR_LIST:
			return mst_list_length(v->u.list) > 0;
		case EXPR_DICT:
		case EXPR_SET:
		case EXPR_VIEW:
			return mst_dict_length(v->u.dict) > 0;
		case EXPR_RANGE:
			return mst_range_length(v->u.range) > 0;
		case EXPR_TIMESPAN:
			return v->len != 0 || v->u.integer != 0;
		case EXPR_BIGINT:
		case EXPR_ITERATOR:
		case EXPR_DATETIME:
		case EXPR_REGEX:
		case EXPR_OBJECT:
			return true;
	}

	elog(ERROR, "unrecognized value kind: %d", (int) v->kind);
	return false;
}

/*
 * len(): of string (code points), list, dict, set, view, range. Else
 * TypeError "object of type 'int' has no len()".
 */
bool
mst_value_length(EvalContext *cxt, const ExprValue *v, int64 *length)
{
	switch ((ExprKind) v->kind)
	{
		case EXPR_STRING:
			*length = mst_string_length(v);
			return true;
		case EXPR_LIST:
			*length = mst_list_length(v->u.list);
			return true;
		case EXPR_DICT:
		case EXPR_SET:
		case EXPR_VIEW:
			*length = mst_dict_length(v->u.dict);
			return true;
		case EXPR_RANGE:
			*length = mst_range_length(v->u.range);
			return true;
		case EXPR_UNDEFINED:
			if (!v->u.undefined->lenient)
				return mst_expr_fail_undefined(cxt, v);
			*length = 0;
			return true;
		default:
			return mst_expr_fail(cxt, "TypeError", "object of type '%s' has no len()",
								 mst_value_type_name(v));
	}
}

/* Draws items until one is equal. */
static bool
search_items(EvalContext *cxt, const ExprValue *container, const ExprValue *item, bool *result)
{
	ExprCursor	cursor;
	ExprValue	one;

	*result = false;
	if (!mst_cursor_open(cxt, &cursor, container))
		return false;
	while (!*result)
	{
		switch (mst_cursor_next(cxt, &cursor, &one))
		{
			case EXPR_NEXT_ITEM:
				*result = mst_value_is_same(&one, item);
				if (!*result && !mst_value_equal(cxt, &one, item, result))
					return false;
				break;
			case EXPR_NEXT_END:
				return true;
			case EXPR_NEXT_ERROR:
				return false;
		}
	}
	return true;
}

/*
 * Answers whether a range has a number, by arithmetic: a range may be of any
 * length. A float is looked for among the numbers, as in Python, where it
 * equals an integer or not.
 */
static bool
range_contains(EvalContext *cxt, const ExprValue *container, const ExprValue *item, bool *result)
{
	const ExprRange *range = container->u.range;
	int64		i;

	*result = false;
	if (item->kind != EXPR_INT && item->kind != EXPR_BOOL)
		return item->kind == EXPR_FLOAT ? search_items(cxt, container, item, result) : true;
	i = mst_number_clip(item);
	if (range->step > 0 ? (i < range->start || i >= range->stop) :
		(i > range->start || i <= range->stop))
		return true;
	*result = (int64) (((__int128) i - range->start) % range->step) == 0;
	return true;
}

/*
 * `item in container` by equality; strings only in strings; dictionaries by
 * key.
 */
bool
mst_value_contains(EvalContext *cxt, const ExprValue *container, const ExprValue *item, bool *result)
{
	switch ((ExprKind) container->kind)
	{
		case EXPR_STRING:
			if (item->kind != EXPR_STRING)
				return mst_expr_fail(cxt, "TypeError",
									 "'in <string>' requires string as left operand, not %s",
									 mst_value_type_name(item));
			*result = mst_string_has(container, item);
			return true;
		case EXPR_DICT:
		case EXPR_SET:
			return mst_dict_get(cxt, container->u.dict, item, NULL, result);
		case EXPR_VIEW:
			if (container->len == EXPR_VIEW_KEYS)
				return mst_dict_get(cxt, container->u.dict, item, NULL, result);
			return search_items(cxt, container, item, result);
		case EXPR_RANGE:
			return range_contains(cxt, container, item, result);
		case EXPR_LIST:
		case EXPR_ITERATOR:
			return search_items(cxt, container, item, result);
		default:
			return mst_expr_fail(cxt, "TypeError", "argument of type '%s' is not iterable",
								 mst_value_type_name(container));
	}
}

/* ---- ranges and slices ---- */
