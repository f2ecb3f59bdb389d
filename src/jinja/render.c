/*-------------------------------------------------------------------------
 *
 * render.c
 *	  Statements of Jinja2.
 *
 * Everything is rendered into one buffer, ev->out; what a statement captures
 * (a macro's text, a block for a filter) is rendered into a buffer of its own
 * that takes its place for a while.
 *
 * A frame is made when its scope is entered.  A loop uses one frame for all
 * iterations and resets it each time, so a macro that was defined in an
 * iteration sees the current one, as in the reference.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/arguments.h"
#include "jinja/attributes.h"
#include "jinja/calls.h"
#include "jinja/evaluate.h"
#include "jinja/loop.h"
#include "jinja/objects.h"
#include "jinja/render.h"
#include "value/list.h"
#include "value/make.h"

/* ---- frames ---- */

/* Sets the slots of a frame to what they start with. */
static bool
reset_frame(JinjaEval *ev, JinjaFrame *frame)
{
	for (int i = 0; i < frame->info->nslots; i++)
	{
		const JinjaSlot *slot = &frame->info->slots[i];
		const JinjaFrame *outer = frame->parent;

		switch (slot->init)
		{
			case JINJA_SLOT_UNSET:
				frame->slots[i] = mst_value_no_value();
				break;
			case JINJA_SLOT_ALIAS:
				for (int hops = slot->hops; hops > 0; hops--)
					outer = outer->parent;
				frame->slots[i] = outer->slots[slot->slot];
				break;
			case JINJA_SLOT_CONTEXT:
				if (!mst_jinja_context_get(ev, slot->context, &frame->slots[i]))
					return false;
				break;
		}
	}
	return true;
}

/* Makes a frame and makes it the innermost; its slots start as they should. */
bool
mst_jinja_push_frame(JinjaEval *ev, const JinjaFrameInfo *info, JinjaFrame *parent)
{
	JinjaFrame *frame = palloc(offsetof(JinjaFrame, slots) + sizeof(ExprValue) * info->nslots);

	frame->info = info;
	frame->parent = parent;
	ev->frame = frame;
	return reset_frame(ev, frame);
}

/* Leaves a frame; whoever still refers to it finds its variables missing. */
static void
pop_frame(JinjaEval *ev, JinjaFrame *outer)
{
	JinjaFrame *frame = ev->frame;

	ev->frame = outer;
	if (!frame->info->is_captured)
	{
		pfree(frame);
		return;
	}
	for (int i = 0; i < frame->info->nslots; i++)
		frame->slots[i] = mst_value_no_value();
}

/* ---- output ---- */

/*
 * Adds a value to the output, escaped where escaping is on and the value is
 * not safe.
 */
static bool
render_value(JinjaEval *ev, const ExprValue *value)
{
	ExprValue	escaped;

	if (!ev->autoescape)
		return mst_jinja_append_text(ev, ev->out, value);
	return mst_jinja_escape(ev, value, &escaped) &&
		mst_jinja_append_text(ev, ev->out, &escaped);
}

/* Renders {{ expression }}. */
static bool
render_output(JinjaEval *ev, const JinjaUnary *node)
{
	ExprValue	value;

	return mst_jinja_eval(ev, node->operand, &value) && render_value(ev, &value);
}

/*
 * Adds the text between tags. A loop can add the same text any number of
 * times, so it is charged.
 */
static bool
render_text(JinjaEval *ev, const JinjaText *node)
{
	if (!mst_expr_charge(ev->cxt, node->len))
		return false;
	appendBinaryStringInfo(ev->out, node->text, node->len);
	return true;
}

/* Renders nodes into a new buffer. */
static bool
capture_output(JinjaEval *ev, const JinjaNodes *nodes, StringInfo buf)
{
	StringInfo	outer = ev->out;
	bool		done;

	mst_text_init(buf);
	ev->out = buf;
	done = mst_jinja_render(ev, nodes);
	ev->out = outer;
	return done;
}

/* Applies a chain of filters whose innermost has no operand. */
static bool
apply_filters(JinjaEval *ev, const JinjaNode *node, const ExprValue *text, ExprValue *result)
{
	const JinjaApply *filter = (const JinjaApply *) node;
	ExprValue	operand = *text;
	bool		done;

	if (!mst_expr_enter(ev->cxt))
		return false;
	done = (filter->operand == NULL || apply_filters(ev, filter->operand, text, &operand)) &&
		mst_jinja_apply(ev, filter, &operand, result);
	mst_expr_leave(ev->cxt);
	return done;
}

