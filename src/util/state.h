/*-------------------------------------------------------------------------
 *
 * state.h
 *	  States of executions, tasks and actions, and what may follow what.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_UTIL_STATE_H
#define MISTRAL_UTIL_STATE_H

/* The bytes that are stored. */
typedef enum State
{
	MST_STATE_NONE = 0,
	MST_STATE_IDLE = 'I',
	MST_STATE_WAITING = 'W',
	MST_STATE_RUNNING = 'R',
	MST_STATE_DELAYED = 'D',
	MST_STATE_PAUSED = 'P',
	MST_STATE_SUCCESS = 'S',
	MST_STATE_ERROR = 'E',
	MST_STATE_CANCELLED = 'C',
	MST_STATE_SKIPPED = 'K'
} State;

extern const char *mst_state_name(State state);
extern State mst_state_from_name(const char *name);

/* SUCCESS, ERROR, CANCELLED, SKIPPED. */
static inline bool
mst_state_is_completed(State state)
{
	return state == MST_STATE_SUCCESS || state == MST_STATE_ERROR ||
		state == MST_STATE_CANCELLED || state == MST_STATE_SKIPPED;
}

/* Whose states: each kind has a table of transitions of its own in state.c. */
typedef enum StateMachine
{
	STATES_OF_EXECUTION,
	STATES_OF_TASK,
	STATES_OF_ACTION
} StateMachine;

extern bool mst_state_can_change(StateMachine machine, State from, State to);

#endif							/* MISTRAL_UTIL_STATE_H */
