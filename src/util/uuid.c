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

static uint64 last_tick = 0;

/*
 * The present instant in ticks since 1970, later than the one before.
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
 * Fill in random bytes.  A process that was forked with a part of the block
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

static pg_uuid_t
generate(int random_len)
{
	pg_uuid_t	id;
	uint64		tick = next_tick();
	uint64		ms = tick / TICKS_PER_MS;
	uint32		fraction = tick % TICKS_PER_MS;
	int			i;

	memset(&id, 0, sizeof(id));
	for (i = 0; i < 6; i++)
		id.data[i] = (unsigned char) (ms >> (8 * (5 - i)));
	id.data[6] = 0x70 | (fraction >> 8);
	id.data[7] = fraction & 0xFF;
	take_random(id.data + 8, random_len);
	id.data[8] = 0x80 | (id.data[8] & 0x3F);
	return id;
}

pg_uuid_t
mst_uuid_generate(void)
{
	return generate(8);
}

pg_uuid_t
mst_uuid_generate_group(void)
{
	return generate(4);
}

char *
mst_uuid_text(const pg_uuid_t *id)
{
	return DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(id)));
}
