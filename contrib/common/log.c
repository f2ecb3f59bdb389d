/*-------------------------------------------------------------------------
 *
 * log.c
 *	  Messages on standard error.
 *
 *-------------------------------------------------------------------------
 */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const char *const names[] = {"debug", "info", "warning", "error"};
static const char *program_name = "mistral";
static LogLevel min_level = LOG_INFO;

void
log_start(const char *program, LogLevel level)
{
	program_name = program;
	min_level = level;
}

bool
log_level_from_name(const char *name, LogLevel *level)
{
	for (int i = 0; i < (int) (sizeof(names) / sizeof(names[0])); i++)
	{
		if (strcmp(names[i], name) == 0)
		{
			*level = (LogLevel) i;
			return true;
		}
	}
	return false;
}

static void
write_line(LogLevel level, const char *format, va_list args)
{
	char		text[2048];
	char		date[32];
	struct timeval now;
	struct tm	utc;

	gettimeofday(&now, NULL);
	gmtime_r(&now.tv_sec, &utc);
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &utc);
	vsnprintf(text, sizeof(text), format, args);
	for (char *c = text; *c != '\0'; c++)
	{
		if (*c == '\t')
			*c = ' ';
		else if (*c == '\n')
			*c = c[1] == '\0' ? '\0' : ' ';
	}
	fprintf(stderr, "%s.%03d UTC [%d] %s %s: %s\n", date,
			(int) (now.tv_usec / 1000), (int) getpid(), program_name,
			names[level], text);
}

void
log_message(LogLevel level, const char *format,...)
{
	va_list		args;

	if (level < min_level)
		return;
	va_start(args, format);
	write_line(level, format, args);
	va_end(args);
}

void
log_fatal(const char *format,...)
{
	va_list		args;

	va_start(args, format);
	write_line(LOG_ERROR, format, args);
	va_end(args);
	exit(1);
}
