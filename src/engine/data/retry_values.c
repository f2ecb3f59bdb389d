/*-------------------------------------------------------------------------
 *
 * retry_values.c
 *	  The retry policy, evaluated: of a task, or of each of its items.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "engine/data/retry_values.h"
#include "util/errors.h"

/* Evaluates all values but the conditions. */
RetryValues
mst_retry_values(PolicyEval *pe, const RetrySpec *spec)
{
	RetryValues values;

	values.count = mst_policy_number(pe, "RetryPolicy", spec->count);
	values.delay = mst_policy_number(pe, "RetryPolicy", spec->delay);
	values.backoff = mst_policy_real(pe, "RetryPolicy", spec->backoff, MIN_BACKOFF, MAX_BACKOFF);
	values.max_delay = mst_policy_number(pe, "RetryPolicy", spec->max_delay);
	values.jitter = mst_policy_real(pe, "RetryPolicy", spec->jitter, 0, 1);
	return values;
}

/*
 * Returns a number from -1 to 1, the same for no two tasks that fail together.
 */
static double
random_part(void)
{
	uint32		bits;

	if (!pg_strong_random(&bits, sizeof(bits)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	return 2.0 * bits / PG_UINT32_MAX - 1;
}

/*
 * Returns the milliseconds before the next attempt: the delay times the factor
 * to the power of the retries done, not more than max-delay, give or take the
 * jitter. Simulations have none, so that they repeat.
 */
int64
mst_retry_delay_of(EngineCall *call, const RetryValues *values, int retries)
{
	double		limit = values->max_delay > 0 ? values->max_delay : MAX_SECONDS;
	double		delay = values->delay;

	if (values->delay == 0)
		return 0;
	delay *= pow(values->backoff, retries);
	delay = Min(delay, limit);
	if (values->jitter > 0 && !call->is_simulated)
		delay *= 1 + values->jitter * random_part();
	return (int64) rint(Min(delay, limit) * 1000);
}
