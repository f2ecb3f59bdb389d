/*-------------------------------------------------------------------------
 *
 * body.h
 *	  The body of a request, as it comes from a stream.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_BODY_H
#define API_BODY_H

#include "config.h"
#include "head.h"
#include "memory.h"
#include "stream.h"

typedef enum BodyOutcome
{
	BODY_RECEIVED,
	BODY_TOO_LARGE,
	BODY_MALFORMED,
	BODY_NO_ROOM,				/* other bodies take up the memory */
	BODY_LOST					/* the client closed, or was too slow */
} BodyOutcome;

extern void body_init(const Config *config);
extern BodyOutcome body_receive(Stream *stream, const Head *head, Buf *body);
extern void body_free(Buf *body);

#endif							/* API_BODY_H */
