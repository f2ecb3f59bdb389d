/*-------------------------------------------------------------------------
 *
 * functions.c
 *	  Mistral's own functions, registered in both languages.
 *
 * They are rows of a table with the names of their parameters, which each
 * language turns into its own: YAQL writes them in camel case.  Functions
 * about executions and tasks ask callbacks that the caller of the
 * evaluation has set, since this room knows no tables; without them env()
 * and global() read the data context and the others fail.
 *
 * json_dump(), yaml_dump() and their like give the text that Python's
 * libraries give, because workflows compare and parse it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lang/language.h"
#include "value/external.h"
#include "value/iteration.h"
#include "value/json_text.h"
#include "value/make.h"
#include "value/string.h"
#include "value/yaml_value.h"

/* ---- what the database holds ---- */

static const ExprCallbacks *
callbacks_of(EvalContext *cxt)
{
	static const ExprCallbacks none;

	return cxt->bindings->callbacks != NULL ? cxt->bindings->callbacks : &none;
}

/*
 * Checks what a callback has given.  Its containers are plain also in YAQL,
 * where those of the data context are frozen: task().result = [1] is false.
 */
static bool
take_result(EvalContext *cxt, bool ok, ExprError *error)
{
	if (!ok && cxt->error == NULL)
		cxt->error = error != NULL ? error :
			mst_expr_error(cxt->error_class, "Error", "could not read the database");
	return ok;
}

static bool
fail_outside(EvalContext *cxt, const char *name)
{
	return mst_expr_fail(cxt, "ValueError",
						 "%s() can be used only in a workflow", name);
}

static bool
call_task(EvalContext *cxt, const ExprValue *args, ExprValue *result)
{
	const ExprCallbacks *cb = callbacks_of(cxt);
	const ExprValue *name = &args[0];
	ExprError  *error = NULL;
	bool		ok;

	if (cb->task == NULL)
		return fail_outside(cxt, "task");
	if (name->kind == EXPR_STRING)
		ok = cb->task(cxt->bindings->callback_state, name->u.string, name->len, result, &error);
	else if (!mst_value_is_true(name))
		ok = cb->task(cxt->bindings->callback_state, NULL, 0, result, &error);
	else
	{
		*result = mst_value_null();
		return true;
	}
	return take_result(cxt, ok, error);
}

static bool
call_tasks(EvalContext *cxt, const ExprValue *args, ExprValue *result)
{
	const ExprCallbacks *cb = callbacks_of(cxt);
	ExprTasksFilter filter;
	ExprError  *error = NULL;

	if (cb->tasks == NULL)
		return fail_outside(cxt, "tasks");
	filter.workflow_execution_id = args[0];
	filter.is_recursive = mst_value_is_true(&args[1]);
	filter.state = args[2];
	filter.is_flat = mst_value_is_true(&args[3]);
	return take_result(cxt, cb->tasks(cxt->bindings->callback_state, &filter, result, &error), error);
}

static bool
call_execution(EvalContext *cxt, const ExprValue *args, ExprValue *result)
{
	const ExprCallbacks *cb = callbacks_of(cxt);
	ExprError  *error = NULL;

	if (cb->execution == NULL)
		return fail_outside(cxt, "execution");
	return take_result(cxt, cb->execution(cxt->bindings->callback_state, result, &error), error);
}

static bool
call_executions(EvalContext *cxt, const ExprValue *args, ExprValue *result)
{
	const ExprCallbacks *cb = callbacks_of(cxt);
	ExprExecutionsFilter filter;
	ExprError  *error = NULL;

	if (cb->executions == NULL)
		return fail_outside(cxt, "executions");
	filter.id = args[0];
	filter.root_execution_id = args[1];
	filter.state = args[2];
	filter.from_time = args[3];
	filter.to_time = args[4];
	return take_result(cxt, cb->executions(cxt->bindings->callback_state, &filter, result, &error), error);
}

