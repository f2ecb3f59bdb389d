/*-------------------------------------------------------------------------
 *
 * data_context.c
 *	  Published variables: immutable links, looked up and merged.
 *
 * What a task publishes becomes a context row that points to the context the
 * task has seen.  A variable's value is found by walking up; every so many
 * links, and after each merge, a row carries a locator that names for every
 * variable visible there the row that holds it, so a walk is short whatever
 * the length of the chain.
 *
 * "versions" counts publications of each leaf path of a variable
 * (docs/engine.md, Merging of contexts): absent for a variable published once,
 * a number when all leaves of the value have the same count, else a mapping of
 * path to count.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "engine/data/data.h"
#include "util/guc.h"
#include "util/json.h"
#include "util/uuid.h"

/* a row at a depth that is a multiple of this has a locator */
#define LOCATOR_INTERVAL 16

/* A visible variable and the row that holds it. */
typedef struct VarRef
{
	const char *name;
	int			len;
	int			rank;			/* 0: nearest */
	pg_uuid_t	row_id;
} VarRef;

typedef struct VarList
{
	VarRef	   *vars;
	int			n;
	int			size;
	int			rank;
	pg_uuid_t	row_id;
} VarList;

/* Returns the row of that id; it must exist. */
ContextRow *
mst_context_row(EngineCall *call, const pg_uuid_t *id)
{
	bool		found;
	ContextEntry *entry = hash_search(call->contexts, id, HASH_ENTER, &found);

	if (!found)
	{
		MemoryContext old = MemoryContextSwitchTo(call->mcxt);

		entry->row = NULL;
		entry->row = mst_store_context(id);
		MemoryContextSwitchTo(old);
	}
	if (entry->row == NULL)
		elog(ERROR, "context row is missing");
	return entry->row;
}

static void
add_row(EngineCall *call, ContextRow *row)
{
	bool		found;
	ContextEntry *entry = hash_search(call->contexts, &row->id, HASH_ENTER, &found);

	entry->row = row;
	call->new_contexts = lappend(call->new_contexts, row);
}

static ContextRow *
make_row(Execution *exec, const pg_uuid_t *parent, int depth)
{
	ContextRow *row = palloc0(sizeof(ContextRow));

	row->row.is_new = true;
	row->id = mst_uuid_new();
	row->parent_id = *parent;
	row->execution_id = exec->id;
	row->root_id = exec->row->root_id;
	row->depth = depth;
	row->project_id = exec->row->project_id;
	return row;
}

static pg_uuid_t
parse_id(const JsonbValue *text)
{
	char	   *copy = pnstrdup(text->val.string.val, text->val.string.len);
	pg_uuid_t	id = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(copy)));

	pfree(copy);
	return id;
}

/* ---- looking up ---- */

/* Returns the row that holds the variable, or NULL. */
static ContextRow *
find_row(EngineCall *call, const pg_uuid_t *id, const char *name, int len,
		 JsonbValue *value)
{
	pg_uuid_t	at = *id;

	while (!mst_uuid_is_none(&at))
	{
		ContextRow *row = mst_context_row(call, &at);

		if (mst_json_find(row->data, name, len, value))
			return row;
		if (row->locator != NULL)
		{
			JsonbValue	holder;

			if (!mst_json_find(row->locator, name, len, &holder))
				return NULL;
			at = parse_id(&holder);
		}
		else
			at = row->parent_id;
	}
	return NULL;
}

/*
 * The variable's value as seen in the context; false when it is not there.
 * The value points into memory of the call.
 */
bool
mst_context_find(EngineCall *call, const pg_uuid_t *id, const char *name, int len,
				 JsonbValue *value)
{
	return find_row(call, id, name, len, value) != NULL;
}

static void
add_var(VarList *list, const char *name, int len, const pg_uuid_t *row_id)
{
	if (list->n == list->size)
	{
		list->size = Max(16, list->size * 2);
		list->vars = list->vars == NULL ?
			palloc(sizeof(VarRef) * list->size) :
			repalloc(list->vars, sizeof(VarRef) * list->size);
	}
	list->vars[list->n++] = (VarRef)
	{
		name, len, list->rank, *row_id
	};
}

static bool
add_data_var(void *arg, const JsonbValue *key, const JsonbValue *value)
{
	VarList    *list = arg;

	add_var(list, key->val.string.val, key->val.string.len, &list->row_id);
	return true;
}

static bool
add_located_var(void *arg, const JsonbValue *key, const JsonbValue *value)
{
	pg_uuid_t	row_id = parse_id(value);

	add_var(arg, key->val.string.val, key->val.string.len, &row_id);
	return true;
}

