/*-------------------------------------------------------------------------
 *
 * shared.h
 *	  What backends and workers share in memory: who runs, who waits, and
 *	  what the workers have been asked to look at.
 *
 * Nothing here is the truth about work; the tables are.  All of it may be
 * lost at any time (a crash starts with it empty) at the cost of a wake-up.
 *
 * There is one DatabaseSlot for each database in which workers run, taken by
 * the launcher and given back by it.  Its mutex protects everything in it
 * and is held for a few memory accesses only; latches are set after it has
 * been released.
 *
 * Without shared_preload_libraries there is no shared memory, and
 * mst_shared() is NULL.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_SHARED_H
#define MISTRAL_SHARED_H

#include "datatype/timestamp.h"
#include "storage/condition_variable.h"
#include "storage/latch.h"
#include "storage/lwlock.h"
#include "storage/spin.h"

#define MST_MAX_DATABASES	64
#define MST_MAX_SCHEDULERS	16
#define MST_MAX_CHANNELS	16
#define MST_MAX_MARKS		16
#define MST_WAIT_GROUPS		64

typedef struct WorkerSlot
{
	Latch	   *latch;			/* NULL: not running */
	int			pid;
	TimestampTz sleep_until;	/* 0: awake, and will look before it sleeps */
} WorkerSlot;

/*
 * Where claims of one target begin to look in the index of ready work: no
 * live row of the target is before (priority, id).
 */
typedef struct ClaimMark
{
	uint32		target_hash;
	bool		is_used;
	int32		priority;
	int64		id;
	uint64		changes;		/* counts the times the mark was lowered */
	TimestampTz next_full_scan; /* when a claim may look from the start */
} ClaimMark;

typedef struct DatabaseSlot
{
	slock_t		mutex;
	Oid			database_id;	/* InvalidOid: the slot is free */
	bool		is_leaving;		/* workers shall exit and not be restarted */
	uint32		wake_count;		/* changes with each wake-up of schedulers */
	WorkerSlot	schedulers[MST_MAX_SCHEDULERS];
	WorkerSlot	dispatcher;
	bool		all_channels;	/* notify every channel with work */
	int			nchannels;
	char		channels[MST_MAX_CHANNELS][NAMEDATALEN];
	ClaimMark	marks[MST_MAX_MARKS];
} DatabaseSlot;

typedef struct SharedState
{
	LWLock	   *lock;			/* slots being taken and freed; the launcher's */
	Latch	   *launcher;		/* NULL: not running */
	bool		look_again;		/* the launcher shall look at all databases */
	DatabaseSlot databases[MST_MAX_DATABASES];
	ConditionVariable waiters[MST_WAIT_GROUPS];
} SharedState;

/* Ask for the memory; called by _PG_init under shared_preload_libraries. */
extern void mst_shared_request(void);

/* The shared memory, or NULL when there is none. */
extern SharedState *mst_shared(void);

/* The slot of this session's database, or NULL when no worker runs in it. */
extern DatabaseSlot *mst_shared_database(void);

/*
 * The slot of a database; taken for it when it has none and "create" is set.
 * NULL when there is none (left).  The caller holds the lock of the shared
 * state, exclusively in order to create.
 */
extern DatabaseSlot *mst_shared_slot(Oid database_id, bool create);

#endif							/* MISTRAL_SHARED_H */
