/*-------------------------------------------------------------------------
 *
 * iteration.h
 *	  Going through values: iterators, cursors, ranges, slices, membership.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_ITERATION_H
#define MISTRAL_VALUE_ITERATION_H

#include "value/value.h"

typedef enum ExprNext
{
	EXPR_NEXT_ITEM,
	EXPR_NEXT_END,
	EXPR_NEXT_ERROR				/* cxt->error is set */
} ExprNext;

/*
 * A lazy sequence.  A language embeds this as first member of its struct.
 * After the end, next() must go on answering EXPR_NEXT_END.
 */
typedef struct ExprIteratorOps
{
	const char *type_name;		/* "generator", "map", ... */
	ExprNext	(*next) (EvalContext *cxt, ExprIterator *iterator, ExprValue *item);

	/*
	 * a fresh pass over the same items; NULL: single pass, iterating goes on
	 * where it stands
	 */
	bool		(*restart) (EvalContext *cxt, ExprIterator *iterator, ExprIterator **fresh);
} ExprIteratorOps;

struct ExprIterator
{
	const ExprIteratorOps *ops;
	int64		drawn;			/* items drawn so far, counted by
								 * mst_iterator_next() */
};

extern ExprNext mst_iterator_next(EvalContext *cxt, ExprIterator *iterator, ExprValue *item);

/* A pass over anything iterable; lives on the caller's stack. */
typedef struct ExprCursor
{
	ExprValue	source;
	int64		pos;
	const char *at;				/* string: next byte */
} ExprCursor;

extern bool mst_cursor_open(EvalContext *cxt, ExprCursor *cursor, const ExprValue *source);
extern ExprNext mst_cursor_next(EvalContext *cxt, ExprCursor *cursor, ExprValue *item);
extern bool mst_value_is_true(const ExprValue *v);
extern bool mst_value_is_iterable(const ExprValue *v);
extern bool mst_value_to_list(EvalContext *cxt, const ExprValue *v, ExprList **result);
extern bool mst_value_length(EvalContext *cxt, const ExprValue *v, int64 *length);
extern bool mst_value_contains(EvalContext *cxt, const ExprValue *container, const ExprValue *item, bool *result);


#endif							/* MISTRAL_VALUE_ITERATION_H */