static int
compare_names(const VarRef *a, const VarRef *b)
{
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->name, b->name, a->len);
}

static int
compare_vars(const void *a, const void *b)
{
	const VarRef *left = a;
	const VarRef *right = b;
	int			order = compare_names(left, right);

	return order != 0 ? order : left->rank - right->rank;
}

/* Returns all visible variables, sorted by name, each once. */
static VarList
list_vars(EngineCall *call, const pg_uuid_t *id)
{
	VarList		list = {0};
	pg_uuid_t	at = *id;
	int			kept = 0;

	for (; !mst_uuid_is_none(&at); list.rank++)
	{
		ContextRow *row = mst_context_row(call, &at);

		list.row_id = at;
		mst_json_each(row->data, add_data_var, &list);
		if (row->locator != NULL)
		{
			list.rank++;
			mst_json_each(row->locator, add_located_var, &list);
			break;
		}
		at = row->parent_id;
	}
	if (list.n > 1)
		qsort(list.vars, list.n, sizeof(VarRef), compare_vars);
	for (int i = 0; i < list.n; i++)
	{
		if (kept == 0 || compare_names(&list.vars[i], &list.vars[kept - 1]) != 0)
			list.vars[kept++] = list.vars[i];
	}
	list.n = kept;
	return list;
}

/* Calls fn for the name of each visible variable. */
void
mst_context_each(EngineCall *call, const pg_uuid_t *id,
				 void (*fn) (void *arg, const char *name, int len), void *arg)
{
	VarList		list = list_vars(call, id);

	for (int i = 0; i < list.n; i++)
		fn(arg, list.vars[i].name, list.vars[i].len);
}

static void
value_of(EngineCall *call, const VarRef *var, JsonbValue *value)
{
	ContextRow *row = mst_context_row(call, &var->row_id);

	if (!mst_json_find(row->data, var->name, var->len, value))
		elog(ERROR, "variable is missing in its context row");
}

/* Returns all visible variables as one mapping. */
Jsonb *
mst_context_all(EngineCall *call, const pg_uuid_t *id)
{
	VarList		list = list_vars(call, id);
	JsonBuilder b;

	mst_json_begin_object(&b);
	for (int i = 0; i < list.n; i++)
	{
		JsonbValue	value;

		value_of(call, &list.vars[i], &value);
		mst_json_add_value(&b, pnstrdup(list.vars[i].name, list.vars[i].len), &value);
	}
	return mst_json_end(&b);
}

/* ---- version counters ---- */

static void
add_leaves(List **paths, const char *prefix, const JsonbValue *value)
{
	JsonbIterator *it;
	JsonbValue	key;
	JsonbValue	member;
	JsonbIteratorToken token;

	check_stack_depth();
	if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
	{
		*paths = lappend(*paths, pstrdup(prefix));
		return;
	}
	it = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&it, &key, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&it, &member, true);
		add_leaves(paths, psprintf("%s.%.*s", prefix, key.val.string.len,
								   key.val.string.val), &member);
	}
}

static List *
leaves_of(const VarRef *var, const JsonbValue *value)
{
	List	   *paths = NIL;

	add_leaves(&paths, pnstrdup(var->name, var->len), value);
	return paths;
}

/*
 * Returns the count of all leaves when it is the same, else 0 and the mapping.
 */
static int64
uniform_count(const ContextRow *row, const VarRef *var, Jsonb **mapping)
{
	JsonbValue	stored;

	*mapping = NULL;
	if (!mst_json_find(row->versions, var->name, var->len, &stored))
		return 1;
	if (stored.type == jbvNumeric)
		return mst_json_value_int(&stored);
	*mapping = mst_json_from_value(&stored);
	return 0;
}

static int64
count_of(int64 uniform, Jsonb *mapping, List *leaves, const char *path)
{
	ListCell   *lc;

	if (mapping != NULL)
		return mst_json_get_int(mapping, path, 0);
	foreach(lc, leaves)
	{
		if (strcmp(lfirst(lc), path) == 0)
			return uniform;
	}
	return 0;
}

static bool
same_paths(List *a, List *b)
{
	ListCell   *la;
	ListCell   *lb;

	if (list_length(a) != list_length(b))
		return false;
	forboth(la, a, lb, b)
	{
		if (strcmp(lfirst(la), lfirst(lb)) != 0)
			return false;
	}
	return true;
}

