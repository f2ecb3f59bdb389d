/*-------------------------------------------------------------------------
 *
 * waits.h
 *	  What unfinished executions, tasks and actions wait for, in words.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_WAITS_H
#define MISTRAL_WAITS_H

#include "lib/stringinfo.h"
#include "nodes/bitmapset.h"

#include "store/store.h"

/*
 * Append the tasks that a waiting join depends on and that have not led to
 * it, separated by semicolons; "arrived" are the indexes of those that have.
 */
extern void mst_waits_add_inbound(StringInfo text, const TaskRow *join,
								  const ExecutionRow *execution,
								  const Bitmapset *arrived);

#endif							/* MISTRAL_WAITS_H */
