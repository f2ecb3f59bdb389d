/*-------------------------------------------------------------------------
 *
 * access_log.h
 *	  The log's record of an answered request.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_ACCESS_LOG_H
#define API_ACCESS_LOG_H

#include <stdbool.h>
#include <stddef.h>

typedef struct AccessRecord
{
	const char *remote;
	const char *method;
	const char *path;			/* without the query string */
	const char *role;			/* NULL: none */
	const char *request_id;
	int			status;
	double		total_ms;		/* request received to answer ready */
	double		wait_ms;		/* part of total_ms: waiting for a connection */
	double		db_ms;			/* part of total_ms: in the database */
	size_t		bytes_in;
	size_t		bytes_out;
} AccessRecord;

extern void access_log_init(bool is_wanted);
extern void access_log(const AccessRecord *record);

#endif							/* API_ACCESS_LOG_H */
