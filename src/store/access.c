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

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/syscache.h"

#include "store/access.h"
#include "util/compat.h"
#include "util/guc.h"

#define ADMIN_ROLE		"mistral_admin"
#define OBSERVER_ROLE	"mistral_observer"
#define EXECUTOR_ROLE	"mistral_executor"

PG_FUNCTION_INFO_V1(mistral_is_admin);
PG_FUNCTION_INFO_V1(mistral_can_read_project);
PG_FUNCTION_INFO_V1(mistral_role_serves);

/*
 * Whether a role has the privileges of another one, which may not exist.
 */
static bool
role_has(Oid member, const char *name)
{
	Oid			role = get_role_oid(name, true);

	return OidIsValid(role) && has_privs_of_role(member, role);
}

static bool
has_role(const char *name)
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
	return superuser() || has_role(ADMIN_ROLE) || mst_api_admin;
}

/* Returns whether the current user may change objects of the project. */
bool
mst_can_change_project(const char *project)
{
	return has_role(project) || mst_is_admin();
}

/* Returns whether the current user may read objects of the project. */
bool
mst_can_read_project(const char *project)
{
	return mst_can_change_project(project) || has_role(OBSERVER_ROLE);
}

/*
 * Whether a project may read what another one owns.
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
 * Whether executors of a role run the standard actions of a project: they are
 * everybody's, as members of mistral_executor are, or the role has the
 * privileges of the project's.
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

/*
 * role_serves(role text, project text) returns bool
 */
Datum
mistral_role_serves(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(mst_role_serves(text_to_cstring(PG_GETARG_TEXT_PP(0)),
								   text_to_cstring(PG_GETARG_TEXT_PP(1))));
}

/* is_admin(): for row level security policies and mistral_api. */
Datum
mistral_is_admin(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(mst_is_admin());
}

/*
 * The last answer of can_read_project(): row after row asks the same.  It is
 * forgotten when any role or membership changes.
 */
static struct
{
	bool		is_valid;
	Oid			user;
	bool		api_admin;
	int			len;
	char		project[NAMEDATALEN];
	bool		answer;
}			last_answer;

static void
forget_answer(Datum arg, int cacheid, uint32 hashvalue)
{
	last_answer.is_valid = false;
}

static void
remember_answer(const char *project, int len, bool answer)
{
	static bool is_registered = false;

	if (!is_registered)
	{
		CacheRegisterSyscacheCallback(AUTHOID, forget_answer, (Datum) 0);
		CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, forget_answer, (Datum) 0);
		is_registered = true;
	}
	if (len > NAMEDATALEN)
		return;
	last_answer.user = GetUserId();
	last_answer.api_admin = mst_api_admin;
	last_answer.len = len;
	memcpy(last_answer.project, project, len);
	last_answer.answer = answer;
	last_answer.is_valid = true;
}

/*
 * can_read_project(project): what row level security asks for every row, so
 * the last answer is kept.
 */
Datum
mistral_can_read_project(PG_FUNCTION_ARGS)
{
	text	   *project = PG_GETARG_TEXT_PP(0);
	int			len = VARSIZE_ANY_EXHDR(project);
	bool		answer;

	if (last_answer.is_valid && last_answer.user == GetUserId() &&
		last_answer.api_admin == mst_api_admin && last_answer.len == len &&
		memcmp(last_answer.project, VARDATA_ANY(project), len) == 0)
		PG_RETURN_BOOL(last_answer.answer);

	answer = mst_can_read_project(text_to_cstring(project));
	remember_answer(VARDATA_ANY(project), len, answer);
	PG_RETURN_BOOL(answer);
}
