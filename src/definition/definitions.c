/*-------------------------------------------------------------------------
 *
 * definitions.c
 *	  Looking up definitions, and the cache of compiled ones.
 *
 * A start costs one index scan for the name and, the first time in a session,
 * one for the version.  The cache is a hash table by version with a list in
 * the order of use; each entry has a memory context of its own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "access/stratnum.h"
#include "catalog/pg_collation.h"
#include "lib/ilist.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "definition/definitions.h"
#include "definition/definitions_find.h"
#include "store/access.h"
#include "store/scan.h"
#include "util/errors.h"
#include "util/guc.h"
#include "util/uuid.h"

/* ---- rows ---- */

static const TableColumn workflow_columns[] = {
	COLUMN(DefinitionRow, id, COL_UUID),
	COLUMN(DefinitionRow, name, COL_TEXT),
	COLUMN(DefinitionRow, namespace, COL_TEXT),
	COLUMN(DefinitionRow, project_id, COL_TEXT),
	COLUMN(DefinitionRow, scope, COL_TEXT),
	COLUMN(DefinitionRow, is_system, COL_BOOL),
	COLUMN(DefinitionRow, is_draft, COL_BOOL),
	COLUMN_NULL(DefinitionRow, workbook_name, COL_TEXT),
	COLUMN(DefinitionRow, version_id, COL_UUID),
	COLUMN_NULL(DefinitionRow, tags, COL_JSONB)
};

/* the positions of the indexes, for every table here that has them */
#define BY_ID	0
#define BY_NAME 1

static TableDef workflows_table = {
	.name = "workflow_definitions",
	.row_size = sizeof(DefinitionRow),
	.ncolumns = lengthof(workflow_columns),
	.columns = workflow_columns,
	.nindexes = 2,
	.indexes = {"workflow_definitions_pkey", "workflow_definitions_key"}
};

LIST_TABLE(workflows_table);

static const TableColumn action_columns[] = {
	COLUMN(DefinitionRow, id, COL_UUID),
	COLUMN(DefinitionRow, name, COL_TEXT),
	COLUMN(DefinitionRow, namespace, COL_TEXT),
	COLUMN(DefinitionRow, project_id, COL_TEXT),
	COLUMN(DefinitionRow, scope, COL_TEXT),
	COLUMN(DefinitionRow, kind, COL_TEXT),
	COLUMN(DefinitionRow, is_system, COL_BOOL),
	COLUMN_NULL(DefinitionRow, workbook_name, COL_TEXT),
	COLUMN(DefinitionRow, version_id, COL_UUID),
	COLUMN_NULL(DefinitionRow, tags, COL_JSONB)
};

static TableDef actions_table = {
	.name = "action_definitions",
	.row_size = sizeof(DefinitionRow),
	.ncolumns = lengthof(action_columns),
	.columns = action_columns,
	.nindexes = 2,
	.indexes = {"action_definitions_pkey", "action_definitions_key"}
};

LIST_TABLE(actions_table);

static const TableColumn workbook_columns[] = {
	COLUMN(DefinitionRow, id, COL_UUID),
	COLUMN(DefinitionRow, name, COL_TEXT),
	COLUMN(DefinitionRow, namespace, COL_TEXT),
	COLUMN(DefinitionRow, project_id, COL_TEXT),
	COLUMN(DefinitionRow, scope, COL_TEXT),
	COLUMN_NULL(DefinitionRow, tags, COL_JSONB)
};

static TableDef workbooks_table = {
	.name = "workbooks",
	.row_size = sizeof(DefinitionRow),
	.ncolumns = lengthof(workbook_columns),
	.columns = workbook_columns,
	.nindexes = 2,
	.indexes = {"workbooks_pkey", "workbooks_key"}
};

LIST_TABLE(workbooks_table);

typedef struct VersionRow
{
	RowState	row;
	pg_uuid_t	id;
	char	   *spec;
} VersionRow;

static const TableColumn version_columns[] = {
	COLUMN(VersionRow, id, COL_UUID),
	COLUMN(VersionRow, spec, COL_TEXT)
};

