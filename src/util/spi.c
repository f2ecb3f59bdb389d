/*-------------------------------------------------------------------------
 *
 * spi.c
 *	  Kept plans, and statements that run as the owner of the extension.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/uuid.h"

#include "util/spi.h"

#define SCHEMA_NAME		"mistral"
#define ANY_TABLE		"workflow_executions"	/* one that is always there */

/* Connects to SPI, or raises an error. */
void
mst_spi_connect(void)
{
	int			result = SPI_connect();

	if (result != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed: %s", SPI_result_code_string(result));
}

/*
 * Prepares a statement and keeps its plan for the life of the backend,
 * unless *plan has one already.  The options are CURSOR_OPT_GENERIC_PLAN,
 * where a plan for unknown parameters is as good as any, or 0.
 */
void
mst_spi_plan(SPIPlanPtr *plan, const char *sql, int options, int nargs,
			 const Oid *argtypes)
{
	SPIPlanPtr	prepared;

	if (*plan != NULL)
		return;
	prepared = SPI_prepare_cursor(sql, nargs, (Oid *) argtypes, options);
	if (prepared == NULL)
		elog(ERROR, "SPI_prepare_cursor failed for \"%s\": %s", sql,
			 SPI_result_code_string(SPI_result));
	if (SPI_keepplan(prepared) != 0)
		elog(ERROR, "SPI_keepplan failed for \"%s\"", sql);
	*plan = prepared;
}

/*
 * Returns the uuids (pg_uuid_t *) in the first column of the present result,
 * in the given memory context.
 */
List *
mst_spi_take_uuids(MemoryContext cxt)
{
	MemoryContext old_cxt = MemoryContextSwitchTo(cxt);
	List	   *ids = NIL;

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));
		bool		is_null;
		Datum		datum = SPI_getbinval(SPI_tuptable->vals[i],
										  SPI_tuptable->tupdesc, 1, &is_null);

		*id = *DatumGetUUIDP(datum);
		ids = lappend(ids, id);
	}
	MemoryContextSwitchTo(old_cxt);
	return ids;
}

/*
 * The syscaches make this cheap, and keep it right when the extension is
 * dropped and created by another.
 */
static Oid
owner_id(void)
{
	Oid			relid;
	HeapTuple	tuple;
	Oid			owner;

	relid = get_relname_relid(ANY_TABLE,
							  get_namespace_oid(SCHEMA_NAME, false));
	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"%s.%s\" does not exist",
						SCHEMA_NAME, ANY_TABLE)));
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * Lets the statements up to mst_as_owner_end() run as the owner of our
 * tables, with search_path pg_catalog, pg_temp, and past row level
 * security.  After an error the abort of the (sub)transaction restores all
 * three.
 */
void
mst_as_owner_begin(OwnerSwitch *saved)
{
	Oid			owner = owner_id();

	GetUserIdAndSecContext(&saved->user_id, &saved->sec_context);
	saved->guc_level = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp",
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	SetUserIdAndSecContext(owner,
						   saved->sec_context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_NOFORCE_RLS);
}

/*
 * Restores the user, the search_path and row level security of before
 * mst_as_owner_begin().
 */
void
mst_as_owner_end(const OwnerSwitch *saved)
{
	SetUserIdAndSecContext(saved->user_id, saved->sec_context);
	AtEOXact_GUC(true, saved->guc_level);
}
