/*-------------------------------------------------------------------------
 *
 * clause.h
 *	  On-clauses: what a task leads to.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DSL_CLAUSE_H
#define MISTRAL_DSL_CLAUSE_H

#include "dsl/check.h"

/* The four events in the order of mst_clause_names. */
#define N_CLAUSES 4
extern const char *const mst_clause_names[N_CLAUSES];	/* "on-success", ... */

/* "noop", ..., NULL */
extern const char *const mst_clause_commands[];

extern bool mst_clause_is_command(const char *name);

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
extern void mst_clause_parse(const SpecNode *node, ClauseText *result);

#endif							/* MISTRAL_DSL_CLAUSE_H */
