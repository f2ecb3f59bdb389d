/*-------------------------------------------------------------------------
 *
 * access_sql.c
 *	  SQL functions that tell whose rows the caller may see.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/syscache.h"

#include "store/access.h"
#include "util/guc.h"

PG_FUNCTION_INFO_V1(mistral_is_admin);
PG_FUNCTION_INFO_V1(mistral_can_read_project);
PG_FUNCTION_INFO_V1(mistral_role_serves);

/*
 * role_serves(role text, project text) returns bool
 */
Datum
mistral_role_serves(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(mst_role_serves(text_to_cstring(PG_GETARG_TEXT_PP(0)),
								   text_to_cstring(PG_GETARG_TEXT_PP(1))));
}

/* is_admin(): for row level security policies and mistral_api. */
Datum
mistral_is_admin(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(mst_is_admin());
}

/*
 * The last answer of can_read_project(): row after row asks the same.  It is
 * forgotten when any role or membership changes.
 */
static struct
{
	bool		is_valid;
	Oid			user;
	bool		api_admin;
	int			len;
	char		project[NAMEDATALEN];
	bool		answer;
}			last_answer;

static void
forget_answer(Datum arg, int cacheid, uint32 hashvalue)
{
	last_answer.is_valid = false;
}

static void
remember_answer(const char *project, int len, bool answer)
{
	static bool is_registered = false;

	if (!is_registered)
	{
		CacheRegisterSyscacheCallback(AUTHOID, forget_answer, (Datum) 0);
		CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, forget_answer, (Datum) 0);
		is_registered = true;
	}
	if (len > NAMEDATALEN)
		return;
	last_answer.user = GetUserId();
	last_answer.api_admin = mst_api_admin;
	last_answer.len = len;
	memcpy(last_answer.project, project, len);
	last_answer.answer = answer;
	last_answer.is_valid = true;
}

/*
 * can_read_project(project): what row level security asks for every row, so
 * the last answer is kept.
 */
Datum
mistral_can_read_project(PG_FUNCTION_ARGS)
{
	text	   *project = PG_GETARG_TEXT_PP(0);
	int			len = VARSIZE_ANY_EXHDR(project);
	bool		answer;

	if (last_answer.is_valid && last_answer.user == GetUserId() &&
		last_answer.api_admin == mst_api_admin && last_answer.len == len &&
		memcmp(last_answer.project, VARDATA_ANY(project), len) == 0)
		PG_RETURN_BOOL(last_answer.answer);

	answer = mst_can_read_project(text_to_cstring(project));
	remember_answer(VARDATA_ANY(project), len, answer);
	PG_RETURN_BOOL(answer);
}
