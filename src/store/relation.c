/*-------------------------------------------------------------------------
 *
 * relation.c
 *	  Finds our tables and remembers what it found.
 *
 * For each table a backend keeps what every access needs: the relation's and
 * its indexes' OIDs, the numbers of the columns, the IndexInfos, and an EState
 * in which the predicates of partial indexes stay compiled.  All of it lives
 * in one memory context below CacheMemoryContext and is thrown away when an
 * invalidation message for the table or one of its indexes has come in: the
 * extension may be updated, or dropped and created anew.  The callback only
 * clears a flag; mst_table_open() builds anew, holding the table's lock.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "store/home.h"
#include "store/relation.h"
#include "util/compat.h"

#define SCHEMA_NAME		"mistral"

/* TableDef *: those that have been opened, for the callback */
static List *known_tables = NIL;

/*
 * Clear the flag of the cache that a relation belongs to (all: InvalidOid).
 */
static void
invalidate_relation(Datum arg, Oid relid)
{
	ListCell   *cell;

	foreach(cell, known_tables)
	{
		TableCache *cache = ((TableDef *) lfirst(cell))->cache;

		if (cache == NULL)
			continue;
		if (relid == InvalidOid || relid == cache->relid)
			cache->is_valid = false;
		for (int i = 0; i < cache->nindexes; i++)
		{
			if (cache->index_oids[i] == relid)
				cache->is_valid = false;
		}
	}
}

static void
remember_table(TableDef *def)
{
	MemoryContext old_cxt;

	if (list_member_ptr(known_tables, def))
		return;
	if (known_tables == NIL)
		CacheRegisterRelcacheCallback(invalidate_relation, (Datum) 0);
	old_cxt = MemoryContextSwitchTo(TopMemoryContext);
	known_tables = lappend(known_tables, def);
	MemoryContextSwitchTo(old_cxt);
}

static Oid
look_up_table(const char *name)
{
	Oid			relid;

	relid = get_relname_relid(name, get_namespace_oid(SCHEMA_NAME, false));
	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"%s.%s\" does not exist",
						SCHEMA_NAME, name)));
	return relid;
}

/*
 * Finds the columns of the structure in the table.
 */
static void
build_columns(TableDef *def, TableCache *cache, Relation rel)
{
	int			i;

	cache->attnums = palloc(def->ncolumns * sizeof(AttrNumber));
	for (i = 0; i < def->ncolumns; i++)
	{
		AttrNumber	attnum = get_attnum(cache->relid, def->columns[i].name);

		if (attnum == InvalidAttrNumber)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of relation \"%s.%s\" does not exist",
							def->columns[i].name, SCHEMA_NAME, def->name),
					 errhint("Run ALTER EXTENSION mistral UPDATE.")));
		cache->attnums[i] = attnum;
		if (def->columns[i].type == COL_IDENTITY)
			cache->sequence = mst_identity_sequence(rel, attnum);
	}
}

/*
 * Collects the indexes: all of them for writing, those in the definition for
 * scans.
 */
static void
build_indexes(TableDef *def, TableCache *cache, Relation rel)
{
	List	   *oids = RelationGetIndexList(rel);
	ListCell   *cell;
	int			i;

	cache->index_oids = palloc0(list_length(oids) * sizeof(Oid));
	cache->index_infos = palloc0(list_length(oids) * sizeof(IndexInfo *));
	foreach(cell, oids)
	{
		Oid			oid = lfirst_oid(cell);
		Relation	index = index_open(oid, AccessShareLock);

		cache->index_infos[cache->nindexes] = BuildIndexInfo(index);
		cache->index_oids[cache->nindexes++] = oid;
		for (i = 0; i < def->nindexes; i++)
		{
			if (strcmp(def->indexes[i], RelationGetRelationName(index)) == 0)
				cache->scan_indexes[i] = oid;
		}
		index_close(index, AccessShareLock);
	}
	list_free(oids);

	for (i = 0; i < def->nindexes; i++)
	{
		if (!OidIsValid(cache->scan_indexes[i]))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("index \"%s\" of relation \"%s.%s\" does not exist",
							def->indexes[i], SCHEMA_NAME, def->name)));
	}
}

/*
 * Builds the cache anew.  "is_valid" is set first, so that what comes in while
 * we build clears it again; a build that failed half-way leaves it clear.
 */
