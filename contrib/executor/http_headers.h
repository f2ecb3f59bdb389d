/*-------------------------------------------------------------------------
 *
 * http_headers.h
 *	  The headers of a request.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_HTTP_HEADERS_H
#define EXECUTOR_HTTP_HEADERS_H

#include <stdbool.h>

#include "action.h"
#include "transfer.h"

extern bool http_headers_have(const Json *headers, const char *name);
extern const char *http_headers_set(Transfer *transfer, const Action *action);
extern void http_headers_drop_secrets(Transfer *transfer);

#endif							/* EXECUTOR_HTTP_HEADERS_H */
