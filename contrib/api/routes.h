/*-------------------------------------------------------------------------
 *
 * routes.h
 *	  What the server serves: one row a method and path.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#include <stdbool.h>

#include "memory.h"

#define ROUTE_MAX_SEGMENTS	8	/* more than any route has */

/* The body that a route's request carries. */
typedef enum BodyKind
{
	BODY_NONE,					/* ignored */
	BODY_TEXT,					/* a definition: any content type */
	BODY_JSON					/* an object */
} BodyKind;

/*
 * A route is answered by the function of schema mistral_api that it names,
 * called with the path's variables (text), the body (text or jsonb, if any),
 * the query (jsonb, text values) and, for collections, the base address.  It
 * yields the answer's body, or SQL NULL for an empty one.  Without a function
 * the server answers by itself, see service.c.
 */
typedef struct Route
{
	const char *method;
	const char *path;			/* variables in braces */
	const char *function;
	BodyKind	body;
	int			status;
	const char *argument;		/* the body's name in messages, or, where the
								 * request cannot be right, what it lacks */
	unsigned int flags;
	const char *summary;
} Route;

#define ROUTE_PUBLIC	1		/* needs no identity */
#define ROUTE_LIST		2		/* takes the base address */
#define ROUTE_PLAIN		4		/* faults are {"faultstring": ...} only */
#define ROUTE_SHARING	16		/* means nothing without authentication */
#define ROUTE_LACKING	8		/* 400: the argument is missing */
#define ROUTE_SURPLUS	32		/* 400: the path says too much */
#define ROUTE_AS_QUERY	64		/* the last variable is the argument, as if it
								 * stood in the query */
#define ROUTE_RESERVED	128		/* no variable stands for this path */
#define ROUTE_TRACED	512		/* the header traceparent counts, as if it
								 * stood in the query */
#define ROUTE_STREAMS	1024	/* the answer goes on, as events */
#define ROUTE_AWAITS	256		/* the answer may come after the transaction */

/* Result of a look-up. */
typedef struct RouteMatch
{
	const Route *route;			/* NULL: see "allowed" */
	int			number;			/* its place in the table */
	int			nvars;
	const char *vars[ROUTE_MAX_SEGMENTS];
	char		allowed[64];	/* methods of the path, empty: no such path */
} RouteMatch;

extern void route_find(RouteMatch *match, const char *method,
					   const char *const *segments, int nsegments);
extern int	route_arguments(const Route *route);
extern void route_sql(Buf *out, const Route *route);
extern void routes_print(Buf *out);
extern void routes_openapi(Buf *out, const char *base);

#endif							/* API_ROUTES_H */
