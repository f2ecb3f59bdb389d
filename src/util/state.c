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
	State		state;
	const char *name;
} StateInfo;

static const StateInfo states[] = {
	{MST_STATE_IDLE, "IDLE"},
	{MST_STATE_WAITING, "WAITING"},
	{MST_STATE_RUNNING, "RUNNING"},
	{MST_STATE_DELAYED, "DELAYED"},
	{MST_STATE_PAUSED, "PAUSED"},
	{MST_STATE_SUCCESS, "SUCCESS"},
	{MST_STATE_ERROR, "ERROR"},
	{MST_STATE_CANCELLED, "CANCELLED"},
	{MST_STATE_SKIPPED, "SKIPPED"}
};

/* "when" is the label of the arrow in the diagram. */
typedef struct Transition
{
	State		from;
	State		to;
	const char *when;
} Transition;

/* A user is told of a change of an execution that is not listed. */
static const Transition execution_transitions[] = {
	{MST_STATE_IDLE, MST_STATE_RUNNING, "start"},
	{MST_STATE_IDLE, MST_STATE_ERROR, "stopped"},
	{MST_STATE_IDLE, MST_STATE_CANCELLED, "stopped"},
	{MST_STATE_RUNNING, MST_STATE_PAUSED, "pause"},
	{MST_STATE_RUNNING, MST_STATE_SUCCESS, "all errors handled, or succeed"},
	{MST_STATE_RUNNING, MST_STATE_ERROR, "unhandled error, or fail"},
	{MST_STATE_RUNNING, MST_STATE_CANCELLED, "stopped, or a task was cancelled"},
	{MST_STATE_PAUSED, MST_STATE_RUNNING, "resume"},
	{MST_STATE_PAUSED, MST_STATE_ERROR, "stopped, or a task failed"},
	{MST_STATE_PAUSED, MST_STATE_CANCELLED, "stopped"},
	{MST_STATE_ERROR, MST_STATE_RUNNING, "rerun or skip of a task"},
	{MST_STATE_CANCELLED, MST_STATE_RUNNING, "rerun or skip of a task"}
};

/*
 * A task goes back from an end where a policy wants it (wait-after, retry),
 * where it is a join that the next pass reaches, where it is run again, and
 * where it was suspended, which shows as CANCELLED, by the end of its
 * execution.  Any state becomes ERROR when an expression fails, or a delayed
 * call is given up.
 */
