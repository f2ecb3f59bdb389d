/*-------------------------------------------------------------------------
 *
 * publishing.h
 *	  Deliveries of events.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_PUBLISHING_H
#define MISTRAL_PUBLISHING_H

extern void mst_deliveries_end(int64 subscription_id);
extern int	mst_events_expire(int older_than_s, int max);

#endif							/* MISTRAL_PUBLISHING_H */
