/*-------------------------------------------------------------------------
 *
 * error_class.c
 *	  The classes of errors that break-on names.
 *
 * An error is what the action, or the sub-workflow, of a failed task has
 * given: a text, or a value of any form.  Of a text the class is all of it,
 * and what stands before its first colon, as in "ValueError: no such thing".
 * Of a mapping these are the classes of its members class, type, sqlstate,
 * status and code.  A task that failed without such an error has the class of
 * its state_info.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/data/data.h"
#include "util/json.h"

/* The classes that are looked for, and whether one was found. */
typedef struct ClassSearch
{
	const RetrySpec *retry;
	bool		has_errors;
	bool		found;
} ClassSearch;

/* A class that ends in an asterisk stands for all that begin so. */
static bool
matches_class(const char *text, int len, const char *wanted)
{
	int			wanted_len = strlen(wanted);

	if (wanted[wanted_len - 1] == '*')
		return len >= wanted_len - 1 && strncmp(text, wanted, wanted_len - 1) == 0;
	return len == wanted_len && memcmp(text, wanted, len) == 0;
}

static bool
text_has_class(const char *text, const RetrySpec *retry)
{
	const char *colon = strchr(text, ':');

	for (int i = 0; i < retry->n_classes; i++)
	{
		if (matches_class(text, strlen(text), retry->classes[i]) ||
			(colon != NULL && matches_class(text, colon - text, retry->classes[i])))
			return true;
	}
	return false;
}

static bool
scalar_has_class(const Jsonb *value, const RetrySpec *retry)
{
	JsonbValue	root;

	if (value == NULL)
		return false;
	root = mst_json_root(value);
	return (root.type == jbvString || root.type == jbvNumeric) &&
		text_has_class(mst_json_to_text(value), retry);
}

/* Returns whether an error is of a class in break-on. */
bool
mst_error_has_class(const RetrySpec *retry, const Jsonb *error)
{
	static const char *const members[] = {"class", "type", "sqlstate", "status", "code"};

	if (!mst_json_is_object(error))
		return scalar_has_class(error, retry);
	for (int i = 0; i < lengthof(members); i++)
	{
		if (scalar_has_class(mst_json_get(error, members[i]), retry))
			return true;
	}
	return false;
}

static void
look_at_output(Jsonb *output, ClassSearch *search)
{
	Jsonb	   *error = mst_json_get(output, "result");

	if (error == NULL)
		return;
	search->has_errors = true;
	search->found = mst_error_has_class(search->retry, error);
}

static bool
look_at_action(ActionRow *action, void *arg)
{
	ClassSearch *search = arg;

	if (action->accepted && action->state == MST_STATE_ERROR)
		look_at_output(action->output, search);
	return !search->found;
}

static bool
look_at_execution(ExecutionRow *row, void *arg)
{
	ClassSearch *search = arg;

	if (row->accepted && row->state == MST_STATE_ERROR)
		look_at_output(row->output, search);
	return !search->found;
}

/*
 * Returns whether the error of a task in ERROR, or that of one of its items, is
 * of a class in its retry policy's break-on.
 */
bool
mst_task_error_breaks(EngineCall *call, Task *task)
{
	ClassSearch search = {&task->spec->retry};

	if (search.retry->n_classes == 0)
		return false;
	if (task->row->type == TASK_TYPE_WORKFLOW)
		mst_subworkflow_each(call, task, look_at_execution, &search);
	else
		mst_task_each_action(call, task, look_at_action, &search);
	if (!search.has_errors && task->row->state_info != NULL)
		return text_has_class(task->row->state_info, search.retry);
	return search.found;
}
