/*-------------------------------------------------------------------------
 *
 * arguments.c
 *	  What the builtins of Jinja2 have in common.
 *
 * Builtins take their arguments through these functions, because three
 * things of Jinja's are easily forgotten: a strictly undefined value raises
 * an error wherever it is used, text that is marked as safe (Markup) stays
 * safe only through some operations, and an argument that was not given
 * differs from null.
 *
 * Integers that are too large are clipped to 64 bits, since every use of
 * them has a bound that is reached before.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <time.h>
#include <unistd.h>

#include "jinja/arguments.h"
#include "jinja/objects.h"
#include "value/dict.h"
#include "value/list.h"
#include "value/make.h"
#include "value/range.h"
#include "value/text.h"

/* ---- undefined values, truth ---- */

/*
 * Raises the error that using an undefined value means; returns false.
 */
bool
mst_jinja_fail_undefined(JinjaEval *ev, const ExprValue *value)
{
	return mst_expr_fail_undefined(ev->cxt, value);
}

/* Fails with UndefinedError when a value is strictly undefined. */
bool
mst_jinja_check_defined(JinjaEval *ev, const ExprValue *value)
{
	if (likely(value->kind != EXPR_UNDEFINED) || value->u.undefined->lenient)
		return true;
	return mst_jinja_fail_undefined(ev, value);
}

/* Truth of a value; UndefinedError. */
bool
mst_jinja_truth(JinjaEval *ev, const ExprValue *value, bool *result)
{
	if (!mst_jinja_check_defined(ev, value))
		return false;
	*result = mst_value_is_true(value);
	return true;
}

/* ---- text ---- */

/*
 * Returns a string value marked as safe.
 */
ExprValue
mst_jinja_markup(ExprValue value)
{
	value.flags |= EXPR_MARKUP;
	return value;
}

/*
 * Appends str(value).
 */
bool
mst_jinja_append_text(JinjaEval *ev, StringInfo out, const ExprValue *value)
{
	if (value->kind != EXPR_STRING)
	{
		if (!mst_jinja_check_defined(ev, value))
			return false;
		return mst_value_append_text(ev->cxt, out, value, 0);
	}
	if (!mst_expr_charge(ev->cxt, (int64) out->len + value->len))
		return false;
	appendBinaryStringInfo(out, value->u.string, value->len);
	return true;
}

/*
 * str(value), but a safe string stays safe.
 */
bool
mst_jinja_to_text(JinjaEval *ev, const ExprValue *value, ExprValue *result)
{
	if (value->kind == EXPR_STRING)
	{
		*result = *value;
		return true;
	}
	return mst_jinja_check_defined(ev, value) && mst_value_to_text(ev->cxt, value, result);
}

static const char *
entity_of(char c)
{
	switch (c)
	{
		case '&':
			return "&amp;";
		case '<':
			return "&lt;";
		case '>':
			return "&gt;";
		case '\'':
			return "&#39;";
		case '"':
			return "&#34;";
		default:
			return NULL;
	}
}

/*
 * Appends text with the five special characters of HTML as entities.
 */
bool
mst_jinja_append_escaped(JinjaEval *ev, StringInfo out, const char *s, int len)
{
	if (!mst_expr_charge(ev->cxt, (int64) out->len + (int64) len * 5))
		return false;
	for (int i = 0; i < len; i++)
	{
		const char *entity = entity_of(s[i]);

		if (entity != NULL)
			appendStringInfoString(out, entity);
		else
			appendStringInfoCharMacro(out, s[i]);
	}
	return true;
}

/*
 * escape(value): a safe string is itself, anything else is escaped text.
 */
bool
mst_jinja_escape(JinjaEval *ev, const ExprValue *value, ExprValue *result)
{
	StringInfoData out;
	ExprValue	text;

	if (mst_jinja_is_markup(value))
	{
		*result = *value;
		return true;
	}
	if (!mst_jinja_to_text(ev, value, &text))
		return false;
	mst_text_init(&out);
	if (!mst_jinja_append_escaped(ev, &out, text.u.string, text.len))
		return false;
	*result = mst_jinja_markup(mst_value_string_from(&out));
	return true;
}

/*
 * Returns the text that a buffer has collected.  It is safe where text is
 * escaped on output.
 */
ExprValue
mst_jinja_rendered(JinjaEval *ev, StringInfo buf)
{
	ExprValue	text = mst_value_string_from(buf);

	return ev->autoescape ? mst_jinja_markup(text) : text;
}

