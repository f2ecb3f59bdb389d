/*-------------------------------------------------------------------------
 *
 * routing.h
 *	  From the outbox to publishers: who is to get which event.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_ROUTING_H
#define MISTRAL_STORE_ROUTING_H

typedef enum RouteState
{
	ROUTE_DONE,					/* all there is has been routed */
	ROUTE_WAITS,				/* some must wait for open transactions */
	ROUTE_HAS_MORE				/* call it again */
} RouteState;

extern RouteState mst_events_route(int max, int *routed);

#endif							/* MISTRAL_STORE_ROUTING_H */
