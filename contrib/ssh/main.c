/*-------------------------------------------------------------------------
 *
 * main.c
 *	  mistral-ssh: runs a command on hosts for the executor.
 *
 * It reads the request of one action and answers with an object that has "data"
 * or "error".  The hosts have their turn one after the other.  Who starts it
 * kills it when it takes too long.
 *
 *-------------------------------------------------------------------------
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "auth.h"
#include "command.h"
#include "connect.h"
#include "gateway.h"
#include "log.h"

/* Appends what the action returns of one host. */
static void
write_outcome(Buf *data, const Request *request, const Outcome *outcome)
{
	const char *out = outcome->out.data != NULL ? outcome->out.data : "";
	const char *err = outcome->err.data != NULL ? outcome->err.data : "";

	if (!request->returns_failures)
	{
		json_write_string(data, out, outcome->out.len);
		return;
	}
	buf_puts(data, "{\"stdout\": ");
	json_write_string(data, out, outcome->out.len);
	buf_puts(data, ", \"stderr\": ");
	json_write_string(data, err, outcome->err.len);
	buf_printf(data, ", \"exit_code\": %d}", outcome->code);
}

/* Runs the command on one host and appends what it came to. */
static void
run_on(const Request *request, const Json *name, Buf *data)
{
	Outcome		outcome = {.code = 0};
	Host		host;
	ssh_session session;
	int			fd;

	if (name->type != JSON_STRING)
		fail_request("The host must be a text or a list of texts");
	host_parse(&host, name->text, &request->settings, request->settings.is_proxied);
	fd = request->settings.is_proxied ? gateway_socket(request, &host) :
		connect_socket(&host, &request->settings);
	session = session_open(request, &host, request->user, fd, "");
	command_run(request, session, &outcome);
	ssh_disconnect(session);
	ssh_free(session);
	if (outcome.code != 0 && !request->returns_failures)
		fail_request("The command failed on host \"%s\"", host.name);
	write_outcome(data, request, &outcome);
	buf_free(&outcome.out);
	buf_free(&outcome.err);
}

/* Runs the command on all hosts, and appends a value, or a list of them. */
static void
run_request(const Request *request, Buf *data)
{
	const Json *hosts = request->hosts;
	bool		is_list = hosts != NULL && hosts->type == JSON_ARRAY;

	if (hosts == NULL || (is_list && hosts->count == 0))
		fail_request("The host is not given");
	if (!is_list || hosts->count == 1)
	{
		run_on(request, is_list ? hosts->items[0] : hosts, data);
		return;
	}
	buf_putc(data, '[');
	for (int i = 0; i < hosts->count; i++)
	{
		buf_puts(data, i > 0 ? ", " : "");
		run_on(request, hosts->items[i], data);
	}
	buf_putc(data, ']');
}

int
main(void)
{
	Request		request;
	Buf			answer = {0};

	log_start("mistral-ssh", LOG_INFO, LOG_TEXT);
	signal(SIGPIPE, SIG_IGN);
	request_read(&request);
	buf_puts(&answer, "{\"data\": ");
	run_request(&request, &answer);
	buf_puts(&answer, "}\n");
	fputs(answer.data, stdout);
	return fflush(stdout) == 0 ? 0 : 1;
}
