/*-------------------------------------------------------------------------
 *
 * process.c
 *	  Child processes with their input and output.
 *
 * A process leads a group of its own, so that what it starts is killed with
 * it, and dies with this one.  It inherits the three standard descriptors and
 * the environment that its options name, nothing else.  Its output is kept for
 * the owner up to a limit, at which it is not read any further; what it writes
 * to standard error goes to the log, line by line and up to a limit as well.
 *
 * The owner hears once that the process has ended, and may use it until then.
 * A process that the owner kills is none of the owner's business any more.
 *
 *-------------------------------------------------------------------------
 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "watch.h"

#define PIECE			65536	/* bytes read at once */
#define MAX_LOG_LINE	1000	/* bytes of a line in the log */
#define MAX_LOG			65536	/* bytes in the log between two writes */

/* One of the pipes, by the descriptor that the process has. */
typedef struct Stream
{
	int			fd;				/* ours; -1: closed */
	Watch		watch;
} Stream;

struct Process
{
	Process    *next;
	pid_t		pid;
	const ProcessOptions *options;
	void	   *owner;			/* NULL: nobody wants to know any more */
	Stream		in;
	Stream		out;
	Stream		err;
	Buf			input;
	size_t		written;		/* bytes of it */
	bool		is_last;		/* nothing is to follow it */
	size_t		last_len;		/* bytes of the last write */
	size_t		unread;			/* bytes that it had not read in the end */
	Buf			output;
	bool		is_too_long;
	Buf			line;			/* of standard error, unfinished */
	size_t		logged;
	int			status;			/* once it has ended */
};

/* those that have not been waited for */
static Process *processes = NULL;

static void
close_stream(Stream *stream)
{
	watch_cancel(&stream->watch);
	if (stream->fd >= 0)
		close(stream->fd);
	stream->fd = -1;
}

static void
free_process(Process *process)
{
	close_stream(&process->in);
	close_stream(&process->out);
	close_stream(&process->err);
	buf_free(&process->input);
	buf_free(&process->output);
	buf_free(&process->line);
	free(process);
}

/* ---- input ---- */

/* Notes how much of its input the process has left, which the pipe still has. */
static void
note_unread(Process *process)
{
	int			in_pipe = 0;

	if (process->in.fd < 0)
		return;
	ioctl(process->in.fd, FIONREAD, &in_pipe);
	process->unread = process->input.len - process->written + in_pipe;
}

/* Writes what the pipe takes. */
static void
feed_input(void *arg)
{
	Process    *process = arg;

	while (process->written < process->input.len)
	{
		ssize_t		n = write(process->in.fd, process->input.data + process->written,
							  process->input.len - process->written);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)				/* it does not want it */
		{
			note_unread(process);
			close_stream(&process->in);
			return;
		}
		process->written += n;
	}
	watch_cancel(&process->in.watch);
	buf_free(&process->input);
	process->written = 0;
	if (process->is_last)
		close_stream(&process->in);
}

/*
 * Adds to the standard input of the process, which is closed behind the last
 * of it.
 */
void
process_write(Process *process, const Buf *input, bool is_last)
{
	process->logged = 0;
	process->last_len = input->len;
	process->unread = input->len;
	if (process->in.fd < 0)
		return;
	buf_add(&process->input, input->data, input->len);
	process->is_last = is_last;
	watch_set(&process->in.watch, process->in.fd, POLLOUT, feed_input, process);
	feed_input(process);
}

/* ---- output ---- */

/*
 * Reads what there is and appends it, up to so many bytes.  Returns false at
 * the end of the stream.
 */
static bool
read_some(Stream *stream, Buf *buf, size_t max)
{
	char		piece[PIECE];

	while (buf->len < max)
	{
		size_t		room = max - buf->len < sizeof(piece) ? max - buf->len : sizeof(piece);
		ssize_t		n = read(stream->fd, piece, room);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0)
			return false;
		buf_add(buf, piece, n);
	}
	return true;
}

/* Reads the output; one byte more than is allowed makes it too long. */
static void
take_output(void *arg)
{
	Process    *process = arg;
	size_t		max = process->options->max_output;
	bool		is_open = read_some(&process->out, &process->output, max + 1);

	if (process->output.len > max)
		process->is_too_long = true;
	if (!is_open || process->is_too_long)
		close_stream(&process->out);
	if (process->output.len > 0 && process->owner != NULL && process->options->wrote != NULL)
		process->options->wrote(process->owner, &process->output);
}

/* Puts a line into the log. */
static void
log_line(Process *process, const char *line, size_t len)
{
	Buf			text = {0};

	if (process->logged > MAX_LOG)
		return;
	process->logged += len;
	for (size_t i = 0; i < len && i < MAX_LOG_LINE; i++)
		buf_putc(&text, (unsigned char) line[i] < 32 || line[i] == 127 ? '?' : line[i]);
	if (text.len > 0)
		log_message(LOG_INFO, "%s[%d]: %s", process->options->name, (int) process->pid, text.data);
	if (process->logged > MAX_LOG)
		log_message(LOG_WARNING, "%s[%d] writes too much to the log, the rest is left out",
					process->options->name, (int) process->pid);
	buf_free(&text);
}

