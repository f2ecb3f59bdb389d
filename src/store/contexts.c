/*-------------------------------------------------------------------------
 *
 * contexts.c
 *	  Rows of data contexts.  They are never changed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/contexts.h"
#include "store/scan.h"
#include "store/write.h"

static const TableColumn context_columns[] = {
	COLUMN(ContextRow, id, COL_UUID),
	COLUMN_NULL(ContextRow, parent_id, COL_UUID),
	COLUMN(ContextRow, execution_id, COL_UUID),
	COLUMN_NULL(ContextRow, root_id, COL_ROOT_UUID),
	COLUMN(ContextRow, depth, COL_INT32),
	COLUMN(ContextRow, project_id, COL_TEXT),
	COLUMN(ContextRow, data, COL_JSONB),
	COLUMN_NULL(ContextRow, versions, COL_JSONB),
	COLUMN_NULL(ContextRow, locator, COL_JSONB)
};

static TableDef contexts = {
	.name = "contexts",
	.row_size = sizeof(ContextRow),
	.is_whole = true,
	.ncolumns = lengthof(context_columns),
	.columns = context_columns,
	.nindexes = 1,
	.indexes = {"contexts_pkey"}
};

LIST_TABLE(contexts);

/* Returns the context of that id, palloc'd; NULL if there is none. */
ContextRow *
mst_store_context(const pg_uuid_t *id)
{
	return mst_row_by_id(&contexts, 0, id);
}

/* Inserts contexts; one is never changed after that. */
void
mst_store_write_contexts(ContextRow **items, int n)
{
	mst_rows_write(&contexts, (void **) items, n);
}
