/*-------------------------------------------------------------------------
 *
 * loop.c
 *	  The main loop of a program with one thread.
 *
 * It waits for the database, for HTTP requests, child processes and their
 * output, and timers together, and after each of them lets the program do its next step.
 *
 * On SIGTERM or SIGINT the program drains: it takes nothing more and ends what
 * it has begun.  A second signal, or the limit of time, ends it at once; what
 * was under way then is handed to others when its lease has run out.  Signals
 * do nothing but write to a pipe that the loop waits for, so that none is
 * missed between looking and waiting.
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

#include "log.h"
#include "timers.h"
#include "transfer.h"
#include "watch.h"

#define MAX_WAIT_MS		60000	/* also when no timer is set */

static volatile sig_atomic_t stops = 0;
static int	wake_pipe[2];
static volatile sig_atomic_t child_has_ended = 0;
static bool is_out_of_time = false;

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

/*
 * Waits until something has happened, and takes what came from the database
 * and other descriptors.
 */
static void
wait_for_something(Database *db)
{
	static struct curl_waitfd *fds = NULL;
	static int	size = 0;
	Watch	  **watches;
	int			count = watches_list(&watches);
	short		events;
	int			fd = database_poll_fd(db, &events);
	int			wait_ms = timers_wait_ms();
	int			total = count + (fd >= 0 ? 2 : 1);
	char		drain[64];

	if (total > size)
	{
		size = total * 2;
		fds = mem_resize(fds, size * sizeof(struct curl_waitfd));
	}
	for (int i = 0; i < count; i++)
		set_wait(&fds[i], watches[i]->fd, watches[i]->events);
	set_wait(&fds[count], wake_pipe[0], POLLIN);
	if (fd >= 0)
		set_wait(&fds[count + 1], fd, events);
	transfers_wait(fds, total, wait_ms < 0 ? MAX_WAIT_MS : wait_ms);
	while (read(wake_pipe[0], drain, sizeof(drain)) > 0)
		;
	for (int i = 0; i < count; i++)
		watches[i]->happened = fds[i].revents;
	if (fd >= 0 && fds[count + 1].revents != 0)
		database_process(db);
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

static void
drain_timed_out(void *arg)
{
	(void) arg;
	is_out_of_time = true;
}

/* Tells the program of a signal to stop; false: end at once. */
static bool
heed_stops(const LoopProgram *program)
{
	static int	seen_stops = 0;
	static Timer drain_timer;

	if (stops > 1)
		return false;
	if (stops > seen_stops)
	{
		seen_stops = stops;
		log_message(LOG_INFO, "stopping, %d %s", program->count(), program->work);
		program->drain();
		timer_set(&drain_timer, program->drain_timeout * 1000, drain_timed_out, NULL);
	}
	return true;
}

/*
 * Runs a program until it is closed or asked to end.  It is opened when signals
 * are caught and requests can be made, and closed before the loop returns.
 */
void
loop_run(const LoopProgram *program)
{
	Database   *db;

	/* for the jitter of attempts to connect */
	srandom((unsigned int) (time(NULL) ^ getpid()));
	install_signals(program->reap != NULL);
	transfers_open();
	db = program->open();

	while (!program->is_closed() && !is_out_of_time)
	{
		program->step();
		if (program->is_closed())
			break;
		wait_for_something(db);
		transfers_process();
		heed_children(program);
		timers_run();
		if (!heed_stops(program))
			break;
	}

	program->close();
	transfers_close();
	log_message(LOG_INFO, "stopped");
}
