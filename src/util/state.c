/*-------------------------------------------------------------------------
 *
 * state.c
 *	  States of executions, tasks and actions, and what may follow what.
 *
 * The three tables below are the law: engine/memory/transitions.c, which is
 * the only writer of states, refuses what they do not list.  docs/states.md
 * shows them as diagrams; docs/make.sh writes it from this file, and lint
 * compares the two.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "util/state.h"

typedef struct StateInfo
{
	ExecState	state;
	const char *name;
} StateInfo;

static const StateInfo states[] = {
	{EXEC_IDLE, "IDLE"},
	{EXEC_WAITING, "WAITING"},
	{EXEC_RUNNING, "RUNNING"},
	{EXEC_DELAYED, "DELAYED"},
	{EXEC_PAUSED, "PAUSED"},
	{EXEC_SUCCESS, "SUCCESS"},
	{EXEC_ERROR, "ERROR"},
	{EXEC_CANCELLED, "CANCELLED"},
	{EXEC_SKIPPED, "SKIPPED"}
};

/* "when" is the label of the arrow in the diagram. */
typedef struct Transition
{
	ExecState	from;
	ExecState	to;
	const char *when;
} Transition;

/* A user is told of a change of an execution that is not listed. */
static const Transition execution_transitions[] = {
	{EXEC_IDLE, EXEC_RUNNING, "start"},
	{EXEC_IDLE, EXEC_ERROR, "stopped"},
	{EXEC_IDLE, EXEC_CANCELLED, "stopped"},
	{EXEC_RUNNING, EXEC_PAUSED, "pause"},
	{EXEC_RUNNING, EXEC_SUCCESS, "all errors handled, or succeed"},
	{EXEC_RUNNING, EXEC_ERROR, "unhandled error, or fail"},
	{EXEC_RUNNING, EXEC_CANCELLED, "stopped, or a task was cancelled"},
	{EXEC_PAUSED, EXEC_RUNNING, "resume"},
	{EXEC_PAUSED, EXEC_ERROR, "stopped, or a task failed"},
	{EXEC_PAUSED, EXEC_CANCELLED, "stopped"},
	{EXEC_ERROR, EXEC_RUNNING, "rerun or skip of a task"},
	{EXEC_CANCELLED, EXEC_RUNNING, "rerun or skip of a task"}
};

/*
 * A task goes back from an end where a policy wants it (wait-after, retry),
 * where it is a join that the next pass reaches, where it is run again, and
 * where it was suspended, which shows as CANCELLED, by the end of its
 * execution.  Any state becomes ERROR when an expression fails, or a delayed
 * call is given up.
 */