static bool assign_target(JinjaEval *ev, const JinjaNode *target, const ExprValue *value);

/* ---- assignments ---- */

/*
 * Assigns the items of a value to several targets, of which there must be as
 * many. All items are read before the first assignment, because "a, b = b, a"
 * has to work.
 */
static bool
unpack_targets(JinjaEval *ev, const JinjaItems *targets, const ExprValue *value)
{
	ExprCursor	cursor;
	ExprValue	item;
	ExprNext	next;
	ExprValue  *items = palloc(sizeof(ExprValue) * Max(targets->items.count, 1));

	if (value->kind != EXPR_UNDEFINED && !mst_jinja_is_iterable(value))
		return mst_jinja_fail(ev, "TypeError", "cannot unpack non-iterable %s object",
							  mst_value_type_name(value));
	if (!mst_jinja_open(ev, &cursor, value))
		return false;
	for (int i = 0; i < targets->items.count; i++)
	{
		next = mst_cursor_next(ev->cxt, &cursor, &items[i]);
		if (next == EXPR_NEXT_END)
			return mst_jinja_fail(ev, "ValueError", "not enough values to unpack (expected %d, got %d)",
								  targets->items.count, i);
		if (next == EXPR_NEXT_ERROR)
			return false;
	}
	next = mst_cursor_next(ev->cxt, &cursor, &item);
	if (next == EXPR_NEXT_ITEM)
		return mst_jinja_fail(ev, "ValueError", "too many values to unpack (expected %d)",
							  targets->items.count);
	if (next == EXPR_NEXT_ERROR)
		return false;
	for (int i = 0; i < targets->items.count; i++)
		if (!assign_target(ev, targets->items.items[i], &items[i]))
			return false;
	return true;
}

/*
 * Assigns to an attribute of a namespace, the one kind of object that a
 * template may change so.
 */
static bool
assign_namespace(JinjaEval *ev, const JinjaNamespaceTarget *target, const ExprValue *value)
{
	ExprValue	object;

	return mst_jinja_eval(ev, &target->object->node, &object) &&
		mst_jinja_namespace_set(ev, &object, target->name, value);
}

/*
 * Assigns to a name, an attribute of a namespace or a tuple of such.
 */
static bool
assign_target(JinjaEval *ev, const JinjaNode *target, const ExprValue *value)
{
	const JinjaName *name = (const JinjaName *) target;

	if (target->kind == JINJA_TUPLE)
		return unpack_targets(ev, (const JinjaItems *) target, value);
	if (target->kind == JINJA_NAMESPACE_TARGET)
		return assign_namespace(ev, (const JinjaNamespaceTarget *) target, value);
	/* names that are assigned have a slot in the frame they stand in */
	Assert(name->place == JINJA_PLACE_SLOT && name->hops == 0);
	ev->frame->slots[name->slot] = *value;
	return true;
}

/* Renders {% set target = value %}. */
static bool
render_set(JinjaEval *ev, const JinjaSet *node)
{
	ExprValue	value;

	return mst_jinja_eval(ev, node->value, &value) && assign_target(ev, node->target, &value);
}

/*
 * Renders the body of a "set" into a string, and assigns what the filters make
 * of it in the frame outside.
 */
static bool
render_set_block(JinjaEval *ev, const JinjaScoped *node)
{
	JinjaFrame *outer = ev->frame;
	StringInfoData buf;
	ExprValue	value;
	bool		done;

	done = mst_jinja_push_frame(ev, &node->frame, outer) && capture_output(ev, &node->body, &buf);
	if (done)
	{
		value = mst_jinja_rendered(ev, &buf);
		if (node->filter != NULL)
			done = apply_filters(ev, node->filter, &value, &value);
	}
	pop_frame(ev, outer);
	return done && assign_target(ev, node->target, &value);
}

/* Renders a filter block.  The filters have to give text already. */
static bool
render_filtered(JinjaEval *ev, const ExprValue *value)
{
	if (value->kind != EXPR_STRING)
		return mst_jinja_fail(ev, "TypeError", "expected str instance, %s found", mst_value_type_name(value));
	return render_value(ev, value);
}

/*
 * Renders a body, and what the filters make of it. What they make must be a
 * string.
 */
