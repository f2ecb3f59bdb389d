/*-------------------------------------------------------------------------
 *
 * dynamic.h
 *	  Dynamic actions: names with a program in a code source.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DEFINITION_DYNAMIC_H
#define MISTRAL_DEFINITION_DYNAMIC_H

/* A dynamic action with the newest version of its source. */
typedef struct DynamicAction
{
	char	   *name;
	char	   *class_name;
	char	   *source_name;
	char	   *language;
	char	   *content;
} DynamicAction;

extern const DynamicAction *mst_dynamic_find(const char *name, const char *namespace,
											 const char *project);
extern char *mst_dynamic_problem(const DynamicAction *action);
extern char *mst_dynamic_script(const DynamicAction *action);

#endif							/* MISTRAL_DEFINITION_DYNAMIC_H */
