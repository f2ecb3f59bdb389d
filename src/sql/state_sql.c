/*-------------------------------------------------------------------------
 *
 * state_sql.c
 *	  Names of states, and links of tasks, for SQL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "store/task_links.h"
#include "util/state.h"

PG_FUNCTION_INFO_V1(mistral_state_name);
PG_FUNCTION_INFO_V1(mistral_state_code);
PG_FUNCTION_INFO_V1(mistral_task_links);

/* state_name(code): the name of a state's letter in the tables. */
Datum
mistral_state_name(PG_FUNCTION_ARGS)
{
	char		code = PG_GETARG_CHAR(0);

	if (code == '\0' || strchr("IWRDPSECK", code) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%c\" is not the code of a state", code)));
	PG_RETURN_TEXT_P(cstring_to_text(mst_state_name((State) code)));
}

/* state_code(name): the letter of a state in the tables. */
Datum
mistral_state_code(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	State		state = mst_state_from_name(name);

	if (state == MST_STATE_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is not a state", name)));
	PG_RETURN_CHAR((char) state);
}

/*
 * task_links(bytea): links as JSON, for SQL.
 */
Datum
mistral_task_links(PG_FUNCTION_ARGS)
{
	PG_RETURN_JSONB_P(mst_links_unpack(PG_GETARG_BYTEA_PP(0)));
}
