/*-------------------------------------------------------------------------
 *
 * lint.h
 *	  Warnings of what is legal but hardly meant.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DSL_LINT_H
#define MISTRAL_DSL_LINT_H

#include "dsl/graph.h"

extern void mst_lint_graph(SpecContext *cxt, const TaskGraph *graph);
extern void mst_lint_variables(SpecContext *cxt, const SpecNode *workflow);
extern void mst_lint_expressions(SpecContext *cxt, const SpecNode *item);

#endif							/* MISTRAL_DSL_LINT_H */
