/*-------------------------------------------------------------------------
 *
 * role_path.c
 *	  The search_path that a role would have in a session of its own.
 *
 * What ALTER ROLE and ALTER DATABASE have set counts, never what the running
 * session has set: it may be anybody's.  Schemas of temporary objects come
 * last, wherever the setting has them, so that a session cannot put a table of
 * its own before one of the role's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/varlena.h"

#include "store/role_path.h"
#include "store/statement.h"

/* of a server whose administrator has set nothing */
#define DEFAULT_PATH "\"$user\", public"

/* The last answer; valid until the transaction ends. */
static struct
{
	Oid			role;
	const char *path;			/* NULL: there is none */
}			last_answer;

static void
forget_answer(void *arg)
{
	last_answer.path = NULL;
}

/*
 * Returns the setting, the most specific first as the server takes them; or
 * NULL.
 */
static char *
read_setting(Oid role)
{
	static Statement find = {
		"SELECT pg_catalog.substr(c, pg_catalog.length('search_path=') + 1)"
		" FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) AS c"
		" WHERE s.setdatabase IN (0, $1) AND s.setrole IN (0, $2)"
		" AND pg_catalog.starts_with(c, 'search_path=')"
		" ORDER BY s.setrole <> 0 AND s.setdatabase <> 0 DESC, s.setrole <> 0 DESC,"
		" s.setdatabase <> 0 DESC LIMIT 1",
		2, {OIDOID, OIDOID}
	};
	StatementArgs args = {0};

	mst_arg_datum(&args, ObjectIdGetDatum(MyDatabaseId), false);
	mst_arg_datum(&args, ObjectIdGetDatum(role), false);
	return mst_statement_text(&find, &args);
}

static bool
is_temporary(const char *schema)
{
	return strncmp(schema, "pg_temp", strlen("pg_temp")) == 0 ||
		strncmp(schema, "pg_toast_temp", strlen("pg_toast_temp")) == 0;
}

/* Returns the same list with the temporary schema at its end. */
static char *
with_temporary_last(const char *setting)
{
	List	   *names;
	ListCell   *lc;
	StringInfoData path;

	if (!SplitIdentifierString(pstrdup(setting), ',', &names))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the search_path that is set for the role is not a list of schemas")));
	initStringInfo(&path);
	foreach(lc, names)
	{
		if (!is_temporary(lfirst(lc)))
			appendStringInfo(&path, "%s, ", quote_identifier(lfirst(lc)));
	}
	appendStringInfoString(&path, "pg_temp");
	return path.data;
}

static void
remember_answer(Oid role, const char *path)
{
	MemoryContextCallback *callback = MemoryContextAlloc(TopTransactionContext,
														 sizeof(MemoryContextCallback));

	callback->func = forget_answer;
	callback->arg = NULL;
	MemoryContextRegisterResetCallback(TopTransactionContext, callback);
	last_answer.role = role;
	last_answer.path = MemoryContextStrdup(TopTransactionContext, path);
}

/*
 * Returns the search_path that ALTER ROLE or ALTER DATABASE have set for the
 * role in this database, or else the server's default, with the temporary
 * schema last.  It stays until the transaction ends.
 */
const char *
mst_role_search_path(Oid role)
{
	if (last_answer.path == NULL || last_answer.role != role)
	{
		char	   *setting = read_setting(role);

		remember_answer(role, with_temporary_last(setting != NULL ? setting : DEFAULT_PATH));
	}
	return last_answer.path;
}
