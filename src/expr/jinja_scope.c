/*-------------------------------------------------------------------------
 *
 * jinja_scope.c
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

#include "expr/jinja.h"
#include "expr/jinja_eval.h"

typedef struct Variable
{
	const char *name;
	int			slot;			/* -1: read only, not here */
	bool		is_stored;		/* assigned here */
	bool		is_param;
	bool		is_set;			/* assigned on the path that is being walked */
	bool		may_be_unset;	/* read on a path that did not assign it */
	int			nbranches;		/* branches of the "if" being walked that assign it */
} Variable;

/* The names of one frame: open addressing over an array in order of appearance. */
typedef struct Frame
{
	struct Frame *parent;		/* NULL for a template and a block */
	JinjaFrameInfo *info;
	Variable   *variables;
	int			nvariables;
	int			room;
	int		   *buckets;		/* index + 1 */
	int			nbuckets;
	int		   *journal;		/* variables in the order in which they became set */
	int			njournal;
	int			room_journal;
} Frame;

typedef struct Resolver
{
	ExprProgram *program;
	Frame	   *root;
	bool		is_soft;		/* inside "if": unknown filters are found when used */
} Resolver;

/* ---- errors of compilation ---- */

static void pg_attribute_printf(4, 5)
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

/* ---- tables of names ---- */

static uint32
hash_name(const char *name)
{
	uint32		hash = 2166136261u;

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char) *name) * 16777619u;
	return hash;
}

static int *
find_bucket(const Frame *frame, const char *name)
{
	uint32		mask = frame->nbuckets - 1;

	for (uint32 i = hash_name(name) & mask;; i = (i + 1) & mask)
	{
		int			index = frame->buckets[i];

		if (index == 0 || strcmp(frame->variables[index - 1].name, name) == 0)
			return &frame->buckets[i];
	}
}

static Variable *
find_variable(const Frame *frame, const char *name)
{
	int			index;

	if (frame->nvariables == 0)
		return NULL;
	index = *find_bucket(frame, name);
	return index == 0 ? NULL : &frame->variables[index - 1];
}

static void
enlarge_frame(Frame *frame)
{
	frame->room = Max(8, frame->room * 2);
	if (frame->variables == NULL)
		frame->variables = palloc(sizeof(Variable) * frame->room);
	else
	{
		frame->variables = repalloc(frame->variables, sizeof(Variable) * frame->room);
		pfree(frame->buckets);
	}
	frame->nbuckets = frame->room * 2;
	frame->buckets = palloc0(sizeof(int) * frame->nbuckets);
	for (int i = 0; i < frame->nvariables; i++)
		*find_bucket(frame, frame->variables[i].name) = i + 1;
}

static Variable *
get_variable(Frame *frame, const char *name)
{
	Variable   *variable = find_variable(frame, name);

	if (variable != NULL)
		return variable;
	if (frame->nvariables == frame->room)
		enlarge_frame(frame);
	variable = &frame->variables[frame->nvariables++];
	memset(variable, 0, sizeof(*variable));
	variable->name = name;
	variable->slot = -1;
	*find_bucket(frame, name) = frame->nvariables;
	return variable;
}

/* ---- first walk: what a frame assigns and reads ---- */

static void
note_load(Frame *frame, const char *name)
{
	Variable   *variable = get_variable(frame, name);

	if (!variable->is_set)
		variable->may_be_unset = true;
}

static void
note_store(Frame *frame, const char *name)
{
	Variable   *variable = get_variable(frame, name);

	variable->is_stored = true;
	if (variable->is_set)
		return;
	variable->is_set = true;
	if (frame->njournal == frame->room_journal)
	{
		frame->room_journal = Max(8, frame->room_journal * 2);
		if (frame->journal == NULL)
			frame->journal = palloc(sizeof(int) * frame->room_journal);
		else
			frame->journal = repalloc(frame->journal, sizeof(int) * frame->room_journal);
	}
	frame->journal[frame->njournal++] = variable - frame->variables;
}