/* ---- iteration ---- */

/*
 * Answers whether a value can be iterated over; an undefined one cannot.
 */
bool
mst_jinja_is_iterable(const ExprValue *value)
{
	if (value->kind == EXPR_OBJECT)
		return mst_jinja_class_of(value)->iterate != NULL;
	return mst_value_is_iterable(value);
}

/*
 * Answers whether a value can be called.  Undefined values say they can.
 */
bool
mst_jinja_is_callable(const ExprValue *value)
{
	if (value->kind == EXPR_OBJECT)
		return mst_jinja_class_of(value)->call != NULL;
	return value->kind == EXPR_UNDEFINED;
}

/*
 * Starts a pass over anything iterable.
 */
bool
mst_jinja_open(JinjaEval *ev, ExprCursor *cursor, const ExprValue *source)
{
	ExprValue	iterator;

	if (!mst_jinja_check_defined(ev, source))
		return false;
	if (mst_jinja_is_markup(source))
	{
		/* the characters of a safe string are plain */
		iterator = *source;
		iterator.flags &= ~EXPR_MARKUP;
		return mst_cursor_open(ev->cxt, cursor, &iterator);
	}
	if (source->kind != EXPR_OBJECT)
		return mst_cursor_open(ev->cxt, cursor, source);
	if (mst_jinja_class_of(source)->iterate == NULL)
		return mst_jinja_fail(ev, "TypeError", "'%s' object is not iterable",
							  mst_value_type_name(source));
	return mst_jinja_class_of(source)->iterate(ev, source->u.object, &iterator) &&
		mst_cursor_open(ev->cxt, cursor, &iterator);
}

/*
 * The items of anything iterable as a new list.
 */
bool
mst_jinja_to_list(JinjaEval *ev, const ExprValue *source, ExprList **list)
{
	ExprValue	item;
	ExprCursor	cursor;
	ExprNext	next;

	if (!mst_jinja_check_defined(ev, source))
		return false;
	if (source->kind != EXPR_OBJECT && !mst_jinja_is_markup(source))
		return mst_value_to_list(ev->cxt, source, list);
	*list = mst_list_new(0);
	if (!mst_jinja_open(ev, &cursor, source))
		return false;
	while ((next = mst_cursor_next(ev->cxt, &cursor, &item)) == EXPR_NEXT_ITEM)
		if (!mst_list_append(ev->cxt, *list, &item))
			return false;
	return next == EXPR_NEXT_END;
}

/*
 * len(value)
 */
bool
mst_jinja_length(JinjaEval *ev, const ExprValue *value, int64 *length)
{
	if (!mst_jinja_check_defined(ev, value))
		return false;
	if (value->kind == EXPR_OBJECT && mst_jinja_class_of(value)->length != NULL)
		return mst_jinja_class_of(value)->length(ev, value->u.object, length);
	return mst_value_length(ev->cxt, value, length);
}

typedef struct LazyList
{
	ExprIterator iterator;
	JinjaEval  *ev;
	JinjaBuilder build;			/* NULL once the list is there */
	ExprValue  *args;
	ExprList   *list;
	int			at;
} LazyList;

static ExprNext
next_lazy(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	LazyList   *lazy = (LazyList *) iterator;

	if (lazy->build != NULL)
	{
		if (!lazy->build(lazy->ev, lazy->args, &lazy->list))
			return EXPR_NEXT_ERROR;
		lazy->build = NULL;
	}
	if (lazy->at >= mst_list_length(lazy->list))
		return EXPR_NEXT_END;
	return mst_list_get(cxt, lazy->list, lazy->at++, item) ? EXPR_NEXT_ITEM : EXPR_NEXT_ERROR;
}

static const ExprIteratorOps lazy_ops = {"generator", next_lazy};

/*
 * Returns a generator over a list that is computed when its first item is
 * asked for.
 */
ExprValue
mst_jinja_lazy_list(JinjaEval *ev, JinjaBuilder build, const ExprValue *args, int nargs)
{
	LazyList   *lazy = palloc0(sizeof(LazyList));

	lazy->iterator.ops = &lazy_ops;
	lazy->ev = ev;
	lazy->build = build;
	lazy->args = palloc(sizeof(ExprValue) * nargs);
	memcpy(lazy->args, args, sizeof(ExprValue) * nargs);
	return mst_value_iterator(&lazy->iterator);
}