static TableDef workflow_versions_table = {
	.name = "workflow_versions",
	.row_size = sizeof(VersionRow),
	.ncolumns = lengthof(version_columns),
	.columns = version_columns,
	.nindexes = 1,
	.indexes = {"workflow_versions_pkey"}
};

LIST_TABLE(workflow_versions_table);

static TableDef action_versions_table = {
	.name = "action_versions",
	.row_size = sizeof(VersionRow),
	.ncolumns = lengthof(version_columns),
	.columns = version_columns,
	.nindexes = 1,
	.indexes = {"action_versions_pkey"}
};

LIST_TABLE(action_versions_table);

typedef struct EnvironmentRow
{
	RowState	row;
	pg_uuid_t	id;
	char	   *project_id;
	char	   *scope;
	Jsonb	   *variables;
} EnvironmentRow;

static const TableColumn environment_columns[] = {
	COLUMN(EnvironmentRow, id, COL_UUID),
	COLUMN(EnvironmentRow, project_id, COL_TEXT),
	COLUMN(EnvironmentRow, scope, COL_TEXT),
	COLUMN(EnvironmentRow, variables, COL_JSONB)
};

static TableDef environments_table = {
	.name = "environments",
	.row_size = sizeof(EnvironmentRow),
	.ncolumns = lengthof(environment_columns),
	.columns = environment_columns,
	.nindexes = 1,
	.indexes = {"environments_key"}
};

LIST_TABLE(environments_table);

typedef struct FunctionRow
{
	RowState	row;
	pg_uuid_t	id;
	char	   *project_id;
	char	   *scope;
	char	   *name;
	char	   *function;
	char	   *function_owner;
} FunctionRow;

static const TableColumn function_columns[] = {
	COLUMN(FunctionRow, id, COL_UUID),
	COLUMN(FunctionRow, name, COL_TEXT),
	COLUMN(FunctionRow, project_id, COL_TEXT),
	COLUMN(FunctionRow, scope, COL_TEXT),
	COLUMN(FunctionRow, function, COL_TEXT),
	COLUMN(FunctionRow, function_owner, COL_TEXT)
};

static TableDef functions_table = {
	.name = "expression_functions",
	.row_size = sizeof(FunctionRow),
	.ncolumns = lengthof(function_columns),
	.columns = function_columns,
	.nindexes = 1,
	.indexes = {"expression_functions_key"}
};

LIST_TABLE(functions_table);

typedef struct MemberRow
{
	RowState	row;
	char	   *status;
} MemberRow;

static const TableColumn member_columns[] = {
	COLUMN(MemberRow, status, COL_TEXT)
};

static TableDef members_table = {
	.name = "resource_members",
	.row_size = sizeof(MemberRow),
	.ncolumns = lengthof(member_columns),
	.columns = member_columns,
	.nindexes = 1,
	.indexes = {"resource_members_member_idx"}
};

LIST_TABLE(members_table);

static TableDef *
table_of(DefinitionTable table)
{
	switch (table)
	{
		case TABLE_WORKFLOWS:
			return &workflows_table;
		case TABLE_ACTIONS:
			return &actions_table;
		case TABLE_WORKBOOKS:
			return &workbooks_table;
	}

	elog(ERROR, "unrecognized table of definitions: %d", (int) table);
	return NULL;
}

/* ---- finding ---- */

static void
text_key(ScanKey key, int column, const char *value)
{
	ScanKeyEntryInitialize(key, 0, column, BTEqualStrategyNumber, InvalidOid,
						   DEFAULT_COLLATION_OID, F_TEXTEQ,
						   CStringGetTextDatum(value));
}

/*
 * Returns whether the project has accepted a definition that was shared
 * with it.
 */
static bool
is_shared_with(const pg_uuid_t *id, const char *project)
{
	ScanKeyData keys[2];
	ListCell   *lc;

	text_key(&keys[0], 1, project);
	mst_scan_key_uuid(&keys[1], 2, BTEqualStrategyNumber, id);
	foreach(lc, mst_rows_by_keys(&members_table, 0, keys, 2))
	{
		if (strcmp(((MemberRow *) lfirst(lc))->status, "accepted") == 0)
			return true;
	}
	return false;
}

