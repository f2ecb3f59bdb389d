/*-------------------------------------------------------------------------
 *
 * executor_access.c
 *	  Whose executor it is, and which actions are no concern of it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/acl.h"

#include "sql/executor_access.h"
#include "store/access.h"

/* Raises an error unless the caller may act as this executor. */
void
mst_executor_check_role(const ExecutorRow *executor)
{
	Oid			role = get_role_oid(executor->role_name, true);

	if (OidIsValid(role) && has_privs_of_role(GetUserId(), role))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied for executor \"%s\"", executor->name),
			 errdetail("It was registered by role \"%s\".", executor->role_name)));
}

/*
 * Returns whether the action is one that an executor of the role has nothing
 * to do with: it has neither claimed it nor would it take it.  The executor is
 * NULL when there is none of its id any more.
 */
bool
mst_executor_is_foreign(const ExecutorRow *executor, const char *role, const pg_uuid_t *id)
{
	ActionRow  *action = mst_store_action(id);

	if (action == NULL || (executor != NULL && action->executor_id == executor->id))
		return false;
	if (executor == NULL)
		return !mst_role_serves(role, action->project_id);
	return !mst_executor_takes(executor, action);
}

/*
 * Returns whether the action is one that the executor, of a tenant, has nothing
 * to do with and shall learn nothing of.
 */
bool
mst_executor_is_stranger(const ExecutorRow *executor, const pg_uuid_t *action_id)
{
	return !mst_role_serves(executor->role_name, "") &&
		mst_executor_is_foreign(executor, executor->role_name, action_id);
}
