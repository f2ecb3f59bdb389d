/*-------------------------------------------------------------------------
 *
 * http.h
 *	  The actions std.http and std.mistral_http.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_HTTP_H
#define EXECUTOR_HTTP_H

#include "action.h"

extern void http_start(Action *action);
extern void http_stop(Action *action);

#endif							/* EXECUTOR_HTTP_H */