/*
 * Returns how well a name finds for a project what another one owns: 0 not at
 * all, more is better.  What the caller may read as a member of other roles or
 * as an administrator does not count: he would run what others have written,
 * with the rights of his project.
 */
static int
visibility_for_project(const pg_uuid_t *id, const char *owner, const char *scope,
					   const char *project)
{
	if (strcmp(owner, project) == 0)
		return 3;
	if (strcmp(scope, "public") == 0)
		return 2;
	if (id != NULL && is_shared_with(id, project))
		return 1;
	return 0;
}

/*
 * Returns whether a row is a better find than the best one so far, which may
 * be NULL.  Of equals the older one is: a definition that is made public later
 * does not take the place of one that is in use.
 */
static bool
is_better(int rank, const pg_uuid_t *id, int best_rank, const pg_uuid_t *best)
{
	if (rank == 0 || best == NULL)
		return rank > 0;
	return rank > best_rank ||
		(rank == best_rank && memcmp(id, best, UUID_LEN) < 0);
}

/* Returns the best of the rows with this name. */
static DefinitionRow *
find_visible(TableDef *def, const char *name, const char *namespace,
			 const char *project)
{
	ScanKeyData keys[3];
	List	   *rows;
	DefinitionRow *best = NULL;
	int			best_rank = 0;
	ListCell   *lc;

	text_key(&keys[0], 1, name);
	text_key(&keys[1], 2, namespace);
	text_key(&keys[2], 3, project);
	rows = mst_rows_by_keys(def, BY_NAME, keys, 3);
	if (rows != NIL)
		return linitial(rows);
	foreach(lc, mst_rows_by_keys(def, BY_NAME, keys, 2))
	{
		DefinitionRow *row = lfirst(lc);
		int			rank = visibility_for_project(&row->id, row->project_id, row->scope, project);

		if (!is_better(rank, &row->id, best_rank, best != NULL ? &best->id : NULL))
			continue;
		best = row;
		best_rank = rank;
	}
	return best;
}

/*
 * Reads an id in its usual form, with hyphens; see definitions_find.h.
 */
bool
mst_definition_parse_id(const char *text, pg_uuid_t *id)
{
	int			n = 0;

	for (const char *p = text; *p != '\0'; p++)
	{
		if (isxdigit((unsigned char) *p))
			n++;
		else if (*p != '-')
			return false;
	}
	if (n != 32 || strlen(text) != 36 || text[8] != '-' || text[13] != '-' ||
		text[18] != '-' || text[23] != '-')
		return false;
	*id = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(text)));
	return true;
}

/*
 * Finds a definition; see definitions_find.h.
 */
DefinitionRow *
mst_definition_find(DefinitionTable table, const char *identifier,
					const char *namespace, const char *project)
{
	TableDef   *def = table_of(table);
	pg_uuid_t	id;

	if (mst_definition_parse_id(identifier, &id))
	{
		DefinitionRow *row = mst_row_by_id(def, BY_ID, &id);

		/*
		 * an id is chosen, not captured: here the role's own reach counts,
		 * too
		 */
		if (row != NULL &&
			(visibility_for_project(&row->id, row->project_id, row->scope, project) > 0 ||
			 mst_project_can_read(project, row->project_id)))
			return row;
	}
	return find_visible(def, identifier, namespace, project);
}

static void
fill_ref(const DefinitionRow *row, WorkflowRef *ref)
{
	ref->definition_id = row->id;
	ref->version_id = row->version_id;
	ref->name = row->name;
	ref->namespace = row->namespace;
	ref->workbook_name = row->workbook_name;
	ref->project_id = row->project_id;
	ref->tags = row->tags;
	ref->is_draft = row->is_draft;
}

/*
 * Finds a workflow for a start; see definitions.h.
 */
bool
mst_definition_find_workflow(const char *identifier, const char *namespace,
							 const char *project, WorkflowRef *ref)
{
	DefinitionRow *row = mst_definition_find(TABLE_WORKFLOWS, identifier,
											 namespace, project);

	if (row == NULL)
		return false;
	fill_ref(row, ref);
	return true;
}

