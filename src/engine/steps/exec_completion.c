/*-------------------------------------------------------------------------
 *
 * exec_completion.c
 *	  Is an execution finished, and how?  What is said of its failed tasks.
 *
 * An execution is finished when no task of it is unfinished; how, is in
 * docs/engine.md, "What ends what".  Its state_info names the tasks that
 * failed without an on-error transition, in the order of their names, each
 * with its cause.  A cause comes up through sub-executions in the text of
 * each: it is told once, with the path that leads to it, or the text would
 * double at every level.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "engine/memory/limits.h"
#include "engine/steps/steps.h"
#include "util/json.h"
#include "util/uuid.h"

static int
compare_task_names(const ListCell *a, const ListCell *b)
{
	const TaskRow *left = ((Task *) lfirst(a))->row;
	const TaskRow *right = ((Task *) lfirst(b))->row;
	int			order = strcmp(left->name, right->name);

	return order != 0 ? order : memcmp(&left->id, &right->id, UUID_LEN);
}

/* Names of the tasks, "a, b". */
static char *
names_of(List *tasks)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	foreach(lc, tasks)
		appendStringInfo(&text, "%s%s", foreach_current_index(lc) > 0 ? ", " : "",
						 ((Task *) lfirst(lc))->row->name);
	return text.data;
}

#define FAILED_TASKS "Failure caused by error in tasks: "

#define FAILED_ACTION "    [action_ex_id="
#define TASK_ID " [task_ex_id="

/*
 * Behind the line of an action that says only what its task says, from cause
 * to this line; otherwise NULL.
 */
static const char *
after_repetition(const char *line, const char *cause)
{
	size_t		length;
	const char *said;

	if (cause == NULL || strncmp(line, FAILED_ACTION, strlen(FAILED_ACTION)) != 0)
		return NULL;
	length = line - cause;
	said = strstr(line, "]: ");
	if (said == NULL || strncmp(said + 3, cause, length) != 0)
		return NULL;
	return said + 3 + length;
}

/*
 * Appends the failed tasks that the text names, each with the path that
 * leads to it, so that a cause appears once, however deep it is.  Returns
 * false if the text names none.
 */
static bool
append_nested(StringInfo text, const char *path, const char *info)
{
	const char *cause = NULL;
	const char *line;
	const char *next;

	if (info == NULL || strncmp(info, FAILED_TASKS, strlen(FAILED_TASKS)) != 0 ||
		strstr(info, TASK_ID) == NULL)
		return false;
	for (line = strchr(info, '\n') + 1; *line != '\0'; line = next)
	{
		const char *end = line + strcspn(line, "\n");
		const char *id = strstr(line, TASK_ID);

		next = after_repetition(line, cause);
		if (next != NULL)
			continue;
		next = *end == '\n' ? end + 1 : end;
		if (strncmp(line, "  ", 2) == 0 && id != NULL && id < end)
		{
			appendStringInfo(text, "  %s / ", path);
			line += 2;
			cause = strstr(id, "-> ");
			cause = cause != NULL ? cause + 3 : NULL;
		}
		appendBinaryStringInfo(text, line, end - line);
		appendStringInfoChar(text, '\n');
	}
	return true;
}

static bool
append_failed_action(ActionRow *action, void *arg)
{
	StringInfo	text = arg;
	Jsonb	   *result = mst_json_get(action->output, "result");

	if (text->len > STATE_INFO_ENOUGH)
		return false;
	if (action->state == MST_STATE_ERROR && action->accepted)
		appendStringInfo(text, FAILED_ACTION "%s, idx=%d]: %s\n", mst_uuid_text(&action->id),
						 action->item_index, result != NULL ? mst_python_text(result) : "");
	return true;
}

/* Appends the failure of a child, without what its task says already. */
static void
append_failed_execution(StringInfo text, const Task *task, ExecutionRow *child)
{
	char	   *info = child->state_info != NULL ? child->state_info : "";
	char	   *path = psprintf("%s[%d]", task->row->name, child->item_index);
	bool		is_told = task->row->state_info != NULL &&
	strcmp(task->row->state_info, info) == 0;

	if (!is_told && !append_nested(text, path, info))
		appendStringInfo(text, "    [wf_ex_id=%s, idx=%d]: %s\n",
						 mst_uuid_text(&child->id), child->item_index, info);
}

static void
append_failed_task(EngineCall *call, Task *task, StringInfo text)
{
	char	   *info = task->row->state_info;
	bool		is_action = task->row->type == TASK_TYPE_ACTION;
	ListCell   *lc;

	if (is_action || !append_nested(text, task->row->name, info))
		appendStringInfo(text, "\n  %s" TASK_ID "%s] -> %s\n", task->row->name,
						 mst_uuid_text(&task->id), info != NULL ? info : "None");
	if (is_action)
	{
		mst_task_each_action(call, task, append_failed_action, text);
		return;
	}
	foreach(lc, mst_subworkflow_rows(call, task))
	{
		ExecutionRow *child = lfirst(lc);

		if (child->state == MST_STATE_ERROR && child->accepted && text->len <= STATE_INFO_ENOUGH)
			append_failed_execution(text, task, child);
	}
}

/*
 * Only tasks that have no on-error transition are named: the others had
 * their chance.
 */
static char *
failure_info(EngineCall *call, List *failed)
{
	StringInfoData text;
	List	   *named = NIL;
	ListCell   *lc;

	foreach(lc, failed)
	{
		Task	   *task = lfirst(lc);

		if (task->spec->on_error.n_targets == 0)
			named = lappend(named, task);
	}
	list_sort(named, compare_task_names);
	initStringInfo(&text);
	appendStringInfo(&text, FAILED_TASKS "%s\n", names_of(named));
	foreach(lc, named)
		append_failed_task(call, lfirst(lc), &text);
	return text.data;
}

/* STEP_CHECK_COMPLETION */
void
mst_execution_check_completion(EngineCall *call, Execution *exec)
{
	List	   *cancelled = NIL;
	List	   *failed = NIL;
	bool		all_handled = true;
	ListCell   *lc;

	exec->check_queued = false;
	if (exec->row->state != MST_STATE_RUNNING || exec->row->open_tasks > 0)
		return;
	if (exec->row->rollback != NULL)
	{
		mst_rollback_go_on(call, exec);
		return;
	}
	mst_call_load_tasks(call, exec);
	foreach(lc, exec->tasks)
	{
		Task	   *task = lfirst(lc);

		if (task->row->state == MST_STATE_CANCELLED)
			cancelled = lappend(cancelled, task);
		if (task->row->state != MST_STATE_ERROR)
			continue;
		failed = lappend(failed, task);
		all_handled &= task->row->error_handled;
	}
	if (cancelled != NIL)
	{
		list_sort(cancelled, compare_task_names);
		mst_execution_cancel(call, exec, psprintf("Cancelled tasks: %s", names_of(cancelled)));
	}
	else if (all_handled)
		mst_execution_succeed(call, exec, NULL);
	else
		mst_execution_fail(call, exec, failure_info(call, failed));
}
