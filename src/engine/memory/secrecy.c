/*-------------------------------------------------------------------------
 *
 * secrecy.c
 *	  Secrets of the executions of a call.
 *
 * In memory a value may have secrets in it or references to them; whoever reads
 * it does not care, because expressions see secrets (bindings.c), and actions
 * that the database runs get them.  What becomes a row is sealed before, here,
 * for all that is written: docs/decisions/secrets-as-references.md.
 *
 * A tree of executions has one set, its root's.  Executions of trees without one
 * are marked as such, and cost a look at the mark.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/memory/secrecy.h"
#include "store/human_tasks.h"
#include "util/json.h"
#include "util/uuid.h"

/* ---- the sets ---- */

/* Adds the set of a tree that the call begins; it lives as long as the call. */
void
mst_call_add_secrets(EngineCall *call, SecretSet *set)
{
	MemoryContext old = MemoryContextSwitchTo(call->mcxt);

	call->secrets = lappend(call->secrets, set);
	MemoryContextSwitchTo(old);
}

/* Returns the set of the root, if it is in memory; else NULL. */
static SecretSet *
find_set(EngineCall *call, const pg_uuid_t *root_id)
{
	ListCell   *lc;

	foreach(lc, call->secrets)
	{
		if (mst_uuid_equal(mst_secrets_owner(lfirst(lc)), root_id))
			return lfirst(lc);
	}
	return NULL;
}

/* Returns the secrets of the execution's tree; NULL: it has none. */
SecretSet *
mst_execution_secrets(EngineCall *call, const Execution *exec)
{
	SecretSet  *set;
	MemoryContext old;

	if (!exec->row->has_secrets)
		return NULL;
	set = find_set(call, &exec->row->root_id);
	if (set != NULL || call->is_simulated)
		return set;
	old = MemoryContextSwitchTo(call->mcxt);
	set = mst_secrets_load(&exec->row->root_id, exec->row->project_id);
	MemoryContextSwitchTo(old);
	mst_call_add_secrets(call, set);
	return set;
}

/* Returns the value with the secrets of the task's tree in it; task may be NULL. */
Jsonb *
mst_call_open(EngineCall *call, const Task *task, Jsonb *value)
{
	SecretSet  *set = task == NULL ? NULL : mst_execution_secrets(call, task->exec);

	return set == NULL ? value : mst_secrets_open(set, value);
}

/* Returns whether there is anything to seal; then the sets of all executions are there. */
static bool
has_secrets(EngineCall *call)
{
	ListCell   *lc;

	foreach(lc, call->exec_list)
		(void) mst_execution_secrets(call, lfirst(lc));
	return call->secrets != NIL;
}

/* ---- sealing rows ---- */

static void
seal_json(SecretSet *set, Jsonb **value)
{
	if (*value != NULL)
		*value = mst_secrets_seal(set, *value);
}

/* Where events go is configuration, and is needed by those who send them. */
static void
seal_params(SecretSet *set, Jsonb **params)
{
	Jsonb	   *notify = mst_json_get(*params, "notify");

	seal_json(set, params);
	if (notify != NULL)
		*params = mst_json_concat(*params, mst_json_object1("notify", notify));
}

/* The set of an action that runs by itself; NULL: it has none. */
static SecretSet *
alone_set(EngineCall *call, const ActionRow *action)
{
	SecretSet  *set = find_set(call, &action->id);
	MemoryContext old;

	if (set != NULL || (!mst_secrets_are_named() && !mst_secrets_has_reference(action->input)))
		return set;
	old = MemoryContextSwitchTo(call->mcxt);
	set = mst_secrets_load(&action->id, action->project_id);
	MemoryContextSwitchTo(old);
	mst_call_add_secrets(call, set);
	return set;
}

/* Seals the actions that are about to be written. */
void
mst_call_seal_actions(EngineCall *call)
{
	ListCell   *lc;
	bool		is_any = has_secrets(call);

	foreach(lc, call->pending_actions)
	{
		ActionRow  *action = lfirst(lc);
		SecretSet  *set = NULL;
		MemoryContext old;

		if (mst_uuid_is_none(&action->execution_id))
			set = alone_set(call, action);
		else if (is_any)
			set = find_set(call, &action->root_id);
		if (set == NULL)
			continue;
		old = MemoryContextSwitchTo(GetMemoryChunkContext(action));
		seal_json(set, &action->input);
		seal_json(set, &action->run);
		seal_json(set, &action->output);
		MemoryContextSwitchTo(old);
	}
}

static void
seal_executions(EngineCall *call, ExecutionRow **rows, int n)
{
	for (int i = 0; i < n; i++)
	{
		SecretSet  *set = find_set(call, &rows[i]->root_id);

		if (set == NULL)
			continue;
		rows[i]->state_info = mst_secrets_seal_text(set, rows[i]->state_info);
		seal_json(set, &rows[i]->backlog);
		seal_json(set, &rows[i]->output);
	}
}

