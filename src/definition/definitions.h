/*-------------------------------------------------------------------------
 *
 * definitions.h
 *	  Looking up definitions: by name for a start, by version for the rest.
 *
 * Names are looked up in the caller's statement snapshot, in this order: the
 * project's own definition, then a public one, then one that was shared with
 * the project and accepted; the oldest of several.  A project is the name of a
 * role, and of the execution that the name is looked up for: what the caller
 * sees besides makes no difference.  Only an id finds all that the project's
 * role may read, as a member of other roles or as an administrator.
 *
 * Compiled definitions are kept per backend.  A version never changes, so an
 * entry is never wrong; the number of entries is bounded by the setting
 * mistral.definition_cache_size.  Entries are dropped only by
 * mst_definition_cache_trim(), which the engine calls at the end of an
 * outermost call: until then every specification returned stays valid.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DEFINITION_DEFINITIONS_H
#define MISTRAL_DEFINITION_DEFINITIONS_H

#include "dsl/action_spec.h"
#include "dsl/spec.h"
#include "utils/jsonb.h"
#include "utils/uuid.h"

/* A workflow definition found, with its newest version. */
typedef struct WorkflowRef
{
	pg_uuid_t	definition_id;
	pg_uuid_t	version_id;
	char	   *name;
	char	   *namespace;
	char	   *workbook_name;	/* NULL: free-standing */
	char	   *project_id;		/* the owner's */
	Jsonb	   *tags;			/* array, or NULL */
	bool		is_draft;
} WorkflowRef;

/*
 * Finds a workflow by name in exactly this namespace, or by id.  The members
 * of *ref are allocated in CurrentMemoryContext.
 */
extern bool mst_definition_find_workflow(const char *identifier,
										 const char *namespace,
										 const char *project,
										 WorkflowRef *ref);

/*
 * Finds the workflow a task calls: "<workbook>.<name>" (workbook may be NULL),
 * then "<name>", each in the namespace, then in the default one.
 */
extern bool mst_definition_resolve_subworkflow(const char *name,
											   const char *workbook,
											   const char *namespace,
											   const char *project,
											   WorkflowRef *ref);

/*
 * Returns the compiled workflow of a version; raises an error when there is
 * none.
 */
extern const WorkflowSpec *mst_definition_workflow_spec(const pg_uuid_t *version_id);

/*
 * Returns the normalised JSON of a version, palloc'd; NULL when there is none.
 */
extern char *mst_definition_workflow_spec_json(const pg_uuid_t *version_id);
extern char *mst_definition_action_spec_json(const pg_uuid_t *version_id);

/*
 * Finds an action of any kind: "<workbook>.<name>" (workbook may be NULL), then
 * "<name>", each in the namespace, then in the default one.  NULL: none.
 */
extern const ActionSpec *mst_definition_find_action(const char *name,
													const char *workbook,
													const char *namespace,
													const char *project);

/* A SQL function that expressions call by a name. */
typedef struct FunctionRef
{
	char	   *name;
	char	   *signature;		/* "shop.locate(text)" */
	char	   *function_owner; /* role that it belonged to */
} FunctionRef;

/*
 * Finds the function that expressions of the project call by a name: its own,
 * else a public one.  In CurrentMemoryContext; NULL: none.
 */
extern FunctionRef *mst_definition_find_function(const char *name, const char *project);

/*
 * Gets the variables of a stored environment into CurrentMemoryContext; false
 * when there is none of the name.
 */
extern bool mst_definition_environment(const char *name, const char *project,
									   Jsonb **variables);

/*
 * Keeps every entry while the memory context lives: engine calls nest where a
 * query of std.sql makes another one.
 */
extern void mst_definition_cache_hold(MemoryContext cxt);

/* Drops entries beyond the bound, unless somebody holds them. */
extern void mst_definition_cache_trim(void);

#endif							/* MISTRAL_DEFINITION_DEFINITIONS_H */
