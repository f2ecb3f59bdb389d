/*-------------------------------------------------------------------------
 *
 * access_sql.c
 *	  SQL functions that tell whose rows the caller may see.
 *
 * Row level security asks can_read_project() for each row, so its last answer
 * is kept until any role or membership changes.  The planner is told what such
 * a condition finds: the rows of the projects that readable_projects() lists,
 * which an index by project has at hand; the condition itself is asked again
 * for what that gives, so the list need only not be too short.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_am.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "access/stratnum.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "parser/parse_func.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "store/access.h"
#include "util/compat.h"
#include "util/guc.h"

PG_FUNCTION_INFO_V1(mistral_is_admin);
PG_FUNCTION_INFO_V1(mistral_can_read_project);
PG_FUNCTION_INFO_V1(mistral_can_read_project_support);
PG_FUNCTION_INFO_V1(mistral_readable_projects);
PG_FUNCTION_INFO_V1(mistral_role_serves);

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

/* readable_projects(): see mst_readable_projects(). */
Datum
mistral_readable_projects(PG_FUNCTION_ARGS)
{
	List	   *names = mst_readable_projects();
	Datum	   *values = palloc(sizeof(Datum) * Max(list_length(names), 1));
	ListCell   *lc;

	foreach(lc, names)
		values[foreach_current_index(lc)] = CStringGetTextDatum(lfirst(lc));
	PG_RETURN_ARRAYTYPE_P(construct_array(values, list_length(names), TEXTOID, -1, false,
										  TYPALIGN_INT));
}

/*
 * Makes the condition: project = ANY (mistral.readable_projects()); NULL if the
 * user may not call that, who is to be told what he may not read.
 */
static Node *
readable_condition(Node *project, Oid operator, Oid collation)
{
	ScalarArrayOpExpr *condition = makeNode(ScalarArrayOpExpr);
	Oid			function = LookupFuncName(list_make2(makeString("mistral"),
													 makeString("readable_projects")),
										  0, NULL, false);

	if (mst_proc_aclcheck(function, GetUserId(), ACL_EXECUTE) != ACLCHECK_OK)
		return NULL;
	condition->opno = operator;
	condition->opfuncid = get_opcode(operator);
	condition->useOr = true;
	condition->inputcollid = collation;
	condition->args = list_make2(copyObject(project),
								 makeFuncExpr(function, TEXTARRAYOID, NIL, collation, InvalidOid,
											  COERCE_EXPLICIT_CALL));
	condition->location = -1;
	return (Node *) condition;
}

/* An index whose column is the project finds the rows that can be read. */
static List *
index_condition(SupportRequestIndexCondition *request)
{
	Oid			operator;
	Node	   *condition;

	if (!is_funcclause(request->node) || request->index->relam != BTREE_AM_OID)
		return NIL;
	operator = get_opfamily_member(request->opfamily, TEXTOID, TEXTOID, BTEqualStrategyNumber);
	if (!OidIsValid(operator))
		return NIL;
	condition = readable_condition(linitial(((FuncExpr *) request->node)->args), operator,
								   request->indexcollation);
	if (condition == NULL)
		return NIL;
	request->lossy = true;
	return list_make1(condition);
}

/* Sets how many of all rows can be read; false if that is not known. */
static bool
set_selectivity(SupportRequestSelectivity *request)
{
	Node	   *condition;

	if (request->is_join)
		return false;
	request->selectivity = 1.0;
	if (mst_reads_all_projects())
		return true;
	condition = readable_condition(linitial(request->args), TextEqualOperator,
								   DEFAULT_COLLATION_OID);
	if (condition == NULL)
		return false;
	request->selectivity = scalararraysel(request->root, (ScalarArrayOpExpr *) condition, false,
										  request->varRelid, request->jointype, request->sjinfo);
	return true;
}

/*
 * can_read_project_support(internal): tells the planner how to find the rows of
 * which can_read_project() is true, and how many they are, unless the user
 * reads all.  A plan that outlives a change of his roles is still right: the
 * list of projects is made when it is run.
 */
Datum
mistral_can_read_project_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestIndexCondition) && !mst_reads_all_projects())
		PG_RETURN_POINTER(index_condition((SupportRequestIndexCondition *) request));
	if (IsA(request, SupportRequestSelectivity) &&
		set_selectivity((SupportRequestSelectivity *) request))
		PG_RETURN_POINTER(request);
	PG_RETURN_POINTER(NULL);
}
