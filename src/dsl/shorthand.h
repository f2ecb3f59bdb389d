/*-------------------------------------------------------------------------
 *
 * shorthand.h
 *	  Attributes written on one line: a command or a source with parameters.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DSL_SHORTHAND_H
#define MISTRAL_DSL_SHORTHAND_H

#include "dsl/check.h"

/* A text with parameters, taken apart (language.md, section 5). */
typedef struct ShorthandText
{
	char	   *command;
	SpecNode   *params;			/* mapping, or NULL when there is none */
} ShorthandText;

/* Parse; false when the text does not begin with a name. */
extern bool mst_shorthand_parse(const SpecNode *text, ShorthandText *result);

/*
 * Check the attribute "name" of a mapping.  Its parameters are merged into
 * the attribute "input_name" where there is one, and win; the text stays.
 */
extern bool mst_shorthand_check(SpecContext *cxt, SpecNode *map, const char *name,
							 const char *input_name);

/*
 * The command in the attribute "name" of a checked mapping, NULL without one,
 * and the whole input, NULL without one.
 */
extern char *mst_shorthand_split(const SpecNode *map, const char *name,
							  const char *input_name, const SpecNode **input);

/* One entry of with-items. */
typedef struct ItemsText
{
	char	   *variable;
	SpecNode   *source;			/* string: expression; else a list */
	bool		has_rest;		/* text behind it is ignored */
} ItemsText;

extern bool mst_shorthand_items(const SpecNode *text, ItemsText *result);

/* The policy as a mapping, where it was written on one line; else as it is. */
extern const SpecNode *mst_shorthand_retry(const SpecNode *node);

#endif							/* MISTRAL_DSL_SHORTHAND_H */
