/*-------------------------------------------------------------------------
 *
 * preflight.c
 *	  What --check does: is all well, and what would be registered?
 *
 *-------------------------------------------------------------------------
 */
#include "preflight.h"

#include "check.h"
#include "config.h"
#include "kinds.h"
#include "limits.h"

static const char *const functions[] = {
	"mistral.register_executor(text, text, text[], jsonb, interval, jsonb, boolean)",
	"mistral.executor_channels(bigint)",
	"mistral.exchange_actions(bigint, jsonb, integer, jsonb)",
	"mistral.extend_leases(bigint)",
	"mistral.claimed_actions(bigint)",
	"mistral.release_actions(bigint, uuid[])",
	"mistral.unregister_executor(bigint)",
	NULL
};

/* Says whose actions the user of the connection would be given. */
static void
tell_projects(PGconn *conn)
{
	if (check_is_true(conn, "SELECT COALESCE((SELECT pg_catalog.pg_has_role(oid, 'USAGE')"
					  " FROM pg_catalog.pg_roles WHERE rolname = 'mistral_executor'), false)"
					  " OR (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)"))
		check_good("it gets the standard actions of every project");
	else
		check_note("it gets the actions of its own project only: for those of every project, GRANT mistral_executor TO \"%s\"",
				   PQuser(conn));
}

/* Says what would be registered. */
static void
tell_registration(void)
{
	Buf			names = {0};
	Buf			programs = {0};
	Buf			limits = {0};

	kinds_announce(&names, &programs);
	check_good("it would be registered as \"%s\"%s%s%s, with up to %d actions at the same time", config.name,
			   config.target[0] != '\0' ? ", for the target \"" : "", config.target,
			   config.target[0] != '\0' ? "\"" : "", config.max_actions);
	check_good("standard actions: %s", names.data);
	check_good("programs: %s", programs.data);
	limits_write(&limits);
	if (limits.len > 0)
		check_good("running of as many as may be claimed:%s", limits.data);
	kinds_tell_missing(check_note);
	buf_free(&names);
	buf_free(&programs);
	buf_free(&limits);
}

/* Looks at the settings, the database and the rights; returns the exit status. */
int
preflight(void)
{
	PGconn	   *conn;

	check_good("the settings can be used");
	conn = check_connect(config.database, "mistral-executor", "read-write");
	if (conn != NULL)
	{
		check_functions(conn, functions, "mistral_executor");
		tell_projects(conn);
		if (!config.no_listen)
			check_listen(conn, config.database);
	}
	tell_registration();
	return check_finish(conn);
}
