/*-------------------------------------------------------------------------
 *
 * body.h
 *	  The body of a request, as it comes from a stream.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_BODY_H
#define API_BODY_H

#include "head.h"
#include "memory.h"
#include "stream.h"

typedef enum BodyOutcome
{
	BODY_RECEIVED,
	BODY_TOO_LARGE,
	BODY_MALFORMED,
	BODY_LOST					/* the client closed, or was too slow */
} BodyOutcome;

extern BodyOutcome body_receive(Stream *stream, const Head *head, size_t max, Buf *body);

#endif							/* API_BODY_H */
