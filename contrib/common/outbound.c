/*-------------------------------------------------------------------------
 *
 * outbound.c
 *	  The database's rules on where requests may go.
 *
 * A rule allows or denies a host by its name, the hosts of a domain, a network,
 * or everything, at all ports or at some.  The most specific rule on the name that
 * has the port gives one verdict, the most specific one on the address another:
 *
 *		either denies			-> denied
 *		else either allows		-> allowed
 *		else					-> what a rule on everything says; allowed without
 *
 * so a name that is allowed gives no way to an address that is denied, whatever
 * the name resolves to.  Of rules that are as specific those of the project come
 * before general ones, then deny before allow.
 *
 * Addresses of IPv6 that stand for one of IPv4 are judged as both; to be allowed
 * only what is really connected to counts.  Where another host makes the
 * connection (a proxy, a gateway), the name alone is judged here, and what has no
 * verdict by then is judged as if every rule on a network had been missed.
 *
 * mistral.check_outbound() says the same in SQL; the rules of the operator
 * (egress.h) hold besides.
 *
 *-------------------------------------------------------------------------
 */
#include "outbound.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "egress.h"
#include "json.h"

#define ALL_PORTS 65536

typedef struct Rule
{
	const char *id;
	const char *destination;
	bool		is_deny;
	bool		is_general;
	bool		is_network;
	Range		range;			/* of a network */
	const char *ports;			/* as "22,80-90"; "": all */
	int			nports;			/* how many these are */
} Rule;

struct OutboundRules
{
	int			count;			/* -1: they could not be read, nothing goes */
	Rule	   *rules;
};

/* ---- ports ---- */

/* Reads a number or range at *text and passes on behind it; false: there is none. */
static bool
next_ports(const char **text, long *first, long *last)
{
	char	   *end;

	if (!isdigit((unsigned char) **text))
		return false;
	*first = *last = strtol(*text, &end, 10);
	if (*end == '-' && isdigit((unsigned char) end[1]))
		*last = strtol(end + 1, &end, 10);
	if (*end != '\0' && *end != ',')
		return false;
	*text = end + (*end == ',');
	return *first <= *last && *last < ALL_PORTS;
}

/* Returns how many ports a list has, as "22,80-90"; 0: it is none. */
static int
count_ports(const char *text)
{
	long		first;
	long		last;
	int			n = 0;

	do
	{
		if (!next_ports(&text, &first, &last))
			return 0;
		n += (int) (last - first + 1);
	} while (*text != '\0');
	return n;
}

static bool
rule_has_port(const Rule *rule, int port)
{
	const char *text = rule->ports;
	long		first;
	long		last;

	if (*text == '\0')
		return true;
	while (next_ports(&text, &first, &last))
	{
		if (port >= first && port <= last)
			return true;
	}
	return false;
}

/* ---- reading ---- */

/* Reads the ports of a rule; without them it is on all. */
static bool
read_ports(const Json *json, Rule *rule)
{
	Json	   *ports = json_member(json, "ports");

	rule->ports = "";
	rule->nports = ALL_PORTS;
	if (!json_is_given(ports))
		return true;
	if (ports->type != JSON_STRING)
		return false;
	rule->ports = ports->text;
	rule->nports = count_ports(ports->text);
	return rule->nports > 0;
}

static bool
read_rule(const Json *json, Rule *rule)
{
	Json	   *id = json_member(json, "id");
	Json	   *effect = json_member(json, "effect");
	Json	   *destination = json_member(json, "destination");

	if (id == NULL || id->type != JSON_NUMBER || effect == NULL || effect->type != JSON_STRING ||
		destination == NULL || destination->type != JSON_STRING || !read_ports(json, rule))
		return false;
	rule->id = id->text;
	rule->destination = destination->text;
	rule->is_deny = strcmp(effect->text, "deny") == 0;
	rule->is_general = json_is_true(json_member(json, "is_general"));
	rule->is_network = range_read(destination->text, &rule->range);
	return rule->is_deny || strcmp(effect->text, "allow") == 0;
}

