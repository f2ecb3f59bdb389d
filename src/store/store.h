/*-------------------------------------------------------------------------
 *
 * store.h
 *	  Rows of the run-time tables as C structures, and the only way to them.
 *
 * The engine loads rows through this interface, changes the structures, and
 * hands them back to be written; it never sees SQL or heap tuples.  Rows are
 * read and written through the table access method with index scans, not
 * through SPI: see rows.c for how, and for what that means for privileges
 * (none are checked here: callers check).
 *
 * All functions that return structures allocate them, and every datum in
 * them, in CurrentMemoryContext.  Jsonb values may be toasted pointers only
 * where the comment says "toasted"; everywhere else they are plain.
 *
 * Lock order: a tree before its executions, a parent execution before its
 * children (see executions.c for what the locks are), an execution before any
 * of its tasks, actions and results.  Tasks, actions, contexts and results are
 * only written while the lock on their execution's row is held, except that a
 * result may be added to action_results, and a claim may set executor_id,
 * without it.
 *
 * Each family of tables has a header of its own; this one is all of them, for
 * the engine, which works with most.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_H
#define MISTRAL_STORE_H

#include "store/action_rows.h"
#include "store/contexts.h"
#include "store/delayed_calls.h"
#include "store/events.h"
#include "store/executions.h"
#include "store/queue.h"
#include "store/tasks.h"

#endif							/* MISTRAL_STORE_H */