static const Transition task_transitions[] = {
	{EXEC_IDLE, EXEC_WAITING, "join reached"},
	{EXEC_IDLE, EXEC_RUNNING, "start"},
	{EXEC_IDLE, EXEC_ERROR, "timeout or failure"},
	{EXEC_IDLE, EXEC_CANCELLED, "suspended"},
	{EXEC_WAITING, EXEC_IDLE, "held by a pause"},
	{EXEC_WAITING, EXEC_RUNNING, "enough branches arrived"},
	{EXEC_WAITING, EXEC_SUCCESS, "children of the pass before ended"},
	{EXEC_WAITING, EXEC_ERROR, "too few branches can arrive"},
	{EXEC_WAITING, EXEC_CANCELLED, "suspended"},
	{EXEC_RUNNING, EXEC_IDLE, "pause-before, or held by a pause"},
	{EXEC_RUNNING, EXEC_WAITING, "join reached again"},
	{EXEC_RUNNING, EXEC_DELAYED, "wait-before"},
	{EXEC_RUNNING, EXEC_PAUSED, "a child is paused"},
	{EXEC_RUNNING, EXEC_SUCCESS, "children succeeded"},
	{EXEC_RUNNING, EXEC_ERROR, "a child failed"},
	{EXEC_RUNNING, EXEC_CANCELLED, "a child was cancelled, or suspended"},
	{EXEC_DELAYED, EXEC_IDLE, "held by a pause"},
	{EXEC_DELAYED, EXEC_WAITING, "join reached again"},
	{EXEC_DELAYED, EXEC_RUNNING, "wait-before or retry passed"},
	{EXEC_DELAYED, EXEC_SUCCESS, "wait-after passed"},
	{EXEC_DELAYED, EXEC_ERROR, "wait-after passed, or timeout"},
	{EXEC_DELAYED, EXEC_CANCELLED, "wait-after passed, or suspended"},
	{EXEC_PAUSED, EXEC_IDLE, "held by a pause"},
	{EXEC_PAUSED, EXEC_WAITING, "join reached again"},
	{EXEC_PAUSED, EXEC_RUNNING, "no child is paused"},
	{EXEC_PAUSED, EXEC_SUCCESS, "children succeeded"},
	{EXEC_PAUSED, EXEC_ERROR, "a child failed"},
	{EXEC_PAUSED, EXEC_CANCELLED, "a child was cancelled, or suspended"},
	{EXEC_SUCCESS, EXEC_WAITING, "join reached again, or retried"},
	{EXEC_SUCCESS, EXEC_DELAYED, "wait-after, or retry with continue-on"},
	{EXEC_SUCCESS, EXEC_ERROR, "fail-on, or what follows cannot be evaluated"},
	{EXEC_ERROR, EXEC_WAITING, "join reached again, or retried"},
	{EXEC_ERROR, EXEC_RUNNING, "rerun"},
	{EXEC_ERROR, EXEC_DELAYED, "wait-after or retry"},
	{EXEC_ERROR, EXEC_SKIPPED, "skip"},
	{EXEC_CANCELLED, EXEC_IDLE, "no longer suspended"},
	{EXEC_CANCELLED, EXEC_WAITING, "no longer suspended, or join reached again"},
	{EXEC_CANCELLED, EXEC_RUNNING, "rerun, or no longer suspended"},
	{EXEC_CANCELLED, EXEC_DELAYED, "no longer suspended, or wait-after"},
	{EXEC_CANCELLED, EXEC_PAUSED, "no longer suspended"},
	{EXEC_CANCELLED, EXEC_ERROR, "what follows cannot be evaluated"},
	{EXEC_SKIPPED, EXEC_WAITING, "join reached again"},
	{EXEC_SKIPPED, EXEC_RUNNING, "rerun within its sub-workflow"},
	{EXEC_SKIPPED, EXEC_ERROR, "what follows cannot be evaluated"}
};

/*
 * A result that comes after the engine has cancelled an action that nobody
 * seemed to end replaces that end.
 */
static const Transition action_transitions[] = {
	{EXEC_RUNNING, EXEC_PAUSED, "paused by its executor"},
	{EXEC_RUNNING, EXEC_SUCCESS, "result"},
	{EXEC_RUNNING, EXEC_ERROR, "result, or executor lost"},
	{EXEC_RUNNING, EXEC_CANCELLED, "result, or its task or execution ended"},
	{EXEC_PAUSED, EXEC_RUNNING, "resumed by its executor"},
	{EXEC_PAUSED, EXEC_SUCCESS, "result"},
	{EXEC_PAUSED, EXEC_ERROR, "result, or executor lost"},
	{EXEC_PAUSED, EXEC_CANCELLED, "result, or its task or execution ended"},
	{EXEC_SUCCESS, EXEC_ERROR, "output of an ad-hoc action fails, or is too large"},
	{EXEC_CANCELLED, EXEC_SUCCESS, "late result"},
	{EXEC_CANCELLED, EXEC_ERROR, "late result"}
};

typedef struct TransitionTable
{
	const Transition *transitions;
	int			n;
} TransitionTable;

static const TransitionTable tables[] = {
	[STATES_OF_EXECUTION] = {execution_transitions, lengthof(execution_transitions)},
	[STATES_OF_TASK] = {task_transitions, lengthof(task_transitions)},
	[STATES_OF_ACTION] = {action_transitions, lengthof(action_transitions)}
};

/*
 * Returns the name of a state, a constant string.  A byte that is no state is
 * an internal error.
 */
const char *
mst_state_name(ExecState state)
{
	for (int i = 0; i < lengthof(states); i++)
	{
		if (states[i].state == state)
			return states[i].name;
	}
	elog(ERROR, "unrecognized execution state: %d", (int) state);
}

/* Returns the state of that name, or EXEC_NONE. */
ExecState
mst_state_from_name(const char *name)
{
	for (int i = 0; i < lengthof(states); i++)
	{
		if (strcmp(states[i].name, name) == 0)
			return states[i].state;
	}
	return EXEC_NONE;
}

/*
 * Returns whether an object of that kind may go from one state to the other.
 * Every state may stay as it is.
 */
bool
mst_state_can_change(StateMachine machine, ExecState from, ExecState to)
{
	const TransitionTable *table = &tables[machine];

	for (int i = 0; i < table->n; i++)
	{
		if (table->transitions[i].from == from && table->transitions[i].to == to)
			return true;
	}
	return from == to;
}
