/*-------------------------------------------------------------------------
 *
 * simulate.c
 *	  Running a definition in virtual time, with nothing written.
 *
 * The engine runs as ever, behind a table of functions
 * (engine/memory/world.h) that takes definitions from the text, results
 * from mocks and time from the delayed calls: when no step is left the
 * clock jumps to the call that is due first.  So a simulation shows what
 * the engine does, and not what somebody thought it does.
 *
 * Nothing is written, because the rows stay in the call's memory; nothing
 * runs, because an action without a mock succeeds with null, unless the
 * database computes it without effect.  Virtual time makes a loop of
 * retries cheap; the call's budget bounds the steps.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "dsl/definition.h"
#include "engine/calls/delayed.h"
#include "engine/calls/simulate.h"
#include "engine/calls/start.h"
#include "engine/memory/secrecy.h"
#include "engine/memory/signal_rows.h"
#include "engine/memory/world.h"
#include "engine/work/builtin.h"
#include "engine/work/exec_make.h"
#include "engine/work/wait_task.h"
#include "util/errors.h"
#include "util/guc.h"
#include "util/json.h"

/* A workflow of the text. */
typedef struct SimulatedWorkflow
{
	WorkflowRef ref;
	const WorkflowSpec *spec;
	char	   *json;			/* what the specification was built from */
} SimulatedWorkflow;

typedef struct Simulation
{
	char	   *workbook;		/* name, or NULL */
	List	   *workflows;		/* SimulatedWorkflow * */
	List	   *actions;		/* ActionSpec * */
	Jsonb	   *mocks;
	List	   *mock_uses;		/* MockUse * */
	TimestampTz started_at;
	JsonBuilder steps;
} Simulation;

/* How often a mock has been used. */
typedef struct MockUse
{
	char	   *name;
	int			count;
} MockUse;

/* ---- definitions ---- */

static char *
full_name(const Simulation *sim, const char *name)
{
	return sim->workbook != NULL ? psprintf("%s.%s", sim->workbook, name) : pstrdup(name);
}

static void
add_workflow(Simulation *sim, const DefinitionItem *item)
{
	SimulatedWorkflow *workflow = palloc0(sizeof(SimulatedWorkflow));

	workflow->ref.definition_id = mst_uuid_new();
	workflow->ref.version_id = mst_uuid_new();
	workflow->ref.name = full_name(sim, item->name);
	workflow->ref.namespace = "";
	workflow->ref.workbook_name = sim->workbook;
	workflow->ref.project_id = "";
	workflow->json = mst_node_json(item->spec);
	workflow->spec = mst_spec_build_workflow(workflow->ref.name, workflow->json);
	sim->workflows = lappend(sim->workflows, workflow);
}

static void
read_definition(Simulation *sim, const char *text)
{
	int			len = strlen(text);
	SpecReport	report = {0};
	Definition	definition = {0};
	ListCell   *lc;

	if (!mst_definition_read(mst_definition_is_workbook(text, len) ?
							 DEFINITION_WORKBOOK : DEFINITION_WORKFLOWS,
							 text, len, true, &report, &definition))
		mst_spec_raise(&report);
	if (definition.workflows == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_MODEL),
				 errmsg("workbook \"%s\" contains no workflow", definition.name)));
	sim->workbook = definition.name;
	foreach(lc, definition.workflows)
		add_workflow(sim, lfirst(lc));
	foreach(lc, definition.actions)
	{
		DefinitionItem *item = lfirst(lc);

		sim->actions = lappend(sim->actions,
							   mst_spec_build_action(full_name(sim, item->name), MST_KIND_ADHOC,
													 mst_node_json(item->spec)));
	}
}

/* Returns the workflow of the text with that version, or NULL. */
static const SimulatedWorkflow *
find_version(EngineCall *call, const pg_uuid_t *version_id)
{
	ListCell   *lc;

	if (call->simulation == NULL)
		return NULL;
	foreach(lc, call->simulation->workflows)
	{
		SimulatedWorkflow *workflow = lfirst(lc);

		if (mst_uuid_equal(&workflow->ref.version_id, version_id))
			return workflow;
	}
	return NULL;
}

/*
 * Returns the compiled workflow of that version, which lives as long as the
 * simulation; NULL when the simulated text does not define it.
 */
static const WorkflowSpec *
simulated_spec(EngineCall *call, const pg_uuid_t *version_id)
{
	const SimulatedWorkflow *workflow = find_version(call, version_id);

	return workflow != NULL ? workflow->spec : NULL;
}

/*
 * Returns the normalised JSON of the workflow of that version, which lives as
 * long as the simulation; NULL when the simulated text does not define it.
 */
static const char *
simulated_spec_json(EngineCall *call, const pg_uuid_t *version_id)
{
	const SimulatedWorkflow *workflow = find_version(call, version_id);

	return workflow != NULL ? workflow->json : NULL;
}