static bool
render_filter_block(JinjaEval *ev, const JinjaScoped *node)
{
	JinjaFrame *outer = ev->frame;
	StringInfoData buf;
	ExprValue	value;
	bool		done;

	done = mst_jinja_push_frame(ev, &node->frame, outer) && capture_output(ev, &node->body, &buf);
	if (done)
	{
		value = mst_jinja_rendered(ev, &buf);
		done = apply_filters(ev, node->filter, &value, &value) && render_filtered(ev, &value);
	}
	pop_frame(ev, outer);
	return done;
}

/*
 * Renders a body with escaping switched as the expression says. It is switched
 * back also when the body fails, since an error may be caught by a filter of
 * the languages' own.
 */
static bool
render_autoescape(JinjaEval *ev, const JinjaScoped *node)
{
	JinjaFrame *outer = ev->frame;
	bool		was_on = ev->autoescape;
	ExprValue	flag;
	bool		done;

	done = mst_jinja_push_frame(ev, &node->frame, outer) &&
		mst_jinja_eval(ev, node->target, &flag) &&
		mst_jinja_truth(ev, &flag, &ev->autoescape) &&
		mst_jinja_render(ev, &node->body);
	ev->autoescape = was_on;
	pop_frame(ev, outer);
	return done;
}

/* Renders a "with": its variables live in a frame of its own. */
static bool
render_with(JinjaEval *ev, const JinjaWith *node)
{
	JinjaFrame *outer = ev->frame;
	JinjaFrame *inner;
	bool		done = mst_jinja_push_frame(ev, &node->frame, outer);

	inner = ev->frame;
	for (int i = 0; i < node->targets.count && done; i++)
	{
		ExprValue	value;

		/* the values do not see each other's variables */
		ev->frame = outer;
		done = mst_jinja_eval(ev, node->values.items[i], &value);
		ev->frame = inner;
		done = done && assign_target(ev, node->targets.items[i], &value);
	}
	done = done && mst_jinja_render(ev, &node->body);
	pop_frame(ev, outer);
	return done;
}

/* ---- conditions ---- */

/* Renders the body of the first condition that holds, or that of "else". */
static bool
render_if(JinjaEval *ev, const JinjaIf *node)
{
	for (int i = 0; i < node->conditions.count; i++)
	{
		ExprValue	value;
		bool		is_true;

		if (!mst_jinja_eval(ev, node->conditions.items[i], &value) ||
			!mst_jinja_truth(ev, &value, &is_true))
			return false;
		if (is_true)
			return mst_jinja_render(ev, &node->bodies[i]);
	}
	return mst_jinja_render(ev, &node->otherwise);
}

/* ---- loops ---- */

/* The items of a loop that pass its "if". */
typedef struct FilteredIterator
{
	ExprIterator iterator;
	JinjaEval  *ev;
	const JinjaFor *node;
	JinjaFrame *frame;			/* of the condition */
	ExprCursor	source;
} FilteredIterator;

/*
 * Hands on the next item of a loop that its condition lets through. The
 * condition is evaluated in a frame of its own, in which the loop's variables
 * have their coming values.
 */
static ExprNext
next_filtered(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	FilteredIterator *it = (FilteredIterator *) iterator;
	JinjaFrame *outer = it->ev->frame;
	ExprNext	next;
	bool		passes = false;

	while (!passes && (next = mst_cursor_next(cxt, &it->source, item)) == EXPR_NEXT_ITEM)
	{
		ExprValue	value;
		bool		done;

		it->ev->frame = it->frame;
		done = assign_target(it->ev, it->node->filter_target, item) &&
			mst_jinja_eval(it->ev, it->node->filter, &value) &&
			mst_jinja_truth(it->ev, &value, &passes);
		/* what was taken apart goes on as a tuple, whatever it was */
		if (done && passes && it->node->filter_target->kind == JINJA_TUPLE)
			done = mst_jinja_eval(it->ev, it->node->filter_target, item);
		it->ev->frame = outer;
		if (!done)
			return EXPR_NEXT_ERROR;
	}
	return passes ? EXPR_NEXT_ITEM : next;
}

static const ExprIteratorOps filtered_ops = {"generator", next_filtered};

/* Opens what a loop runs over, with its filter. */
static bool
open_loop(JinjaEval *ev, const JinjaFor *node, JinjaFrame *outer, const ExprValue *source,
		  ExprCursor *cursor)
{
	FilteredIterator *it;
	ExprValue	filtered;
	JinjaFrame *current = ev->frame;
	bool		done;

	if (!mst_jinja_open(ev, cursor, source))
		return false;
	if (node->filter == NULL)
		return true;
	it = palloc0(sizeof(FilteredIterator));
	it->iterator.ops = &filtered_ops;
	it->ev = ev;
	it->node = node;
	it->source = *cursor;
	done = mst_jinja_push_frame(ev, &node->filter_frame, outer);
	it->frame = ev->frame;
	ev->frame = current;
	filtered = mst_value_iterator(&it->iterator);
	return done && mst_jinja_open(ev, cursor, &filtered);
}

