/*-------------------------------------------------------------------------
 *
 * scopes.c
 *	  Decides where the value of every name of a program is found.
 *
 * The template, every loop, macro, "with", and block of text that is captured
 * has a frame of its own with a slot for each name that is assigned in it.
 * The assignments of a frame are known before anything inside of it is looked
 * at, because they hold for the whole frame: a macro sees a variable that is
 * set after it.  When a frame is entered, a slot starts with the value of the
 * same name outside (an alias, so an assignment does not get out), with what
 * the context has for it when it may be read before it is assigned, or unset.
 * A name that no frame assigns is asked of the context, and whether that is a
 * function or the data is decided here.
 *
 * "if" has no frame.  A name that is not assigned in all of its branches may
 * be read unassigned afterwards.
 *
 * The walk also marks what Jinja2 computes when it compiles (constants): the
 * generated Python cannot express an infinite or NaN constant, which only
 * fails where it is not turned into text at once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "jinja/builtins.h"
#include "jinja/program.h"
#include "jinja/scopes.h"

typedef struct Resolver
{
	ExprProgram *program;
	JinjaNames *root;
	bool		is_soft;		/* inside "if": unknown filters are found when
								 * used */
} Resolver;

/* ---- errors of compilation ---- */

static void compile_fail(Resolver *r, const JinjaNode *node, const char *cause,
						 const char *fmt,...) pg_attribute_printf(4, 5);

/*
 * Notes an error of the template that the reference finds when it compiles:
 * after parsing, and before rendering, so it is raised when the program is
 * evaluated. The first one counts.
 */
static void
compile_fail(Resolver *r, const JinjaNode *node, const char *cause, const char *fmt,...)
{
	va_list		args;
	char		message[512];

	if (r->program->compile_error != NULL)
		return;
	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	r->program->compile_error = mst_expr_error(EXPR_ERROR_JINJA_EVALUATION, cause, "%s", message);
	r->program->compile_error->offset = mst_jinja_offset(r->program, node->offset);
}

/* ---- what names are about ---- */

/* Answers whether a node reads the variable of that name. */
static bool
reads_name(JinjaNode *node, void *name)
{
	return node->kind == JINJA_NAME &&
		(node->flags & (JINJA_IS_TARGET | JINJA_IS_PARAM)) == 0 &&
		strcmp(((JinjaName *) node)->name, name) == 0;
}

/*
 * Answers whether a node may need the object "loop": reads it, or is a block
 * that sees the variables around it.
 */
static bool
uses_loop(JinjaNode *node, void *arg)
{
	return reads_name(node, (void *) "loop") ||
		(node->kind == JINJA_BLOCK && ((JinjaBlock *) node)->is_scoped);
}

/* Answers whether a node assigns to "loop". */
static bool
assigns_loop(JinjaNode *node, void *arg)
{
	return node->kind == JINJA_NAME && (node->flags & JINJA_IS_TARGET) != 0 &&
		strcmp(((JinjaName *) node)->name, "loop") == 0;
}

/* Answers whether the target of a loop is, or contains, "loop". */
static bool
targets_loop(const JinjaNode *target)
{
	if (target->kind == JINJA_TUPLE)
	{
		const JinjaNodes *items = &((const JinjaItems *) target)->items;

		for (int i = 0; i < items->count; i++)
			if (targets_loop(items->items[i]))
				return true;
		return false;
	}
	return target->kind == JINJA_NAME && strcmp(((const JinjaName *) target)->name, "loop") == 0;
}

/* ---- between the walks: slots ---- */

/* Finds the slot of a name in the frame or around it. */
static bool
find_slot(const JinjaNames *frame, const char *name, int *hops, int *slot)
{
	*hops = 0;
	for (; frame != NULL; frame = frame->parent, (*hops)++)
	{
		JinjaVariable *variable = mst_jinja_names_find(frame, name);

		if (variable != NULL && variable->slot >= 0)
		{
			*slot = variable->slot;
			return true;
		}
	}
	return false;
}

