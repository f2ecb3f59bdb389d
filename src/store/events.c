/*-------------------------------------------------------------------------
 *
 * events.c
 *	  Rows of the event outbox.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/rows.h"
#include "worker/wake.h"

static const TableColumn event_columns[] = {
	COLUMN(EventRow, id, COL_IDENTITY),
	{"xact_id", COL_XACT_ID, 0, false, false},
	COLUMN(EventRow, created_at, COL_TIMESTAMP),
	COLUMN(EventRow, execution_id, COL_UUID),
	COLUMN_NULL(EventRow, task_id, COL_UUID),
	COLUMN(EventRow, root_id, COL_UUID),
	COLUMN(EventRow, project_id, COL_TEXT),
	COLUMN(EventRow, event, COL_TEXT),
	COLUMN_NULL(EventRow, publishers, COL_JSONB),
	COLUMN(EventRow, payload, COL_JSONB)
};

static TableDef events = {
	.name = "events",
	.row_size = sizeof(EventRow),
	.ncolumns = lengthof(event_columns),
	.columns = event_columns
};

void
mst_store_insert_events(EventRow **items, int n)
{
	mst_rows_write(&events, (void **) items, n);
	if (n > 0)
		mst_wake_events();
}
