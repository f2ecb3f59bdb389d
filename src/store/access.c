/*-------------------------------------------------------------------------
 *
 * access.c
 *	  Who may see and change what: projects are roles.
 *
 * All look-ups go through the syscaches and the cached list of the current
 * user's roles, so these functions can be called for every row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"

#include "store/access.h"
#include "util/compat.h"
#include "util/errors.h"
#include "util/guc.h"

#define ADMIN_ROLE		"mistral_admin"
#define OBSERVER_ROLE	"mistral_observer"
#define EXECUTOR_ROLE	"mistral_executor"


/*
 * Returns whether a role has the privileges of another one, which may not
 * exist.
 */
static bool
role_has(Oid member, const char *name)
{
	Oid			role = get_role_oid(name, true);

	return OidIsValid(role) && has_privs_of_role(member, role);
}

/*
 * Returns whether the current user has the privileges of a role, which may not
 * exist.
 */
bool
mst_has_role(const char *name)
{
	return role_has(GetUserId(), name);
}

/* Returns the project of the current user, palloc'd. */
char *
mst_current_project(void)
{
	return GetUserNameFromId(GetUserId(), false);
}

/* Returns whether the current user is an administrator. */
bool
mst_is_admin(void)
{
	return superuser() || mst_has_role(ADMIN_ROLE) || mst_api_admin;
}

/*
 * Raises an error unless the current user is an administrator.  "detail" is the
 * sentence that says what only these do.
 */
void
mst_require_admin(const char *detail)
{
	if (!mst_is_admin())
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_ALLOWED),
				 errmsg("Operation forbidden (insufficient permissions)"),
				 errdetail_internal("%s", detail)));
}

/* Returns whether the current user may change objects of the project. */
bool
mst_can_change_project(const char *project)
{
	return mst_has_role(project) || mst_is_admin();
}

/* Returns whether the current user may read objects of the project. */
bool
mst_can_read_project(const char *project)
{
	return mst_can_change_project(project) || mst_has_role(OBSERVER_ROLE);
}

/*
 * Returns whether a project may read what another one owns.
 *
 * Where the project is not the current user's, its role's privileges count,
 * never the caller's: a worker answers like the session that it works for.
 */
bool
mst_project_can_read(const char *project, const char *owner)
{
	Oid			role;

	if (strcmp(project, mst_current_project()) == 0)
		return mst_can_read_project(owner);
	role = get_role_oid(project, true);
	return OidIsValid(role) &&
		(superuser_arg(role) || role_has(role, owner) ||
		 role_has(role, ADMIN_ROLE) || role_has(role, OBSERVER_ROLE));
}

/*
 * Returns whether executors of a role run the standard actions of a project:
 * they are everybody's, as members of mistral_executor are, or the role has
 * the privileges of the project's.
 */
bool
mst_role_serves(const char *role, const char *project)
{
	Oid			oid;

	if (strcmp(role, project) == 0)
		return true;
	oid = get_role_oid(role, true);
	return OidIsValid(oid) && (role_has(oid, EXECUTOR_ROLE) || role_has(oid, project));
}
