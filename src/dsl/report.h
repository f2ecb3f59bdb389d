/*-------------------------------------------------------------------------
 *
 * report.h
 *	  What is wrong with a definition, and what is merely suspicious.
 *
 * Checking stops at the first error.  Errors and warnings are values: only
 * mst_spec_raise() makes an ereport of one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DSL_REPORT_H
#define MISTRAL_DSL_REPORT_H

#include "nodes/pg_list.h"

#include "tree/node.h"
#include "util/compat.h"

typedef struct SpecMessage
{
	int			sqlstate;		/* 0 for a warning */
	char	   *message;
	char	   *path;			/* "workflow \"a\", task \"b\",
								 * on-success[2]"; or NULL */
	char	   *hint;			/* or NULL */
	int			line;			/* from 1; 0: unknown */
	int			column;
} SpecMessage;

typedef struct SpecReport
{
	SpecMessage *error;			/* NULL: none */
	List	   *warnings;		/* of SpecMessage, in the order of the text */
} SpecReport;

extern void mst_spec_raise(const SpecReport *report) pg_attribute_noreturn();
extern void mst_spec_report_sort(SpecReport *report);
extern Jsonb *mst_spec_report_jsonb(const SpecReport *report);
extern const char *mst_spec_suggest(const char *name, const char *const *candidates);
extern const char *mst_spec_suggest_key(const char *name, const SpecNode *map);

#endif							/* MISTRAL_DSL_REPORT_H */
