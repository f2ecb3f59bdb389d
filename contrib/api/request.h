/*-------------------------------------------------------------------------
 *
 * request.h
 *	  A request with its answer, on the way between HTTP and the database.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_REQUEST_H
#define API_REQUEST_H

#include "head.h"
#include "memory.h"
#include "pool.h"
#include "routes.h"

#define ANSWER_HEADERS	12
#define JSON_TYPE		"application/json"

typedef struct Answer
{
	int			status;
	const char *content_type;	/* static */
	Buf			body;			/* unless it comes from the database */
	DbAnswer	db;
	bool		from_db;		/* the body is db.text */
	const char *fixed;			/* if it is not NULL: the body, which stays */
	size_t		fixed_len;
	struct
	{
		const char *name;		/* static */
		char	   *value;
	}			headers[ANSWER_HEADERS];
	int			nheaders;
} Answer;

typedef struct Request
{
	Head		head;
	const char *uri;			/* of the head: path and query */
	char	   *path;			/* the part before the question mark */
	char	   *decoded;		/* owns the segments */
	const char *segments[ROUTE_MAX_SEGMENTS];
	int			nsegments;
	RouteMatch	match;			/* points into the segments */
	const char *method;
	int			fd;				/* the client's, to see whether it has gone */
	bool		is_tls;
	char		remote[64];		/* the peer's address */
	char		id[40];
	Buf			body;			/* empty again once it was handled */
	size_t		bytes_in;		/* of the body */
	bool		is_last;		/* the connection is closed after the answer */
	double		received_at;	/* the last byte, see clock_ms() */
	double		admit_ms;		/* worked on before the body came */
	const char *role;			/* who is acting; NULL: the connection's own */
	char		role_name[128];
	bool		is_admin;
	bool		plain;			/* see answer_fault() */
	double		wait_ms;
	double		db_ms;
	char	   *watched;		/* of an answer that goes on: its parameters */
	struct Topic *topic;		/* what they say, see live.c; else NULL */
	Answer		answer;
} Request;

extern Request *request_create(void);
extern void request_set_id(Request *request);
extern const char *request_header(const Request *request, const char *name);
extern void request_free(Request *request);

#endif							/* API_REQUEST_H */
