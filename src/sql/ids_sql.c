/*-------------------------------------------------------------------------
 *
 * ids_sql.c
 *	  Times in ids, and trace contexts, for SQL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "util/traceparent.h"
#include "util/uuid.h"

/* what an id says of the time: all before the number behind the version */
#define TIME_BYTES	8

PG_FUNCTION_INFO_V1(mistral_first_id);
PG_FUNCTION_INFO_V1(mistral_is_late);
PG_FUNCTION_INFO_V1(mistral_trace_context);

/*
 * first_id(moment): the least id that carries this time or a later one, so
 * that ranges of times are ranges of keys.
 */
Datum
mistral_first_id(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));

	*id = mst_uuid_first_at(PG_GETARG_TIMESTAMPTZ(0));
	PG_RETURN_UUID_P(id);
}

/*
 * is_late(id, created_at): whether the id carries another time than the
 * row, which happens when ids of one backend must ascend.
 */
Datum
mistral_is_late(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *id = PG_GETARG_UUID_P(0);
	pg_uuid_t	first = mst_uuid_first_at(PG_GETARG_TIMESTAMPTZ(1));

	PG_RETURN_BOOL(memcmp(id->data, first.data, TIME_BYTES) != 0);
}

/* trace_context(traceparent text) returns text */
Datum
mistral_trace_context(PG_FUNCTION_ARGS)
{
	char	   *context = mst_traceparent(text_to_cstring(PG_GETARG_TEXT_PP(0)));

	if (context == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(context));
}
