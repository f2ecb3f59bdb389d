/*-------------------------------------------------------------------------
 *
 * results.c
 *	  Results of actions, until the database has taken them.
 *
 *		waiting -- pick --> in flight -- taken --> gone
 *		   ^                    |
 *		   +---- take back -----+  (the call failed, or nobody knows)
 *
 * Results collect while a call is under way and go with the next one, so the
 * busier the executor the larger its batches.  Their order is kept.
 *
 * One result that the database refuses would take its whole batch down again
 * and again.  A refused batch is therefore sent singly, and the result that
 * is refused then gives way to the report of a failure; if that is refused,
 * too, it is given up, and the action ends when its lease runs out.
 *
 *-------------------------------------------------------------------------
 */
#include "results.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "log.h"

/* The limits of a batch. */
#define MAX_BATCH			1000
#define MAX_BATCH_BYTES		(8 * 1024 * 1024)

typedef struct Result
{
	struct Result *next;
	char	   *action_id;
	Buf			json;
	bool		is_replacement;
} Result;

typedef struct ResultList
{
	Result	   *first;
	Result	   *last;
	int			count;
} ResultList;

static ResultList waiting;
static ResultList in_flight;
static int	singly;				/* this many are to be sent one by one */

static void
append(ResultList *list, Result *result)
{
	result->next = NULL;
	if (list->last != NULL)
		list->last->next = result;
	else
		list->first = result;
	list->last = result;
	list->count++;
}

/* Takes the first result off the list. */
static Result *
take_first(ResultList *list)
{
	Result	   *result = list->first;

	list->first = result->next;
	if (list->first == NULL)
		list->last = NULL;
	list->count--;
	return result;
}

static void
free_result(Result *result)
{
	buf_free(&result->json);
	free(result->action_id);
	free(result);
}

static void
free_list(ResultList *list)
{
	while (list->first != NULL)
		free_result(take_first(list));
}

/* Takes over the result of an action, an object of JSON text, to be reported. */
void
results_add(const char *action_id, Buf *json)
{
	Result	   *result = mem_alloc(sizeof(Result));

	result->action_id = mem_copy(action_id);
	result->json = *json;
	append(&waiting, result);
}

/* Tells whether there are results to report. */
bool
results_are_waiting(void)
{
	return waiting.first != NULL;
}

static bool
has_result(const ResultList *list, const char *action_id)
{
	for (const Result *result = list->first; result != NULL; result = result->next)
	{
		if (strcmp(result->action_id, action_id) == 0)
			return true;
	}
	return false;
}

/* Tells whether a result of the action waits or is in flight. */
bool
results_have(const char *action_id)
{
	return has_result(&waiting, action_id) || has_result(&in_flight, action_id);
}

/* Appends the ids of the actions whose results wait, as an array of SQL. */
void
results_write_ids(Buf *array)
{
	buf_putc(array, '{');
	for (Result *result = waiting.first; result != NULL; result = result->next)
		buf_printf(array, "%s%s", result == waiting.first ? "" : ",", result->action_id);
	buf_putc(array, '}');
}

/* Forgets all results: the lease under which the actions ran is lost. */
void
results_forget(void)
{
	free_list(&in_flight);
	free_list(&waiting);
	singly = 0;
}

/* Tells whether the next batch is a single result because of a refusal. */
bool
results_go_singly(void)
{
	return singly > 0;
}

/* Moves the results for one call into flight and appends them as an array. */
void
results_pick(Buf *array)
{
	int			max = singly > 0 ? 1 : MAX_BATCH;

	buf_putc(array, '[');
	while (waiting.first != NULL && in_flight.count < max &&
		   (in_flight.count == 0 || array->len + waiting.first->json.len < MAX_BATCH_BYTES))
	{
		Result	   *result = take_first(&waiting);

		buf_puts(array, in_flight.count > 0 ? ", " : "");
		buf_add(array, result->json.data, result->json.len);
		append(&in_flight, result);
	}
	buf_putc(array, ']');
	if (singly > 0)
		singly--;
}

/* Tells whether results were sent and no answer has come. */
bool
results_are_in_flight(void)
{
	return in_flight.first != NULL;
}

/* The database has answered: it has what was in flight. */
void
results_taken(void)
{
	free_list(&in_flight);
}

/* Puts what is in flight before what waits: it was not taken, or may not be. */
void
results_take_back(void)
{
	ResultList	later = waiting;

	waiting = in_flight;
	in_flight = (ResultList)
	{
		0
	};
	while (later.first != NULL)
		append(&waiting, take_first(&later));
}

/* Turns a result into the report of a failure to store it. */
static void
replace(Result *result, const char *message)
{
	Buf			text = {0};

	buf_printf(&text, "The result of the action could not be stored: %s", message);
	buf_clear(&result->json);
	buf_printf(&result->json, "{\"id\": \"%s\", \"state\": \"ERROR\", \"error\": ",
			   result->action_id);
	json_write_string(&result->json, text.data, text.len);
	buf_putc(&result->json, '}');
	buf_free(&text);
	result->is_replacement = true;
}

/*
 * The database has refused what was in flight, for a reason that will not go
 * away: finds out which result it is, and makes do without that one.
 */
void
results_refused(const char *message)
{
	Result	   *result = in_flight.first;

	if (in_flight.count > 1)
		singly = in_flight.count;
	else if (result->is_replacement)
	{
		log_message(LOG_ERROR, "could not report a result of action %s: %s",
					result->action_id, message);
		free_list(&in_flight);
	}
	else
	{
		log_message(LOG_WARNING, "result of action %s was not accepted: %s",
					result->action_id, message);
		replace(result, message);
		singly++;
	}
	results_take_back();
}
