/*-------------------------------------------------------------------------
 *
 * request.c
 *	  What is to be done, and how.
 *
 * The request is all of standard input, an object with "input", that of the
 * action, and "settings", the operator's.  The process ends with the answer,
 * so whatever fails writes it and ends the process.
 *
 *-------------------------------------------------------------------------
 */
#include "request.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "egress.h"

/* Answers with an error, and ends the process. */
void
fail_request(const char *format,...)
{
	Buf			answer = {0};
	char		text[4096];
	va_list		args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buf_puts(&answer, "{\"error\": ");
	json_write_string(&answer, text, strlen(text));
	buf_puts(&answer, "}\n");
	fputs(answer.data, stdout);
	fflush(stdout);
	_exit(0);
}

static void
read_all(Buf *text)
{
	char		piece[65536];
	ssize_t		n;

	while ((n = read(STDIN_FILENO, piece, sizeof(piece))) > 0)
		buf_add(text, piece, n);
}

/* Returns a member that must be a text; "" when it is not given. */
static const char *
text_of(const Json *object, const char *name)
{
	Json	   *value = json_member(object, name);

	if (!json_is_given(value))
		return "";
	if (value->type != JSON_STRING || strlen(value->text) != value->len)
		fail_request("The parameter %s must be a text", name);
	return value->text;
}

static HostKeys
host_keys_of(const char *name)
{
	if (strcmp(name, "accept") == 0)
		return HOST_KEYS_ACCEPT;
	if (strcmp(name, "accept-new") == 0)
		return HOST_KEYS_ACCEPT_NEW;
	return HOST_KEYS_VERIFY;
}

static void
read_settings(Settings *settings, const Json *given)
{
	settings->is_proxied = json_is_true(json_member(given, "is_proxied"));
	settings->connect_timeout = (long) json_number(json_member(given, "connect_timeout"), 30);
	settings->max_output = (size_t) json_number(json_member(given, "max_output"), 1e6);
	settings->allow_proxy_command = json_is_true(json_member(given, "allow_proxy_command"));
	settings->known_hosts = text_of(given, "known_hosts");
	settings->host_keys = host_keys_of(text_of(given, "host_keys"));
	settings->key_directory = text_of(given, "key_directory");
	settings->outbound = outbound_read(arena_create(), text_of(given, "outbound"));
	egress_start(text_of(given, "allowed_hosts"), text_of(given, "denied_ranges"));
}

static void
check_request(const Request *request)
{
	if (request->command[0] == '\0')
		fail_request("The command is empty");
	if (request->user[0] == '\0')
		fail_request("The user name is empty");
	if (request->settings.is_proxied && request->gateway[0] == '\0')
		fail_request("The gateway is not given");
	if (request->settings.is_proxied && request->key_file[0] == '\0' && request->key[0] == '\0')
		fail_request("The private key is not given");
	if (request->proxy_command[0] != '\0' && !request->settings.allow_proxy_command)
		fail_request("This executor runs no proxy commands (setting ssh-proxy-commands)");
	if (request->proxy_command[0] != '\0' && request->settings.outbound != NULL)
		fail_request("No proxy commands are run while there are outbound rules, which could not be kept");
}

/* Reads the request and the settings, of which those on addresses are in force then. */
void
request_read(Request *request)
{
	Buf			text = {0};
	Json	   *given;
	Json	   *input;

	read_all(&text);
	given = json_parse(arena_create(), text.data != NULL ? text.data : "", text.len);
	input = json_member(given, "input");
	if (input == NULL)
		fail_request("The request could not be read");
	read_settings(&request->settings, json_member(given, "settings"));
	request->command = text_of(input, "cmd");
	request->hosts = json_member(input, "host");
	request->user = text_of(input, "username");
	request->password = text_of(input, "password");
	request->key_file = text_of(input, "private_key_filename");
	request->key = text_of(input, "private_key");
	request->returns_failures = json_is_true(json_member(input, "return_result_on_error"));
	request->gateway = text_of(input, "gateway_host");
	request->gateway_user = text_of(input, "gateway_username");
	if (request->gateway_user[0] == '\0')
		request->gateway_user = request->user;
	request->proxy_command = text_of(input, "proxy_command");
	check_request(request);
}