/* In the namespace, else in the default one. */
static DefinitionRow *
find_with_default(TableDef *def, const char *name, const char *namespace,
				  const char *project)
{
	DefinitionRow *row = find_visible(def, name, namespace, project);

	if (row == NULL && *namespace != '\0')
		row = find_visible(def, name, "", project);
	return row;
}

/*
 * Finds the definition that a name in a workbook means: the workbook's own item
 * of that name, else one that stands by itself.  NULL when there is neither.
 */
static DefinitionRow *
resolve_definition(TableDef *def, const char *name, const char *workbook,
				   const char *namespace, const char *project)
{
	DefinitionRow *row = NULL;

	if (workbook != NULL)
		row = find_with_default(def, psprintf("%s.%s", workbook, name),
								namespace, project);
	if (row == NULL)
		row = find_with_default(def, name, namespace, project);
	return row;
}

/*
 * Finds the workflow a task calls; see definitions.h.
 */
bool
mst_definition_resolve_subworkflow(const char *name, const char *workbook,
								   const char *namespace, const char *project,
								   WorkflowRef *ref)
{
	DefinitionRow *row = resolve_definition(&workflows_table, name, workbook, namespace,
											project);

	if (row == NULL)
		return false;
	fill_ref(row, ref);
	return true;
}

/*
 * Gets the variables of an environment; see definitions.h.
 */
bool
mst_definition_environment(const char *name, const char *project,
						   Jsonb **variables)
{
	ScanKeyData key;
	EnvironmentRow *best = NULL;
	int			best_rank = 0;
	ListCell   *lc;

	text_key(&key, 1, name);
	foreach(lc, mst_rows_by_keys(&environments_table, 0, &key, 1))
	{
		EnvironmentRow *row = lfirst(lc);
		int			rank = visibility_for_project(NULL, row->project_id, row->scope, project);

		if (!is_better(rank, &row->id, best_rank, best != NULL ? &best->id : NULL))
			continue;
		best = row;
		best_rank = rank;
	}
	if (best != NULL)
		*variables = best->variables;
	return best != NULL;
}

/*
 * Finds a function of expressions; see definitions.h.
 */
FunctionRef *
mst_definition_find_function(const char *name, const char *project)
{
	ScanKeyData key;
	FunctionRow *best = NULL;
	int			best_rank = 0;
	ListCell   *lc;
	FunctionRef *ref;

	text_key(&key, 1, name);
	foreach(lc, mst_rows_by_keys(&functions_table, 0, &key, 1))
	{
		FunctionRow *row = lfirst(lc);
		int			rank = visibility_for_project(NULL, row->project_id, row->scope, project);

		if (!is_better(rank, &row->id, best_rank, best != NULL ? &best->id : NULL))
			continue;
		best = row;
		best_rank = rank;
	}
	if (best == NULL)
		return NULL;
	ref = palloc(sizeof(FunctionRef));
	ref->name = best->name;
	ref->signature = best->function;
	ref->function_owner = best->function_owner;
	return ref;
}

/* ---- cache of compiled definitions ---- */

typedef struct CacheEntry
{
	pg_uuid_t	version_id;		/* key of the hash table */
	dlist_node	node;			/* in cache_order */
	MemoryContext cxt;
	WorkflowSpec *workflow;		/* one of the two is set */
	ActionSpec *action;
} CacheEntry;

static HTAB *cache = NULL;
static dlist_head cache_order = DLIST_STATIC_INIT(cache_order); /* latest first */

