/*-------------------------------------------------------------------------
 *
 * config.h
 *	  Settings of the server.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_CONFIG_H
#define API_CONFIG_H

#include <stdbool.h>

/* Ways in which a request can show who sends it; a set of bits. */
typedef enum AuthKind
{
	AUTH_NONE = 0,
	AUTH_PASSWORD = 1,			/* HTTP basic, checked by the database */
	AUTH_TOKEN = 2,				/* bearer tokens of mistral_api.tokens */
	AUTH_HEADERS = 4			/* identity headers set by a trusted proxy */
} AuthKind;

typedef struct Config
{
	char	   *listen;
	int			port;
	char	   *database;		/* libpq connection string */
	int			pool_size;
	int			queue_size;
	int			queue_timeout;	/* s, as are all times here */
	int			statement_timeout;
	char	   *auth;
	int			auth_kinds;		/* "auth", parsed */
	char	   *role;			/* requests without authentication run as it */
	char	   *trusted_proxies;
	bool		create_projects;
	bool		delete_action_executions;
	bool		trust_forwarded;
	bool		insecure_listen;
	char	   *tls_certificate;
	char	   *tls_key;
	int			action_timeout;
	int			max_connections;
	int			max_connections_per_address;
	int			max_requests_per_connection;
	int			max_waiting_actions;
	int			max_streams;
	int			max_body;		/* bytes */
	double		max_body_memory;	/* bytes, of all bodies together */
	int			max_header;		/* bytes */
	int			header_timeout;
	int			idle_timeout;
	int			request_timeout;
	int			response_timeout;
	int			stop_timeout;
	char	   *info_file;
	char	   *console_dir;	/* "": there is no console */
	char	   *base_path;		/* "" or "/prefix", under which clients see us */
	char	   *allowed_hosts;
	char	   *log_level;
	bool		access_log;
	bool		check;
} Config;

extern Config *config_read(int argc, char **argv);
extern bool config_lists_address(const char *list, const char *address);
extern bool config_is_loopback(const char *address);
extern bool config_is_prefix(const char *path);
extern bool config_console_is_given(void);

#endif							/* API_CONFIG_H */