static bool
find_workflow(EngineCall *call, const char *name, WorkflowRef *ref)
{
	ListCell   *lc;

	if (call->simulation == NULL)
		return false;
	foreach(lc, call->simulation->workflows)
	{
		SimulatedWorkflow *workflow = lfirst(lc);

		if (strcmp(workflow->ref.name, name) == 0 ||
			strcmp(workflow->ref.name, full_name(call->simulation, name)) == 0)
		{
			*ref = workflow->ref;
			return true;
		}
	}
	return false;
}

static const ActionSpec *
find_action(EngineCall *call, const char *name)
{
	ListCell   *lc;

	if (call->simulation == NULL)
		return NULL;
	foreach(lc, call->simulation->actions)
	{
		ActionSpec *action = lfirst(lc);

		if (strcmp(action->name, name) == 0 ||
			strcmp(action->name, full_name(call->simulation, name)) == 0)
			return action;
	}
	return NULL;
}

/* ---- mocks ---- */

/* The next result of a mock that is a list; the last one stays. */
static int
next_use(EngineCall *call, const char *name)
{
	Simulation *sim = call->simulation;
	MockUse    *use;
	ListCell   *lc;
	MemoryContext old;

	foreach(lc, sim->mock_uses)
	{
		use = lfirst(lc);
		if (strcmp(use->name, name) == 0)
			return use->count++;
	}
	old = MemoryContextSwitchTo(call->mcxt);
	use = palloc(sizeof(MockUse));
	use->name = pstrdup(name);
	use->count = 1;
	sim->mock_uses = lappend(sim->mock_uses, use);
	MemoryContextSwitchTo(old);
	return 0;
}

static Jsonb *
find_mock(EngineCall *call, const char *name)
{
	Jsonb	   *mock = name != NULL ? mst_json_get(call->simulation->mocks, name) : NULL;
	int			use;

	if (!mst_json_is_array(mock) || mst_json_count(mock) == 0)
		return mock;
	use = next_use(call, name);
	return mst_json_item(mock, Min(use, mst_json_count(mock) - 1));
}

static void
apply_mock(EngineCall *call, ActionRow *action, Jsonb *mock)
{
	if (mst_json_has(mock, "error"))
		mst_action_end(call, action, MST_STATE_ERROR, mst_json_get(mock, "error"));
	else if (mst_json_get_bool(mock, "cancel", false))
		mst_action_end(call, action, MST_STATE_CANCELLED, NULL);
	else if (mst_json_has(mock, "result"))
		mst_action_end(call, action, MST_STATE_SUCCESS, mst_json_get(mock, "result"));
	else
		mst_action_end(call, action, MST_STATE_SUCCESS, mock);
}

/*
 * Ends a wait, which has no other mock than the task's.  Of one with {"timeout":
 * true} no signal comes, and it ends when its time is over, if ever.
 */
static bool
run_wait(EngineCall *call, Task *task, ActionRow *action)
{
	Jsonb	   *mock = find_mock(call, task->row->name);

	if (mst_json_is_object(mock) && mst_json_get_bool(mock, "timeout", false))
		return false;
	if (mock != NULL)
		apply_mock(call, action, mock);
	else
		mst_action_end(call, action, MST_STATE_SUCCESS, mst_wait_simulated_result(action));
	return true;
}

static bool
run_action(EngineCall *call, Task *task, ActionRow *action, const ActionCall *resolved)
{
	const BuiltinAction *builtin = mst_builtin_find(resolved->run_name);
	Jsonb	   *mock;

	mst_call_check_memory(call);
	if (mst_action_is_wait(action))
		return run_wait(call, task, action);
	mock = find_mock(call, task->row->name);
	if (mock == NULL)
		mock = find_mock(call, action->name);
	if (mock == NULL && resolved->run_name != resolved->name)
		mock = find_mock(call, resolved->run_name);
	if (mock != NULL)
		apply_mock(call, action, mock);
	else if (builtin == NULL || builtin->run == NULL || builtin->has_effect || !builtin->is_sync)
		mst_action_end(call, action, MST_STATE_SUCCESS, mst_json_null());
	else
		return false;
	return true;
}

/* The mock of a query is "task.items": one list of rows, or an error. */
static Jsonb *
query_rows(EngineCall *call, Task *task)
{
	Jsonb	   *rows = mst_json_get(call->simulation->mocks, psprintf("%s.items", task->row->name));

	if (rows == NULL || mst_json_is_array(rows) || mst_json_has(rows, "error"))
		return rows;
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_INPUT),
			 errmsg("the mock \"%s.items\" is no list of rows", task->row->name),
			 errhint("It is a list of mappings, or {\"error\": ...}.")));
	return NULL;
}

/* ---- what is noted ---- */

static void
add_step(EngineCall *call, const char *workflow, const char *task, const char *event,
		 const char *state, Jsonb *detail)
{
	MemoryContext old = MemoryContextSwitchTo(call->mcxt);
	JsonBuilder *b = &call->simulation->steps;

	mst_json_open_object(b, NULL);
	mst_json_add_int(b, "at", (call->now - call->simulation->started_at) / USECS_PER_SEC);
	mst_json_add_text(b, "workflow", pstrdup(workflow));
	mst_json_add_text(b, "task", task != NULL ? pstrdup(task) : NULL);
	mst_json_add_text(b, "event", event);
	mst_json_add_text(b, "state", state);
	mst_json_add(b, "detail", mst_json_copy(detail));
	mst_json_close_object(b);
	MemoryContextSwitchTo(old);
}

