/*-------------------------------------------------------------------------
 *
 * check.h
 *	  Checking definitions: what the files check*.c share.
 *
 * A check takes a node and returns whether it is right; when it is not, the
 * first error is in the report.  Checks also normalise: they complete the tree
 * they look at.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DSL_CHECK_H
#define MISTRAL_DSL_CHECK_H

#include "dsl/report.h"
#include "util/errors.h"

/* deepest path from a text to one of its values that is told apart */
#define MAX_PATH_STEPS 16

typedef struct PathStep
{
	const char *kind;			/* "workflow", "task"; NULL: attribute or item */
	const char *name;			/* NULL: item of a list */
	int			index;			/* of an item, from 1 */
} PathStep;

typedef struct SpecContext
{
	SpecReport *report;
	bool		validate;		/* false: check only what build.c relies on */
	int			n_steps;
	PathStep	steps[MAX_PATH_STEPS];
} SpecContext;

typedef bool (*AttributeCheck) (SpecContext *cxt, SpecNode *node);

/* An attribute of an entity. */
typedef struct AttributeRule
{
	const char *name;
	AttributeCheck check;		/* NULL: anything goes */
} AttributeRule;

/* ---- path, errors, warnings (check.c) ---- */

extern void mst_check_enter(SpecContext *cxt, const char *kind, const char *name);
extern void mst_check_enter_item(SpecContext *cxt, int index);
extern void mst_check_leave(SpecContext *cxt);

/* Report an error, and return false. */
extern bool mst_check_fail(SpecContext *cxt, const SpecNode *at, int sqlstate,
						   const char *fmt,...) pg_attribute_printf(4, 5);

/*
 * Same for a part that has not the form it must have: class InvalidModel, and
 * the message begins with "Invalid DSL: ".
 */
extern bool mst_check_invalid(SpecContext *cxt, const SpecNode *at,
							  const char *fmt,...) pg_attribute_printf(3, 4);

/* Add a hint to the error reported last; returns false. */
extern bool mst_check_hint(SpecContext *cxt, const char *fmt,...) pg_attribute_printf(2, 3);

/* Add "did you mean" to it, if there is a suggestion; returns false. */
extern bool mst_check_hint_name(SpecContext *cxt, const char *suggestion);

extern void mst_check_warn(SpecContext *cxt, const SpecNode *at,
						   const char *fmt,...) pg_attribute_printf(3, 4);
extern void mst_check_warn_hint(SpecContext *cxt, const char *fmt,...) pg_attribute_printf(2, 3);

/* ---- the vocabulary of language.md, section 2 (check.c) ---- */

extern bool mst_check_name(SpecContext *cxt, SpecNode *node);	/* NES */
extern bool mst_check_version(SpecContext *cxt, SpecNode *node);
extern bool mst_check_names(SpecContext *cxt, SpecNode *node);	/* USL */
extern bool mst_check_name_or_names(SpecContext *cxt, SpecNode *node);
extern bool mst_check_mapping(SpecContext *cxt, SpecNode *node);	/* MAP1 */
extern bool mst_check_mapping_or_text(SpecContext *cxt, SpecNode *node);
extern bool mst_check_inputs(SpecContext *cxt, SpecNode *node);
extern bool mst_check_json(SpecContext *cxt, SpecNode *node);	/* ANYN */
extern bool mst_check_expression(SpecContext *cxt, SpecNode *node); /* EXPR */
extern bool mst_check_count(SpecContext *cxt, SpecNode *node);	/* EXPR or INT0 */
extern bool mst_check_flag(SpecContext *cxt, SpecNode *node);	/* EXPR or boolean */

/* Check the syntax of expressions: a string, or those one level below. */
extern bool mst_check_syntax(SpecContext *cxt, const SpecNode *node);

/* MAP1 with syntax. */
extern bool mst_check_template(SpecContext *cxt, SpecNode *node);

/*
 * Check every attribute of a mapping by the rule of its name; "what" names
 * the entity.  Unknown attributes are errors, or warnings.
 */
extern bool mst_check_attributes(SpecContext *cxt, SpecNode *map,
								 const char *what,
								 const AttributeRule *rules, int n_rules,
								 bool allow_unknown);

/* Rules for what task-defaults and publish may have without any effect. */
#define UNUSED_ATTRIBUTES \
	{"name", mst_check_name}, \
	{"version", mst_check_version}, \
	{"description", mst_check_name}

extern void mst_check_warn_unused(SpecContext *cxt, const SpecNode *map, const char *what);

/* Check an attribute, if it is there. */
extern bool mst_check_optional(SpecContext *cxt, SpecNode *map, const char *name,
							   AttributeCheck check);

/* Answers whether the node is of the form EXPR, or an integer >= 0. */
extern bool mst_is_count_node(const SpecNode *node);

/* ---- characters (charclass.c) ---- */

/* Length in bytes of the character at p if it is of the class, else 0. */
extern int	mst_word_char(const char *p, const char *end);
extern int	mst_space_char(const char *p, const char *end);
extern int	mst_digit_char(const char *p, const char *end);

