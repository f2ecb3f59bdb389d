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

/* A text with parameters, taken apart (docs/language.md, "Tasks"). */
typedef struct ShorthandText
{
	char	   *command;
	SpecNode   *params;			/* mapping, or NULL when there is none */
} ShorthandText;

extern bool mst_shorthand_parse(const SpecNode *text, ShorthandText *result);
extern bool mst_shorthand_check(SpecContext *cxt, SpecNode *map, const char *name,
								const char *input_name);
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
extern const SpecNode *mst_shorthand_retry(const SpecNode *node);

#endif							/* MISTRAL_DSL_SHORTHAND_H */
