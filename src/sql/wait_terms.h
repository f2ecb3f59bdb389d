/*-------------------------------------------------------------------------
 *
 * wait_terms.h
 *	  What unfinished executions, tasks and actions wait for, as terms.
 *
 * A term is one reason why something does not go on now, with the facts about
 * it.  wait_terms.c finds them in the tables; wait_render.c makes of them the
 * sentences of "waits_for", the objects of "waits", and who can make it go on
 * by which statement.  A new kind is a line here, its finding, and a case in
 * each switch of wait_render.c, which does not compile without.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_SQL_WAIT_TERMS_H
#define MISTRAL_SQL_WAIT_TERMS_H

#include "lib/stringinfo.h"

#include "store/action_rows.h"
#include "store/human_tasks.h"
#include "store/tasks.h"

/* Kinds, as users read them. */
#define WAIT_KINDS(X) \
	X(NOTHING, "nothing")		/* a bug: nothing would continue it */ \
	X(RESTORE, "restore")		/* the database stands still */ \
	X(MAINTENANCE, "maintenance") \
	X(PAUSED, "paused") \
	X(TURN, "turn")				/* an execution with the same key */ \
	X(LOCK, "lock")				/* a session works on the execution */ \
	X(LIMIT, "limit")			/* a slot that others hold */ \
	X(SIGNAL, "signal")			/* a task waits for signals or events */ \
	X(PERSON, "person")			/* a task of people */ \
	X(ASYNCHRONOUS, "asynchronous")	/* somebody is to report a result */ \
	X(CLAIMED, "claimed")		/* an executor has the action */ \
	X(QUEUED, "queued")			/* an executor is to claim the action */ \
	X(TIMER, "timer")			/* a delayed call, for what a definition says */ \
	X(STEP, "step")				/* a delayed call, for the engine's own work */ \
	X(RECORDED, "recorded")		/* a result that is to be processed */ \
	X(JOIN, "join")				/* other tasks of the execution */ \
	X(SUB_WORKFLOW, "sub-workflow")	/* an execution below */ \
	X(ITEMS, "items")			/* how far a task is with its items */ \
	X(MORE, "more")				/* as many more as are not named */

#define WAIT_KIND_CONSTANT(constant, name) WAIT_##constant,

typedef enum WaitKind
{
	WAIT_KINDS(WAIT_KIND_CONSTANT)
} WaitKind;

/* An inbound route of a join. */
typedef struct WaitRoute
{
	const char *task;
	State		state;			/* of its latest run; MST_STATE_NONE: not
								 * started */
} WaitRoute;

/* A task or execution that holds a slot, of the same project as what waits. */
typedef struct WaitHolder
{
	pg_uuid_t	execution_id;
	pg_uuid_t	task_id;		/* none: the execution itself */
	const char *task;
	TimestampTz since;
} WaitHolder;

/* One term; what does not belong to the kind is zero. */
typedef struct WaitReason
{
	WaitKind	kind;
	const char *project;
	pg_uuid_t	execution_id;	/* what waits, as far as that is one */
	pg_uuid_t	task_id;
	pg_uuid_t	action_id;
	pg_uuid_t	compensates;	/* task that the task undoes */
	const char *task;
	const char *action;
	TimestampTz since;			/* 0: not known */

	/* timer, step; of a signal the time when the wait ends without it */
	const char *call;			/* what the call is for */
	int64		call_id;
	TimestampTz due;
	const char *error;			/* of its last attempt */
	bool		is_dead;		/* given up */
	bool		is_refused;		/* maintenance lets nobody do it earlier */

	/* queued, claimed */
	const char *run_name;		/* what an executor really runs */
	const char *target;
	const char *executor;		/* NULL: gone, or not to be seen */
	int64		executor_id;
	TimestampTz lease_until;
	bool		is_hidden;		/* the executor is not the reader's to see */
	bool		is_unserved;	/* no connected executor takes it */
	bool		knows_executors;	/* else there are too many to tell */
	bool		has_rules;		/* it must go by the rules on where requests
								 * may go */
	int			before;			/* queued before it */

	/* paused */
	const char *by;				/* who or what has paused it; NULL: not known */
	pg_uuid_t	resume_id;		/* the execution that is to be resumed */
	bool		is_action;		/* the action itself is PAUSED */
	bool		is_elsewhere;	/* another term tells of the pause itself */

	/* turn */
	const char *key;
	pg_uuid_t	turn_id;		/* the execution whose turn it is */

	/* signal */
	Jsonb	   *signals;		/* list of {signal} and {event} */
	bool		needs_all;		/* else one of them will do */
	bool		has_filter;		/* some are taken only with certain data */

	/* person; due is when it should be done */
	const HumanTaskRow *human;

	/* limit, with the key above; due is when its rate lets the next begin */
	const char *limit;			/* its name; NULL: of the definition of the
								 * task or workflow */
	bool		is_stored;		/* the project keeps it */
	int32		max;			/* 0: none, as is the next */
	int32		rate;
	int32		window_s;
	List	   *holders;		/* WaitHolder * */
	bool		has_more;		/* there are others */

	/* lock */
	int			pid;

	/* join */
	int			needed;
	List	   *arrived;		/* WaitRoute *, here and below */
	List	   *coming;
	List	   *closed;

	/* sub-workflow */
	pg_uuid_t	child_id;
	const char *workflow;
	State		state;
	List	   *terms;			/* what that waits for; NIL: not looked at */

	/* items */
	int			n_items;
	int			n_started;
	int			n_succeeded;
	int			n_failed;
	int			n_waiting;		/* for their next retry */

	/* more */
	int64		count;

	/* nothing */
	const char *reason;
} WaitReason;

/* What is to be found, and what has been. */
typedef struct WaitSearch
{
	int			max_named;		/* tasks of an execution, and children of a
								 * task, that are named */
	int			depth;			/* levels of sub-workflows that are looked
								 * into */
	List	   *terms;			/* WaitReason * */
} WaitSearch;

/* what a sentence or a list of terms names at most, of each kind of thing */
#define WAITS_NAMED	3

/* actions queued before one that are counted, at most */
#define WAITS_MAX_BEFORE	100

/* ---- wait_terms.c ---- */

extern bool mst_waits_of_action(WaitSearch *search, const pg_uuid_t *id);
extern bool mst_waits_of_task(WaitSearch *search, const pg_uuid_t *id);
extern bool mst_waits_of_execution(WaitSearch *search, const pg_uuid_t *id);

/* ---- wait_render.c ---- */

/* Whose terms a sentence is about: names of what is below are told. */
typedef enum WaitSubject
{
	WAITS_OF_ACTION,
	WAITS_OF_TASK,
	WAITS_OF_EXECUTION
} WaitSubject;

extern const char *mst_wait_kind_name(WaitKind kind);
extern char *mst_waits_sentence(List *terms, WaitSubject subject);
extern Jsonb *mst_waits_json(List *terms);
extern void mst_wait_append(StringInfo text, const WaitReason *term);
extern bool mst_wait_is_lost(const WaitReason *term);
extern char *mst_wait_who(const WaitReason *term);
extern char *mst_wait_how(const WaitReason *term);

#endif							/* MISTRAL_SQL_WAIT_TERMS_H */
