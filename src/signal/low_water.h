/*-------------------------------------------------------------------------
 *
 * low_water.h
 *	  Where claims begin to look in the index of ready work.
 *
 * Rows that have been claimed leave dead entries at the head of the index,
 * and as long as some old transaction is open they cannot be skipped cheaply.
 * So a claim remembers, in shared memory, the position before which it met
 * no live row of a kind, and the next begins there.  A kind is known by its
 * hash: kinds are many, and their names are of any length.
 *
 * A row may appear before the mark: its transaction took the number early
 * and committed late.  It then lowers the mark, and leaves its position for
 * claims that are under way, which take it into account when they set theirs
 * (see mst_low_water_set).
 *
 * The mark is an optimization only: now and then a claim that finds nothing
 * looks from the start.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_SIGNAL_LOW_WATER_H
#define MISTRAL_SIGNAL_LOW_WATER_H

#include "signal/shared.h"

/* A position in the index, within one kind. */
typedef struct QueuePosition
{
	int32		priority;
	int64		id;
} QueuePosition;

/* The low-water mark at which a claim began. */
typedef struct LowWaterView
{
	bool		is_set;			/* else begin at the start */
	QueuePosition from;
	uint64		changes;
} LowWaterView;

extern LowWaterView mst_low_water_get(uint64 kind);
extern bool mst_low_water_may_look_back(uint64 kind);
extern void mst_low_water_looked_back(uint64 kind, int64 elapsed_us);
extern void mst_low_water_set_at_commit(uint64 kind, LowWaterView view,
										QueuePosition position);
extern void mst_low_water_lower(DatabaseSlot *slot, uint64 kind,
								QueuePosition position);
extern void mst_low_water_set(DatabaseSlot *slot, uint64 kind,
							  uint64 seen_changes, QueuePosition position);
extern void mst_low_water_forget(DatabaseSlot *slot);
extern uint64 mst_low_water_hash(const char *const *words, int n);

#endif							/* MISTRAL_SIGNAL_LOW_WATER_H */