static void
init_cache(void)
{
	HASHCTL		ctl;

	memset(&ctl, 0, sizeof(ctl));
	ctl.keysize = sizeof(pg_uuid_t);
	ctl.entrysize = sizeof(CacheEntry);
	ctl.hcxt = CacheMemoryContext;
	cache = hash_create("mistral definitions", 64, &ctl,
						HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static CacheEntry *
cache_find(const pg_uuid_t *version_id)
{
	CacheEntry *entry;

	if (cache == NULL)
		init_cache();
	entry = hash_search(cache, version_id, HASH_FIND, NULL);
	if (entry != NULL)
		dlist_move_head(&cache_order, &entry->node);
	return entry;
}

/* Enters what was built in a context of its own. */
static void
cache_enter(const pg_uuid_t *version_id, MemoryContext cxt,
			WorkflowSpec *workflow, ActionSpec *action)
{
	CacheEntry *entry = hash_search(cache, version_id, HASH_ENTER, NULL);

	entry->cxt = cxt;
	entry->workflow = workflow;
	entry->action = action;
	dlist_push_head(&cache_order, &entry->node);
	MemoryContextSetParent(cxt, CacheMemoryContext);
}

/* memory contexts that have a hold on the entries */
static int	cache_holds = 0;

static void
release_hold(void *arg)
{
	cache_holds--;
}

/*
 * Keeps every entry for a while; an error ends it as well.
 */
void
mst_definition_cache_hold(MemoryContext cxt)
{
	MemoryContextCallback *callback =
	MemoryContextAlloc(cxt, sizeof(MemoryContextCallback));

	callback->func = release_hold;
	callback->arg = NULL;
	MemoryContextRegisterResetCallback(cxt, callback);
	cache_holds++;
}

/*
 * Drops the entries that have not been used for longest.
 */
void
mst_definition_cache_trim(void)
{
	while (cache_holds == 0 && cache != NULL &&
		   hash_get_num_entries(cache) > mst_definition_cache_size)
	{
		CacheEntry *entry = dlist_tail_element(CacheEntry, node, &cache_order);

		dlist_delete(&entry->node);
		MemoryContextDelete(entry->cxt);
		hash_search(cache, &entry->version_id, HASH_REMOVE, NULL);
	}
}

/* Returns the JSON of a version, or NULL. */
static char *
read_version(TableDef *def, const pg_uuid_t *version_id)
{
	VersionRow *row = mst_row_by_id(def, BY_ID, version_id);

	return row != NULL ? row->spec : NULL;
}

/*
 * Returns the normalised JSON of a workflow's version.
 */
char *
mst_definition_workflow_spec_json(const pg_uuid_t *version_id)
{
	return read_version(&workflow_versions_table, version_id);
}

/*
 * Returns the normalised JSON of an action's version.
 */
char *
mst_definition_action_spec_json(const pg_uuid_t *version_id)
{
	return read_version(&action_versions_table, version_id);
}

/*
 * Reads and compiles a version in a context of its own, which becomes part of
 * the cache only when all went well.  "row" is that of an action, or NULL.
 */
static CacheEntry *
load_version(TableDef *def, const pg_uuid_t *version_id, const DefinitionRow *row)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "mistral definition",
											  ALLOCSET_SMALL_SIZES);
	char	   *json = read_version(def, version_id);
	MemoryContext old;
	WorkflowSpec *workflow = NULL;
	ActionSpec *action = NULL;

	if (json == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("version \"%s\" of a definition not found",
						mst_uuid_text(version_id))));
	old = MemoryContextSwitchTo(cxt);
	if (def == &workflow_versions_table)
		workflow = mst_spec_build_workflow(NULL, json);
	else
	{
		action = mst_spec_build_action(row->name, row->kind, json);
		action->project = pstrdup(row->project_id);
	}
	MemoryContextSwitchTo(old);
	pfree(json);
	cache_enter(version_id, cxt, workflow, action);
	return cache_find(version_id);
}

/*
 * Returns the compiled workflow of a version; see definitions.h.
 */
const WorkflowSpec *
mst_definition_workflow_spec(const pg_uuid_t *version_id)
{
	CacheEntry *entry = cache_find(version_id);

	if (entry == NULL)
		entry = load_version(&workflow_versions_table, version_id, NULL);
	return entry->workflow;
}

/*
 * Finds an ad-hoc action; see definitions.h.
 */
const ActionSpec *
mst_definition_find_action(const char *name, const char *workbook,
						   const char *namespace, const char *project)
{
	DefinitionRow *row = resolve_definition(&actions_table, name, workbook, namespace,
											project);
	CacheEntry *entry;

	if (row == NULL)
		return NULL;
	entry = cache_find(&row->version_id);
	if (entry == NULL)
		entry = load_version(&action_versions_table, &row->version_id, row);
	return entry->action;
}