static void
build_cache(TableDef *def, Relation rel)
{
	MemoryContext cxt;
	MemoryContext old_cxt;
	TableCache *cache;

	remember_table(def);
	if (def->cache != NULL)
	{
		cxt = def->cache->cxt;
		def->cache = NULL;
		MemoryContextDelete(cxt);
	}

	cxt = AllocSetContextCreate(CacheMemoryContext, "mistral table",
								ALLOCSET_SMALL_SIZES);
	old_cxt = MemoryContextSwitchTo(cxt);
	cache = palloc0(sizeof(TableCache));
	cache->cxt = cxt;
	cache->relid = RelationGetRelid(rel);
	cache->is_valid = true;
	def->cache = cache;
	PG_TRY();
	{
		cache->desc = CreateTupleDescCopy(RelationGetDescr(rel));
		build_columns(def, cache, rel);
		mst_table_check_shape(def, rel);
		build_indexes(def, cache, rel);
		cache->estate = CreateExecutorState();
	}
	PG_CATCH();
	{
		cache->is_valid = false;
		PG_RE_THROW();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old_cxt);
}

/*
 * The executor would refuse to write in a read-only transaction; so do we.
 */
static void
check_may_write(TableDef *def)
{
	if (XactReadOnly)
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("cannot change table \"%s.%s\" in a read-only transaction",
						SCHEMA_NAME, def->name)));
}

/*
 * Opens the table and makes sure that def->cache is right for it.  The
 * caller closes with table_close(rel, NoLock): locks last until the
 * transaction ends.
 */
Relation
mst_table_open(TableDef *def, LOCKMODE mode)
{
	if (mode >= RowExclusiveLock)
	{
		check_may_write(def);
		mst_home_require();
	}
	for (;;)
	{
		Relation	rel;
		Oid			relid;

		if (def->cache != NULL && def->cache->is_valid)
			relid = def->cache->relid;
		else
			relid = look_up_table(def->name);

		/* takes in invalidation messages, so look at the flag after it */
		rel = try_table_open(relid, mode);
		if (rel == NULL)
			continue;
		if (def->cache == NULL || !def->cache->is_valid ||
			def->cache->relid != relid)
			build_cache(def, rel);
		if (mode >= RowExclusiveLock && !def->cache->may_write)
		{
			mst_table_check_writes(rel);
			def->cache->may_write = true;
		}
		if (def->cache->is_valid)
			return rel;
		table_close(rel, mode);
		CHECK_FOR_INTERRUPTS();
	}
}

/*
 * Opens all indexes of the table for writing into "result", which is the
 * caller's.
 */
void
mst_table_open_indexes(TableDef *def, Relation rel, ResultRelInfo *result,
					   LOCKMODE mode)
{
	TableCache *cache = def->cache;
	int			i;

	/* range table index 0: there is no query that this belongs to */
	InitResultRelInfo(result, rel, 0, NULL, 0);
	result->ri_IndexRelationDescs = palloc(cache->nindexes * sizeof(Relation));
	result->ri_IndexRelationInfo = cache->index_infos;
	for (i = 0; i < cache->nindexes; i++)
	{
		result->ri_IndexRelationDescs[i] = index_open(cache->index_oids[i],
													  mode);
		mst_index_begin_insert(result->ri_IndexRelationDescs[i],
							   result->ri_IndexRelationInfo[i]);
	}
	result->ri_NumIndices = cache->nindexes;
}

/* Closes what mst_table_open_indexes() has opened; the locks stay. */
void
mst_table_close_indexes(ResultRelInfo *result)
{
	int			i;

	for (i = 0; i < result->ri_NumIndices; i++)
	{
		mst_index_end_insert(result->ri_IndexRelationDescs[i],
							 result->ri_IndexRelationInfo[i]);
		index_close(result->ri_IndexRelationDescs[i], NoLock);
	}
	pfree(result->ri_IndexRelationDescs);
	result->ri_NumIndices = 0;
}

/* ---- all of them ---- */

#ifdef __ELF__
/* the section that LIST_TABLE() fills; the linker names its ends */
extern TableDef *const __start_mst_tables[] __attribute__((visibility("hidden")));
extern TableDef *const __stop_mst_tables[] __attribute__((visibility("hidden")));
#endif

/*
 * Calls fn(description, arg) for each description of a table, in no order; one
 * table may have several, each of a part.  Where objects are not ELF none is
 * known, which the regression test "columns" tells.
 */
void
mst_each_table(void (*fn) (const TableDef *def, void *arg), void *arg)
{
#ifdef __ELF__
	for (TableDef *const *def = __start_mst_tables; def < __stop_mst_tables; def++)
		fn(*def, arg);
#endif
}
