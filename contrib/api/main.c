/*-------------------------------------------------------------------------
 *
 * main.c
 *	  Start and stop of the REST API server.
 *
 * All threads but this one have the signals blocked; this one waits for them
 * and does nothing else.
 *
 *-------------------------------------------------------------------------
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "access_log.h"
#include "auth.h"
#include "await.h"
#include "config.h"
#include "console.h"
#include "live.h"
#include "log.h"
#include "origin.h"
#include "pages.h"
#include "pool.h"
#include "preflight.h"
#include "routes.h"
#include "server.h"
#include "service.h"

/* For tests and documents: the table of routes as text. */
static int
print_routes(void)
{
	Buf			text = {0};

	routes_print(&text);
	fputs(text.data, stdout);
	buf_free(&text);
	return 0;
}

/* Logs where the server listens, and what of its settings is dangerous. */
static void
tell_start(const Config *config)
{
	log_message(LOG_INFO, "serving %s on %s, port %d",
				*config->tls_key != '\0' ? "https" : "http", config->listen, config->port);
	if (config->auth_kinds == AUTH_NONE)
		log_message(LOG_WARNING, "NO AUTHENTICATION: everybody who reaches %s, port %d, "
					"has all rights of the database role used; see the setting \"auth\"",
					config->listen, config->port);
	else if (*config->tls_key == '\0' && !config_is_loopback(config->listen))
		log_message(LOG_WARNING, "without TLS: credentials can be read on the network");
}

int
main(int argc, char **argv)
{
	Config	   *config;
	sigset_t	signals;
	int			number;

	if (argc == 2 && strcmp(argv[1], "--routes") == 0)
		return print_routes();
	config = config_read(argc, argv);
	if (config->check)
		return preflight(config);
	access_log_init(config->access_log);

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);

	auth_init(config);
	await_init(config);
	console_init(config);
	live_init(config);
	origin_init(config);
	pages_init(config);
	service_init(config);
	pool_init(config);
	if (!server_start(config))
		return 1;
	config->port = server_port();
	tell_start(config);

	sigwait(&signals, &number);
	log_message(LOG_INFO, "stopping");
	server_stop();
	pool_close();
	log_message(LOG_INFO, "stopped");
	return 0;
}