static bool
add_old_count(void *arg, const JsonbValue *key, const JsonbValue *value)
{
	mst_json_add_value(arg, pnstrdup(key->val.string.val, key->val.string.len), value);
	return true;
}

/* Counts of a variable that is published over an older value of it. */
static void
add_republished(JsonBuilder *b, const VarRef *var, const ContextRow *old_row,
				const JsonbValue *old_value, const JsonbValue *new_value)
{
	Jsonb	   *mapping;
	int64		uniform = uniform_count(old_row, var, &mapping);
	List	   *old_leaves = leaves_of(var, old_value);
	List	   *new_leaves = leaves_of(var, new_value);
	char	   *name = pnstrdup(var->name, var->len);
	ListCell   *lc;

	if (mapping == NULL && same_paths(old_leaves, new_leaves))
	{
		mst_json_add_int(b, name, uniform + 1);
		return;
	}
	mst_json_open_object(b, name);
	if (mapping != NULL)
		mst_json_each(mapping, add_old_count, b);
	else
	{
		foreach(lc, old_leaves)
			mst_json_add_int(b, lfirst(lc), uniform);
	}

	/* the last of equal keys stays */
	foreach(lc, new_leaves)
		mst_json_add_int(b, lfirst(lc),
						 count_of(uniform, mapping, old_leaves, lfirst(lc)) + 1);
	mst_json_close_object(b);
}

/* ---- publishing ---- */

static Jsonb *
make_locator(EngineCall *call, const pg_uuid_t *parent)
{
	VarList		list = list_vars(call, parent);
	JsonBuilder b;

	mst_json_begin_object(&b);
	for (int i = 0; i < list.n; i++)
		mst_json_add_text(&b, pnstrdup(list.vars[i].name, list.vars[i].len),
						  mst_uuid_text(&list.vars[i].row_id));
	return mst_json_end(&b);
}

typedef struct PublishArg
{
	EngineCall *call;
	const pg_uuid_t *parent;
	JsonBuilder *b;
} PublishArg;

static bool
count_published(void *arg, const JsonbValue *key, const JsonbValue *value)
{
	PublishArg *publish = arg;
	VarRef		var = {key->val.string.val, key->val.string.len, 0, {{0}}};
	JsonbValue	old_value;
	ContextRow *old_row = find_row(publish->call, publish->parent, var.name,
								   var.len, &old_value);

	if (old_row != NULL)
		add_republished(publish->b, &var, old_row, &old_value, value);
	return true;
}

static Jsonb *
count_versions(EngineCall *call, const pg_uuid_t *parent, Jsonb *published)
{
	JsonBuilder b;
	PublishArg	arg = {call, parent, &b};
	Jsonb	   *versions;

	if (mst_uuid_is_none(parent))
		return NULL;
	mst_json_begin_object(&b);
	mst_json_each(published, count_published, &arg);
	versions = mst_json_end(&b);
	return mst_json_count(versions) > 0 ? versions : NULL;
}

static bool
merge_published(void *arg, const JsonbValue *key, const JsonbValue *value)
{
	PublishArg *publish = arg;
	JsonbValue	old_value;
	char	   *name = pnstrdup(key->val.string.val, key->val.string.len);
	Jsonb	   *merged = mst_json_object1(name, mst_json_from_value(value));

	if (mst_context_find(publish->call, publish->parent, key->val.string.val,
						 key->val.string.len, &old_value))
		merged = mst_json_merge(mst_json_object1(name, mst_json_from_value(&old_value)),
								merged);
	mst_json_add(publish->b, name, mst_json_get(merged, name));
	return true;
}

/* Returns a new link with what a task published over its inbound context. */
pg_uuid_t
mst_context_publish(EngineCall *call, Execution *exec, const pg_uuid_t *parent,
					Jsonb *published)
{
	ContextRow *row;
	int			depth = 1;

	if (mst_json_count(published) == 0)
		return *parent;
	if (mst_merge_strategy == MERGE_STRATEGY_MERGE)
	{
		JsonBuilder b;
		PublishArg	arg = {call, parent, &b};

		mst_json_begin_object(&b);
		mst_json_each(published, merge_published, &arg);
		published = mst_json_end(&b);
	}
	if (!mst_uuid_is_none(parent))
		depth = mst_context_row(call, parent)->depth + 1;
	row = make_row(exec, parent, depth);
	row->data = published;
	row->versions = count_versions(call, parent, published);
	if (depth % LOCATOR_INTERVAL == 0)
		row->locator = make_locator(call, parent);
	add_row(call, row);
	return row->id;
}