/* What is told of a task: why it is in its state, its result, what it published. */
static Jsonb *
task_detail(EngineCall *call, Task *task)
{
	JsonBuilder b;
	Jsonb	   *published = mst_state_is_completed(task->row->state) ?
	mst_task_published(call, task) : NULL;

	mst_json_begin_object(&b);
	if (task->row->state_info != NULL)
		mst_json_add_text(&b, "state_info", task->row->state_info);
	if (task->row->state == MST_STATE_SUCCESS)
		mst_json_add(&b, "result", mst_task_result(call, task));
	if (published != NULL && mst_json_count(published) > 0)
		mst_json_add(&b, "published", published);
	return mst_json_end(&b);
}

static void
note_change(EngineCall *call, Execution *exec, Task *task, const char *event)
{
	Jsonb	   *detail = NULL;

	if (task != NULL)
		detail = task_detail(call, task);
	else if (exec->row->state_info != NULL)
		detail = mst_json_object1("state_info", mst_json_text(exec->row->state_info));
	add_step(call, exec->row->workflow_name, task != NULL ? task->row->name : NULL,
			 event, mst_state_name(task != NULL ? task->row->state : exec->row->state),
			 detail);
}

static const World simulated_world = {
	.spec = simulated_spec,
	.spec_json = simulated_spec_json,
	.find_workflow = find_workflow,
	.find_action = find_action,
	.run_action = run_action,
	.query_rows = query_rows,
	.note = note_change
};

/* ---- running ---- */

/*
 * Returns the delayed call that is due first; of those due together the
 * oldest.
 */
static DelayedCallRow *
next_call(EngineCall *call)
{
	DelayedCallRow *first = NULL;
	ListCell   *lc;

	foreach(lc, call->delayed_calls)
	{
		DelayedCallRow *delayed = lfirst(lc);

		if (first == NULL || delayed->due_at < first->due_at)
			first = delayed;
	}
	if (first != NULL)
		call->delayed_calls = list_delete_ptr(call->delayed_calls, first);
	return first;
}

static void
run_to_the_end(EngineCall *call, Execution *exec)
{
	DelayedCallRow *delayed;

	mst_call_run(call);
	while (!mst_state_is_completed(exec->row->state) && call->budget > 0 &&
		   (delayed = next_call(call)) != NULL)
	{
		call->now = Max(call->now, delayed->due_at);
		mst_delayed_apply(call, delayed);
		mst_call_run(call);
	}
}

/* Adds the last step: the output, or the reason why there is none. */
static void
add_outcome(EngineCall *call, Execution *exec)
{
	JsonBuilder b;
	bool		is_completed = mst_state_is_completed(exec->row->state);

	mst_json_begin_object(&b);
	if (is_completed)
		mst_json_add(&b, "output", exec->row->output);
	else if (call->budget <= 0)
		mst_json_add_text(&b, "reason", "the limit mistral.max_inline_steps was reached");
	else
		mst_json_add_text(&b, "reason", "nothing is left to happen: the execution waits for a resume, or for a task that never comes");
	add_step(call, exec->row->workflow_name, NULL,
			 is_completed ? "OUTPUT" : "STOPPED", mst_state_name(exec->row->state),
			 mst_json_end(&b));
}

/*
 * Simulate; returns a JSON list of steps, each with "at" (seconds since the
 * start), "workflow", "task", "event", "state" and "detail".  Raises what is
 * wrong with the definition or the request.
 */
Jsonb *
mst_engine_simulate(SimulationRequest *request)
{
	EngineCall *call = mst_call_begin();
	MemoryContext caller = MemoryContextGetParent(call->mcxt);
	MemoryContext old;
	StartRequest start = {0};
	Execution  *exec;
	Jsonb	   *steps;

	call->is_simulated = true;
	call->world = &simulated_world;
	call->simulation = palloc0(sizeof(Simulation));
	call->simulation->started_at = call->now;
	call->simulation->mocks = request->mocks;
	mst_json_begin_array(&call->simulation->steps);
	read_definition(call->simulation, request->definition);
	start.workflow = request->workflow;
	if (start.workflow == NULL)
		start.workflow = ((SimulatedWorkflow *) linitial(call->simulation->workflows))->ref.name;
	start.input = request->input;
	start.params = request->params;
	exec = mst_execution_create(call, &start);
	mst_execution_begin(call, exec);
	run_to_the_end(call, exec);
	add_outcome(call, exec);
	old = MemoryContextSwitchTo(caller);
	steps = mst_json_end(&call->simulation->steps);
	if (mst_execution_secrets(call, exec) != NULL)
		steps = mst_secrets_seal(mst_execution_secrets(call, exec), steps);
	MemoryContextSwitchTo(old);
	mst_call_finish(call);
	return steps;
}
