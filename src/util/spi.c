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

void
mst_spi_connect(void)
{
	int			result = SPI_connect();

	if (result != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed: %s", SPI_result_code_string(result));
}

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

void
mst_as_owner_end(const OwnerSwitch *saved)
{
	SetUserIdAndSecContext(saved->user_id, saved->sec_context);
	AtEOXact_GUC(true, saved->guc_level);
}
