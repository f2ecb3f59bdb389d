/*-------------------------------------------------------------------------
 *
 * simulate.h
 *	  Running a definition in virtual time, with nothing written.
 *
 * A simulation is an engine call whose executions are never stored.  The
 * decisions are those of the engine; only what the outside world would do is
 * replaced: actions end as mocks say, delays pass at once.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_CALLS_SIMULATE_H
#define MISTRAL_ENGINE_CALLS_SIMULATE_H

#include "definition/definitions.h"
#include "engine/steps/advance.h"

typedef struct Simulation Simulation;

/* What to simulate; NULL where not given. */
typedef struct SimulationRequest
{
	const char *definition;		/* text of workflows or of a workbook */
	const char *workflow;		/* name; NULL: the first of the text */
	Jsonb	   *input;
	Jsonb	   *mocks;			/* task or action name -> result or list of results */
	Jsonb	   *params;
} SimulationRequest;

/*
 * Simulate; returns a JSON list of steps, each with "at" (seconds since the
 * start), "workflow", "task", "event", "state" and "detail".  Raises what is
 * wrong with the definition or the request.
 */
extern Jsonb *mst_engine_simulate(SimulationRequest *request);

/* ---- called by the engine's steps ---- */

/* The compiled workflow of a simulated definition, or NULL. */
extern const WorkflowSpec *mst_simulate_spec(Advance *adv, const pg_uuid_t *version_id);

/* The JSON that it was compiled from, or NULL. */
extern const char *mst_simulate_spec_json(Advance *adv, const pg_uuid_t *version_id);

/* A workflow or ad-hoc action that comes with the simulated definition. */
extern bool mst_simulate_find_workflow(Advance *adv, const char *name,
									   WorkflowRef *ref);
extern const ActionSpec *mst_simulate_find_action(Advance *adv, const char *name);

/*
 * End an action as a mock says, or with the default result when it is none
 * that the engine runs by itself; false: it may really run.
 */
extern bool mst_simulate_action(Advance *adv, Task *task, ActionRow *action,
								const ActionCall *call);

/* Refuse to go on with more memory than the setting allows. */
extern void mst_simulate_check_memory(Advance *adv);

/* Note a change of state; task is NULL for one of the execution. */
extern void mst_simulate_note(Advance *adv, Exec *exec, Task *task,
							  const char *event);

#endif							/* MISTRAL_ENGINE_CALLS_SIMULATE_H */
