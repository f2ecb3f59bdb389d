/*-------------------------------------------------------------------------
 *
 * preflight.c
 *	  What --check does: is all well, and what would be served?
 *
 *-------------------------------------------------------------------------
 */
#include "preflight.h"

#include <unistd.h>

#include "check.h"
#include "console.h"

static const char *const functions[] = {
	"mistral_api.list_executions(jsonb, text)",
	NULL
};

/* Looks whether a file that a setting names can be read. */
static void
check_file(const char *setting, const char *path)
{
	if (path[0] != '\0' && access(path, R_OK) != 0)
		check_bad("%s: file \"%s\" cannot be read", setting, path);
}

/* Looks whether the connection's user can do what the kind of authentication asks of it. */
static void
check_auth(PGconn *conn, const Config *config)
{
	bool		is_superuser = check_is_true(conn, "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user");

	if (is_superuser && (config->auth_kinds != AUTH_NONE || config->role[0] == '\0'))
		check_note("the user of the connection is a superuser, which the server does not need");
	if (config->create_projects && !is_superuser &&
		!check_is_true(conn, "SELECT rolcreaterole FROM pg_catalog.pg_roles WHERE rolname = current_user"))
		check_bad("create-projects is on, and the user of the connection may not create roles");
	if (config->auth_kinds == AUTH_NONE)
		check_note("there is no authentication: requests run as \"%s\"",
				   config->role[0] != '\0' ? config->role : PQuser(conn));
	else
		check_good("authentication: %s", config->auth);
}

/* Looks whether the console can be served, if somebody wants it. */
static void
check_console(const Config *config)
{
	const char *problem;

	if (config->console_dir[0] == '\0')
		return;
	if (console_load(config->console_dir, &problem))
		check_good("the console is in \"%s\"", config->console_dir);
	else if (config_console_is_given())
		check_bad("the console in \"%s\" cannot be served: %s", config->console_dir, problem);
}

/* Looks at the settings, the database and the rights; returns the exit status. */
int
preflight(const Config *config)
{
	PGconn	   *conn;

	check_good("the settings can be used");
	check_file("tls-certificate", config->tls_certificate);
	check_file("tls-key", config->tls_key);
	check_file("info-file", config->info_file);
	check_console(config);
	conn = check_connect(config->database, "mistral-api", "any");
	if (conn != NULL)
	{
		check_auth(conn, config);
		if (config->auth_kinds == AUTH_NONE && config->role[0] == '\0')
			check_functions(conn, functions, "mistral_user");
	}
	check_good("it would serve %s on %s, port %d, with %d connections to the database",
			   config->tls_key[0] != '\0' ? "https" : "http", config->listen, config->port, config->pool_size);
	return check_finish(conn);
}
