/*-------------------------------------------------------------------------
 *
 * workers.h
 *	  What the files of this room share: workers and their starts.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_WORKERS_H
#define MISTRAL_WORKERS_H

#include "signal/shared.h"

/* ---- launcher.c ---- */

extern void mst_launcher_register(void);
extern void mst_launcher_request(Oid database_id);
extern void mst_launcher_wake(void);

/* ---- hooks.c ---- */

extern void mst_hooks_install(void);

/* Has the workers of this database run from the commit on. */
extern void mst_workers_start_at_commit(void);

/* ---- worker.c ---- */

/* A worker of a database, as its own process sees it. */
typedef struct Worker
{
	WorkerKind	kind;
	int			number;
	DatabaseSlot *slot;
	WorkerSlot *self;			/* in the slot */
	MemoryContext round_cxt;	/* for the caller to reset */
	uint32		reloads;		/* of the settings, so far */
} Worker;

extern Worker *mst_worker_begin(Datum main_arg, WorkerKind kind);
extern void mst_worker_check(Worker *worker);

/*
 * A transaction of a worker, with a snapshot; "activity" is what shows in
 * pg_stat_activity.  Starting one ends the process when the extension has
 * gone, and waits while the database stands still (store/home.h).
 */
extern void mst_worker_start_transaction(Worker *worker, const char *activity);
extern void mst_worker_commit(void);
extern void mst_worker_abort(void);
extern void mst_worker_wake_sibling(Worker *worker);
extern void mst_worker_want_slow(Worker *worker);
extern TimestampTz (*mst_worker_clock) (void);
extern void (*mst_worker_wait) (long timeout_ms, uint32 wait_event);

#endif							/* MISTRAL_WORKERS_H */
