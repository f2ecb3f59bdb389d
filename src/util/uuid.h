/*-------------------------------------------------------------------------
 *
 * uuid.h
 *	  Time-ordered ids (RFC 9562, version 7).
 *
 * Ids made by one backend ascend strictly; those of different backends are
 * ordered to within the resolution of the clock, a quarter of a microsecond.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_UUID_H
#define MISTRAL_UUID_H

#include "datatype/timestamp.h"
#include "utils/uuid.h"

/* A new id with 62 random bits. */
extern pg_uuid_t mst_uuid_generate(void);

/*
 * A new id whose last four bytes are zero, for the caller to number what
 * belongs to it.  30 random bits are left, besides the 12 below a millisecond.
 */
extern pg_uuid_t mst_uuid_generate_group(void);

/*
 * A new id that carries the time, which may be moved to that of the last id of
 * this backend, if that is later: ids of this kind ascend, and those of one
 * time ascend in the order in which they were made.  The last four bytes of a
 * group are zero.
 */
extern pg_uuid_t mst_uuid_generate_at(TimestampTz *moment, bool is_group);

/* The smallest id that carries the time or a later one. */
extern pg_uuid_t mst_uuid_first_at(TimestampTz moment);

/* The id as text, palloc'd. */
extern char *mst_uuid_text(const pg_uuid_t *id);

#endif							/* MISTRAL_UUID_H */
