/*-------------------------------------------------------------------------
 *
 * http_response.h
 *	  What came back from a request, and the mapping that an action gets.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_HTTP_RESPONSE_H
#define EXECUTOR_HTTP_RESPONSE_H

#include <stdbool.h>

#include "memory.h"

typedef struct HttpHeader
{
	struct HttpHeader *next;
	char	   *name;
	Buf			value;
} HttpHeader;

typedef struct HttpResponse
{
	int			status;
	char	   *reason;
	HttpHeader *headers;		/* in the order of their coming */
	HttpHeader **last;
	Buf			cookies;		/* members of a JSON object */
	Buf			content;
} HttpResponse;

extern void http_response_init(HttpResponse *response);
extern void http_response_free(HttpResponse *response);
extern void http_response_line(HttpResponse *response, const char *line,
							   size_t len);
extern const char *http_response_header(const HttpResponse *response,
										const char *name);
extern void http_response_write(Buf *json, const HttpResponse *response,
								const char *url, const Buf *history,
								double elapsed);
extern void http_response_write_step(Buf *json, const HttpResponse *response,
									 const char *url);

#endif							/* EXECUTOR_HTTP_RESPONSE_H */