/* Answers whether the frame or one around it reads the name. */
static bool
is_read(const JinjaNames *frame, const char *name)
{
	for (; frame != NULL; frame = frame->parent)
		if (mst_jinja_names_find(frame, name) != NULL)
			return true;
	return false;
}

/* Slot of the template's own frame that holds what blocks see under the name, or -1. */
static int
find_root_slot(const Resolver *r, const char *name)
{
	const JinjaVariable *variable = mst_jinja_names_find(r->root, name);

	if (variable == NULL || variable->slot < 0 || variable->is_param)
		return -1;
	return variable->slot;
}

/* Returns the lookup of a name in the context. */
static const JinjaContextName *
make_context_name(const Resolver *r, const char *name)
{
	JinjaContextName *result = palloc0(sizeof(JinjaContextName));
	int			len = strlen(name);

	result->name = name;
	result->len = len;
	result->root_slot = find_root_slot(r, name);
	if (strcmp(name, "_") == 0)
		result->global = JINJA_GLOBAL_DATA;
	else if (strcmp(name, "__env") == 0 || strcmp(name, "__execution") == 0 ||
			 strcmp(name, "__task_execution") == 0)
		result->global = JINJA_GLOBAL_ENTRY;
	else if ((result->function = mst_expr_function_find(name, len)) != NULL)
		result->global = JINJA_GLOBAL_FUNCTION;
	else if ((result->builtin = mst_jinja_find_global(name, len)) != NULL)
		result->global = JINJA_GLOBAL_BUILTIN;
	return result;
}

/* Gives every name that is assigned in the frame a slot. */
static void
make_slots(const Resolver *r, JinjaNames *frame)
{
	JinjaFrameInfo *info = frame->info;

	info->slots = palloc0(sizeof(JinjaSlot) * Max(frame->nvariables, 1));
	for (int i = 0; i < frame->nvariables; i++)
		if (frame->variables[i].is_stored)
			frame->variables[i].slot = info->nslots++;
	for (int i = 0; i < frame->nvariables; i++)
	{
		JinjaVariable *variable = &frame->variables[i];
		JinjaSlot  *slot;

		if (variable->slot < 0)
			continue;
		slot = &info->slots[variable->slot];
		slot->name = variable->name;
		if (variable->is_param)
			slot->init = JINJA_SLOT_UNSET;
		else if (find_slot(frame->parent, variable->name, &slot->hops, &slot->slot))
			slot->init = JINJA_SLOT_ALIAS;
		else if (variable->may_be_unset || is_read(frame->parent, variable->name))
		{
			slot->init = JINJA_SLOT_CONTEXT;
			slot->context = make_context_name(r, variable->name);
		}
	}
}

/* Returns the slot of a variable in a frame, or -1. */
static int
slot_of(const JinjaNames *frame, const char *name)
{
	const JinjaVariable *variable = mst_jinja_names_find(frame, name);

	return variable != NULL ? variable->slot : -1;
}

/* ---- second walk: names get their places ---- */

static bool bind_node(Resolver *r, JinjaNames *frame, JinjaNode *node);

/* Marks a constant whose parent is none: it must be expressible in Python. */
static void
mark_outer_constant(JinjaNode *node)
{
	if (node == NULL || (node->flags & JINJA_IS_CONST) == 0)
		return;
	if (node->kind == JINJA_CONST)
	{
		const ExprValue *value = &((JinjaConst *) node)->value;

		if (value->kind != EXPR_FLOAT || isfinite(value->u.real))
			return;
	}
	node->flags |= JINJA_CHECK_FINITE;
}

/* Binds a node that belongs to no constant. */
static void
bind_outer(Resolver *r, JinjaNames *frame, JinjaNode *node)
{
	if (bind_node(r, frame, node))
		mark_outer_constant(node);
}

/*
 * Binds the names in each of some nodes, none of which is part of a larger
 * expression.
 */
static void
bind_all(Resolver *r, JinjaNames *frame, const JinjaNodes *nodes)
{
	for (int i = 0; i < nodes->count; i++)
		bind_outer(r, frame, nodes->items[i]);
}

