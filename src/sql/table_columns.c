/*-------------------------------------------------------------------------
 *
 * table_columns.c
 *	  mistral.table_columns().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "store/statement.h"
#include "store/tables.h"

PG_FUNCTION_INFO_V1(mistral_table_columns);

enum
{
	OUT_DESCRIPTION,
	OUT_TABLE,
	OUT_IS_WHOLE,
	OUT_POSITION,
	OUT_NAME,
	OUT_TYPE,
	OUT_IS_IDENTITY,
	OUT_IS_NULLABLE,
	NOUT
};

typedef struct Listing
{
	ReturnSetInfo *rsinfo;
	int			n;				/* descriptions so far */
} Listing;

/* Returns a row for each column of a description; arg: the Listing. */
static void
return_columns(const TableDef *def, void *arg)
{
	Listing    *listing = arg;

	listing->n++;
	for (int i = 0; i < def->ncolumns; i++)
	{
		const TableColumn *column = &def->columns[i];
		Datum		values[NOUT];
		bool		nulls[NOUT] = {false};

		values[OUT_DESCRIPTION] = Int32GetDatum(listing->n);
		values[OUT_TABLE] = CStringGetTextDatum(def->name);
		values[OUT_IS_WHOLE] = BoolGetDatum(def->is_whole);
		values[OUT_POSITION] = Int32GetDatum(i + 1);
		values[OUT_NAME] = CStringGetTextDatum(column->name);
		values[OUT_TYPE] = ObjectIdGetDatum(mst_column_type(column->type));
		values[OUT_IS_IDENTITY] = BoolGetDatum(column->type == COL_IDENTITY);
		values[OUT_IS_NULLABLE] = BoolGetDatum(column->is_nullable);
		tuplestore_putvalues(listing->rsinfo->setResult, listing->rsinfo->setDesc,
							 values, nulls);
	}
}

/*
 * table_columns(): the columns that the library reads and writes, as it
 * describes them; see store/tables.h.
 */
Datum
mistral_table_columns(PG_FUNCTION_ARGS)
{
	Listing		listing = {(ReturnSetInfo *) fcinfo->resultinfo, 0};

	mst_return_begin(fcinfo);
	mst_each_table(return_columns, &listing);
	return (Datum) 0;
}
