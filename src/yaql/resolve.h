/*-------------------------------------------------------------------------
 *
 * resolve.h
 *	  Calls as written, and the overloads they may mean.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_YAQL_RESOLVE_H
#define MISTRAL_YAQL_RESOLVE_H

#include "yaql/registry.h"

/* Where the arguments of a call go when an overload is taken. */
typedef struct YaqlCandidate
{
	const YaqlOverload *overload;
	int			nrest;			/* the last so many positional arguments */
	int			nnamed_rest;	/* named arguments without a parameter of
								 * their own */
	int			source[YAQL_MAX_PARAMS];	/* argument of each parameter, -1:
											 * its default */
} YaqlCandidate;

typedef enum YaqlResolution
{
	YAQL_RESOLVED,
	YAQL_UNKNOWN,				/* no function or method of that name */
	YAQL_NO_MATCH,				/* none takes such arguments */
	YAQL_AMBIGUOUS,				/* they disagree on what is a lambda */
	YAQL_BAD_NAMED				/* a named argument is not named by a keyword */
} YaqlResolution;

/*
 * A call as written.  Arguments are counted from 0, receiver first, then
 * positional, then named ones.
 */
struct YaqlCallSite
{
	const char *name;
	int			len;
	bool		is_method;		/* args[0] is the receiver */
	int			nargs;			/* positional, receiver included */
	int			nnamed;
	YaqlNode  **args;			/* nargs + nnamed; named ones are MAPPING
								 * nodes */
	YaqlResolution resolution;
	bool	   *lazy;			/* arguments not to be evaluated; NULL: none */
	bool		no_named;		/* MAPPING nodes are positional arguments */
	int			ncandidates;
	YaqlCandidate *candidates;
};

extern void mst_yaql_resolve(YaqlCallSite *site);
extern bool mst_yaql_takes_names(const char *name, int len, bool is_method);
extern bool mst_yaql_fail_call(EvalContext *cxt, const YaqlCallSite *site, YaqlResolution why, const ExprValue *receiver);

#endif							/* MISTRAL_YAQL_RESOLVE_H */
