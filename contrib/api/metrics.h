/*-------------------------------------------------------------------------
 *
 * metrics.h
 *	  Counters of the server, shown as Prometheus text by GET /metrics.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_METRICS_H
#define API_METRICS_H

#include <stdatomic.h>

#include "memory.h"

/* Upper bounds, in milliseconds, of the histogram of request times. */
#define METRICS_BUCKETS	12

typedef struct Metrics
{
	atomic_ulong requests[6];	/* by the first digit of the status */
	atomic_ulong buckets[METRICS_BUCKETS + 1];
	atomic_ulong time_us;		/* sum of request times */
	atomic_ulong db_time_us;	/* part of it spent in the database */
	atomic_ulong wait_time_us;	/* part of it spent waiting for a connection */
	atomic_ulong bytes_in;
	atomic_ulong bytes_out;
	atomic_ulong auth_failures;
	atomic_ulong db_connects;
	atomic_ulong db_failures;	/* connections refused or lost */
	atomic_ulong queue_refused; /* queue full, or waited too long */
	atomic_ulong displaced;		/* connections closed in favour of new ones */
	atomic_ulong turned_away;	/* connections for which there was no place */
	atomic_ulong slow_clients;	/* connections closed for their slowness */
	atomic_ulong bodies_refused;	/* for want of memory for all of them */
	atomic_long connections;	/* of clients, now */
	atomic_long requests_active;
	atomic_long actions_awaited;
	atomic_long streams_open;
	atomic_long queue_length;
	atomic_long body_bytes;		/* memory of request bodies */
	atomic_long pool_open;
	atomic_long pool_busy;
} Metrics;

extern Metrics metrics;

extern void metrics_request(int status, double total_ms, double wait_ms,
							double db_ms, size_t bytes_in, size_t bytes_out);
extern void metrics_print(Buf *out);

#endif							/* API_METRICS_H */
