/*-------------------------------------------------------------------------
 *
 * shared.c
 *	  The shared memory of backends and workers: asked for, set up, found.
 *
 * A database gets a slot when a worker is to run in it; slots are few and
 * searched in turn.  Without shared_preload_libraries there is no memory:
 * then nothing is woken, every caller copes with NULL, and sessions poll.
 * The memory holds hints only, so a crash loses nothing: what is to be done
 * stands in tables.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/shmem.h"

#include "signal/shared.h"
#include "util/compat.h"

#define SHARED_NAME		"mistral"

static SharedState *shared = NULL;
static shmem_startup_hook_type prev_startup_hook = NULL;

static void
request_memory(void)
{
	RequestAddinShmemSpace(MAXALIGN(sizeof(SharedState)));
	RequestNamedLWLockTranche(SHARED_NAME, 2);
}

#ifdef MST_HAVE_SHMEM_REQUEST_HOOK
static shmem_request_hook_type prev_request_hook = NULL;

static void
shared_request(void)
{
	if (prev_request_hook)
		prev_request_hook();
	request_memory();
}
#endif

static void
init_database(DatabaseSlot *slot)
{
	memset(slot, 0, sizeof(DatabaseSlot));
	SpinLockInit(&slot->mutex);
	slot->database_id = InvalidOid;
}

static void
shared_startup(void)
{
	bool		found;

	if (prev_startup_hook)
		prev_startup_hook();

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = ShmemInitStruct(SHARED_NAME, sizeof(SharedState), &found);
	if (!found)
	{
		memset(shared, 0, sizeof(SharedState));
		shared->lock = &GetNamedLWLockTranche(SHARED_NAME)[0].lock;
		shared->places_lock = &GetNamedLWLockTranche(SHARED_NAME)[1].lock;
		for (int i = 0; i < MST_MAX_DATABASES; i++)
			init_database(&shared->databases[i]);
		for (int i = 0; i < MST_WAIT_GROUPS; i++)
			ConditionVariableInit(&shared->waiters[i]);
		pg_atomic_init_u32(&shared->doubts, 0);
		pg_atomic_init_u64(&shared->doubt_changes, 0);
		for (int i = 0; i < MST_FULL_PLACES; i++)
			pg_atomic_init_u64(&shared->full[i], 0);
		for (int i = 0; i < MST_TURN_PLACES; i++)
			pg_atomic_init_u64(&shared->turns[i], 0);
		if (!pg_strong_random(&shared->hash_seed, sizeof(shared->hash_seed)))
			elog(WARNING, "could not make a random seed");
	}
	LWLockRelease(AddinShmemInitLock);
}

/*
 * Asks for the shared memory; _PG_init calls it under
 * shared_preload_libraries.
 */
void
mst_shared_request(void)
{
#ifdef MST_HAVE_SHMEM_REQUEST_HOOK
	prev_request_hook = shmem_request_hook;
	shmem_request_hook = shared_request;
#else
	request_memory();
#endif
	prev_startup_hook = shmem_startup_hook;
	shmem_startup_hook = shared_startup;
}

/*
 * Returns the shared memory; NULL if the library is not in
 * shared_preload_libraries.
 */
SharedState *
mst_shared(void)
{
	return shared;
}

/*
 * Returns the slot of this session's database; NULL if no worker runs in
 * it.
 */
DatabaseSlot *
mst_shared_database(void)
{
	static int	known = -1;

	if (shared == NULL || !OidIsValid(MyDatabaseId))
		return NULL;

	/* slots seldom move; a stale answer costs a wake-up at most */
	if (known >= 0 && shared->databases[known].database_id == MyDatabaseId)
		return &shared->databases[known];

	for (int i = 0; i < MST_MAX_DATABASES; i++)
	{
		if (shared->databases[i].database_id == MyDatabaseId)
		{
			known = i;
			return &shared->databases[i];
		}
	}
	return NULL;
}

/*
 * Returns the slot of a database, and with "create" takes a free one for
 * it.  NULL if it has none, or none is left.  The caller holds the lock of
 * the shared state, exclusively in order to create.
 */
DatabaseSlot *
mst_shared_slot(Oid database_id, bool create)
{
	DatabaseSlot *unused = NULL;

	for (int i = 0; i < MST_MAX_DATABASES; i++)
	{
		DatabaseSlot *slot = &shared->databases[i];

		if (slot->database_id == database_id)
			return slot;
		if (unused == NULL && !OidIsValid(slot->database_id))
			unused = slot;
	}
	if (!create || unused == NULL)
		return NULL;

	init_database(unused);
	unused->database_id = database_id;
	return unused;
}

/*
 * Returns the i-th worker's place, 0 <= i < MST_MAX_WORKERS, in the slot of
 * a database.
 */
WorkerSlot *
mst_shared_worker(DatabaseSlot *slot, int i)
{
	if (i < MST_MAX_SCHEDULERS)
		return &slot->schedulers[i];
	i -= MST_MAX_SCHEDULERS;
	return i < MST_MAX_SCHEDULERS ? &slot->slow_schedulers[i] : &slot->dispatcher;
}

/*
 * Returns the place of the worker of that kind and number in the slot of its
 * database.
 */
WorkerSlot *
mst_shared_worker_of(DatabaseSlot *slot, WorkerKind kind, int number)
{
	switch (kind)
	{
		case WORKER_SCHEDULER:
			return &slot->schedulers[number];
		case WORKER_SLOW_SCHEDULER:
			return &slot->slow_schedulers[number];
		case WORKER_DISPATCHER:
			return &slot->dispatcher;
	}
	elog(ERROR, "unrecognized kind of worker: %d", (int) kind);
	return NULL;
}

/*
 * Counts the databases that have a slot, and those of them that wait for a
 * worker slot of the server.
 */
void
mst_shared_count(int *databases, int *waiting)
{
	*databases = *waiting = 0;
	if (shared == NULL)
		return;
	LWLockAcquire(shared->lock, LW_SHARED);
	for (int i = 0; i < MST_MAX_DATABASES; i++)
	{
		DatabaseSlot *slot = &shared->databases[i];

		if (!OidIsValid(slot->database_id) || !slot->is_probed)
			continue;
		(*databases)++;
		if (slot->waits_since != 0)
			(*waiting)++;
	}
	LWLockRelease(shared->lock);
}

/* Gives the slot of a database back; the lock is taken here. */
void
mst_shared_free_slot(Oid database_id)
{
	DatabaseSlot *slot;

	if (shared == NULL)
		return;
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	slot = mst_shared_slot(database_id, false);
	if (slot != NULL)
		slot->database_id = InvalidOid;
	LWLockRelease(shared->lock);
}
