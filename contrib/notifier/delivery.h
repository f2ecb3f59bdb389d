/*-------------------------------------------------------------------------
 *
 * delivery.h
 *	  Deliveries that this process has claimed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef NOTIFIER_DELIVERY_H
#define NOTIFIER_DELIVERY_H

#include <stdbool.h>

#include "json.h"
#include "outbound.h"
#include "timers.h"

typedef struct Delivery
{
	struct Delivery *prev;
	struct Delivery *next;
	Arena	   *arena;			/* of all that follows */
	const char *id;
	const char *event_id;
	const char *event;
	const char *endpoint;
	const char *payload;		/* JSON text */
	Json	   *publisher;
	OutboundRules *outbound;
	const char *traceparent;	/* "": none */
	Timer		timeout;		/* of kinds that need one */
	void	   *work;			/* of the kind */
} Delivery;

/* A delivery as a claim returns it. */
typedef struct DeliveryRow
{
	const char *id;
	const char *event_id;
	const char *event;
	const char *endpoint;
	const char *publisher;
	const char *payload;
	const char *outbound;
	const char *traceparent;
} DeliveryRow;

extern Delivery *delivery_create(const DeliveryRow *row);
extern const char *delivery_option(const Delivery *delivery, const char *name);
extern void delivery_done(Delivery *delivery, const char *format,...)
			__attribute__((format(printf, 2, 3)));
extern int	delivery_count(void);
extern void delivery_busy_endpoints(Buf *array, int limit);

#endif							/* NOTIFIER_DELIVERY_H */
