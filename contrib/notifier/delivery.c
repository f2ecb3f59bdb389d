/*-------------------------------------------------------------------------
 *
 * delivery.c
 *	  Deliveries that this process has claimed.
 *
 * A delivery is created, started once by its publisher, and ends once, with
 * delivery_done(), which frees it.
 *
 *-------------------------------------------------------------------------
 */
#include "delivery.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "results.h"

/* those that are under way */
static Delivery *first = NULL;
static int	count = 0;

/* Returns a member of the publisher that is a text, or NULL. */
const char *
delivery_option(const Delivery *delivery, const char *name)
{
	Json	   *value = json_member(delivery->publisher, name);

	return value != NULL && value->type == JSON_STRING ? value->text : NULL;
}

/*
 * Returns a new delivery with copies of the row's values, in an arena of its
 * own, which is freed when the delivery ends.
 */
Delivery *
delivery_create(const DeliveryRow *row)
{
	Arena	   *arena = arena_create();
	Delivery   *delivery = arena_alloc(arena, sizeof(Delivery));

	delivery->arena = arena;
	delivery->id = arena_copy(arena, row->id);
	delivery->event_id = arena_copy(arena, row->event_id);
	delivery->event = arena_copy(arena, row->event);
	delivery->endpoint = arena_copy(arena, row->endpoint);
	delivery->payload = arena_copy(arena, row->payload);
	delivery->publisher = json_parse(arena, row->publisher, strlen(row->publisher));
	delivery->traceparent = arena_copy(arena, row->traceparent);
	delivery->outbound = outbound_read(arena, row->outbound);
	delivery->next = first;
	if (first != NULL)
		first->prev = delivery;
	first = delivery;
	count++;
	return delivery;
}

/*
 * Ends a delivery and notes its result.  "format" NULL: it was delivered; else
 * it failed, and the text says why.
 */
void
delivery_done(Delivery *delivery, const char *format,...)
{
	char		error[1024];
	va_list		args;

	if (format != NULL)
	{
		va_start(args, format);
		vsnprintf(error, sizeof(error), format, args);
		va_end(args);
		log_message(LOG_WARNING, "event %s (%s) could not be delivered to %s: %s",
					delivery->event_id, delivery->event, delivery->endpoint, error);
	}
	results_add(delivery->id, format == NULL ? NULL : error);

	timer_cancel(&delivery->timeout);
	if (delivery->prev != NULL)
		delivery->prev->next = delivery->next;
	else
		first = delivery->next;
	if (delivery->next != NULL)
		delivery->next->prev = delivery->prev;
	count--;
	arena_free(delivery->arena);
}

/* Returns how many deliveries are under way. */
int
delivery_count(void)
{
	return count;
}

/* Counts the deliveries to the endpoint of this one, from it on. */
static int
count_same(const Delivery *delivery)
{
	const char *endpoint = delivery->endpoint;
	int			n = 0;

	for (; delivery != NULL; delivery = delivery->next)
		n += strcmp(delivery->endpoint, endpoint) == 0;
	return n;
}

/*
 * Appends the endpoints to which at least "limit" deliveries are under way, as
 * an array of SQL: nothing more is claimed for them.
 */
void
delivery_busy_endpoints(Buf *array, int limit)
{
	int			n = 0;

	buf_putc(array, '{');
	for (Delivery *delivery = first; delivery != NULL; delivery = delivery->next)
	{
		/* each endpoint is found once: where exactly "limit" are left */
		if (count_same(delivery) != limit)
			continue;
		buf_puts(array, n++ > 0 ? ",\"" : "\"");
		for (const char *c = delivery->endpoint; *c != '\0'; c++)
		{
			if (*c == '"' || *c == '\\')
				buf_putc(array, '\\');
			buf_putc(array, *c);
		}
		buf_putc(array, '"');
	}
	buf_putc(array, '}');
}
