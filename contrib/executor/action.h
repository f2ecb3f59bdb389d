/*-------------------------------------------------------------------------
 *
 * action.h
 *	  Actions that this process has claimed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_ACTION_H
#define EXECUTOR_ACTION_H

#include <stdbool.h>

#include "json.h"
#include "outbound.h"
#include "timers.h"

typedef struct Action Action;

typedef struct ActionKind
{
	const char *name;
	void		(*start) (Action *action);
	void		(*stop) (Action *action);	/* give up; NULL: nothing to do */
	bool		(*is_available) (void); /* NULL: always */
	bool		(*is_waiting) (const Action *action);	/* started here, but not
														 * begun; NULL: never */
	struct Program *program;	/* of those that are programs */
} ActionKind;

struct Action
{
	Action	   *prev;
	Action	   *next;
	Action	   *next_in_bucket; /* of the table by id */
	struct Limit *limit;		/* NULL: none */
	double		claimed_at;		/* ms, see clock_ms() */
	Arena	   *arena;			/* of all that follows */
	const ActionKind *kind;		/* NULL: not known here */
	const char *id;
	const char *name;
	Json	   *input;
	int			timeout_s;		/* 0: none */
	double		deadline;		/* the executor's own, seconds; 0: none */
	int			attempt;
	bool		safe_rerun;
	bool		is_redelivered;
	const char *execution_id;	/* "" where not given, as are the next */
	const char *workflow_name;
	const char *task_id;
	const char *task_name;
	const char *project_id;
	const char *traceparent;	/* of the execution */
	const char *outbound_text;	/* rules as the database gave them; "": none */
	OutboundRules *outbound;
	Timer		timeout;
	Timer		delay;			/* of kinds that wait */
	void	   *work;			/* of the kind */
};

/* Beginning. */
extern Action *action_create(const ActionKind *kind, const char *id, const char *name);
extern void action_start(Action *action, const char *input);

/* Ending; each frees the action. */
extern void action_succeed(Action *action, const char *value);
extern void action_fail(Action *action, const char *value);
extern void action_raise(Action *action, const char *format,...)
			__attribute__((format(printf, 2, 3)));
extern void action_end_cancelled(Action *action, const char *value);
extern void action_started(Action *action);
extern bool action_cancel(const char *id);
extern void action_report_cancelled(const char *id);
extern void action_abandon_all(void);
extern void action_release_waiting(Buf *ids);
extern void action_give_up_all(Buf *ids);

/* Looking. */
extern int	action_count(void);
extern bool action_is_running(const char *id);

#endif							/* EXECUTOR_ACTION_H */