static void
note_param(Frame *frame, const char *name)
{
	Variable   *variable = get_variable(frame, name);

	variable->is_stored = variable->is_param = variable->is_set = true;
}

static void note_node(Frame *frame, JinjaNode *node);

static void
note_nodes(Frame *frame, const JinjaNodes *nodes)
{
	for (int i = 0; i < nodes->count; i++)
		note_node(frame, nodes->items[i]);
}

static void
note_args(Frame *frame, const JinjaArgs *args)
{
	note_nodes(frame, &args->positional);
	note_nodes(frame, &args->named);
	note_node(frame, args->star);
	note_node(frame, args->star_star);
}

/* Forgets what was assigned since the mark, which ends a branch; counts it. */
static void
end_branch(Frame *frame, int mark)
{
	for (int i = mark; i < frame->njournal; i++)
	{
		Variable   *variable = &frame->variables[frame->journal[i]];

		variable->is_set = false;
		variable->nbranches++;
	}
}

static void
note_if(Frame *frame, const JinjaIf *node)
{
	int			mark = frame->njournal;
	int			start = mark;
	int			kept = mark;

	for (int i = 0; i <= node->conditions.count; i++)
	{
		if (i < node->conditions.count)
			note_node(frame, node->conditions.items[i]);
		note_nodes(frame, i < node->conditions.count ? &node->bodies[i] : &node->otherwise);
		end_branch(frame, start);
		start = frame->njournal;
	}
	/* what every branch has assigned is assigned; the rest may not be */
	for (int i = mark; i < frame->njournal; i++)
	{
		Variable   *variable = &frame->variables[frame->journal[i]];

		if (variable->nbranches == node->conditions.count + 1)
		{
			variable->is_set = true;
			frame->journal[kept++] = frame->journal[i];
		}
		else if (variable->nbranches > 0)
			variable->may_be_unset = true;
		variable->nbranches = 0;
	}
	frame->njournal = kept;
}

static void
note_expression(Frame *frame, JinjaNode *node)
{
	switch ((JinjaNodeKind) node->kind)
	{
		case JINJA_NAME:
			if (node->flags & JINJA_IS_PARAM)
				note_param(frame, ((JinjaName *) node)->name);
			else if (node->flags & JINJA_IS_TARGET)
				note_store(frame, ((JinjaName *) node)->name);
			else
				note_load(frame, ((JinjaName *) node)->name);
			break;
		case JINJA_NAMESPACE_TARGET:
			note_load(frame, ((JinjaNamespaceTarget *) node)->object->name);
			break;
		case JINJA_TUPLE:
		case JINJA_LIST:
		case JINJA_AND:
		case JINJA_OR:
		case JINJA_CONCAT:
			note_nodes(frame, &((JinjaItems *) node)->items);
			break;
		case JINJA_DICT:
			note_nodes(frame, &((JinjaDict *) node)->keys);
			note_nodes(frame, &((JinjaDict *) node)->values);
			break;
		case JINJA_COND:
			note_node(frame, ((JinjaCond *) node)->condition);
			note_node(frame, ((JinjaCond *) node)->then);
			note_node(frame, ((JinjaCond *) node)->otherwise);
			break;
		case JINJA_NOT:
		case JINJA_NEGATE:
		case JINJA_PLUS:
		case JINJA_OUTPUT:
			note_node(frame, ((JinjaUnary *) node)->operand);
			break;
		case JINJA_COMPARE:
			note_nodes(frame, &((JinjaCompare *) node)->operands);
			break;
		case JINJA_ARITH:
			note_node(frame, ((JinjaArith *) node)->left);
			note_node(frame, ((JinjaArith *) node)->right);
			break;
		case JINJA_ATTRIBUTE:
			note_node(frame, ((JinjaAttribute *) node)->object);
			break;
		case JINJA_ITEM:
			note_node(frame, ((JinjaItem *) node)->object);
			note_node(frame, ((JinjaItem *) node)->key);
			break;
		case JINJA_SLICE:
			note_node(frame, ((JinjaSlice *) node)->start);
			note_node(frame, ((JinjaSlice *) node)->stop);
			note_node(frame, ((JinjaSlice *) node)->step);
			break;
		case JINJA_CALL:
			note_node(frame, ((JinjaCall *) node)->callee);
			note_args(frame, &((JinjaCall *) node)->args);
			break;
		case JINJA_FILTER:
		case JINJA_TEST:
			note_node(frame, ((JinjaApply *) node)->operand);
			note_args(frame, &((JinjaApply *) node)->args);
			break;
		default:
			break;
	}
}

