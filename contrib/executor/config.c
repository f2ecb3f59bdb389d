/*-------------------------------------------------------------------------
 *
 * config.c
 *	  Settings of the executor.
 *
 *-------------------------------------------------------------------------
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "egress.h"
#include "options.h"
#include "transfer.h"

/* the defaults */
Config		config = {
	.database = "",
	.name = "",
	.target = "",
	.actions = "",
	.max_actions = 100,
	.max_memory = 256,
	.connections = 4,
	.lease = 60,
	.poll_interval = -1,
	.drain_timeout = 30,
	.ca_file = "",
	.email_timeout = 60,
	.http_timeout = 60,
	.http_max_content = 5 * 1024 * 1024,
	.http_idempotency_header = "Idempotency-Key",
	.allowed_hosts = "",
	.denied_ranges = EGRESS_DENIED_RANGES,
	.js_timeout = 10,
	.js_memory = 256,
	.js_processes = 4,
	.js_max_result = 5 * 1024 * 1024,
	.ssh_timeout = 3600,
	.ssh_connect_timeout = 30,
	.ssh_processes = 50,
	.ssh_max_output = 5 * 1024 * 1024,
	.ssh_known_hosts = "",
	.ssh_host_keys = "verify",
	.ssh_key_directory = "",
	.callback_url = "",
	.log_level = "info",
	.log_format = "text",
};

static const Option options[] = {
	{"database", 'd', OPTION_CONNINFO, &config.database, 0, 0,
	"connection string, as for psql"},
	{"name", 'n', OPTION_TEXT, &config.name, 0, 0,
	"name of this executor (default: host and process)"},
	{"target", 't', OPTION_TEXT, &config.target, 0, 0,
	"take actions of this target, too"},
	{"actions", 'a', OPTION_TEXT, &config.actions, 0, 0,
	"names of the actions to take, separated by commas (default: all it knows)"},
	{"max-actions", 'm', OPTION_INT, &config.max_actions, 1, 10000,
	"number of actions at the same time"},
	{"concurrency", 0, OPTION_MAP, &config.concurrency, 1, 10000,
	"number of them by the name of the action: concurrency.std.ssh=4; without a name: of each other"},
	{"deadline", 0, OPTION_MAP, &config.deadline, 0, 86400,
	"seconds an action may take by its name: deadline.std.http=300; without a name: any other; 0: any time"},
	{"max-memory", 0, OPTION_NUMBER, &config.max_memory, 1, 1e6,
	"MB that long responses and results that wait to be reported take up; more has to wait"},
	{"connections", 0, OPTION_INT, &config.connections, 1, 64,
	"connections to the database, opened when there is enough to report"},
	{"lease", 0, OPTION_NUMBER, &config.lease, 1, 86400,
	"seconds after which the database takes actions back when it hears nothing"},
	{"poll-interval", 0, OPTION_NUMBER, &config.poll_interval, 0.01, 3600,
	"seconds between looks for work without being notified (15; without LISTEN 1)"},
	{"no-listen", 0, OPTION_FLAG, &config.no_listen, 0, 0,
	"do not LISTEN; so it is in any case where notifications do not get through"},
	{"drain-timeout", 0, OPTION_NUMBER, &config.drain_timeout, 0, 86400,
	"seconds to end what has been begun when told to stop; the rest is given back, or fails"},
	{"http-timeout", 0, OPTION_NUMBER, &config.http_timeout, 0, 86400,
	"seconds a request may take by default; 0: any time"},
	{"http-max-content", 0, OPTION_NUMBER, &config.http_max_content, 0, 1e9,
	"bytes a response may have; 0: any number"},
	{"http-idempotency-header", 0, OPTION_TEXT, &config.http_idempotency_header, 0, 0,
	"header that has the id of an action that may be run again, or none"},
	{"allowed-hosts", 0, OPTION_TEXT, &config.allowed_hosts, 0, 0,
	"hosts that requests, mails and SSH may go to, separated by commas (default: all)"},
	{"http-allowed-hosts", 0, OPTION_TEXT, &config.allowed_hosts, 0, 0,
	"another name of it"},
	{"denied-ranges", 0, OPTION_TEXT, &config.denied_ranges, 0, 0,
	"ranges of addresses that they may not go to, or none (default: loopback, link-local and what else is no service)"},
	{"http-denied-ranges", 0, OPTION_TEXT, &config.denied_ranges, 0, 0,
	"another name of it"},
	{"ca-file", 0, OPTION_TEXT, &config.ca_file, 0, 0,
	"file with the authorities that certificates are checked by (default: the system's)"},
	{"email-timeout", 0, OPTION_NUMBER, &config.email_timeout, 0, 86400,
	"seconds a mail may take; 0: any time"},
	{"js-timeout", 0, OPTION_NUMBER, &config.js_timeout, 0, 86400,
	"seconds a script may run; 0: any time"},
	{"js-memory", 0, OPTION_INT, &config.js_memory, 32, 65536,
	"MB a script may use"},
	{"js-processes", 0, OPTION_INT, &config.js_processes, 1, 1000,
	"number of scripts that run at the same time"},
	{"js-max-result", 0, OPTION_NUMBER, &config.js_max_result, 1, 1e9,
	"bytes the result of a script may have"},
	{"ssh-timeout", 0, OPTION_NUMBER, &config.ssh_timeout, 0, 86400,
	"seconds an action of SSH may take; 0: any time"},
	{"ssh-connect-timeout", 0, OPTION_NUMBER, &config.ssh_connect_timeout, 1, 3600,
	"seconds to connect to a host and log in"},
	{"ssh-processes", 0, OPTION_INT, &config.ssh_processes, 1, 1000,
	"number of actions of SSH at the same time"},
	{"ssh-max-output", 0, OPTION_NUMBER, &config.ssh_max_output, 1, 1e8,
	"bytes that a command may write"},
	{"ssh-known-hosts", 0, OPTION_TEXT, &config.ssh_known_hosts, 0, 0,
	"file with the keys of hosts (default: those of the user and the system)"},
	{"ssh-host-keys", 0, OPTION_TEXT, &config.ssh_host_keys, 0, 0,
	"keys of hosts that are accepted: verify (known ones), accept-new or accept (all)"},
	{"ssh-key-directory", 0, OPTION_TEXT, &config.ssh_key_directory, 0, 0,
	"where the private keys are that actions name (default: .ssh of the user)"},
	{"ssh-proxy-commands", 0, OPTION_FLAG, &config.ssh_proxy_commands, 0, 0,
	"run the proxy_command of std.ssh_proxied, as the user of this program"},
	{"callback-url", 0, OPTION_TEXT, &config.callback_url, 0, 0,
	"base of the API, for the callbacks of std.mistral_http"},
	{"log-level", 'l', OPTION_TEXT, &config.log_level, 0, 0,
	"debug, info, warning or error"},
	{"log-format", 0, OPTION_TEXT, &config.log_format, 0, 0,
	"text, or json: an object a line"},
	{"status-interval", 0, OPTION_NUMBER, &config.status_interval, 0, 86400,
	"seconds between lines in the log that say how it stands, as SIGUSR1 makes it; 0: none"},
	{"check", 0, OPTION_FLAG, &config.check, 0, 0,
	"see whether all is well, say what would be registered, and exit; nothing is changed"},
};

