/*-------------------------------------------------------------------------
 *
 * state.h
 *	  States of executions, tasks and actions, and what may follow what.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_UTIL_STATE_H
#define MISTRAL_UTIL_STATE_H

#include "store/store.h"

/* "RUNNING" and so on. */
extern const char *mst_state_name(ExecState state);

/* The state of that name, or EXEC_NONE. */
extern ExecState mst_state_from_name(const char *name);

/* SUCCESS, ERROR, CANCELLED, SKIPPED. */
static inline bool
mst_state_is_completed(ExecState state)
{
	return state == EXEC_SUCCESS || state == EXEC_ERROR ||
		state == EXEC_CANCELLED || state == EXEC_SKIPPED;
}

/* Whose states: each kind has a table of transitions of its own in state.c. */
typedef enum StateMachine
{
	STATES_OF_EXECUTION,
	STATES_OF_TASK,
	STATES_OF_ACTION
} StateMachine;

extern bool mst_state_can_change(StateMachine machine, ExecState from, ExecState to);

#endif							/* MISTRAL_UTIL_STATE_H */
