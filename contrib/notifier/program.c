/*-------------------------------------------------------------------------
 *
 * program.c
 *	  Publishers of type "program": a program is run for each event.
 *
 *		{"type": "program", "name": "page-somebody"}
 *
 * Which program that is says the operator (--programs page-somebody=/path).
 * It gets the event on standard input and its name and ids in environment
 * variables, and has delivered it when it ends with code 0.
 *
 * The event is in a file in memory, not in a pipe: the program need not read
 * it, and nobody waits for one that does not.
 *
 *-------------------------------------------------------------------------
 */
#include "program.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config.h"

typedef struct Child
{
	struct Child *next;
	pid_t		pid;
	Delivery   *delivery;
	bool		is_late;		/* was killed for that */
} Child;

/* programs that are running */
static Child *children = NULL;

/* Returns a file in memory with the payload, at its beginning; -1: see errno. */
static int
payload_file(const Delivery *delivery)
{
	size_t		len = strlen(delivery->payload);
	int			fd = memfd_create("event", MFD_CLOEXEC);

	if (fd >= 0 && (write(fd, delivery->payload, len) != (ssize_t) len ||
					lseek(fd, 0, SEEK_SET) != 0))
	{
		close(fd);
		fd = -1;
	}
	return fd;
}

/*
 * In the child: becomes the program.  It leads a group of processes, so that
 * what it has started can be killed with it.
 */
static void
run_program(const char *path, int input, const Delivery *delivery)
{
	sigset_t	none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setpgid(0, 0);
	if (dup2(input, STDIN_FILENO) < 0)
		_exit(126);
	setenv("MISTRAL_EVENT", delivery->event, 1);
	setenv("MISTRAL_EVENT_ID", delivery->event_id, 1);
	setenv("MISTRAL_DELIVERY_ID", delivery->id, 1);
	execl(path, path, (char *) NULL);
	_exit(127);
}

static void
kill_late(void *arg)
{
	Child	   *child = arg;

	child->is_late = true;
	kill(-child->pid, SIGKILL);
}

/* Runs the program; the delivery ends when the program does, or is late. */
void
program_start(Delivery *delivery)
{
	const char *name = delivery_option(delivery, "name");
	char	   *path = name == NULL ? NULL : config_path(config.programs, name);
	int			input;
	Child	   *child;
	pid_t		pid;

	if (path == NULL)
	{
		delivery_done(delivery, "this notifier has no program of that name");
		return;
	}
	input = payload_file(delivery);
	pid = input < 0 ? -1 : fork();
	if (pid == 0)
		run_program(path, input, delivery);
	if (input >= 0)
		close(input);
	if (pid < 0)
		delivery_done(delivery, "could not run \"%s\": %s", path, strerror(errno));
	else
	{
		child = mem_alloc(sizeof(Child));
		child->pid = pid;
		child->delivery = delivery;
		child->next = children;
		children = child;
		timer_set(&delivery->timeout, config.timeout * 1000, kill_late, child);
	}
	free(path);
}

static void
child_ended(Child *child, int status)
{
	if (child->is_late)
		delivery_done(child->delivery, "the program did not end in time");
	else if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		delivery_done(child->delivery, NULL);
	else if (WIFEXITED(status))
		delivery_done(child->delivery, "the program ended with code %d", WEXITSTATUS(status));
	else
		delivery_done(child->delivery, "the program was ended by signal %d", WTERMSIG(status));
	free(child);
}

/* Ends the deliveries of programs that have ended; a child may have. */
void
program_reap(void)
{
	Child	  **link = &children;

	while (*link != NULL)
	{
		Child	   *child = *link;
		int			status;

		if (waitpid(child->pid, &status, WNOHANG) == child->pid)
		{
			*link = child->next;
			child_ended(child, status);
		}
		else
			link = &child->next;
	}
}
