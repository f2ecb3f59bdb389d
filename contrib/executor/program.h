/*-------------------------------------------------------------------------
 *
 * program.h
 *	  Actions that other programs run.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_PROGRAM_H
#define EXECUTOR_PROGRAM_H

#include <stdbool.h>

#include "action.h"
#include "process.h"

/* Of a program, in order of their coming. */
typedef struct ProgramJob ProgramJob;
typedef struct ProgramWorker ProgramWorker;

typedef struct Program
{
	ProcessOptions process;
	bool		is_long_lived;	/* one line for each request and answer */
	bool		is_for_one_project; /* a process does not serve another after
									 * it */
	int			concurrency;	/* processes at the same time */
	double		timeout;		/* seconds an action may take; 0: any time */
	/* appends the request, an object of JSON without the end of a line */
	void		(*write_request) (const Action *action, Buf *request);

	/*
	 * ends the action with what a long-lived program has answered, and others
	 * have written and the status that they have ended with
	 */
	void		(*take_answer) (Action *action, const Buf *answer, int status);

	/*
	 * ends the action of a process that has ended by itself; NULL: in general
	 * words
	 */
	void		(*explain_end) (Action *action, int status);
	/* of program.c */
	ProgramJob *first_job;
	ProgramJob *last_job;
	ProgramWorker *workers;
} Program;

extern void program_start(Action *action, Program *program);
extern void program_stop(Action *action);
extern bool program_is_waiting(const Action *action);

#endif							/* EXECUTOR_PROGRAM_H */
