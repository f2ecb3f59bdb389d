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
 * the launcher and given back when the extension or the database has gone;
 * "lock" is held for both.  Its mutex protects everything in it but the
 * fields of the launcher (is_probed, leaving_for: "lock"), and is held for a
 * few memory accesses only; latches are set after it has been released.
 *
 * Without shared_preload_libraries there is no shared memory, and
 * mst_shared() is NULL.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_SIGNAL_SHARED_H
#define MISTRAL_SIGNAL_SHARED_H

#include "datatype/timestamp.h"
#include "port/atomics.h"
#include "storage/condition_variable.h"
#include "storage/latch.h"
#include "storage/lwlock.h"
#include "storage/spin.h"

#define MST_MAX_DATABASES	64
#define MST_MAX_SCHEDULERS	16
#define MST_MAX_WORKERS		(2 * MST_MAX_SCHEDULERS + 1)
#define MST_MAX_CHANNELS	16
#define MST_MARK_SETS		16
#define MST_MARKS_OF_SET	4
#define MST_MAX_MARKS		(MST_MARK_SETS * MST_MARKS_OF_SET)
#define MST_MARK_RECENT		32
#define MST_MAX_REQUESTS	16
#define MST_WAIT_GROUPS		64
#define MST_FULL_PLACES		64
#define MST_TURN_PLACES		256
#define MST_LIST_PLACES		1024
#define MST_LIST_PLACE_SIZE	512

/*
 * The kinds of workers that a database has; schedulers come numbered.  The
 * slow ones run only while there are calls for them.
 */
typedef enum WorkerKind
{
	WORKER_SCHEDULER,
	WORKER_SLOW_SCHEDULER,
	WORKER_DISPATCHER
} WorkerKind;

typedef struct WorkerSlot
{
	Latch	   *latch;			/* NULL: not running */
	int			pid;
	TimestampTz sleep_until;	/* 0: awake, and will look before it sleeps */
	bool		must_yield;		/* shall end, as another needs its place */
} WorkerSlot;

/* Where claims of one kind of work begin to look; see low_water.h. */
typedef struct LowWaterMark
{
	bool		is_used;
	bool		is_set;			/* else they begin at the start */
	uint64		kind;			/* its hash */
	uint64		used;			/* greater in those used later */
	int32		priority;
	int64		id;
	uint64		changes;		/* rows that have appeared so far */
	int32		recent_priority[MST_MARK_RECENT];	/* the last of them, by */
	int64		recent_id[MST_MARK_RECENT]; /* count modulo size */
	int64		next_look_back; /* when a claim may look from the start: of
								 * mst_steady_us() */
} LowWaterMark;

typedef struct DatabaseSlot
{
	slock_t		mutex;
	Oid			database_id;	/* InvalidOid: the slot is free */
	bool		is_probed;		/* known to have the extension */
	int			leaving_for;	/* pid of the session for which workers shall
								 * exit and stay away, or 0 */
	TimestampTz waits_since;	/* for a worker slot of the server, or 0; the
								 * launcher's, as those before */
	uint32		wake_count;		/* changes with each wake-up of schedulers */
	uint32		housekeeping_count; /* changes with conditions of housekeeping */
	bool		has_events;		/* there are events to be routed */
	uint32		slow_wake_count;	/* the same for the slow ones */
	bool		wants_slow;		/* there may be calls for them */
	WorkerSlot	schedulers[MST_MAX_SCHEDULERS];
	WorkerSlot	slow_schedulers[MST_MAX_SCHEDULERS];
	WorkerSlot	dispatcher;
	bool		all_channels;	/* notify every channel with work */
	int			nchannels;
	char		channels[MST_MAX_CHANNELS][NAMEDATALEN];
	uint64		mark_count;		/* uses of marks so far */
	LowWaterMark marks[MST_MAX_MARKS];	/* sets, by the hash of the kind */
} DatabaseSlot;

/* Where a page of a list has ended; see places.h. */
typedef struct ListPlace
{
	Oid			database_id;	/* InvalidOid: free */
	Oid			reader;			/* role */
	uint64		marker;			/* hash of the id of the page's last row */
	uint64		keys;			/* and of the columns sorted by */
	uint64		used;			/* greater in those noted later */
	char		place[MST_LIST_PLACE_SIZE]; /* what that row has in them */
} ListPlace;

typedef struct SharedState
{
	LWLock	   *lock;			/* slots being taken and freed; the launcher's */
	Latch	   *launcher;		/* NULL: not running */
	bool		look_again;		/* the launcher shall look at all databases */
	int			nrequests;		/* and at these */
	Oid			requests[MST_MAX_REQUESTS];
	DatabaseSlot databases[MST_MAX_DATABASES];
	ConditionVariable waiters[MST_WAIT_GROUPS];
	pg_atomic_uint32 doubts;	/* for these two see doubt.h */
	pg_atomic_uint64 doubt_changes;
	pg_atomic_uint64 full[MST_FULL_PLACES]; /* see full.h */
	pg_atomic_uint64 turns[MST_TURN_PLACES];	/* see claim_turns.h */
	LWLock	   *places_lock;	/* for the next two */
	uint64		list_place_count;
	ListPlace	list_places[MST_LIST_PLACES];
	uint64		hash_seed;		/* random: nobody can choose what collides */
} SharedState;

extern void mst_shared_request(void);
extern SharedState *mst_shared(void);
extern DatabaseSlot *mst_shared_database(void);
extern WorkerSlot *mst_shared_worker(DatabaseSlot *slot, int i);
extern WorkerSlot *mst_shared_worker_of(DatabaseSlot *slot, WorkerKind kind, int number);
extern void mst_shared_count(int *databases, int *waiting);
extern void mst_shared_free_slot(Oid database_id);
extern DatabaseSlot *mst_shared_slot(Oid database_id, bool create);

#endif							/* MISTRAL_SIGNAL_SHARED_H */
