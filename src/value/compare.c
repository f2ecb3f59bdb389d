/*-------------------------------------------------------------------------
 *
 * compare.c
 *	  Equality, order, hashes and sorting.
 *
 * Three relations, which have to fit each other: equal values have equal
 * hashes, and order never raises where Python's does not.  Numbers compare
 * by their exact values whatever their kinds, so 1, 1.0 and true are one
 * key of a dictionary; a tuple never equals a list; a set is ordered by
 * inclusion, so neither of two sets need be less.
 *
 * Nothing here is by identity, but for what has no value: iterators,
 * regular expressions and objects.  Comparison of containers goes as deep
 * as users nest them, and counts a step for each pair of members, so a
 * limit ends what would take exponential time.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "value/bigint.h"
#include "value/compare.h"
#include "value/datetime.h"
#include "value/dict.h"
#include "value/list.h"
#include "value/make.h"
#include "value/range.h"
#include "value/value_impl.h"

/* ---- strings ---- */

/* Comparison of two strings by code points: < 0, 0, > 0. */
int
mst_value_compare_strings(const ExprValue *a, const ExprValue *b)
{
	/* the order of UTF-8 bytes is that of the code points */
	int			c = memcmp(a->u.string, b->u.string, Min(a->len, b->len));

	return c != 0 ? c : a->len - b->len;
}

/* Answers whether a value compares as a number, which a boolean does. */
static inline bool
is_numeric(const ExprValue *v)
{
	return v->kind >= EXPR_BOOL && v->kind <= EXPR_FLOAT;
}

/* ---- equality ---- */

/*
 * Compares item by item. Lists that are the same are equal without a look at
 * their items, which makes NaN in them equal to itself, as in Python.
 */
static bool
equal_lists(EvalContext *cxt, ExprList *a, ExprList *b, bool *result)
{
	int			n = mst_list_length(a);
	ExprValue  *x;
	ExprValue  *y;
	int			i;

	*result = n == mst_list_length(b);
	if (!*result || a == b)
		return true;
	x = mst_list_items(cxt, a);
	y = mst_list_items(cxt, b);
	if (x == NULL || y == NULL)
		return false;
	for (i = 0; i < n && *result; i++)
	{
		if (!mst_expr_step(cxt) || !mst_value_equal(cxt, &x[i], &y[i], result))
			return false;
	}
	return true;
}

/*
 * Compares tables without regard to order; only the keys where with_values is
 * false, which is how sets are compared.
 */
static bool
equal_dicts(EvalContext *cxt, ExprDict *a, ExprDict *b, bool with_values, bool *result)
{
	int			pos = 0;
	ExprValue	key;
	ExprValue	x;
	ExprValue	y;
	bool		more;

	*result = mst_dict_length(a) == mst_dict_length(b);
	if (!*result || a == b)
		return true;
	for (;;)
	{
		if (!mst_dict_next(cxt, a, &pos, &key, &x, &more))
			return false;
		if (!more)
			return true;
		if (!mst_dict_get(cxt, b, &key, &y, result))
			return false;
		if (*result && with_values && !mst_value_equal(cxt, &x, &y, result))
			return false;
		if (!*result)
			return true;
	}
}

/* Ranges are equal if they give the same numbers, however that is written. */
static bool
equal_ranges(const ExprRange *a, const ExprRange *b)
{
	int64		n = mst_range_length(a);

	if (n != mst_range_length(b))
		return false;
	return n == 0 || (a->start == b->start && (n == 1 || a->step == b->step));
}

/* Sets, and views of keys and items, which behave like sets. */
static inline bool
is_set_like(const ExprValue *v)
{
	return v->kind == EXPR_SET || (v->kind == EXPR_VIEW && v->len != EXPR_VIEW_VALUES);
}

