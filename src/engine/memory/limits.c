/*-------------------------------------------------------------------------
 *
 * limits.c
 *	  Texts and values that the engine keeps: how large, and how spelled.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "engine/memory/limits.h"
#include "expr/expr.h"
#include "util/errors.h"
#include "util/guc.h"
#include "util/json.h"
#include "util/uuid.h"
#include "value/jsonb.h"
#include "value/text.h"

#define STATE_INFO_LENGTH 65500

static char *
size_problem(const char *class, const char *field, int64 size)
{
	int64		size_kb = size / 1024;

	if (mst_execution_field_size_limit < 0 || size_kb <= mst_execution_field_size_limit)
		return NULL;
	return psprintf("Field size limit exceeded [class=%s, field=%s, size=" INT64_FORMAT "KB, limit=%dKB]",
					class, field, size_kb, mst_execution_field_size_limit);
}

/* Returns NULL, or why the value is too large for the field of that name. */
char *
mst_limit_check(const char *class, const char *field, const Jsonb *value)
{
	if (mst_execution_field_size_limit < 0 || value == NULL)
		return NULL;
	return size_problem(class, field, mst_json_text_size(value));
}

static void
raise_limit(const char *problem)
{
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_SIZE_LIMIT),
				 errmsg("%s", problem)));
}

/*
 * Raises an error when the value is too large for the field of that name; NULL
 * is not.
 */
void
mst_limit_require(const char *class, const char *field, const Jsonb *value)
{
	raise_limit(mst_limit_check(class, field, value));
}

/*
 * Raises an error when the text is too large for the field of that name; NULL
 * is not.
 */
void
mst_limit_require_text(const char *class, const char *field, const char *text)
{
	if (text != NULL)
		raise_limit(size_problem(class, field, strlen(text)));
}

static char *
cut_text(char *text, int max)
{
	int			len = strlen(text);

	if (len <= max)
		return text;
	return psprintf("%.*s...", pg_mbcliplen(text, len, max - 3), text);
}

/* Returns the text, cut to the length of state_info if it is longer. */
char *
mst_limit_state_info(char *info)
{
	return info == NULL ? NULL : cut_text(info, STATE_INFO_LENGTH);
}

/*
 * Returns the text as result of an execution, cut so that it fits the size
 * limit.
 */
char *
mst_limit_message(char *message)
{
	if (message == NULL || mst_execution_field_size_limit < 0)
		return message;

	/* room for the quotes, escapes and the key around it */
	return cut_text(message, Max(mst_execution_field_size_limit * 1024 - 1024, 256));
}

/*
 * Returns the text of a value in the notation of expressions: {'a': 1}, True,
 * None.
 */
char *
mst_python_text(const Jsonb *value)
{
	EvalContext cxt = {0};
	ExprValue	item = mst_value_from_jsonb(value);
	StringInfoData text;

	cxt.mcxt = CurrentMemoryContext;
	mst_expr_limits_from_settings(&cxt.limits);
	cxt.steps_left = cxt.limits.max_steps;
	initStringInfo(&text);
	if (!mst_value_append_text(&cxt, &text, &item, EXPR_TEXT_THAWED))
		return mst_json_print(value);
	return text.data;
}

/* Returns "The action raised an exception [action=..., ...]". */
char *
mst_action_exception(const char *action, const pg_uuid_t *id, const char *message)
{
	return psprintf("The action raised an exception [action=%s, action_ex_id=%s, msg='%s']",
					action,
					mst_uuid_text(id),
					message);
}
