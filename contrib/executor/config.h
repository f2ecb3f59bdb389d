/*-------------------------------------------------------------------------
 *
 * config.h
 *	  Settings of the executor.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_CONFIG_H
#define EXECUTOR_CONFIG_H

#include <stdbool.h>

#include "options.h"

typedef struct Config
{
	char	   *database;		/* libpq connection string */
	char	   *name;			/* of this executor; "": host and process */
	char	   *target;
	char	   *actions;		/* comma list; "": all it knows */
	int			max_actions;	/* at the same time */
	OptionMap	concurrency;	/* the same, by the name of the action */
	OptionMap	deadline;		/* seconds, by the name of the action */
	double		max_memory;		/* MB of responses and results */
	int			connections;	/* to the database */
	double		lease;			/* seconds, as are all times */
	double		poll_interval;
	bool		no_listen;
	double		drain_timeout;
	char	   *ca_file;		/* "": the system's */
	double		email_timeout;
	double		http_timeout;
	double		http_max_content;	/* bytes */
	char	   *http_idempotency_header;	/* "none": is not sent */
	char	   *allowed_hosts;
	char	   *denied_ranges;
	double		js_timeout;
	int			js_memory;		/* MB */
	int			js_processes;
	double		js_max_result;	/* bytes */
	double		ssh_timeout;
	double		ssh_connect_timeout;
	int			ssh_processes;
	double		ssh_max_output; /* bytes */
	char	   *ssh_known_hosts;	/* file; "": the user's and the system's */
	char	   *ssh_host_keys;
	char	   *ssh_key_directory;	/* "": .ssh of the user */
	bool		ssh_proxy_commands;
	char	   *callback_url;	/* what comes before /v2/action_executions/ID */
	char	   *log_level;
	char	   *log_format;
	double		status_interval;	/* 0: only when asked */
	bool		check;
} Config;

/* Does not change after config_read(). */
extern Config config;

extern double config_deadline(const char *action);
extern void config_read(int argc, char **argv,
						const OptionSet *(*section) (const char *kind, const char *name),
						void (*print_more) (void));

#endif							/* EXECUTOR_CONFIG_H */
