/*-------------------------------------------------------------------------
 *
 * row.h
 *	  What the structures of all tables have in common.
 *
 * Reading one row by its key gives NULL when there is none.  The newest
 * committed version is read (a new snapshot is taken), or the transaction's
 * own.
 *
 * Writing: rows with row.is_new are inserted (in one multi-insert a call
 * where there are many), those with row.is_dirty updated in place of the
 * version they were read from; both flags are reset and tid set.  The
 * "items" are pointers to the row structures.  The caller makes the changes
 * visible to later reads with CommandCounterIncrement() (mst_store_sync()).
 * Inserting delayed calls, queue rows and events also arranges for the
 * worker concerned to be woken at commit.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_ROW_H
#define MISTRAL_STORE_ROW_H

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "storage/itemptr.h"
#include "utils/jsonb.h"
#include "utils/uuid.h"

#include "util/ids.h"
#include "util/state.h"

/*
 * Where a structure stands between memory and table.  Zeroed by whoever makes
 * a new row, apart from is_new; "toasted" is rows.c's: which values were
 * read from the TOAST table, so that an update need not store them again.
 */
typedef struct RowState
{
	ItemPointerData tid;		/* valid unless is_new */
	bool		is_new;			/* to be inserted */
	bool		is_dirty;		/* to be updated */
	struct ToastedValue *toasted;
} RowState;

extern void mst_store_sync(void);

#endif							/* MISTRAL_STORE_ROW_H */
