/*-------------------------------------------------------------------------
 *
 * webhook.h
 *	  Publishers of type "webhook": the event is posted to a URL.
 *
 *-------------------------------------------------------------------------
 */
#ifndef NOTIFIER_WEBHOOK_H
#define NOTIFIER_WEBHOOK_H

#include "delivery.h"

struct curl_waitfd;

extern void webhook_start(Delivery *delivery);

extern void webhook_init(void);

/* Wait for requests, for the other descriptors, or for the time. */
extern void webhook_wait(struct curl_waitfd *others, unsigned int count,
						 int wait_ms);

/* Go on with requests, and end deliveries whose requests have ended. */
extern void webhook_process(void);

extern void webhook_close(void);

#endif							/* NOTIFIER_WEBHOOK_H */
