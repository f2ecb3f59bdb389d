/*-------------------------------------------------------------------------
 *
 * live.h
 *	  Answers that go on: changes, as server-sent events.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_LIVE_H
#define API_LIVE_H

#include "config.h"
#include "request.h"

/* Sends what was added to the answer; false when that failed. */
typedef bool (*LiveSend) (void *state, const Buf *text);

extern void live_init(const Config *config);
extern void live_stop_soon(void);
extern bool live_begin(Request *request);
extern void live_serve(Request *request, LiveSend send, void *state);
extern void live_end(Request *request);

#endif							/* API_LIVE_H */
