/*-------------------------------------------------------------------------
 *
 * egress.c
 *	  Where requests may go.
 *
 * Names are compared with the list of allowed hosts before a request is made.
 * Addresses are judged when a connection is opened, so it does not matter
 * what a name resolved to a moment ago.
 *
 * Some addresses of IPv6 stand for one of IPv4, to which a gateway passes what
 * is sent to them.  They are judged as both.
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

/* the settings, read once at the start */
static Range *ranges = NULL;
static int	nranges = 0;
static char **hosts = NULL;
static int	nhosts = 0;

static const unsigned char mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

/* Returns the items of a comma list, one after the other; NULL after the last. */
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

/*
 * Reads an address, or a network with the number of its bits behind a slash;
 * false: the text is neither.
 */
bool
range_read(const char *text, Range *range)
{
	char		address[INET6_ADDRSTRLEN];
	size_t		len = strcspn(text, "/");
	char	   *end = NULL;
	long		bits = -1;
	int			base = 0;

	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (inet_pton(AF_INET, address, range->address + 12) == 1)
	{
		memcpy(range->address, mapped_prefix, sizeof(mapped_prefix));
		base = 96;
	}
	else if (inet_pton(AF_INET6, address, range->address) != 1)
		return false;
	range->bits = 128;
	if (text[len] == '/')
	{
		bits = strtol(text + len + 1, &end, 10);
		if (end == text + len + 1 || *end != '\0' || bits < 0 || bits > 128 - base)
			return false;
		range->bits = (int) bits + base;
	}
	return true;
}

static void
add_range(const char *text)
{
	Range		range;

	if (!range_read(text, &range))
		log_fatal("invalid range of addresses \"%s\"", text);
	ranges = mem_resize(ranges, (nranges + 1) * sizeof(Range));
	ranges[nranges++] = range;
}

/* Reads the settings, which are lists; ends the process when they are not valid. */
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

/* Tells whether requests may go to a host of this name, or literal address. */
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

/* Tells whether the range has the address. */
bool
range_has(const Range *range, const unsigned char *address)
{
	int			bytes = range->bits / 8;
	int			bits = range->bits % 8;

	if (memcmp(address, range->address, bytes) != 0)
		return false;
	return bits == 0 ||
		((address[bytes] ^ range->address[bytes]) >> (8 - bits)) == 0;
}

static bool
is_denied(const unsigned char *address)
{
	for (int i = 0; i < nranges; i++)
	{
		if (range_has(&ranges[i], address))
			return true;
	}
	return false;
}

/* Where an address of IPv6 has one of IPv4 in it. */
typedef struct Embedding
{
	unsigned char prefix[16];
	unsigned char mask[16];		/* bits of the prefix that count */
	unsigned char at[4];		/* positions of the bytes of the other address */
	bool		is_inverted;
} Embedding;

#define ALL 0xFF

static const Embedding embeddings[] = {
	/* compatible */
	{{0}, {ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL}, {12, 13, 14, 15}, false},
	/* translated (SIIT) */
	{{0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF},
	{ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL}, {12, 13, 14, 15}, false},
	/* NAT64, well known */
	{{0, 0x64, 0xFF, 0x9B},
	{ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL}, {12, 13, 14, 15}, false},
	/* NAT64, local: a prefix of 48, 56, 64 or 96 bits; byte 8 is left out */
	{{0, 0x64, 0xFF, 0x9B, 0, 1}, {ALL, ALL, ALL, ALL, ALL, ALL}, {6, 7, 9, 10}, false},
	{{0, 0x64, 0xFF, 0x9B, 0, 1}, {ALL, ALL, ALL, ALL, ALL, ALL}, {7, 9, 10, 11}, false},
	{{0, 0x64, 0xFF, 0x9B, 0, 1}, {ALL, ALL, ALL, ALL, ALL, ALL}, {9, 10, 11, 12}, false},
	{{0, 0x64, 0xFF, 0x9B, 0, 1}, {ALL, ALL, ALL, ALL, ALL, ALL}, {12, 13, 14, 15}, false},
	/* 6to4 */
	{{0x20, 2}, {ALL, ALL}, {2, 3, 4, 5}, false},
	/* Teredo: the server, and the client with its bits turned round */
	{{0x20, 1}, {ALL, ALL, ALL, ALL}, {4, 5, 6, 7}, false},
	{{0x20, 1}, {ALL, ALL, ALL, ALL}, {12, 13, 14, 15}, true},
	/* ISATAP, whose seventh bit may be either */
	{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x5E, 0xFE},
	{0, 0, 0, 0, 0, 0, 0, 0, 0xFD, ALL, ALL, ALL}, {12, 13, 14, 15}, false},
};

/* Gets the address of IPv4 in one of IPv6, as a mapped one; false: there is none. */
static bool
get_embedded(const Embedding *embedding, const unsigned char *address,
			 unsigned char *inner)
{
	for (int i = 0; i < 16; i++)
	{
		if ((address[i] & embedding->mask[i]) != embedding->prefix[i])
			return false;
	}
	memcpy(inner, mapped_prefix, sizeof(mapped_prefix));
	for (int i = 0; i < 4; i++)
		inner[12 + i] = address[embedding->at[i]] ^ (embedding->is_inverted ? ALL : 0);
	return true;
}

/*
 * Sets the forms of an address, as ones of IPv6: first itself, then those of IPv4
 * that it stands for.  Returns their number; 0: it is of another family.
 */
int
address_forms(const struct sockaddr *address, unsigned char (*forms)[16])
{
	int			n = 1;

	if (address->sa_family == AF_INET)
	{
		memcpy(forms[0], mapped_prefix, sizeof(mapped_prefix));
		memcpy(forms[0] + 12, &((const struct sockaddr_in *) address)->sin_addr, 4);
	}
	else if (address->sa_family == AF_INET6)
		memcpy(forms[0], &((const struct sockaddr_in6 *) address)->sin6_addr, 16);
	else
		return 0;
	for (int i = 0; i < (int) (sizeof(embeddings) / sizeof(embeddings[0])); i++)
	{
		if (get_embedded(&embeddings[i], forms[0], forms[n]))
			n++;
	}
	return n;
}

/*
 * Tells whether a connection may be made to this address.  Families other
 * than IPv4 and IPv6 are not allowed.
 */
bool
egress_address_is_allowed(const struct sockaddr *address)
{
	unsigned char forms[MAX_ADDRESS_FORMS][16];
	int			n = address_forms(address, forms);

	for (int i = 0; i < n; i++)
	{
		if (is_denied(forms[i]))
			return false;
	}
	return n > 0;
}
