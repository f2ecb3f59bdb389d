/*-------------------------------------------------------------------------
 *
 * main.c
 *	  mistral-notifier: delivers events of workflows to publishers.
 *
 * The settings are read, and the session is put into the main loop, which
 * ends when the session is closed.  Any number of notifiers may run: they
 * share the work.
 *
 *-------------------------------------------------------------------------
 */
#include "config.h"
#include "delivery.h"
#include "loop.h"
#include "preflight.h"
#include "program.h"
#include "session.h"

int
main(int argc, char **argv)
{
	LoopProgram program = {
		.work = "deliveries are under way", .count = delivery_count,
		.open = session_open, .step = session_step, .reap = program_reap,
		.drain = session_drain, .give_up = session_give_up,
		.is_closed = session_is_closed, .close = session_close
	};

	config_read(argc, argv);
	if (config.check)
		return preflight();
	program.drain_timeout = config.drain_timeout;
	loop_run(&program);
	return 0;
}