/*
 * Reads the rules as the database gives them, into the arena.  "" is NULL: no
 * rules.  By what cannot be read nothing is allowed.
 */
OutboundRules *
outbound_read(Arena *arena, const char *json)
{
	OutboundRules *rules;
	Json	   *list;

	if (json[0] == '\0')
		return NULL;
	rules = arena_alloc(arena, sizeof(OutboundRules));
	rules->count = -1;
	list = json_parse(arena, json, strlen(json));
	if (list == NULL || list->type != JSON_ARRAY)
		return rules;
	rules->rules = arena_alloc(arena, sizeof(Rule) * (list->count + 1));
	for (int i = 0; i < list->count; i++)
	{
		if (!read_rule(list->items[i], &rules->rules[i]))
			return rules;
	}
	rules->count = list->count;
	return rules;
}

/* ---- judging ---- */

/*
 * Returns the better of two rules that both match, of which the second has the
 * more specific destination by "more".
 */
static const Rule *
better_rule(const Rule *best, const Rule *rule, int more)
{
	if (best == NULL || more > 0)
		return rule;
	if (more < 0)
		return best;
	if (rule->nports != best->nports)
		return rule->nports < best->nports ? rule : best;
	if (rule->is_general != best->is_general)
		return rule->is_general ? best : rule;
	return rule->is_deny && !best->is_deny ? rule : best;
}

/*
 * Returns how well the destination fits the name: 0 not at all, else the more
 * the better.
 */
static int
fit_of_name(const Rule *rule, const char *name, size_t len)
{
	const char *pattern = rule->destination;
	size_t		n = strlen(pattern);

	if (rule->is_network || strcmp(pattern, "*") == 0)
		return 0;
	if (n == len && strncasecmp(pattern, name, len) == 0)
		return 1000000;
	if (strncmp(pattern, "*.", 2) == 0 && len > n - 1 &&
		strncasecmp(pattern + 1, name + len - (n - 1), n - 1) == 0)
		return (int) n;
	return 0;
}

static const Rule *
find_by_name(const OutboundRules *rules, const char *host, int port)
{
	const Rule *best = NULL;
	size_t		len = strlen(host);
	int			best_fit = 0;

	/* a name with a dot at its end is the same one */
	while (len > 0 && host[len - 1] == '.')
		len--;
	for (int i = 0; i < rules->count; i++)
	{
		int			fit = fit_of_name(&rules->rules[i], host, len);

		if (fit == 0 || fit < best_fit || !rule_has_port(&rules->rules[i], port))
			continue;
		best = better_rule(best, &rules->rules[i], fit - best_fit);
		best_fit = fit;
	}
	return best;
}

static const Rule *
find_by_bytes(const OutboundRules *rules, const unsigned char *bytes, int port)
{
	const Rule *best = NULL;

	for (int i = 0; i < rules->count; i++)
	{
		const Rule *rule = &rules->rules[i];

		if (!rule->is_network || !range_has(&rule->range, bytes) || !rule_has_port(rule, port))
			continue;
		best = better_rule(best, rule, best == NULL ? 0 : rule->range.bits - best->range.bits);
	}
	return best;
}

static int
port_of_address(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return ntohs(((const struct sockaddr_in *) address)->sin_port);
	return ntohs(((const struct sockaddr_in6 *) address)->sin6_port);
}

/* Returns the rule on an address, which has a port, in all its forms. */
static const Rule *
find_by_address(const OutboundRules *rules, const struct sockaddr *address)
{
	unsigned char forms[MAX_ADDRESS_FORMS][16];
	int			n = address_forms(address, forms);
	int			port = port_of_address(address);
	const Rule *itself = n > 0 ? find_by_bytes(rules, forms[0], port) : NULL;

	if (itself != NULL && itself->is_deny)
		return itself;
	for (int i = 1; i < n; i++)
	{
		const Rule *rule = find_by_bytes(rules, forms[i], port);

		if (rule != NULL && rule->is_deny)
			return rule;
	}
	return itself;
}

