/*-------------------------------------------------------------------------
 *
 * main.c
 *	  mistral-notifier: delivers events of workflows to publishers.
 *
 * One thread waits for requests, programs, the database and timers together.
 * Any number of notifiers may run: they share the work.  On SIGTERM or
 * SIGINT it claims nothing more and ends what is under way; a second signal,
 * or the limit of time, ends it at once, and what was under way is delivered
 * again by others when its lease has run out.
 *
 *-------------------------------------------------------------------------
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include "config.h"
#include "delivery.h"
#include "egress.h"
#include "log.h"
#include "options.h"
#include "program.h"
#include "session.h"
#include "webhook.h"

#define LEASE_MARGIN	2		/* seconds */

#define PROGRAM			"mistral-notifier"

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
	{"database", 'd', OPTION_TEXT, &config.database, 0, 0,
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
};

static const OptionSet option_set = {
	.program = PROGRAM, .env_prefix = "MISTRAL_NOTIFIER", .about = "delivers events of workflows",
	.options = options, .count = sizeof(options) / sizeof(options[0])
};

static volatile sig_atomic_t stops = 0;
static int	wake_pipe[2];
static bool is_out_of_time = false;

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

static void
wake_up(void)
{
	ssize_t		written = write(wake_pipe[1], "", 1);

	(void) written;
}

static void
handle_stop(int signal_number)
{
	(void) signal_number;
	stops++;
	wake_up();
}

static void
handle_child(int signal_number)
{
	(void) signal_number;
	wake_up();
}

static void
install_signals(void)
{
	struct sigaction action;

	if (pipe(wake_pipe) != 0)
		log_fatal("could not make a pipe");
	for (int i = 0; i < 2; i++)
	{
		fcntl(wake_pipe[i], F_SETFL, O_NONBLOCK);
		fcntl(wake_pipe[i], F_SETFD, FD_CLOEXEC);
	}
	memset(&action, 0, sizeof(action));
	action.sa_handler = handle_stop;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	action.sa_handler = handle_child;
	action.sa_flags = SA_NOCLDSTOP;
	sigaction(SIGCHLD, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void
read_config(int argc, char **argv)
{
	LogLevel	level = LOG_INFO;

	log_start(PROGRAM, LOG_INFO, LOG_TEXT);
	options_read(&option_set, argc, argv);
	if (!log_level_from_name(config.log_level, &level))
		options_fail("unknown log level \"%s\"", config.log_level);
	log_start(PROGRAM, level, LOG_TEXT);
	/* nobody else may begin what this one has not given up */
	if (config.lease < config.timeout + LEASE_MARGIN)
		config.lease = config.timeout + LEASE_MARGIN;
	egress_start(config.allowed_hosts, config.denied_ranges);
}

static void
drain_timed_out(void *arg)
{
	(void) arg;
	is_out_of_time = true;
}

static void
wait_for_something(void)
{
	struct curl_waitfd fds[2];
	unsigned int count = 1;
	short		events;
	int			fd = session_poll_fd(&events);
	int			wait_ms = timers_wait_ms();
	char		drain[64];

	memset(fds, 0, sizeof(fds));
	fds[0].fd = wake_pipe[0];
	fds[0].events = CURL_WAIT_POLLIN;
	if (fd >= 0)
	{
		fds[1].fd = fd;
		fds[1].events = ((events & POLLIN) ? CURL_WAIT_POLLIN : 0) |
			((events & POLLOUT) ? CURL_WAIT_POLLOUT : 0);
		count = 2;
	}
	webhook_wait(fds, count, wait_ms < 0 ? 60000 : wait_ms);
	while (read(wake_pipe[0], drain, sizeof(drain)) > 0)
		;
	if (count == 2 && fds[1].revents != 0)
		session_process();
}

int
main(int argc, char **argv)
{
	int			seen_stops = 0;
	Timer		drain_timer = {0};

	read_config(argc, argv);
	srandom((unsigned int) (time(NULL) ^ getpid()));
	install_signals();
	webhook_init();
	session_open();

	while (!session_is_closed() && !is_out_of_time)
	{
		session_step();
		if (session_is_closed())
			break;
		wait_for_something();
		webhook_process();
		program_reap();
		timers_run();
		if (stops > 1)
			break;
		if (stops > seen_stops)
		{
			seen_stops = stops;
			log_message(LOG_INFO, "stopping, %d deliveries are under way", delivery_count());
			session_drain();
			timer_set(&drain_timer, config.drain_timeout * 1000, drain_timed_out, NULL);
		}
	}

	session_close();
	webhook_close();
	log_message(LOG_INFO, "stopped");
	return 0;
}
