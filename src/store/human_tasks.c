/*-------------------------------------------------------------------------
 *
 * human_tasks.c
 *	  Tasks of people.
 *
 * The engine inserts a row when an action std.human begins, and marks it when
 * the action ends, unless somebody has the row locked: it waits for nobody's
 * transaction.  So is_ended may stay false, and only keeps what is over out of
 * an index.  Whoever claims or completes a task locks its row, and so comes one
 * after the other with all others who do.
 *
 * "distinct-from" compares who has completed the tasks of a tree.  All of them
 * are read with a snapshot of their own, in any isolation level, by one who
 * has the lock on himself in the tree: two sessions of one person come one
 * after the other, and nobody waits for anybody else.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/table.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/snapmgr.h"

#include "store/access.h"
#include "store/human_tasks.h"
#include "store/relation.h"
#include "store/rows.h"
#include "store/scan.h"
#include "store/statement.h"
#include "store/write.h"
#include "util/guc.h"
#include "util/json.h"
#include "util/uuid.h"

/* the fourth field of the tag of the lock on a person in a tree */
#define PERSON_LOCK_CLASS	0x4D60

static const TableColumn task_columns[] = {
	COLUMN(HumanTaskRow, id, COL_UUID),
	COLUMN_NULL(HumanTaskRow, execution_id, COL_UUID),
	COLUMN_NULL(HumanTaskRow, task_id, COL_UUID),
	COLUMN_NULL(HumanTaskRow, root_id, COL_UUID),
	COLUMN(HumanTaskRow, created_at, COL_TIMESTAMP),
	COLUMN(HumanTaskRow, item_index, COL_INT32),
	COLUMN(HumanTaskRow, priority, COL_INT32),
	COLUMN_NULL(HumanTaskRow, due_at, COL_TIMESTAMP),
	COLUMN(HumanTaskRow, project_id, COL_TEXT),
	COLUMN_NULL(HumanTaskRow, workflow_name, COL_TEXT),
	COLUMN_NULL(HumanTaskRow, task_name, COL_TEXT),
	COLUMN(HumanTaskRow, title, COL_TEXT),
	COLUMN_NULL(HumanTaskRow, description, COL_TEXT),
	COLUMN(HumanTaskRow, form, COL_JSONB),
	COLUMN_NULL(HumanTaskRow, data, COL_JSONB),
	COLUMN(HumanTaskRow, path, COL_JSONB),
	COLUMN_NULL(HumanTaskRow, distinct_from, COL_JSONB),
	COLUMN(HumanTaskRow, candidates, COL_JSONB),
	COLUMN_NULL(HumanTaskRow, escalations, COL_JSONB),
	COLUMN(HumanTaskRow, is_overdue, COL_BOOL),
	COLUMN(HumanTaskRow, is_ended, COL_BOOL),
	COLUMN_NULL(HumanTaskRow, delegated_to, COL_TEXT),
	COLUMN_NULL(HumanTaskRow, delegated_by, COL_TEXT),
	COLUMN_NULL(HumanTaskRow, claimed_at, COL_TIMESTAMP),
	COLUMN_NULL(HumanTaskRow, claimed_by, COL_TEXT),
	COLUMN_NULL(HumanTaskRow, claimed_login, COL_TEXT),
	COLUMN_NULL(HumanTaskRow, completed_at, COL_TIMESTAMP),
	COLUMN_NULL(HumanTaskRow, completed_by, COL_TEXT),
	COLUMN_NULL(HumanTaskRow, completed_login, COL_TEXT)
};

/* The part of a task that tells who has done it, and whom it rules out. */
static const TableColumn doer_columns[] = {
	COLUMN(HumanTaskRow, id, COL_UUID),
	COLUMN_NULL(HumanTaskRow, execution_id, COL_UUID),
	COLUMN_NULL(HumanTaskRow, task_name, COL_TEXT),
	COLUMN(HumanTaskRow, path, COL_JSONB),
	COLUMN_NULL(HumanTaskRow, distinct_from, COL_JSONB),
	COLUMN_NULL(HumanTaskRow, completed_by, COL_TEXT),
	COLUMN_NULL(HumanTaskRow, completed_login, COL_TEXT)
};

enum
{
	DONE_IN_TREE,				/* those that somebody has completed */
	DONE_DISTINCT				/* those of them that rule somebody out */
};

static TableDef doers = {
	.name = "human_tasks",
	.row_size = sizeof(HumanTaskRow),
	.ncolumns = lengthof(doer_columns),
	.columns = doer_columns,
	.nindexes = 2,
	.indexes = {
		[DONE_IN_TREE] = "human_tasks_done_idx",
		[DONE_DISTINCT] = "human_tasks_distinct_idx"
	}
};

