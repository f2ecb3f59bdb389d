/*-------------------------------------------------------------------------
 *
 * delivery.c
 *	  Deliveries that this process has claimed.
 *
 *-------------------------------------------------------------------------
 */
#include "delivery.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "log.h"
#include "program.h"
#include "session.h"
#include "webhook.h"

static const struct
{
	const char *type;
	void		(*start) (Delivery *delivery);
}			kinds[] = {
	{"file", file_start},
	{"program", program_start},
	{"webhook", webhook_start},
};

static Delivery *first = NULL;
static int	count = 0;

static char *
keep(Arena *arena, const char *text)
{
	return arena_copy(arena, text);
}

const char *
delivery_option(const Delivery *delivery, const char *name)
{
	Json	   *value = json_member(delivery->publisher, name);

	return value != NULL && value->type == JSON_STRING ? value->text : NULL;
}

void
delivery_start(const DeliveryRow *row)
{
	Arena	   *arena = arena_create();
	Delivery   *delivery = arena_alloc(arena, sizeof(Delivery));
	const char *type;

	delivery->arena = arena;
	delivery->id = keep(arena, row->id);
	delivery->event_id = keep(arena, row->event_id);
	delivery->event = keep(arena, row->event);
	delivery->endpoint = keep(arena, row->endpoint);
	delivery->payload = keep(arena, row->payload);
	delivery->publisher = json_parse(arena, row->publisher, strlen(row->publisher));
	delivery->next = first;
	if (first != NULL)
		first->prev = delivery;
	first = delivery;
	count++;

	type = delivery_option(delivery, "type");
	for (int i = 0; type != NULL && i < (int) (sizeof(kinds) / sizeof(kinds[0])); i++)
	{
		if (strcmp(kinds[i].type, type) == 0)
		{
			kinds[i].start(delivery);
			return;
		}
	}
	delivery_done(delivery, "unknown type of publisher");
}

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
	session_report(delivery->id, format == NULL ? NULL : error);

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

int
delivery_count(void)
{
	return count;
}

/* How many are under way to the endpoint of this one, from it on? */
static int
count_same(const Delivery *delivery)
{
	const char *endpoint = delivery->endpoint;
	int			n = 0;

	for (; delivery != NULL; delivery = delivery->next)
		n += strcmp(delivery->endpoint, endpoint) == 0;
	return n;
}

void
delivery_busy_endpoints(Buf *array, int limit)
{
	int			n = 0;

	buf_putc(array, '{');
	for (Delivery *delivery = first; delivery != NULL; delivery = delivery->next)
	{
		/* each endpoint is found where exactly so many are left */
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