/* Notes what a node does to the frame it stands in, not to frames of its own. */
static void
note_node(Frame *frame, JinjaNode *node)
{
	if (node == NULL)
		return;
	switch ((JinjaNodeKind) node->kind)
	{
		case JINJA_TEXT:
		case JINJA_BLOCK:
		case JINJA_AUTOESCAPE:
			break;
		case JINJA_FOR:
			note_node(frame, ((JinjaFor *) node)->iterable);
			break;
		case JINJA_IF:
			note_if(frame, (JinjaIf *) node);
			break;
		case JINJA_SET:
			note_node(frame, ((JinjaSet *) node)->value);
			note_node(frame, ((JinjaSet *) node)->target);
			break;
		case JINJA_SET_BLOCK:
			note_node(frame, ((JinjaScoped *) node)->target);
			break;
		case JINJA_FILTER_BLOCK:
			note_node(frame, ((JinjaScoped *) node)->filter);
			break;
		case JINJA_WITH:
			note_nodes(frame, &((JinjaWith *) node)->values);
			break;
		case JINJA_MACRO:
			note_node(frame, &((JinjaMacro *) node)->target->node);
			break;
		case JINJA_CALL_BLOCK:
			note_node(frame, &((JinjaMacro *) node)->call->node);
			break;
		case JINJA_LOAD:
			note_node(frame, ((JinjaLoad *) node)->template);
			note_nodes(frame, &((JinjaLoad *) node)->targets);
			break;
		default:
			note_expression(frame, node);
	}
}

/* ---- questions about everything below a node, frames or not ---- */

typedef bool (*Visitor) (JinjaNode *node, void *arg);

static bool any_below(JinjaNode *node, Visitor visit, void *arg);

static bool
any_of(const JinjaNodes *nodes, Visitor visit, void *arg)
{
	for (int i = 0; i < nodes->count; i++)
		if (any_below(nodes->items[i], visit, arg))
			return true;
	return false;
}

static bool
any_in_args(const JinjaArgs *args, Visitor visit, void *arg)
{
	return any_of(&args->positional, visit, arg) || any_of(&args->named, visit, arg) ||
		any_below(args->star, visit, arg) || any_below(args->star_star, visit, arg);
}

static bool
any_in_if(const JinjaIf *node, Visitor visit, void *arg)
{
	for (int i = 0; i < node->conditions.count; i++)
		if (any_below(node->conditions.items[i], visit, arg) ||
			any_of(&node->bodies[i], visit, arg))
			return true;
	return any_of(&node->otherwise, visit, arg);
}

