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
#include "engine/work/children.h"

/*
 * Why a start is refused: raised to a caller, or the state of a parent task.
 */
typedef struct StartProblem
{
	int			sqlstate;
	char	   *message;		/* NULL: none */
	char	   *hint;
} StartProblem;

extern char *mst_execution_namespace(EngineCall *call, Execution *exec);
extern Execution *mst_execution_make(EngineCall *call, const WorkflowRef *ref, const pg_uuid_t *id,
									 const char *project);
extern bool mst_execution_complete_start(EngineCall *call, Execution *exec, StartProblem *problem);
extern void mst_execution_begin(EngineCall *call, Execution *exec);

#endif							/* MISTRAL_ENGINE_WORK_EXEC_MAKE_H */
