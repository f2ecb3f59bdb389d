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

/*
 * Do what is due, in transactions of their own, a bounded amount of it.
 * Returns when there will be something to do again (PG_INT64_MAX: unknown).
 */
extern TimestampTz mst_duties_run(Worker *worker);

/*
 * The duty of removing finished executions that are too old or too many
 * (mistral.expiration_*): one batch.  Returns when to call it again.
 */
extern TimestampTz mst_expire_executions(Worker *worker);

#endif							/* MISTRAL_WORKER_HOUSEKEEPING_H */
