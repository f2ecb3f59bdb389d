/*-------------------------------------------------------------------------
 *
 * config.c
 *	  Settings of the executor.
 *
 *-------------------------------------------------------------------------
 */
#include "config.h"

#include <stdio.h>
#include <unistd.h>

#include "egress.h"
#include "options.h"

/* the defaults */
Config		config = {
	.database = "",
	.name = "",
	.target = "",
	.actions = "",
	.max_actions = 100,
	.lease = 60,
	.poll_interval = -1,
	.drain_timeout = 30,
	.http_timeout = 60,
	.http_max_content = 5 * 1024 * 1024,
	.http_allowed_hosts = "",
	.http_denied_ranges = EGRESS_DENIED_RANGES,
	.callback_url = "",
	.log_level = "info",
};

static const Option options[] = {
	{"database", 'd', OPTION_TEXT, &config.database, 0, 0,
	"connection string, as for psql"},
	{"name", 'n', OPTION_TEXT, &config.name, 0, 0,
	"name of this executor (default: host and process)"},
	{"target", 't', OPTION_TEXT, &config.target, 0, 0,
	"take actions of this target, too"},
	{"actions", 'a', OPTION_TEXT, &config.actions, 0, 0,
	"names of the actions to take, separated by commas (default: all it knows)"},
	{"max-actions", 'm', OPTION_INT, &config.max_actions, 1, 10000,
	"number of actions at the same time"},
	{"lease", 0, OPTION_NUMBER, &config.lease, 1, 86400,
	"seconds after which the database takes actions back when it hears nothing"},
	{"poll-interval", 0, OPTION_NUMBER, &config.poll_interval, 0.01, 3600,
	"seconds between looks for work without being notified (15; without LISTEN 1)"},
	{"no-listen", 0, OPTION_FLAG, &config.no_listen, 0, 0,
	"do not LISTEN; so it is in any case behind a pooler"},
	{"drain-timeout", 0, OPTION_NUMBER, &config.drain_timeout, 0, 86400,
	"seconds to end what has been begun when told to stop"},
	{"http-timeout", 0, OPTION_NUMBER, &config.http_timeout, 0, 86400,
	"seconds a request may take by default; 0: any time"},
	{"http-max-content", 0, OPTION_NUMBER, &config.http_max_content, 0, 1e9,
	"bytes a response may have; 0: any number"},
	{"http-allowed-hosts", 0, OPTION_TEXT, &config.http_allowed_hosts, 0, 0,
	"hosts requests may go to, separated by commas (default: all)"},
	{"http-denied-ranges", 0, OPTION_TEXT, &config.http_denied_ranges, 0, 0,
	"ranges of addresses requests may not go to, or none (default: loopback, link-local and what else is no service)"},
	{"callback-url", 0, OPTION_TEXT, &config.callback_url, 0, 0,
	"base of the API, for the callbacks of std.mistral_http"},
	{"log-level", 'l', OPTION_TEXT, &config.log_level, 0, 0,
	"debug, info, warning or error"},
};

static const OptionSet option_set = {
	.program = "mistral-executor", .env_prefix = "MISTRAL_EXECUTOR", .about = "runs the actions of workflows",
	.options = options, .count = sizeof(options) / sizeof(options[0]),
	.log_level = &config.log_level, .log_format = LOG_TEXT
};

/* An executor without a name gets one that tells where it runs. */
static void
set_default_name(void)
{
	static char name[256];
	char		host[128] = "";

	if (config.name[0] != '\0')
		return;
	gethostname(host, sizeof(host) - 1);
	snprintf(name, sizeof(name), "%s:%d", host, (int) getpid());
	config.name = name;
}

/*
 * Reads the settings and hands on what belongs to others.  Ends the process
 * when they are not right, and for --help and --version.
 */
void
config_read(int argc, char **argv)
{
	options_read(&option_set, argc, argv);
	set_default_name();
	egress_start(config.http_allowed_hosts, config.http_denied_ranges);
}
