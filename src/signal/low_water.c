/*-------------------------------------------------------------------------
 *
 * low_water.c
 *	  Where claims begin to look in the index of ready work.
 *
 * Claims delete rows of the queue, and the index keeps their dead entries
 * until vacuum: a claim that began at the front would read all of them
 * again.  So each kind of work has a low-water mark in shared memory, the
 * position before which no live row is.  A claim sets it at its commit to
 * what it has found; a row that becomes visible before it lowers it.
 *
 * The mark is a hint.  It may be lost or too high only for a moment,
 * because a claim that finds too little looks from the start when that
 * costs less than one part in LOOK_BACK_FACTOR of the time.  There are as many
 * marks as are used at a time in most databases; a kind that finds none free
 * takes that of its set that has not been used for longest.  A spinlock
 * guards them, held for a few instructions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"

#include "signal/low_water.h"
#include "signal/wake.h"
#include "util/steady.h"

/* Looking from the start may take this share of the time, and no more. */
#define LOOK_BACK_MS		1000
#define LOOK_BACK_FACTOR	50

static bool
is_before(QueuePosition a, QueuePosition b)
{
	return a.priority < b.priority || (a.priority == b.priority && a.id < b.id);
}

/*
 * Returns the hash by which a kind of work is known here, of the words that
 * make it.
 */
uint64
mst_low_water_hash(const char *const *words, int n)
{
	SharedState *shared = mst_shared();
	uint64		hash = shared == NULL ? 0 : shared->hash_seed;

	for (int i = 0; i < n; i++)
		hash = hash_bytes_extended((const unsigned char *) words[i],
								   strlen(words[i]) + 1, hash);
	return hash;
}

/*
 * Takes a mark for another kind.  What claims under way have seen of its count
 * of changes is past for good.
 */
static void
take_mark(DatabaseSlot *slot, LowWaterMark *mark, uint64 kind)
{
	mark->is_used = true;
	mark->is_set = false;
	mark->kind = kind;
	mark->next_look_back = 0;
	mark->changes += MST_MARK_RECENT + 1;
}

/*
 * Returns the mark of a kind; NULL if there is none, which with "create" does
 * not happen.  Mutex held.
 */
static LowWaterMark *
find_mark(DatabaseSlot *slot, uint64 kind, bool create)
{
	LowWaterMark *set = &slot->marks[kind % MST_MARK_SETS * MST_MARKS_OF_SET];
	LowWaterMark *oldest = &set[0];

	for (int i = 0; i < MST_MARKS_OF_SET; i++)
	{
		LowWaterMark *mark = &set[i];

		if (mark->is_used && mark->kind == kind)
		{
			mark->used = ++slot->mark_count;
			return mark;
		}
		if (mark->used < oldest->used)
			oldest = mark;
	}
	if (!create)
		return NULL;
	take_mark(slot, oldest, kind);
	oldest->used = ++slot->mark_count;
	return oldest;
}

/*
 * Returns from where a claim for the kind begins to look.  Must be called
 * before the snapshot of the claim is taken, so that a row that becomes
 * visible in between lowers the low-water mark that the claim sets.
 */
LowWaterView
mst_low_water_get(uint64 kind)
{
	DatabaseSlot *slot = mst_shared_database();
	LowWaterView view = {false};
	LowWaterMark *mark;

	if (slot == NULL)
		return view;

	SpinLockAcquire(&slot->mutex);
	mark = find_mark(slot, kind, true);
	if (mark != NULL)
	{
		view.is_set = mark->is_set;
		view.from.priority = mark->priority;
		view.from.id = mark->id;
		view.changes = mark->changes;
	}
	SpinLockRelease(&slot->mutex);
	return view;
}

/*
 * Returns whether a claim that has found too little of a kind may look from
 * its start now.
 */
bool
mst_low_water_may_look_back(uint64 kind)
{
	DatabaseSlot *slot = mst_shared_database();
	int64		now = mst_steady_us();
	LowWaterMark *mark;
	bool		may = true;

	if (slot == NULL)
		return true;

	SpinLockAcquire(&slot->mutex);
	mark = find_mark(slot, kind, false);
	if (mark != NULL)
	{
		may = mark->next_look_back <= now;
		if (may)
			mark->next_look_back = now + LOOK_BACK_MS * INT64CONST(1000);
	}
	SpinLockRelease(&slot->mutex);
	return may;
}

/*
 * Notes that a claim has looked from the start and how many microseconds
 * that took: the next may do so after a multiple of them.
 */
void
mst_low_water_looked_back(uint64 kind, int64 elapsed_us)
{
	DatabaseSlot *slot = mst_shared_database();
	int64		next;
	LowWaterMark *mark;

	if (slot == NULL)
		return;

	next = mst_steady_us() + Max(LOOK_BACK_MS * INT64CONST(1000), elapsed_us * LOOK_BACK_FACTOR);
	SpinLockAcquire(&slot->mutex);
	mark = find_mark(slot, kind, false);
	if (mark != NULL)
		mark->next_look_back = next;
	SpinLockRelease(&slot->mutex);
}

/*
 * Lowers the low-water mark to a row that becomes visible.  The caller
 * holds the slot's mutex.
 */
void
mst_low_water_lower(DatabaseSlot *slot, uint64 kind, QueuePosition position)
{
	LowWaterMark *mark = find_mark(slot, kind, false);
	QueuePosition old;

	if (mark == NULL)
		return;

	mark->recent_priority[mark->changes % MST_MARK_RECENT] = position.priority;
	mark->recent_id[mark->changes % MST_MARK_RECENT] = position.id;
	mark->changes++;
	old.priority = mark->priority;
	old.id = mark->id;
	if (mark->is_set && is_before(position, old))
	{
		mark->priority = position.priority;
		mark->id = position.id;
	}
}

/*
 * Sets the low-water mark that mst_low_water_set_at_commit() noted.  The caller
 * holds the slot's mutex.
 *
 * Rows that have become visible since the claim took its snapshot were not
 * seen by it: the mark must not pass them.  When there were too many to
 * remember, the mark stays where it is.
 */
void
mst_low_water_set(DatabaseSlot *slot, uint64 kind, uint64 seen_changes,
				  QueuePosition position)
{
	LowWaterMark *mark = find_mark(slot, kind, false);
	QueuePosition old;

	if (mark == NULL || mark->changes - seen_changes > MST_MARK_RECENT)
		return;

	for (uint64 change = seen_changes; change < mark->changes; change++)
	{
		QueuePosition recent;

		recent.priority = mark->recent_priority[change % MST_MARK_RECENT];
		recent.id = mark->recent_id[change % MST_MARK_RECENT];
		if (is_before(recent, position))
			position = recent;
	}
	old.priority = mark->priority;
	old.id = mark->id;
	if (!mark->is_set || is_before(old, position))
	{
		mark->is_set = true;
		mark->priority = position.priority;
		mark->id = position.id;
	}
}

/*
 * Forgets every low-water mark of the database.  The caller holds the
 * slot's mutex.
 */
void
mst_low_water_forget(DatabaseSlot *slot)
{
	for (int i = 0; i < MST_MAX_MARKS; i++)
	{
		/* claims under way must not set what they have seen */
		slot->marks[i].is_set = false;
		slot->marks[i].changes += MST_MARK_RECENT + 1;
	}
}