/* Answers whether visit() says yes to the node or anything below it. */
static bool
any_below(JinjaNode *node, Visitor visit, void *arg)
{
	if (node == NULL)
		return false;
	if (visit(node, arg))
		return true;
	switch ((JinjaNodeKind) node->kind)
	{
		case JINJA_CONST:
		case JINJA_NAME:
		case JINJA_TEXT:
			return false;
		case JINJA_NAMESPACE_TARGET:
			return any_below(&((JinjaNamespaceTarget *) node)->object->node, visit, arg);
		case JINJA_TUPLE:
		case JINJA_LIST:
		case JINJA_AND:
		case JINJA_OR:
		case JINJA_CONCAT:
			return any_of(&((JinjaItems *) node)->items, visit, arg);
		case JINJA_DICT:
			return any_of(&((JinjaDict *) node)->keys, visit, arg) ||
				any_of(&((JinjaDict *) node)->values, visit, arg);
		case JINJA_COND:
			return any_below(((JinjaCond *) node)->condition, visit, arg) ||
				any_below(((JinjaCond *) node)->then, visit, arg) ||
				any_below(((JinjaCond *) node)->otherwise, visit, arg);
		case JINJA_NOT:
		case JINJA_NEGATE:
		case JINJA_PLUS:
		case JINJA_OUTPUT:
			return any_below(((JinjaUnary *) node)->operand, visit, arg);
		case JINJA_COMPARE:
			return any_of(&((JinjaCompare *) node)->operands, visit, arg);
		case JINJA_ARITH:
			return any_below(((JinjaArith *) node)->left, visit, arg) ||
				any_below(((JinjaArith *) node)->right, visit, arg);
		case JINJA_ATTRIBUTE:
			return any_below(((JinjaAttribute *) node)->object, visit, arg);
		case JINJA_ITEM:
			return any_below(((JinjaItem *) node)->object, visit, arg) ||
				any_below(((JinjaItem *) node)->key, visit, arg);
		case JINJA_SLICE:
			return any_below(((JinjaSlice *) node)->start, visit, arg) ||
				any_below(((JinjaSlice *) node)->stop, visit, arg) ||
				any_below(((JinjaSlice *) node)->step, visit, arg);
		case JINJA_CALL:
			return any_below(((JinjaCall *) node)->callee, visit, arg) ||
				any_in_args(&((JinjaCall *) node)->args, visit, arg);
		case JINJA_FILTER:
		case JINJA_TEST:
			return any_below(((JinjaApply *) node)->operand, visit, arg) ||
				any_in_args(&((JinjaApply *) node)->args, visit, arg);
		case JINJA_FOR:
			return any_below(((JinjaFor *) node)->target, visit, arg) ||
				any_below(((JinjaFor *) node)->iterable, visit, arg) ||
				any_below(((JinjaFor *) node)->filter, visit, arg) ||
				any_of(&((JinjaFor *) node)->body, visit, arg) ||
				any_of(&((JinjaFor *) node)->otherwise, visit, arg);
		case JINJA_IF:
			return any_in_if((JinjaIf *) node, visit, arg);
		case JINJA_SET:
			return any_below(((JinjaSet *) node)->value, visit, arg) ||
				any_below(((JinjaSet *) node)->target, visit, arg);
		case JINJA_SET_BLOCK:
		case JINJA_FILTER_BLOCK:
		case JINJA_AUTOESCAPE:
			return any_below(((JinjaScoped *) node)->target, visit, arg) ||
				any_below(((JinjaScoped *) node)->filter, visit, arg) ||
				any_of(&((JinjaScoped *) node)->body, visit, arg);
		case JINJA_WITH:
			return any_of(&((JinjaWith *) node)->values, visit, arg) ||
				any_of(&((JinjaWith *) node)->body, visit, arg);
		case JINJA_MACRO:
		case JINJA_CALL_BLOCK:
			return any_below((JinjaNode *) ((JinjaMacro *) node)->call, visit, arg) ||
				any_of(&((JinjaMacro *) node)->defaults, visit, arg) ||
				any_of(&((JinjaMacro *) node)->body, visit, arg);
		case JINJA_BLOCK:
			return any_of(&((JinjaBlock *) node)->body, visit, arg);
		case JINJA_LOAD:
			return any_below(((JinjaLoad *) node)->template, visit, arg);
	}
	return false;
}

static bool
reads_name(JinjaNode *node, void *name)
{
	return node->kind == JINJA_NAME &&
		(node->flags & (JINJA_IS_TARGET | JINJA_IS_PARAM)) == 0 &&
		strcmp(((JinjaName *) node)->name, name) == 0;
}

static bool
uses_loop(JinjaNode *node, void *arg)
{
	return reads_name(node, (void *) "loop") ||
		(node->kind == JINJA_BLOCK && ((JinjaBlock *) node)->is_scoped);
}