/* Binds operands; when not all of them are constant, those that are end there. */
static bool
bind_operands(Resolver *r, JinjaNames *frame, const JinjaNodes *nodes)
{
	bool		is_const = true;

	for (int i = 0; i < nodes->count; i++)
		if (!bind_node(r, frame, nodes->items[i]))
			is_const = false;
	return is_const;
}

/*
 * Marks those of some nodes that are constant by themselves, since what they
 * are part of is not.
 */
static void
mark_constants(const JinjaNodes *nodes)
{
	for (int i = 0; i < nodes->count; i++)
		mark_outer_constant(nodes->items[i]);
}

/*
 * Binds the items of a list or tuple; returns whether all are constant, so
 * that it can be made once.
 */
static bool
bind_items(Resolver *r, JinjaNames *frame, const JinjaNodes *nodes)
{
	bool		is_const = bind_operands(r, frame, nodes);

	if (!is_const)
		mark_constants(nodes);
	return is_const;
}

/* Binds up to three operands, each of which may be NULL. */
static bool
bind_few(Resolver *r, JinjaNames *frame, JinjaNode *a, JinjaNode *b, JinjaNode *c)
{
	JinjaNode  *operands[3] = {a, b, c};
	bool		is_const = true;

	for (int i = 0; i < 3; i++)
		if (operands[i] != NULL && !bind_node(r, frame, operands[i]))
			is_const = false;
	for (int i = 0; i < 3 && !is_const; i++)
		mark_outer_constant(operands[i]);
	return is_const;
}

/*
 * Finds where a name's variable lives: in a slot, some frames up, or in the
 * data context.
 */
static void
bind_name(Resolver *r, JinjaNames *frame, JinjaName *name)
{
	if (find_slot(frame, name->name, &name->hops, &name->slot))
	{
		name->place = JINJA_PLACE_SLOT;
		return;
	}
	name->place = JINJA_PLACE_CONTEXT;
	name->context = make_context_name(r, name->name);
}

/* A name given twice is an error of the generated Python. */
static void
check_repeated_names(Resolver *r, const JinjaNode *node, const JinjaArgs *args)
{
	JinjaNames	names;

	if (args->named.count < 2)
		return;
	mst_jinja_names_init(&names, NULL, NULL);
	for (int i = 0; i < args->named.count; i++)
	{
		if (mst_jinja_names_find(&names, args->names[i]) != NULL)
			compile_fail(r, node, "SyntaxError", "keyword argument repeated: %s", args->names[i]);
		(void) mst_jinja_names_get(&names, args->names[i]);
	}
	mst_jinja_names_free(&names);
}

/* Binds the arguments of a call; returns whether all are constant. */
static bool
bind_args(Resolver *r, JinjaNames *frame, const JinjaNode *node, const JinjaArgs *args)
{
	bool		is_const;

	check_repeated_names(r, node, args);
	is_const = bind_operands(r, frame, &args->positional);
	is_const &= bind_operands(r, frame, &args->named);
	is_const &= bind_few(r, frame, args->star, args->star_star, NULL);
	return is_const;
}

/* Marks the constant ones among the arguments of a call that is none. */
static void
mark_args(const JinjaArgs *args)
{
	mark_constants(&args->positional);
	mark_constants(&args->named);
	mark_outer_constant(args->star);
	mark_outer_constant(args->star_star);
}

/*
 * Binds a filter or a test. An unknown name is an error at once, as in the
 * reference, unless it stands in a branch that may not be taken (is_soft):
 * then it fails where it is reached.
 */
static bool
bind_apply(Resolver *r, JinjaNames *frame, JinjaApply *apply)
{
	const char *family = apply->node.kind == JINJA_FILTER ? "filter" : "test";
	bool		is_const = true;

	if (apply->builtin == NULL && apply->function == NULL && !r->is_soft &&
		r->program->compile_error == NULL)
	{
		const char *meant = mst_jinja_suggest(apply->node.kind != JINJA_FILTER,
											  apply->name, (int) strlen(apply->name));

		compile_fail(r, &apply->node, "TemplateAssertionError", "No %s named '%s'.",
					 family, apply->name);
		if (meant != NULL)
			r->program->compile_error->hint = psprintf("Did you mean \"%s\"?", meant);
	}
	if (apply->operand == NULL || !bind_node(r, frame, apply->operand))
		is_const = false;
	is_const &= bind_args(r, frame, &apply->node, &apply->args);
	if (apply->builtin == NULL || apply->builtin->needs_context)
		is_const = false;
	if (!is_const)
	{
		mark_outer_constant(apply->operand);
		mark_args(&apply->args);
	}
	return is_const;
}

