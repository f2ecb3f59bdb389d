/*-------------------------------------------------------------------------
 *
 * gateway.h
 *	  The way to a host through another.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SSH_GATEWAY_H
#define SSH_GATEWAY_H

#include "connect.h"

extern int	gateway_socket(const Request *request, const Host *host);

#endif							/* SSH_GATEWAY_H */
