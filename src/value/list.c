/*-------------------------------------------------------------------------
 *
 * list.c
 *	  Lists.
 *
 * A list is an array with room to grow.  It may be external: then its items
 * stay in jsonb, or in rows, until one is asked for.  A list that can be
 * changed keeps what it has handed out, so that the same item is the same
 * object each time.
 *
 * YAQL's lists are never changed: the sum of two may then share the items
 * of the left one and put the others behind them, if nobody else has.  So a
 * list that is built by adding takes linear time and not quadratic.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/list.h"
#include "value/value_impl.h"

/* Makes an empty list with room for `room` items. */
ExprList *
mst_list_new(int room)
{
	ExprList   *list = palloc0(sizeof(ExprList));

	if (room > 0)
	{
		list->items = palloc_extended(sizeof(ExprValue) * (Size) room, MCXT_ALLOC_HUGE);
		list->room = room;
	}
	return list;
}

/* Makes a list of n items; the array is copied. */
ExprList *
mst_list_of(const ExprValue *items, int n)
{
	ExprList   *list = mst_list_new(n);

	if (n > 0)
		memcpy(list->items, items, sizeof(ExprValue) * (Size) n);
	list->nitems = n;
	return list;
}

/* Returns the number of items. */
int
mst_list_length(ExprList *list)
{
	return list->ops != NULL ? list->ops->length(list->state) : list->nitems;
}

/*
 * Reads an external list as a whole; it is an ordinary one afterwards. Fails
 * with the owner's error, and leaves it as it was.
 */
bool
mst_list_force(EvalContext *cxt, ExprList *list)
{
	int			n;
	ExprValue  *items;
	ExprError  *error = NULL;
	int			i;

	if (list->ops == NULL)
		return true;
	n = list->ops->length(list->state);
	if (!mst_expr_check_items(cxt, n) ||
		!mst_expr_charge(cxt, (int64) sizeof(ExprValue) * n))
		return false;
	items = palloc_extended(sizeof(ExprValue) * (Size) Max(n, 1), MCXT_ALLOC_HUGE);
	if (list->ops->get_all != NULL)
	{
		if (!list->ops->get_all(list->state, items, &error))
			return mst_expr_take_error(cxt, error);
	}
	for (i = 0; i < n; i++)
	{
		if (list->ops->get_all == NULL &&
			!list->ops->get_item(list->state, i, &items[i], &error))
			return mst_expr_take_error(cxt, error);
		if (!mst_expr_step(cxt) || !mst_value_adopt(cxt, list->ops, list->child_flags, &items[i]))
			return false;
	}
	list->items = items;
	list->nitems = n;
	list->room = Max(n, 1);
	list->ops = NULL;
	return true;
}

/*
 * Gets item i (0 <= i < length) without converting the others.  The context
 * is needed for external lists, whose members may be computed.
 */
bool
mst_list_get(EvalContext *cxt, ExprList *list, int i, ExprValue *item)
{
	ExprError  *error = NULL;

	if (list->ops == NULL)
	{
		*item = list->items[i];
		return true;
	}

	/* a list that can be changed has to hand out the same members each time */
	if ((list->child_flags & EXPR_FROZEN) == 0)
	{
		if (!mst_list_force(cxt, list))
			return false;
		*item = list->items[i];
		return true;
	}
	if (!list->ops->get_item(list->state, i, item, &error))
		return mst_expr_take_error(cxt, error);
	return mst_value_adopt(cxt, list->ops, list->child_flags, item);
}

/*
 * Returns the items as an array, valid until the list is changed; NULL on
 * error.
 */
ExprValue *
mst_list_items(EvalContext *cxt, ExprList *list)
{
	static ExprValue none;

	if (list->ops != NULL && !mst_list_force(cxt, list))
		return NULL;
	return list->items != NULL ? list->items : &none;
}

/* Makes room for n more items. */
static bool
reserve_list(EvalContext *cxt, ExprList *list, int64 n)
{
	int64		need = list->nitems + n;
	int64		room;

	if (likely(need <= list->room))
		return true;
	if (!mst_expr_check_items(cxt, need))
		return false;
	room = Max(Max(need, (int64) list->room * 2), 8);
	if (room > PG_INT32_MAX)
		return mst_expr_fail_limit(cxt, "MemoryError", "list is too long");
	if (!mst_expr_charge(cxt, room * (int64) sizeof(ExprValue)))
		return false;
	if (list->items == NULL)
		list->items = palloc_extended(sizeof(ExprValue) * room, MCXT_ALLOC_HUGE);
	else
		list->items = repalloc_huge(list->items, sizeof(ExprValue) * room);
	list->room = (int) room;
	return true;
}

/*
 * Appends an item. Fails by the limit of items, or when an external list
 * cannot be read.
 */
bool
mst_list_append(EvalContext *cxt, ExprList *list, const ExprValue *item)
{
	if (list->ops != NULL && !mst_list_force(cxt, list))
		return false;
	if (unlikely(list->nitems >= list->room))
	{
		ExprValue	copy = *item;	/* may be one of the items that move */

		if (!reserve_list(cxt, list, 1))
			return false;
		list->items[list->nitems++] = copy;
		return true;
	}
	list->items[list->nitems++] = *item;
	return true;
}

