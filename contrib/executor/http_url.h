/*-------------------------------------------------------------------------
 *
 * http_url.h
 *	  Addresses of requests, put together as the "requests" library does it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_HTTP_URL_H
#define EXECUTOR_HTTP_URL_H

#include <stdbool.h>

#include "json.h"

extern void url_build(Buf *url, const char *text, const Json *params);
extern bool url_encode_form(Buf *form, const Json *params);
extern bool url_check(const char *url, Buf *host, int *port);
extern bool url_proxy_host(const char *proxy, Buf *host, int *port);
extern bool url_is_secure(const char *url);
extern bool url_resolve(Buf *target, const char *base, const char *location);
extern bool url_same_origin(const char *a, const char *b);
extern void url_plain_text(Buf *buf, const Json *value);

#endif							/* EXECUTOR_HTTP_URL_H */
