/*-------------------------------------------------------------------------
 *
 * subworkflow.c
 *	  Sub-executions of tasks: making them, and whether there is room.
 *
 * One is made for a call, with the input of the task and the newest definition
 * of the workflow, or for a compensation: then it has the definition, input and
 * variables of the sub-execution that it rolls back, so that its expressions see
 * what those of the tasks saw.  Room is counted before either, over the whole
 * tree; whoever finds it full leaves its end to a delayed call.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "definition/definitions.h"
#include "engine/data/input.h"
#include "engine/memory/rollback_row.h"
#include "engine/memory/world.h"
#include "engine/memory/secrecy.h"
#include "engine/work/children.h"
#include "engine/work/exec_make.h"
#include "store/bounds.h"
#include "util/guc.h"
#include "util/json.h"
#include "util/uuid.h"

/* ---- room ---- */

static char *
tree_problem(int64 limit)
{
	return psprintf("The execution and those below it are more than " INT64_FORMAT " (mistral.max_tree_executions)",
					limit);
}

/*
 * Returns why no sub-execution can be added to the tree now, or NULL.  The call
 * that finds the tree full has no lock on the root, so another one ends it;
 * until then this one starts nothing more.
 */
static char *
no_room(EngineCall *call, Execution *parent)
{
	if (call->is_simulated)
		return NULL;
	if (!call->tree_is_full &&
		mst_bound_tree_is_full(&parent->row->root_id, call->children_made + 1))
	{
		call->tree_is_full = true;
		mst_call_delay_child(call, CALL_END_TREE, parent, &parent->row->root_id, call->now,
							 mst_json_object1("limit", mst_json_int(mst_max_tree_executions)));
	}
	if (call->tree_is_full)
		return tree_problem(mst_max_tree_executions);
	if (mst_bound_project_is_full(parent->row->project_id))
		return psprintf("The project has more than %d unfinished executions (mistral.max_unfinished_executions)",
						mst_max_unfinished_executions);
	return NULL;
}

/* The tree has too many executions: ends its root, and so all of it. */
void
mst_execution_end_tree(EngineCall *call, Execution *root, Jsonb *args)
{
	if (!mst_state_is_completed(root->row->state))
		mst_execution_fail(call, root, tree_problem(mst_json_get_int(args, "limit", 0)));
}

/* ---- making one ---- */

static Jsonb *
child_params(EngineCall *call, Task *task, Jsonb *given, int item_index)
{
	Execution  *parent = task->exec;
	Jsonb	   *notify = mst_json_get(mst_execution_data(parent)->params, "notify");
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add(&b, "env", mst_json_object());
	mst_json_add_text(&b, "root_execution_id", mst_uuid_text(&parent->row->root_id));
	mst_json_add_text(&b, "task_execution_id", mst_uuid_text(&task->id));
	mst_json_add_int(&b, "index", item_index);
	mst_json_add_text(&b, "namespace", mst_execution_namespace(call, parent));
	if (notify != NULL)
		mst_json_add(&b, "notify", notify);
	return mst_json_concat(mst_json_end(&b), given);
}

/* Makes the rows of a sub-execution of the task, without its data. */
static Execution *
make_below(EngineCall *call, Task *task, const WorkflowRef *ref, int item_index)
{
	const ExecutionRow *parent = task->exec->row;
	Execution  *exec = mst_execution_make(call, ref, &mst_uuid_none, parent->project_id);
	ExecutionRow *row = exec->row;

	row->root_id = parent->root_id;
	row->has_secrets = parent->has_secrets;
	row->traceparent = parent->traceparent != NULL ? pstrdup(parent->traceparent) : NULL;
	row->parent_task_id = task->id;
	row->parent_attempt = task->row->attempt;
	row->item_index = item_index;
	row->depth = parent->depth + 1;
	exec->parent_task = task;
	exec->data->root_id = row->root_id;
	return exec;
}

/*
 * Makes a sub-execution of the task, which has not begun.  NULL:
 * *message says why it cannot be made.
 */
static Execution *
create_child(EngineCall *call, Task *task, const WorkflowRef *ref,
			 Jsonb *input, Jsonb *params, int item_index, char **message)
{
	Execution  *exec = make_below(call, task, ref, item_index);
	StartProblem problem;

	exec->data->description = pstrdup("sub-workflow execution");
	exec->data->input = input;
	exec->data->params = child_params(call, task, params, item_index);
	mst_execution_note_secrets(call, exec);

	/* what a root start would raise is the state of the parent's task here */
	if (mst_execution_complete_start(call, exec, &problem))
	{
		call->children_made++;
		return exec;
	}
	*message = problem.message;
	mst_call_forget_execution(call, exec);
	return NULL;
}

