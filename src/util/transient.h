/*-------------------------------------------------------------------------
 *
 * transient.h
 *	  Errors of the moment: what failed may succeed when it is tried again.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_UTIL_TRANSIENT_H
#define MISTRAL_UTIL_TRANSIENT_H

extern bool mst_error_is_transient(const ErrorData *error);
extern bool mst_error_is_cancel(const ErrorData *error);
extern long mst_retry_delay_ms(int attempts, long max_ms);

#endif							/* MISTRAL_UTIL_TRANSIENT_H */
