/*-------------------------------------------------------------------------
 *
 * registry.h
 *	  The functions of YAQL and their parameters.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_YAQL_REGISTRY_H
#define MISTRAL_YAQL_REGISTRY_H

#include "lang/language.h"
#include "lang/plain.h"
#include "lang/signature.h"
#include "yaql/eval.h"

typedef struct YaqlOverload YaqlOverload;

/* A call of a builtin, as its C function sees it. */
typedef struct YaqlCall
{
	EvalContext *cxt;
	const YaqlScope *scope;		/* of the caller */
	const YaqlOverload *overload;
	ExprValue  *args;			/* one a parameter, in the table's order */
	const ExprValue *rest;		/* of a variadic parameter; pairs when it
								 * takes mappings */
	int			nrest;			/* arguments; a mapping counts once */
	const YaqlBinding *named;	/* of a variadic named parameter */
	int			nnamed;
} YaqlCall;

typedef bool (*YaqlFunction) (YaqlCall *call, ExprValue *result);

#define YAQL_FUNCTION		0x01	/* name(...) */
#define YAQL_METHOD			0x02	/* receiver.name(...) */
#define YAQL_EXTENSION		(YAQL_FUNCTION | YAQL_METHOD)
#define YAQL_NO_NAMED		0x04	/* "key => value" is an argument like
									 * others */

typedef struct YaqlBuiltin
{
	const char *name;
	int			flags;
	const char *params;			/* in the notation of lang/signature.c */
	YaqlFunction function;		/* NULL: plain */
	ExprPlain	plain;
} YaqlBuiltin;

#define YAQL_MAX_PARAMS 12

struct YaqlOverload
{
	const char *name;
	int			flags;
	YaqlFunction function;		/* NULL: plain */
	const ExprPlain *plain;
	const ExprFunction *shared; /* a function of both languages, or NULL */
	ExprSignature takes;
};

/* Answers whether a parameter accepts a value. */
static inline bool
mst_yaql_accepts(const ExprParam *param, const ExprValue *v)
{
	return (param->kinds & EXPR_KIND_BIT(v->kind)) != 0 &&
		(param->test == NULL || v->kind == EXPR_NULL || param->test(v));
}

extern void mst_yaql_register(const YaqlBuiltin *const *tables, int ntables);
extern const YaqlOverload *mst_yaql_find_overloads(const char *name, int len, int *n);
extern const char *mst_yaql_suggest(const char *name, int len, int flag);
extern void mst_yaql_each_builtin(const YaqlBuiltin *const *tables, int ntables, ExprBuiltinSink sink, void *arg);
extern bool mst_yaql_has_function(const char *name, int len);

#endif							/* MISTRAL_YAQL_REGISTRY_H */
