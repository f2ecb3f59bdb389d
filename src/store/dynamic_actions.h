/*-------------------------------------------------------------------------
 *
 * dynamic_actions.h
 *	  Reading rows of dynamic actions with their code sources.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_DYNAMIC_ACTIONS_H
#define MISTRAL_STORE_DYNAMIC_ACTIONS_H

#include "utils/jsonb.h"

extern Jsonb *mst_dynamic_action_read(const char *name, const char *namespace,
									  const char *project);

#endif							/* MISTRAL_STORE_DYNAMIC_ACTIONS_H */
