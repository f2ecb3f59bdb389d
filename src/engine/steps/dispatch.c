/*-------------------------------------------------------------------------
 *
 * dispatch.c
 *	  Executing the commands that follow a task.
 *
 * docs/engine.md, Commands and the backlog, has the order and what is dropped.
 *
 * Commands are what flow/ has computed: tasks to start, and the state
 * commands fail, succeed and pause.  The first state command decides: what
 * stands before it is started at once, since it would be too late
 * afterwards.  The backlog is JSON in the execution's row, because the
 * resume may be in another transaction, and by another server process.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "engine/memory/limits.h"
#include "engine/steps/steps.h"
#include "store/lookups.h"
#include "util/json.h"
#include "util/uuid.h"

static bool
is_state_command(const Command *command)
{
	return command->kind == COMMAND_FAIL || command->kind == COMMAND_SUCCEED ||
		command->kind == COMMAND_PAUSE;
}

static bool
is_join_command(Execution *exec, const Command *command)
{
	return command->kind == COMMAND_RUN_TASK &&
		exec->spec->tasks[command->task_index].join != JOIN_NONE;
}

/* ---- backlog: commands that met a pause, as JSON ---- */

static const char *const command_names[] = {
	"run", "noop", "fail", "succeed", "pause"
};

static void
add_to_backlog(JsonBuilder *b, const Command *command)
{
	mst_json_open_object(b, NULL);
	mst_json_add_text(b, "command", command_names[command->kind]);
	mst_json_add_int(b, "task", command->task_index);
	mst_json_add_int(b, "event", command->event);
	if (command->from != NULL)
		mst_json_add_text(b, "from", mst_uuid_text(&command->from->id));
	if (command->message != NULL)
		mst_json_add(b, "message", command->message);
	mst_json_close_object(b);
}

static void
append_backlog(EngineCall *call, Execution *exec, List *commands, int first)
{
	JsonBuilder b;

	if (first >= list_length(commands))
		return;
	mst_json_begin_array(&b);
	for (int i = 0; i < mst_json_count(exec->row->backlog); i++)
		mst_json_add(&b, NULL, mst_json_item(exec->row->backlog, i));
	for (int i = first; i < list_length(commands); i++)
		add_to_backlog(&b, list_nth(commands, i));
	exec->row->backlog = mst_json_end(&b);
	mst_execution_touch(call, exec);
}

static List *
take_backlog(EngineCall *call, Execution *exec)
{
	List	   *commands = NIL;

	for (int i = 0; i < mst_json_count(exec->row->backlog); i++)
	{
		Jsonb	   *item = mst_json_item(exec->row->backlog, i);
		Command    *command = palloc0(sizeof(Command));
		char	   *name = mst_json_get_text(item, "command");
		char	   *from = mst_json_get_text(item, "from");
		pg_uuid_t	from_id;

		for (int kind = 0; kind < lengthof(command_names); kind++)
		{
			if (strcmp(command_names[kind], name) == 0)
				command->kind = kind;
		}
		command->task_index = mst_json_get_int(item, "task", -1);
		command->event = mst_json_get_int(item, "event", TASK_EVENT_NONE);
		command->message = mst_json_get(item, "message");
		if (from != NULL && mst_uuid_parse(from, &from_id))
			command->from = mst_call_task(call, &from_id);
		commands = lappend(commands, command);
	}
	if (exec->row->backlog != NULL)
	{
		exec->row->backlog = NULL;
		mst_execution_touch(call, exec);
	}
	return commands;
}

/* ---- choosing and ordering ---- */

/* Without noops, and without what a state command makes pointless. */
static List *
choose_commands(List *commands)
{
	List	   *chosen = NIL;
	ListCell   *lc;

	foreach(lc, commands)
	{
		Command    *command = lfirst(lc);

		if (command->kind == COMMAND_NOOP)
			continue;
		chosen = lappend(chosen, command);
		if (command->kind == COMMAND_FAIL || command->kind == COMMAND_SUCCEED)
			break;
		if (command->kind == COMMAND_PAUSE)
			return list_concat(chosen, list_copy_tail(commands, foreach_current_index(lc) + 1));
	}
	return chosen;
}

