/*-------------------------------------------------------------------------
 *
 * filters_map.c
 *	  Filters of Jinja2 that apply a filter, test or attribute to every item.
 *
 * map, select, reject, selectattr and rejectattr are lazy: nothing, not even
 * their arguments, is looked at before the first item is asked for, and an
 * empty sequence never looks at its arguments at all.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/arguments.h"
#include "jinja/attributes.h"
#include "jinja/callables.h"
#include "value/make.h"

/* The operation on the items. */
typedef enum MapMode
{
	MAP_APPLY,
	MAP_SELECT,
	MAP_REJECT
} MapMode;

typedef struct MapIterator
{
	ExprIterator iterator;
	JinjaEval  *ev;
	MapMode		mode;
	bool		by_attribute;	/* look at an attribute of each item */
	JinjaArguments args;		/* the first is the source */
	bool		is_ready;
	bool		is_done;
	ExprCursor	cursor;
	JinjaPath	path;
	ExprValue	default_value;
	bool		has_application;
	JinjaApplication application;
} MapIterator;

/* ---- preparation, when the first item is asked for ---- */

/* Answers whether a named argument has this name. */
static bool
is_named(const JinjaArguments *args, int i, const char *name)
{
	return strcmp(args->names[i], name) == 0;
}

/* map(attribute=..., default=...) */
static bool
prepare_attribute(MapIterator *it)
{
	ExprValue	attribute = mst_value_null();

	it->default_value = mst_value_null();
	for (int i = 0; i < it->args.nnamed; i++)
	{
		if (is_named(&it->args, i, "attribute"))
			attribute = it->args.named[i];
		else if (is_named(&it->args, i, "default"))
			it->default_value = it->args.named[i];
		else
			return mst_jinja_fail(it->ev, "FilterArgumentError", "Unexpected keyword argument '%s'",
								  it->args.names[i]);
	}
	if (!mst_jinja_make_path(it->ev, &attribute, &it->path))
		return false;
	if (it->default_value.kind != EXPR_NULL)
		it->path.default_value = &it->default_value;
	return true;
}

/* Answers whether map() was given an attribute instead of a filter. */
static bool
has_attribute(const JinjaArguments *args)
{
	for (int i = 0; i < args->nnamed; i++)
		if (is_named(args, i, "attribute"))
			return true;
	return false;
}

/* The name of a filter or test is argument `at`; those behind it are its arguments. */
static bool
prepare_application(MapIterator *it, int at)
{
	if (!mst_jinja_find_application(it->ev, it->mode != MAP_APPLY, &it->args.values[at],
									&it->application))
		return false;
	it->has_application = true;
	it->application.args = it->args;
	it->application.args.values += at + 1;
	it->application.args.count -= at + 1;
	return true;
}

/*
 * Finds out what to do with each item, from the arguments, in the order in
 * which the reference looks at them.
 */
static bool
prepare_arguments(MapIterator *it)
{
	int			at = 1;

	if (it->mode == MAP_APPLY)
	{
		if (it->args.count > 1)
			return prepare_application(it, 1);
		if (has_attribute(&it->args))
			return prepare_attribute(it);
		return mst_jinja_fail(it->ev, "FilterArgumentError", "map requires a filter argument");
	}
	if (it->by_attribute)
	{
		if (it->args.count < 2)
			return mst_jinja_fail(it->ev, "FilterArgumentError", "Missing parameter for attribute name");
		if (!mst_jinja_make_path(it->ev, &it->args.values[1], &it->path))
			return false;
		at = 2;
	}
	return it->args.count <= at || prepare_application(it, at);
}

/*
 * Prepares the iterator when the first item is asked for, as a generator of
 * Python would: errors in the arguments show then, and not at all over an
 * empty sequence.
 */
static bool
prepare_filter(MapIterator *it)
{
	bool		is_true;

	it->is_ready = true;
	if (!mst_jinja_truth(it->ev, &it->args.values[0], &is_true))
		return false;
	it->is_done = !is_true;
	return it->is_done ||
		(prepare_arguments(it) && mst_jinja_open(it->ev, &it->cursor, &it->args.values[0]));
}

/* ---- items ---- */

