/*-------------------------------------------------------------------------
 *
 * full.c
 *	  Projects that may start nothing more for a while, known to all backends.
 *
 * A note is one atomic value: the hash, and below it the second.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "signal/full.h"
#include "signal/shared.h"

static pg_atomic_uint64 *
place_of(uint32 hash)
{
	static pg_atomic_uint64 own[MST_FULL_PLACES];
	SharedState *shared = mst_shared();

	return &(shared != NULL ? shared->full : own)[hash % MST_FULL_PLACES];
}

bool
mst_full_find(uint32 hash, uint32 *until)
{
	uint64		note = pg_atomic_read_u64(place_of(hash));

	*until = (uint32) note;
	return note != 0 && (uint32) (note >> 32) == hash;
}

void
mst_full_note(uint32 hash, uint32 until)
{
	pg_atomic_write_u64(place_of(hash), ((uint64) hash << 32) | until);
}

void
mst_full_forget(uint32 hash)
{
	pg_atomic_write_u64(place_of(hash), 0);
}
