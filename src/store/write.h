/*-------------------------------------------------------------------------
 *
 * write.h
 *	  Writing, deleting and locking rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_WRITE_H
#define MISTRAL_STORE_WRITE_H

#include "access/tableam.h"
#include "utils/snapshot.h"

#include "store/tables.h"

extern void mst_rows_write(TableDef *def, void **rows, int n);
extern void mst_row_delete(TableDef *def, void *row);
extern void mst_tuple_delete(TableDef *def, Relation rel, TupleTableSlot *slot,
							 Snapshot snapshot);
extern bool mst_row_try_delete(TableDef *def, void *row, Snapshot snapshot);
extern bool mst_row_update_nowait(TableDef *def, void *row);
extern bool mst_row_delete_nowait(TableDef *def, void *row);

/* What became of an attempt to lock a row. */
typedef enum RowLockResult
{
	ROW_LOCKED,
	ROW_GONE,					/* deleted meanwhile */
	ROW_BUSY					/* "wait" is LockWaitSkip, and it is locked */
} RowLockResult;

/*
 * Locks the newest version of a row FOR NO KEY UPDATE (or FOR UPDATE) and
 * leaves it in the slot, a buffer slot of the table.
 */
extern RowLockResult mst_row_lock(Relation rel, ItemPointer tid,
								  Snapshot snapshot, TupleTableSlot *slot,
								  LockTupleMode mode, LockWaitPolicy wait);

#endif							/* MISTRAL_STORE_WRITE_H */
