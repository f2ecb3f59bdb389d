/*-------------------------------------------------------------------------
 *
 * results.c
 *	  Results of actions, until the database has taken them.
 *
 *		waiting -- pick --> in flight -- taken --> gone
 *		   ^                    |
 *		   +---- take back -----+  (the call failed, or nobody knows)
 *
 * Results collect while calls are under way and go with the next one, so the
 * busier the executor the larger its batches.  Each connection has a batch of its
 * own in flight.
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

struct Result
{
	Result	   *next;
	char	   *action_id;
	Buf			json;
	bool		is_replacement;
};

static ResultList waiting;

/* that are in flight */
static ResultBatch *batches = NULL;
static int	singly;				/* this many are to be sent one by one */
static size_t bytes;			/* of all that waits and is in flight */

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
	bytes -= result->json.size;
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
	bytes += result->json.size;
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
	if (has_result(&waiting, action_id))
		return true;
	for (const ResultBatch *batch = batches; batch != NULL; batch = batch->next)
	{
		if (has_result(&batch->results, action_id))
			return true;
	}
	return false;
}

/* Returns how many results wait, without those in flight. */
int
results_waiting_count(void)
{
	return waiting.count;
}

/* Returns the bytes of memory that results take up until they are taken. */
size_t
results_bytes(void)
{
	return bytes;
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

/*
 * Forgets all results: the lease under which the actions ran is lost.  Batches
 * in flight are empty from now on; what the database answers to them is no matter.
 */
void
results_forget(void)
{
	for (ResultBatch *batch = batches; batch != NULL; batch = batch->next)
		free_list(&batch->results);
	free_list(&waiting);
	singly = 0;
}

/* Tells whether the next batch is a single result because of a refusal. */
bool
results_go_singly(void)
{
	return singly > 0;
}

/*
 * Moves up to "max" of the results that wait into the batch, which is empty and not in
 * flight, for one call, and appends them as an array of JSON.
 */
void
results_pick(ResultBatch *batch, int max, Buf *array)
{
	if (max > MAX_BATCH)
		max = MAX_BATCH;
	if (singly > 0)
		max = 1;
	buf_putc(array, '[');
	while (waiting.first != NULL && batch->results.count < max &&
		   (batch->results.count == 0 || array->len + waiting.first->json.len < MAX_BATCH_BYTES))
	{
		Result	   *result = take_first(&waiting);

		buf_puts(array, batch->results.count > 0 ? ", " : "");
		buf_add(array, result->json.data, result->json.len);
		append(&batch->results, result);
	}
	buf_putc(array, ']');
	if (singly > 0)
		singly--;
	batch->next = batches;
	batches = batch;
}

/* Takes the batch out of those in flight. */
static void
land(ResultBatch *batch)
{
	ResultBatch **link = &batches;

	while (*link != batch)
		link = &(*link)->next;
	*link = batch->next;
}

/* The database has answered: it has what was in the batch; returns their number. */
int
results_taken(ResultBatch *batch)
{
	int			count = batch->results.count;

	land(batch);
	free_list(&batch->results);
	return count;
}

/* Puts the batch before what waits: it was not taken, or may not be. */
void
results_take_back(ResultBatch *batch)
{
	ResultList	later = waiting;

	land(batch);
	waiting = batch->results;
	batch->results = (ResultList)
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
	bytes -= result->json.size;
	buf_free(&result->json);
	buf_printf(&result->json, "{\"id\": \"%s\", \"state\": \"ERROR\", \"error\": ",
			   result->action_id);
	json_write_string(&result->json, text.data, text.len);
	buf_putc(&result->json, '}');
	buf_free(&text);
	bytes += result->json.size;
	result->is_replacement = true;
}

/*
 * The database has refused the batch, which is not empty, for a reason that will not go
 * away: finds out which result it is, and makes do without that one.
 */
void
results_refused(ResultBatch *batch, const char *message)
{
	Result	   *result = batch->results.first;

	if (batch->results.count > 1)
		singly += batch->results.count;
	else if (result->is_replacement)
	{
		log_message(LOG_ERROR, "could not report a result of action %s: %s",
					result->action_id, message);
		free_list(&batch->results);
	}
	else
	{
		log_message(LOG_WARNING, "result of action %s was not accepted: %s",
					result->action_id, message);
		replace(result, message);
		singly++;
	}
	results_take_back(batch);
}