LIST_TABLE(doers);

enum
{
	BY_ID,
	BY_EXECUTION,
	BY_PROJECT					/* those that may be open */
};

static TableDef human_tasks = {
	.name = "human_tasks",
	.row_size = sizeof(HumanTaskRow),
	.is_whole = true,
	.ncolumns = lengthof(task_columns),
	.columns = task_columns,
	.nindexes = 3,
	.indexes = {
		[BY_ID] = "human_tasks_pkey",
		[BY_EXECUTION] = "human_tasks_execution_idx",
		[BY_PROJECT] = "human_tasks_open_idx"
	}
};

LIST_TABLE(human_tasks);

/* ---- rows ---- */

/* Returns the task of that id, palloc'd; NULL if there is none. */
HumanTaskRow *
mst_store_human_task(const pg_uuid_t *id)
{
	return mst_row_by_id(&human_tasks, BY_ID, id);
}

/*
 * Locks the task of that id until the end of the transaction, and returns its
 * newest version; NULL if there is none.  Waits for who has it locked.
 */
HumanTaskRow *
mst_store_lock_human_task(const pg_uuid_t *id)
{
	static Statement lock = {
		"SELECT 1 FROM mistral.human_tasks WHERE id = $1 FOR NO KEY UPDATE",
		1, {UUIDOID}
	};
	StatementArgs args = {0};

	mst_arg_uuid(&args, id);
	return mst_statement_execute(&lock, &args) == 0 ? NULL : mst_store_human_task(id);
}

/*
 * Locks the task of that id like mst_store_lock_human_task(), but waits for
 * nobody: NULL also when another transaction has it locked.
 */
HumanTaskRow *
mst_store_try_lock_human_task(const pg_uuid_t *id)
{
	static Statement lock = {
		"SELECT 1 FROM mistral.human_tasks WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED",
		1, {UUIDOID}
	};
	StatementArgs args = {0};

	mst_arg_uuid(&args, id);
	return mst_statement_execute(&lock, &args) == 0 ? NULL : mst_store_human_task(id);
}

/* Inserts tasks. */
void
mst_store_insert_human_tasks(HumanTaskRow **items, int n)
{
	mst_rows_write(&human_tasks, (void **) items, n);
}

/* Writes a task that the caller has locked and changed. */
void
mst_store_write_human_task(HumanTaskRow *task)
{
	void	   *row = task;

	task->row.is_dirty = true;
	mst_rows_write(&human_tasks, &row, 1);
	mst_store_sync();
}

static void
delete_by_key(int index, const pg_uuid_t *id)
{
	Relation	rel = mst_table_open(&human_tasks, RowExclusiveLock);
	RowScan		scan;
	ScanKeyData key;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, id);
	mst_scan_begin(&scan, &human_tasks, index, &key, 1, ForwardScanDirection);
	while (mst_scan_next_slot(&scan))
		mst_tuple_delete(&human_tasks, rel, scan.slot, scan.snapshot);
	mst_scan_end(&scan);
	table_close(rel, NoLock);
}

/* Deletes the task of that id; waits for who has it locked. */
void
mst_store_delete_human_task(const pg_uuid_t *id)
{
	delete_by_key(BY_ID, id);
}

/* Deletes the tasks of an execution; waits for who has one locked. */
void
mst_store_delete_human_tasks(const pg_uuid_t *execution_id)
{
	delete_by_key(BY_EXECUTION, execution_id);
}

/* How many tasks this backend may add before it counts again: see quotas.c. */
static struct
{
	int			left;
	int			limit;			/* at the time of the count */
	char		project[NAMEDATALEN];
}			credit;

#define PORTIONS 100

static int
count_open(const char *project)
{
	SnapshotData dirty;
	ScanKeyData key;
	RowScan		scan;
	int			n = 0;

	InitDirtySnapshot(dirty);
	mst_scan_key_text(&key, 1, project);
	mst_scan_begin_with(&scan, &human_tasks, BY_PROJECT, &key, 1, ForwardScanDirection, &dirty);
	while (n < mst_max_human_tasks && mst_scan_next_slot(&scan))
		n++;
	mst_scan_end(&scan);
	return n;
}

/*
 * Returns whether a project has as many open tasks as it may, with those that
 * the call has still to write, and those that other transactions are adding.
 * The caller asks before each task that it adds.
 */
