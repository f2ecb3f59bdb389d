/*-------------------------------------------------------------------------
 *
 * frame_names.c
 *	  The names of one frame of a Jinja2 program: which are assigned in it,
 *	  which are read, and which may be read before they are assigned.
 *
 * This is the first of the two walks of the scope analysis.  It stays in the
 * frame: loops, macros and so on inside of it have frames of their own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/scopes.h"

/* ---- tables of names ---- */

/* Starts on a frame; parent and info may be NULL for a plain set of names. */
void
mst_jinja_names_init(JinjaNames *names, JinjaNames *parent, JinjaFrameInfo *info)
{
	memset(names, 0, sizeof(*names));
	names->parent = parent;
	names->info = info;
}

/*
 * Frees what the analysis of the frame needed; what it found out stays.
 */
void
mst_jinja_names_free(JinjaNames *names)
{
	if (names->variables != NULL)
	{
		pfree(names->variables);
		pfree(names->buckets);
	}
	if (names->journal != NULL)
		pfree(names->journal);
	memset(names, 0, sizeof(*names));
}

/* FNV-1a: names are short, and frames small. */
static uint32
hash_name(const char *name)
{
	uint32		hash = 2166136261u;

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char) *name) * 16777619u;
	return hash;
}

/*
 * Returns the bucket of a name, or the empty one where it belongs; buckets
 * hold the number of a variable plus 1. There is always an empty one, as there
 * are twice as many as variables.
 */
static int *
find_bucket(const JinjaNames *frame, const char *name)
{
	uint32		mask = frame->nbuckets - 1;

	for (uint32 i = hash_name(name) & mask;; i = (i + 1) & mask)
	{
		int			index = frame->buckets[i];

		if (index == 0 || strcmp(frame->variables[index - 1].name, name) == 0)
			return &frame->buckets[i];
	}
}

/*
 * Finds a name; NULL when the frame does not have it.
 */
JinjaVariable *
mst_jinja_names_find(const JinjaNames *frame, const char *name)
{
	int			index;

	if (frame->nvariables == 0)
		return NULL;
	index = *find_bucket(frame, name);
	return index == 0 ? NULL : &frame->variables[index - 1];
}

/* Makes room for more variables and enters all anew. */
static void
enlarge_frame(JinjaNames *frame)
{
	frame->room = Max(8, frame->room * 2);
	if (frame->variables == NULL)
		frame->variables = palloc(sizeof(JinjaVariable) * frame->room);
	else
	{
		frame->variables = repalloc(frame->variables, sizeof(JinjaVariable) * frame->room);
		pfree(frame->buckets);
	}
	frame->nbuckets = frame->room * 2;
	frame->buckets = palloc0(sizeof(int) * frame->nbuckets);
	for (int i = 0; i < frame->nvariables; i++)
		*find_bucket(frame, frame->variables[i].name) = i + 1;
}

/*
 * Finds a name, or adds it.
 */
