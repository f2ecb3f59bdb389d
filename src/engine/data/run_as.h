/*-------------------------------------------------------------------------
 *
 * run_as.h
 *	  Running what users have written with the rights of a project.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_DATA_RUN_AS_H
#define MISTRAL_ENGINE_DATA_RUN_AS_H

/* Whose rights count, and what bounds it. */
typedef struct RunAs
{
	const char *role_name;
	const char *what;			/* "query": as messages say it */
	const char *limit_setting;	/* the setting that has the limit */
	int			limit_ms;
	bool		is_read_only;	/* it may not write */
	bool		is_immediate;	/* deferred constraints are checked with it */
} RunAs;

extern ErrorData *mst_run_as(const RunAs *run, void (*body) (void *arg), void *arg);

#endif							/* MISTRAL_ENGINE_DATA_RUN_AS_H */