/*
 * Binds "then if condition else otherwise". Without an "else" it is never
 * constant, since it may be undefined.
 */
static bool
bind_cond(Resolver *r, JinjaNames *frame, JinjaCond *cond)
{
	bool		was_soft = r->is_soft;
	bool		is_const;

	r->is_soft = true;
	is_const = bind_few(r, frame, cond->condition, cond->then, cond->otherwise);
	r->is_soft = was_soft;
	return is_const && cond->otherwise != NULL;
}

/* Binds a call, which is never constant: what it calls may be anything. */
static bool
bind_call(Resolver *r, JinjaNames *frame, JinjaCall *call)
{
	bind_outer(r, frame, call->callee);
	(void) bind_args(r, frame, &call->node, &call->args);
	mark_args(&call->args);
	return false;
}

/* Binds an expression; answers whether it is constant. */
static bool
bind_expression(Resolver *r, JinjaNames *frame, JinjaNode *node)
{
	switch ((JinjaNodeKind) node->kind)
	{
		case JINJA_CONST:
			return true;
		case JINJA_NAME:
			bind_name(r, frame, (JinjaName *) node);
			return false;
		case JINJA_NAMESPACE_TARGET:
			bind_name(r, frame, ((JinjaNamespaceTarget *) node)->object);
			return false;
		case JINJA_TUPLE:
		case JINJA_LIST:
		case JINJA_AND:
		case JINJA_OR:
		case JINJA_CONCAT:
			return bind_items(r, frame, &((JinjaItems *) node)->items);
		case JINJA_DICT:
			{
				JinjaDict  *dict = (JinjaDict *) node;
				bool		is_const = bind_operands(r, frame, &dict->keys);

				is_const &= bind_operands(r, frame, &dict->values);
				if (!is_const)
				{
					mark_constants(&dict->keys);
					mark_constants(&dict->values);
				}
				return is_const;
			}
		case JINJA_COND:
			return bind_cond(r, frame, (JinjaCond *) node);
		case JINJA_NOT:
		case JINJA_NEGATE:
		case JINJA_PLUS:
			return bind_node(r, frame, ((JinjaUnary *) node)->operand);
		case JINJA_COMPARE:
			return bind_items(r, frame, &((JinjaCompare *) node)->operands);
		case JINJA_ARITH:
			return bind_few(r, frame, ((JinjaArith *) node)->left,
							((JinjaArith *) node)->right, NULL);
		case JINJA_ATTRIBUTE:
			return bind_node(r, frame, ((JinjaAttribute *) node)->object);
		case JINJA_ITEM:
			return bind_few(r, frame, ((JinjaItem *) node)->object,
							((JinjaItem *) node)->key, NULL);
		case JINJA_SLICE:
			return bind_few(r, frame, ((JinjaSlice *) node)->start,
							((JinjaSlice *) node)->stop, ((JinjaSlice *) node)->step);
		case JINJA_CALL:
			return bind_call(r, frame, (JinjaCall *) node);
		case JINJA_FILTER:
		case JINJA_TEST:
			return bind_apply(r, frame, (JinjaApply *) node);
		default:
			return false;
	}
}

/* ---- statements with frames ---- */

/* Ends the first walk of a frame and walks its nodes for the second time. */
static void
bind_body(Resolver *r, JinjaNames *frame, const JinjaNodes *body)
{
	bool		was_soft = r->is_soft;

	r->is_soft = false;
	bind_all(r, frame, body);
	r->is_soft = was_soft;
}

