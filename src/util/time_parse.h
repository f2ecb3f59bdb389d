/*-------------------------------------------------------------------------
 *
 * time_parse.h
 *	  Points in time, as definitions have them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_UTIL_TIME_PARSE_H
#define MISTRAL_UTIL_TIME_PARSE_H

#include "datatype/timestamp.h"

extern bool mst_time_parse(const char *text, TimestampTz *time);

#endif							/* MISTRAL_UTIL_TIME_PARSE_H */
