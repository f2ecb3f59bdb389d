/*-------------------------------------------------------------------------
 *
 * regex.h
 *	  Regular expressions of Python's dialect.
 *
 * Patterns are checked and translated for PCRE2, which does the matching under
 * the limits of the evaluation.  Offsets here are bytes; callers that show
 * them convert with mst_utf8_index().
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_REGEX_H
#define MISTRAL_VALUE_REGEX_H

#include "value/value.h"

#define EXPR_REGEX_IGNORE_CASE	0x01
#define EXPR_REGEX_MULTI_LINE	0x02
#define EXPR_REGEX_DOT_ALL		0x04

/* Start and end of the whole match (0) and of each group in bytes; -1 when a group took no part. */
typedef struct ExprMatch
{
	int			ngroups;		/* capturing groups, the whole match not
								 * counted */
	int			starts[100];
	int			ends[100];
} ExprMatch;

extern bool mst_regex_compile(EvalContext *cxt, const ExprValue *pattern, int flags, ExprValue *result);
extern ExprValue mst_regex_source(const ExprRegex *regex);
extern int	mst_regex_flags(const ExprRegex *regex);
extern const char *mst_regex_group_name(const ExprRegex *regex, int i);
extern bool mst_regex_search(EvalContext *cxt, const ExprRegex *regex, const ExprValue *subject, int start,
							 bool not_empty_at_start, ExprMatch *match, bool *found);
extern bool mst_regex_next(EvalContext *cxt, const ExprRegex *regex, const ExprValue *subject,
						   int *at, bool *after_empty, ExprMatch *match, bool *found);
extern bool mst_regex_split(EvalContext *cxt, const ExprRegex *regex, const ExprValue *subject, int64 max, ExprList **result);
extern bool mst_regex_replace(EvalContext *cxt, const ExprRegex *regex, const ExprValue *subject,
							  const ExprValue *template, int64 count, ExprValue *result);

/* re.sub with a function. */
typedef bool (*ExprReplacer) (EvalContext *cxt, const ExprMatch *match, void *arg, StringInfo out);
extern bool mst_regex_replace_by(EvalContext *cxt, const ExprRegex *regex, const ExprValue *subject,
								 ExprReplacer replacer, void *arg, int64 count, ExprValue *result);
extern bool mst_regex_escape(EvalContext *cxt, const ExprValue *text, ExprValue *result);

#endif							/* MISTRAL_VALUE_REGEX_H */
