/*-------------------------------------------------------------------------
 *
 * definitions_write.h
 *	  Storing, changing and deleting definitions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DEFINITION_DEFINITIONS_WRITE_H
#define MISTRAL_DEFINITION_DEFINITIONS_WRITE_H

#include "definition/definitions_find.h"
#include "dsl/definition.h"
#include "util/compat.h"

/* Who stores a definition, where, and who shall see it. */
typedef struct DefinitionPlace
{
	char	   *namespace;
	char	   *scope;			/* "private" or "public"; NULL: as it is */
	char	   *project;
} DefinitionPlace;

/* Refuses scopes that do not exist, and "public" of who may not use it. */
extern void mst_definition_check_scope(const char *scope);

/* Refuses a name with a space in it, or only one that is too long. */
extern void mst_definition_check_name(const char *name);
extern void mst_definition_check_length(const char *what, const char *text, int max);

/*
 * Refuses a definition that the user may see but not change.  "what" is the
 * reference's name of the resource.
 */
extern void mst_definition_check_owner(const char *what, const pg_uuid_t *id,
									   const char *owner, bool is_system);

/*
 * Stores a new workflow or action under the name, and returns its id.  Raises
 * an error when there is one of the name.
 */
extern pg_uuid_t mst_definition_insert(DefinitionTable table, const char *name,
									   const char *workbook,
									   const DefinitionItem *item,
									   const DefinitionPlace *place);

/*
 * Stores a workflow or action unless the project has one of that name: then
 * returns false.  "id" may be NULL.
 */
extern bool mst_definition_try_insert(DefinitionTable table, const char *name,
									  const char *workbook,
									  const DefinitionItem *item,
									  const DefinitionPlace *place,
									  pg_uuid_t *id);

/* Returns the project's own definition of exactly this name, or NULL. */
extern DefinitionRow *mst_definition_find_own(DefinitionTable table, const char *name,
											  const DefinitionPlace *place);

/*
 * Stores a workflow or action under the name, or gives the project's own of that
 * name a new version; returns its id.
 */
extern pg_uuid_t mst_definition_put(DefinitionTable table, const char *name,
									const char *workbook,
									const DefinitionItem *item,
									const DefinitionPlace *place);

/* Gives a workflow or action a new version, and perhaps a new name. */
extern void mst_definition_update(DefinitionTable table, const DefinitionRow *row,
								  const char *name, const char *workbook,
								  const DefinitionItem *item,
								  const DefinitionPlace *place);

/* Makes a workflow a draft, or publishes it; only its owner may. */
extern void mst_definition_set_draft(const DefinitionRow *row, bool is_draft);

/* Deletes a definition, and what belongs to it; versions stay for executions. */
extern void mst_definition_delete(DefinitionTable table, const DefinitionRow *row);

/* Stores or replaces a workbook with the workflows and actions in it. */
extern pg_uuid_t mst_workbook_insert(const Definition *definition,
									 const char *text,
									 const DefinitionPlace *place);
extern void mst_workbook_update(const DefinitionRow *row, const Definition *definition,
								const char *text, const DefinitionPlace *place);

/*
 * Deletes versions that were replaced or deleted longer ago than that and that
 * no execution uses; returns how many.
 */
extern int64 mst_definition_delete_retired(int64 seconds);

/* Raises "Duplicate entry for ..." */
extern void mst_definition_raise_duplicate(const char *what, const char *name,
										   const char *namespace,
										   const char *project) pg_attribute_noreturn();

#endif							/* MISTRAL_DEFINITION_DEFINITIONS_WRITE_H */
