/*-------------------------------------------------------------------------
 *
 * state.c
 *	  Execution states and the transitions allowed between them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "util/state.h"

typedef struct StateInfo
{
	ExecState	state;
	const char *name;
	const char *successors;		/* state bytes */
} StateInfo;

static const StateInfo states[] = {
	{EXEC_IDLE, "IDLE", "REC"},
	{EXEC_WAITING, "WAITING", "R"},
	{EXEC_RUNNING, "RUNNING", "PDSEC"},
	{EXEC_DELAYED, "DELAYED", "REC"},
	{EXEC_PAUSED, "PAUSED", "REC"},
	{EXEC_SUCCESS, "SUCCESS", ""},
	{EXEC_ERROR, "ERROR", "RK"},
	{EXEC_CANCELLED, "CANCELLED", "R"},
	{EXEC_SKIPPED, "SKIPPED", ""}
};

static const StateInfo *
find_state(ExecState state)
{
	for (int i = 0; i < lengthof(states); i++)
	{
		if (states[i].state == state)
			return &states[i];
	}
	elog(ERROR, "unrecognized execution state: %d", (int) state);
}

const char *
mst_state_name(ExecState state)
{
	return find_state(state)->name;
}

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

bool
mst_state_can_change(ExecState from, ExecState to)
{
	return from == to || strchr(find_state(from)->successors, to) != NULL;
}
