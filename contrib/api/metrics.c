/*-------------------------------------------------------------------------
 *
 * metrics.c
 *	  Counters of the server.
 *
 * They are atomic, so that threads count without a lock and without waiting.
 * Reading them one by one shows no single moment, which metrics need not.
 *
 *-------------------------------------------------------------------------
 */
#include "metrics.h"

Metrics		metrics;

static const double bucket_ms[METRICS_BUCKETS] = {
	0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 5000
};

/* Counts an answered request. */
void
metrics_request(int status, double total_ms, double wait_ms, double db_ms,
				size_t bytes_in, size_t bytes_out)
{
	int			class = status / 100;
	int			bucket = 0;

	while (bucket < METRICS_BUCKETS && total_ms > bucket_ms[bucket])
		bucket++;
	atomic_fetch_add(&metrics.requests[class > 0 && class < 6 ? class : 5], 1);
	atomic_fetch_add(&metrics.buckets[bucket], 1);
	atomic_fetch_add(&metrics.time_us, (unsigned long) (total_ms * 1000));
	atomic_fetch_add(&metrics.wait_time_us, (unsigned long) (wait_ms * 1000));
	atomic_fetch_add(&metrics.db_time_us, (unsigned long) (db_ms * 1000));
	atomic_fetch_add(&metrics.bytes_in, bytes_in);
	atomic_fetch_add(&metrics.bytes_out, bytes_out);
}

static void
print_head(Buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP mistral_api_%s %s\n# TYPE mistral_api_%s %s\n",
			   name, help, name, type);
}

static void
print_counter(Buf *out, const char *name, const char *help, atomic_ulong *value)
{
	print_head(out, name, "counter", help);
	buf_printf(out, "mistral_api_%s %lu\n", name, atomic_load(value));
}

/* Prints a counter of microseconds; the format wants seconds. */
static void
print_seconds(Buf *out, const char *name, const char *help, atomic_ulong *us)
{
	print_head(out, name, "counter", help);
	buf_printf(out, "mistral_api_%s %.6f\n", name, atomic_load(us) / 1e6);
}

static void
print_gauge(Buf *out, const char *name, const char *help, atomic_long *value)
{
	print_head(out, name, "gauge", help);
	buf_printf(out, "mistral_api_%s %ld\n", name, atomic_load(value));
}

/* Prints the buckets, each of which counts what is in those before it, too. */
static void
print_histogram(Buf *out)
{
	unsigned long sum = 0;
	int			i;

	print_head(out, "request_seconds", "histogram",
			   "Time from the request's last byte to the answer.");
	for (i = 0; i <= METRICS_BUCKETS; i++)
	{
		sum += atomic_load(&metrics.buckets[i]);
		if (i < METRICS_BUCKETS)
			buf_printf(out, "mistral_api_request_seconds_bucket{le=\"%g\"} %lu\n",
					   bucket_ms[i] / 1000, sum);
		else
			buf_printf(out, "mistral_api_request_seconds_bucket{le=\"+Inf\"} %lu\n", sum);
	}
	buf_printf(out, "mistral_api_request_seconds_sum %.6f\n"
			   "mistral_api_request_seconds_count %lu\n",
			   atomic_load(&metrics.time_us) / 1e6, sum);
}

/* Appends all metrics in the text format of Prometheus. */
void
metrics_print(Buf *out)
{
	int			i;

	print_head(out, "requests_total", "counter", "Requests answered, by class of status.");
	for (i = 1; i < 6; i++)
		buf_printf(out, "mistral_api_requests_total{class=\"%dxx\"} %lu\n",
				   i, atomic_load(&metrics.requests[i]));
	print_histogram(out);
	print_seconds(out, "database_seconds_total", "Time requests spent in the database.", &metrics.db_time_us);
	print_seconds(out, "queue_seconds_total", "Time requests waited for a database connection.", &metrics.wait_time_us);
	print_counter(out, "received_bytes_total", "Bytes of request bodies.", &metrics.bytes_in);
	print_counter(out, "sent_bytes_total", "Bytes of answers' bodies.", &metrics.bytes_out);
	print_counter(out, "auth_failures_total", "Requests refused for their identity.", &metrics.auth_failures);
	print_counter(out, "database_connects_total", "Connections made to the database.", &metrics.db_connects);
	print_counter(out, "database_failures_total", "Connections refused or lost.", &metrics.db_failures);
	print_counter(out, "queue_refused_total", "Requests refused because the queue was full or slow.", &metrics.queue_refused);
	print_counter(out, "slow_clients_total", "Connections closed for their slowness.", &metrics.slow_clients);
	print_counter(out, "bodies_refused_total", "Requests refused because the bodies of others took up the memory.", &metrics.bodies_refused);
	print_counter(out, "displaced_clients_total", "Connections closed in favour of new ones.", &metrics.displaced);
	print_counter(out, "turned_away_clients_total", "Connections for which there was no place.", &metrics.turned_away);
	print_gauge(out, "connections", "Connections of clients.", &metrics.connections);
	print_gauge(out, "requests_active", "Requests being worked on.", &metrics.requests_active);
	print_gauge(out, "actions_awaited", "Requests that wait for the result of an action.", &metrics.actions_awaited);
	print_gauge(out, "streams_open", "Requests that watch for changes.", &metrics.streams_open);
	print_gauge(out, "body_bytes", "Memory that bodies of requests take up.", &metrics.body_bytes);
	print_gauge(out, "queue_length", "Requests that wait for a database connection.", &metrics.queue_length);
	print_gauge(out, "database_connections", "Connections to the database.", &metrics.pool_open);
	print_gauge(out, "database_connections_busy", "Of these in use.", &metrics.pool_busy);
}