/* Something may hold on to the frame and those around it. */
static void
mark_captured(JinjaNames *frame)
{
	for (; frame != NULL; frame = frame->parent)
		frame->info->is_captured = true;
}

/*
 * Binds a loop. There are up to three frames: of the body with the target and
 * "loop", of the condition, and of the "else". A loop that does not mention
 * "loop" goes without the object, which would cost something in each round.
 */
static void
bind_for(Resolver *r, JinjaNames *frame, JinjaFor *node)
{
	JinjaNames	inner;

	if (targets_loop(node->target) || mst_jinja_any_of(&node->body, assigns_loop, NULL) ||
		mst_jinja_any_of(&node->otherwise, assigns_loop, NULL))
		compile_fail(r, &node->node, "TemplateAssertionError",
					 "Can't assign to special loop variable in for-loop target");
	bind_outer(r, frame, node->iterable);
	if (node->is_recursive)
		mark_captured(frame);
	node->uses_loop = node->is_recursive || mst_jinja_any_of(&node->body, uses_loop, NULL);

	mst_jinja_names_init(&inner, frame, &node->body_frame);
	mst_jinja_note(&inner, node->target);
	if (node->uses_loop)
		mst_jinja_note_param(&inner, "loop");
	mst_jinja_note_all(&inner, &node->body);
	make_slots(r, &inner);
	node->loop_slot = node->uses_loop ? slot_of(&inner, "loop") : -1;
	bind_outer(r, &inner, node->target);
	bind_body(r, &inner, &node->body);
	mst_jinja_names_free(&inner);

	if (node->filter != NULL)
	{
		mst_jinja_names_init(&inner, frame, &node->filter_frame);
		mst_jinja_note(&inner, node->filter_target);
		mst_jinja_note(&inner, node->filter);
		make_slots(r, &inner);
		bind_outer(r, &inner, node->filter_target);
		bind_outer(r, &inner, node->filter);
		mst_jinja_names_free(&inner);
	}
	mst_jinja_names_init(&inner, frame, &node->else_frame);
	mst_jinja_note_all(&inner, &node->otherwise);
	make_slots(r, &inner);
	bind_body(r, &inner, &node->otherwise);
	mst_jinja_names_free(&inner);
}

/*
 * Binds the branches of an "if", all in the frame around it: a branch is no
 * scope.
 */
static void
bind_if(Resolver *r, JinjaNames *frame, JinjaIf *node)
{
	bool		was_soft = r->is_soft;

	r->is_soft = was_soft || node->conditions.count > 0;
	for (int i = 0; i < node->conditions.count; i++)
	{
		bind_outer(r, frame, node->conditions.items[i]);
		bind_all(r, frame, &node->bodies[i]);
	}
	bind_all(r, frame, &node->otherwise);
	r->is_soft = was_soft;
}

/*
 * Binds a block of statements with a frame of its own. The expression of an
 * autoescape is evaluated inside of it, the target of a set outside.
 */
static void
bind_scoped(Resolver *r, JinjaNames *frame, JinjaScoped *node)
{
	bool		has_own_target = node->node.kind == JINJA_AUTOESCAPE;
	JinjaNames	inner;

	if (node->target != NULL && !has_own_target)
		bind_outer(r, frame, node->target);
	mst_jinja_names_init(&inner, frame, &node->frame);
	if (has_own_target)
		mst_jinja_note(&inner, node->target);
	mst_jinja_note_all(&inner, &node->body);
	mst_jinja_note(&inner, node->filter);
	make_slots(r, &inner);
	if (has_own_target)
		bind_outer(r, &inner, node->target);
	bind_body(r, &inner, &node->body);
	if (node->filter != NULL)
		bind_outer(r, &inner, node->filter);
	mst_jinja_names_free(&inner);
}

/*
 * Binds a "with": its values in the frame outside, its names and body in one
 * of its own.
 */
