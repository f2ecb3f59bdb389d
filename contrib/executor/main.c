/*-------------------------------------------------------------------------
 *
 * main.c
 *	  mistral-executor: runs actions that the database hands out.
 *
 * One thread waits for HTTP requests, the database and timers together.  On
 * SIGTERM or SIGINT it claims nothing more, ends what it has begun, reports
 * it and signs off; a second signal, or the limit of time, ends it at once,
 * and the database sees to the rest.
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

#include "action.h"
#include "config.h"
#include "egress.h"
#include "http.h"
#include "log.h"
#include "options.h"
#include "session.h"

#define PROGRAM			"mistral-executor"

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
	.program = PROGRAM, .env_prefix = "MISTRAL_EXECUTOR", .about = "runs the actions of workflows",
	.options = options, .count = sizeof(options) / sizeof(options[0])
};

static volatile sig_atomic_t stops = 0;
static int	wake_pipe[2];
static bool is_out_of_time = false;

static void
handle_stop(int signal_number)
{
	ssize_t		written;

	(void) signal_number;
	stops++;
	written = write(wake_pipe[1], "", 1);
	(void) written;
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
	signal(SIGPIPE, SIG_IGN);
}

static void
read_config(int argc, char **argv)
{
	static char name[256];
	LogLevel	level = LOG_INFO;

	log_start(PROGRAM, LOG_INFO, LOG_TEXT);
	options_read(&option_set, argc, argv);
	if (!log_level_from_name(config.log_level, &level))
		options_fail("unknown log level \"%s\"", config.log_level);
	log_start(PROGRAM, level, LOG_TEXT);

	if (config.name[0] == '\0')
	{
		char		host[128] = "";

		gethostname(host, sizeof(host) - 1);
		snprintf(name, sizeof(name), "%s:%d", host, (int) getpid());
		config.name = name;
	}
	egress_start(config.http_allowed_hosts, config.http_denied_ranges);
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
	http_wait(fds, count, wait_ms < 0 ? 60000 : wait_ms);
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
	http_init();
	session_open();

	while (!session_is_closed() && !is_out_of_time)
	{
		session_step();
		if (session_is_closed())
			break;
		wait_for_something();
		http_process();
		timers_run();
		if (stops > 1)
			break;
		if (stops > seen_stops)
		{
			seen_stops = stops;
			log_message(LOG_INFO, "stopping, %d actions are running", action_count());
			session_drain();
			timer_set(&drain_timer, config.drain_timeout * 1000, drain_timed_out, NULL);
		}
	}

	action_abandon_all();
	session_close();
	http_close();
	log_message(LOG_INFO, "stopped");
	return 0;
}
