/*-------------------------------------------------------------------------
 *
 * limits.c
 *	  How many actions of a name may run here at the same time.
 *
 * The database is told with each claim for how many there is room, so that what
 * is over waits in the queue, where others find it.  What a claim has left there
 * for want of room is not notified again: it is claimed when there is room.
 *
 *-------------------------------------------------------------------------
 */
#include "limits.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"

struct Limit
{
	Limit	   *next;
	char	   *name;
	int			max;
	int			running;
	bool		is_withheld;	/* the last claim had no room for it */
};

/* in the order in which they were set */
static Limit *first = NULL;
static Limit *last = NULL;

/* Returns the limit of the actions of a name, or NULL if there is none. */
Limit *
limit_find(const char *name)
{
	for (Limit *limit = first; limit != NULL; limit = limit->next)
	{
		if (strcmp(limit->name, name) == 0)
			return limit;
	}
	return NULL;
}

/* Lets so many actions of a name, which has no limit yet, run at the same time. */
void
limit_set(const char *name, int max)
{
	Limit	   *limit = mem_alloc(sizeof(Limit));

	limit->name = mem_copy(name);
	limit->max = max;
	if (last != NULL)
		last->next = limit;
	else
		first = limit;
	last = limit;
}

/* Counts an action that has been claimed; NULL: it is not limited. */
void
limit_enter(Limit *limit)
{
	if (limit != NULL)
		limit->running++;
}

/* Counts the end of an action; NULL: it was not limited. */
void
limit_leave(Limit *limit)
{
	if (limit != NULL)
		limit->running--;
}

static int
room_for(const Limit *limit)
{
	return limit->running < limit->max ? limit->max - limit->running : 0;
}

/*
 * Appends an object of JSON with the room for each name that is limited; with
 * "none", none, because another call has been offered it and has no answer yet.
 */
void
limits_offer(Buf *json, bool none)
{
	buf_putc(json, '{');
	for (Limit *limit = first; limit != NULL; limit = limit->next)
	{
		int			room = none ? 0 : room_for(limit);

		limit->is_withheld = room == 0;
		if (limit != first)
			buf_putc(json, ',');
		json_write_text(json, limit->name);
		buf_printf(json, ":%d", room);
	}
	buf_putc(json, '}');
}

/* Tells whether there is room now for a name that the last claim had none for. */
bool
limits_have_room(void)
{
	for (const Limit *limit = first; limit != NULL; limit = limit->next)
	{
		if (limit->is_withheld && room_for(limit) > 0)
			return true;
	}
	return false;
}

/* Appends how many run of how many that may, for people: " std.ssh 2/4". */
void
limits_write(Buf *text)
{
	for (const Limit *limit = first; limit != NULL; limit = limit->next)
		buf_printf(text, " %s %d/%d", limit->name, limit->running, limit->max);
}
