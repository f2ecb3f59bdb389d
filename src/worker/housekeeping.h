/*-------------------------------------------------------------------------
 *
 * housekeeping.h
 *	  What the first scheduler of a database does now and then.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_WORKER_HOUSEKEEPING_H
#define MISTRAL_WORKER_HOUSEKEEPING_H

#include "worker/workers.h"

extern TimestampTz mst_housekeeping_run(Worker *worker);
extern TimestampTz mst_expire_executions(Worker *worker);

#endif							/* MISTRAL_WORKER_HOUSEKEEPING_H */
