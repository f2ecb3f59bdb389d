/*-------------------------------------------------------------------------
 *
 * limit_wants.h
 *	  Evaluating the limits of a task or workflow.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_WORK_LIMIT_WANTS_H
#define MISTRAL_ENGINE_WORK_LIMIT_WANTS_H

#include "engine/data/data.h"
#include "store/secrets.h"
#include "store/slots.h"

/* Limits, and whose they are. */
typedef struct LimitSource
{
	const LimitSpec *limits;
	int			n_limits;
	const char *project;
	const char *owner;			/* of those without a name */
	bool		is_simulated;	/* names need not exist */
	SecretSet  *secrets;		/* not to be seen in keys; may be NULL */
} LimitSource;

extern pg_uuid_t mst_limit_identity(const LimitSource *source, int index, const char *name,
									const char *key);
extern char *mst_limit_problem_above(EngineCall *call, Execution *exec, bool is_task,
									 List *wants);
extern char *mst_limits_eval(const LimitSource *source, ExprBindings *bindings, List **wants);

/* ---- exec_slots.c ---- */

extern bool mst_execution_take_slots(EngineCall *call, Execution *exec);
extern void mst_execution_retake_slots(EngineCall *call, Execution *exec);

#endif							/* MISTRAL_ENGINE_WORK_LIMIT_WANTS_H */
