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

#endif							/* MISTRAL_STORE_ROWS_H */
