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

#include "utils/jsonb.h"

/* A request to simulate; members are NULL where not given. */
typedef struct SimulationRequest
{
	const char *definition;		/* text of workflows or of a workbook */
	const char *workflow;		/* name; NULL: the first of the text */
	Jsonb	   *input;
	Jsonb	   *mocks;			/* task or action name -> result or list of
								 * results */
	Jsonb	   *params;
} SimulationRequest;

extern Jsonb *mst_engine_simulate(SimulationRequest *request);

#endif							/* MISTRAL_ENGINE_CALLS_SIMULATE_H */
