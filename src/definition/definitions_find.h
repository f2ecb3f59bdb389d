/*-------------------------------------------------------------------------
 *
 * definitions_find.h
 *	  Rows of definitions, for the functions that change them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DEFINITION_DEFINITIONS_FIND_H
#define MISTRAL_DEFINITION_DEFINITIONS_FIND_H

#include "store/definition_rows.h"
#include "store/store.h"

typedef struct DefinitionRow
{
	RowState	row;
	pg_uuid_t	id;
	pg_uuid_t	version_id;		/* none for workbooks */
	char	   *name;
	char	   *namespace;
	char	   *project_id;
	char	   *scope;
	char	   *kind;			/* of an action, else NULL */
	char	   *workbook_name;	/* or NULL */
	Jsonb	   *tags;			/* or NULL */
	bool		is_system;
	bool		is_draft;		/* of a workflow */
} DefinitionRow;

/*
 * Returns the definition that a name, in exactly this namespace, or an id
 * stands for in a project; see definitions.h for what a name finds.  NULL:
 * none.
 */
extern DefinitionRow *mst_definition_find(DefinitionTable table,
										  const char *identifier,
										  const char *namespace,
										  const char *project);

/*
 * Reads an identifier as an id: 32 digits with hyphens.  Returns false if it is
 * a name.
 */
extern bool mst_definition_parse_id(const char *text, pg_uuid_t *id);

#endif							/* MISTRAL_DEFINITION_DEFINITIONS_FIND_H */
