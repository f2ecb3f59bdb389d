/*-------------------------------------------------------------------------
 *
 * tables.h
 *	  Our tables as data: columns, structures, indexes.
 *
 * A table is described by which column is found at which offset of the
 * structure, and the names of the indexes its readers use.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_TABLES_H
#define MISTRAL_STORE_TABLES_H

#include "access/tableam.h"

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
	COL_XACT_ID					/* not kept: the last transaction when it is
								 * written */
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
	QUEUE_BY_LANE
};

#endif							/* MISTRAL_STORE_TABLES_H */
