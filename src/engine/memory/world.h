/*-------------------------------------------------------------------------
 *
 * world.h
 *	  What a simulation puts in the place of the database around a call.
 *
 * A real call has none: it finds definitions in the tables and hands actions
 * to executors.  Each function may leave the question to the real answer.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_MEMORY_WORLD_H
#define MISTRAL_ENGINE_MEMORY_WORLD_H

#include "definition/definitions.h"
#include "engine/memory/model.h"

typedef struct ActionCall ActionCall;

typedef struct World
{
	/* The compiled workflow of that version, and its JSON, or NULL. */
	const WorkflowSpec *(*spec) (EngineCall *call, const pg_uuid_t *version_id);
	const char *(*spec_json) (EngineCall *call, const pg_uuid_t *version_id);
	/* Finds a workflow by name; false if there is none. */
	bool		(*find_workflow) (EngineCall *call, const char *name, WorkflowRef *ref);
	/* An ad-hoc action by name, or NULL. */
	const ActionSpec *(*find_action) (EngineCall *call, const char *name);

	/*
	 * End an action in the place of whoever runs it; false: it may really
	 * run.
	 */
	bool		(*run_action) (EngineCall *call, Task *task, ActionRow *action,
							   const ActionCall *resolved);
	/* The rows of a task's query: a list, or a mapping with "error". */
	Jsonb	   *(*query_rows) (EngineCall *call, Task *task);
	/* Note a change of state; task is NULL for one of the execution. */
	void		(*note) (EngineCall *call, Execution *exec, Task *task, const char *event);
} World;

#endif							/* MISTRAL_ENGINE_MEMORY_WORLD_H */
