/*-------------------------------------------------------------------------
 *
 * eval.h
 *	  Scopes, lambdas and evaluation of nodes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_YAQL_EVAL_H
#define MISTRAL_YAQL_EVAL_H

#include "yaql/parse.h"

typedef struct YaqlScope YaqlScope;

typedef struct YaqlBinding
{
	const char *name;
	int			len;
	ExprValue	value;
} YaqlBinding;

/* A function made by def(). */
typedef struct YaqlUserFunction
{
	const char *name;
	int			len;
	const YaqlNode *body;
} YaqlUserFunction;

/* Variables: what a scope does not have is looked up in its parent. */
struct YaqlScope
{
	const YaqlScope *parent;
	const ExprValue *values;	/* $1, $2, ... */
	int			nvalues;
	int			nnames;
	const YaqlBinding *names;	/* $name */
	const YaqlUserFunction *function;	/* made by def(), or NULL */
	bool		has_functions;	/* this scope or one above has */
	YaqlScope  *kept;			/* the copy on the heap: itself when there */
};

/* An expression to be evaluated by the function it was given to. */
typedef struct YaqlLambda
{
	ExprObject	object;
	const YaqlNode *body;
	const YaqlScope *scope;
} YaqlLambda;

/* A scope as a value, as let(), with(), def() and unpack() give it. */
typedef struct YaqlContextObject
{
	ExprObject	object;
	const YaqlScope *scope;
} YaqlContextObject;

extern const ExprObjectOps mst_yaql_lambda_ops;
extern const ExprObjectOps mst_yaql_context_ops;

extern const YaqlScope *mst_yaql_keep_scope(const YaqlScope *scope);
extern bool mst_yaql_eval(EvalContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result);
extern bool mst_yaql_apply(EvalContext *cxt, const YaqlLambda *lambda, const ExprValue *args, int nargs, ExprValue *result);
extern bool mst_yaql_test(EvalContext *cxt, const YaqlLambda *lambda, const ExprValue *item, bool *result);

/*
 * Returns the lambda given for argument i; NULL when its default, null,
 * stands.
 */
static inline const YaqlLambda *
mst_yaql_lambda(const ExprValue *arg)
{
	return arg->kind == EXPR_OBJECT ? (const YaqlLambda *) arg->u.object : NULL;
}

extern const YaqlLambda *mst_yaql_keep_lambda(const ExprValue *arg);

#endif							/* MISTRAL_YAQL_EVAL_H */
