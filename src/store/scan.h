/*-------------------------------------------------------------------------
 *
 * scan.h
 *	  Reading rows by the indexes of a table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_SCAN_H
#define MISTRAL_STORE_SCAN_H

#include "access/genam.h"
#include "access/itup.h"
#include "access/skey.h"
#include "nodes/pg_list.h"
#include "utils/snapshot.h"
#include "utils/uuid.h"

#include "store/tables.h"

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

extern Snapshot mst_store_snapshot(void);
extern void mst_scan_begin(RowScan *scan, TableDef *def, int index,
						   ScanKey keys, int nkeys, ScanDirection direction);
extern void mst_scan_begin_with(RowScan *scan, TableDef *def, int index,
								ScanKey keys, int nkeys,
								ScanDirection direction, Snapshot snapshot);
extern void mst_scan_begin_entries(RowScan *scan, TableDef *def, int index, int nkeys);
extern void mst_scan_seek(RowScan *scan, ScanKey keys, int nkeys);
extern void mst_scan_renew_snapshot(RowScan *scan);
extern IndexTuple mst_scan_seek_entry(RowScan *scan, ScanKey keys, int nkeys);
extern void mst_scan_begin_of_executor(RowScan *scan, TableDef *def, ScanKey keys,
									   int64 executor_id, const pg_uuid_t *action_id);
extern void *mst_scan_next(RowScan *scan);
extern bool mst_scan_next_slot(RowScan *scan);
extern void mst_scan_end(RowScan *scan);

/* Keys of scans: index column compared with a value. */
extern void mst_scan_key_uuid(ScanKey key, int column, int strategy,
							  const pg_uuid_t *id);
extern void mst_scan_key_text(ScanKey key, int column, const char *value);
extern void mst_scan_key_null(ScanKey key, int column);
extern void mst_scan_key_int4(ScanKey key, int column, int32 value);
extern void *mst_row_by_id(TableDef *def, int index, const pg_uuid_t *id);
extern List *mst_rows_by_keys(TableDef *def, int index, ScanKey keys,
							  int nkeys);

#endif							/* MISTRAL_STORE_SCAN_H */