static void
seal_execution_data(EngineCall *call, ExecutionDataRow **rows, int n)
{
	for (int i = 0; i < n; i++)
	{
		SecretSet  *set = find_set(call, &rows[i]->root_id);

		if (set == NULL)
			continue;
		rows[i]->description = mst_secrets_seal_text(set, rows[i]->description);
		seal_json(set, &rows[i]->input);
		seal_params(set, &rows[i]->params);
		seal_json(set, &rows[i]->context);
	}
}

static void
seal_tasks(EngineCall *call, TaskRow **rows, int n)
{
	for (int i = 0; i < n; i++)
	{
		SecretSet  *set = find_set(call, &rows[i]->root_id);

		if (set == NULL)
			continue;
		rows[i]->state_info = mst_secrets_seal_text(set, rows[i]->state_info);
		seal_json(set, &rows[i]->runtime);
		seal_json(set, &rows[i]->published_global);
	}
}

/* Seals contexts, delayed calls and events, which are all new. */
static void
seal_new_rows(EngineCall *call)
{
	ListCell   *lc;
	SecretSet  *set;

	foreach(lc, call->new_contexts)
	{
		ContextRow *context = lfirst(lc);

		if ((set = find_set(call, &context->root_id)) != NULL)
			seal_json(set, &context->data);
	}
	foreach(lc, call->delayed_calls)
	{
		DelayedCallRow *delayed = lfirst(lc);

		if ((set = find_set(call, &delayed->root_id)) == NULL)
			continue;
		seal_json(set, &delayed->args);
		delayed->error = mst_secrets_seal_text(set, delayed->error);
	}
	foreach(lc, call->events)
	{
		EventRow   *event = lfirst(lc);

		if ((set = find_set(call, &event->root_id)) != NULL)
			seal_json(set, &event->payload);
	}
}

/*
 * Seals all that is about to be written.  What a name makes a secret may stand
 * without the name in a row before: then all is gone through twice.
 */
void
mst_call_seal(EngineCall *call, const SealedRows *rows)
{
	if (!has_secrets(call))
		return;
	for (int i = 0; i < (mst_secrets_are_named() ? 2 : 1); i++)
	{
		seal_execution_data(call, rows->data, rows->n_data);
		seal_executions(call, rows->execs, rows->n_execs);
		seal_tasks(call, rows->tasks, rows->n_tasks);
		seal_new_rows(call);
		mst_call_seal_actions(call);
	}
}

/* Seals tasks of people that are about to be written, after their actions. */
void
mst_call_seal_humans(EngineCall *call)
{
	ListCell   *lc;

	foreach(lc, call->new_humans)
	{
		HumanTaskRow *human = lfirst(lc);
		SecretSet  *set = find_set(call, mst_uuid_is_none(&human->root_id) ? &human->id : &human->root_id);

		if (set == NULL)
			continue;
		human->title = mst_secrets_seal_text(set, human->title);
		human->description = mst_secrets_seal_text(set, human->description);
		seal_json(set, &human->form);
		seal_json(set, &human->data);
	}
}

/*
 * Seals new items of a task, which are written at once; those that are written
 * again have been read, and are sealed.
 */
void
mst_call_seal_items(EngineCall *call, const Task *task, TaskItemRow **items, int n)
{
	SecretSet  *set = mst_execution_secrets(call, task->exec);

	for (int i = 0; set != NULL && i < n; i++)
		items[i]->item = mst_secrets_seal(set, items[i]->item);
}

/* Writes what has become a secret in this call. */
void
mst_call_store_secrets(EngineCall *call)
{
	ListCell   *lc;

	foreach(lc, call->secrets)
		mst_secrets_store(lfirst(lc));
}

/*
 * Has the set of a new execution know the secrets of its input and parameters,
 * of which others may be told before they are written.
 */
void
mst_execution_note_secrets(EngineCall *call, const Execution *exec)
{
	SecretSet  *set = mst_execution_secrets(call, exec);

	if (set == NULL || !mst_secrets_are_named())
		return;
	(void) mst_secrets_seal(set, exec->data->input);
	(void) mst_secrets_seal(set, exec->data->params);
}

/*
 * Returns a value that is stored outside of a call, with references in the place
 * of secrets of the execution's tree; NULL stays NULL.
 */
Jsonb *
mst_execution_seal(const ExecutionRow *exec, Jsonb *value)
{
	SecretSet  *set;

	if (value == NULL || !exec->has_secrets)
		return value;
	set = mst_secrets_load(&exec->root_id, exec->project_id);
	value = mst_secrets_seal(set, value);
	mst_secrets_store(set);
	return value;
}
