/*-------------------------------------------------------------------------
 *
 * publishing.h
 *	  Deliveries of events.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_PUBLISHING_H
#define MISTRAL_PUBLISHING_H

#include "store/statement.h"

extern void mst_deliveries_end(int64 subscription_id);
extern int	mst_events_expire(int older_than_s, int max);
extern void mst_deliveries_claim(FunctionCallInfo fcinfo, StatementArgs *args);
extern uint64 mst_deliveries_complete(Datum results);
extern bool mst_delivery_retry(int64 id);
extern bool mst_delivery_drop(int64 id);

#endif							/* MISTRAL_PUBLISHING_H */
