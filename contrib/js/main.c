/*-------------------------------------------------------------------------
 *
 * main.c
 *	  mistral-js: runs scripts for the executor.
 *
 *		mistral-js MEMORY
 *
 * MEMORY is how many megabytes it may have.  Each line of standard input is an
 * object {"script": text, "context": value}; for each it writes a line with an
 * object that has "data" or "error".  It ends at the end of its input, after a
 * script that leaves much behind, and with code 3 when a script has needed too
 * much memory.  Who starts it bounds time and output, and gives it scripts of
 * one project only: should one get out of its context, it finds nothing else.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "sandbox.h"
#include "script.h"

/* Where answers go: the engine writes to standard output if it likes. */
static int	answers;

/*
 * Moves the answers away from standard output, which then goes where errors
 * go, and closes what was inherited besides.
 */
static void
set_descriptors(void)
{
	answers = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (answers < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		exit(1);
}

static void
answer_line(const char *line, size_t len, Buf *answer)
{
	Arena	   *arena = arena_create();
	Json	   *request = json_parse(arena, line, len);
	Json	   *script = json_member(request, "script");
	Json	   *given = json_member(request, "context");
	Buf			context = {0};

	if (given != NULL)
		json_write(&context, given);
	else
		buf_puts(&context, "null");
	if (script == NULL || script->type != JSON_STRING)
		buf_puts(answer, "{\"error\": \"the script must be a text\"}");
	else if (strlen(script->text) != script->len)
		buf_puts(answer, "{\"error\": \"the script has a character with code 0\"}");
	else
		script_run(script->text, context.data, answer);
	buf_free(&context);
	arena_free(arena);
}

static void
write_all(const char *data, size_t len)
{
	while (len > 0)
	{
		ssize_t		n = write(answers, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			exit(1);
		data += n;
		len -= n;
	}
}

/* Answers what comes in, line by line. */
static void
serve_requests(void)
{
	char	   *line = NULL;
	size_t		size = 0;
	ssize_t		len;

	while ((len = getline(&line, &size, stdin)) > 0)
	{
		Buf			answer = {0};

		answer_line(line, len, &answer);
		buf_putc(&answer, '\n');
		write_all(answer.data, answer.len);
		buf_free(&answer);
		if (sandbox_memory_is_short())
			break;
	}
	free(line);
}

int
main(int argc, char **argv)
{
	double		megabytes = argc == 2 ? strtod(argv[1], NULL) : 0;

	if (!(megabytes >= 32 && megabytes <= 65536))
	{
		fprintf(stderr, "usage: mistral-js MEGABYTES (32 to 65536)\n");
		return 2;
	}
	sandbox_set_engine(argv);
	set_descriptors();
	script_prepare();
	sandbox_watch_memory((size_t) (megabytes * 1024 * 1024));
	sandbox_enter();
	serve_requests();
	return 0;
}