static const Rule *
find_for_all(const OutboundRules *rules, int port)
{
	const Rule *best = NULL;

	for (int i = 0; i < rules->count; i++)
	{
		if (strcmp(rules->rules[i].destination, "*") == 0 && rule_has_port(&rules->rules[i], port))
			best = better_rule(best, &rules->rules[i], 0);
	}
	return best;
}

/* Reads a host that is an address, in whatever form, with the port; false: it is a name. */
static bool
read_literal(const char *host, int port, struct sockaddr_storage *address)
{
	struct sockaddr_in *in = (struct sockaddr_in *) address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) address;
	char		text[INET6_ADDRSTRLEN + 2];
	size_t		len = strlen(host);

	memset(address, 0, sizeof(*address));
	if (len > 1 && host[0] == '[' && host[len - 1] == ']' && len - 2 < sizeof(text))
	{
		snprintf(text, sizeof(text), "%.*s", (int) len - 2, host + 1);
		host = text;
	}
	if (inet_aton(host, &in->sin_addr) == 1)
	{
		address->ss_family = AF_INET;
		in->sin_port = htons(port);
		return true;
	}
	if (inet_pton(AF_INET6, host, &in6->sin6_addr) == 1)
	{
		address->ss_family = AF_INET6;
		in6->sin6_port = htons(port);
		return true;
	}
	return false;
}

static bool
is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
	{
		if ((unsigned char) *text >= 0x80)
			return false;
	}
	return true;
}

/* Says which rule denies, and whose it is. */
static bool
deny_by(const Rule *rule, Buf *why)
{
	buf_printf(why, "denied by outbound rule %s, \"deny %s%s%s\", %s; administrators can change it",
			   rule->id, rule->destination, rule->ports[0] != '\0' ? " ports " : "", rule->ports,
			   rule->is_general ? "for every project" : "for this project");
	return false;
}

/*
 * Tells whether a request may go to the port of the host, as far as its name
 * says that; if not, appends why.  With "is_forwarded" another host connects to it, so nothing
 * but the name is known; else the address decides when it is connected to.
 */
bool
outbound_allows_host(const OutboundRules *rules, const char *host, int port, bool is_forwarded,
					 Buf *why)
{
	struct sockaddr_storage literal;
	const Rule *by_name;
	const Rule *for_all;

	if (rules == NULL)
		return true;
	if (rules->count < 0)
	{
		buf_puts(why, "denied: the outbound rules of the database could not be read; update this program");
		return false;
	}
	if (!is_ascii(host))
	{
		buf_puts(why, "denied: while there are outbound rules, the name of a host must be in its ASCII form (xn--...)");
		return false;
	}
	if (read_literal(host, port, &literal))
		return outbound_allows_address(rules, host, port, (struct sockaddr *) &literal, why);
	by_name = find_by_name(rules, host, port);
	if (by_name != NULL && by_name->is_deny)
		return deny_by(by_name, why);
	for_all = is_forwarded && by_name == NULL ? find_for_all(rules, port) : NULL;
	return for_all == NULL || !for_all->is_deny || deny_by(for_all, why);
}

/*
 * Tells whether a connection may be made to the address, for a host whose name
 * has passed outbound_allows_host(); if not, appends why.  The address is that
 * of a proxy where one of the environment is used: its port is judged with it,
 * and that of the host with the name.
 */
bool
outbound_allows_address(const OutboundRules *rules, const char *host, int port,
						const struct sockaddr *address, Buf *why)
{
	const Rule *by_address;
	const Rule *for_all;

	if (rules == NULL)
		return true;
	by_address = find_by_address(rules, address);
	if (by_address != NULL)
		return !by_address->is_deny || deny_by(by_address, why);
	if (find_by_name(rules, host, port) != NULL)
		return true;
	for_all = find_for_all(rules, port);
	return for_all == NULL || !for_all->is_deny || deny_by(for_all, why);
}
