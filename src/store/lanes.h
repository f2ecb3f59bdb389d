/*-------------------------------------------------------------------------
 *
 * lanes.h
 *	  Reading the queue of actions: one lane, in the order of claims.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_LANES_H
#define MISTRAL_STORE_LANES_H

#include "lib/binaryheap.h"

#include "store/claims.h"
#include "store/queue.h"
#include "store/scan.h"

/* the lane, the position in it, of up to four columns, and the end */
#define LANE_KEYS		3
#define LANE_COLUMNS	4

typedef struct LaneKind LaneKind;
typedef struct LaneProject LaneProject;

/* A scan over the rows of one lane; the fields are lanes.c's. */
typedef struct LaneScan
{
	const char *lane;
	RowScan		rows;			/* of the index: its entries, then rows */
	ScanKeyData keys[LANE_KEYS];	/* where it reads */
	ScanKeyData members[LANE_COLUMNS];	/* of the row comparisons in them */
	ScanKeyData last[2];
	List	   *kinds;			/* LaneKind *, all that are looked through */
	List	   *projects;		/* LaneProject *, of the kinds */
	uint32		last_turn;		/* where the project stands that was served
								 * last before this scan */
	LaneKind   *current;		/* of the row that was returned last */
	bool		is_left;		/* that row stays in the queue */
	LaneProject *served;		/* of the last row before it that does not */
	TransactionId busy_xid;		/* a transaction that was in progress */
} LaneScan;

extern void mst_lane_begin(LaneScan *scan, const char *lane,
						   const ExecutorRow *executor, int wanted);
extern bool mst_lane_has_others(const LaneScan *scan, const char *project);
extern QueueRow *mst_lane_next(LaneScan *scan);
extern void mst_lane_pass(LaneScan *scan, const QueueRow *queued);
extern void mst_lane_leave_kind(LaneScan *scan, const QueueRow *queued);
extern void mst_lane_end(LaneScan *scan, bool set_marks);

#endif							/* MISTRAL_STORE_LANES_H */
