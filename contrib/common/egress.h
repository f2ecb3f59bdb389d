/*-------------------------------------------------------------------------
 *
 * egress.h
 *	  Where requests may go.
 *
 *-------------------------------------------------------------------------
 */
#ifndef COMMON_EGRESS_H
#define COMMON_EGRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* Read the settings; ends the process when they are not valid. */
extern void egress_start(const char *allowed_hosts, const char *denied_ranges);

/* May requests go to a host of this name? */
extern bool egress_host_is_allowed(const char *host);

/* May connections be made to this address? */
extern bool egress_address_is_allowed(const struct sockaddr *address);

#endif							/* COMMON_EGRESS_H */
