/*-------------------------------------------------------------------------
 *
 * process.h
 *	  Child processes with their input and output.
 *
 *-------------------------------------------------------------------------
 */
#ifndef COMMON_PROCESS_H
#define COMMON_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "memory.h"

typedef struct Process Process;

/* How a process is run, and whom to tell of it. */
typedef struct ProcessOptions
{
	const char *name;			/* for the log */
	char	  **argv;			/* [0] is the path; ends with NULL */
	char	  **environment;	/* "NAME=value"; ends with NULL */
	size_t		max_output;		/* bytes kept that nobody has taken */
	void		(*wrote) (void *owner, Buf *output);	/* there is more output */
	void		(*ended) (void *owner, Buf *output, int status);	/* as of waitpid() */
} ProcessOptions;

extern Process *process_start(const ProcessOptions *options, void *owner);
extern void process_write(Process *process, const Buf *input, bool is_last);
extern pid_t process_id(const Process *process);
extern bool process_is_too_long(const Process *process);
extern bool process_has_read(const Process *process);
extern void process_kill(Process *process);
extern void processes_reap(void);

#endif							/* COMMON_PROCESS_H */