static bool
call_global(EvalContext *cxt, const ExprValue *args, ExprValue *result)
{
	const ExprCallbacks *cb = callbacks_of(cxt);
	const ExprValue *name = &args[0];
	ExprError  *error = NULL;

	if (cb->global == NULL)
		return fail_outside(cxt, "global");
	*result = mst_value_null();
	if (name->kind != EXPR_STRING)
		return true;
	return take_result(cxt, cb->global(cxt->bindings->callback_state, name->u.string, name->len,
									   result, &error), error);
}

static bool
call_env(EvalContext *cxt, const ExprValue *args, ExprValue *result)
{
	const ExprCallbacks *cb = callbacks_of(cxt);
	ExprError  *error = NULL;
	bool		found;

	if (cb->env != NULL)
		return take_result(cxt, cb->env(cxt->bindings->callback_state, result, &error), error);
	if (!mst_expr_data_get(cxt, "__env", result, &found))
		return false;
	if (found)
		return mst_value_thaw(cxt, result, result);
	if (cxt->error_class == EXPR_ERROR_JINJA_EVALUATION)
		return mst_expr_fail(cxt, "KeyError", "'__env'");
	*result = mst_value_null();
	return true;
}

/* ---- text forms ---- */

static bool
call_uuid(EvalContext *cxt, const ExprValue *args, ExprValue *result)
{
	uint8		b[16];
	StringInfoData buf;
	int			i;

	if (!pg_strong_random(b, sizeof(b)))
		return mst_expr_fail(cxt, "OSError", "could not generate random values");
	b[6] = (b[6] & 0x0F) | 0x40;
	b[8] = (b[8] & 0x3F) | 0x80;
	mst_text_init(&buf);
	for (i = 0; i < 16; i++)
		appendStringInfo(&buf, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", b[i]);
	*result = mst_value_string_from(&buf);
	return true;
}

static const ExprJsonStyle dump_style = {
	.indent = 4,
	.item_separator = ",",
	.key_separator = ": "
};

static bool
call_json_dump(EvalContext *cxt, const ExprValue *args, ExprValue *result)
{
	StringInfoData buf;

	mst_text_init(&buf);
	if (!mst_value_json_dump(cxt, &buf, &args[0], &dump_style))
		return false;
	*result = mst_value_string_from(&buf);
	return true;
}

static bool
call_json_parse(EvalContext *cxt, const ExprValue *args, ExprValue *result)
{
	return mst_value_json_parse(cxt, &args[0], result);
}

/* json_dump with the line feeds within strings as real ones. */
static bool
call_json_pp(EvalContext *cxt, const ExprValue *args, ExprValue *result)
{
	const ExprValue *data = &args[0];
	ExprValue	escape = mst_value_cstring("\\n");
	ExprValue	line_feed = mst_value_cstring("\n");
	ExprValue	blank_line_feed = mst_value_cstring(" \n");

	if (!mst_value_is_true(data))
	{
		/* YAQL's context object refers to itself */
		if (cxt->error_class == EXPR_ERROR_YAQL_EVALUATION)
			return mst_expr_fail(cxt, "ValueError", "Circular reference detected");
		data = &cxt->data;
	}
	return call_json_dump(cxt, data, result) &&
		mst_string_replace(cxt, result, &escape, &line_feed, -1, result) &&
		mst_string_replace(cxt, result, &blank_line_feed, &line_feed, -1, result);
}

static bool
call_yaml_dump(EvalContext *cxt, const ExprValue *args, ExprValue *result)
{
	StringInfoData buf;

	mst_text_init(&buf);
	if (!mst_value_yaml_dump(cxt, &buf, &args[0]))
		return false;
	*result = mst_value_string_from(&buf);
	return true;
}

static bool
call_yaml_parse(EvalContext *cxt, const ExprValue *args, ExprValue *result)
{
	return mst_value_yaml_parse(cxt, &args[0], result);
}

/* ---- the table ---- */

const ExprFunction mst_expr_functions[] = {
	{"env", "", call_env},
	{"execution", "", call_execution},
	{"executions",
		"id:any?=null root_execution_id:any?=null state:any?=null from_time:any?=null to_time:any?=null",
	call_executions},
	{"global", "var_name:any?", call_global},
	{"json_dump", "data:any?", call_json_dump},
	{"json_parse", "data:any?", call_json_parse},
	{"json_pp", "data:any?=null", call_json_pp},
	{"task", "task_name:any?=null", call_task},
	{"tasks", "workflow_execution_id:any?=null recursive:bool=false state:any?=null flat:bool=false",
	call_tasks},
	{"uuid", "", call_uuid},
	{"yaml_dump", "data:any?", call_yaml_dump},
	{"yaml_parse", "data:any?", call_yaml_parse},
	{NULL}
};

StaticAssertDecl(lengthof(mst_expr_functions) <= EXPR_MAX_FUNCTIONS,
				 "EXPR_MAX_FUNCTIONS is too small");

/* Returns the one of that name, or NULL. */
const ExprFunction *
mst_expr_function_find(const char *name, int len)
{
	const ExprFunction *f;

	for (f = mst_expr_functions; f->name != NULL; f++)
	{
		if (strncmp(f->name, name, len) == 0 && f->name[len] == '\0')
			return f;
	}
	return NULL;
}

/* ---- functions of the surroundings ---- */

/*
 * Returns what the caller of the evaluation has under a name that is none of
 * the language's; NULL when there is nothing.
 */
const void *
mst_expr_find_outside(EvalContext *cxt, const char *name, int len)
{
	const ExprCallbacks *cb = callbacks_of(cxt);

	return cb->find_function == NULL ? NULL :
		cb->find_function(cxt->bindings->callback_state, cxt, name, len);
}

/* Calls what mst_expr_find_outside() has found. */
bool
mst_expr_call_outside(EvalContext *cxt, const void *function, const ExprArguments *args,
					  ExprValue *result)
{
	return callbacks_of(cxt)->call_function(cxt->bindings->callback_state, cxt, function, args, result);
}

/* ---- suggestions ---- */

#define MAX_SUGGEST_LENGTH	40

/* Edit distance, case not counted, up to `limit`. */
static int
edit_distance(const char *a, int alen, const char *b, int blen, int limit)
{
	int			row[MAX_SUGGEST_LENGTH + 1];
	int			i;
	int			j;

	for (j = 0; j <= blen; j++)
		row[j] = j;
	for (i = 1; i <= alen; i++)
	{
		int			diagonal = row[0];
		int			best = row[0] = i;

		for (j = 1; j <= blen; j++)
		{
			int			above = row[j];
			bool		same = pg_tolower((unsigned char) a[i - 1]) == pg_tolower((unsigned char) b[j - 1]);

			row[j] = Min(Min(row[j - 1], above) + 1, diagonal + (same ? 0 : 1));
			diagonal = above;
			best = Min(best, row[j]);
		}
		if (best > limit)
			return limit + 1;
	}
	return row[blen];
}

/*
 * Returns the candidate closest to a misspelt name (for "did you mean"), or
 * NULL when none is near.
 */
const char *
mst_expr_suggest(const char *name, int len, const char *const *candidates, int ncandidates)
{
	const char *best = NULL;
	int			best_distance = Min(len / 3 + 1, 3) + 1;
	int			i;

	if (len > MAX_SUGGEST_LENGTH)
		return NULL;
	for (i = 0; i < ncandidates; i++)
	{
		int			candidate_len = (int) strlen(candidates[i]);
		int			distance;

		if (candidate_len > MAX_SUGGEST_LENGTH || abs(candidate_len - len) >= best_distance)
			continue;
		distance = edit_distance(name, len, candidates[i], candidate_len, best_distance - 1);
		if (distance < best_distance)
		{
			best_distance = distance;
			best = candidates[i];
		}
	}
	return best;
}