/* Of the tasks before the first state command the joins come last. */
static List *
order_commands(Execution *exec, List *commands)
{
	List	   *plain = NIL;
	List	   *joins = NIL;
	int			i;

	for (i = 0; i < list_length(commands); i++)
	{
		Command    *command = list_nth(commands, i);

		if (is_state_command(command))
			break;
		if (is_join_command(exec, command))
			joins = lappend(joins, command);
		else
			plain = lappend(plain, command);
	}
	return list_concat(list_concat(plain, joins), list_copy_tail(commands, i));
}

/*
 * Returns the message of a command as state_info: JSON text of a mapping, else
 * as Python prints it.
 */
static char *
message_info(const Jsonb *message)
{
	if (mst_json_is_null(message))
		return NULL;
	if (mst_json_is_object(message) || mst_json_is_falsy(message))
		return mst_json_to_text(message);
	return mst_python_text(message);
}

/* The output says what the message was, false and 0 included. */
static void
fail_command(EngineCall *call, Execution *exec, const Command *command)
{
	Jsonb	   *message = command->message;

	if (!mst_json_is_falsy(message))
		message = mst_json_text(mst_limit_message(mst_python_text(message)));
	mst_execution_fail_as(call, exec, message_info(command->message), message);
}

/*
 * An output that fails is a failure of the task that has ended the execution.
 */
static void
succeed_command(EngineCall *call, Execution *exec, const Command *command)
{
	char	   *problem = mst_execution_try_succeed(call, exec, message_info(command->message));

	if (problem != NULL)
		mst_task_force_fail(call, command->from, NULL, problem);
}

/* Starts now what stands before a command that pauses or ends the execution. */
static void
start_before(EngineCall *call, List *tasks)
{
	ListCell   *lc;

	foreach(lc, tasks)
	{
		call->budget--;
		mst_task_run(call, lfirst(lc));
	}
}

static void
execute_command(EngineCall *call, Execution *exec, const Command *command, List **created)
{
	switch (command->kind)
	{
		case COMMAND_RUN_TASK:
			if (is_join_command(exec, command))
				mst_join_arrive(call, exec, command);
			else
				*created = lappend(*created, mst_task_create(call, exec, command));
			return;
		case COMMAND_NOOP:
			return;
		case COMMAND_FAIL:
			fail_command(call, exec, command);
			return;
		case COMMAND_SUCCEED:
			succeed_command(call, exec, command);
			return;
		case COMMAND_PAUSE:
			mst_execution_pause(call, exec, message_info(command->message),
								command->from == NULL ? mst_json_object() :
								mst_pause_by_task(command->from, "pause"));
			return;
	}
}

/*
 * Executes commands; what meets a pause goes to the backlog.  A task that starts
 * before a command that pauses or ends the execution may pause it itself.
 */
void
mst_dispatch(EngineCall *call, Execution *exec, List *commands, bool with_backlog)
{
	List	   *created = NIL;	/* Task * */

	if (with_backlog)
		commands = list_concat(take_backlog(call, exec), commands);
	commands = order_commands(exec, choose_commands(commands));
	for (int i = 0; i < list_length(commands); i++)
	{
		Command    *command = list_nth(commands, i);
		bool		was_running = exec->row->state == MST_STATE_RUNNING;

		if (was_running && is_state_command(command))
			start_before(call, created);
		if (mst_state_is_completed(exec->row->state))
			return;
		if (exec->row->state == MST_STATE_PAUSED &&
			!(was_running && command->kind == COMMAND_PAUSE))
		{
			append_backlog(call, exec, commands, i);
			return;
		}
		execute_command(call, exec, command, &created);
	}
}
