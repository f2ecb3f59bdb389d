/*-------------------------------------------------------------------------
 *
 * rows.c
 *	  Conversion between tuples and structures.
 *
 * The run-time tables are read and written through the table access method
 * rather than by SQL statements, which costs a fraction of the time.  What
 * the executor would have done besides is left out on purpose: privileges
 * and row level security are the caller's business, triggers do not fire,
 * foreign keys are not used on these tables, and CHECK constraints are kept
 * by the engine (and asserted here).  They still hold for everyone who
 * changes these tables by SQL.
 *
 * Values that were compressed or stored in the TOAST table are handed out
 * plain, with a note in the row (struct ToastedValue) of what was stored.  As
 * long as the structure still holds the very value that was handed out, an
 * update stores the old pointer again instead of the value.  Hence nobody may
 * change such a value in place, or free it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

#include "store/relation.h"
#include "store/row.h"
#include "store/rows.h"
#include "store/task_links.h"
#include "util/compat.h"

/* what is stored for a value that was handed out */
typedef struct ToastedValue
{
	int			column;			/* position in the definition */
	void	   *value;			/* as handed out */
	struct varlena *stored;
	struct ToastedValue *next;
} ToastedValue;

/* Returns whether the value is compressed or out of line. */
static bool
is_out_of_line(Datum datum)
{
	struct varlena *raw = (struct varlena *) DatumGetPointer(datum);

	return VARATT_IS_EXTERNAL(raw) || VARATT_IS_COMPRESSED(raw);
}

/*
 * Returns a copy of the value as it is stored.
 */
static struct varlena *
copy_stored(Datum datum)
{
	Size		size = VARSIZE_ANY(DatumGetPointer(datum));

	return memcpy(palloc(size), DatumGetPointer(datum), size);
}

/*
 * Notes for an update that this is how the value is stored.
 */
static void
remember_stored(RowState *state, int column, void *value, Datum stored)
{
	ToastedValue *apart = palloc(sizeof(ToastedValue));

	apart->column = column;
	apart->value = value;
	apart->stored = copy_stored(stored);
	apart->next = state->toasted;
	state->toasted = apart;
}

/*
 * Returns a plain copy of a variable-length value: a Jsonb, or a string.
 */
static void *
read_varlena(RowState *state, int column, ColumnType type, Datum datum)
{
	void	   *value;

	if (type == COL_TEXT)
		value = TextDatumGetCString(datum);
	else if (type == COL_LINKS)
		value = mst_links_unpack(DatumGetByteaPP(datum));
	else
		value = PG_DETOAST_DATUM_COPY(datum);
	if (is_out_of_line(datum))
		remember_stored(state, column, value, datum);
	return value;
}

/*
 * Returns the field of the column before a COL_ROOT_UUID.
 */
static pg_uuid_t *
execution_id(const TableColumn *root_column, char *row)
{
	const TableColumn *column = root_column - 1;

	Assert(strcmp(column->name, "execution_id") == 0);
	return (pg_uuid_t *) (row + column->offset);
}

static void
read_column(const TableColumn *column, int position, Datum datum, char *row)
{
	void	   *field = row + column->offset;

	switch (column->type)
	{
		case COL_UUID:
		case COL_ROOT_UUID:
			*(pg_uuid_t *) field = *DatumGetUUIDP(datum);
			break;
		case COL_INT32:
			*(int32 *) field = DatumGetInt32(datum);
			break;
		case COL_INT64:
		case COL_IDENTITY:
			*(int64 *) field = DatumGetInt64(datum);
			break;
		case COL_TIMESTAMP:
			*(TimestampTz *) field = DatumGetTimestampTz(datum);
			break;
		case COL_STATE:
			*(State *) field = (State) DatumGetChar(datum);
			break;
		case COL_CHAR:
			*(char *) field = DatumGetChar(datum);
			break;
		case COL_BOOL:
			*(bool *) field = DatumGetBool(datum);
			break;
		case COL_TEXT:
		case COL_JSONB:
		case COL_LINKS:
			*(void **) field = read_varlena((RowState *) row, position,
											column->type, datum);
			break;
		case COL_XACT_ID:
			break;
	}
}

static void *
read_row(TableDef *def, TupleTableSlot *slot, bool lazily)
{
	char	   *row = palloc0(def->row_size);
	int			i;

	slot_getallattrs(slot);
	for (i = 0; i < def->ncolumns; i++)
	{
		const TableColumn *column = &def->columns[i];
		int			att = def->cache->attnums[i] - 1;
		Datum		datum = slot->tts_values[att];

		/*
		 * the structure is zeroed, and zero stands for NULL in all other
		 * types
		 */
		if (slot->tts_isnull[att])
		{
			if (column->type == COL_ROOT_UUID)
				*(pg_uuid_t *) (row + column->offset) = *execution_id(column, row);
		}
		else if (lazily && column->is_large && is_out_of_line(datum))
			*(void **) (row + column->offset) = copy_stored(datum);
		else
			read_column(column, i, datum, row);
	}
	((RowState *) row)->tid = slot->tts_tid;
	return row;
}

/* Makes a structure of a tuple, in CurrentMemoryContext. */
void *
mst_row_read(TableDef *def, TupleTableSlot *slot)
{
	return read_row(def, slot, false);
}

