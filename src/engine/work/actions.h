/*-------------------------------------------------------------------------
 *
 * actions.h
 *	  What the name of an action stands for, and running it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_WORK_ACTIONS_H
#define MISTRAL_ENGINE_WORK_ACTIONS_H

#include "engine/flow/flow.h"
#include "engine/memory/world.h"

/* The action that a name stands for. */
struct ActionCall
{
	char	   *name;			/* as recorded */
	Jsonb	   *input;			/* as recorded */
	char	   *run_name;		/* the action really run; "name" itself if
								 * that */
	Jsonb	   *run_input;
	char	   *provider;		/* project whose executors run it; NULL: any */
	const char *function;		/* of the database that runs it, or NULL */
	const char *function_owner;
	bool		is_sync;
};

typedef enum ActionProblem
{
	ACTION_OK,
	ACTION_UNKNOWN,				/* fatal for the task */
	ACTION_BAD_INPUT,			/* fatal for the task */
	ACTION_DENIED,				/* by a rule; fatal for the task */
	ACTION_NOT_RUNNABLE			/* catchable, see mst_catch_start_failures */
} ActionProblem;

/* ---- action_run.c ---- */

extern ActionProblem mst_action_resolve(EngineCall *call, Task *task,
										const char *name, const char *workbook,
										const char *namespace, const char *project,
										Jsonb *input, ActionCall *resolved,
										char **message);
extern bool mst_action_transform(EngineCall *call, Task *task, const char *name,
								 const char *workbook, const char *namespace,
								 const char *project, Jsonb **value,
								 ExprError **error);
extern Jsonb *mst_action_run_note(const ActionCall *resolved);
extern void mst_action_end(EngineCall *call, ActionRow *action, State state,
						   Jsonb *result);
extern void mst_action_run(EngineCall *call, Task *task, ActionRow *action,
						   const ActionCall *resolved);
extern bool mst_action_run_stored(ActionRow *action, int attempts,
								  State *state, Jsonb **output,
								  TimestampTz *due);

#endif							/* MISTRAL_ENGINE_WORK_ACTIONS_H */
