/*-------------------------------------------------------------------------
 *
 * file.h
 *	  Publishers of type "file": the event is a line of a log file.
 *
 *-------------------------------------------------------------------------
 */
#ifndef NOTIFIER_FILE_H
#define NOTIFIER_FILE_H

#include "delivery.h"

extern void file_start(Delivery *delivery);

#endif							/* NOTIFIER_FILE_H */
