/*-------------------------------------------------------------------------
 *
 * log.h
 *	  One JSON object a line on standard error.
 *
 * Neither headers, bodies nor query strings are ever logged: they may hold
 * secrets.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_LOG_H
#define API_LOG_H

#include <stdbool.h>
#include <stddef.h>

typedef enum LogLevel
{
	LOG_DEBUG,
	LOG_INFO,
	LOG_WARNING,
	LOG_ERROR
} LogLevel;

typedef struct AccessRecord
{
	const char *remote;
	const char *method;
	const char *path;			/* without the query string */
	const char *role;			/* NULL: none */
	const char *request_id;
	int			status;
	double		total_ms;		/* request received to answer ready */
	double		wait_ms;		/* of this: waiting for a connection */
	double		db_ms;			/* of this: in the database */
	size_t		bytes_in;
	size_t		bytes_out;
} AccessRecord;

extern void log_set_level(LogLevel level, bool access);
extern void log_message(LogLevel level, const char *fmt,...)
			__attribute__((format(printf, 2, 3)));
extern void log_access(const AccessRecord *record);

#endif							/* API_LOG_H */
