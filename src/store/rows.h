/*-------------------------------------------------------------------------
 *
 * rows.h
 *	  Access to our tables by structure: what the files of this room share.
 *
 * A table is described by data: which column is found at which offset of the
 * structure, and the names of the indexes its readers use.  relation.c looks
 * the relation up and remembers what it found, scan.c reads rows, write.c
 * writes them, and rows.c converts between structures and tuples.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ROWS_H
#define MISTRAL_ROWS_H

#include "access/genam.h"
#include "access/skey.h"
#include "access/tableam.h"
#include "nodes/execnodes.h"
#include "utils/snapshot.h"

#include "store/store.h"

/* How a column is kept in the structure. */
typedef enum ColumnType
{
	COL_UUID,					/* pg_uuid_t; none is NULL */
	COL_ROOT_UUID,				/* pg_uuid_t; NULL if it is the execution_id,
								 * the column described before it */
	COL_INT32,					/* int32; 0 is NULL if the column allows it */
	COL_INT64,					/* int64, likewise */
	COL_TIMESTAMP,				/* TimestampTz, likewise */
	COL_STATE,					/* State */
	COL_CHAR,					/* char */
	COL_BOOL,					/* bool */
	COL_TEXT,					/* char *, NULL is NULL */
	COL_JSONB,					/* Jsonb *, NULL is NULL */
	COL_LINKS,					/* Jsonb *, packed (see task_links.h) */
	COL_IDENTITY,				/* int64; assigned when the row is inserted */
	COL_XACT_ID					/* not kept: the last transaction when it is written */
} ColumnType;

typedef struct TableColumn
{
	const char *name;
	ColumnType	type;
	uint16		offset;
	bool		is_nullable;
	bool		is_shared;		/* written also without the execution's lock:
								 * another's change to it wins */
	bool		is_large;		/* left as it is stored by
								 * mst_row_read_lazily() */
} TableColumn;