/* Renders the body once, with all variables of the last round gone. */
static bool
render_iteration(JinjaEval *ev, const JinjaFor *node, const ExprValue *loop, const ExprValue *item)
{
	if (!reset_frame(ev, ev->frame))
		return false;
	if (loop != NULL)
		ev->frame->slots[node->loop_slot] = *loop;
	return assign_target(ev, node->target, item) && mst_jinja_render(ev, &node->body);
}

/*
 * Runs a loop over a source; *ran tells whether there was an iteration.  The
 * frame of the body lies in outer.
 */
static bool
run_loop(JinjaEval *ev, const JinjaFor *node, JinjaFrame *outer, const ExprValue *source,
		 int depth, bool *ran)
{
	JinjaFrame *current = ev->frame;
	ExprCursor	cursor;
	ExprValue	loop;
	ExprValue	item;
	ExprNext	next;
	JinjaLoop  *state = NULL;
	bool		done;

	*ran = false;
	if (!open_loop(ev, node, outer, source, &cursor))
		return false;
	if (node->uses_loop)
	{
		state = mst_jinja_make_loop(ev, node, outer, source, &cursor, depth);
		loop = mst_value_object((ExprObject *) state);
	}
	done = mst_jinja_push_frame(ev, &node->body_frame, outer);
	while (done)
	{
		next = state != NULL ? mst_jinja_loop_next(state, &item) :
			mst_cursor_next(ev->cxt, &cursor, &item);
		if (next == EXPR_NEXT_END)
			break;
		*ran = true;
		done = next == EXPR_NEXT_ITEM && mst_expr_step(ev->cxt) &&
			render_iteration(ev, node, state != NULL ? &loop : NULL, &item);
	}
	pop_frame(ev, current);
	return done;
}

/*
 * Renders the "else" of a loop that had no rounds; it sees the variables
 * around the loop and not those of it.
 */
static bool
render_else(JinjaEval *ev, const JinjaFor *node, JinjaFrame *outer)
{
	JinjaFrame *current = ev->frame;
	bool		done;

	if (node->otherwise.count == 0)
		return true;
	done = mst_jinja_push_frame(ev, &node->else_frame, outer) &&
		mst_jinja_render(ev, &node->otherwise);
	pop_frame(ev, current);
	return done;
}

/* Renders a loop. */
static bool
render_for(JinjaEval *ev, const JinjaFor *node)
{
	ExprValue	source;
	bool		ran;

	return mst_jinja_eval(ev, node->iterable, &source) &&
		run_loop(ev, node, ev->frame, &source, 0, &ran) &&
		(ran || render_else(ev, node, ev->frame));
}

/*
 * Runs a recursive loop over other items, one level deeper; the text is the
 * result.
 */
bool
mst_jinja_recurse(JinjaEval *ev, const JinjaFor *node, JinjaFrame *outer, const ExprValue *source,
				  int depth, ExprValue *result)
{
	StringInfo	out = ev->out;
	StringInfoData buf;
	bool		ran;
	bool		done;

	mst_text_init(&buf);
	ev->out = &buf;
	done = run_loop(ev, node, outer, source, depth, &ran) &&
		(ran || render_else(ev, node, outer));
	ev->out = out;
	*result = mst_jinja_rendered(ev, &buf);
	return done;
}

/* ---- macros and blocks ---- */

/* Makes the macro, a value, and assigns it to its name. */
static bool
render_macro(JinjaEval *ev, const JinjaMacro *node)
{
	ExprValue	macro = mst_jinja_make_macro(ev, node);

	return assign_target(ev, &node->target->node, &macro);
}

/*
 * Calls an expression with the body as the macro "caller", and renders its
 * result.
 */
static bool
render_call_block(JinjaEval *ev, const JinjaMacro *node)
{
	ExprValue	caller = mst_jinja_make_macro(ev, node);
	ExprValue	result;

	return mst_jinja_eval_call(ev, node->call, &caller, &result) && render_value(ev, &result);
}