JinjaVariable *
mst_jinja_names_get(JinjaNames *frame, const char *name)
{
	JinjaVariable *variable = mst_jinja_names_find(frame, name);

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

/*
 * Notes that a name is read: one that is not assigned yet may be unset at that
 * moment, and then is looked for outside.
 */
static void
note_load(JinjaNames *frame, const char *name)
{
	JinjaVariable *variable = mst_jinja_names_get(frame, name);

	if (!variable->is_set)
		variable->may_be_unset = true;
}

/*
 * Notes that a name is assigned here. The journal keeps the order of first
 * assignments, from which note_if() takes back those of a branch.
 */
static void
note_store(JinjaNames *frame, const char *name)
{
	JinjaVariable *variable = mst_jinja_names_get(frame, name);

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

/*
 * Notes a variable that the frame is given: it is never unset.
 */
void
mst_jinja_note_param(JinjaNames *frame, const char *name)
{
	JinjaVariable *variable = mst_jinja_names_get(frame, name);

	variable->is_stored = variable->is_param = variable->is_set = true;
}

/*
 * Notes what nodes do to the frame they stand in.
 */
void
mst_jinja_note_all(JinjaNames *frame, const JinjaNodes *nodes)
{
	for (int i = 0; i < nodes->count; i++)
		mst_jinja_note(frame, nodes->items[i]);
}

static void
note_args(JinjaNames *frame, const JinjaArgs *args)
{
	mst_jinja_note_all(frame, &args->positional);
	mst_jinja_note_all(frame, &args->named);
	mst_jinja_note(frame, args->star);
	mst_jinja_note(frame, args->star_star);
}

/* Forgets what was assigned since the mark, which ends a branch; counts it. */
static void
end_branch(JinjaNames *frame, int mark)
{
	for (int i = mark; i < frame->njournal; i++)
	{
		JinjaVariable *variable = &frame->variables[frame->journal[i]];

		variable->is_set = false;
		variable->nbranches++;
	}
}

/*
 * Notes the names of an "if". What only some branches assign may be unset
 * behind it; what all assign is set.
 */
static void
note_if(JinjaNames *frame, const JinjaIf *node)
{
	int			mark = frame->njournal;
	int			start = mark;
	int			kept = mark;

	for (int i = 0; i <= node->conditions.count; i++)
	{
		if (i < node->conditions.count)
			mst_jinja_note(frame, node->conditions.items[i]);
		mst_jinja_note_all(frame, i < node->conditions.count ? &node->bodies[i] : &node->otherwise);
		end_branch(frame, start);
		start = frame->njournal;
	}
	/* what every branch has assigned is assigned; the rest may not be */
	for (int i = mark; i < frame->njournal; i++)
	{
		JinjaVariable *variable = &frame->variables[frame->journal[i]];

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

/* Notes the names of an expression, in the order of evaluation. */
static void
note_expression(JinjaNames *frame, JinjaNode *node)
{
	switch ((JinjaNodeKind) node->kind)
	{
		case JINJA_NAME:
			if (node->flags & JINJA_IS_PARAM)
				mst_jinja_note_param(frame, ((JinjaName *) node)->name);
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
			mst_jinja_note_all(frame, &((JinjaItems *) node)->items);
			break;
		case JINJA_DICT:
			mst_jinja_note_all(frame, &((JinjaDict *) node)->keys);
			mst_jinja_note_all(frame, &((JinjaDict *) node)->values);
			break;
		case JINJA_COND:
			mst_jinja_note(frame, ((JinjaCond *) node)->condition);
			mst_jinja_note(frame, ((JinjaCond *) node)->then);
			mst_jinja_note(frame, ((JinjaCond *) node)->otherwise);
			break;
		case JINJA_NOT:
		case JINJA_NEGATE:
		case JINJA_PLUS:
		case JINJA_OUTPUT:
			mst_jinja_note(frame, ((JinjaUnary *) node)->operand);
			break;
		case JINJA_COMPARE:
			mst_jinja_note_all(frame, &((JinjaCompare *) node)->operands);
			break;
		case JINJA_ARITH:
			mst_jinja_note(frame, ((JinjaArith *) node)->left);
			mst_jinja_note(frame, ((JinjaArith *) node)->right);
			break;
		case JINJA_ATTRIBUTE:
			mst_jinja_note(frame, ((JinjaAttribute *) node)->object);
			break;
		case JINJA_ITEM:
			mst_jinja_note(frame, ((JinjaItem *) node)->object);
			mst_jinja_note(frame, ((JinjaItem *) node)->key);
			break;
		case JINJA_SLICE:
			mst_jinja_note(frame, ((JinjaSlice *) node)->start);
			mst_jinja_note(frame, ((JinjaSlice *) node)->stop);
			mst_jinja_note(frame, ((JinjaSlice *) node)->step);
			break;
		case JINJA_CALL:
			mst_jinja_note(frame, ((JinjaCall *) node)->callee);
			note_args(frame, &((JinjaCall *) node)->args);
			break;
		case JINJA_FILTER:
		case JINJA_TEST:
			mst_jinja_note(frame, ((JinjaApply *) node)->operand);
			note_args(frame, &((JinjaApply *) node)->args);
			break;
		default:
			break;
	}
}

/*
 * Notes what a node does to the frame it stands in, not to frames of its own.
 */
void
mst_jinja_note(JinjaNames *frame, JinjaNode *node)
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
			mst_jinja_note(frame, ((JinjaFor *) node)->iterable);
			break;
		case JINJA_IF:
			note_if(frame, (JinjaIf *) node);
			break;
		case JINJA_SET:
			mst_jinja_note(frame, ((JinjaSet *) node)->value);
			mst_jinja_note(frame, ((JinjaSet *) node)->target);
			break;
		case JINJA_SET_BLOCK:
			mst_jinja_note(frame, ((JinjaScoped *) node)->target);
			break;
		case JINJA_FILTER_BLOCK:
			mst_jinja_note(frame, ((JinjaScoped *) node)->filter);
			break;
		case JINJA_WITH:
			mst_jinja_note_all(frame, &((JinjaWith *) node)->values);
			break;
		case JINJA_MACRO:
			mst_jinja_note(frame, &((JinjaMacro *) node)->target->node);
			break;
		case JINJA_CALL_BLOCK:
			mst_jinja_note(frame, &((JinjaMacro *) node)->call->node);
			break;
		case JINJA_LOAD:
			mst_jinja_note(frame, ((JinjaLoad *) node)->template);
			mst_jinja_note_all(frame, &((JinjaLoad *) node)->targets);
			break;
		default:
			note_expression(frame, node);
	}
}