/* The members of something set-like as a table. */
static bool
set_table(EvalContext *cxt, const ExprValue *v, ExprDict **table)
{
	int			pos = 0;
	ExprValue	pair[2];
	bool		more;

	*table = v->u.dict;
	if (v->kind == EXPR_SET || v->len == EXPR_VIEW_KEYS)
		return true;
	*table = mst_dict_new(mst_dict_length(v->u.dict));
	for (;;)
	{
		ExprValue	item;

		if (!mst_dict_next(cxt, v->u.dict, &pos, &pair[0], &pair[1], &more))
			return false;
		if (!more)
			return true;
		item = mst_value_list(mst_list_of(pair, 2), true);
		if (!mst_set_add(cxt, *table, &item))
			return false;
	}
}

/* Containers and the rest; the numbers and strings are dealt with. */
static bool
equal_containers(EvalContext *cxt, const ExprValue *a, const ExprValue *b, bool *result)
{
	ExprDict   *x;
	ExprDict   *y;

	*result = false;
	if (is_set_like(a) && is_set_like(b))
		return set_table(cxt, a, &x) && set_table(cxt, b, &y) &&
			equal_dicts(cxt, x, y, false, result);
	if (a->kind != b->kind)
		return true;
	switch ((ExprKind) a->kind)
	{
		case EXPR_NULL:
			*result = true;
			return true;
		case EXPR_LIST:
			if (mst_value_is_frozen(a) != mst_value_is_frozen(b))
				return true;
			return equal_lists(cxt, a->u.list, b->u.list, result);
		case EXPR_DICT:
			return equal_dicts(cxt, a->u.dict, b->u.dict, true, result);
		case EXPR_RANGE:
			*result = equal_ranges(a->u.range, b->u.range);
			return true;
		case EXPR_DATETIME:
			*result = mst_datetime_compare(a, b) == 0;
			return true;
		case EXPR_TIMESPAN:
			*result = mst_timespan_compare(a, b) == 0;
			return true;
		case EXPR_VIEW:
			/* each asking for values makes another view, equal to none */
			return true;
		default:
			*result = mst_value_is_same(a, b);
			return true;
	}
}

/* Undefined values: the strict ones refuse, as members of containers too. */
static bool
equal_undefined(EvalContext *cxt, const ExprValue *a, const ExprValue *b, bool *result)
{
	*result = a->kind == b->kind;
	if (*result && a->u.undefined == b->u.undefined)
		return true;
	if (a->kind == EXPR_UNDEFINED && !a->u.undefined->lenient)
		return mst_expr_fail_undefined(cxt, a);
	if (b->kind == EXPR_UNDEFINED && !b->u.undefined->lenient)
		return mst_expr_fail_undefined(cxt, b);
	return true;
}

/*
 * Python's ==, never raises a type error; fails only by limits.  A tuple never
 * equals a list.  Iterators, regexes and objects are equal only to themselves.
 */
bool
mst_value_equal(EvalContext *cxt, const ExprValue *a, const ExprValue *b, bool *result)
{
	bool		ok;

	if (a->kind == EXPR_STRING && b->kind == EXPR_STRING)
	{
		*result = a->len == b->len && memcmp(a->u.string, b->u.string, a->len) == 0;
		return true;
	}
	if (is_numeric(a) && is_numeric(b))
	{
		*result = mst_value_compare_numbers(a, b) == 0;
		return true;
	}
	if (unlikely(a->kind == EXPR_UNDEFINED || b->kind == EXPR_UNDEFINED))
		return equal_undefined(cxt, a, b, result);
	if (!mst_expr_enter(cxt))
		return false;
	ok = equal_containers(cxt, a, b, result);
	mst_expr_leave(cxt);
	return ok;
}

/* ---- order ---- */

/*
 * Answers whether an order holds for the outcome of a comparison: negative, 0
 * or positive.
 */
static inline bool
order_holds(ExprOrder op, int c)
{
	switch (op)
	{
		case EXPR_LT:
			return c < 0;
		case EXPR_LE:
			return c <= 0;
		case EXPR_GT:
			return c > 0;
		case EXPR_GE:
			return c >= 0;
	}
	return false;
}

