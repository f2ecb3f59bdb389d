/*-------------------------------------------------------------------------
 *
 * macro.c
 *	  Macros, callers and references to blocks as values of Jinja2.
 *
 * A macro keeps the frame in which it was defined, so it sees the variables
 * around its definition as they are when it is called.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/arguments.h"
#include "jinja/attributes.h"
#include "jinja/evaluate.h"
#include "jinja/objects.h"
#include "jinja/program.h"
#include "jinja/render.h"
#include "value/dict.h"
#include "value/list.h"
#include "value/make.h"

typedef struct MacroObject
{
	ExprObject	object;
	const JinjaMacro *node;
	JinjaFrame *outer;
	JinjaVars  *vars;
} MacroObject;

/* ---- calling ---- */

/* Returns the macro's name in messages; that of a caller is None. */
static const char *
macro_name(const JinjaMacro *node)
{
	return node->target != NULL ? psprintf("'%s'", node->target->name) : "None";
}

static const char *
param_name(const JinjaMacro *node, int i)
{
	return ((JinjaName *) node->params.items[i])->name;
}

/*
 * Returns where a parameter lives in the frame of the call that is under way.
 */
static ExprValue *
param_slot(JinjaEval *ev, const JinjaMacro *node, int i)
{
	return &ev->frame->slots[((JinjaName *) node->params.items[i])->slot];
}

/* Finds a parameter that the positional arguments have not filled. */
static int
find_param(const JinjaMacro *node, int from, const char *name)
{
	for (int i = from; i < node->params.count; i++)
		if (strcmp(param_name(node, i), name) == 0)
			return i;
	return -1;
}

/* Fails for a named argument that no parameter has. */
static bool
fail_named(JinjaEval *ev, const JinjaMacro *node, const char *name)
{
	if (strcmp(name, "caller") == 0)
		return mst_jinja_fail(ev, "TypeError",
							  "macro %s was invoked with two values for the special caller argument."
							  " This is most likely a bug.", macro_name(node));
	return mst_jinja_fail(ev, "TypeError", "macro %s takes no keyword argument '%s'",
						  macro_name(node), name);
}

/* Puts the named arguments where they belong: parameters, caller, kwargs. */
static bool
bind_named(JinjaEval *ev, const JinjaMacro *node, const JinjaArguments *args)
{
	ExprDict   *rest = node->kwargs_slot >= 0 ? mst_dict_new(0) : NULL;
	int			unknown = -1;

	for (int i = 0; i < args->nnamed; i++)
	{
		int			param = find_param(node, args->count, args->names[i]);

		if (param >= 0)
			*param_slot(ev, node, param) = args->named[i];
		else if (node->caller_slot >= 0 && strcmp(args->names[i], "caller") == 0)
			ev->frame->slots[node->caller_slot] = args->named[i];
		else if (rest != NULL)
		{
			if (!mst_dict_set_name(ev->cxt, rest, args->names[i], &args->named[i]))
				return false;
		}
		else if (unknown < 0 || strcmp(args->names[i], "caller") == 0)
			unknown = i;
	}
	if (unknown >= 0)
		return fail_named(ev, node, args->names[unknown]);
	if (rest != NULL)
		ev->frame->slots[node->kwargs_slot] = mst_value_dict(rest, false);
	return true;
}

/* Puts the arguments into the macro's frame, which is the innermost. */
static bool
bind_arguments(JinjaEval *ev, const JinjaMacro *node, const JinjaArguments *args)
{
	int			nparams = node->params.count;
	int			extra = args->count - nparams;

	for (int i = 0; i < args->count && i < nparams; i++)
		*param_slot(ev, node, i) = args->values[i];
	if (!bind_named(ev, node, args))
		return false;
	if (node->varargs_slot >= 0)
		ev->frame->slots[node->varargs_slot] =
			mst_value_list(extra > 0 ? mst_list_of(args->values + nparams, extra) : mst_list_new(0), true);
	else if (extra > 0)
		return mst_jinja_fail(ev, "TypeError", "macro %s takes not more than %d argument(s)",
							  macro_name(node), nparams);
	if (node->caller_slot >= 0 && !mst_jinja_is_given(&ev->frame->slots[node->caller_slot]))
		ev->frame->slots[node->caller_slot] = mst_jinja_undefined("caller", "No caller defined");
	return true;
}

/* Gives the parameters that are still missing their defaults. */
static bool
bind_defaults(JinjaEval *ev, const JinjaMacro *node)
{
	int			first = node->params.count - node->defaults.count;

	for (int i = 0; i < node->params.count; i++)
	{
		ExprValue	value;

		if (mst_jinja_is_given(param_slot(ev, node, i)))
			continue;
		if (i < first)
			value = mst_jinja_undefined(param_name(node, i), "parameter '%s' was not provided",
										param_name(node, i));
		else if (!mst_jinja_eval(ev, node->defaults.items[i - first], &value))
			return false;
		*param_slot(ev, node, i) = value;
	}
	return true;
}

/*
 * Calls a macro: its body is rendered into a string of its own, in a frame
 * below the one in which it was defined. What it was called from is put back
 * also after an error, as filters may catch one.
 */
