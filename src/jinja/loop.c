/*-------------------------------------------------------------------------
 *
 * loop.c
 *	  The variable "loop" of Jinja2's for statement.
 *
 * The loop object draws the items.  To know whether the current one is the
 * last it draws one ahead, and for the length of something that has none it
 * draws all that are left; both only when asked.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/attributes.h"
#include "jinja/loop.h"
#include "jinja/objects.h"
#include "value/compare.h"
#include "value/list.h"
#include "value/make.h"

struct JinjaLoop
{
	ExprObject	object;
	JinjaEval  *ev;
	const JinjaFor *node;
	JinjaFrame *outer;			/* frame around the loop */
	ExprValue	source;
	ExprCursor	cursor;
	int64		index0;
	int64		length;			/* -1: not known yet */
	int			depth0;
	ExprValue	previous;		/* these three: EXPR_NO_VALUE when there is
								 * none */
	ExprValue	current;
	ExprValue	ahead;
	ExprList   *last_changed;
};

/* ---- items ---- */

/*
 * Steps to the next item.
 */
ExprNext
mst_jinja_loop_next(JinjaLoop *loop, ExprValue *item)
{
	ExprNext	next = EXPR_NEXT_ITEM;

	if (mst_jinja_is_given(&loop->ahead))
		*item = loop->ahead;
	else
		next = mst_cursor_next(loop->ev->cxt, &loop->cursor, item);
	if (next != EXPR_NEXT_ITEM)
		return next;
	loop->ahead = mst_value_no_value();
	loop->previous = loop->current;
	loop->current = *item;
	loop->index0++;
	return EXPR_NEXT_ITEM;
}

/* Draws one item ahead, unless that has been done; none is left when it stays EXPR_NO_VALUE. */
static bool
peek_item(JinjaLoop *loop)
{
	ExprNext	next;

	if (mst_jinja_is_given(&loop->ahead))
		return true;
	next = mst_cursor_next(loop->ev->cxt, &loop->cursor, &loop->ahead);
	if (next == EXPR_NEXT_END)
		loop->ahead = mst_value_no_value();
	return next != EXPR_NEXT_ERROR;
}

static bool
has_length(const JinjaLoop *loop)
{
	switch ((ExprKind) loop->source.kind)
	{
		case EXPR_STRING:
		case EXPR_LIST:
		case EXPR_DICT:
		case EXPR_SET:
		case EXPR_VIEW:
		case EXPR_RANGE:
			return loop->node->filter == NULL;
		default:
			return false;
	}
}

static bool
find_length(JinjaLoop *loop)
{
	EvalContext *cxt = loop->ev->cxt;
	ExprList   *rest = mst_list_new(0);
	ExprValue	item;
	ExprNext	next;
	ExprValue	list;

	if (loop->length >= 0)
		return true;
	if (has_length(loop))
		return mst_value_length(cxt, &loop->source, &loop->length);
	while ((next = mst_cursor_next(cxt, &loop->cursor, &item)) == EXPR_NEXT_ITEM)
		if (!mst_list_append(cxt, rest, &item))
			return false;
	if (next == EXPR_NEXT_ERROR)
		return false;
	loop->length = loop->index0 + 1 + mst_list_length(rest) +
		(mst_jinja_is_given(&loop->ahead) ? 1 : 0);
	list = mst_value_list(rest, false);
	return mst_cursor_open(cxt, &loop->cursor, &list);
}

/* ---- methods ---- */

static JinjaLoop *
loop_of(const ExprValue *self)
{
	return (JinjaLoop *) self->u.object;
}

/* loop.cycle(a, b, ...) */
static bool
loop_cycle(JinjaEval *ev, const JinjaArguments *args, ExprValue *result)
{
	int			n = args->count - 1;

	if (n == 0)
		return mst_jinja_fail(ev, "TypeError", "no items for cycling given");
	*result = args->values[1 + loop_of(&args->values[0])->index0 % n];
	return true;
}

/*
 * loop.changed(a, b, ...): whether the values differ from those of the last
 * call.
 */
static bool
loop_changed(JinjaEval *ev, const JinjaArguments *args, ExprValue *result)
{
	JinjaLoop  *loop = loop_of(&args->values[0]);
	ExprList   *values = mst_list_of(args->values + 1, args->count - 1);
	ExprValue	before = mst_value_list(loop->last_changed, false);
	ExprValue	now = mst_value_list(values, false);
	bool		is_same = false;

	if (loop->last_changed != NULL && !mst_value_equal(ev->cxt, &before, &now, &is_same))
		return false;
	loop->last_changed = values;
	*result = mst_value_bool(!is_same);
	return true;
}

const JinjaBuiltin mst_jinja_loop_methods[] = {
	{"cycle", .variadic = loop_cycle, JINJA_TAKES("self:loop / *items:anything")},
	{"changed", .variadic = loop_changed, JINJA_TAKES("self:loop / *values:anything")},
	{NULL}
};

/* ---- attributes ---- */

typedef enum LoopAttribute
{
	LOOP_INDEX,
	LOOP_INDEX0,
	LOOP_REVINDEX,
	LOOP_REVINDEX0,
	LOOP_FIRST,
	LOOP_LAST,
	LOOP_LENGTH,
	LOOP_DEPTH,
	LOOP_DEPTH0,
	LOOP_PREVITEM,
	LOOP_NEXTITEM
} LoopAttribute;

static const char *const attribute_names[] = {
	"index", "index0", "revindex", "revindex0", "first", "last", "length", "depth", "depth0",
	"previtem", "nextitem"
};

