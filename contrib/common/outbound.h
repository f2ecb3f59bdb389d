/*-------------------------------------------------------------------------
 *
 * outbound.h
 *	  The database's rules on where requests may go.
 *
 *-------------------------------------------------------------------------
 */
#ifndef COMMON_OUTBOUND_H
#define COMMON_OUTBOUND_H

#include <stdbool.h>
#include <sys/socket.h>

#include "memory.h"

/* The rules that hold for a request; NULL: there are none. */
typedef struct OutboundRules OutboundRules;

extern OutboundRules *outbound_read(Arena *arena, const char *json);
extern bool outbound_allows_host(const OutboundRules *rules, const char *host, int port,
								 bool is_forwarded, Buf *why);
extern bool outbound_allows_address(const OutboundRules *rules, const char *host, int port,
									const struct sockaddr *address, Buf *why);

#endif							/* COMMON_OUTBOUND_H */
