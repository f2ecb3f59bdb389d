/*-------------------------------------------------------------------------
 *
 * low_water.c
 *	  Where claims begin to look in the index of ready work.
 *
 * Claims delete rows of the queue, and the index keeps their dead entries
 * until vacuum: a claim that began at the front would read all of them
 * again.  So each target has a low-water mark in shared memory, the
 * position before which no live row is.  A claim sets it at its commit to
 * what it has found; a row that becomes visible before it lowers it.
 *
 * The mark is a hint.  It may be lost or too high only for a moment,
 * because a claim that finds too little looks from the start when that
 * costs less than one part in LOOK_BACK_FACTOR of the time.  A spinlock
 * guards it, held for a few instructions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/timestamp.h"

#include "signal/low_water.h"
#include "signal/wake.h"

/* Looking from the start may take this share of the time, and no more. */
#define LOOK_BACK_MS		1000
#define LOOK_BACK_FACTOR	50

static bool
is_before(QueuePosition a, QueuePosition b)
{
	return a.priority < b.priority || (a.priority == b.priority && a.id < b.id);
}

/* Returns the hash of a target's name. */
uint32
mst_low_water_target_hash(const char *target)
{
	if (target == NULL)
		target = "";
	return hash_bytes((const unsigned char *) target, strlen(target));
}

/* The mark of a target; takes an unused one when "create".  Mutex held. */
static LowWaterMark *
find_mark(DatabaseSlot *slot, uint32 target_hash, bool create)
{
	LowWaterMark *unused = NULL;

	for (int i = 0; i < MST_MAX_MARKS; i++)
	{
		LowWaterMark *mark = &slot->marks[i];

		if (mark->is_used && mark->target_hash == target_hash)
			return mark;
		if (unused == NULL && !mark->is_used)
			unused = mark;
	}
	if (!create || unused == NULL)
		return NULL;

	unused->is_used = true;
	unused->is_set = false;
	unused->target_hash = target_hash;
	unused->next_look_back = 0;
	unused->changes++;
	return unused;
}

/*
 * Returns from where a claim for the target begins to look.  Must be called
 * before the snapshot of the claim is taken, so that a row that becomes
 * visible in between lowers the low-water mark that the claim sets.
 */
LowWaterView
mst_low_water_get(const char *target)
{
	DatabaseSlot *slot = mst_shared_database();
	LowWaterView view = {false};
	LowWaterMark *mark;

	if (slot == NULL)
		return view;

	SpinLockAcquire(&slot->mutex);
	mark = find_mark(slot, mst_low_water_target_hash(target), true);
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
 * Returns whether a claim that has found too little may look from the start
 * of the queue now.
 */
bool
mst_low_water_may_look_back(const char *target)
{
	DatabaseSlot *slot = mst_shared_database();
	TimestampTz now = GetCurrentTimestamp();
	LowWaterMark *mark;
	bool		may = true;

	if (slot == NULL)
		return true;

	SpinLockAcquire(&slot->mutex);
	mark = find_mark(slot, mst_low_water_target_hash(target), false);
	if (mark != NULL)
	{
		may = mark->next_look_back <= now;
		if (may)
			mark->next_look_back = TimestampTzPlusMilliseconds(now, LOOK_BACK_MS);
	}
	SpinLockRelease(&slot->mutex);
	return may;
}

/*
 * Notes that a claim has looked from the start and how many milliseconds
 * that took: the next may do so after a multiple of them.
 */
void
mst_low_water_looked_back(const char *target, long elapsed_ms)
{
	DatabaseSlot *slot = mst_shared_database();
	TimestampTz next;
	LowWaterMark *mark;

	if (slot == NULL)
		return;

	next = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
									   Max(LOOK_BACK_MS, elapsed_ms * LOOK_BACK_FACTOR));
	SpinLockAcquire(&slot->mutex);
	mark = find_mark(slot, mst_low_water_target_hash(target), false);
	if (mark != NULL)
		mark->next_look_back = next;
	SpinLockRelease(&slot->mutex);
}

/*
 * Lowers the low-water mark to a row that becomes visible.  The caller
 * holds the slot's mutex.
 */
void
mst_low_water_lower(DatabaseSlot *slot, uint32 target_hash, QueuePosition position)
{
	LowWaterMark *mark = find_mark(slot, target_hash, false);
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
mst_low_water_set(DatabaseSlot *slot, uint32 target_hash, uint64 seen_changes,
				  QueuePosition position)
{
	LowWaterMark *mark = find_mark(slot, target_hash, false);
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