/* Returns whether the start of the tree has asked for drafts. */
static bool
may_use_drafts(EngineCall *call, Execution *exec)
{
	return call->is_simulated ||
		mst_json_get_bool(mst_execution_data(mst_execution_root(call, exec))->params, "draft", false);
}

/*
 * Makes a sub-execution of the task and queues its start.  False: *message
 * says why not.
 */
bool
mst_subworkflow_create(EngineCall *call, Task *task, const char *name, Jsonb *input,
					   int item_index, char **message)
{
	Execution  *parent = task->exec;
	WorkflowRef ref = {{{0}}};
	const WorkflowSpec *spec;
	Jsonb	   *declared;
	Jsonb	   *others;
	Execution  *child;

	if (parent->row->depth >= mst_max_subworkflow_depth)
	{
		*message = psprintf("sub-workflows are nested more than %d deep", mst_max_subworkflow_depth);
		return false;
	}
	*message = no_room(call, parent);
	if (*message != NULL)
		return false;
	if ((call->world == NULL || !call->world->find_workflow(call, name, &ref)) &&
		!mst_definition_resolve_subworkflow(name, parent->row->workbook_name,
											mst_execution_namespace(call, parent),
											parent->row->project_id, &ref))
	{
		*message = psprintf("Failed to find workflow [name=%s, namespace=%s]",
							name, mst_execution_namespace(call, parent));
		return false;
	}
	if (ref.is_draft && !may_use_drafts(call, parent))
	{
		*message = psprintf("workflow \"%s\" is a draft", ref.name);
		return false;
	}
	spec = mst_execution_spec(call, &ref.version_id);
	mst_input_split(spec->inputs, spec->n_inputs, input, &declared, &others);
	*message = mst_input_check(ref.name, "WorkflowDefinition", spec->inputs,
							   spec->n_inputs, declared);
	if (*message != NULL)
		return false;
	child = create_child(call, task, &ref, declared, others, item_index, message);
	if (child == NULL)
		return false;
	task->child_execs = lappend(task->child_execs, child);
	mst_execution_begin(call, child);
	return true;
}

/* ---- rolling one back ---- */

/* Returns the sub-execution for that item that has something to undo, or NULL. */
static ExecutionRow *
find_undoable(EngineCall *call, Task *done, int item_index)
{
	ListCell   *lc;

	foreach(lc, mst_subworkflow_rows(call, done))
	{
		ExecutionRow *child = lfirst(lc);

		if (child->accepted && child->state == MST_STATE_SUCCESS && child->undo_count > 0 &&
			child->item_index == item_index)
			return child;
	}
	return NULL;
}

/*
 * Makes a sub-execution of the compensation that rolls back what the one of the
 * task with that item has done, and sees what that one sees.  False: *message
 * says why not.
 */
bool
mst_subworkflow_roll_back(EngineCall *call, Task *task, int item_index, char **message)
{
	Task	   *done = mst_task_compensated(call, task);
	ExecutionRow *row = done == NULL ? NULL : find_undoable(call, done, item_index);
	Execution  *undone = row == NULL ? NULL : mst_call_execution(call, &row->id, LOCK_NONE, NULL);
	WorkflowRef ref = {{{0}}};
	ExecutionDataRow *data;
	Execution  *child;

	*message = undone == NULL ? pstrdup("The sub-execution that it rolls back has been deleted") :
		no_room(call, task->exec);
	if (*message != NULL)
		return false;
	ref.version_id = row->version_id;
	ref.definition_id = row->workflow_id;
	ref.name = row->workflow_name;
	ref.namespace = row->namespace;
	ref.workbook_name = row->workbook_name;
	child = make_below(call, task, &ref, item_index);
	data = mst_execution_data(undone);
	child->data->tags = data->tags;
	child->data->description = psprintf("rollback of execution %s", mst_uuid_text(&row->id));
	child->data->input = data->input;
	child->data->params = data->params;
	child->data->context = data->context;
	child->data->vars = data->vars;
	mst_execution_note_secrets(call, child);
	child->row->has_notify = mst_event_wanted(child);
	call->children_made++;
	task->child_execs = lappend(task->child_execs, child);
	mst_rollback_begin_of(call, child, row, mst_rollback_end_info(task->exec));
	return true;
}
