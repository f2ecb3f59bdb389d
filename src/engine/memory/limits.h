/*-------------------------------------------------------------------------
 *
 * limits.h
 *	  Texts and values that the engine keeps: how large, and how spelled.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_MEMORY_LIMITS_H
#define MISTRAL_ENGINE_MEMORY_LIMITS_H

#include "utils/jsonb.h"
#include "utils/uuid.h"

/* a state_info is not made longer than this before it is cut */
#define STATE_INFO_ENOUGH 66000

/* NULL, or why the value is too large for the field of that name. */
extern char *mst_limit_check(const char *class, const char *field, const Jsonb *value);

/* An error if the value, or text, is too large for the field; NULL is not. */
extern void mst_limit_require(const char *class, const char *field, const Jsonb *value);
extern void mst_limit_require_text(const char *class, const char *field, const char *text);

/* The text, cut to the length of state_info if it is longer. */
extern char *mst_limit_state_info(char *info);

/* The text as result of an execution, cut so that it fits the size limit. */
extern char *mst_limit_message(char *message);

/* Text of a value in the notation of expressions: {'a': 1}, True, None. */
extern char *mst_python_text(const Jsonb *value);

/* What is said of an action that has raised an exception. */
extern char *mst_action_exception(const char *action, const pg_uuid_t *id,
								  const char *message);

#endif							/* MISTRAL_ENGINE_MEMORY_LIMITS_H */
