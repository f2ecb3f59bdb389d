/*-------------------------------------------------------------------------
 *
 * times.h
 *	  Times as the Mistral API writes them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_TIMES_H
#define MISTRAL_ENGINE_TIMES_H

#include "datatype/timestamp.h"

/* "YYYY-MM-DD HH:MM:SS" in UTC */
extern char *mst_time_text(TimestampTz time);

#endif							/* MISTRAL_ENGINE_TIMES_H */
