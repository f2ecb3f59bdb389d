/*-------------------------------------------------------------------------
 *
 * egress.c
 *	  Where requests may go.
 *
 * Names are compared with the list of allowed hosts before a request is made.
 * Addresses are judged when a connection is opened, so it does not matter
 * what a name resolved to a moment ago.
 *
 *-------------------------------------------------------------------------
 */
#include "egress.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "log.h"
#include "memory.h"

/* A range of addresses; those of version 4 are kept as mapped ones of 6. */
typedef struct Range
{
	unsigned char address[16];
	int			bits;
} Range;

static Range *ranges = NULL;
static int	nranges = 0;
static char **hosts = NULL;
static int	nhosts = 0;

static const unsigned char mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

/* The items of a comma list, one after the other; NULL after the last. */
static char *
next_item(char **list)
{
	char	   *item;

	while ((item = strsep(list, ", ")) != NULL)
	{
		if (item[0] != '\0')
			return item;
	}
	return NULL;
}

static void
add_range(char *text)
{
	Range		range = {{0}, 128};
	char	   *slash = strchr(text, '/');
	char	   *end = NULL;
	long		bits = -1;
	int			base = 0;

	if (slash != NULL)
	{
		*slash = '\0';
		bits = strtol(slash + 1, &end, 10);
		if (end == slash + 1 || *end != '\0')
			log_fatal("invalid range of addresses \"%s/%s\"", text, slash + 1);
	}
	if (inet_pton(AF_INET, text, range.address + 12) == 1)
	{
		memcpy(range.address, mapped_prefix, sizeof(mapped_prefix));
		base = 96;
	}
	else if (inet_pton(AF_INET6, text, range.address) != 1)
		log_fatal("invalid address \"%s\"", text);
	if (slash != NULL)
		range.bits = (int) bits + base;
	if (range.bits < base || range.bits > 128)
		log_fatal("invalid length of the range of address \"%s\"", text);

	ranges = mem_resize(ranges, (nranges + 1) * sizeof(Range));
	ranges[nranges++] = range;
}

void
egress_start(const char *allowed_hosts, const char *denied_ranges)
{
	char	   *list = mem_copy(denied_ranges);
	char	   *rest = list;
	char	   *item;

	if (strcmp(denied_ranges, "none") != 0)
	{
		while ((item = next_item(&rest)) != NULL)
			add_range(item);
	}
	free(list);

	list = rest = mem_copy(allowed_hosts);
	while ((item = next_item(&rest)) != NULL)
	{
		hosts = mem_resize(hosts, (nhosts + 1) * sizeof(char *));
		hosts[nhosts++] = mem_copy(item);
	}
	free(list);
}

bool
egress_host_is_allowed(const char *host)
{
	if (nhosts == 0)
		return true;
	for (int i = 0; i < nhosts; i++)
	{
		if (strcasecmp(hosts[i], host) == 0)
			return true;
	}
	return false;
}

static bool
is_in_range(const unsigned char *address, const Range *range)
{
	int			bytes = range->bits / 8;
	int			bits = range->bits % 8;

	if (memcmp(address, range->address, bytes) != 0)
		return false;
	return bits == 0 ||
		((address[bytes] ^ range->address[bytes]) >> (8 - bits)) == 0;
}

bool
egress_address_is_allowed(const struct sockaddr *address)
{
	unsigned char bytes[16];

	if (address->sa_family == AF_INET)
	{
		memcpy(bytes, mapped_prefix, sizeof(mapped_prefix));
		memcpy(bytes + 12, &((const struct sockaddr_in *) address)->sin_addr, 4);
	}
	else if (address->sa_family == AF_INET6)
		memcpy(bytes, &((const struct sockaddr_in6 *) address)->sin6_addr, 16);
	else
		return false;

	for (int i = 0; i < nranges; i++)
	{
		if (is_in_range(bytes, &ranges[i]))
			return false;
	}
	return true;
}
