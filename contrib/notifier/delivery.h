/*-------------------------------------------------------------------------
 *
 * delivery.h
 *	  Deliveries that this process has claimed.
 *
 * A delivery is started once, by the kind of its publisher, and ends once,
 * with delivery_done().
 *
 *-------------------------------------------------------------------------
 */
#ifndef NOTIFIER_DELIVERY_H
#define NOTIFIER_DELIVERY_H

#include <stdbool.h>

#include "json.h"
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
	Timer		timeout;		/* of kinds that need one */
	void	   *work;			/* of the kind */
} Delivery;

/* Values are copied. */
typedef struct DeliveryRow
{
	const char *id;
	const char *event_id;
	const char *event;
	const char *endpoint;
	const char *publisher;
	const char *payload;
} DeliveryRow;

/* Start a delivery. */
extern void delivery_start(const DeliveryRow *row);

/* It has ended; error NULL: delivered. */
extern void delivery_done(Delivery *delivery, const char *format,...)
			__attribute__((format(printf, 2, 3)));

/* How many are under way, and to one endpoint. */
extern int	delivery_count(void);

/*
 * The endpoints to which so many deliveries are under way, as an array of
 * SQL.
 */
extern void delivery_busy_endpoints(Buf *array, int limit);

/* A text member of the publisher, or NULL. */
extern const char *delivery_option(const Delivery *delivery, const char *name);

#endif							/* NOTIFIER_DELIVERY_H */
