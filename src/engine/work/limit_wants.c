/*-------------------------------------------------------------------------
 *
 * limit_wants.c
 *	  Evaluating the limits of a task or workflow.
 *
 * Whose a limit is, is a text: of the project if it has a name, else of the
 * task, or the workflow, in all versions of that.  docs/language.md, "Limits".
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "dsl/limit_rules.h"
#include "engine/work/limit_wants.h"
#include "util/json.h"
#include "util/rate.h"
#include "util/uuid.h"

/* Where the evaluation of limits stands. */
typedef struct LimitEval
{
	const LimitSource *source;
	ExprBindings *bindings;
	char	   *problem;		/* set by the first that fails */
} LimitEval;

/* Returns the value of a member, or NULL: it is not given, or has failed. */
static Jsonb *
limit_value(LimitEval *eval, const ExprTemplate *template)
{
	ExprError  *error;
	Jsonb	   *value;

	if (template == NULL || eval->problem != NULL)
		return NULL;
	if (mst_expr_eval_jsonb(template, eval->bindings, &value, &error))
		return value;
	eval->problem = mst_expr_error_text(error);
	return NULL;
}

static void
set_problem(LimitEval *eval, const char *member, const char *expected, const Jsonb *value)
{
	if (eval->problem == NULL)
		eval->problem = psprintf("\"%s\" of a limit must be %s, not %s",
								 member, expected, mst_json_print(value));
}

/* Returns a string of the allowed length; NULL where not given, or wrong. */
static char *
limit_name(LimitEval *eval, const ExprTemplate *template)
{
	Jsonb	   *value = limit_value(eval, template);
	char	   *name;

	if (value == NULL)
		return NULL;
	name = mst_json_root(value).type == jbvString ? mst_json_to_text(value) : NULL;
	if (name != NULL && name[0] != '\0' && pg_mbstrlen(name) <= MAX_LIMIT_NAME)
		return name;
	set_problem(eval, "name", psprintf("a string of 1 to %d characters", MAX_LIMIT_NAME), value);
	return NULL;
}

/* Returns the bound; 0: none is given, or the value is wrong. */
static int32
limit_max(LimitEval *eval, const LimitSpec *limit)
{
	Jsonb	   *value = limit_value(eval, limit->max);
	JsonbValue	root;
	int64		max = -1;

	if (value == NULL)
		return 0;
	root = mst_json_root(value);
	if (root.type == jbvNumeric && mst_json_print(value)[strspn(mst_json_print(value), "0123456789")] == '\0')
		max = mst_json_value_int(&root);
	if (max < (limit->zero_is_none ? 0 : 1) || max > MAX_LIMIT_COUNT)
		set_problem(eval, "max", psprintf("an integer from %d to %d", limit->zero_is_none ? 0 : 1,
										  MAX_LIMIT_COUNT), value);
	return (int32) max;
}

static void
eval_rate(LimitEval *eval, const ExprTemplate *template, SlotWant *want)
{
	Jsonb	   *value = limit_value(eval, template);

	if (value != NULL &&
		(mst_json_root(value).type != jbvString ||
		 !mst_rate_parse(mst_json_to_text(value), &want->rate, &want->window_s)))
		set_problem(eval, "rate", RATE_FORM, value);
}

/* Returns false if the key is null: then the limit does not apply. */
static bool
eval_key(LimitEval *eval, const ExprTemplate *template, SlotWant *want)
{
	Jsonb	   *value = limit_value(eval, template);

	if (value == NULL)
		return true;
	if (mst_json_is_null(value))
		return false;
	want->key = mst_json_to_text(value);
	if (pg_mbstrlen(want->key) > MAX_LIMIT_NAME)
		set_problem(eval, "key", psprintf("at most %d characters long", MAX_LIMIT_NAME),
					mst_json_text(psprintf("%.20s...", want->key)));
	return true;
}

/*
 * Returns which limit a name stands for in every project, or with NULL the
 * limit of that place in the definition.
 */
pg_uuid_t
mst_limit_identity(const LimitSource *source, int index, const char *name, const char *key)
{
	return mst_slot_limit_id(name != NULL ? psprintf("name\n%s", name) :
							 psprintf("%s\n%d", source->owner, index), key);
}

