/*-------------------------------------------------------------------------
 *
 * human_tasks.h
 *	  Tasks of people.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_HUMAN_TASKS_H
#define MISTRAL_STORE_HUMAN_TASKS_H

#include "store/row.h"

typedef struct HumanTaskRow
{
	RowState	row;
	pg_uuid_t	id;				/* of the action */
	pg_uuid_t	execution_id;	/* none: run by itself, as the next two */
	pg_uuid_t	task_id;
	pg_uuid_t	root_id;
	TimestampTz created_at;
	TimestampTz due_at;			/* 0: none */
	TimestampTz claimed_at;
	TimestampTz completed_at;
	int32		item_index;
	int32		priority;
	bool		is_overdue;
	bool		is_ended;		/* certainly */
	char	   *project_id;
	char	   *workflow_name;
	char	   *task_name;
	char	   *title;
	char	   *description;
	Jsonb	   *form;
	Jsonb	   *data;
	Jsonb	   *path;			/* list of EXECUTION/NAME, the own one first */
	Jsonb	   *distinct_from;	/* list of names; NULL: none */
	Jsonb	   *candidates;		/* list of names */
	Jsonb	   *escalations;	/* list of {at, to, done}; NULL: none */
	char	   *delegated_to;	/* NULL: to nobody */
	char	   *delegated_by;
	char	   *claimed_by;		/* NULL: nobody */
	char	   *claimed_login;	/* NULL: serves many */
	char	   *completed_by;
	char	   *completed_login;
} HumanTaskRow;

/* Who does something: a role, and the login of its session. */
typedef struct HumanActor
{
	char	   *role;
	char	   *login;			/* NULL: one that serves many people */
} HumanActor;

extern HumanTaskRow *mst_store_human_task(const pg_uuid_t *id);
extern HumanTaskRow *mst_store_lock_human_task(const pg_uuid_t *id);
extern HumanTaskRow *mst_store_try_lock_human_task(const pg_uuid_t *id);
extern void mst_store_insert_human_tasks(HumanTaskRow **items, int n);
extern void mst_store_write_human_task(HumanTaskRow *task);
extern void mst_store_delete_human_task(const pg_uuid_t *id);
extern void mst_store_delete_human_tasks(const pg_uuid_t *execution_id);
extern bool mst_human_tasks_are_full(const char *project, int unwritten);

extern HumanActor mst_human_actor(void);
extern void mst_human_lock_actor(const HumanTaskRow *task, const HumanActor *actor);
extern char *mst_human_done_before(const HumanTaskRow *task, const HumanActor *actor);

#endif							/* MISTRAL_STORE_HUMAN_TASKS_H */
