/*-------------------------------------------------------------------------
 *
 * relation.h
 *	  What is known of our relations, and opening them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_RELATION_H
#define MISTRAL_STORE_RELATION_H

#include "nodes/execnodes.h"

#include "store/tables.h"

/* Facts about a relation that hold as long as it is not changed. */
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

extern Relation mst_table_open(TableDef *def, LOCKMODE mode);
extern void mst_table_check_shape(TableDef *def, Relation rel);
extern void mst_table_check_writes(Relation rel);
extern void mst_table_check_columns(TableDef *def, Relation rel);
extern void mst_table_open_indexes(TableDef *def, Relation rel,
								   ResultRelInfo *result, LOCKMODE mode);
extern void mst_table_close_indexes(ResultRelInfo *result);

#endif							/* MISTRAL_STORE_RELATION_H */
