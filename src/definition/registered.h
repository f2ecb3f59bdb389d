/*-------------------------------------------------------------------------
 *
 * registered.h
 *	  Storing the actions that executors run.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DEFINITION_REGISTERED_H
#define MISTRAL_DEFINITION_REGISTERED_H

#include "definition/definitions_write.h"
#include "dsl/described.h"

extern pg_uuid_t mst_registered_put(const ActionDescription *description,
									const DefinitionPlace *place, bool or_replace);
extern void mst_registered_announce(List *descriptions, const char *project);
extern Jsonb *mst_registered_description(const DefinitionRow *row);

#endif							/* MISTRAL_DEFINITION_REGISTERED_H */
