/*-------------------------------------------------------------------------
 *
 * main.c
 *	  mistral-executor: runs actions that the database hands out.
 *
 * The settings are read, and the session is put into the main loop, which
 * ends when the session is closed.
 *
 *-------------------------------------------------------------------------
 */
#include <sys/resource.h>

#include "action.h"
#include "config.h"
#include "kinds.h"
#include "loop.h"
#include "preflight.h"
#include "process.h"
#include "programs.h"
#include "session.h"

/* Ends the process when an option of numbers by name has one that no action has. */
static void
check_names(const char *option, const OptionMap *map)
{
	const char *name = kinds_unknown_in(map);

	if (name != NULL)
		options_fail("option \"%s\" names \"%s\", which is no action of this executor", option, name);
}

/* Has as many files open as may be: each request and each process takes some. */
static void
raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max)
	{
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int
main(int argc, char **argv)
{
	LoopProgram program = {
		.work = "actions are running", .count = action_count,
		.open = session_open, .step = session_step, .reap = processes_reap,
		.drain = session_drain, .give_up = session_give_up, .report = session_report,
		.is_closed = session_is_closed, .close = session_close
	};

	config_read(argc, argv, programs_section, kinds_print);
	programs_close();
	if (kinds_unknown() != NULL)
		options_fail("option \"actions\" names \"%s\", which is no action of this executor", kinds_unknown());
	check_names("concurrency", &config.concurrency);
	check_names("deadline", &config.deadline);
	kinds_set_limits();
	if (config.check)
		return preflight();
	raise_file_limit();
	program.drain_timeout = config.drain_timeout;
	loop_run(&program);
	return 0;
}
