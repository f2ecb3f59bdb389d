/*-------------------------------------------------------------------------
 *
 * human_task.c
 *	  Beginning tasks of people: the action std.human.
 *
 * The action is asynchronous: it ends when somebody completes the task
 * (calls/people.c), when its project ends it by complete_action(), or with
 * its task and execution.  What people see and who may do it is a row of its
 * own, because those people may not see the execution.
 *
 * The form of the input has been checked (dsl/human.c); here it is held against
 * what there is: roles and tasks of those names.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/acl.h"

#include "dsl/human.h"
#include "engine/flow/flow.h"
#include "engine/memory/human_rows.h"
#include "engine/work/human_task.h"
#include "util/guc.h"
#include "util/json.h"
#include "util/time_text.h"
#include "util/uuid.h"

/* ---- names ---- */

/* Returns why one of the roles cannot be named, or NULL. */
static char *
check_roles_exist(const Jsonb *names)
{
	for (int i = 0; i < mst_json_count(names); i++)
	{
		char	   *name = mst_json_to_text(mst_json_item(names, i));

		if (!OidIsValid(get_role_oid(name, true)))
			return psprintf("role \"%s\" does not exist", name);
	}
	return NULL;
}

/* Returns why one of the tasks cannot be named, or NULL. */
static char *
check_tasks_exist(const Task *task, const Jsonb *names)
{
	for (int i = 0; i < mst_json_count(names); i++)
	{
		char	   *name = mst_json_to_text(mst_json_item(names, i));
		bool		found = false;

		for (int k = 0; task != NULL && k < task->exec->spec->n_tasks && !found; k++)
			found = strcmp(task->exec->spec->tasks[k].name, name) == 0;
		if (!found)
			return psprintf("distinct-from: the workflow has no task \"%s\"", name);
	}
	return NULL;
}

/* ---- the row ---- */

/* The tasks that the new one is part of: its own, that above its execution, ... */
static Jsonb *
make_path(EngineCall *call, const Task *task)
{
	JsonBuilder b;
	const Execution *exec = task == NULL ? NULL : task->exec;
	const char *name = task == NULL ? NULL : task->row->name;

	mst_json_begin_array(&b);
	while (exec != NULL)
	{
		TaskRow    *above = NULL;
		Task	   *in_memory = NULL;
		pg_uuid_t	id = exec->row->parent_task_id;

		mst_json_add_text(&b, NULL, psprintf("%s/%s", mst_uuid_text(&exec->id), name));
		if (!mst_uuid_is_none(&id))
			in_memory = mst_call_task(call, &id);
		if (in_memory != NULL)
			above = in_memory->row;
		exec = above == NULL ? NULL : in_memory->exec;
		name = above == NULL ? NULL : above->name;
	}
	return mst_json_end(&b);
}

/* Returns the escalations with their times and lists of roles; NULL: there are none. */
static Jsonb *
make_escalations(EngineCall *call, const Jsonb *escalate)
{
	Jsonb	   *item;
	JsonBuilder b;
	int			n = 0;

	mst_json_begin_array(&b);
	while ((item = mst_human_escalation(escalate, n)) != NULL)
	{
		TimestampTz at = call->now;

		(void) mst_human_moment(mst_json_get(item, "after"), call->now, &at);
		mst_json_open_object(&b, NULL);
		mst_json_add_text(&b, "at", mst_time_text(at));
		mst_json_add(&b, "to", mst_human_names(mst_json_get(item, "to")));
		mst_json_add_bool(&b, "done", false);
		mst_json_close_object(&b);
		n++;
	}
	return n > 0 ? mst_json_end(&b) : NULL;
}

static Jsonb *
own_project(const ActionRow *action)
{
	return mst_human_names(mst_json_text(action->project_id));
}

static char *
text_of(const Jsonb *input, const char *name, const char *otherwise)
{
	char	   *text = mst_json_get_text(input, name);

	return text != NULL ? text : otherwise != NULL ? pstrdup(otherwise) : NULL;
}

static void
take_input(EngineCall *call, HumanTaskRow *human, const ActionRow *action, const Jsonb *input)
{
	Jsonb	   *form = mst_json_get(input, "form");
	Jsonb	   *due = mst_json_get(input, "due");

	human->title = text_of(input, "title", human->task_name != NULL ? human->task_name : action->name);
	human->description = text_of(input, "description", NULL);
	human->form = form == NULL || mst_json_is_null(form) ? mst_json_object() : form;
	human->data = mst_json_get(input, "data");
	human->priority = mst_json_get_int(input, "priority", 0);
	human->candidates = mst_human_names(mst_json_get(input, "candidates"));
	if (human->candidates == NULL)
		human->candidates = own_project(action);
	human->distinct_from = mst_human_names(mst_json_get(input, "distinct-from"));
	human->escalations = make_escalations(call, mst_json_get(input, "escalate"));
	if (due != NULL && !mst_json_is_null(due))
		(void) mst_human_moment(due, call->now, &human->due_at);
}

static HumanTaskRow *
make_human_task(EngineCall *call, Task *task, const ActionRow *action, const Jsonb *input)
{
	HumanTaskRow *human = palloc0(sizeof(HumanTaskRow));

	human->row.is_new = true;
	human->id = action->id;
	human->execution_id = action->execution_id;
	human->task_id = action->task_id;
	human->root_id = action->root_id;
	human->created_at = call->now;
	human->item_index = action->item_index;
	human->project_id = pstrdup(action->project_id);
	if (task != NULL)
	{
		human->workflow_name = pstrdup(task->exec->row->workflow_name);
		human->task_name = pstrdup(task->row->name);
	}
	human->path = make_path(call, task);
	take_input(call, human, action, input);
	return human;
}

/* Returns why the task cannot begin, or NULL. */
static char *
check_human_task(EngineCall *call, const Task *task, const HumanTaskRow *human)
{
	char	   *problem = check_roles_exist(human->candidates);

	for (int i = 0; problem == NULL && i < mst_json_count(human->escalations); i++)
		problem = check_roles_exist(mst_json_get(mst_json_item(human->escalations, i), "to"));
	if (problem == NULL)
		problem = check_tasks_exist(task, human->distinct_from);
	if (problem == NULL && mst_human_tasks_are_full(human->project_id, list_length(call->new_humans)))
		problem = psprintf("project \"%s\" has as many open tasks of people as it may have (mistral.max_human_tasks)",
						   human->project_id);
	return problem;
}

/*
 * Begins a task of people; "task" is NULL for one that is run by itself.
 * Returns NULL, or why it cannot begin, palloc'd.
 */
char *
mst_human_begin(EngineCall *call, Task *task, ActionRow *action, Jsonb *input)
{
	MemoryContext old = MemoryContextSwitchTo(call->mcxt);
	HumanTaskRow *human = make_human_task(call, task, action, input);
	char	   *problem = check_human_task(call, task, human);

	if (problem == NULL)
	{
		if (mst_human_next_moment(human) != 0)
			mst_call_set_human_timer(call, human, mst_human_next_moment(human));
		call->new_humans = lappend(call->new_humans, human);
		if (task != NULL)
			mst_event_human(call, task->exec, human, "HUMAN_TASK_OPENED");
	}
	MemoryContextSwitchTo(old);
	return problem;
}
