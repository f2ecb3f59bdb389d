/*-------------------------------------------------------------------------
 *
 * log.c
 *	  One JSON object a line on standard error.
 *
 * A line is written with a single call, so lines of several threads do not
 * mix.
 *
 *-------------------------------------------------------------------------
 */
#include "log.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "json.h"

static LogLevel log_level = LOG_INFO;
static bool log_requests = true;

static const char *const level_names[] = {"debug", "info", "warning", "error"};

/* Choose what is logged; called before threads are started. */
void
log_set_level(LogLevel level, bool access)
{
	log_level = level;
	log_requests = access;
}

static void
line_begin(Buf *line, LogLevel level)
{
	struct timespec now;
	struct tm	parts;
	char		text[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
	buf_printf(line, "{\"time\": \"%s.%03ldZ\", \"level\": \"%s\"",
			   text, now.tv_nsec / 1000000, level_names[level]);
}

static void
line_end(Buf *line)
{
	buf_puts(line, "}\n");
	if (write(STDERR_FILENO, line->data, line->len) < 0)
		clearerr(stderr);		/* nobody is left to tell */
	buf_free(line);
}

/* Log a message. */
void
log_message(LogLevel level, const char *fmt,...)
{
	Buf			line = {0};
	char		text[1024];
	va_list		args;

	if (level < log_level)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	line_begin(&line, level);
	buf_puts(&line, ", \"message\": ");
	json_string(&line, text);
	line_end(&line);
}

/* Log an answered request. */
void
log_access(const AccessRecord *record)
{
	Buf			line = {0};

	if (!log_requests)
		return;
	line_begin(&line, LOG_INFO);
	buf_puts(&line, ", \"remote\": ");
	json_string(&line, record->remote);
	buf_puts(&line, ", \"method\": ");
	json_string(&line, record->method);
	buf_puts(&line, ", \"path\": ");
	json_string(&line, record->path);
	buf_puts(&line, ", \"role\": ");
	json_string(&line, record->role);
	buf_puts(&line, ", \"request_id\": ");
	json_string(&line, record->request_id);
	buf_printf(&line, ", \"status\": %d, \"ms\": %.3f, \"wait_ms\": %.3f"
			   ", \"db_ms\": %.3f, \"bytes_in\": %zu, \"bytes_out\": %zu",
			   record->status, record->total_ms, record->wait_ms,
			   record->db_ms, record->bytes_in, record->bytes_out);
	line_end(&line);
}
