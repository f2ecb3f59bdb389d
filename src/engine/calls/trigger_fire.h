/*-------------------------------------------------------------------------
 *
 * trigger_fire.h
 *	  Starting workflows at points in time and on events.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_CALLS_TRIGGER_FIRE_H
#define MISTRAL_ENGINE_CALLS_TRIGGER_FIRE_H

#include "store/store.h"

/*
 * Run that call: start the workflow, and wait for the next time.  What the
 * start fails with is only logged: the trigger goes on.
 */
extern void mst_cron_trigger_fire(DelayedCallRow *delayed);

#endif							/* MISTRAL_ENGINE_CALLS_TRIGGER_FIRE_H */