/* The first items that differ decide, else the lengths. */
static bool
order_lists(EvalContext *cxt, ExprOrder op, ExprList *a, ExprList *b, bool *result)
{
	int			na = mst_list_length(a);
	int			nb = mst_list_length(b);
	ExprValue  *x = mst_list_items(cxt, a);
	ExprValue  *y = mst_list_items(cxt, b);
	bool		equal;
	int			i;

	if (x == NULL || y == NULL)
		return false;
	for (i = 0; i < na && i < nb; i++)
	{
		if (!mst_expr_step(cxt) || !mst_value_equal(cxt, &x[i], &y[i], &equal))
			return false;
		if (!equal)
			return mst_value_order(cxt, op, &x[i], &y[i], result);
	}
	*result = order_holds(op, na - nb);
	return true;
}

/* Inclusion: a < b is "proper subset". */
static bool
order_sets(EvalContext *cxt, ExprOrder op, const ExprValue *a, const ExprValue *b, bool *result)
{
	ExprDict   *x;
	ExprDict   *y;
	int			pos = 0;
	bool		more;
	ExprValue	key;

	if (op == EXPR_GT || op == EXPR_GE)
		return order_sets(cxt, op == EXPR_GT ? EXPR_LT : EXPR_LE, b, a, result);
	if (!set_table(cxt, a, &x) || !set_table(cxt, b, &y))
		return false;
	*result = op == EXPR_LT ? mst_dict_length(x) < mst_dict_length(y) :
		mst_dict_length(x) <= mst_dict_length(y);
	while (*result)
	{
		if (!mst_dict_next(cxt, x, &pos, &key, NULL, &more))
			return false;
		if (!more)
			return true;
		if (!mst_set_has(cxt, y, &key, result))
			return false;
	}
	return true;
}

/* Fails in Python's words for two values that have no order. */
static bool
fail_order(EvalContext *cxt, ExprOrder op, const ExprValue *a, const ExprValue *b)
{
	static const char *const symbols[] = {"<", "<=", ">", ">="};

	return mst_expr_fail(cxt, "TypeError", "'%s' not supported between instances of '%s' and '%s'",
						 symbols[op], mst_value_type_name(a), mst_value_type_name(b));
}

/*
 * Python's ordering operators: numbers and booleans by exact value (NaN never),
 * strings by code point, lists with lists and tuples with tuples item by item,
 * sets by inclusion, date-times, timespans.  Anything else raises TypeError
 * "'<' not supported between instances of 'int' and 'str'".
 */
bool
mst_value_order(EvalContext *cxt, ExprOrder op, const ExprValue *a, const ExprValue *b, bool *result)
{
	bool		ok;

	if (is_numeric(a) && is_numeric(b))
	{
		int			c = mst_value_compare_numbers(a, b);

		*result = c != 2 && order_holds(op, c);
		return true;
	}
	if (is_set_like(a) && is_set_like(b))
		return order_sets(cxt, op, a, b, result);
	if (a->kind != b->kind)
		return fail_order(cxt, op, a, b);
	switch ((ExprKind) a->kind)
	{
		case EXPR_STRING:
			*result = order_holds(op, mst_value_compare_strings(a, b));
			return true;
		case EXPR_LIST:
			if (mst_value_is_frozen(a) != mst_value_is_frozen(b))
				break;
			if (!mst_expr_enter(cxt))
				return false;
			ok = order_lists(cxt, op, a->u.list, b->u.list, result);
			mst_expr_leave(cxt);
			return ok;
		case EXPR_DATETIME:
			if (a->u.datetime->is_naive != b->u.datetime->is_naive)
				return mst_expr_fail(cxt, "TypeError",
									 "can't compare offset-naive and offset-aware datetimes");
			*result = order_holds(op, mst_datetime_compare(a, b));
			return true;
		case EXPR_TIMESPAN:
			*result = order_holds(op, mst_timespan_compare(a, b));
			return true;
		default:
			break;
	}
	return fail_order(cxt, op, a, b);
}

/* ---- hashes ---- */

/*
 * Combines two hashes so that their order counts: multiplications by odd
 * constants spread each bit, and shifts bring the upper ones down.
 */
