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

extern void webhook_start(Delivery *delivery);

#endif							/* NOTIFIER_WEBHOOK_H */
