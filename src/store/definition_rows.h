/*-------------------------------------------------------------------------
 *
 * definition_rows.h
 *	  Writing rows of workflows, actions and workbooks, and their versions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_DEFINITION_ROWS_H
#define MISTRAL_STORE_DEFINITION_ROWS_H

#include "utils/jsonb.h"
#include "utils/uuid.h"

typedef enum DefinitionTable
{
	TABLE_WORKFLOWS,
	TABLE_ACTIONS,
	TABLE_WORKBOOKS
} DefinitionTable;

/* What a definition is stored with; what a table has no column for is unused. */
typedef struct DefinitionValues
{
	const char *name;
	const char *namespace;		/* of a new one; never changed */
	const char *project;		/* likewise */
	const char *scope;			/* NULL: private if new, else as it is */
	const char *workbook;		/* NULL: free-standing */
	const char *kind;			/* of a new action; never changed */
	Jsonb	   *tags;			/* or NULL */
	const char *text;			/* as written by the user */
	const char *spec;			/* its normalised JSON */
} DefinitionValues;

extern bool mst_definition_row_insert(DefinitionTable table, const pg_uuid_t *id,
									  const DefinitionValues *values);
extern bool mst_definition_row_update(DefinitionTable table, const pg_uuid_t *id,
									  const DefinitionValues *values);
extern bool mst_definition_row_is_taken(DefinitionTable table, const pg_uuid_t *id,
										const char *name, const char *namespace,
										const char *project);
extern void mst_definition_row_set_draft(const pg_uuid_t *id, bool is_draft);
extern void mst_definition_row_delete(DefinitionTable table, const pg_uuid_t *id);
extern void mst_definition_row_retire(DefinitionTable table, const pg_uuid_t *id);
extern int64 mst_definition_rows_expire(int64 seconds);

#endif							/* MISTRAL_STORE_DEFINITION_ROWS_H */
