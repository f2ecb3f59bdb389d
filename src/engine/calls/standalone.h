/*-------------------------------------------------------------------------
 *
 * standalone.h
 *	  Actions that run by themselves, without a task.
 *
 * The caller has checked that the user may change the action.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_CALLS_STANDALONE_H
#define MISTRAL_ENGINE_CALLS_STANDALONE_H

#include "engine/steps/steps.h"

/* How a stand-alone action is run, and what became of it. */
typedef struct ActionRun
{
	const char *name;
	const char *namespace;
	Jsonb	   *input;
	bool		run_sync;
	bool		save_result;
	const char *target;
	int32		timeout_s;
	int64		forget_after_s; /* 0: what is not saved is kept as well */
	const char *description;	/* kept with what is run synchronously */
	ActionRow  *action;			/* result; its id is none when nothing is
								 * stored */
} ActionRun;

extern void mst_engine_run_action(ActionRun *run);

/* The fate of an action that is not waited for any more. */
typedef enum Abandoned
{
	ABANDONED_ENDED,			/* it has its result; nothing was done */
	ABANDONED_RUNNING,			/* it is saved, and runs on */
	ABANDONED_REMOVED,			/* it runs, but its result will be ignored */
	ABANDONED_TAKEN_BACK		/* nobody has begun it, nor will */
} Abandoned;

extern Abandoned mst_engine_abandon_action(const pg_uuid_t *id);
extern void mst_standalone_delete(ActionRow *action);
extern void mst_standalone_forget(const DelayedCallRow *delayed);

#endif							/* MISTRAL_ENGINE_CALLS_STANDALONE_H */
