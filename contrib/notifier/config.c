/*-------------------------------------------------------------------------
 *
 * config.c
 *	  Settings of the notifier.
 *
 *-------------------------------------------------------------------------
 */
#include "config.h"

#include <string.h>

#include "egress.h"
#include "memory.h"
#include "options.h"

#define LEASE_MARGIN	2		/* seconds by which a lease outlasts a
								 * delivery */

/* the defaults */
Config		config = {
	.database = "",
	.max_deliveries = 200,
	.max_per_endpoint = 8,
	.lease = 60,
	.poll_interval = 15,
	.drain_timeout = 15,
	.connect_timeout = 3,
	.timeout = 10,
	.allowed_hosts = "",
	.denied_ranges = EGRESS_DENIED_RANGES,
	.files = "",
	.file_max_size = 100 * 1024 * 1024,
	.file_keep = 5,
	.programs = "",
	.log_level = "info",
};

static const Option options[] = {
	{"database", 'd', OPTION_CONNINFO, &config.database, 0, 0,
	"connection string, as for psql"},
	{"max-deliveries", 'm', OPTION_INT, &config.max_deliveries, 1, 10000,
	"number of deliveries at the same time"},
	{"max-per-endpoint", 0, OPTION_INT, &config.max_per_endpoint, 1, 1000,
	"number of deliveries to one endpoint at the same time"},
	{"lease", 0, OPTION_NUMBER, &config.lease, 2, 86400,
	"seconds after which others deliver what this one has not; longer than the timeout"},
	{"poll-interval", 0, OPTION_NUMBER, &config.poll_interval, 0.01, 3600,
	"seconds between looks for events without being notified"},
	{"no-listen", 0, OPTION_FLAG, &config.no_listen, 0, 0,
	"do not LISTEN; so it is in any case behind a pooler"},
	{"drain-timeout", 0, OPTION_NUMBER, &config.drain_timeout, 0, 86400,
	"seconds to end what is under way when told to stop"},
	{"connect-timeout", 0, OPTION_NUMBER, &config.connect_timeout, 0.001, 3600,
	"seconds to connect to a webhook"},
	{"timeout", 0, OPTION_NUMBER, &config.timeout, 0.001, 3600,
	"seconds a webhook or program may take"},
	{"allowed-hosts", 0, OPTION_TEXT, &config.allowed_hosts, 0, 0,
	"hosts of webhooks, separated by commas (default: all)"},
	{"denied-ranges", 0, OPTION_TEXT, &config.denied_ranges, 0, 0,
	"ranges of addresses webhooks may not have, or none (default: loopback, link-local and what else is no service)"},
	{"files", 0, OPTION_TEXT, &config.files, 0, 0,
	"files for publishers of type \"file\": name=path,..."},
	{"file-max-size", 0, OPTION_NUMBER, &config.file_max_size, 0, 1e12,
	"bytes after which a file is rotated; 0: never"},
	{"file-keep", 0, OPTION_INT, &config.file_keep, 0, 1000,
	"number of rotated files to keep"},
	{"programs", 0, OPTION_TEXT, &config.programs, 0, 0,
	"programs for publishers of type \"program\": name=path,..."},
	{"log-level", 'l', OPTION_TEXT, &config.log_level, 0, 0,
	"debug, info, warning or error"},
	{"check", 0, OPTION_FLAG, &config.check, 0, 0,
	"see whether all is well and exit; nothing is changed"},
};

static const OptionSet option_set = {
	.program = "mistral-notifier", .env_prefix = "MISTRAL_NOTIFIER", .about = "delivers events of workflows",
	.options = options, .count = sizeof(options) / sizeof(options[0]),
	.log_level = &config.log_level, .log_format = LOG_TEXT
};

/*
 * Reads the settings and hands on what belongs to others.  Ends the process
 * when they are not right, and for --help and --version.
 */
void
config_read(int argc, char **argv)
{
	options_read(&option_set, argc, argv);
	/* nobody else may begin what this one has not given up */
	if (config.lease < config.timeout + LEASE_MARGIN)
		config.lease = config.timeout + LEASE_MARGIN;
	egress_start(config.allowed_hosts, config.denied_ranges);
}

/*
 * Returns the path that a list "name=path,..." gives to a name, or NULL; the
 * caller frees it.
 */
char *
config_path(const char *list, const char *name)
{
	size_t		name_len = strlen(name);

	while (*list != '\0')
	{
		size_t		len = strcspn(list, ",");

		if (len > name_len && list[name_len] == '=' &&
			strncmp(list, name, name_len) == 0)
			return mem_copy_n(list + name_len + 1, len - name_len - 1);
		list += len;
		list += strspn(list, ", ");
	}
	return NULL;
}