typedef struct ReverseIterator
{
	ExprIterator iterator;
	ExprList   *list;
	int			left;
} ReverseIterator;

static ExprNext
next_reverse(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	ReverseIterator *it = (ReverseIterator *) iterator;

	/* the list may have got shorter */
	it->left = Min(it->left, mst_list_length(it->list));
	if (it->left == 0)
		return EXPR_NEXT_END;
	return mst_list_get(cxt, it->list, --it->left, item) ? EXPR_NEXT_ITEM : EXPR_NEXT_ERROR;
}

static const ExprIteratorOps reverse_ops = {"list_reverseiterator", next_reverse};

/*
 * An iterator from the last item to the first, for what has an order that can
 * be reversed.
 */
bool
mst_jinja_reversed(JinjaEval *ev, const ExprValue *source, ExprValue *result, bool *found)
{
	ReverseIterator *it;
	ExprList   *list;

	if (!mst_jinja_check_defined(ev, source))
		return false;
	*found = source->kind == EXPR_STRING || source->kind == EXPR_LIST ||
		source->kind == EXPR_RANGE || source->kind == EXPR_DICT || source->kind == EXPR_VIEW ||
		source->kind == EXPR_UNDEFINED;
	if (!*found)
		return true;
	if (source->kind == EXPR_LIST)
		list = source->u.list;
	else if (!mst_jinja_to_list(ev, source, &list))
		return false;
	it = palloc0(sizeof(ReverseIterator));
	it->iterator.ops = &reverse_ops;
	it->list = list;
	it->left = mst_list_length(list);
	*result = mst_value_iterator(&it->iterator);
	return true;
}

/* ---- arguments ---- */

/*
 * An integer as argument; values beyond 64 bits are clipped.
 */
bool
mst_jinja_int_argument(JinjaEval *ev, const ExprValue *value, int64 *result)
{
	if (!mst_jinja_check_defined(ev, value))
		return false;
	if (!mst_value_is_integral(value))
		return mst_jinja_fail(ev, "TypeError", "'%s' object cannot be interpreted as an integer",
							  mst_value_type_name(value));
	*result = mst_number_clip(value);
	return true;
}

/* ---- dictionaries ---- */

/* Sets one pair of an update; index is its place. */
static bool
update_pair(JinjaEval *ev, ExprDict *dict, const ExprValue *pair, int64 index)
{
	ExprList   *list;
	ExprValue	key;
	ExprValue	value;

	if (!mst_jinja_check_defined(ev, pair))
		return false;
	if (!mst_jinja_is_iterable(pair))
		return mst_jinja_fail(ev, "TypeError",
							  "cannot convert dictionary update sequence element #" INT64_FORMAT " to a sequence",
							  index);
	if (!mst_jinja_to_list(ev, pair, &list))
		return false;
	if (mst_list_length(list) != 2)
		return mst_jinja_fail(ev, "ValueError",
							  "dictionary update sequence element #" INT64_FORMAT " has length %d; 2 is required",
							  index, mst_list_length(list));
	return mst_list_get(ev->cxt, list, 0, &key) && mst_list_get(ev->cxt, list, 1, &value) &&
		mst_jinja_check_defined(ev, &key) && mst_dict_set(ev->cxt, dict, &key, &value);
}

/*
 * Sets the entries of a mapping, or the pairs of an iterable, as
 * dict.update() does.
 */
bool
mst_jinja_update_dict(JinjaEval *ev, ExprDict *dict, const ExprValue *source)
{
	ExprCursor	cursor;
	ExprValue	pair;
	ExprNext	next;

	if (source->kind == EXPR_DICT)
		return mst_dict_update(ev->cxt, dict, source->u.dict);
	if (!mst_jinja_open(ev, &cursor, source))
		return false;
	for (int64 i = 0; (next = mst_cursor_next(ev->cxt, &cursor, &pair)) == EXPR_NEXT_ITEM; i++)
		if (!update_pair(ev, dict, &pair, i))
			return false;
	return next == EXPR_NEXT_END;
}

/* ---- chance ---- */

/*
 * Returns a random number from 0 to n - 1; good enough for picking an item.
 */
int
mst_jinja_random(int n)
{
	static uint64 state = 0;

	if (state == 0)
		state = ((uint64) time(NULL) << 20) ^ ((uint64) getpid() << 1) ^ UINT64CONST(0x9E3779B97F4A7C15);
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (int) (((state * UINT64CONST(2685821657736338717)) >> 33) % (uint64) n);
}