/* Does the filter's work on one item; *keep tells whether *item is given on. */
static bool
work_on(MapIterator *it, ExprValue *item, bool *keep)
{
	ExprValue	value;
	ExprValue	outcome;

	if (!mst_jinja_follow_path(it->ev, &it->path, item, &value))
		return false;
	outcome = value;
	if (it->has_application && !mst_jinja_apply_to(it->ev, &it->application, &value, &outcome))
		return false;
	*keep = true;
	if (it->mode == MAP_APPLY)
	{
		*item = outcome;
		return true;
	}
	if (!mst_jinja_truth(it->ev, &outcome, keep))
		return false;
	if (it->mode == MAP_REJECT)
		*keep = !*keep;
	return true;
}

/* Hands on the next item that is kept, mapped where the filter is map(). */
static ExprNext
next_mapped(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	MapIterator *it = (MapIterator *) iterator;
	ExprNext	next;

	if (!it->is_ready && !prepare_filter(it))
		return EXPR_NEXT_ERROR;
	if (it->is_done)
		return EXPR_NEXT_END;
	while ((next = mst_cursor_next(cxt, &it->cursor, item)) == EXPR_NEXT_ITEM)
	{
		bool		keep;
		bool		done;

		/* generators over generators recurse */
		if (!mst_expr_enter(cxt))
			return EXPR_NEXT_ERROR;
		done = mst_expr_step(cxt) && work_on(it, item, &keep);
		mst_expr_leave(cxt);
		if (!done)
			return EXPR_NEXT_ERROR;
		if (keep)
			return EXPR_NEXT_ITEM;
	}
	it->is_done = next == EXPR_NEXT_END;
	return next;
}

static const ExprIteratorOps map_ops = {"generator", next_mapped};

/* Makes the iterator of one of these filters; nothing is looked at yet. */
static bool
make_map(JinjaEval *ev, const JinjaArguments *args, MapMode mode, bool by_attribute, ExprValue *result)
{
	MapIterator *it;

	if (args->count == 0)
		return mst_jinja_fail(ev, "TypeError", "missing 1 required positional argument: 'value'");
	it = palloc0(sizeof(MapIterator));
	it->iterator.ops = &map_ops;
	it->ev = ev;
	it->mode = mode;
	it->by_attribute = by_attribute;
	it->args = *args;
	*result = mst_value_iterator(&it->iterator);
	return true;
}

/* items | map(filter, arguments...), or map(attribute=path, default=value) */
static bool
filter_map(JinjaEval *ev, const JinjaArguments *args, ExprValue *result)
{
	return make_map(ev, args, MAP_APPLY, false, result);
}

/* items | select(test, arguments...); without a test by truth. */
static bool
filter_select(JinjaEval *ev, const JinjaArguments *args, ExprValue *result)
{
	return make_map(ev, args, MAP_SELECT, false, result);
}

/* items | reject(test, arguments...); without a test by truth. */
static bool
filter_reject(JinjaEval *ev, const JinjaArguments *args, ExprValue *result)
{
	return make_map(ev, args, MAP_REJECT, false, result);
}

/* items | selectattr(path, test, arguments...) */
static bool
filter_selectattr(JinjaEval *ev, const JinjaArguments *args, ExprValue *result)
{
	return make_map(ev, args, MAP_SELECT, true, result);
}

/* items | rejectattr(path, test, arguments...) */
static bool
filter_rejectattr(JinjaEval *ev, const JinjaArguments *args, ExprValue *result)
{
	return make_map(ev, args, MAP_REJECT, true, result);
}

const JinjaBuiltin mst_jinja_map_filters[] = {
	{"map", .variadic = filter_map, .needs_context = true, JINJA_TAKES("value:lazyiter *args:anything **kwargs:anything")},
	{"reject", .variadic = filter_reject, .needs_context = true, JINJA_TAKES("value:lazyiter *args:anything **kwargs:anything")},
	{"rejectattr", .variadic = filter_rejectattr, .needs_context = true, JINJA_TAKES("value:lazyiter *args:anything **kwargs:anything")},
	{"select", .variadic = filter_select, .needs_context = true, JINJA_TAKES("value:lazyiter *args:anything **kwargs:anything")},
	{"selectattr", .variadic = filter_selectattr, .needs_context = true, JINJA_TAKES("value:lazyiter *args:anything **kwargs:anything")},
	{NULL}
};
