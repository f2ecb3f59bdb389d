/*-------------------------------------------------------------------------
 *
 * request.h
 *	  What is to be done, and how.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SSH_REQUEST_H
#define SSH_REQUEST_H

#include <stdbool.h>

#include "json.h"
#include "outbound.h"

/* The host keys that are accepted. */
typedef enum HostKeys
{
	HOST_KEYS_VERIFY,			/* that are known */
	HOST_KEYS_ACCEPT_NEW,		/* that do not contradict what is known */
	HOST_KEYS_ACCEPT			/* all */
} HostKeys;

typedef struct Settings
{
	bool		is_proxied;
	long		connect_timeout;	/* seconds */
	size_t		max_output;		/* bytes of the output of one command */
	bool		allow_proxy_command;
	const char *known_hosts;	/* file; "": those of libssh */
	HostKeys	host_keys;
	const char *key_directory;	/* "": .ssh of the user */
	const OutboundRules *outbound;	/* of the database; NULL: there are none */
} Settings;

/* Texts that are not given are "". */
typedef struct Request
{
	Settings	settings;
	const char *command;
	const Json *hosts;			/* a text or a list of them */
	const char *user;
	const char *password;
	const char *key_file;
	const char *key;
	bool		returns_failures;
	const char *gateway;
	const char *gateway_user;
	const char *proxy_command;
} Request;

extern void fail_request(const char *format,...)
			__attribute__((format(printf, 1, 2), noreturn));
extern void request_read(Request *request);

#endif							/* SSH_REQUEST_H */
