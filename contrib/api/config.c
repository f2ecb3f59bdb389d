/*-------------------------------------------------------------------------
 *
 * config.c
 *	  Settings of the server.
 *
 * They are read once, before threads are started, and do not change then;
 * every file that needs some is handed a pointer to them by its _init().  What
 * the database must know of them goes with its settings (conn.c).
 *
 *-------------------------------------------------------------------------
 */
#include "config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "memory.h"
#include "options.h"

/* where "make install" puts the console; the Makefile says it */
#ifndef CONSOLE_DIR
#define CONSOLE_DIR		""
#endif

/* the defaults */
static Config config = {
	.listen = "127.0.0.1",
	.port = 8989,
	.database = "",
	.pool_size = 8,
	.queue_size = 1000,
	.queue_timeout = 10,
	.statement_timeout = 60,
	.auth = "none",
	.role = "",
	.trusted_proxies = "127.0.0.1,::1",
	.tls_certificate = "",
	.tls_key = "",
	.action_timeout = 60,
	.max_connections = 500,
	.max_requests_per_connection = 10000,
	.max_waiting_actions = 100,
	.max_streams = 100,
	.max_body = 16 * 1024 * 1024,
	.max_body_memory = 256 * 1024 * 1024,
	.max_header = 32768,
	.header_timeout = 10,
	.idle_timeout = 60,
	.request_timeout = 30,
	.response_timeout = 300,
	.stop_timeout = 30,
	.info_file = "",
	.console_dir = CONSOLE_DIR,
	.base_path = "",
	.allowed_hosts = "",
	.log_level = "info",
	.access_log = true,
};

#define TEXT(name, field, help) \
	{name, 0, OPTION_TEXT, &config.field, 0, 0, help}
#define INT(name, field, min, max, help) \
	{name, 0, OPTION_INT, &config.field, min, max, help}
#define NUMBER(name, field, min, max, help) \
	{name, 0, OPTION_NUMBER, &config.field, min, max, help}
#define FLAG(name, field, help) \
	{name, 0, OPTION_FLAG, &config.field, 0, 0, help}

/* sorted by name */
static const Option options[] = {
	FLAG("access-log", access_log, "log every request"),
	INT("action-timeout", action_timeout, 1, 86400, "seconds a request waits for the result of an action"),
	TEXT("allowed-hosts", allowed_hosts, "with auth=none on a loopback address: further names in Host that are served, comma-separated"),
	TEXT("auth", auth, "none, or of password, token, headers: comma-separated"),
	TEXT("base-path", base_path, "path under which a proxy in front offers all of this, as /mistral"),
	FLAG("check", check, "see whether all is well and exit; nothing is changed"),
	TEXT("console-dir", console_dir, "files of the web console, served at /ui/; off: none"),
	FLAG("create-projects", create_projects, "with auth=headers: create the role of an unknown project"),
	{"database", 0, OPTION_CONNINFO, &config.database, 0, 0, "connection string of the database (libpq)"},
	FLAG("delete-action-executions", delete_action_executions, "allow DELETE of action executions"),
	INT("header-timeout", header_timeout, 1, 3600, "of request-timeout: seconds until line and headers are there"),
	INT("idle-timeout", idle_timeout, 1, 86400, "seconds a connection may wait for its next request"),
	TEXT("info-file", info_file, "JSON file that GET /info answers; empty: off"),
	FLAG("insecure-listen", insecure_listen, "allow auth=none on other addresses than loopback"),
	TEXT("listen", listen, "address to listen on; * for all"),
	TEXT("log-level", log_level, "debug, info, warning or error"),
	INT("max-body", max_body, 1024, 1 << 30, "bytes of a request's body"),
	NUMBER("max-body-memory", max_body_memory, 1024, 1e15, "bytes that the bodies of all requests take up in memory"),
	INT("max-connections", max_connections, 1, 100000, "connections of clients"),
	INT("max-connections-per-address", max_connections_per_address, 0, 100000, "connections from one address; 0: nine tenths of all"),
	INT("max-header", max_header, 4096, 1 << 24, "bytes of a request's line and headers"),
	INT("max-requests-per-connection", max_requests_per_connection, 1, INT_MAX, "requests until a connection is closed"),
	INT("max-streams", max_streams, 1, 100000, "requests that watch for changes; at most half of max-connections"),
	INT("max-waiting-actions", max_waiting_actions, 1, 100000, "requests that wait for the result of an action; at most half of max-connections"),
	INT("pool-size", pool_size, 1, 1000, "connections to the database"),
	INT("port", port, 0, 65535, "port to listen on; 0: any free one"),
	INT("queue-size", queue_size, 0, 1000000, "requests that wait for a database connection"),
	INT("queue-timeout", queue_timeout, 1, 3600, "seconds a request waits for one"),
	INT("request-timeout", request_timeout, 1, 3600, "seconds a client may take to send a request"),
	INT("response-timeout", response_timeout, 1, 86400, "seconds a client may take to read the answer"),
	TEXT("role", role, "with auth=none: the role requests run as; empty: the connection's own"),
	INT("statement-timeout", statement_timeout, 1, 86400, "seconds the database may work on a request"),
	INT("stop-timeout", stop_timeout, 0, 3600, "seconds requests may go on when the server stops"),
	TEXT("tls-certificate", tls_certificate, "PEM file with the certificate chain"),
	TEXT("tls-key", tls_key, "PEM file with the private key"),
	FLAG("trust-forwarded", trust_forwarded, "believe X-Forwarded-Proto, X-Forwarded-Host and X-Forwarded-Prefix"),
	TEXT("trusted-proxies", trusted_proxies, "addresses whose identity headers are believed"),
};

