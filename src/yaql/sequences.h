/*-------------------------------------------------------------------------
 *
 * sequences.h
 *	  Going through collections, for functions and operators.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_YAQL_SEQUENCES_H
#define MISTRAL_YAQL_SEQUENCES_H

#include "value/iteration.h"
#include "yaql/registry.h"

static inline bool
mst_yaql_arg_given(const ExprValue *arg)
{
	return arg->kind != EXPR_NO_VALUE;
}

extern bool mst_yaql_contains(EvalContext *cxt, const ExprValue *collection, const ExprValue *item, bool *answer);
extern bool mst_yaql_count(EvalContext *cxt, const ExprValue *arg, int64 *count);

/* A string argument as C code compares names. */
static inline bool
mst_yaql_name_is(const char *a, int alen, const char *b, int blen)
{
	return alen == blen && memcmp(a, b, alen) == 0;
}

/*
 * A pass over a collection that is not begun before the first item is asked
 * for, so that lazy sequences do no work until they are used.
 */
typedef struct YaqlSource
{
	ExprValue	collection;
	ExprCursor	cursor;
	bool		is_open;
} YaqlSource;

/*
 * The state of most lazy sequences: what they draw from, the lambda they
 * apply, and room for what else they need.
 */
typedef struct YaqlIterator
{
	ExprIterator iterator;
	YaqlSource	source;
	const YaqlLambda *lambda;
	YaqlSource	inner;			/* a second source, or the one being spliced
								 * in */
	ExprValue	value;
	int64		index;			/* of the next item */
	int64		position;
	int64		count;
	bool		flag;
} YaqlIterator;

extern ExprNext mst_yaql_draw(EvalContext *cxt, YaqlSource *source, ExprValue *item);

/* Returns a source over a collection. */
static inline YaqlSource
mst_yaql_source(const ExprValue *collection)
{
	YaqlSource	source = {*collection};

	return source;
}

extern YaqlIterator *mst_yaql_new_iterator(YaqlCall *call, const ExprIteratorOps *ops, ExprValue *result);
extern bool mst_yaql_chain(EvalContext *cxt, const ExprValue *parts, int nparts, ExprValue *result);
extern ExprValue *mst_yaql_items(EvalContext *cxt, const ExprValue *collection, int *n);
extern bool mst_yaql_to_list(EvalContext *cxt, const ExprValue *collection, ExprValue *result);
extern ExprValue mst_yaql_list_of(const ExprValue *items, int n, bool frozen);

/* Answers whether the value is what orderBy gives, which has this type name. */
extern const char mst_yaql_ordering_name[];
extern bool mst_yaql_is_ordering(const ExprValue *v);

/* Answers whether the value is used up by going through it. */
static inline bool
mst_yaql_is_single_pass(const ExprValue *v)
{
	return v->kind == EXPR_ITERATOR && !mst_yaql_is_ordering(v);
}

/* Sets, and the views that Python counts among them. */
static inline bool
mst_yaql_is_set_like(const ExprValue *v)
{
	return v->kind == EXPR_SET ||
		(v->kind == EXPR_VIEW && v->len != EXPR_VIEW_VALUES);
}

extern bool mst_yaql_set_table(EvalContext *cxt, const ExprValue *v, ExprDict **table);
extern bool mst_yaql_splice(EvalContext *cxt, const ExprValue *values, int n, ExprDict *set, ExprList *list);

#endif							/* MISTRAL_YAQL_SEQUENCES_H */
