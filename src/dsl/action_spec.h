/*-------------------------------------------------------------------------
 *
 * action_spec.h
 *	  Compiled definitions of actions: what the engine reads of them.
 *
 * They are built from the normalised JSON of a version and live as those of
 * workflows do (see spec.h).
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DSL_ACTION_SPEC_H
#define MISTRAL_DSL_ACTION_SPEC_H

/* A compiled value with expressions in it, see expr.h. */
struct ExprTemplate;

/* A declared parameter, see spec.h. */
struct InputSpec;

/* The runner of an action that a project has defined. */
typedef enum ActionKind
{
	ACTION_ADHOC,				/* another action, its base */
	ACTION_EXECUTOR,			/* executors of the project that owns it */
	ACTION_FUNCTION				/* a function of the database */
} ActionKind;

typedef struct ActionSpec
{
	ActionKind	kind;
	char	   *name;			/* full name, with the workbook's if any */
	char	   *project;		/* the owner's; set by who looks it up */
	bool		is_sync;		/* but for ad-hoc actions, which are as their
								 * base */
	bool		takes_any;		/* parameters that are not declared, too */
	char	   *base;			/* name of the base action; NULL but for
								 * ad-hoc ones */
	char	   *function;		/* of the database, with its parameter types */
	char	   *function_owner; /* role that it belonged to */
	struct ExprTemplate *base_input;	/* NULL: none */
	int			n_inputs;
	struct InputSpec *inputs;
	struct ExprTemplate *output;	/* NULL: the base's result as it is */
} ActionSpec;

extern ActionSpec *mst_spec_build_action(const char *name, const char *kind,
										 const char *spec_json);

#endif							/* MISTRAL_DSL_ACTION_SPEC_H */
