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

typedef struct Config
{
	char	   *database;		/* libpq connection string */
	char	   *name;			/* of this executor; "": host and process */
	char	   *target;
	char	   *actions;		/* comma list; "": all it knows */
	int			max_actions;	/* at the same time */
	double		lease;			/* seconds, as are all times */
	double		poll_interval;
	bool		no_listen;
	double		drain_timeout;
	double		http_timeout;
	double		http_max_content;	/* bytes */
	char	   *http_allowed_hosts;
	char	   *http_denied_ranges;
	char	   *callback_url;	/* what comes before /v2/action_executions/ID */
	char	   *log_level;
} Config;

/* Does not change after config_read(). */
extern Config config;

extern void config_read(int argc, char **argv);

#endif							/* EXECUTOR_CONFIG_H */
