/*-------------------------------------------------------------------------
 *
 * claim_turns.c
 *	  Whose turn it is: the projects of a lane take turns at claims.
 *
 * The projects of a lane stand in the order of hashes of their names, as in a
 * ring, and the shared memory remembers for some lanes the one that was served
 * last: the next to be served is the one behind it.  A place holds a mark of
 * the lane as well, because lanes that share a place would otherwise always
 * send each other back to the same project.  Where the last one is not known,
 * a claim begins anywhere, which is fair in the mean.
 *
 * Claims at the same time may serve one project twice: nobody waits for
 * anybody.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"

#include "signal/claim_turns.h"
#include "signal/shared.h"

/* those of a session without shared memory */
static uint64 own_places[MST_TURN_PLACES];

static uint32
hash_text(const char *text)
{
	SharedState *shared = mst_shared();
	uint64		seed = shared != NULL ? shared->hash_seed : 0;

	return (uint32) hash_bytes_extended((const unsigned char *) text, strlen(text), seed);
}

/* Returns where a project stands in the ring; nobody can choose that. */
uint32
mst_claim_turn_hash(const char *project)
{
	return hash_text(project);
}

/* A mark of the lane in this database; never 0. */
static uint32
lane_mark(const char *lane)
{
	return hash_combine(hash_text(lane), (uint32) MyDatabaseId) | 1;
}

/* A number that differs from call to call (xorshift32). */
static uint32
any_place(void)
{
	static uint32 state = 0;

	if (state == 0)
		state = hash_combine((uint32) MyProcPid, 0x9E3779B9) | 1;
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

/*
 * Returns where the project stands that was served last in the lane, or
 * anywhere where that is not known.
 */
uint32
mst_claim_turn_last(const char *lane)
{
	SharedState *shared = mst_shared();
	uint32		mark = lane_mark(lane);
	int			place = (mark >> 1) % MST_TURN_PLACES;
	uint64		value = shared != NULL ? pg_atomic_read_u64(&shared->turns[place]) :
	own_places[place];

	return (uint32) (value >> 32) == mark ? (uint32) value : any_place();
}

/* Remembers which project was served last in the lane. */
void
mst_claim_turn_set(const char *lane, uint32 project_hash)
{
	SharedState *shared = mst_shared();
	uint32		mark = lane_mark(lane);
	int			place = (mark >> 1) % MST_TURN_PLACES;
	uint64		value = ((uint64) mark << 32) | project_hash;

	if (shared != NULL)
		pg_atomic_write_u64(&shared->turns[place], value);
	else
		own_places[place] = value;
}