static bool
get_loop_value(JinjaLoop *loop, LoopAttribute attribute, ExprValue *result)
{
	switch (attribute)
	{
		case LOOP_INDEX:
			*result = mst_value_int(loop->index0 + 1);
			return true;
		case LOOP_INDEX0:
			*result = mst_value_int(loop->index0);
			return true;
		case LOOP_REVINDEX:
		case LOOP_REVINDEX0:
		case LOOP_LENGTH:
			if (!find_length(loop))
				return false;
			*result = mst_value_int(attribute == LOOP_LENGTH ? loop->length :
									attribute == LOOP_REVINDEX ? loop->length - loop->index0 :
									loop->length - loop->index0 - 1);
			return true;
		case LOOP_FIRST:
			*result = mst_value_bool(loop->index0 == 0);
			return true;
		case LOOP_LAST:
			if (!peek_item(loop))
				return false;
			*result = mst_value_bool(!mst_jinja_is_given(&loop->ahead));
			return true;
		case LOOP_DEPTH:
			*result = mst_value_int(loop->depth0 + 1);
			return true;
		case LOOP_DEPTH0:
			*result = mst_value_int(loop->depth0);
			return true;
		case LOOP_PREVITEM:
			*result = loop->index0 == 0 ?
				mst_jinja_undefined(NULL, "there is no previous item") : loop->previous;
			return true;
		case LOOP_NEXTITEM:
			if (!peek_item(loop))
				return false;
			*result = mst_jinja_is_given(&loop->ahead) ? loop->ahead :
				mst_jinja_undefined(NULL, "there is no next item");
			return true;
	}
	return false;
}

static bool
get_loop_attribute(JinjaEval *ev, ExprObject *object, const char *name, int len,
				   ExprValue *result, bool *found)
{
	ExprValue	self = mst_value_object(object);
	const JinjaBuiltin *method = mst_jinja_find_in(mst_jinja_loop_methods, name, len);

	*found = true;
	if (method != NULL)
	{
		*result = mst_jinja_make_method(method, &self);
		return true;
	}
	for (int i = 0; i < lengthof(attribute_names); i++)
		if (strlen(attribute_names[i]) == len && memcmp(attribute_names[i], name, len) == 0)
			return get_loop_value((JinjaLoop *) object, (LoopAttribute) i, result);
	*found = false;
	return true;
}

/* ---- the object ---- */

/* loop(items) of a recursive loop. */
static bool
call_loop(JinjaEval *ev, ExprObject *object, const JinjaArguments *args, ExprValue *result)
{
	JinjaLoop  *loop = (JinjaLoop *) object;

	if (args->count != 1 || args->nnamed > 0)
		return mst_jinja_fail(ev, "TypeError",
							  "LoopContext.__call__() takes 2 positional arguments but %d were given",
							  args->count + args->nnamed + 1);
	if (!loop->node->is_recursive)
		return mst_jinja_fail(ev, "TypeError",
							  "The loop must have the 'recursive' marker to be called recursively.");
	return mst_jinja_recurse(ev, loop->node, loop->outer, &args->values[0], loop->depth0 + 1, result);
}

static bool
loop_length(JinjaEval *ev, ExprObject *object, int64 *length)
{
	JinjaLoop  *loop = (JinjaLoop *) object;

	if (!find_length(loop))
		return false;
	*length = loop->length;
	return true;
}

/* An iterator over the items that are left, as pairs with the loop. */
typedef struct LoopIterator
{
	ExprIterator iterator;
	JinjaLoop  *loop;
} LoopIterator;

static ExprNext
next_pair(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	JinjaLoop  *loop = ((LoopIterator *) iterator)->loop;
	ExprValue	pair[2];
	ExprNext	next = mst_jinja_loop_next(loop, &pair[0]);

	pair[1] = mst_value_object(&loop->object);
	if (next == EXPR_NEXT_ITEM)
		*item = mst_value_list(mst_list_of(pair, 2), true);
	return next;
}

static const ExprIteratorOps loop_iterator_ops = {"LoopContext", next_pair};

static bool
iterate_loop(JinjaEval *ev, ExprObject *object, ExprValue *result)
{
	LoopIterator *it = palloc0(sizeof(LoopIterator));

	it->iterator.ops = &loop_iterator_ops;
	it->loop = (JinjaLoop *) object;
	*result = mst_value_iterator(&it->iterator);
	return true;
}

static bool
append_loop_repr(EvalContext *cxt, ExprObject *object, StringInfo out)
{
	JinjaLoop  *loop = (JinjaLoop *) object;

	if (!find_length(loop))
		return false;
	appendStringInfo(out, "<LoopContext " INT64_FORMAT "/" INT64_FORMAT ">",
					 loop->index0 + 1, loop->length);
	return true;
}

static const JinjaClass loop_class = {
	"jinja2.runtime", call_loop, get_loop_attribute, iterate_loop, loop_length
};
static const ExprObjectOps loop_ops = {"LoopContext", append_loop_repr, &loop_class};

/*
 * Makes the loop object of a loop; items come from the cursor, the length
 * from the source where it has one.
 */
JinjaLoop *
mst_jinja_make_loop(JinjaEval *ev, const JinjaFor *node, JinjaFrame *outer,
					const ExprValue *source, const ExprCursor *cursor, int depth)
{
	JinjaLoop  *loop = palloc0(sizeof(JinjaLoop));

	loop->object.ops = &loop_ops;
	loop->ev = ev;
	loop->node = node;
	loop->outer = outer;
	loop->source = *source;
	loop->cursor = *cursor;
	loop->index0 = -1;
	loop->length = -1;
	loop->depth0 = depth;
	loop->previous = loop->current = loop->ahead = mst_value_no_value();
	return loop;
}
