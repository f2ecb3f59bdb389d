/*-------------------------------------------------------------------------
 *
 * command.c
 *	  Running a command on a host.
 *
 *-------------------------------------------------------------------------
 */
#include "command.h"

#define WAIT_MS		50			/* for one of the outputs, before the other */

/* Appends what has come at one of the outputs. */
static void
take_output(const Request *request, ssh_session session, ssh_channel channel, int is_error,
			int wait_ms, Outcome *outcome)
{
	Buf		   *buf = is_error ? &outcome->err : &outcome->out;
	char		piece[32768];
	int			n;

	do
	{
		n = ssh_channel_read_timeout(channel, piece, sizeof(piece), is_error, wait_ms);
		if (n == SSH_ERROR)
			fail_request("The connection was lost while the command ran: %s", ssh_get_error(session));
		if (n > 0)
			buf_add(buf, piece, n);
		if (outcome->out.len + outcome->err.len > request->settings.max_output)
			fail_request("The output of the command is longer than the limit of %zu bytes",
						 request->settings.max_output);
		wait_ms = 0;
	} while (n > 0);
}

/* The exit code of the command that has ended; -1 when it was killed. */
static int
exit_code(ssh_channel channel)
{
#if LIBSSH_VERSION_INT >= SSH_VERSION_INT(0, 11, 0)
	uint32_t	code;

	if (ssh_channel_get_exit_state(channel, &code, NULL, NULL) != SSH_OK)
		return -1;
	return (int) code;
#else
	return ssh_channel_get_exit_status(channel);
#endif
}

/* Runs the command to its end; fails when it cannot be run, or writes too much. */
void
command_run(const Request *request, ssh_session session, Outcome *outcome)
{
	ssh_channel channel = ssh_channel_new(session);

	if (channel == NULL || ssh_channel_open_session(channel) != SSH_OK ||
		ssh_channel_request_exec(channel, request->command) != SSH_OK)
		fail_request("The command could not be run: %s", ssh_get_error(session));
	ssh_channel_send_eof(channel);
	while (!ssh_channel_is_eof(channel))
	{
		if (!ssh_channel_is_open(channel) || !ssh_is_connected(session))
			fail_request("The connection was lost while the command ran");
		take_output(request, session, channel, 0, WAIT_MS, outcome);
		take_output(request, session, channel, 1, 0, outcome);
	}
	take_output(request, session, channel, 0, 0, outcome);
	take_output(request, session, channel, 1, 0, outcome);
	outcome->code = exit_code(channel);
	ssh_channel_free(channel);
}
