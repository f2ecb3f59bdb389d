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

/*
 * Returns whether there is a note of that hash; *until is the second up to
 * which it holds.
 */
bool
mst_full_find(uint32 hash, uint32 *until)
{
	uint64		note = pg_atomic_read_u64(place_of(hash));

	*until = (uint32) note;
	return note != 0 && (uint32) (note >> 32) == hash;
}

/*
 * Notes a hash until that second.  A note of another hash in the same place
 * is lost: the notes only save looking.
 */
void
mst_full_note(uint32 hash, uint32 until)
{
	pg_atomic_write_u64(place_of(hash), ((uint64) hash << 32) | until);
}

/* Removes the note of a hash, or whichever has taken its place. */
void
mst_full_forget(uint32 hash)
{
	pg_atomic_write_u64(place_of(hash), 0);
}
