/*-------------------------------------------------------------------------
 *
 * head.h
 *	  The head of an HTTP/1 request: its line and its fields.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_HEAD_H
#define API_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEAD_MAX_FIELDS	128

typedef struct HeadField
{
	const char *name;
	const char *value;			/* without whitespace around it */
} HeadField;

/* All texts are parts of the bytes that were parsed. */
typedef struct Head
{
	const char *method;
	const char *target;			/* in origin form, or "*" */
	const char *authority;		/* of a target in absolute form, or NULL */
	const char *host;			/* NULL in HTTP/1.0 without one */
	int			minor;			/* version: HTTP/1.minor */
	bool		keeps_open;		/* the client wants the connection kept */
	bool		expects_continue;
	bool		is_chunked;
	uint64_t	length;			/* of the body, unless it is chunked */
	int			nfields;
	HeadField	fields[HEAD_MAX_FIELDS];
	int			status;			/* of the fault found, 0: none */
	const char *fault;			/* static text */
} Head;

typedef enum HeadScan
{
	HEAD_MORE,					/* bytes are missing */
	HEAD_LINE,					/* "at" is behind a line */
	HEAD_END,					/* "at" is behind the empty line */
	HEAD_FAULT					/* no bytes behind can make it right */
} HeadScan;

extern HeadScan head_scan(const char *text, size_t len, size_t *at);
extern bool head_parse_line(Head *head, char *line, size_t len);
extern bool head_parse_fields(Head *head, char *text, size_t len);
extern bool head_field_is_valid(const char *line, size_t len);
extern const char *head_find(const Head *head, const char *name);
extern bool head_is_host(const char *text);
extern bool head_is_token(const char *text, size_t len);

#endif							/* API_HEAD_H */
