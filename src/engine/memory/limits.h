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

extern char *mst_limit_check(const char *class, const char *field, const Jsonb *value);

extern void mst_limit_require(const char *class, const char *field, const Jsonb *value);
extern void mst_limit_require_text(const char *class, const char *field, const char *text);

extern char *mst_limit_state_info(char *info);

extern char *mst_limit_message(char *message);

extern char *mst_python_text(const Jsonb *value);

/* Returns the text for an action that has raised an exception, palloc'd. */
extern char *mst_action_exception(const char *action, const pg_uuid_t *id,
								  const char *message);

#endif							/* MISTRAL_ENGINE_MEMORY_LIMITS_H */