static OptionSet option_set = {
	.program = "mistral-executor", .env_prefix = "MISTRAL_EXECUTOR", .about = "runs the actions of workflows",
	.options = options, .count = sizeof(options) / sizeof(options[0]),
	.log_level = &config.log_level, .log_format = LOG_TEXT, .log_format_name = &config.log_format
};

/* Returns the seconds that an action of this name may take here; 0: any time. */
double
config_deadline(const char *action)
{
	return option_map_get(&config.deadline, action, 0);
}

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

static void
check_host_keys(void)
{
	static const char *const names[] = {"verify", "accept-new", "accept"};

	for (int i = 0; i < 3; i++)
	{
		if (strcmp(config.ssh_host_keys, names[i]) == 0)
			return;
	}
	options_fail("option \"ssh-host-keys\" must be verify, accept-new or accept, not \"%s\"",
				 config.ssh_host_keys);
}

/*
 * Reads the settings and hands on what belongs to others; sections of the file
 * are section()'s.  Ends the process when they are not right, and for --help
 * and --version, where print_more() has its say.
 */
void
config_read(int argc, char **argv,
			const OptionSet *(*section) (const char *kind, const char *name),
			void (*print_more) (void))
{
	option_set.section = section;
	option_set.print_more = print_more;
	options_read(&option_set, argc, argv);
	check_host_keys();
	set_default_name();
	egress_start(config.allowed_hosts, config.denied_ranges);
	transfers_trust(config.ca_file);
}