/* Returns what one limit wants; NULL: it does not apply, or is wrong. */
static SlotWant *
eval_limit(LimitEval *eval, int index)
{
	const LimitSpec *limit = &eval->source->limits[index];
	SlotWant   *want = palloc0(sizeof(SlotWant));

	if (!eval_key(eval, limit->key, want))
		return NULL;
	want->name = limit_name(eval, limit->name);
	want->max = limit_max(eval, limit);
	eval_rate(eval, limit->rate, want);
	if (eval->problem != NULL || (limit->zero_is_none && want->max == 0))
		return NULL;
	want->limit_id = mst_limit_identity(eval->source, index, want->name, want->key);

	/* the id counts; the key is for those who ask */
	if (want->key != NULL && eval->source->secrets != NULL)
		want->key = mst_secrets_seal_text(eval->source->secrets, want->key);
	return want;
}

/*
 * Returns whether the limit is in the list; one that a definition names is that
 * of an action no more.
 */
static bool
has_limit(List *wants, const SlotWant *want)
{
	ListCell   *lc;

	foreach(lc, wants)
	{
		SlotWant   *other = lfirst(lc);

		if (!mst_uuid_equal(&other->limit_id, &want->limit_id))
			continue;
		other->action = NULL;
		return true;
	}
	return false;
}

/* Returns whether nothing says how much the limit allows. */
static bool
is_unknown(const LimitSource *source, const SlotWant *want)
{
	SlotWant	stored = {{{0}}};

	return want->name != NULL && want->max == 0 && want->rate == 0 &&
		!source->is_simulated && !mst_limit_read(source->project, want->name, &stored);
}

/*
 * Adds what the limits want slots of (SlotWant *) to the list, each limit once.
 * Returns why one of them is wrong, or NULL.
 */
char *
mst_limits_eval(const LimitSource *source, ExprBindings *bindings, List **wants)
{
	LimitEval	eval = {source, bindings, NULL};

	for (int i = 0; i < source->n_limits && eval.problem == NULL; i++)
	{
		SlotWant   *want = eval_limit(&eval, i);

		if (want == NULL || has_limit(*wants, want))
			continue;
		if (is_unknown(source, want))
			eval.problem = psprintf("limit \"%s\" does not exist: create it with mistral.create_limit(), or give it max or rate",
									want->name);
		*wants = lappend(*wants, want);
	}
	return eval.problem;
}

/* Returns the tasks and executions (pg_uuid_t *) that wait for the execution's end. */
static List *
list_above(EngineCall *call, Execution *exec)
{
	List	   *ids = NIL;

	while (exec != NULL && !mst_uuid_is_none(&exec->row->parent_task_id))
	{
		Task	   *task = mst_call_task(call, &exec->row->parent_task_id);

		if (task == NULL)
			break;
		ids = lappend(ids, &task->id);
		ids = lappend(ids, &task->exec->id);
		exec = task->exec;
	}
	return ids;
}

/*
 * Returns whether as many of these (pg_uuid_t *) have a slot of the limit as may
 * have one, whoever else has one besides.
 */
static bool
is_held_by(const char *project, const SlotWant *want, List *holders)
{
	SlotWant	bounds = *want;

	if (bounds.name != NULL)
		(void) mst_limit_read(project, bounds.name, &bounds);
	return bounds.max > 0 && bounds.max <= list_length(holders) &&
		mst_slots_held_by(project, &bounds.limit_id, holders) >= bounds.max;
}

/*
 * Returns why a task of the execution, or the execution itself, would wait for
 * ever for what it wants (SlotWant *): all slots of a limit are with what waits
 * for it, whether that is the limit that it would wait for first or not.  NULL:
 * there is one that somebody else has, or will give back.
 */
char *
mst_limit_problem_above(EngineCall *call, Execution *exec, bool is_task, List *wants)
{
	List	   *above = list_above(call, exec);
	ListCell   *lc;

	if (is_task)
		above = lappend(above, &exec->id);
	if (above == NIL)
		return NULL;
	foreach(lc, wants)
	{
		const SlotWant *want = lfirst(lc);

		if (is_held_by(exec->row->project_id, want, above))
			return psprintf("%s%s%s%s%s is held by what waits for this to end",
							want->name != NULL ? "limit \"" : "the limit",
							want->name != NULL ? want->name : "", want->name != NULL ? "\"" : "",
							want->key != NULL ? " for key " : "", want->key != NULL ? want->key : "");
	}
	return NULL;
}
