/*-------------------------------------------------------------------------
 *
 * ssh.c
 *	  The actions std.ssh and std.ssh_proxied.
 *
 * mistral-ssh connects and runs the commands, a process for each action: it
 * may wait as long as it likes, and is killed when the action ends by other
 * causes.  The settings go to it with the input, on standard input, where no
 * other user of the machine can see a password.
 *
 *-------------------------------------------------------------------------
 */
#include "ssh.h"

#include <string.h>

#include "config.h"
#include "helper.h"
#include "program.h"

static void
write_setting(Buf *request, const char *name, const char *value)
{
	buf_printf(request, ", \"%s\": ", name);
	json_write_text(request, value);
}

static void
write_request(const Action *action, Buf *request)
{
	bool		is_proxied = strcmp(action->kind->name, "std.ssh_proxied") == 0;

	buf_puts(request, "{\"input\": ");
	json_write(request, action->input);
	buf_printf(request, ", \"settings\": {\"is_proxied\": %s", is_proxied ? "true" : "false");
	buf_printf(request, ", \"connect_timeout\": %g, \"max_output\": %.0f, \"allow_proxy_command\": %s",
			   config.ssh_connect_timeout, config.ssh_max_output,
			   config.ssh_proxy_commands ? "true" : "false");
	write_setting(request, "known_hosts", config.ssh_known_hosts);
	write_setting(request, "host_keys", config.ssh_host_keys);
	write_setting(request, "key_directory", config.ssh_key_directory);
	write_setting(request, "allowed_hosts", config.allowed_hosts);
	write_setting(request, "denied_ranges", config.denied_ranges);
	write_setting(request, "outbound", action->outbound_text);
	buf_puts(request, "}}");
}

static void
take_answer(Action *action, const Buf *answer, int status)
{
	const char *text = answer->data != NULL ? answer->data : "";

	/* of processes that have both failed the first knows why */
	Json	   *result = json_parse(action->arena, text, strcspn(text, "\n"));
	Json	   *data = json_member(result, "data");
	Json	   *error = json_member(result, "error");
	Buf			value = {0};

	if (data != NULL && status == 0)
	{
		json_write(&value, data);
		action_succeed(action, value.data);
	}
	else if (error != NULL && error->type == JSON_STRING)
		action_raise(action, "%s", error->text);
	else
		action_raise(action, "mistral-ssh ended with status %d", status);
	buf_free(&value);
}

static char *argv[2];
static char *environment[] = {"LC_ALL=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin", NULL};

static Program program = {
	.process = {.name = "mistral-ssh", .argv = argv, .environment = environment},
	.write_request = write_request, .take_answer = take_answer
};

/* Tells whether there is a program that speaks SSH. */
bool
ssh_is_available(void)
{
	return helper_path("mistral-ssh") != NULL;
}

/* Runs the commands of an action; program_stop() gives it up. */
void
ssh_start(Action *action)
{
	argv[0] = helper_path("mistral-ssh");
	program.concurrency = config.ssh_processes;
	program.timeout = config.ssh_timeout;
	/* a byte of output may need six in JSON */
	program.process.max_output = (size_t) config.ssh_max_output * 6 + 65536;
	if (argv[0] == NULL)
		action_raise(action, "mistral-ssh is not installed");
	else
		program_start(action, &program);
}
