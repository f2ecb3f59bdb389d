/*-------------------------------------------------------------------------
 *
 * definition.h
 *	  Texts of definitions: what is in them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DSL_DEFINITION_H
#define MISTRAL_DSL_DEFINITION_H

#include "dsl/report.h"

typedef enum DefinitionKind
{
	DEFINITION_WORKFLOWS,		/* a list of workflows */
	DEFINITION_ACTIONS,			/* a list of ad-hoc actions */
	DEFINITION_WORKBOOK
} DefinitionKind;

/* The kinds of actions, as they are stored; see ActionKind. */
#define MST_KIND_ADHOC		"adhoc"
#define MST_KIND_EXECUTOR	"executor"
#define MST_KIND_FUNCTION	"function"

/* A workflow or an action of a text. */
typedef struct DefinitionItem
{
	char	   *name;			/* as in the text, without the workbook's */
	bool		has_text_name;	/* else it is a number or the like */
	int			line;			/* of the name */
	int			column;
	char	   *definition;		/* the part of the text to keep for it */
	SpecNode   *spec;			/* checked and normalised */
	const char *kind;			/* of an action that is not ad-hoc, else NULL */
} DefinitionItem;

typedef struct Definition
{
	char	   *name;			/* of a workbook */
	SpecNode   *spec;			/* the whole text, normalised */
	List	   *workflows;		/* of DefinitionItem, in the order of the text */
	List	   *actions;
} Definition;

extern bool mst_definition_read(DefinitionKind kind, const char *text, int len,
								bool validate, SpecReport *report,
								Definition *result);
extern bool mst_definition_is_workbook(const char *text, int len);
extern char *mst_definition_input_text(const SpecNode *spec, bool as_json);
extern SpecNode *mst_definition_interface(const SpecNode *spec);

#endif							/* MISTRAL_DSL_DEFINITION_H */
