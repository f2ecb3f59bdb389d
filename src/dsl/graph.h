/*-------------------------------------------------------------------------
 *
 * graph.h
 *	  Tasks and the transitions between them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DSL_GRAPH_H
#define MISTRAL_DSL_GRAPH_H

#include "dsl/clause.h"

/*
 * The transitions between the tasks of a direct workflow, with the defaults
 * applied.  A task's index is that of its entry in the mapping "tasks".
 * Targets that are no tasks do not show up in "inbound".
 */
typedef struct TaskGraph
{
	const SpecNode *tasks;
	ClauseText	(*clauses)[N_CLAUSES];
	int		   *n_inbound;
	int		  **inbound;		/* distinct tasks, in the order of the text */
} TaskGraph;

extern void mst_graph_build(const SpecNode *tasks, const SpecNode *defaults,
							TaskGraph *graph);
extern SpecNode *mst_graph_requires(const SpecNode *task, const char *name,
									const SpecNode *defaults);
extern int	mst_graph_find_task(const SpecNode *tasks, const char *name);
extern SpecNode *mst_graph_describe(const char *name, const SpecNode *workflow);
extern bool mst_check_direct_graph(SpecContext *cxt, const SpecNode *workflow);
extern bool mst_check_reverse_graph(SpecContext *cxt, const SpecNode *workflow);

#endif							/* MISTRAL_DSL_GRAPH_H */
