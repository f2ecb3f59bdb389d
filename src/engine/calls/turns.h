/*-------------------------------------------------------------------------
 *
 * turns.h
 *	  Starts that are put off: until a time, or until it is their turn.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_CALLS_TURNS_H
#define MISTRAL_ENGINE_CALLS_TURNS_H

#include "engine/steps/steps.h"

extern Execution *mst_start_take_key(EngineCall *call, StartRequest *request);
extern bool mst_start_put_off(EngineCall *call, Execution *exec, const StartRequest *request);
extern void mst_start_begin_now(EngineCall *call, Execution *exec);
extern void mst_start_begin_due(EngineCall *call, Execution *exec);
extern void mst_start_pass_turn(const char *project, const char *key);

#endif							/* MISTRAL_ENGINE_CALLS_TURNS_H */
