/*-------------------------------------------------------------------------
 *
 * exec_make.h
 *	  Making the rows of an execution: input, parameters, vars.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_WORK_EXEC_MAKE_H
#define MISTRAL_ENGINE_WORK_EXEC_MAKE_H

#include "definition/definitions.h"
#include "engine/steps/advance.h"

/* Why a start is refused: raised to a caller, or the state of a parent task. */
typedef struct StartProblem
{
	int			sqlstate;
	char	   *message;		/* NULL: none */
	char	   *hint;
} StartProblem;

extern char *mst_exec_namespace(Advance *adv, Exec *exec);
extern Exec *mst_exec_make(Advance *adv, const WorkflowRef *ref, const pg_uuid_t *id,
						   const char *project);
extern bool mst_exec_complete_start(Advance *adv, Exec *exec, StartProblem *problem);

#endif							/* MISTRAL_ENGINE_WORK_EXEC_MAKE_H */