/* Reads standard error and logs its lines; a very long one in pieces. */
static void
take_errors(void *arg)
{
	Process    *process = arg;
	Buf		   *line = &process->line;
	bool		is_open = read_some(&process->err, line, line->len + PIECE);
	char	   *begin = line->data;
	char	   *end;

	if (!is_open)
		close_stream(&process->err);
	if (line->len == 0)
		return;
	while ((end = memchr(begin, '\n', line->data + line->len - begin)) != NULL)
	{
		log_line(process, begin, end - begin);
		begin = end + 1;
	}
	line->len -= begin - line->data;
	memmove(line->data, begin, line->len);
	if (line->len > MAX_LOG_LINE)
	{
		log_line(process, line->data, line->len);
		buf_clear(line);
	}
}

/* ---- beginning ---- */

/* Closes whatever else this process has open. */
static void
close_others(void)
{
#ifdef SYS_close_range
	if (syscall(SYS_close_range, 3U, ~0U, 0U) == 0)
		return;
#endif
	for (long fd = sysconf(_SC_OPEN_MAX) - 1; fd > 2; fd--)
		close(fd);
}

/* In the child: becomes the program. */
static void
become_program(const ProcessOptions *options, const int *fds, pid_t parent)
{
	sigset_t	none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(126);
	for (int i = 0; i < 3; i++)
	{
		if (dup2(fds[i], i) < 0)
			_exit(126);
	}
	close_others();
	execve(options->argv[0], options->argv, options->environment);
	_exit(127);
}

static void
close_all(int *fds, int count)
{
	for (int i = 0; i < count; i++)
	{
		if (fds[i] >= 0)
			close(fds[i]);
	}
}

/* Makes the three pipes: the ends of the process come first, then ours. */
static bool
make_pipes(int *fds)
{
	for (int i = 0; i < 6; i++)
		fds[i] = -1;
	for (int i = 0; i < 3; i++)
	{
		int			ends[2];

		if (pipe2(ends, O_CLOEXEC) != 0)
			return false;
		fds[i] = ends[i == 0 ? 0 : 1];
		fds[i + 3] = ends[i == 0 ? 1 : 0];
		if (fcntl(fds[i + 3], F_SETFL, O_NONBLOCK) != 0)
			return false;
	}
	return true;
}

/*
 * Starts a process; the options must stay as long as it does.  Returns NULL,
 * with errno set, when that is not possible.  A program that cannot be run is
 * noticed as a process that ends with code 126 or 127.
 */
Process *
process_start(const ProcessOptions *options, void *owner)
{
	int			fds[6];
	pid_t		parent = getpid();
	pid_t		pid = make_pipes(fds) ? fork() : -1;
	Process    *process;

	if (pid == 0)
		become_program(options, fds, parent);
	if (pid < 0)
	{
		int			error = errno;

		close_all(fds, 6);
		errno = error;
		return NULL;
	}
	setpgid(pid, pid);
	close_all(fds, 3);
	process = mem_alloc(sizeof(Process));
	process->pid = pid;
	process->options = options;
	process->owner = owner;
	process->in.fd = fds[3];
	process->out.fd = fds[4];
	process->err.fd = fds[5];
	watch_set(&process->out.watch, process->out.fd, POLLIN, take_output, process);
	watch_set(&process->err.watch, process->err.fd, POLLIN, take_errors, process);
	process->next = processes;
	processes = process;
	return process;
}

/* Returns the number that the system knows the process by. */
pid_t
process_id(const Process *process)
{
	return process->pid;
}

/* Tells whether it has written more than the limit. */
bool
process_is_too_long(const Process *process)
{
	return process->is_too_long;
}

/*
 * Tells, of a process that has ended, whether it has read any of what was
 * written to it last.
 */
bool
process_has_read(const Process *process)
{
	return process->unread < process->last_len;
}

/* ---- end ---- */

/* Kills the process with its group; its owner is not told any more. */
void
process_kill(Process *process)
{
	process->owner = NULL;
	close_stream(&process->in);
	close_stream(&process->out);
	kill(-process->pid, SIGKILL);
}

/* The process is gone: takes what it has left, and kills what it has left. */
static void
finish_process(Process *process)
{
	void	   *owner = process->owner;
	size_t		max = process->options->max_output;

	kill(-process->pid, SIGKILL);
	note_unread(process);
	if (process->out.fd >= 0)
		read_some(&process->out, &process->output, max + 1);
	if (process->output.len > max)
		process->is_too_long = true;
	if (process->err.fd >= 0)
		take_errors(process);
	if (process->line.len > 0)
		log_line(process, process->line.data, process->line.len);
	if (owner != NULL)
		process->options->ended(owner, &process->output, process->status);
	free_process(process);
}

/* Looks which processes have ended; call it when one may have. */
void
processes_reap(void)
{
	Process   **link = &processes;
	Process    *ended = NULL;

	while (*link != NULL)
	{
		Process    *process = *link;

		if (waitpid(process->pid, &process->status, WNOHANG) == process->pid)
		{
			/* out of the list first: its owner may start another */
			*link = process->next;
			process->next = ended;
			ended = process;
		}
		else
			link = &process->next;
	}
	while (ended != NULL)
	{
		Process    *process = ended;

		ended = process->next;
		finish_process(process);
	}
}
