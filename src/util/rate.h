/*-------------------------------------------------------------------------
 *
 * rate.h
 *	  Rates as text: how many within which time.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_UTIL_RATE_H
#define MISTRAL_UTIL_RATE_H

/* most that may begin within a window, and that may run at a time */
#define MAX_LIMIT_COUNT		10000

/* longest window, in seconds: 31 days */
#define MAX_RATE_WINDOW		(31 * 24 * 3600)

/* what messages call a right one */
#define RATE_FORM	"a rate such as 100/1m: at most 10000, in a window of at most 31d, in s, m, h or d"

extern bool mst_rate_parse(const char *text, int32 *count, int32 *window_s);

#endif							/* MISTRAL_UTIL_RATE_H */