static void
bind_with(Resolver *r, JinjaNames *frame, JinjaWith *node)
{
	JinjaNames	inner;

	bind_all(r, frame, &node->values);
	mst_jinja_names_init(&inner, frame, &node->frame);
	mst_jinja_note_all(&inner, &node->targets);
	mst_jinja_note_all(&inner, &node->body);
	make_slots(r, &inner);
	bind_all(r, &inner, &node->targets);
	bind_body(r, &inner, &node->body);
	mst_jinja_names_free(&inner);
}

/* Answers whether a macro has a parameter of that name; *index is its place. */
static bool
has_param(const JinjaMacro *macro, const char *name, int *index)
{
	for (int i = 0; i < macro->params.count; i++)
	{
		if (strcmp(((JinjaName *) macro->params.items[i])->name, name) != 0)
			continue;
		*index = i;
		return true;
	}
	return false;
}

/* The variables that a macro has without declaring them, when it reads them. */
static void
note_special_params(Resolver *r, JinjaNames *frame, JinjaMacro *macro)
{
	static const char *const names[] = {"caller", "kwargs", "varargs"};
	int			index;

	for (int i = 0; i < macro->params.count; i++)
	{
		const JinjaName *param = (const JinjaName *) macro->params.items[i];

		if (has_param(macro, param->name, &index) && index != i)
			compile_fail(r, &param->node, "SyntaxError",
						 "duplicate argument '%s' in function definition", param->name);
	}
	macro->has_caller_param = has_param(macro, "caller", &index);
	if (macro->has_caller_param && mst_jinja_any_of(&macro->body, reads_name, (void *) "caller") &&
		index < macro->params.count - macro->defaults.count)
		compile_fail(r, &macro->node, "TemplateAssertionError",
					 "When defining macros or call blocks the special \"caller\" argument"
					 " must be omitted or be given a default.");
	for (int i = 0; i < lengthof(names); i++)
		if (!has_param(macro, names[i], &index) &&
			mst_jinja_any_of(&macro->body, reads_name, (void *) names[i]))
			mst_jinja_note_param(frame, names[i]);
}

/*
 * Binds a macro. Its defaults are evaluated inside, where earlier parameters
 * can be seen; caller, kwargs and varargs have slots if the body uses them.
 * What is outside is captured, because the macro may be called after its frame
 * has ended.
 */
static void
bind_macro(Resolver *r, JinjaNames *frame, JinjaMacro *macro)
{
	JinjaNames	inner;
	int			index;

	if (macro->target != NULL)
		bind_outer(r, frame, &macro->target->node);
	if (macro->call != NULL)
		bind_outer(r, frame, &macro->call->node);
	mark_captured(frame);

	mst_jinja_names_init(&inner, frame, &macro->frame);
	mst_jinja_note_all(&inner, &macro->params);
	note_special_params(r, &inner, macro);
	mst_jinja_note_all(&inner, &macro->defaults);
	mst_jinja_note_all(&inner, &macro->body);
	make_slots(r, &inner);
	macro->caller_slot = macro->has_caller_param ? -1 : slot_of(&inner, "caller");
	macro->kwargs_slot = has_param(macro, "kwargs", &index) ? -1 : slot_of(&inner, "kwargs");
	macro->varargs_slot = has_param(macro, "varargs", &index) ? -1 : slot_of(&inner, "varargs");
	bind_all(r, &inner, &macro->params);
	bind_body(r, &inner, &macro->defaults);
	bind_body(r, &inner, &macro->body);
	mst_jinja_names_free(&inner);
}

/*
 * Binds a statement that would load a template; "extends" has to stand outside
 * of any block.
 */
static void
bind_load(Resolver *r, JinjaNames *frame, JinjaLoad *node)
{
	if (node->is_extends && frame != r->root)
		compile_fail(r, &node->node, "TemplateAssertionError",
					 "cannot use extend from a non top-level scope");
	bind_outer(r, frame, node->template);
	bind_all(r, frame, &node->targets);
}

