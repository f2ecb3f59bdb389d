/*-------------------------------------------------------------------------
 *
 * described.h
 *	  Actions that are described, not written: what an executor brings along.
 *
 * A description is a JSON object:
 *
 *		name			as tasks call the action
 *		description		for people
 *		input			parameters: a list as in an ad-hoc action, ["a", {"b": 1}],
 *						or one line, "a, b=1", with JSON for defaults
 *		takes_any		takes parameters that are not declared, too; the default
 *						is whether there is no input
 *		is_sync			the executor reports the result; by default true
 *		tags			list of words
 *		scope			"private" or "public"
 *
 * Only the name is needed; a null is as nothing.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DSL_DESCRIBED_H
#define MISTRAL_DSL_DESCRIBED_H

#include "dsl/definition.h"

typedef struct ActionDescription
{
	DefinitionItem item;		/* as it is stored */
	char	   *scope;			/* NULL: not given */
	bool		is_name_only;
} ActionDescription;

extern ActionDescription *mst_described_read(const Jsonb *description);
extern ActionDescription *mst_described_name(const char *name);

#endif							/* MISTRAL_DSL_DESCRIBED_H */
