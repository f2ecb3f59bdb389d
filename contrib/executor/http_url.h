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

/*
 * The URL with the parameters (a mapping, a list of pairs, or text) added to
 * its query, and what must not be in a URL encoded.
 */
extern void url_build(Buf *url, const char *text, const Json *params);

/* A form: parameters in the encoding of queries.  False: they are no form. */
extern bool url_encode_form(Buf *form, const Json *params);

/* Is it of http or https?  The host is copied to the buffer. */
extern bool url_check(const char *url, Buf *host);

/* The scheme is https. */
extern bool url_is_secure(const char *url);

/* Where a redirect leads; false: nowhere. */
extern bool url_resolve(Buf *target, const char *base, const char *location);

/* Are scheme, host and port the same? */
extern bool url_same_origin(const char *a, const char *b);

/* A value as Python prints it: text unquoted, True, None. */
extern void url_plain_text(Buf *buf, const Json *value);

#endif							/* EXECUTOR_HTTP_URL_H */