static inline uint64
mix_hash(uint64 a, uint64 b)
{
	uint64		h = (a ^ b) * UINT64CONST(0x9E3779B97F4A7C15);

	h ^= h >> 32;
	h *= UINT64CONST(0xD6E8FEB86659FD93);
	return h ^ (h >> 29);
}

/* Hash of text, as mst_value_hash() gives for a string. */
uint32
mst_value_hash_bytes(const char *s, int len)
{
	uint64		h = (uint64) len;
	uint64		word;

	for (; len >= 8; s += 8, len -= 8)
	{
		memcpy(&word, s, 8);
		h = mix_hash(h, word);
	}
	if (len > 0)
	{
		word = 0;
		memcpy(&word, s, len);
		h = mix_hash(h, word);
	}
	return (uint32) h;
}

/* Floats that are integers hash like those. */
static uint32
hash_number(EvalContext *cxt, const ExprValue *v)
{
	double		f;
	uint64		bits;

	if (v->kind == EXPR_BIGINT)
		return mst_bigint_hash(v->u.bigint);
	if (v->kind != EXPR_FLOAT)
		return (uint32) mix_hash(1, (uint64) mst_value_small_int(v));
	f = v->u.real;
	if (f == floor(f))
	{
		ExprValue	whole;

		if (f >= -9223372036854775808.0 && f < 9223372036854775808.0)
			return (uint32) mix_hash(1, (uint64) (int64) f);
		if (!isinf(f) && mst_bigint_from_double(cxt, f, &whole))
			return mst_bigint_hash(whole.u.bigint);
	}
	memcpy(&bits, &f, sizeof(bits));
	return (uint32) mix_hash(2, bits);
}

/* Hashes a list by its items. Fails where one cannot be hashed. */
static bool
hash_list(EvalContext *cxt, ExprList *list, uint32 *hash)
{
	ExprValue  *items = mst_list_items(cxt, list);
	int			n = mst_list_length(list);
	uint64		h = 3;
	uint32		one;
	int			i;

	if (items == NULL)
		return false;
	for (i = 0; i < n; i++)
	{
		if (!mst_expr_step(cxt) || !mst_value_hash(cxt, &items[i], &one))
			return false;
		h = mix_hash(h, one);
	}
	*hash = (uint32) h;
	return true;
}

/* The order of the members does not count. */
static bool
hash_dict(EvalContext *cxt, ExprDict *dict, bool with_values, uint32 *hash)
{
	uint64		sum = 0;
	int			pos = 0;
	ExprValue	key;
	ExprValue	value;
	uint32		key_hash;
	uint32		value_hash = 0;
	bool		more;

	for (;;)
	{
		if (!mst_dict_next(cxt, dict, &pos, &key, &value, &more))
			return false;
		if (!more)
			break;
		if (!mst_value_hash(cxt, &key, &key_hash) ||
			(with_values && !mst_value_hash(cxt, &value, &value_hash)))
			return false;
		sum += mix_hash(key_hash, value_hash);
	}
	*hash = (uint32) mix_hash(4, sum);
	return true;
}

/*
 * Hashes a list or a table, which has to be frozen: a key that could change
 * would be lost. Depth counts, since containers nest.
 */
static bool
hash_container(EvalContext *cxt, const ExprValue *v, uint32 *hash)
{
	bool		ok;

	if (!mst_value_is_frozen(v))
		return mst_expr_fail(cxt, "TypeError", "unhashable type: '%s'", mst_value_type_name(v));
	if (!mst_expr_enter(cxt))
		return false;
	if (v->kind == EXPR_LIST)
		ok = hash_list(cxt, v->u.list, hash);
	else
		ok = hash_dict(cxt, v->u.dict, v->kind == EXPR_DICT, hash);
	mst_expr_leave(cxt);
	return ok;
}

/*
 * Hash consistent with mst_value_equal(); TypeError "unhashable type:
 * 'list'".
 */
