/*-------------------------------------------------------------------------
 *
 * log.h
 *	  Messages on standard error.
 *
 *-------------------------------------------------------------------------
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>

#include "memory.h"

typedef enum LogLevel
{
	LOG_DEBUG,
	LOG_INFO,
	LOG_WARNING,
	LOG_ERROR
} LogLevel;

typedef enum LogFormat
{
	LOG_TEXT,					/* time, process, program, level, message */
	LOG_JSON					/* an object a line */
} LogFormat;

extern void log_start(const char *program, LogLevel level, LogFormat format);
extern bool log_level_from_name(const char *name, LogLevel *level);
extern void log_message(LogLevel level, const char *format,...)
			__attribute__((format(printf, 2, 3)));
extern void log_members(LogLevel level, const Buf *members);

/* A line of names and values, in either format. */
typedef struct LogRecord
{
	LogLevel	level;
	Buf			line;
} LogRecord;

extern bool log_begin_record(LogRecord *record, LogLevel level, const char *what);
extern void log_add_text(LogRecord *record, const char *name, const char *value);
extern void log_add_number(LogRecord *record, const char *name, double value);
extern void log_end_record(LogRecord *record);
extern bool log_format_from_name(const char *name, LogFormat *format);

extern void log_fatal(const char *format,...)
			__attribute__((format(printf, 1, 2), noreturn));

#endif							/* COMMON_LOG_H */
