/*-------------------------------------------------------------------------
 *
 * service.h
 *	  From a request to its answer.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_SERVICE_H
#define API_SERVICE_H

#include "config.h"
#include "request.h"

extern void service_init(const Config *config);
extern bool service_admit(Request *request);
extern void service_handle(Request *request);

#endif							/* API_SERVICE_H */
