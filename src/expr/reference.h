/*-------------------------------------------------------------------------
 *
 * reference.h
 *	  What the functions of the languages do, for people.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_EXPR_REFERENCE_H
#define MISTRAL_EXPR_REFERENCE_H

#include "lang/language.h"

/* One entry of the texts in reference/; it may describe several overloads. */
typedef struct ExprReference
{
	const char *language;		/* "yaql", "jinja", "both" */
	const char *topic;
	const char *usage;			/* ExprBuiltin.usage of what it describes */
	const char *description;
	const char *examples;		/* lines: an expression, then its result, ... */
} ExprReference;

/* What is said at the head of a topic. */
typedef struct ExprTopic
{
	const char *topic;
	const char *introduction;
} ExprTopic;

/* Gets a builtin, an entry, or both where the entry describes the builtin. */
typedef void (*ExprReferenceSink) (void *arg, const char *language, const ExprBuiltin *builtin,
								   const ExprReference *entry, int position);

extern void mst_expr_reference_each(ExprReferenceSink sink, void *arg);
extern const char *mst_expr_reference_introduction(const char *topic);

#endif							/* MISTRAL_EXPR_REFERENCE_H */
