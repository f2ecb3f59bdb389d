/*-------------------------------------------------------------------------
 *
 * log.h
 *	  Messages on standard error.
 *
 * A line is the time, the level and the message.  Neither inputs nor results
 * of actions are ever logged: they may hold secrets.
 *
 *-------------------------------------------------------------------------
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>

typedef enum LogLevel
{
	LOG_DEBUG,
	LOG_INFO,
	LOG_WARNING,
	LOG_ERROR
} LogLevel;

/* Program's name, and from which level on messages are written. */
extern void log_start(const char *program, LogLevel level);

/* The level of that name; false: there is none. */
extern bool log_level_from_name(const char *name, LogLevel *level);

extern void log_message(LogLevel level, const char *format,...)
			__attribute__((format(printf, 2, 3)));

/* Write an error and end the process. */
extern void log_fatal(const char *format,...)
			__attribute__((format(printf, 1, 2), noreturn));

#endif							/* COMMON_LOG_H */