/* Renders a block into ev->out, in frames of its own. */
static bool
run_block(JinjaEval *ev, const JinjaBlock *block, JinjaVars *vars)
{
	JinjaFrame *outer = ev->frame;
	JinjaVars  *outer_vars = ev->vars;
	bool		was_on = ev->autoescape;
	bool		done;

	if (block->is_required)
		return mst_jinja_fail(ev, "TemplateRuntimeError", "Required block '%s' not found", block->name);
	if (!mst_expr_enter(ev->cxt))
		return false;
	ev->vars = vars;
	ev->autoescape = false;
	done = mst_jinja_push_frame(ev, &block->frame, NULL);
	if (done && block->self_slot >= 0)
		ev->frame->slots[block->self_slot] = mst_jinja_make_self(ev);
	if (done && block->super_slot >= 0)
		ev->frame->slots[block->super_slot] =
			mst_jinja_undefined("super", "there is no parent block called '%s'.", block->name);
	done = done && mst_jinja_render(ev, &block->body);
	pop_frame(ev, outer);
	ev->vars = outer_vars;
	ev->autoescape = was_on;
	mst_expr_leave(ev->cxt);
	return done;
}

/*
 * Renders a block as a value.
 */
bool
mst_jinja_render_block(JinjaEval *ev, const JinjaBlock *block, JinjaVars *vars, ExprValue *result)
{
	StringInfo	outer = ev->out;
	StringInfoData buf;
	bool		done;

	mst_text_init(&buf);
	ev->out = &buf;
	done = run_block(ev, block, vars);
	ev->out = outer;
	*result = mst_jinja_rendered(ev, &buf);
	return done;
}

/*
 * Renders a block in its place. Only one that is scoped sees the variables
 * around it.
 */
static bool
render_block(JinjaEval *ev, const JinjaBlock *block)
{
	JinjaVars  *vars = ev->vars;

	if (block->is_scoped)
	{
		vars = palloc(sizeof(JinjaVars));
		vars->frame = ev->frame;
		vars->outer = ev->vars;
	}
	return run_block(ev, block, vars);
}

/*
 * There is no loader, so nothing can be loaded; an empty list of candidates is
 * the one thing that "ignore missing" forgives.
 */
static bool
render_load(JinjaEval *ev, const JinjaLoad *node)
{
	ExprValue	template;

	if (!mst_jinja_eval(ev, node->template, &template))
		return false;
	if (node->is_include && template.kind == EXPR_LIST && mst_list_length(template.u.list) == 0)
	{
		if (node->ignore_missing)
			return true;
		return mst_jinja_fail(ev, "TemplatesNotFound",
							  "Tried to select from an empty list of templates");
	}
	return mst_jinja_fail(ev, "TypeError", "no loader for this environment specified");
}

/* ---- any statement ---- */

/* Renders one statement or piece of text. */
static bool
render_node(JinjaEval *ev, const JinjaNode *node)
{
	switch ((JinjaNodeKind) node->kind)
	{
		case JINJA_TEXT:
			return render_text(ev, (const JinjaText *) node);
		case JINJA_OUTPUT:
			return render_output(ev, (const JinjaUnary *) node);
		case JINJA_FOR:
			return render_for(ev, (const JinjaFor *) node);
		case JINJA_IF:
			return render_if(ev, (const JinjaIf *) node);
		case JINJA_SET:
			return render_set(ev, (const JinjaSet *) node);
		case JINJA_SET_BLOCK:
			return render_set_block(ev, (const JinjaScoped *) node);
		case JINJA_WITH:
			return render_with(ev, (const JinjaWith *) node);
		case JINJA_MACRO:
			return render_macro(ev, (const JinjaMacro *) node);
		case JINJA_CALL_BLOCK:
			return render_call_block(ev, (const JinjaMacro *) node);
		case JINJA_FILTER_BLOCK:
			return render_filter_block(ev, (const JinjaScoped *) node);
		case JINJA_BLOCK:
			return render_block(ev, (const JinjaBlock *) node);
		case JINJA_AUTOESCAPE:
			return render_autoescape(ev, (const JinjaScoped *) node);
		case JINJA_LOAD:
			return render_load(ev, (const JinjaLoad *) node);
		default:
			elog(ERROR, "unexpected Jinja node kind: %d", (int) node->kind);
	}
}

/*
 * Renders statements into ev->out.  How deep they nest is bounded by the
 * parser; what recurses at run time does so through expressions and blocks,
 * which count.
 */
bool
mst_jinja_render(JinjaEval *ev, const JinjaNodes *nodes)
{
	for (int i = 0; i < nodes->count; i++)
		if (!mst_expr_step(ev->cxt) || !render_node(ev, nodes->items[i]))
			return false;
	return true;
}
