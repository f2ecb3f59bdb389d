/*-------------------------------------------------------------------------
 *
 * publishers.h
 *	  The types of publishers that deliveries are made to.
 *
 *-------------------------------------------------------------------------
 */
#ifndef NOTIFIER_PUBLISHERS_H
#define NOTIFIER_PUBLISHERS_H

#include "delivery.h"

extern void publisher_start(Delivery *delivery);

#endif							/* NOTIFIER_PUBLISHERS_H */
