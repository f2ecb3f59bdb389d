/*-------------------------------------------------------------------------
 *
 * traceparent.h
 *	  Trace context as the W3C recommendation has it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_UTIL_TRACEPARENT_H
#define MISTRAL_UTIL_TRACEPARENT_H

extern char *mst_traceparent(const char *text);

#endif							/* MISTRAL_UTIL_TRACEPARENT_H */
