/*-------------------------------------------------------------------------
 *
 * tables.h
 *	  Our tables as data: columns, structures, indexes.
 *
 * A table is described by which column is found at which offset of the
 * structure, and the names of the indexes its readers use.  The compiler
 * compares the members with the kinds of the columns, and the regression test
 * "columns" the columns with those that the tables have.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_TABLES_H
#define MISTRAL_STORE_TABLES_H

#include "access/tableam.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "util/state.h"

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

/* What a structure keeps each of them in; see COLUMN(). */
typedef pg_uuid_t COL_UUID_MEMBER;
typedef pg_uuid_t COL_ROOT_UUID_MEMBER;
typedef int32 COL_INT32_MEMBER;
typedef int64 COL_INT64_MEMBER;
typedef TimestampTz COL_TIMESTAMP_MEMBER;
typedef State COL_STATE_MEMBER;
typedef char COL_CHAR_MEMBER;
typedef bool COL_BOOL_MEMBER;
typedef char *COL_TEXT_MEMBER;
typedef Jsonb *COL_JSONB_MEMBER;
typedef Jsonb *COL_LINKS_MEMBER;
typedef int64 COL_IDENTITY_MEMBER;

/*
 * The offset of a member.  A member of another type than the column is kept in
 * does not compile: rows.c would write past it, or read what is not there.
 */
#if defined(HAVE__BUILTIN_TYPES_COMPATIBLE_P) && defined(HAVE__STATIC_ASSERT)
#define MEMBER_OFFSET(row, member, type) \
	(offsetof(row, member) + 0 * sizeof(struct { char c; \
		_Static_assert(__builtin_types_compatible_p(__typeof__(((row *) 0)->member), type##_MEMBER), \
					   #row "." #member " is not what " #type " is kept in"); }))
#else
#define MEMBER_OFFSET(row, member, type) offsetof(row, member)
#endif

/*
 * The columns of a table, in its order; the member has the column's name, but
 * for COLUMN_AS().
 */
#define COLUMN(row, name, type) \
	{#name, type, MEMBER_OFFSET(row, name, type), false}
#define COLUMN_NULL(row, name, type) \
	{#name, type, MEMBER_OFFSET(row, name, type), true}
#define COLUMN_SHARED(row, name, type) \
	{#name, type, MEMBER_OFFSET(row, name, type), true, true}
#define COLUMN_LARGE(row, name, type, is_nullable) \
	{#name, type, MEMBER_OFFSET(row, name, type), is_nullable, false, true}
#define COLUMN_AS(row, member, column, type, is_nullable) \
	{column, type, MEMBER_OFFSET(row, member, type), is_nullable}

#define MAX_INDEXES		6

/* Rows that are written in one go. */
#define WRITE_BATCH		64

typedef struct TableCache TableCache;

typedef struct TableDef
{
	const char *name;
	Size		row_size;		/* of the structure */
	bool		is_whole;		/* it has all columns, so it may be written */
	int			ncolumns;
	const TableColumn *columns;
	int			nindexes;
	const char *indexes[MAX_INDEXES];	/* those scanned, by position */
	TableCache *cache;			/* relation.c's */
} TableDef;

/*
 * Lists a table for mst_each_table(), so that a test compares it with the
 * catalog.  The linker collects these pointers in a section of its own, which
 * keeps the descriptions private to their files; lint looks for the line.
 */
#ifdef __ELF__
#define LIST_TABLE(table) \
	static TableDef *const table##_listed __attribute__((used, section("mst_tables"))) = &table
#else
#define LIST_TABLE(table) extern TableDef table
#endif

extern void mst_each_table(void (*fn) (const TableDef *def, void *arg), void *arg);
extern Oid	mst_column_type(ColumnType type);

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
