/*-------------------------------------------------------------------------
 *
 * publishing.h
 *	  From the outbox to publishers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_PUBLISHING_H
#define MISTRAL_PUBLISHING_H

#include "access/transam.h"

/*
 * The number up to which (exclusive) the events of a project, or of all (NULL),
 * can be read without a gap, by a snapshot that is taken after this call.
 */
extern FullTransactionId mst_store_event_horizon(const char *project);

/*
 * Make deliveries of up to "max" new events for the publishers that want
 * them; returns the number of events, 0 when there are none, or another
 * session is at it.  *waiting tells whether there are events that must wait
 * for transactions that are still running.
 */
extern int	mst_events_route(int max, bool *waiting);

/*
 * Remove the deliveries of a subscription that is deleted.  Those that the
 * router is about to make are not seen; nobody claims them, and they go with
 * mst_events_expire().
 */
extern void mst_deliveries_end(int64 subscription_id);

/*
 * Remove up to "max" events that are older than the seconds and have been
 * routed, and as many deliveries of that age, given up or not, or whose
 * subscription has gone; returns the greatest of the numbers.
 */
extern int	mst_events_expire(int older_than_s, int max);

#endif							/* MISTRAL_PUBLISHING_H */
