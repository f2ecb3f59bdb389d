/*-------------------------------------------------------------------------
 *
 * retry_values.h
 *	  The retry policy, evaluated.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_DATA_RETRY_VALUES_H
#define MISTRAL_ENGINE_DATA_RETRY_VALUES_H

#include "engine/data/policy_values.h"

/* The values of an attempt; conditions are evaluated apart. */
typedef struct RetryValues
{
	int64		count;
	int64		delay;			/* s */
	double		backoff;
	int64		max_delay;		/* s; 0: none */
	double		jitter;
} RetryValues;

extern RetryValues mst_retry_values(PolicyEval *pe, const RetrySpec *spec);
extern int64 mst_retry_delay_of(EngineCall *call, const RetryValues *values, int retries);

#endif							/* MISTRAL_ENGINE_DATA_RETRY_VALUES_H */
