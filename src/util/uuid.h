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

extern pg_uuid_t mst_uuid_generate(void);
extern pg_uuid_t mst_uuid_generate_group(void);
extern pg_uuid_t mst_uuid_generate_at(TimestampTz *moment, bool is_group);
extern pg_uuid_t mst_uuid_first_at(TimestampTz moment);
extern char *mst_uuid_text(const pg_uuid_t *id);

#endif							/* MISTRAL_UUID_H */
