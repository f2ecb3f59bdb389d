/*-------------------------------------------------------------------------
 *
 * origin.c
 *	  Which requests that browsers send are those of our own pages.
 *
 * A page of some other site must not use the API with what its visitor may do:
 * by the address alone, where there is no authentication, or by a password that
 * the browser remembers.  Browsers tell where a request comes from, programs
 * need not:
 *
 *  - Sec-Fetch-Site says it in all browsers of today.  From another site nothing
 *    is served but what somebody follows a link to, and only for reading.
 *  - Older ones send Origin with whatever may change something.
 *  - A name of another site that was made to lead to this machine ("DNS
 *    rebinding") makes a page of it one of our own.  It shows in Host, which
 *    counts where nothing else tells who asks: without authentication, on a
 *    loopback address.
 *
 * There are no cookies, so nothing else of a browser goes with a request by
 * itself.  Answers allow no other site to read them.
 *
 *-------------------------------------------------------------------------
 */
#include "origin.h"

#include <string.h>
#include <strings.h>

#include "answer.h"

static const Config *origin_config;

/* Remembers the settings; called before threads are started. */
void
origin_init(const Config *config)
{
	origin_config = config;
}

/* Tells whether a method is one that changes nothing. */
static bool
is_safe_method(const char *method)
{
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 || strcmp(method, "OPTIONS") == 0;
}

static bool
has_value(const char *header, const char *value)
{
	return header != NULL && strcasecmp(header, value) == 0;
}

/* Tells whether somebody follows a link, which shows what is there and runs nothing. */
static bool
is_navigation(const Request *request)
{
	const char *target = request_header(request, "Sec-Fetch-Dest");

	return strcmp(request->method, "GET") == 0 &&
		has_value(request_header(request, "Sec-Fetch-Mode"), "navigate") &&
		(target == NULL || strcasecmp(target, "document") == 0);
}

/* Tells whether an origin is the server itself, as the client or a proxy names it. */
static bool
is_own_origin(const Request *request, const char *origin)
{
	const char *authority = strstr(origin, "://");
	const char *forwarded = request_header(request, "X-Forwarded-Host");

	if (authority == NULL)
		return false;			/* "null", of a page without an origin */
	authority += 3;
	if (request->head.host != NULL && strcasecmp(authority, request->head.host) == 0)
		return true;
	return origin_config->trust_forwarded && has_value(forwarded, authority);
}

/* Tells whether a host, which may have a port, is this machine's for itself, or is in the setting. */
static bool
is_own_host(const char *host)
{
	char		name[256];
	size_t		len = *host == '[' ? strcspn(host, "]") : strcspn(host, ":");
	bool		has_bracket = *host == '[';

	if (len >= sizeof(name))
		return false;
	memcpy(name, host + has_bracket, len - has_bracket);
	name[len - has_bracket] = '\0';
	for (char *c = name; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c |= 0x20;
	/* a name may begin with "127." and lead anywhere */
	if (strncmp(name, "127.", 4) == 0 && strspn(name, "0123456789.") == strlen(name))
		return true;
	return strcmp(name, "localhost") == 0 || strcmp(name, "::1") == 0 ||
		config_lists_address(origin_config->allowed_hosts, name);
}

/* Tells whether the Host is all that keeps pages of other sites away. */
static bool
needs_own_host(void)
{
	return origin_config->auth_kinds == AUTH_NONE && config_is_loopback(origin_config->listen);
}

static bool
refuse_origin(Request *request, const char *reason)
{
	answer_fault(request, 403, false, "%s", reason);
	return false;
}

/*
 * Checks that a request is no other site's.  False when it is: the answer says
 * why, and it was not looked at who sends it.
 */
bool
origin_check(Request *request)
{
	const char *site = request_header(request, "Sec-Fetch-Site");
	const char *origin = request_header(request, "Origin");

	if (needs_own_host() && request->head.host != NULL && !is_own_host(request->head.host))
		return refuse_origin(request, "The Host of the request is not a name of this machine for itself; "
							 "others are named by the setting \"allowed_hosts\"");
	if (site != NULL && !has_value(site, "same-origin") && !has_value(site, "none") && !is_navigation(request))
		return refuse_origin(request, "Pages of other sites may not use the API");
	if (origin != NULL && !is_safe_method(request->method) && !is_own_origin(request, origin))
		return refuse_origin(request, "Pages of other sites may not use the API");
	return true;
}
