/*-------------------------------------------------------------------------
 *
 * lookups.c
 *	  Look-ups of executions by other things than their id.
 *
 * These serve expressions, where a filter that makes no sense finds nothing
 * rather than fail: times are compared as text of the form that they have in
 * the records.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "store/lookups.h"
#include "util/spi.h"

#define CONDITIONS \
	" AND project_id = $2" \
	" AND ($3 IS NULL OR state = $3)" \
	" AND ($4 IS NULL OR to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')" \
	"                    COLLATE \"C\" >= $4)" \
	" AND ($5 IS NULL OR to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')" \
	"                    COLLATE \"C\" < $5)"

/* One statement for each index that can help. */
enum
{
	QUERY_BY_ID,
	QUERY_BY_ROOT,
	QUERY_ALL
};

/* $1: id, $2: project, $3: state, $4, $5: times, $6: root */
static const char *const statements[] = {
	[QUERY_BY_ID] =
	"SELECT id FROM mistral.workflow_executions"
	" WHERE id = $1 AND ($6 IS NULL OR root_id = $6 AND parent_task_id IS NOT NULL)" CONDITIONS,
	[QUERY_BY_ROOT] =
	"SELECT id FROM mistral.workflow_executions"
	" WHERE root_id = $6 AND parent_task_id IS NOT NULL" CONDITIONS,
	[QUERY_ALL] =
	"SELECT id FROM mistral.workflow_executions"
	" WHERE true" CONDITIONS
};

static char
null_unless(bool is_given)
{
	return is_given ? ' ' : 'n';
}

static int
choose_query(const ExecutionFilter *filter)
{
	if (filter->has_id)
		return QUERY_BY_ID;
	return filter->has_root_id ? QUERY_BY_ROOT : QUERY_ALL;
}

static Datum
text_datum(const char *text)
{
	return CStringGetTextDatum(text == NULL ? "" : text);
}

/*
 * Returns the ids (pg_uuid_t *) of the stored executions that match, in no
 * order, allocated in the caller's memory context.
 */
List *
mst_query_executions(const ExecutionFilter *filter)
{
	static SPIPlanPtr plans[lengthof(statements)];
	static const Oid argtypes[] = {UUIDOID, TEXTOID, CHAROID, TEXTOID, TEXTOID,
	UUIDOID};
	int			which = choose_query(filter);
	Datum		args[lengthof(argtypes)] = {
		UUIDPGetDatum(&filter->id),
		text_datum(filter->project),
		CharGetDatum((char) filter->state),
		text_datum(filter->from_time),
		text_datum(filter->to_time),
		UUIDPGetDatum(&filter->root_id)
	};
	const char	nulls[] = {
		null_unless(filter->has_id),
		' ',
		null_unless(filter->has_state),
		null_unless(filter->from_time != NULL),
		null_unless(filter->to_time != NULL),
		null_unless(filter->has_root_id)
	};
	MemoryContext caller_cxt = CurrentMemoryContext;
	OwnerSwitch owner;
	List	   *ids;

	mst_spi_connect();
	mst_as_owner_begin(&owner);
	mst_spi_plan(&plans[which], statements[which], 0, lengthof(argtypes), argtypes);
	if (SPI_execute_plan(plans[which], args, nulls, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read executions");
	ids = mst_spi_take_uuids(caller_cxt);
	mst_as_owner_end(&owner);
	SPI_finish();
	return ids;
}

/*
 * Returns the value of a hexadecimal digit, or -1.
 */
static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Parses an id; false if the text is none. */
bool
mst_uuid_parse(const char *text, pg_uuid_t *id)
{
	int			digits = 0;

	memset(id, 0, sizeof(pg_uuid_t));
	for (; *text != '\0'; text++)
	{
		int			value = digit_value(*text);

		if (*text == '-' && digits > 0 && digits % 4 == 0 && text[-1] != '-')
			continue;
		if (value < 0 || digits == 2 * UUID_LEN)
			return false;
		id->data[digits / 2] = id->data[digits / 2] * 16 + value;
		digits++;
	}
	return digits == 2 * UUID_LEN;
}
