/*-------------------------------------------------------------------------
 *
 * waits.c
 *	  SQL functions that tell what unfinished things wait for.
 *
 * For each of executions, tasks and actions one function returns a sentence, for
 * people, and one the terms of which it is made, for programs; both are null for
 * what has ended, does not exist, or is not the caller's to see.  The views call
 * both for each row that is asked for, so a search is kept for the other one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "sql/wait_terms.h"
#include "util/uuid.h"

PG_FUNCTION_INFO_V1(mistral_action_waits);
PG_FUNCTION_INFO_V1(mistral_action_waits_for);
PG_FUNCTION_INFO_V1(mistral_execution_waits);
PG_FUNCTION_INFO_V1(mistral_execution_waits_for);
PG_FUNCTION_INFO_V1(mistral_task_waits);
PG_FUNCTION_INFO_V1(mistral_task_waits_for);

/* levels of sub-workflows whose terms can be asked for; each may have 9 times more */
#define MAX_DEPTH	3

/* ---- searching ---- */

/* what most searches need; it stays allocated, as row after row is searched for */
#define SEARCH_BYTES	(32 * 1024)

/*
 * What a statement sees, and for whom: while all of this is the same, a search is
 * as good as another one in the same statement.
 */
typedef struct SearchMoment
{
	Oid			user;
	TimestampTz statement;
	CommandId	command;
	TransactionId xmax;
	uint32		running;
	int32		running_below;
} SearchMoment;

/* The last search, kept in a context of its own. */
static struct
{
	MemoryContext mcxt;
	bool		is_valid;
	WaitSubject subject;
	pg_uuid_t	id;
	int			depth;
	SearchMoment moment;
	bool		is_found;
	List	   *terms;
}			last;

static bool
is_at_moment(const SearchMoment *moment)
{
	return moment->user == last.moment.user && moment->statement == last.moment.statement &&
		moment->command == last.moment.command && moment->xmax == last.moment.xmax &&
		moment->running == last.moment.running && moment->running_below == last.moment.running_below;
}

static SearchMoment
this_moment(void)
{
	Snapshot	snapshot = GetActiveSnapshot();

	return (SearchMoment)
	{
		GetUserId(), GetCurrentStatementStartTimestamp(), GetCurrentCommandId(false),
			snapshot->xmax, snapshot->xcnt, snapshot->subxcnt
	};
}

static bool
search_subject(WaitSearch *search, WaitSubject subject, const pg_uuid_t *id)
{
	switch (subject)
	{
		case WAITS_OF_ACTION:
			return mst_waits_of_action(search, id);
		case WAITS_OF_TASK:
			return mst_waits_of_task(search, id);
		case WAITS_OF_EXECUTION:
			return mst_waits_of_execution(search, id);
	}
	elog(ERROR, "unrecognized subject of waits: %d", (int) subject);
	return false;
}

/*
 * Sets *terms, which live until the next search.  False: there is nothing to
 * tell.
 */
static bool
find_terms(WaitSubject subject, const pg_uuid_t *id, int depth, List **terms)
{
	SearchMoment moment = this_moment();
	WaitSearch	search = {WAITS_NAMED, depth, NIL};

	if (!last.is_valid || last.subject != subject || !mst_uuid_equal(&last.id, id) ||
		last.depth != depth || !is_at_moment(&moment))
	{
		MemoryContext old;

		last.is_valid = false;
		if (last.mcxt == NULL)
			last.mcxt = AllocSetContextCreate(TopMemoryContext, "mistral waits",
											  SEARCH_BYTES, SEARCH_BYTES, SEARCH_BYTES);
		MemoryContextReset(last.mcxt);
		old = MemoryContextSwitchTo(last.mcxt);
		last.is_found = search_subject(&search, subject, id);
		MemoryContextSwitchTo(old);
		last.terms = search.terms;
		last.subject = subject;
		last.id = *id;
		last.depth = depth;
		last.moment = moment;
		last.is_valid = true;
	}
	*terms = last.terms;
	return last.is_found;
}

static Datum
waits_sentence(FunctionCallInfo fcinfo, WaitSubject subject)
{
	List	   *terms;

	if (!find_terms(subject, PG_GETARG_UUID_P(0), 0, &terms))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(mst_waits_sentence(terms, subject)));
}

/* Terms of actions have nothing below them, so there is no second argument. */
static int
depth_arg(FunctionCallInfo fcinfo)
{
	int			depth = PG_NARGS() < 2 ? 0 : PG_GETARG_INT32(1);

	if (depth < 0 || depth > MAX_DEPTH)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("depth must be from 0 to %d, not %d", MAX_DEPTH, depth),
				 errhint("why() looks at a whole tree.")));
	return depth;
}

static Datum
waits_json(FunctionCallInfo fcinfo, WaitSubject subject)
{
	List	   *terms;

	if (!find_terms(subject, PG_GETARG_UUID_P(0), depth_arg(fcinfo), &terms))
		PG_RETURN_NULL();
	PG_RETURN_JSONB_P(mst_waits_json(terms));
}

/* action_waits_for(action_id): a sentence. */
Datum
mistral_action_waits_for(PG_FUNCTION_ARGS)
{
	return waits_sentence(fcinfo, WAITS_OF_ACTION);
}

/* action_waits(action_id): a list of terms. */
Datum
mistral_action_waits(PG_FUNCTION_ARGS)
{
	return waits_json(fcinfo, WAITS_OF_ACTION);
}

/* task_waits_for(task_id): a sentence. */
Datum
mistral_task_waits_for(PG_FUNCTION_ARGS)
{
	return waits_sentence(fcinfo, WAITS_OF_TASK);
}

/* task_waits(task_id, depth): a list of terms. */
Datum
mistral_task_waits(PG_FUNCTION_ARGS)
{
	return waits_json(fcinfo, WAITS_OF_TASK);
}

/* execution_waits_for(execution_id): a sentence. */
Datum
mistral_execution_waits_for(PG_FUNCTION_ARGS)
{
	return waits_sentence(fcinfo, WAITS_OF_EXECUTION);
}

/* execution_waits(execution_id, depth): a list of terms. */
Datum
mistral_execution_waits(PG_FUNCTION_ARGS)
{
	return waits_json(fcinfo, WAITS_OF_EXECUTION);
}
