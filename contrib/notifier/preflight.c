/*-------------------------------------------------------------------------
 *
 * preflight.c
 *	  What --check does: is all well, and what would be delivered?
 *
 *-------------------------------------------------------------------------
 */
#include "preflight.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "config.h"
#include "memory.h"

static const char *const functions[] = {
	"mistral.claim_deliveries(integer, interval, integer, text[], boolean)",
	"mistral.complete_deliveries(jsonb)",
	NULL
};

/* Looks whether each program of the list "name=path,..." can be run. */
static void
check_programs(void)
{
	char	   *copy = mem_copy(config.programs);
	char	   *rest = copy;
	char	   *item;

	while ((item = strsep(&rest, ",")) != NULL)
	{
		char	   *path = strchr(item, '=');

		if (path == NULL)
			continue;
		if (access(path + 1, X_OK) == 0)
			check_good("publisher of type \"program\": %s", item);
		else
			check_bad("publisher of type \"program\": %s cannot be run", item);
	}
	free(copy);
}

/* Looks at the settings, the database and the rights; returns the exit status. */
int
preflight(void)
{
	PGconn	   *conn;

	check_good("the settings can be used");
	conn = check_connect(config.database, "mistral-notifier", "read-write");
	if (conn != NULL)
	{
		check_functions(conn, functions, "mistral_executor");
		if (!config.no_listen)
			check_listen(conn, config.database);
	}
	check_programs();
	if (config.files[0] != '\0')
		check_good("publishers of type \"file\": %s", config.files);
	check_good("up to %d deliveries at the same time, %d to one endpoint", config.max_deliveries,
			   config.max_per_endpoint);
	return check_finish(conn);
}