/* Keeps a value that belongs to the execution but is no context. */
pg_uuid_t
mst_context_keep(EngineCall *call, Execution *exec, Jsonb *data)
{
	ContextRow *row = make_row(exec, &mst_uuid_none, 0);

	row->data = data;
	add_row(call, row);
	return row->id;
}

/* ---- merging ---- */

/* One side of a conflict. */
typedef struct MergeSide
{
	JsonbValue	value;
	int64		uniform;
	Jsonb	   *mapping;
	List	   *leaves;
	pg_uuid_t	row_id;
} MergeSide;

typedef struct MergeState
{
	VarList		vars;			/* of the merge so far; rank -1: merged within */
} MergeState;

static void
load_side(EngineCall *call, const VarRef *var, MergeSide *side)
{
	ContextRow *row = mst_context_row(call, &var->row_id);

	value_of(call, var, &side->value);
	side->uniform = uniform_count(row, var, &side->mapping);
	side->leaves = leaves_of(var, &side->value);
	side->row_id = var->row_id;
}

static bool
is_mapping(const JsonbValue *value)
{
	return value->type == jbvBinary && JsonContainerIsObject(value->val.binary.data);
}

/* Returns whether the right value at the path replaces the left one. */
static bool
right_wins(const MergeSide *left, const MergeSide *right, const char *path)
{
	if (!mst_context_versioning)
		return memcmp(&right->row_id, &left->row_id, UUID_LEN) > 0;
	return count_of(right->uniform, right->mapping, right->leaves, path) >
		count_of(left->uniform, left->mapping, left->leaves, path);
}

static Jsonb *merge_mappings(const MergeSide *left, const MergeSide *right,
							 const char *path, Jsonb *a, Jsonb *b);

static Jsonb *
merge_values(const MergeSide *left, const MergeSide *right, const char *path,
			 const JsonbValue *a, const JsonbValue *b)
{
	check_stack_depth();
	if (is_mapping(a) && is_mapping(b))
		return merge_mappings(left, right, path, mst_json_from_value(a),
							  mst_json_from_value(b));
	return mst_json_from_value(right_wins(left, right, path) ? b : a);
}

typedef struct MappingArg
{
	const MergeSide *left;
	const MergeSide *right;
	const char *path;
	Jsonb	   *other;
	JsonBuilder *b;
} MappingArg;

static bool
add_left_member(void *arg, const JsonbValue *key, const JsonbValue *value)
{
	MappingArg *m = arg;
	char	   *name = pnstrdup(key->val.string.val, key->val.string.len);
	JsonbValue	other;

	if (mst_json_find(m->other, key->val.string.val, key->val.string.len, &other))
		mst_json_add(m->b, name, merge_values(m->left, m->right,
											  psprintf("%s.%s", m->path, name),
											  value, &other));
	else
		mst_json_add_value(m->b, name, value);
	return true;
}

static bool
add_right_member(void *arg, const JsonbValue *key, const JsonbValue *value)
{
	MappingArg *m = arg;
	JsonbValue	other;

	if (!mst_json_find(m->other, key->val.string.val, key->val.string.len, &other))
		mst_json_add_value(m->b, pnstrdup(key->val.string.val, key->val.string.len), value);
	return true;
}

static Jsonb *
merge_mappings(const MergeSide *left, const MergeSide *right, const char *path,
			   Jsonb *a, Jsonb *b)
{
	JsonBuilder builder;
	MappingArg	m = {left, right, path, b, &builder};

	mst_json_begin_object(&builder);
	mst_json_each(a, add_left_member, &m);
	m.other = a;
	mst_json_each(b, add_right_member, &m);
	return mst_json_end(&builder);
}

/* Per path the greater count of both sides. */
static void
add_merged_counts(JsonBuilder *b, const VarRef *var, const MergeSide *left,
				  const MergeSide *right)
{
	const MergeSide *sides[] = {left, right};
	char	   *name = pnstrdup(var->name, var->len);

	mst_json_open_object(b, name);
	for (int i = 0; i < 2; i++)
	{
		const MergeSide *other = sides[1 - i];
		ListCell   *lc;

		foreach(lc, sides[i]->leaves)
			mst_json_add_int(b, lfirst(lc),
							 Max(count_of(sides[i]->uniform, sides[i]->mapping,
										  sides[i]->leaves, lfirst(lc)),
								 count_of(other->uniform, other->mapping,
										  other->leaves, lfirst(lc))));
	}
	mst_json_close_object(b);
}