static const Transition task_transitions[] = {
	{MST_STATE_IDLE, MST_STATE_WAITING, "join reached"},
	{MST_STATE_IDLE, MST_STATE_RUNNING, "start"},
	{MST_STATE_IDLE, MST_STATE_ERROR, "timeout or failure"},
	{MST_STATE_IDLE, MST_STATE_CANCELLED, "suspended"},
	{MST_STATE_WAITING, MST_STATE_IDLE, "held by a pause"},
	{MST_STATE_WAITING, MST_STATE_RUNNING, "enough branches arrived"},
	{MST_STATE_WAITING, MST_STATE_SUCCESS, "children of the pass before ended"},
	{MST_STATE_WAITING, MST_STATE_ERROR, "too few branches can arrive"},
	{MST_STATE_WAITING, MST_STATE_SKIPPED, "skip of a join that the revival reaches again"},
	{MST_STATE_WAITING, MST_STATE_CANCELLED, "suspended"},
	{MST_STATE_RUNNING, MST_STATE_IDLE, "pause-before, or held by a pause"},
	{MST_STATE_RUNNING, MST_STATE_WAITING, "join reached again"},
	{MST_STATE_RUNNING, MST_STATE_DELAYED, "wait-before"},
	{MST_STATE_RUNNING, MST_STATE_PAUSED, "a child is paused"},
	{MST_STATE_RUNNING, MST_STATE_SUCCESS, "children succeeded"},
	{MST_STATE_RUNNING, MST_STATE_ERROR, "a child failed"},
	{MST_STATE_RUNNING, MST_STATE_CANCELLED, "a child was cancelled, or suspended"},
	{MST_STATE_DELAYED, MST_STATE_IDLE, "held by a pause"},
	{MST_STATE_DELAYED, MST_STATE_WAITING, "join reached again"},
	{MST_STATE_DELAYED, MST_STATE_RUNNING, "wait-before or retry passed"},
	{MST_STATE_DELAYED, MST_STATE_SUCCESS, "wait-after passed"},
	{MST_STATE_DELAYED, MST_STATE_ERROR, "wait-after passed, or timeout"},
	{MST_STATE_DELAYED, MST_STATE_CANCELLED, "wait-after passed, or suspended"},
	{MST_STATE_PAUSED, MST_STATE_IDLE, "held by a pause"},
	{MST_STATE_PAUSED, MST_STATE_WAITING, "join reached again"},
	{MST_STATE_PAUSED, MST_STATE_RUNNING, "no child is paused"},
	{MST_STATE_PAUSED, MST_STATE_SUCCESS, "children succeeded"},
	{MST_STATE_PAUSED, MST_STATE_ERROR, "a child failed"},
	{MST_STATE_PAUSED, MST_STATE_CANCELLED, "a child was cancelled, or suspended"},
	{MST_STATE_SUCCESS, MST_STATE_WAITING, "join reached again, or retried"},
	{MST_STATE_SUCCESS, MST_STATE_DELAYED, "wait-after, or retry with continue-on"},
	{MST_STATE_SUCCESS, MST_STATE_ERROR, "fail-on, or what follows cannot be evaluated"},
	{MST_STATE_ERROR, MST_STATE_WAITING, "join reached again, or retried"},
	{MST_STATE_ERROR, MST_STATE_RUNNING, "rerun"},
	{MST_STATE_ERROR, MST_STATE_DELAYED, "wait-after or retry"},
	{MST_STATE_ERROR, MST_STATE_SKIPPED, "skip"},
	{MST_STATE_CANCELLED, MST_STATE_IDLE, "no longer suspended"},
	{MST_STATE_CANCELLED, MST_STATE_WAITING, "no longer suspended, or join reached again"},
	{MST_STATE_CANCELLED, MST_STATE_RUNNING, "rerun, or no longer suspended"},
	{MST_STATE_CANCELLED, MST_STATE_DELAYED, "no longer suspended, or wait-after"},
	{MST_STATE_CANCELLED, MST_STATE_PAUSED, "no longer suspended"},
	{MST_STATE_CANCELLED, MST_STATE_ERROR, "what follows cannot be evaluated"},
	{MST_STATE_SKIPPED, MST_STATE_WAITING, "join reached again"},
	{MST_STATE_SKIPPED, MST_STATE_RUNNING, "rerun within its sub-workflow"},
	{MST_STATE_SKIPPED, MST_STATE_ERROR, "what follows cannot be evaluated"}
};

/*
 * A result that comes after the engine has cancelled an action that nobody
 * seemed to end replaces that end.
 */
static const Transition action_transitions[] = {
	{MST_STATE_RUNNING, MST_STATE_PAUSED, "paused by its executor"},
	{MST_STATE_RUNNING, MST_STATE_SUCCESS, "result"},
	{MST_STATE_RUNNING, MST_STATE_ERROR, "result, or executor lost"},
	{MST_STATE_RUNNING, MST_STATE_CANCELLED, "result, or its task or execution ended"},
	{MST_STATE_PAUSED, MST_STATE_RUNNING, "resumed by its executor"},
	{MST_STATE_PAUSED, MST_STATE_SUCCESS, "result"},
	{MST_STATE_PAUSED, MST_STATE_ERROR, "result, or executor lost"},
	{MST_STATE_PAUSED, MST_STATE_CANCELLED, "result, or its task or execution ended"},
	{MST_STATE_SUCCESS, MST_STATE_ERROR, "output of an ad-hoc action fails, or is too large"},
	{MST_STATE_CANCELLED, MST_STATE_SUCCESS, "late result"},
	{MST_STATE_CANCELLED, MST_STATE_ERROR, "late result"}
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
mst_state_name(State state)
{
	for (int i = 0; i < lengthof(states); i++)
	{
		if (states[i].state == state)
			return states[i].name;
	}
	elog(ERROR, "unrecognized execution state: %d", (int) state);
}

/* Returns the state of that name, or MST_STATE_NONE. */
State
mst_state_from_name(const char *name)
{
	for (int i = 0; i < lengthof(states); i++)
	{
		if (strcmp(states[i].name, name) == 0)
			return states[i].state;
	}
	return MST_STATE_NONE;
}

/*
 * Returns whether an object of that kind may go from one state to the other.
 * Every state may stay as it is.
 */
bool
mst_state_can_change(StateMachine machine, State from, State to)
{
	const TransitionTable *table = &tables[machine];

	for (int i = 0; i < table->n; i++)
	{
		if (table->transitions[i].from == from && table->transitions[i].to == to)
			return true;
	}
	return from == to;
}
