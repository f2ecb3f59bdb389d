/*-------------------------------------------------------------------------
 *
 * ids.c
 *	  Ids of executions, tasks and actions.
 *
 * The actions of a task carry the task's id with their number in the last
 * four bytes, most significant first, so they are a range of the primary key
 * in the order of their numbers.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "util/ids.h"
#include "util/uuid.h"

#define NUMBER_OFFSET	12		/* of the child's number in an action's id */

const pg_uuid_t mst_uuid_none = {{0}};

/*
 * Returns whether this stands for an absent id.
 */
bool
mst_uuid_is_none(const pg_uuid_t *id)
{
	return memcmp(id, &mst_uuid_none, UUID_LEN) == 0;
}

/* Returns whether two ids are the same; neither may be NULL. */
bool
mst_uuid_equal(const pg_uuid_t *a, const pg_uuid_t *b)
{
	return memcmp(a, b, UUID_LEN) == 0;
}

/*
 * Returns the id of a new execution or context.
 */
pg_uuid_t
mst_uuid_new(void)
{
	return mst_uuid_generate();
}

/*
 * Returns the id of a new task, which carries its time of creation.  That is
 * moved on if this backend has made later ones: the clock may have been set
 * back.
 */
pg_uuid_t
mst_uuid_new_task(TimestampTz *created_at)
{
	return mst_uuid_generate_at(created_at, true);
}

/*
 * Returns the id of a task that is only simulated, at whatever time.
 */
pg_uuid_t
mst_uuid_new_simulated_task(void)
{
	return mst_uuid_generate_group();
}

/*
 * Returns the id of a new action without a task; otherwise as that of a task.
 */
pg_uuid_t
mst_uuid_new_alone(TimestampTz *created_at)
{
	return mst_uuid_generate_at(created_at, false);
}

/*
 * Returns the id of the task's child with this number; 0 gives the task's own.
 */
pg_uuid_t
mst_uuid_action(const pg_uuid_t *task_id, int child_no)
{
	pg_uuid_t	id = *task_id;
	int			i;

	Assert(child_no >= 0);
	for (i = 0; i < 4; i++)
		id.data[NUMBER_OFFSET + i] =
			(unsigned char) ((uint32) child_no >> (8 * (3 - i)));
	return id;
}

/*
 * Returns the id of the task in an action's id, which is no task's if the
 * action stands alone.
 */
pg_uuid_t
mst_uuid_task_of_action(const pg_uuid_t *action_id)
{
	return mst_uuid_action(action_id, 0);
}
