/*-------------------------------------------------------------------------
 *
 * time_text.h
 *	  Times as the Mistral API writes them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_UTIL_TIME_TEXT_H
#define MISTRAL_UTIL_TIME_TEXT_H

#include "datatype/timestamp.h"

extern char *mst_time_text(TimestampTz time);

#endif							/* MISTRAL_UTIL_TIME_TEXT_H */