static const OptionSet option_set = {
	.program = "mistral-api", .env_prefix = "MISTRAL_API",
	.about = "serves the Mistral v2 REST API of a database that has the extension \"mistral\"\n"
	"(and prints the routes it serves, with --routes alone)",
	.options = options, .count = sizeof(options) / sizeof(options[0]),
	.log_level = &config.log_level, .log_format = LOG_JSON
};

/* Adds the kind of authentication that a word of the setting names. */
static void
add_auth_kind(const char *word, size_t len)
{
	static const struct
	{
		const char *name;
		int			kind;
	}			kinds[] = {
		{"none", AUTH_NONE}, {"password", AUTH_PASSWORD},
		{"token", AUTH_TOKEN}, {"headers", AUTH_HEADERS}
	};

	for (int i = 0; i < 4; i++)
	{
		if (strlen(kinds[i].name) == len && strncasecmp(word, kinds[i].name, len) == 0)
		{
			config.auth_kinds |= kinds[i].kind;
			return;
		}
	}
	options_fail("option \"auth\" does not know \"%.*s\"", (int) len, word);
}

/* Reads the list of kinds of authentication. */
static void
parse_auth(void)
{
	const char *at = config.auth;

	for (;;)
	{
		const char *end = at + strcspn(at, ",");
		size_t		len;

		at += strspn(at, " \t");
		len = at < end ? (size_t) (end - at) : 0;
		while (len > 0 && strchr(" \t", at[len - 1]) != NULL)
			len--;
		add_auth_kind(at, len);
		if (*end == '\0')
			break;
		at = end + 1;
	}
}

/* Brings the path into the form of a prefix: it begins with a slash, and ends without one. */
static void
parse_base_path(void)
{
	size_t		len = strlen(config.base_path);

	while (len > 0 && config.base_path[len - 1] == '/')
		len--;
	config.base_path = mem_copy_n(config.base_path, len);
	if (!config_is_prefix(config.base_path))
		options_fail("option \"base-path\" is no path such as /mistral: \"%s\"", config.base_path);
}

/* Refuses settings that do not go together. */
static void
check_config(void)
{
	parse_auth();
	parse_base_path();
	if (strcmp(config.console_dir, "off") == 0)
		config.console_dir = "";
	if ((*config.tls_certificate == '\0') != (*config.tls_key == '\0'))
		options_fail("options \"tls-certificate\" and \"tls-key\" go together");
	if (config.auth_kinds == AUTH_NONE && !config.insecure_listen &&
		!config_is_loopback(config.listen))
		options_fail("without authentication the server listens on a loopback address only: "
					 "choose a method with the option \"auth\", or set \"insecure-listen\" to on");
}

/*
 * Reads the settings from all sources.  Ends the process when they are not
 * right, and for --help and --version.
 */
Config *
config_read(int argc, char **argv)
{
	options_read(&option_set, argc, argv);
	check_config();
	return &config;
}

/* Tells whether an address is in a comma-separated list. */
bool
config_lists_address(const char *list, const char *address)
{
	size_t		len = strlen(address);
	const char *at = list;

	while (*at != '\0')
	{
		size_t		item = strcspn(at, ", ");

		if (item == len && strncmp(at, address, len) == 0)
			return true;
		at += item;
		at += strspn(at, ", ");
	}
	return false;
}

/* Tells whether a path can stand before all others: "", or segments of plain characters. */
bool
config_is_prefix(const char *path)
{
	if (*path == '\0')
		return true;
	return *path == '/' && strlen(path) < 200 && strstr(path, "//") == NULL && strstr(path, "/.") == NULL &&
		path[strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/")] == '\0' &&
		path[strlen(path) - 1] != '/';
}

/* Tells whether the console's directory was named by somebody. */
bool
config_console_is_given(void)
{
	return strcmp(config.console_dir, CONSOLE_DIR) != 0;
}

/* Tells whether only this machine can reach the address. */
bool
config_is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 ||
		strcmp(address, "localhost") == 0;
}
