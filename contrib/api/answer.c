/*-------------------------------------------------------------------------
 *
 * answer.c
 *	  Answers that are faults, and what the database's errors become.
 *
 * Clients of Mistral know its answers by their form, so a fault has the
 * members of the framework that Mistral was written with.  A call that has
 * failed is answered at once; one that is tried again is run by answer_try().
 *
 *-------------------------------------------------------------------------
 */
#include "answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "log.h"
#include "memory.h"
#include "sqlstate.h"

/*
 * SQLSTATE classes and codes; the longest match counts.  What is not listed is
 * nobody's fault but ours, so 500.
 */
static const struct
{
	const char *sqlstate;
	int			status;
}			statuses[] = {
	{"MS", 400},				/* faults of the request, unless below */
	{"MS019", 500},				/* maintenance asked for in a wrong way */
	{"MS031", 403},				/* not allowed */
	{"MS032", 403},				/* as many as the project may have */
	{"MS041", 404},				/* not found */
	{"MS091", 409},				/* duplicate */
	{SQLSTATE_LEASE_LOST, 409},
	{SQLSTATE_CLAIM_LOST, 409},
	{"MS231", 423},				/* in maintenance */
	{"22", 400},				/* data that do not fit */
	{"54", 400},				/* data beyond a limit of the server */
	{"23502", 400},				/* a value that must be given */
	{"23505", 409},
	{"23514", 400},				/* a value that a constraint refuses */
	{SQLSTATE_FORBIDDEN, 403},
	{"28", 403},
	{"53", 503},				/* resources */
	{"57014", 503},				/* took longer than statement_timeout */
	{"55000", 503},				/* the database stands still after a restore */
	{"55P03", 503},				/* lock not available */
	{"40", 503},				/* concurrency, in spite of repetition */
	{"3F000", 503},				/* no such schema: the extension is away */
	{"42883", 503}				/* no such function: it is another version */
};

/* Makes the answer one of JSON; its body is up to the caller. */
void
answer_json(Request *request, int status)
{
	request->answer.status = status;
	request->answer.content_type = JSON_TYPE;
}

/* Adds a header to the answer, if there is a place left; the value is copied. */
void
answer_header(Request *request, const char *name, const char *value)
{
	Answer	   *answer = &request->answer;

	if (answer->nheaders == ANSWER_HEADERS)
		return;
	answer->headers[answer->nheaders].name = name;
	answer->headers[answer->nheaders++].value = mem_copy(value);
}

/* Makes the answer a fault whose text may be of any length; see answer_fault(). */
static void
answer_message(Request *request, int status, bool plain, const char *message)
{
	Answer	   *answer = &request->answer;

	buf_free(&answer->body);
	answer->from_db = false;
	answer->fixed = NULL;
	answer->status = status;
	answer->content_type = JSON_TYPE;
	buf_puts(&answer->body, plain ? "{" : status >= 500 ?
			 "{\"faultcode\": \"Server\", " : "{\"faultcode\": \"Client\", ");
	buf_puts(&answer->body, "\"faultstring\": ");
	json_write_text(&answer->body, message);
	buf_puts(&answer->body, plain ? "}" : ", \"debuginfo\": null}");
}

/*
 * Makes the answer a fault in place of what it was.  "plain" ones consist of their text only, as
 * clients expect from the routes that take definitions.
 */
void
answer_fault(Request *request, int status, bool plain, const char *format,...)
{
	char		text[2048];
	va_list		args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	answer_message(request, status, plain, text);
}

/* Makes the answer 503, with the time after which to try again. */
void
answer_retry(Request *request, int seconds, const char *reason)
{
	char		text[16];

	snprintf(text, sizeof(text), "%d", seconds);
	answer_fault(request, 503, false, "%s", reason);
	answer_header(request, "Retry-After", text);
}

static int
status_of(const char *sqlstate)
{
	size_t		best = 0;
	int			status = 500;
	size_t		i;

	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
	{
		size_t		len = strlen(statuses[i].sqlstate);

		if (len > best && strncmp(sqlstate, statuses[i].sqlstate, len) == 0)
		{
			best = len;
			status = statuses[i].status;
		}
	}
	return status;
}

/*
 * Makes the answer a fault from an error of the database.  What the database
 * says about rights names roles and tables, so the log gets it and the client
 * does not.
 */
static void
answer_db_error(Request *request, const DbAnswer *db, bool plain)
{
	int			status = status_of(db->sqlstate);
	const char *message = db->message;

	if (strcmp(db->sqlstate, SQLSTATE_FORBIDDEN) == 0)
	{
		log_message(LOG_WARNING, "request %s %s was refused: %s",
					request->method, request->path, db->message);
		message = "Operation forbidden (insufficient permissions)";
	}
	if (status >= 500)
		log_message(LOG_ERROR, "request %s %s failed: %s (SQLSTATE %s)",
					request->method, request->path, db->message, db->sqlstate);
	answer_message(request, status, plain, message);
	if (status == 503)
		answer_header(request, "Retry-After", "1");
	if (status == 423)
		answer_header(request, "Server-Error-Message", message);
}

/* Makes the answer tell why a call has failed. */
void
answer_failure(Request *request, const DbCall *call, const DbAnswer *db)
{
	switch (db->outcome)
	{
		case DB_OK:
			break;
		case DB_ERROR:
			answer_db_error(request, db, request->plain);
			break;
		case DB_BUSY:
			answer_retry(request, 1, "Too many requests are waiting for the database");
			break;
		case DB_AWAY:
			answer_retry(request, 1, "The database cannot be reached");
			break;
		case DB_LOST:
			answer_retry(request, 1, call->is_repeatable ?
						 "The connection to the database was lost before it answered" :
						 "The connection to the database was lost before it answered; "
						 "whether the request was carried out is not known");
			break;
	}
}

/*
 * Runs a call of the database and accounts its times to the request.  The
 * caller looks at the outcome, and frees "answer".
 */
void
answer_try(Request *request, const DbCall *call, DbAnswer *answer)
{
	pool_call(call, answer);
	request->wait_ms += answer->wait_ms;
	request->db_ms += answer->db_ms;
}

/*
 * Runs a call of the database.  Returns false when it failed: then the
 * request's answer says why.  The caller frees "answer" in any case.
 */
bool
answer_call(Request *request, const DbCall *call, DbAnswer *answer)
{
	answer_try(request, call, answer);
	if (answer->outcome == DB_OK)
		return true;
	answer_failure(request, call, answer);
	return false;
}