/*
 * Makes a structure of a tuple, but leaves large values compressed or in
 * the TOAST table: write them back as they are.
 */
void *
mst_row_read_lazily(TableDef *def, TupleTableSlot *slot)
{
	return read_row(def, slot, true);
}

/*
 * Copies the columns of a tuple that other backends may change at any time
 * into the structure.
 */
void
mst_row_read_shared(TableDef *def, TupleTableSlot *slot, void *row)
{
	int			i;

	slot_getallattrs(slot);
	for (i = 0; i < def->ncolumns; i++)
	{
		const TableColumn *column = &def->columns[i];
		int			att = def->cache->attnums[i] - 1;

		if (!column->is_shared)
			continue;
		Assert(column->type == COL_INT64 || column->type == COL_TIMESTAMP);
		*(int64 *) ((char *) row + column->offset) =
			slot->tts_isnull[att] ? 0 : DatumGetInt64(slot->tts_values[att]);
	}
}

/*
 * Returns the datum of a variable-length value.
 */
static Datum
store_varlena(RowState *state, int column, ColumnType type, void *value)
{
	ToastedValue *apart;
	text	   *result;
	Size		len;

	if (!state->is_new)
	{
		for (apart = state->toasted; apart != NULL; apart = apart->next)
		{
			if (apart->column == column && apart->value == value)
				return PointerGetDatum(apart->stored);
		}
	}
	if (type == COL_JSONB)
		return PointerGetDatum(value);
	if (type == COL_LINKS)
		return PointerGetDatum(mst_links_pack(value));

	len = strlen(value);
	result = palloc(VARHDRSZ + len);
	SET_VARSIZE(result, VARHDRSZ + len);
	memcpy(VARDATA(result), value, len);
	return PointerGetDatum(result);
}

/*
 * Returns the number of the last transaction that has begun to write, in the
 * whole cluster; ours at least.  Two changes of one execution, which happen
 * under its lock, have numbers in their order.  Those of their transactions
 * may be in the other: one that began first may have come second.
 */
static FullTransactionId
last_transaction(void)
{
	(void) GetTopFullTransactionId();
	return FullTransactionIdFromU64(U64FromFullTransactionId(ReadNextFullTransactionId()) - 1);
}

/*
 * Returns the datum of a column; whether it is NULL goes to *is_null.
 */
static Datum
store_column(const TableColumn *column, int position, char *row, bool *is_null)
{
	void	   *field = row + column->offset;

	*is_null = false;
	switch (column->type)
	{
		case COL_UUID:
			*is_null = mst_uuid_is_none((pg_uuid_t *) field);
			return UUIDPGetDatum((pg_uuid_t *) field);
		case COL_ROOT_UUID:
			*is_null = mst_uuid_equal((pg_uuid_t *) field,
									  execution_id(column, row));
			return UUIDPGetDatum((pg_uuid_t *) field);
		case COL_INT32:
			*is_null = column->is_nullable && *(int32 *) field == 0;
			return Int32GetDatum(*(int32 *) field);
		case COL_INT64:
			*is_null = column->is_nullable && *(int64 *) field == 0;
			return Int64GetDatum(*(int64 *) field);
		case COL_IDENTITY:
			return Int64GetDatum(*(int64 *) field);
		case COL_TIMESTAMP:
			*is_null = (*(TimestampTz *) field == 0);
			return TimestampTzGetDatum(*(TimestampTz *) field);
		case COL_STATE:
			Assert(*(State *) field != MST_STATE_NONE &&
				   strchr("IWRDPSECK", *(State *) field) != NULL);
			return CharGetDatum((char) *(State *) field);
		case COL_CHAR:
			return CharGetDatum(*(char *) field);
		case COL_BOOL:
			return BoolGetDatum(*(bool *) field);
		case COL_TEXT:
		case COL_JSONB:
		case COL_LINKS:
			*is_null = (*(void **) field == NULL);
			if (*is_null)
				return (Datum) 0;
			return store_varlena((RowState *) row, position, column->type,
								 *(void **) field);
		case COL_XACT_ID:
			return FullTransactionIdGetDatum(last_transaction());
	}
	elog(ERROR, "unrecognized column type: %d", (int) column->type);
	return (Datum) 0;
}

/*
 * Stores the structure into the slot as a virtual tuple, which points into
 * the structure and into CurrentMemoryContext.
 */
void
mst_row_store(TableDef *def, void *row, TupleTableSlot *slot)
{
	int			natts = slot->tts_tupleDescriptor->natts;
	int			i;

	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, natts * sizeof(bool));
	memset(slot->tts_values, 0, natts * sizeof(Datum));
	for (i = 0; i < def->ncolumns; i++)
	{
		const TableColumn *column = &def->columns[i];
		int			att = def->cache->attnums[i] - 1;

		slot->tts_values[att] = store_column(column, i, row,
											 &slot->tts_isnull[att]);
		if (slot->tts_isnull[att] && !column->is_nullable)
			elog(ERROR, "no value for column \"%s\" of table \"%s\"",
				 column->name, def->name);
	}
	ExecStoreVirtualTuple(slot);
}