#define COLUMN(row, name, type)		{#name, type, offsetof(row, name), false}
#define COLUMN_NULL(row, name, type) {#name, type, offsetof(row, name), true}
#define COLUMN_SHARED(row, name, type) {#name, type, offsetof(row, name), true, true}
#define COLUMN_LARGE(row, name, type, is_nullable) \
	{#name, type, offsetof(row, name), is_nullable, false, true}

#define MAX_INDEXES		6

/* Rows that are written in one go. */
#define WRITE_BATCH		64

typedef struct TableCache TableCache;

typedef struct TableDef
{
	const char *name;
	Size		row_size;		/* of the structure */
	int			ncolumns;
	const TableColumn *columns;
	int			nindexes;
	const char *indexes[MAX_INDEXES];	/* those scanned, by position */
	TableCache *cache;			/* relation.c's */
} TableDef;

/* What is known of a relation as long as it is not changed. */
struct TableCache
{
	MemoryContext cxt;			/* of everything here */
	Oid			relid;
	bool		is_valid;		/* cleared by invalidation messages */
	bool		may_write;		/* altered.c has found nothing in the way */
	bool		may_store;		/* and the structure is a whole row */
	TupleDesc	desc;			/* a copy, not counted */
	AttrNumber *attnums;		/* of TableDef.columns */
	Oid			scan_indexes[MAX_INDEXES];	/* of TableDef.indexes */
	Oid			sequence;		/* of the identity column, if there is one */
	int			nindexes;		/* all that writes must maintain */
	Oid		   *index_oids;
	IndexInfo **index_infos;
	EState	   *estate;			/* for predicates of partial indexes */
	TupleTableSlot *slots[WRITE_BATCH];
};

/* The tables that more than one file of this room uses, and their indexes. */
extern TableDef mst_actions_table;
extern TableDef mst_calls_table;
extern TableDef mst_queue_table;
extern TableDef mst_results_table;

enum
{
	CALLS_BY_TASK,
	CALLS_BY_KEY,
	CALLS_BY_QUEUE,
	CALLS_BY_ID
};

enum
{
	RESULTS_BY_EXECUTION,
	RESULTS_BY_ACTION
};

enum
{
	QUEUE_BY_ACTION,
	QUEUE_BY_TARGET
};

/* relation.c */

/*
 * Open the table and make sure that def->cache is right for it.  Close with
 * table_close(rel, NoLock): locks are kept until the transaction ends.
 */
extern Relation mst_table_open(TableDef *def, LOCKMODE mode);

/*
 * altered.c: raise an error about what somebody has added to the table; checked
 * when it is opened, when it is opened to be changed, and when rows are made
 * from structures.
 */
extern void mst_table_check_shape(TableDef *def, Relation rel);
extern void mst_table_check_writes(Relation rel);
extern void mst_table_check_columns(TableDef *def, Relation rel);

/* Open (and close) all indexes for writing; "result" is the caller's. */
extern void mst_table_open_indexes(TableDef *def, Relation rel,
								   ResultRelInfo *result, LOCKMODE mode);
extern void mst_table_close_indexes(ResultRelInfo *result);

/* rows.c */

/* Make a structure of a tuple, in CurrentMemoryContext. */
extern void *mst_row_read(TableDef *def, TupleTableSlot *slot);

/* The same, but leave large values compressed or in the TOAST table. */
extern void *mst_row_read_lazily(TableDef *def, TupleTableSlot *slot);

/* Copy the shared columns of a tuple into the structure. */
extern void mst_row_read_shared(TableDef *def, TupleTableSlot *slot, void *row);

/*
 * Store the structure into the slot as a virtual tuple, which points into the
 * structure and into CurrentMemoryContext.
 */
extern void mst_row_store(TableDef *def, void *row, TupleTableSlot *slot);

/* scan.c */

typedef struct RowScan
{
	TableDef   *def;
	Relation	rel;
	Relation	index;
	Snapshot	snapshot;
	bool		is_registered;	/* the snapshot, by us */
	IndexScanDesc scan;
	TupleTableSlot *slot;
	ScanDirection direction;
} RowScan;

/* The snapshot to read with: a new one; must be registered. */
extern Snapshot mst_store_snapshot(void);

extern void mst_scan_begin(RowScan *scan, TableDef *def, int index,
						   ScanKey keys, int nkeys, ScanDirection direction);
/* As before, but with a snapshot of the caller's, such as a dirty one. */
extern void mst_scan_begin_with(RowScan *scan, TableDef *def, int index,
								ScanKey keys, int nkeys,
								ScanDirection direction, Snapshot snapshot);
/* The next structure (in CurrentMemoryContext), or NULL. */
extern void *mst_scan_next(RowScan *scan);
/* As before, but only makes the tuple the slot's. */
extern bool mst_scan_next_slot(RowScan *scan);
extern void mst_scan_end(RowScan *scan);

/* Keys of scans: index column compared with a value. */
extern void mst_scan_key_uuid(ScanKey key, int column, int strategy,
							  const pg_uuid_t *id);
extern void mst_scan_key_text(ScanKey key, int column, const char *value);
extern void mst_scan_key_null(ScanKey key, int column);
extern void mst_scan_key_int4(ScanKey key, int column, int32 value);

/* The row whose uuid in the first column of the index is this; or NULL. */
extern void *mst_row_by_id(TableDef *def, int index, const pg_uuid_t *id);

/* All rows of which the keys hold, in the order of the index. */
extern List *mst_rows_by_keys(TableDef *def, int index, ScanKey keys,
							  int nkeys);

/* write.c */

/* Insert the new and update the changed ones of an array of structures. */
extern void mst_rows_write(TableDef *def, void **rows, int n);

/* Delete the version of the row that was read. */
extern void mst_row_delete(TableDef *def, void *row);

/*
 * Delete what a scan has found, in its newest version; waits for whoever is
 * changing it.  Nothing happens when it is gone by then.
 */
extern void mst_tuple_delete(TableDef *def, Relation rel, TupleTableSlot *slot,
							 Snapshot snapshot);

/*
 * Delete the row unless somebody holds a lock on it, or it is gone; whether
 * it was deleted.
 */
extern bool mst_row_try_delete(TableDef *def, void *row, Snapshot snapshot);

/*
 * Update or delete the version of the row that was read, unless another
 * transaction has changed it or is about to; whether it was done.  Cheaper
 * than locking it first, for rows that are seldom fought for.
 */
extern bool mst_row_update_nowait(TableDef *def, void *row);
extern bool mst_row_delete_nowait(TableDef *def, void *row);

/*
 * Lock the newest version of a row FOR NO KEY UPDATE (or FOR UPDATE) and
 * leave it in the slot, a buffer slot of the table.
 */
typedef enum RowLockResult
{
	ROW_LOCKED,
	ROW_GONE,					/* deleted meanwhile */
	ROW_BUSY					/* "wait" is LockWaitSkip, and it is locked */
} RowLockResult;

extern RowLockResult mst_row_lock(Relation rel, ItemPointer tid,
								  Snapshot snapshot, TupleTableSlot *slot,
								  LockTupleMode mode, LockWaitPolicy wait);

#endif							/* MISTRAL_ROWS_H */
