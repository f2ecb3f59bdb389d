/*-------------------------------------------------------------------------
 *
 * loop.c
 *	  The main loop of a program with one thread.
 *
 * It waits for the database, for HTTP requests, child processes and their
 * output, and timers together, and after each of them lets the program do its next step.
 *
 * On SIGTERM or SIGINT the program drains: it takes nothing more and ends what
 * it has begun.  A second signal, or the limit of time, has it give up what is
 * still under way, and tell the database so as far as a few seconds allow; a third
 * one ends it at once.  Signals do nothing but write to a pipe that the loop waits
 * for, so that none is missed between looking and waiting.
 *
 *-------------------------------------------------------------------------
 */
#include "loop.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "database.h"
#include "log.h"
#include "timers.h"
#include "transfer.h"
#include "watch.h"

#define MAX_WAIT_MS		60000	/* also when no timer is set */
#define GIVE_UP_MS		5000	/* to tell the database what was given up */

static volatile sig_atomic_t stops = 0;
static int	wake_pipe[2];
static volatile sig_atomic_t child_has_ended = 0;
static volatile sig_atomic_t report_is_wanted = 0;
static bool has_to_end = false;
static int	limits_reached = 0; /* of the time to drain, and of the time to
								 * give up */

static void
handle_stop(int signal_number)
{
	ssize_t		written;

	(void) signal_number;
	stops++;
	written = write(wake_pipe[1], "", 1);
	(void) written;
}

static void
handle_child(int signal_number)
{
	ssize_t		written = write(wake_pipe[1], "", 1);

	(void) signal_number;
	(void) written;
	child_has_ended = 1;
}

static void
handle_report(int signal_number)
{
	ssize_t		written = write(wake_pipe[1], "", 1);

	(void) signal_number;
	(void) written;
	report_is_wanted = 1;
}

static void
install_signals(bool has_children)
{
	struct sigaction action;

	if (pipe(wake_pipe) != 0)
		log_fatal("could not make a pipe");
	for (int i = 0; i < 2; i++)
	{
		fcntl(wake_pipe[i], F_SETFL, O_NONBLOCK);
		fcntl(wake_pipe[i], F_SETFD, FD_CLOEXEC);
	}
	memset(&action, 0, sizeof(action));
	action.sa_handler = handle_stop;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	action.sa_handler = handle_report;
	sigaction(SIGUSR1, &action, NULL);
	if (has_children)
	{
		action.sa_handler = handle_child;
		action.sa_flags = SA_NOCLDSTOP;
		sigaction(SIGCHLD, &action, NULL);
	}
	signal(SIGPIPE, SIG_IGN);
}

static void
set_wait(struct curl_waitfd *wait, int fd, short events)
{
	wait->fd = fd;
	wait->events = ((events & POLLIN) ? CURL_WAIT_POLLIN : 0) |
		((events & POLLOUT) ? CURL_WAIT_POLLOUT : 0);
	wait->revents = 0;
}

/* Waits until something has happened, and has the owners of descriptors told. */
static void
wait_for_something(void)
{
	static struct curl_waitfd *fds = NULL;
	static int	size = 0;
	Watch	  **watches;
	int			count;
	int			wait_ms = timers_wait_ms();
	char		drain[64];

	databases_watch();
	count = watches_list(&watches);
	if (count + 1 > size)
	{
		size = (count + 1) * 2;
		fds = mem_resize(fds, size * sizeof(struct curl_waitfd));
	}
	for (int i = 0; i < count; i++)
		set_wait(&fds[i], watches[i]->fd, watches[i]->events);
	set_wait(&fds[count], wake_pipe[0], POLLIN);
	transfers_wait(fds, count + 1, wait_ms < 0 ? MAX_WAIT_MS : wait_ms);
	while (read(wake_pipe[0], drain, sizeof(drain)) > 0)
		;
	for (int i = 0; i < count; i++)
		watches[i]->happened = fds[i].revents;
	watches_run();
}

/* Has the program look after its children when one may have ended. */
static void
heed_children(const LoopProgram *program)
{
	if (program->reap == NULL || !child_has_ended)
		return;
	child_has_ended = 0;
	program->reap();
}

/* Has the program say how it stands when somebody has asked by SIGUSR1. */
static void
heed_report(const LoopProgram *program)
{
	if (!report_is_wanted)
		return;
	report_is_wanted = 0;
	if (program->report != NULL)
		program->report();
}

static void
limit_reached(void *arg)
{
	(void) arg;
	limits_reached++;
}

/* Tells the program of signals to stop, and of the end of its time for that. */
static void
heed_stops(const LoopProgram *program)
{
	static bool is_draining = false;
	static bool has_given_up = false;
	static Timer timer;

	if (stops > 0 && !is_draining)
	{
		is_draining = true;
		log_message(LOG_INFO, "stopping, %d %s", program->count(), program->work);
		program->drain();
		timer_set(&timer, program->drain_timeout * 1000, limit_reached, NULL);
	}
	if ((stops > 1 || limits_reached > 0) && !has_given_up)
	{
		has_given_up = true;
		limits_reached = 0;
		log_message(LOG_WARNING, "giving up, %d %s", program->count(), program->work);
		program->give_up();
		timer_set(&timer, GIVE_UP_MS, limit_reached, NULL);
	}
	has_to_end = has_given_up && (stops > 2 || limits_reached > 0);
}

/*
 * Runs a program until it is closed or asked to end.  It is opened when signals
 * are caught and requests can be made, and closed before the loop returns.
 */
void
loop_run(const LoopProgram *program)
{
	/* for the jitter of attempts to connect */
	srandom((unsigned int) (time(NULL) ^ getpid()));
	install_signals(program->reap != NULL);
	transfers_open();
	program->open();

	while (!program->is_closed() && !has_to_end)
	{
		program->step();
		if (program->is_closed())
			break;
		wait_for_something();
		transfers_process();
		heed_children(program);
		timers_run();
		heed_report(program);
		heed_stops(program);
	}

	program->close();
	transfers_close();
	log_message(LOG_INFO, "stopped");
}