/* Binds a node in the frame; answers whether it is a constant expression. */
static bool
bind_node(Resolver *r, JinjaNames *frame, JinjaNode *node)
{
	switch ((JinjaNodeKind) node->kind)
	{
		case JINJA_TEXT:
			break;
		case JINJA_BLOCK:
			if (((JinjaBlock *) node)->is_scoped)
				mark_captured(frame);
			break;
		case JINJA_OUTPUT:
			/* a constant that is turned into text at once needs no mark */
			(void) bind_node(r, frame, ((JinjaUnary *) node)->operand);
			break;
		case JINJA_FOR:
			bind_for(r, frame, (JinjaFor *) node);
			break;
		case JINJA_IF:
			bind_if(r, frame, (JinjaIf *) node);
			break;
		case JINJA_SET:
			bind_outer(r, frame, ((JinjaSet *) node)->value);
			bind_outer(r, frame, ((JinjaSet *) node)->target);
			break;
		case JINJA_SET_BLOCK:
		case JINJA_FILTER_BLOCK:
		case JINJA_AUTOESCAPE:
			bind_scoped(r, frame, (JinjaScoped *) node);
			break;
		case JINJA_WITH:
			bind_with(r, frame, (JinjaWith *) node);
			break;
		case JINJA_MACRO:
		case JINJA_CALL_BLOCK:
			bind_macro(r, frame, (JinjaMacro *) node);
			break;
		case JINJA_LOAD:
			bind_load(r, frame, (JinjaLoad *) node);
			break;
		default:
			if (!bind_expression(r, frame, node))
				return false;
			node->flags |= JINJA_IS_CONST;
			return true;
	}
	return false;
}

/* ---- whole programs ---- */

/* A block sees what the context has, not the frames around it. */
static void
bind_block(Resolver *r, JinjaBlock *block)
{
	JinjaNames	frame;

	mst_jinja_names_init(&frame, NULL, &block->frame);
	if (mst_jinja_any_of(&block->body, reads_name, (void *) "self"))
		mst_jinja_note_param(&frame, "self");
	if (mst_jinja_any_of(&block->body, reads_name, (void *) "super"))
		mst_jinja_note_param(&frame, "super");
	mst_jinja_note_all(&frame, &block->body);
	make_slots(r, &frame);
	block->self_slot = slot_of(&frame, "self");
	block->super_slot = slot_of(&frame, "super");
	bind_all(r, &frame, &block->body);
	mst_jinja_names_free(&frame);
}

/* Notes an error where two blocks have one name. */
static void
check_block_names(Resolver *r)
{
	JinjaNames	names;

	mst_jinja_names_init(&names, NULL, NULL);
	for (int i = 0; i < r->program->nblocks; i++)
	{
		const JinjaBlock *block = r->program->blocks[i];

		if (mst_jinja_names_find(&names, block->name) != NULL)
			compile_fail(r, &block->node, "TemplateAssertionError",
						 "block '%s' defined twice", block->name);
		(void) mst_jinja_names_get(&names, block->name);
	}
	mst_jinja_names_free(&names);
}

/*
 * Decides for every name of a parsed program where its value is.  Mistakes
 * that Jinja2 finds when it compiles go to program->compile_error.
 */
void
mst_jinja_resolve(ExprProgram *program)
{
	Resolver	r = {program};
	JinjaNames	root;

	mst_jinja_names_init(&root, NULL, &program->frame);
	r.root = &root;
	program->self_slot = -1;
	if (program->expression != NULL)
	{
		JinjaNodes	whole = {&program->expression, 1};

		if (mst_jinja_any_of(&whole, reads_name, (void *) "self"))
			mst_jinja_note_param(&root, "self");
		mst_jinja_note(&root, program->expression);
		make_slots(&r, &root);
		program->self_slot = slot_of(&root, "self");
		bind_outer(&r, &root, program->expression);
		mst_jinja_names_free(&root);
		return;
	}
	check_block_names(&r);
	if (mst_jinja_any_of(&program->body, reads_name, (void *) "self"))
		mst_jinja_note_param(&root, "self");
	mst_jinja_note_all(&root, &program->body);
	make_slots(&r, &root);
	program->self_slot = slot_of(&root, "self");
	bind_all(&r, &root, &program->body);
	for (int i = 0; i < program->nblocks; i++)
		bind_block(&r, program->blocks[i]);
	mst_jinja_names_free(&root);
}
