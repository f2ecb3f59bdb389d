/*-------------------------------------------------------------------------
 *
 * config.h
 *	  Settings of the notifier.
 *
 *-------------------------------------------------------------------------
 */
#ifndef NOTIFIER_CONFIG_H
#define NOTIFIER_CONFIG_H

#include <stdbool.h>

typedef struct Config
{
	char	   *database;		/* libpq connection string */
	int			max_deliveries; /* at the same time */
	int			max_per_endpoint;
	double		lease;			/* seconds, as are all times */
	double		poll_interval;
	bool		no_listen;
	double		drain_timeout;
	double		connect_timeout;
	double		timeout;		/* of a delivery */
	char	   *allowed_hosts;
	char	   *denied_ranges;
	char	   *files;			/* name=path,... */
	double		file_max_size;	/* bytes */
	int			file_keep;		/* rotated files */
	char	   *programs;		/* name=path,... */
	char	   *log_level;
	bool		check;
} Config;

/* Does not change after config_read(). */
extern Config config;

extern void config_read(int argc, char **argv);
extern char *config_path(const char *list, const char *name);

#endif							/* NOTIFIER_CONFIG_H */
