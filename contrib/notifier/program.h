/*-------------------------------------------------------------------------
 *
 * program.h
 *	  Publishers of type "program": a program is run for each event.
 *
 *-------------------------------------------------------------------------
 */
#ifndef NOTIFIER_PROGRAM_H
#define NOTIFIER_PROGRAM_H

#include "delivery.h"

extern void program_start(Delivery *delivery);
extern void program_reap(void);

#endif							/* NOTIFIER_PROGRAM_H */
