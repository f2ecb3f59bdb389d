/*-------------------------------------------------------------------------
 *
 * regex_syntax.h
 *	  Python's regular expression syntax, translated; only for regex*.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_REGEX_SYNTAX_H
#define MISTRAL_VALUE_REGEX_SYNTAX_H

#include "value/regex.h"

#define REGEX_MAX_GROUPS	99

typedef struct RegexSyntax
{
	StringInfoData pattern;		/* for PCRE2 */
	int			flags;			/* EXPR_REGEX_*, with those of (?i) at the
								 * start */
	bool		is_verbose;		/* (?x) */
	int			ngroups;
	const char *names[REGEX_MAX_GROUPS + 1];	/* of group 1..ngroups, or
												 * NULL */
} RegexSyntax;

extern bool mst_regex_translate(EvalContext *cxt, const ExprValue *pattern, int flags, RegexSyntax *result);

#endif							/* MISTRAL_VALUE_REGEX_SYNTAX_H */
