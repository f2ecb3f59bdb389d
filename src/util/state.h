/*-------------------------------------------------------------------------
 *
 * state.h
 *	  Execution states and the transitions allowed between them.
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

/* The transition table of engine.md 1.2; a state may always become itself. */
extern bool mst_state_can_change(ExecState from, ExecState to);

#endif							/* MISTRAL_UTIL_STATE_H */
