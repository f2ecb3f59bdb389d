/*-------------------------------------------------------------------------
 *
 * schemas.h
 *	  What requests and answers look like, for the OpenAPI document.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_SCHEMAS_H
#define API_SCHEMAS_H

#include "memory.h"

/*
 * The forms of what a function takes and gives.  A form is a type:
 *
 *	text uuid time int number bool object any
 *	{name:type name?:type}	an object; a member with ? may be absent
 *	[type]					a list
 *	<type>					an object whose names are data
 *	type?					the value may be null
 */
typedef struct Schema
{
	const char *function;
	const char *params;			/* of the query, as members of an object, or
								 * NULL */
	const char *request;		/* of a body, or NULL: not described */
	const char *response;		/* or NULL: not described */
} Schema;

extern const Schema *schema_find(const char *function);
extern void schema_write(Buf *out, const char *form);
extern void schema_write_params(Buf *out, const char *params, const char *comma);

#endif							/* API_SCHEMAS_H */