bool
mst_human_tasks_are_full(const char *project, int unwritten)
{
	int			n;

	if (credit.left > 0 && credit.limit == mst_max_human_tasks && strcmp(credit.project, project) == 0)
	{
		credit.left--;
		return false;
	}
	n = count_open(project) + unwritten;
	credit.left = Max(mst_max_human_tasks - n, 0) / PORTIONS;
	credit.limit = mst_max_human_tasks;
	strlcpy(credit.project, project, NAMEDATALEN);
	return n >= mst_max_human_tasks;
}

/* ---- who ---- */

/* Returns whether a login is that of a server that acts for many people. */
static bool
serves_many(const char *login)
{
	static Statement ask = {
		"SELECT pg_catalog.has_function_privilege($1::name, 'mistral_api.token_role(text)', 'EXECUTE')",
		1, {TEXTOID}
	};
	StatementArgs args = {0};
	char	   *answer;

	mst_arg_text(&args, login);
	answer = mst_statement_text(&ask, &args);
	return answer != NULL && answer[0] == 't';
}

/*
 * Returns who the current user is.  A role and a login are one person, whatever
 * other roles that login takes, unless it is that of a server that acts for
 * many (mistral_api.grant_server()), or of a superuser, who can be anybody.
 */
HumanActor
mst_human_actor(void)
{
	HumanActor	actor;
	char	   *login = GetUserNameFromId(GetSessionUserId(), true);

	actor.role = mst_current_project();
	actor.login = login == NULL || serves_many(login) ? NULL : login;
	return actor;
}

static void
lock_name(const pg_uuid_t *root_id, uint32 hash)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, hash_bytes(root_id->data, UUID_LEN), hash, PERSON_LOCK_CLASS);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
}

/*
 * Lets nobody who is the same person complete a task of the tree until the end
 * of the transaction; waits for one who has.
 */
void
mst_human_lock_actor(const HumanTaskRow *task, const HumanActor *actor)
{
	uint32		role = hash_bytes((const unsigned char *) actor->role, strlen(actor->role));
	uint32		login = actor->login == NULL ? role :
	hash_bytes((const unsigned char *) actor->login, strlen(actor->login));

	if (mst_uuid_is_none(&task->root_id))
		return;
	/* in one order, whoever asks */
	lock_name(&task->root_id, Min(role, login));
	if (role != login)
		lock_name(&task->root_id, Max(role, login));
}

static bool
same_name(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool
was_done_by(const HumanTaskRow *done, const HumanActor *actor)
{
	return done->completed_by != NULL &&
		(same_name(done->completed_by, actor->role) || same_name(done->completed_by, actor->login) ||
		 same_name(done->completed_login, actor->role) || same_name(done->completed_login, actor->login));
}

/* Returns whether a task belongs to the one of that name in an execution. */
static bool
is_below(const HumanTaskRow *task, const pg_uuid_t *execution_id, const char *name)
{
	char	   *step = psprintf("%s/%s", mst_uuid_text(execution_id), name);

	for (int i = 0; i < mst_json_count(task->path); i++)
	{
		if (strcmp(mst_json_to_text(mst_json_item(task->path, i)), step) == 0)
			return true;
	}
	return false;
}

/* Returns the name by which a task asks for another doer than that of the other; NULL: it does not. */
static char *
find_distinct(const HumanTaskRow *task, const HumanTaskRow *other)
{
	for (int i = 0; i < mst_json_count(task->distinct_from); i++)
	{
		char	   *name = mst_json_to_text(mst_json_item(task->distinct_from, i));

		if (is_below(other, &task->execution_id, name))
			return name;
	}
	return NULL;
}

/*
 * Returns the name of a task, done by the actor, that the doer of this one must
 * not have done, palloc'd; NULL if there is none.  It holds in both directions:
 * what is done first does not matter.
 */
char *
mst_human_done_before(const HumanTaskRow *task, const HumanActor *actor)
{
	RowScan		scan;
	ScanKeyData key;
	HumanTaskRow *other;
	char	   *name = NULL;

	/* an inbox asks this of all its tasks, and one tree may have many of them */
	int			index = mst_json_count(task->distinct_from) > 0 ? DONE_IN_TREE : DONE_DISTINCT;

	if (mst_uuid_is_none(&task->root_id))
		return NULL;
	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, &task->root_id);
	mst_scan_begin(&scan, &doers, index, &key, 1, ForwardScanDirection);
	while (name == NULL && (other = mst_scan_next(&scan)) != NULL)
	{
		if (mst_uuid_equal(&other->id, &task->id) || !was_done_by(other, actor))
			continue;
		name = find_distinct(task, other);
		if (name == NULL && find_distinct(other, task) != NULL)
			name = other->task_name;
	}
	mst_scan_end(&scan);
	return name;
}
