/*-------------------------------------------------------------------------
 *
 * action.h
 *	  Actions that this process has claimed.
 *
 * An action is started once and ends once: by action_succeed(), action_fail()
 * or action_started(), which hand its result to the session and free it, or
 * by being abandoned when the claim on it is lost.  The kinds of actions are
 * rows of the table in builtins.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_ACTION_H
#define EXECUTOR_ACTION_H

#include <stdbool.h>

#include "json.h"
#include "timers.h"

typedef struct Action Action;

typedef struct ActionKind
{
	const char *name;
	void		(*start) (Action *action);
	void		(*stop) (Action *action);	/* give up; NULL: nothing to do */
} ActionKind;

struct Action
{
	Action	   *prev;
	Action	   *next;
	Arena	   *arena;			/* of all that follows */
	const ActionKind *kind;
	const char *id;
	const char *name;
	Json	   *input;
	int			timeout_s;		/* 0: none */
	bool		safe_rerun;
	bool		is_redelivered;
	const char *execution_id;	/* "" where not given, as are the next */
	const char *workflow_name;
	const char *task_id;
	Timer		timeout;
	Timer		delay;			/* of kinds that wait */
	void	   *work;			/* of the kind */
};

/* The kinds, and their number. */
extern const ActionKind action_kinds[];
extern const int action_kind_count;

/*
 * A new action of this name and input (JSON text), with an arena of its own.
 * NULL when the name is unknown; then the session reports that.
 */
extern Action *action_create(const char *id, const char *name);
extern void action_start(Action *action, const char *input);

/* Ends; the value is JSON text. */
extern void action_succeed(Action *action, const char *value);
extern void action_fail(Action *action, const char *value);

/* Ends with the text of an exception, in the form of Mistral. */
extern void action_raise(Action *action, const char *format,...)
			__attribute__((format(printf, 2, 3)));

/* An asynchronous action has been started; its result comes otherwise. */
extern void action_started(Action *action);

/* How many are running, and is this one? */
extern int	action_count(void);
extern bool action_is_running(const char *id);

/* Give up all of them, without a result. */
extern void action_abandon_all(void);

#endif							/* EXECUTOR_ACTION_H */