/*
 * Inserts an item before position `at` (0 <= at <= length). Fails by limits.
 */
bool
mst_list_insert(EvalContext *cxt, ExprList *list, int at, const ExprValue *item)
{
	ExprValue	copy = *item;

	if (!mst_list_force(cxt, list) || !reserve_list(cxt, list, 1))
		return false;
	memmove(&list->items[at + 1], &list->items[at],
			sizeof(ExprValue) * (list->nitems - at));
	list->items[at] = copy;
	list->nitems++;
	return true;
}

/*
 * Replaces item i (0 <= i < length). Fails only when an external list cannot
 * be read.
 */
bool
mst_list_set(EvalContext *cxt, ExprList *list, int i, const ExprValue *item)
{
	ExprValue	copy = *item;

	if (!mst_list_force(cxt, list))
		return false;
	list->items[i] = copy;
	return true;
}

/* Removes `count` items from position `at`, which are all there. */
bool
mst_list_remove(EvalContext *cxt, ExprList *list, int at, int count)
{
	if (!mst_list_force(cxt, list))
		return false;
	memmove(&list->items[at], &list->items[at + count],
			sizeof(ExprValue) * (list->nitems - at - count));
	list->nitems -= count;
	return true;
}

/* Appends items [from, to) of another list. */
static bool
append_part(EvalContext *cxt, ExprList *into, ExprList *list, int from, int to)
{
	ExprValue  *items = mst_list_items(cxt, list);

	if (items == NULL || !reserve_list(cxt, into, to - from))
		return false;
	if (to > from)
		memcpy(&into->items[into->nitems], &items[from], sizeof(ExprValue) * (to - from));
	into->nitems += to - from;
	return true;
}

/* Copies items [from, to) (already clipped) of a list into a new one. */
bool
mst_list_slice(EvalContext *cxt, ExprList *list, int from, int to, ExprList **result)
{
	*result = mst_list_new(0);
	return append_part(cxt, *result, list, from, Max(from, to));
}

/* Makes a list of the items of a, then those of b.  Fails by limits. */
bool
mst_list_concat(EvalContext *cxt, ExprList *a, ExprList *b, ExprList **result)
{
	*result = mst_list_new(0);
	return reserve_list(cxt, *result, (int64) mst_list_length(a) + mst_list_length(b)) &&
		append_part(cxt, *result, a, 0, mst_list_length(a)) &&
		append_part(cxt, *result, b, 0, mst_list_length(b));
}

/* from this length on, a list that grows gets room for more behind it */
#define GROWING_LIST	16

/* Appends b where a ends, when nobody else has; *done answers whether. */
static bool
extend_in_place(EvalContext *cxt, ExprList *a, ExprList *b, ExprList **result, bool *done)
{
	int			n = mst_list_length(b);
	ExprValue  *items;

	*done = a->ops == NULL && a->items != NULL &&
		a->items + a->nitems == cxt->items_end && n <= cxt->items_room;
	if (!*done)
		return true;
	items = mst_list_items(cxt, b);
	if (items == NULL || !mst_expr_check_items(cxt, (int64) a->nitems + n))
		return false;
	memcpy(cxt->items_end, items, sizeof(ExprValue) * (Size) n);
	cxt->items_end += n;
	cxt->items_room -= n;
	*result = palloc0(sizeof(ExprList));
	(*result)->items = a->items;
	(*result)->nitems = (*result)->room = a->nitems + n;
	return true;
}

/*
 * a + b for lists that are never changed: the result may share the items of
 * a, so that building up a list by adding to it takes linear time.
 */
bool
mst_list_extend(EvalContext *cxt, ExprList *a, ExprList *b, ExprList **result)
{
	int64		length = (int64) mst_list_length(a) + mst_list_length(b);
	ExprList   *list;
	bool		done;

	if (!extend_in_place(cxt, a, b, result, &done) || done)
		return done;
	if (length < GROWING_LIST)
		return mst_list_concat(cxt, a, b, result);

	list = *result = mst_list_new(0);
	if (!reserve_list(cxt, list, length * 2 <= cxt->limits.max_items ? length * 2 : length) ||
		!append_part(cxt, list, a, 0, mst_list_length(a)) ||
		!append_part(cxt, list, b, 0, mst_list_length(b)))
		return false;
	cxt->items_end = list->items + list->nitems;
	cxt->items_room = list->room - list->nitems;
	list->room = list->nitems;
	return true;
}

/* Makes a list of the items n times over; n <= 0: empty.  Fails by limits. */
bool
mst_list_repeat(EvalContext *cxt, ExprList *list, int64 n, ExprList **result)
{
	int			length = mst_list_length(list);
	int64		i;

	*result = mst_list_new(0);
	if (n <= 0 || length == 0)
		return true;
	if (n > PG_INT32_MAX || !reserve_list(cxt, *result, n * length))
		return mst_expr_fail_limit(cxt, "MemoryError", "list is too long");
	for (i = 0; i < n; i++)
	{
		if (!mst_expr_step(cxt) || !append_part(cxt, *result, list, 0, length))
			return false;
	}
	return true;
}