/* Both sides have the variable, from different publications. */
static void
merge_conflict(EngineCall *call, VarRef *mine, const VarRef *theirs)
{
	MergeSide	left;
	MergeSide	right;
	char	   *name = pnstrdup(mine->name, mine->len);

	load_side(call, mine, &left);
	load_side(call, theirs, &right);
	if (is_mapping(&left.value) && is_mapping(&right.value))
	{
		/* later conflicts of this merge see the row made here */
		ContextRow *row = palloc0(sizeof(ContextRow));
		JsonBuilder counts;
		bool		found;
		ContextEntry *entry;

		row->id = mst_uuid_new();
		row->data = mst_json_object1(name, merge_values(&left, &right, name,
														&left.value, &right.value));
		mst_json_begin_object(&counts);
		add_merged_counts(&counts, mine, &left, &right);
		row->versions = mst_json_end(&counts);
		entry = hash_search(call->contexts, &row->id, HASH_ENTER, &found);
		entry->row = row;
		mine->row_id = row->id;
		mine->rank = -1;
	}
	else if (right_wins(&left, &right, name))
	{
		mine->row_id = theirs->row_id;
		mine->rank = 0;
	}
}

static void
merge_context(EngineCall *call, MergeState *state, const pg_uuid_t *id)
{
	VarList		theirs = list_vars(call, id);
	VarList		merged = {0};
	int			i = 0;
	int			j = 0;

	while (i < state->vars.n || j < theirs.n)
	{
		int			order = i >= state->vars.n ? 1 : j >= theirs.n ? -1 :
		compare_names(&state->vars.vars[i], &theirs.vars[j]);
		VarRef		var = order <= 0 ? state->vars.vars[i] : theirs.vars[j];

		if (order == 0 && !mst_uuid_equal(&var.row_id, &theirs.vars[j].row_id))
			merge_conflict(call, &var, &theirs.vars[j]);
		add_var(&merged, var.name, var.len, &var.row_id);
		merged.vars[merged.n - 1].rank = var.rank;
		i += order <= 0;
		j += order >= 0;
	}
	state->vars = merged;
}

/*
 * Returns the new row: what was merged within a value is copied into it,
 * everything else is located where it was published.
 */
static pg_uuid_t
write_merge(EngineCall *call, Execution *exec, MergeState *state, const pg_uuid_t *base)
{
	ContextRow *row = make_row(exec, base, mst_context_row(call, base)->depth + 1);
	JsonBuilder data;
	JsonBuilder versions;
	JsonBuilder locator;

	mst_json_begin_object(&data);
	mst_json_begin_object(&versions);
	mst_json_begin_object(&locator);
	for (int i = 0; i < state->vars.n; i++)
	{
		VarRef	   *var = &state->vars.vars[i];
		char	   *name = pnstrdup(var->name, var->len);
		ContextRow *holder = mst_context_row(call, &var->row_id);

		if (var->rank >= 0)
		{
			mst_json_add_text(&locator, name, mst_uuid_text(&var->row_id));
			continue;
		}
		mst_json_add(&data, name, mst_json_get(holder->data, name));
		mst_json_add(&versions, name, mst_json_get(holder->versions, name));
	}
	row->data = mst_json_end(&data);
	row->versions = mst_json_end(&versions);
	row->locator = mst_json_end(&locator);
	add_row(call, row);
	return row->id;
}

static bool
merge_changed(const VarList *before, const VarList *after)
{
	if (before->n != after->n)
		return true;
	for (int i = 0; i < before->n; i++)
	{
		if (!mst_uuid_equal(&before->vars[i].row_id, &after->vars[i].row_id))
			return true;
	}
	return false;
}

/* Returns the merge of several contexts, the first being the base. */
pg_uuid_t
mst_context_merge(EngineCall *call, Execution *exec, const pg_uuid_t *ids, int n)
{
	MergeState	state = {{0}};
	VarList		base_vars = {0};
	pg_uuid_t	base = mst_uuid_none;

	for (int i = 0; i < n; i++)
	{
		if (mst_uuid_is_none(&ids[i]) || mst_uuid_equal(&ids[i], &base))
			continue;
		if (mst_uuid_is_none(&base))
		{
			base = ids[i];
			base_vars = state.vars = list_vars(call, &base);
			for (int j = 0; j < state.vars.n; j++)
				state.vars.vars[j].rank = 0;
		}
		else
			merge_context(call, &state, &ids[i]);
	}
	if (mst_uuid_is_none(&base) || !merge_changed(&base_vars, &state.vars))
		return base;
	return write_merge(call, exec, &state, &base);
}
