/*-------------------------------------------------------------------------
 *
 * results.h
 *	  Results that were recorded while the execution was locked.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_CALLS_RESULTS_H
#define MISTRAL_ENGINE_CALLS_RESULTS_H

#include "engine/steps/steps.h"

extern void mst_results_take_recorded(EngineCall *call);

extern void mst_results_report(EngineCall *call, ActionResult *result);

extern void mst_results_record(EngineCall *call, ActionResult *result);

/* in reports.c */
extern bool mst_reports_take_turn(const pg_uuid_t *action_id, bool wait);
extern void mst_reports_end_turn(const pg_uuid_t *action_id);

#endif							/* MISTRAL_ENGINE_CALLS_RESULTS_H */