static bool
call_macro(JinjaEval *ev, ExprObject *object, const JinjaArguments *args, ExprValue *result)
{
	MacroObject *macro = (MacroObject *) object;
	JinjaFrame *frame = ev->frame;
	JinjaVars  *vars = ev->vars;
	StringInfo	out = ev->out;
	StringInfoData buf;
	bool		done;

	mst_text_init(&buf);
	ev->out = &buf;
	ev->vars = macro->vars;
	done = mst_jinja_push_frame(ev, &macro->node->frame, macro->outer) &&
		bind_arguments(ev, macro->node, args) &&
		bind_defaults(ev, macro->node) &&
		mst_jinja_render(ev, &macro->node->body);
	ev->frame = frame;
	ev->vars = vars;
	ev->out = out;
	if (done)
		*result = mst_jinja_rendered(ev, &buf);
	return done;
}

/* ---- the macro as a value ---- */

/*
 * Finds one of the attributes by which a template can ask what a macro takes.
 */
static bool
get_macro_attribute(JinjaEval *ev, ExprObject *object, const char *name, int len,
					ExprValue *result, bool *found)
{
	const JinjaMacro *node = ((MacroObject *) object)->node;
	char	   *key = pnstrdup(name, len);

	*found = true;
	if (strcmp(key, "name") == 0)
		*result = node->target != NULL ? mst_value_cstring(node->target->name) : mst_value_null();
	else if (strcmp(key, "catch_kwargs") == 0)
		*result = mst_value_bool(node->kwargs_slot >= 0);
	else if (strcmp(key, "catch_varargs") == 0)
		*result = mst_value_bool(node->varargs_slot >= 0);
	else if (strcmp(key, "caller") == 0)
		*result = mst_value_bool(node->caller_slot >= 0 || node->has_caller_param);
	else if (strcmp(key, "explicit_caller") == 0)
		*result = mst_value_bool(node->has_caller_param);
	else if (strcmp(key, "arguments") == 0)
	{
		ExprList   *names = mst_list_new(node->params.count);

		for (int i = 0; i < node->params.count; i++)
		{
			ExprValue	param = mst_value_cstring(param_name(node, i));

			if (!mst_list_append(ev->cxt, names, &param))
				return false;
		}
		*result = mst_value_list(names, true);
	}
	else
		*found = false;
	return true;
}

static bool
append_macro_repr(EvalContext *cxt, ExprObject *object, StringInfo out)
{
	const JinjaMacro *node = ((MacroObject *) object)->node;

	appendStringInfo(out, "<Macro %s>", node->target != NULL ? macro_name(node) : "anonymous");
	return true;
}

static const JinjaClass macro_class = {"jinja2.runtime", call_macro, get_macro_attribute};
static const ExprObjectOps macro_ops = {"Macro", append_macro_repr, &macro_class};

/*
 * Returns a macro, or the caller of a call block, defined in the current
 * frame.
 */
ExprValue
mst_jinja_make_macro(JinjaEval *ev, const JinjaMacro *node)
{
	MacroObject *macro = palloc0(sizeof(MacroObject));

	macro->object.ops = &macro_ops;
	macro->node = node;
	macro->outer = ev->frame;
	macro->vars = ev->vars;
	return mst_value_object(&macro->object);
}

/* ---- self and its blocks ---- */

typedef struct SelfObject
{
	ExprObject	object;
	JinjaVars  *vars;
} SelfObject;

typedef struct BlockObject
{
	ExprObject	object;
	const JinjaBlock *block;
	JinjaVars  *vars;
} BlockObject;

/* Renders a block once more: self.name(). */
static bool
call_block(JinjaEval *ev, ExprObject *object, const JinjaArguments *args, ExprValue *result)
{
	BlockObject *reference = (BlockObject *) object;

	if (args->count + args->nnamed > 0)
		return mst_jinja_fail(ev, "TypeError",
							  "BlockReference.__call__() takes 1 positional argument but %d were given",
							  args->count + args->nnamed + 1);
	return mst_jinja_render_block(ev, reference->block, reference->vars, result);
}

static const JinjaClass block_class = {"jinja2.runtime", call_block};
static const ExprObjectOps block_ops = {"BlockReference", NULL, &block_class};

/* Finds a block of the template by its name. */
static bool
get_self_attribute(JinjaEval *ev, ExprObject *object, const char *name, int len,
				   ExprValue *result, bool *found)
{
	for (int i = 0; i < ev->program->nblocks; i++)
	{
		const JinjaBlock *block = ev->program->blocks[i];
		BlockObject *reference;

		if (strlen(block->name) != len || memcmp(block->name, name, len) != 0)
			continue;
		reference = palloc0(sizeof(BlockObject));
		reference->object.ops = &block_ops;
		reference->block = block;
		reference->vars = ((SelfObject *) object)->vars;
		*result = mst_value_object(&reference->object);
		*found = true;
		return true;
	}
	*found = false;
	return true;
}

static bool
append_self_repr(EvalContext *cxt, ExprObject *object, StringInfo out)
{
	appendStringInfoString(out, "<TemplateReference None>");
	return true;
}

static const JinjaClass self_class = {"jinja2.runtime", NULL, get_self_attribute};
static const ExprObjectOps self_ops = {"TemplateReference", append_self_repr, &self_class};

/*
 * Returns the variable "self", through which blocks can be rendered again.
 */
ExprValue
mst_jinja_make_self(JinjaEval *ev)
{
	SelfObject *self = palloc0(sizeof(SelfObject));

	self->object.ops = &self_ops;
	self->vars = ev->vars;
	return mst_value_object(&self->object);
}