bool
mst_value_hash(EvalContext *cxt, const ExprValue *v, uint32 *hash)
{
	switch ((ExprKind) v->kind)
	{
		case EXPR_NULL:
		case EXPR_NO_VALUE:
			*hash = 0x9E37;
			return true;
		case EXPR_BOOL:
		case EXPR_INT:
		case EXPR_BIGINT:
		case EXPR_FLOAT:
			*hash = hash_number(cxt, v);
			return true;
		case EXPR_STRING:
			*hash = mst_value_hash_bytes(v->u.string, v->len);
			return true;
		case EXPR_LIST:
		case EXPR_DICT:
		case EXPR_SET:
			return hash_container(cxt, v, hash);
		case EXPR_VIEW:
			if (v->len != EXPR_VIEW_VALUES)
				return mst_expr_fail(cxt, "TypeError", "unhashable type: '%s'",
									 mst_value_type_name(v));
			*hash = (uint32) mix_hash(6, (uint64) (uintptr_t) v->u.dict);
			return true;
		case EXPR_RANGE:
			{
				int64		n = mst_range_length(v->u.range);

				*hash = (uint32) mix_hash((uint64) n, n > 0 ? (uint64) v->u.range->start : 0);
				return true;
			}
		case EXPR_DATETIME:
			*hash = (uint32) mix_hash(5, (uint64) (v->u.datetime->local - v->u.datetime->offset));
			return true;
		case EXPR_TIMESPAN:
			*hash = (uint32) mix_hash((uint64) v->len, (uint64) v->u.integer);
			return true;
		case EXPR_ITERATOR:
		case EXPR_REGEX:
		case EXPR_OBJECT:
			*hash = (uint32) mix_hash(6, (uint64) (uintptr_t) v->u.list);
			return true;
		case EXPR_UNDEFINED:
			if (!v->u.undefined->lenient)
				return mst_expr_fail_undefined(cxt, v);
			*hash = 6;
			return true;
	}

	elog(ERROR, "unrecognized value kind: %d", (int) v->kind);
	return false;
}

/* ---- sorting ---- */

typedef struct SortItem
{
	ExprValue	key;
	ExprValue	item;
} SortItem;

/* Merges two sorted runs; the left one wins ties. */
static bool
merge_runs(EvalContext *cxt, const SortItem *from, SortItem *to, int left, int middle, int right,
		   ExprLess less, void *arg)
{
	int			i = left;
	int			j = middle;
	int			k;
	bool		is_less;

	for (k = left; k < right; k++)
	{
		if (i < middle && j < right)
		{
			if (!mst_expr_step(cxt) ||
				!less(cxt, &from[j].key, &from[i].key, arg, &is_less))
				return false;
			to[k] = is_less ? from[j++] : from[i++];
		}
		else
			to[k] = i < middle ? from[i++] : from[j++];
	}
	return true;
}

/*
 * Sorts n values by a stable merge sort. less() answers in *result whether a
 * sorts before b; keys[i] belongs to items[i] and moves with it (keys may be
 * items). Fails when less() does, or by limits; the order is then undefined.
 */
bool
mst_value_sort(EvalContext *cxt, ExprValue *keys, ExprValue *items, int n, ExprLess less, void *arg)
{
	SortItem   *from;
	SortItem   *to;
	int64		width;
	int			i;

	if (n < 2)
		return true;
	if (!mst_expr_charge(cxt, (int64) n * 2 * (int64) sizeof(SortItem)))
		return false;
	from = palloc_extended((Size) n * sizeof(SortItem), MCXT_ALLOC_HUGE);
	to = palloc_extended((Size) n * sizeof(SortItem), MCXT_ALLOC_HUGE);
	for (i = 0; i < n; i++)
	{
		from[i].key = keys[i];
		from[i].item = items[i];
	}

	for (width = 1; width < n; width *= 2)
	{
		SortItem   *swap;
		int64		left;

		for (left = 0; left < n; left += 2 * width)
		{
			if (!merge_runs(cxt, from, to, (int) left, (int) Min(left + width, n),
							(int) Min(left + 2 * width, n), less, arg))
				return false;
		}
		swap = from;
		from = to;
		to = swap;
	}

	for (i = 0; i < n; i++)
	{
		keys[i] = from[i].key;
		items[i] = from[i].item;
	}
	return true;
}
