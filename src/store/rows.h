/*-------------------------------------------------------------------------
 *
 * rows.h
 *	  Between structures and tuples.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_ROWS_H
#define MISTRAL_STORE_ROWS_H

#include "executor/tuptable.h"

#include "store/tables.h"

extern void *mst_row_read(TableDef *def, TupleTableSlot *slot);
extern void *mst_row_read_lazily(TableDef *def, TupleTableSlot *slot);
extern void mst_row_read_shared(TableDef *def, TupleTableSlot *slot, void *row);
extern void mst_row_store(TableDef *def, void *row, TupleTableSlot *slot);

#endif							/* MISTRAL_STORE_ROWS_H */
