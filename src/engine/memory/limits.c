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
#include "util/guc.h"
#include "util/json.h"
#include "util/uuid.h"
#include "value/jsonb.h"
#include "value/text.h"

#define STATE_INFO_LENGTH 65500

char *
mst_limit_check(const char *class, const char *field, const Jsonb *value)
{
	int64		size_kb;

	if (mst_execution_field_size_limit < 0 || value == NULL)
		return NULL;
	size_kb = mst_json_text_size(value) / 1024;
	if (size_kb <= mst_execution_field_size_limit)
		return NULL;
	return psprintf("Field size limit exceeded [class=%s, field=%s, size=" INT64_FORMAT "KB, limit=%dKB]",
					class, field, size_kb, mst_execution_field_size_limit);
}

static char *
cut_text(char *text, int max)
{
	int			len = strlen(text);

	if (len <= max)
		return text;
	return psprintf("%.*s...", pg_mbcliplen(text, len, max - 3), text);
}

char *
mst_limit_state_info(char *info)
{
	return info == NULL ? NULL : cut_text(info, STATE_INFO_LENGTH);
}

char *
mst_limit_message(char *message)
{
	if (message == NULL || mst_execution_field_size_limit < 0)
		return message;

	/* room for the quotes, escapes and the key around it */
	return cut_text(message, Max(mst_execution_field_size_limit * 1024 - 1024, 256));
}

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
