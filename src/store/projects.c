/*-------------------------------------------------------------------------
 *
 * projects.c
 *	  The projects of which the current user may read rows.
 *
 * A project is a role, and a user reads those of the roles whose privileges he
 * has.  Administrators and observers read all there are, also those of roles that
 * have been dropped: their names are found in the indexes by project, an entry
 * for each.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/itup.h"
#include "access/stratnum.h"
#include "catalog/pg_auth_members.h"
#include "catalog/pg_collation.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/fmgroids.h"
#include "utils/syscache.h"

#include "store/access.h"
#include "store/row.h"
#include "store/scan.h"

/* A row with an index that begins with its project. */
typedef struct OwnedRow
{
	RowState	row;
	char	   *project_id;
} OwnedRow;

static const TableColumn owned_columns[] = {
	COLUMN(OwnedRow, project_id, COL_TEXT)
};

static TableDef owned_executions = {
	.name = "workflow_executions",
	.row_size = sizeof(OwnedRow),
	.ncolumns = lengthof(owned_columns),
	.columns = owned_columns,
	.nindexes = 1,
	.indexes = {"workflow_executions_project_idx"}
};

static TableDef owned_actions = {
	.name = "action_executions",
	.row_size = sizeof(OwnedRow),
	.ncolumns = lengthof(owned_columns),
	.columns = owned_columns,
	.nindexes = 1,
	.indexes = {"action_executions_project_idx"}
};

LIST_TABLE(owned_executions);
LIST_TABLE(owned_actions);

/* Adds the projects in the index, each once. */
static List *
add_owners(List *names, TableDef *def)
{
	RowScan		scan;
	IndexTuple	entry;
	ScanKeyData key;
	char	   *last = "";
	bool		is_null;

	mst_scan_begin_entries(&scan, def, 0, 1);
	for (;;)
	{
		ScanKeyEntryInitialize(&key, 0, 1, BTGreaterStrategyNumber, InvalidOid,
							   DEFAULT_COLLATION_OID, F_TEXT_GT, CStringGetTextDatum(last));
		entry = mst_scan_seek_entry(&scan, &key, 1);
		if (entry == NULL)
			break;
		last = TextDatumGetCString(index_getattr(entry, 1, scan.scan->xs_itupdesc, &is_null));
		names = lappend(names, last);
	}
	mst_scan_end(&scan);
	return names;
}

/* Returns whether the current user may read the rows of every project. */
bool
mst_reads_all_projects(void)
{
	return mst_can_read_project("");
}

/* Returns the roles of which the current user is a member, himself first. */
static List *
member_roles(void)
{
	List	   *roles = list_make1_oid(GetUserId());
	ListCell   *lc;

	foreach(lc, roles)
	{
		CatCList   *grants = SearchSysCacheList1(AUTHMEMMEMROLE,
												 ObjectIdGetDatum(lfirst_oid(lc)));

		for (int i = 0; i < grants->n_members; i++)
		{
			HeapTuple	tuple = &grants->members[i]->tuple;

			roles = list_append_unique_oid(roles,
										   ((Form_pg_auth_members) GETSTRUCT(tuple))->roleid);
		}
		ReleaseSysCacheList(grants);
	}
	return roles;
}

/*
 * Returns the names (char *) of the projects that the current user may read, and
 * maybe of others that have no rows.
 */
List *
mst_readable_projects(void)
{
	List	   *names = NIL;
	ListCell   *lc;

	if (mst_reads_all_projects())
		return add_owners(add_owners(NIL, &owned_executions), &owned_actions);
	foreach(lc, member_roles())
	{
		char	   *name = GetUserNameFromId(lfirst_oid(lc), true);

		/* not all that is inherited from is inherited */
		if (name != NULL && has_privs_of_role(GetUserId(), lfirst_oid(lc)))
			names = lappend(names, name);
	}
	return names;
}
