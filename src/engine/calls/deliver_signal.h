/*-------------------------------------------------------------------------
 *
 * deliver_signal.h
 *	  Signals on their way to the tasks that wait for them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_CALLS_DELIVER_SIGNAL_H
#define MISTRAL_ENGINE_CALLS_DELIVER_SIGNAL_H

#include "engine/steps/steps.h"

/* What somebody tells an execution. */
typedef struct SignalRequest
{
	pg_uuid_t	execution_id;
	const char *name;
	const char *key;			/* NULL: none */
	Jsonb	   *data;			/* NULL: null */
} SignalRequest;

extern bool mst_engine_signal(const SignalRequest *request);
extern int	mst_engine_signal_key(const char *execution_key, SignalRequest *request);
extern void mst_engine_signal_event(const char *name, const char *project, Jsonb *data);
extern void mst_signals_deliver(EngineCall *call, Execution *exec, bool *is_busy);
extern void mst_wait_time_out(EngineCall *call, Task *task, Jsonb *args);

#endif							/* MISTRAL_ENGINE_CALLS_DELIVER_SIGNAL_H */
