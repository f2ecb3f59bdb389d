/*-------------------------------------------------------------------------
 *
 * log.c
 *	  Messages on standard error.
 *
 * A message is one line, written by one call of the system, so that lines of
 * several threads do not mix.  Secrets never get here: neither inputs and
 * results of actions, nor headers, bodies and query strings of requests.
 *
 *-------------------------------------------------------------------------
 */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "json.h"

#define MAX_MESSAGE		2048	/* bytes, with the NUL; what is longer is cut */

static const char *const names[] = {"debug", "info", "warning", "error"};
static const char *program_name = "mistral";
static LogLevel min_level = LOG_INFO;
static LogFormat line_format = LOG_TEXT;

/*
 * Chooses the program's name, the level from which on messages are written,
 * and their form.  "program" is kept.  Call it before threads are started.
 */
void
log_start(const char *program, LogLevel level, LogFormat format)
{
	program_name = program;
	min_level = level;
	line_format = format;
}

/* Finds the level of that name; false when there is none. */
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

/* Finds the format of that name; false when there is none. */
bool
log_format_from_name(const char *name, LogFormat *format)
{
	*format = strcmp(name, "json") == 0 ? LOG_JSON : LOG_TEXT;
	return *format == LOG_JSON || strcmp(name, "text") == 0;
}

/* Appends the time in UTC, with one character between date and time. */
static void
write_time(Buf *line, char separator)
{
	struct timespec now;
	struct tm	utc;
	char		date[16];
	char		time_of_day[16];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(date, sizeof(date), "%Y-%m-%d", &utc);
	strftime(time_of_day, sizeof(time_of_day), "%H:%M:%S", &utc);
	buf_printf(line, "%s%c%s.%03ld", date, separator, time_of_day, now.tv_nsec / 1000000);
}

/* Ends the line, writes it and frees it. */
static void
write_line(Buf *line)
{
	buf_putc(line, '\n');
	if (write(STDERR_FILENO, line->data, line->len) < 0)
		clearerr(stderr);		/* nobody is left to tell */
	buf_free(line);
}

/*
 * Writes a line of JSON with time, level and the members given, which are
 * text like '"a": 1, "b": 2'.  Levels that are not logged are the caller's
 * affair: this is for records that have a setting of their own.
 */
void
log_members(LogLevel level, const Buf *members)
{
	Buf			line = {0};

	buf_puts(&line, "{\"time\": \"");
	write_time(&line, 'T');
	buf_printf(&line, "Z\", \"level\": \"%s\", ", names[level]);
	buf_add(&line, members->data, members->len);
	buf_putc(&line, '}');
	write_line(&line);
}

/* Writes a line of text; line ends and tabs in the message become spaces. */
static void
write_text(LogLevel level, char *text)
{
	Buf			line = {0};

	for (char *c = text; *c != '\0'; c++)
	{
		if (*c == '\t')
			*c = ' ';
		else if (*c == '\n')
			*c = c[1] == '\0' ? '\0' : ' ';
	}
	write_time(&line, ' ');
	buf_printf(&line, " UTC [%d] %s %s: %s", (int) getpid(), program_name,
			   names[level], text);
	write_line(&line);
}

static void
write_message(LogLevel level, const char *format, va_list args)
{
	char		text[MAX_MESSAGE];
	Buf			members = {0};

	vsnprintf(text, sizeof(text), format, args);
	if (line_format == LOG_TEXT)
	{
		write_text(level, text);
		return;
	}
	buf_puts(&members, "\"message\": ");
	json_write_text(&members, text);
	log_members(level, &members);
	buf_free(&members);
}

/* Writes a message, unless its level is below the one chosen. */
void
log_message(LogLevel level, const char *format,...)
{
	va_list		args;

	if (level < min_level)
		return;
	va_start(args, format);
	write_message(level, format, args);
	va_end(args);
}

/* ---- records ---- */

/*
 * Begins a record of what has happened.  Returns false, and there is nothing to
 * add and to end, when its level is below the one chosen.
 */
bool
log_begin_record(LogRecord *record, LogLevel level, const char *what)
{
	if (level < min_level)
		return false;
	*record = (LogRecord)
	{
		.level = level
	};
	if (line_format == LOG_JSON)
	{
		buf_puts(&record->line, "\"message\": ");
		json_write_text(&record->line, what);
	}
	else
		buf_puts(&record->line, what);
	return true;
}

/* Begins a member of a record. */
static void
begin_member(LogRecord *record, const char *name)
{
	if (line_format == LOG_JSON)
		buf_printf(&record->line, ", \"%s\": ", name);
	else
		buf_printf(&record->line, " %s=", name);
}

/* Adds a text, unless it is empty; as text it is quoted where blanks are in it. */
void
log_add_text(LogRecord *record, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	begin_member(record, name);
	if (line_format == LOG_JSON || strpbrk(value, " \t\r\n\"=\\") != NULL)
		json_write_text(&record->line, value);
	else
		buf_puts(&record->line, value);
}

/* Adds a number. */
void
log_add_number(LogRecord *record, const char *name, double value)
{
	begin_member(record, name);
	buf_printf(&record->line, "%.12g", value < 1e6 ? (double) (long) (value * 1000 + 0.5) / 1000 : value);
}

/* Writes the record. */
void
log_end_record(LogRecord *record)
{
	if (line_format == LOG_JSON)
		log_members(record->level, &record->line);
	else
		write_text(record->level, record->line.data);
	buf_free(&record->line);
}

/* Writes an error and ends the process with code 1. */
void
log_fatal(const char *format,...)
{
	va_list		args;

	va_start(args, format);
	write_message(LOG_ERROR, format, args);
	va_end(args);
	exit(1);
}
