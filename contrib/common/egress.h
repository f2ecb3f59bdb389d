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

/*
 * What is denied unless the settings say otherwise: this host, its links,
 * what is no single host, carriers' and benchmarks' networks, addresses of
 * IPv6 that stand for one of IPv4, and where clouds tell instances their
 * secrets.  Networks of one's own are not: that is where services are.
 */
#define EGRESS_DENIED_RANGES \
	"0.0.0.0/8,100.64.0.0/10,127.0.0.0/8,168.63.129.16/32,169.254.0.0/16," \
	"192.0.0.0/24,192.88.99.0/24,198.18.0.0/15,224.0.0.0/4,240.0.0.0/4," \
	"::/96,::ffff:0:0:0/96,64:ff9b::/96,64:ff9b:1::/48,100::/64,2001::/32," \
	"2002::/16,fd00:ec2::/32,fd20:ce::/32,fe80::/10,fec0::/10,ff00::/8"

/* A range of addresses; those of version 4 are kept as mapped ones of 6. */
typedef struct Range
{
	unsigned char address[16];
	int			bits;
} Range;

/* An address, and the addresses of IPv4 that one of IPv6 can stand for at once. */
#define MAX_ADDRESS_FORMS	13

extern bool range_read(const char *text, Range *range);
extern bool range_has(const Range *range, const unsigned char *address);
extern int	address_forms(const struct sockaddr *address, unsigned char (*forms)[16]);
extern void egress_start(const char *allowed_hosts, const char *denied_ranges);
extern bool egress_host_is_allowed(const char *host);
extern bool egress_address_is_allowed(const struct sockaddr *address);

#endif							/* COMMON_EGRESS_H */
