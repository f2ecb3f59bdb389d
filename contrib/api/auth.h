/*-------------------------------------------------------------------------
 *
 * auth.h
 *	  Who sends a request, as a role of the database.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_AUTH_H
#define API_AUTH_H

#include "config.h"
#include "request.h"

extern void auth_init(const Config *config);
extern bool auth_request(Request *request);

#endif							/* API_AUTH_H */
