/*-------------------------------------------------------------------------
 *
 * answer.h
 *	  Answers that are faults, and what the database's errors become.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_ANSWER_H
#define API_ANSWER_H

#include "request.h"

extern void answer_json(Request *request, int status);
extern void answer_header(Request *request, const char *name, const char *value);
extern void answer_fault(Request *request, int status, bool plain,
						 const char *format,...)
			__attribute__((format(printf, 4, 5)));
extern void answer_retry(Request *request, int seconds, const char *reason);
extern void answer_failure(Request *request, const DbCall *call, const DbAnswer *db);
extern void answer_try(Request *request, const DbCall *call, DbAnswer *answer);
extern bool answer_call(Request *request, const DbCall *call, DbAnswer *answer);

#endif							/* API_ANSWER_H */
