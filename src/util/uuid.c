/*-------------------------------------------------------------------------
 *
 * uuid.c
 *	  Time-ordered ids (RFC 9562, version 7).
 *
 * The first 48 bits are milliseconds since 1970, the 12 bits behind the
 * version the fraction of the millisecond (method 3 of section 6.2 there).
 * Should two ids of a backend fall on the same instant, or the clock go back,
 * the instant is taken as one tick later than the last.
 *
 * An id made for a given time carries it to the microsecond, so that rows can be
 * found and ordered by their times through their ids.  What is made at the same
 * time is numbered from a random number on.
 *
 * Random bits come from the system's generator, a block at a time: a system
 * call for each id would cost more than the rest of it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/time.h>

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/fmgrprotos.h"

#include "util/uuid.h"

#define TICKS_PER_MS		4096	/* as many as 12 bits can tell apart */
#define RANDOM_BLOCK		512
#define MAX_MS				UINT64CONST(0xFFFFFFFFFFFF) /* in 48 bits */

static uint64 last_tick = 0;

/*
 * Returns the present instant in ticks since 1970, later than the one before.
 */
static uint64
next_tick(void)
{
	struct timeval now;
	uint64		tick;

	gettimeofday(&now, NULL);
	tick = ((uint64) now.tv_sec * 1000 + now.tv_usec / 1000) * TICKS_PER_MS +
		(uint64) (now.tv_usec % 1000) * TICKS_PER_MS / 1000;
	if (tick <= last_tick)
		tick = last_tick + 1;
	last_tick = tick;
	return tick;
}

/*
 * Fills in random bytes.  A process that was forked with a part of the block
 * unused must not use the same bytes as its parent.
 */
static void
take_random(unsigned char *dest, int len)
{
	static unsigned char block[RANDOM_BLOCK];
	static int	used = RANDOM_BLOCK;
	static int	owner_pid = 0;

	if (used + len > RANDOM_BLOCK || owner_pid != MyProcPid)
	{
		if (!pg_strong_random(block, RANDOM_BLOCK))
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("could not generate random values")));
		used = 0;
		owner_pid = MyProcPid;
	}
	memcpy(dest, block + used, len);
	used += len;
}

/* Returns the first id of a tick. */
static pg_uuid_t
first_of_tick(uint64 tick)
{
	pg_uuid_t	id;
	uint64		ms = tick / TICKS_PER_MS;
	uint32		fraction = tick % TICKS_PER_MS;
	int			i;

	memset(&id, 0, sizeof(id));
	for (i = 0; i < 6; i++)
		id.data[i] = (unsigned char) (ms >> (8 * (5 - i)));
	id.data[6] = 0x70 | (fraction >> 8);
	id.data[7] = fraction & 0xFF;
	id.data[8] = 0x80;
	return id;
}

static pg_uuid_t
generate_uuid(int random_len)
{
	pg_uuid_t	id = first_of_tick(next_tick());

	take_random(id.data + 8, random_len);
	id.data[8] = 0x80 | (id.data[8] & 0x3F);
	return id;
}

/* Times that an id cannot carry are taken for the nearest that it can. */
static uint64
tick_of_time(TimestampTz moment)
{
	const TimestampTz first = -(TimestampTz) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) *
	SECS_PER_DAY * USECS_PER_SEC;
	uint64		us = moment > first ? (uint64) moment - (uint64) first : 0;
	uint64		ms = Min(us / 1000, MAX_MS);

	return ms * TICKS_PER_MS + us % 1000 * TICKS_PER_MS / 1000;
}

/* Returns the smallest id that carries the time or a later one. */
pg_uuid_t
mst_uuid_first_at(TimestampTz moment)
{
	return first_of_tick(tick_of_time(moment));
}

/*
 * Returns the next of the numbers below 2^30 that tell apart what was made at
 * one time. The first has a clear highest bit, so that half a billion can
 * follow.
 */
static uint32
next_number(bool is_new_time)
{
	static uint32 number = 0;

	if (is_new_time)
	{
		take_random((unsigned char *) &number, sizeof(number));
		number &= 0x1FFFFFFF;
	}
	else
		number++;
	return number;
}

/*
 * Returns a new id that carries the time, which may be moved to that of the
 * last id of this backend, if that is later: ids of this kind ascend, and
 * those of one time ascend in the order in which they were made.  The last
 * four bytes of a group are zero.
 */
pg_uuid_t
mst_uuid_generate_at(TimestampTz *moment, bool is_group)
{
	static TimestampTz last = 0;
	bool		is_new_time = *moment > last;
	pg_uuid_t	id;
	uint32		number;
	int			i;

	if (is_new_time)
		last = *moment;
	*moment = last;
	id = mst_uuid_first_at(last);
	number = next_number(is_new_time);
	for (i = 0; i < 4; i++)
		id.data[8 + i] |= (unsigned char) (number >> (8 * (3 - i)));
	if (!is_group)
		take_random(id.data + 12, 4);
	return id;
}

/* Returns a new id with 62 random bits. */
pg_uuid_t
mst_uuid_generate(void)
{
	return generate_uuid(8);
}

/*
 * Returns a new id whose last four bytes are zero, for the caller to number
 * what belongs to it.  30 random bits are left, besides the 12 below a
 * millisecond.
 */
pg_uuid_t
mst_uuid_generate_group(void)
{
	return generate_uuid(4);
}

/* Returns the id as text, palloc'd. */
char *
mst_uuid_text(const pg_uuid_t *id)
{
	return DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(id)));
}