/* Is the text made of word characters only, at least one? */
extern bool mst_is_plain_word(const char *text, int len);

extern bool mst_is_uuid_like(const char *text);

/* End of the expression that begins at p (on one line), or NULL. */
extern const char *mst_expression_end(const char *p, const char *end);

/* ---- one-line forms (shorthand.c) ---- */

/* A text with parameters, taken apart (language.md, section 5). */
typedef struct InlineText
{
	char	   *command;
	SpecNode   *params;			/* mapping, or NULL when there is none */
} InlineText;

/* Parse; false when the text does not begin with a name. */
extern bool mst_inline_parse(const SpecNode *text, InlineText *result);

/*
 * Check the attribute "name" of a mapping.  Its parameters are merged into
 * the attribute "input_name" where there is one, and win; the text stays.
 */
extern bool mst_inline_check(SpecContext *cxt, SpecNode *map, const char *name,
							 const char *input_name);

/*
 * The command in the attribute "name" of a checked mapping, NULL without one,
 * and the whole input, NULL without one.
 */
extern char *mst_inline_split(const SpecNode *map, const char *name,
							  const char *input_name, const SpecNode **input);

/* One entry of with-items. */
typedef struct ItemsText
{
	char	   *variable;
	SpecNode   *source;			/* string: expression; else a list */
	bool		has_rest;		/* text behind it is ignored */
} ItemsText;

extern bool mst_items_parse(const SpecNode *text, ItemsText *result);

/* ---- on-clauses (clause.c) ---- */

/* A target of an on-clause. */
typedef struct TargetText
{
	const SpecNode *at;
	char	   *name;
	SpecNode   *params;			/* mapping, or NULL */
	SpecNode   *guard;			/* string, or NULL */
} TargetText;

typedef struct ClauseText
{
	const SpecNode *at;			/* NULL: no such clause */
	bool		is_default;		/* the targets are those of task-defaults */
	int			n_targets;
	TargetText *targets;
	SpecNode   *publish;		/* mapping of scopes, or NULL */
} ClauseText;

extern bool mst_check_clause(SpecContext *cxt, SpecNode *node);

/* Take a clause apart that has been checked; NULL gives an empty one. */
extern void mst_clause_parse(const SpecNode *node, ClauseText *result);

/* ---- tasks and their graph ---- */

/* The four events in the order of mst_clause_names. */
#define N_CLAUSES 4
extern const char *const mst_clause_names[N_CLAUSES];	/* "on-success", ... */

/*
 * The transitions between the tasks of a direct workflow, with the defaults
 * applied.  A task's index is that of its entry in the mapping "tasks".
 * Targets that are no tasks do not show up in "inbound".
 */
typedef struct TaskGraph
{
	const SpecNode *tasks;
	ClauseText (*clauses)[N_CLAUSES];
	int		   *n_inbound;
	int		  **inbound;		/* distinct tasks, in the order of the text */
} TaskGraph;

extern void mst_graph_build(const SpecNode *tasks, const SpecNode *defaults,
							TaskGraph *graph);

/*
 * What a task of a reverse workflow requires: own names and the defaults'
 * but for itself, each once; a list of strings.
 */
extern SpecNode *mst_graph_requires(const SpecNode *task, const char *name,
									const SpecNode *defaults);

/* "noop", ..., NULL */
extern const char *const mst_engine_commands[];

/* Is this the name of an engine command? */
extern bool mst_is_engine_command(const char *name);

/* The task's index, or -1. */
extern int	mst_graph_find_task(const SpecNode *tasks, const char *name);

extern bool mst_check_task(SpecContext *cxt, SpecNode *name, SpecNode *task, bool is_reverse);
extern bool mst_check_task_defaults(SpecContext *cxt, SpecNode *node);

/* The policy as a mapping, where it was written on one line; else as it is. */
extern const SpecNode *mst_expand_retry(const SpecNode *node);

/* Checks over all tasks. */
extern bool mst_check_direct_graph(SpecContext *cxt, const SpecNode *workflow);
extern bool mst_check_reverse_graph(SpecContext *cxt, const SpecNode *workflow);

/*
 * Warn of what is legal but hardly meant: tasks that nothing leads to, joins
 * that cannot complete, tasks hidden behind an engine command, variables
 * that are read but never set, expressions that YAML or a line end has torn
 * (lint.c).
 */
extern void mst_advise_graph(SpecContext *cxt, const TaskGraph *graph);
extern void mst_advise_variables(SpecContext *cxt, const SpecNode *workflow);
extern void mst_advise_expressions(SpecContext *cxt, const SpecNode *item);

/* ---- entities ---- */

/* Check and normalise one workflow or action; adds name and version. */
extern bool mst_check_workflow(SpecContext *cxt, const SpecNode *name, SpecNode *node);
extern bool mst_check_action(SpecContext *cxt, const SpecNode *name, SpecNode *node);

#endif							/* MISTRAL_DSL_CHECK_H */