static bool
assigns_loop(JinjaNode *node, void *arg)
{
	return node->kind == JINJA_NAME && (node->flags & JINJA_IS_TARGET) != 0 &&
		strcmp(((JinjaName *) node)->name, "loop") == 0;
}

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
find_slot(const Frame *frame, const char *name, int *hops, int *slot)
{
	*hops = 0;
	for (; frame != NULL; frame = frame->parent, (*hops)++)
	{
		Variable   *variable = find_variable(frame, name);

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
is_read(const Frame *frame, const char *name)
{
	for (; frame != NULL; frame = frame->parent)
		if (find_variable(frame, name) != NULL)
			return true;
	return false;
}

/* Slot of the template's own frame that holds what blocks see under the name, or -1. */
static int
find_root_slot(const Resolver *r, const char *name)
{
	const Variable *variable = find_variable(r->root, name);

	if (variable == NULL || variable->slot < 0 || variable->is_param)
		return -1;
	return variable->slot;
}

/* What the context is asked for when it is asked for the name. */
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
make_slots(const Resolver *r, Frame *frame)
{
	JinjaFrameInfo *info = frame->info;

	info->slots = palloc0(sizeof(JinjaSlot) * Max(frame->nvariables, 1));
	for (int i = 0; i < frame->nvariables; i++)
		if (frame->variables[i].is_stored)
			frame->variables[i].slot = info->nslots++;
	for (int i = 0; i < frame->nvariables; i++)
	{
		Variable   *variable = &frame->variables[i];
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

static int
slot_of(const Frame *frame, const char *name)
{
	const Variable *variable = find_variable(frame, name);

	return variable != NULL ? variable->slot : -1;
}

static void
init_frame(Frame *frame, Frame *parent, JinjaFrameInfo *info)
{
	memset(frame, 0, sizeof(*frame));
	frame->parent = parent;
	frame->info = info;
}

/* ---- second walk: names get their places ---- */

static bool bind_node(Resolver *r, Frame *frame, JinjaNode *node);

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
bind_outer(Resolver *r, Frame *frame, JinjaNode *node)
{
	if (bind_node(r, frame, node))
		mark_outer_constant(node);
}

static void
bind_all(Resolver *r, Frame *frame, const JinjaNodes *nodes)
{
	for (int i = 0; i < nodes->count; i++)
		bind_outer(r, frame, nodes->items[i]);
}

/* Binds operands; when not all of them are constant, those that are end there. */
static bool
bind_operands(Resolver *r, Frame *frame, const JinjaNodes *nodes)
{
	bool		is_const = true;

	for (int i = 0; i < nodes->count; i++)
		if (!bind_node(r, frame, nodes->items[i]))
			is_const = false;
	return is_const;
}

static void
mark_constants(const JinjaNodes *nodes)
{
	for (int i = 0; i < nodes->count; i++)
		mark_outer_constant(nodes->items[i]);
}

static bool
bind_items(Resolver *r, Frame *frame, const JinjaNodes *nodes)
{
	bool		is_const = bind_operands(r, frame, nodes);

	if (!is_const)
		mark_constants(nodes);
	return is_const;
}

/* Binds up to three operands, each of which may be NULL. */
static bool
bind_few(Resolver *r, Frame *frame, JinjaNode *a, JinjaNode *b, JinjaNode *c)
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

static void
bind_name(Resolver *r, Frame *frame, JinjaName *name)
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
	Frame		names;

	if (args->named.count < 2)
		return;
	init_frame(&names, NULL, NULL);
	for (int i = 0; i < args->named.count; i++)
	{
		if (find_variable(&names, args->names[i]) != NULL)
			compile_fail(r, node, "SyntaxError", "keyword argument repeated: %s", args->names[i]);
		(void) get_variable(&names, args->names[i]);
	}
}

static bool
bind_args(Resolver *r, Frame *frame, const JinjaNode *node, const JinjaArgs *args)
{
	bool		is_const;

	check_repeated_names(r, node, args);
	is_const = bind_operands(r, frame, &args->positional);
	is_const &= bind_operands(r, frame, &args->named);
	is_const &= bind_few(r, frame, args->star, args->star_star, NULL);
	return is_const;
}

static void
mark_args(const JinjaArgs *args)
{
	mark_constants(&args->positional);
	mark_constants(&args->named);
	mark_outer_constant(args->star);
	mark_outer_constant(args->star_star);
}

static bool
bind_apply(Resolver *r, Frame *frame, JinjaApply *apply)
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

static bool
bind_cond(Resolver *r, Frame *frame, JinjaCond *cond)
{
	bool		was_soft = r->is_soft;
	bool		is_const;

	r->is_soft = true;
	is_const = bind_few(r, frame, cond->condition, cond->then, cond->otherwise);
	r->is_soft = was_soft;
	return is_const && cond->otherwise != NULL;
}

static bool
bind_call(Resolver *r, Frame *frame, JinjaCall *call)
{
	bind_outer(r, frame, call->callee);
	(void) bind_args(r, frame, &call->node, &call->args);
	mark_args(&call->args);
	return false;
}

/* Binds an expression; answers whether it is constant. */
static bool
bind_expression(Resolver *r, Frame *frame, JinjaNode *node)
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
bind_body(Resolver *r, Frame *frame, const JinjaNodes *body)
{
	bool		was_soft = r->is_soft;

	r->is_soft = false;
	bind_all(r, frame, body);
	r->is_soft = was_soft;
}

/* Something may hold on to the frame and those around it. */
static void
mark_captured(Frame *frame)
{
	for (; frame != NULL; frame = frame->parent)
		frame->info->is_captured = true;
}

static void
bind_for(Resolver *r, Frame *frame, JinjaFor *node)
{
	Frame		inner;

	if (targets_loop(node->target) || any_of(&node->body, assigns_loop, NULL) ||
		any_of(&node->otherwise, assigns_loop, NULL))
		compile_fail(r, &node->node, "TemplateAssertionError",
					 "Can't assign to special loop variable in for-loop target");
	bind_outer(r, frame, node->iterable);
	if (node->is_recursive)
		mark_captured(frame);
	node->uses_loop = node->is_recursive || any_of(&node->body, uses_loop, NULL);

	init_frame(&inner, frame, &node->body_frame);
	note_node(&inner, node->target);
	if (node->uses_loop)
		note_param(&inner, "loop");
	note_nodes(&inner, &node->body);
	make_slots(r, &inner);
	node->loop_slot = node->uses_loop ? slot_of(&inner, "loop") : -1;
	bind_outer(r, &inner, node->target);
	bind_body(r, &inner, &node->body);

	if (node->filter != NULL)
	{
		init_frame(&inner, frame, &node->filter_frame);
		note_node(&inner, node->filter_target);
		note_node(&inner, node->filter);
		make_slots(r, &inner);
		bind_outer(r, &inner, node->filter_target);
		bind_outer(r, &inner, node->filter);
	}
	init_frame(&inner, frame, &node->else_frame);
	note_nodes(&inner, &node->otherwise);
	make_slots(r, &inner);
	bind_body(r, &inner, &node->otherwise);
}

static void
bind_if(Resolver *r, Frame *frame, JinjaIf *node)
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

static void
bind_scoped(Resolver *r, Frame *frame, JinjaScoped *node)
{
	bool		has_own_target = node->node.kind == JINJA_AUTOESCAPE;
	Frame		inner;

	if (node->target != NULL && !has_own_target)
		bind_outer(r, frame, node->target);
	init_frame(&inner, frame, &node->frame);
	if (has_own_target)
		note_node(&inner, node->target);
	note_nodes(&inner, &node->body);
	note_node(&inner, node->filter);
	make_slots(r, &inner);
	if (has_own_target)
		bind_outer(r, &inner, node->target);
	bind_body(r, &inner, &node->body);
	if (node->filter != NULL)
		bind_outer(r, &inner, node->filter);
}

static void
bind_with(Resolver *r, Frame *frame, JinjaWith *node)
{
	Frame		inner;

	bind_all(r, frame, &node->values);
	init_frame(&inner, frame, &node->frame);
	note_nodes(&inner, &node->targets);
	note_nodes(&inner, &node->body);
	make_slots(r, &inner);
	bind_all(r, &inner, &node->targets);
	bind_body(r, &inner, &node->body);
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
note_special_params(Resolver *r, Frame *frame, JinjaMacro *macro)
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
	if (macro->has_caller_param && any_of(&macro->body, reads_name, (void *) "caller") &&
		index < macro->params.count - macro->defaults.count)
		compile_fail(r, &macro->node, "TemplateAssertionError",
					 "When defining macros or call blocks the special \"caller\" argument"
					 " must be omitted or be given a default.");
	for (int i = 0; i < lengthof(names); i++)
		if (!has_param(macro, names[i], &index) &&
			any_of(&macro->body, reads_name, (void *) names[i]))
			note_param(frame, names[i]);
}

static void
bind_macro(Resolver *r, Frame *frame, JinjaMacro *macro)
{
	Frame		inner;
	int			index;

	if (macro->target != NULL)
		bind_outer(r, frame, &macro->target->node);
	if (macro->call != NULL)
		bind_outer(r, frame, &macro->call->node);
	mark_captured(frame);

	init_frame(&inner, frame, &macro->frame);
	note_nodes(&inner, &macro->params);
	note_special_params(r, &inner, macro);
	note_nodes(&inner, &macro->defaults);
	note_nodes(&inner, &macro->body);
	make_slots(r, &inner);
	macro->caller_slot = macro->has_caller_param ? -1 : slot_of(&inner, "caller");
	macro->kwargs_slot = has_param(macro, "kwargs", &index) ? -1 : slot_of(&inner, "kwargs");
	macro->varargs_slot = has_param(macro, "varargs", &index) ? -1 : slot_of(&inner, "varargs");
	bind_all(r, &inner, &macro->params);
	bind_body(r, &inner, &macro->defaults);
	bind_body(r, &inner, &macro->body);
}

static void
bind_load(Resolver *r, Frame *frame, JinjaLoad *node)
{
	if (node->is_extends && frame != r->root)
		compile_fail(r, &node->node, "TemplateAssertionError",
					 "cannot use extend from a non top-level scope");
	bind_outer(r, frame, node->template);
	bind_all(r, frame, &node->targets);
}

/* Binds a node in the frame; answers whether it is a constant expression. */
static bool
bind_node(Resolver *r, Frame *frame, JinjaNode *node)
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
	Frame		frame;

	init_frame(&frame, NULL, &block->frame);
	if (any_of(&block->body, reads_name, (void *) "self"))
		note_param(&frame, "self");
	if (any_of(&block->body, reads_name, (void *) "super"))
		note_param(&frame, "super");
	note_nodes(&frame, &block->body);
	make_slots(r, &frame);
	block->self_slot = slot_of(&frame, "self");
	block->super_slot = slot_of(&frame, "super");
	bind_all(r, &frame, &block->body);
}

static void
check_block_names(Resolver *r)
{
	Frame		names;

	init_frame(&names, NULL, NULL);
	for (int i = 0; i < r->program->nblocks; i++)
	{
		const JinjaBlock *block = r->program->blocks[i];

		if (find_variable(&names, block->name) != NULL)
			compile_fail(r, &block->node, "TemplateAssertionError",
						 "block '%s' defined twice", block->name);
		(void) get_variable(&names, block->name);
	}
}

/*
 * Decides for every name of a parsed program where its value is.  Mistakes
 * that Jinja2 finds when it compiles go to program->compile_error.
 */
void
mst_jinja_resolve(ExprProgram *program)
{
	Resolver	r = {program};
	Frame		root;

	init_frame(&root, NULL, &program->frame);
	r.root = &root;
	program->self_slot = -1;
	if (program->expression != NULL)
	{
		note_node(&root, program->expression);
		make_slots(&r, &root);
		bind_outer(&r, &root, program->expression);
		return;
	}
	check_block_names(&r);
	if (any_of(&program->body, reads_name, (void *) "self"))
		note_param(&root, "self");
	note_nodes(&root, &program->body);
	make_slots(&r, &root);
	program->self_slot = slot_of(&root, "self");
	bind_all(&r, &root, &program->body);
	for (int i = 0; i < program->nblocks; i++)
		bind_block(&r, program->blocks[i]);
}
