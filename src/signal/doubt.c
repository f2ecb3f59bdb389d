/*-------------------------------------------------------------------------
 *
 * doubt.c
 *	  Transactions that may be loading rows from elsewhere, as all backends
 *	  of the cluster see them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "signal/doubt.h"
#include "signal/shared.h"

/*
 * Says to all backends that what they take for known about the queue may be
 * wrong, until mst_doubt_end().
 */
void
mst_doubt_begin(void)
{
	SharedState *shared = mst_shared();

	if (shared == NULL)
		return;
	pg_atomic_fetch_add_u32(&shared->doubts, 1);
	pg_atomic_fetch_add_u64(&shared->doubt_changes, 1);
}

/*
 * Ends one mst_doubt_begin(); what others have read in between is still in
 * doubt, because the count of changes has moved.
 */
void
mst_doubt_end(void)
{
	SharedState *shared = mst_shared();

	if (shared == NULL)
		return;
	pg_atomic_fetch_add_u64(&shared->doubt_changes, 1);
	pg_atomic_fetch_sub_u32(&shared->doubts, 1);
}

/* After what the caller has read from tables, before what it reads next. */
DoubtView
mst_doubt_view(void)
{
	SharedState *shared = mst_shared();
	DoubtView	view = {0};

	if (shared == NULL)
		return view;
	view.is_shared = true;
	pg_read_barrier();
	view.in_doubt = pg_atomic_read_u32(&shared->doubts);
	pg_read_barrier();
	view.changes = pg_atomic_read_u64(&shared->doubt_changes);
	pg_read_barrier();
	return view;
}
