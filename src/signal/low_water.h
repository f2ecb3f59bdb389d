/*-------------------------------------------------------------------------
 *
 * low_water.h
 *	  Where claims begin to look in the index of ready work.
 *
 * Rows that have been claimed leave dead entries at the head of the index,
 * and as long as some old transaction is open they cannot be skipped cheaply.
 * So a claim remembers, in shared memory, the position before which it met
 * no live row of its target, and the next begins there.
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

/* A position in the index, within one target. */
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

extern LowWaterView mst_low_water_get(const char *target);
extern bool mst_low_water_may_look_back(const char *target);
extern void mst_low_water_looked_back(const char *target, long elapsed_ms);
extern void mst_low_water_set_at_commit(const char *target, LowWaterView view,
										QueuePosition position);
extern void mst_low_water_lower(DatabaseSlot *slot, uint32 target_hash,
								QueuePosition position);
extern void mst_low_water_set(DatabaseSlot *slot, uint32 target_hash,
							  uint64 seen_changes, QueuePosition position);
extern void mst_low_water_forget(DatabaseSlot *slot);
extern uint32 mst_low_water_target_hash(const char *target);

#endif							/* MISTRAL_SIGNAL_LOW_WATER_H */
