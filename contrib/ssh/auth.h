/*-------------------------------------------------------------------------
 *
 * auth.h
 *	  A session with a host: who it is, and who we are.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SSH_AUTH_H
#define SSH_AUTH_H

#include <libssh/libssh.h>

#include "connect.h"

extern ssh_session session_open(const Request *request, const Host *host, const char *user,
								int fd, const char *proxy_command);

#endif							/* SSH_AUTH_H */
