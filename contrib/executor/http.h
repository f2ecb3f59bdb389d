/*-------------------------------------------------------------------------
 *
 * http.h
 *	  The actions std.http and std.mistral_http.
 *
 * All requests are under way at the same time, in one thread.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_HTTP_H
#define EXECUTOR_HTTP_H

#include "action.h"

struct curl_waitfd;

extern void http_start(Action *action);
extern void http_stop(Action *action);

extern void http_init(void);

/* Wait for requests, for the other descriptors, or for the time. */
extern void http_wait(struct curl_waitfd *others, unsigned int count, int wait_ms);

/* Go on with requests, and end actions whose requests have ended. */
extern void http_process(void);

extern void http_close(void);

#endif							/* EXECUTOR_HTTP_H */
