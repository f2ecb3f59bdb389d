/*-------------------------------------------------------------------------
 *
 * file.c
 *	  Publishers of type "file": the event is a line of a log file.
 *
 *		{"type": "file", "name": "audit"}
 *
 * Which file that is says the operator (--files audit=/var/log/...).  A line
 * is a JSON object with the event's id and the event.  A file that has
 * reached its size is renamed, name.1 being the youngest.  Several notifiers
 * may write to one file: who writes or renames it has it locked.
 *
 *-------------------------------------------------------------------------
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "log.h"

/* Renames the file and its predecessors; failures leave gaps, which do no harm. */
static void
rotate_file(const char *path)
{
	Buf			from = {0};
	Buf			to = {0};

	for (int i = config.file_keep; i >= 1; i--)
	{
		buf_clear(&from);
		buf_clear(&to);
		if (i == 1)
			buf_puts(&from, path);
		else
			buf_printf(&from, "%s.%d", path, i - 1);
		buf_printf(&to, "%s.%d", path, i);
		(void) rename(from.data, to.data);
	}
	if (config.file_keep == 0)
		(void) unlink(path);
	buf_free(&from);
	buf_free(&to);
}

/* Opens the file and locks it; -1: see errno. */
static int
open_locked(const char *path)
{
	for (;;)
	{
		int			fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
		struct stat ours;
		struct stat theirs;
		int			locked;

		if (fd < 0)
			return -1;
		while ((locked = flock(fd, LOCK_EX)) != 0 && errno == EINTR)
			;
		if (locked != 0)
		{
			int			error = errno;

			close(fd);
			errno = error;
			return -1;
		}
		if (fstat(fd, &ours) == 0 && stat(path, &theirs) == 0 &&
			ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev)
			return fd;
		/* somebody has renamed it meanwhile */
		close(fd);
	}
}

/* Appends the line and makes it durable, or leaves the file as it was. */
static bool
write_line(int fd, const Buf *line)
{
	struct stat before;

	if (fstat(fd, &before) != 0)
		return false;
	if (write(fd, line->data, line->len) == (ssize_t) line->len && fdatasync(fd) == 0)
		return true;
	if (ftruncate(fd, before.st_size) != 0)
		log_message(LOG_WARNING, "could not remove a line that was written in part");
	return false;
}

/* Appends the line to the file, or to a new one when it is full. */
static bool
append_line(const char *path, const Buf *line)
{
	int			fd = open_locked(path);
	struct stat status;
	bool		ok;

	if (fd < 0)
		return false;
	if (config.file_max_size > 0 && fstat(fd, &status) == 0 && status.st_size > 0 &&
		status.st_size + (double) line->len > config.file_max_size)
	{
		rotate_file(path);
		close(fd);
		fd = open_locked(path);
		if (fd < 0)
			return false;
	}
	ok = write_line(fd, line);
	close(fd);
	return ok;
}

/* Writes the event; the delivery has ended when this returns. */
void
file_start(Delivery *delivery)
{
	const char *name = delivery_option(delivery, "name");
	char	   *path = name == NULL ? NULL : config_path(config.files, name);
	Buf			line = {0};

	if (path == NULL)
	{
		delivery_done(delivery, "this notifier has no file of that name");
		return;
	}
	buf_printf(&line, "{\"id\": %s, \"event\": %s}\n", delivery->event_id, delivery->payload);
	if (append_line(path, &line))
		delivery_done(delivery, NULL);
	else
		delivery_done(delivery, "could not write file \"%s\": %s", path, strerror(errno));
	buf_free(&line);
	free(path);
}
