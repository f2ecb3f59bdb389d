/*-------------------------------------------------------------------------
 *
 * places_sql.c
 *	  Where pages of the REST API's lists have ended, for SQL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "signal/places.h"

PG_FUNCTION_INFO_V1(mistral_api_note_place);
PG_FUNCTION_INFO_V1(mistral_api_noted_place);

/*
 * note_place(marker, keys, place): remembers, for the current user, what the
 * row of a marker has in the columns sorted by.  False if that is not possible.
 */
Datum
mistral_api_note_place(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(mst_place_note(GetUserId(),
								  text_to_cstring(PG_GETARG_TEXT_PP(0)),
								  text_to_cstring(PG_GETARG_TEXT_PP(1)),
								  text_to_cstring(PG_GETARG_TEXT_PP(2))));
}

/* noted_place(marker, keys): what note_place() has remembered, or null. */
Datum
mistral_api_noted_place(PG_FUNCTION_ARGS)
{
	char	   *place = mst_place_find(GetUserId(),
									   text_to_cstring(PG_GETARG_TEXT_PP(0)),
									   text_to_cstring(PG_GETARG_TEXT_PP(1)));

	if (place == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(place));
}
