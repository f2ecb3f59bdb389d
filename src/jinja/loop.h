/*-------------------------------------------------------------------------
 *
 * loop.h
 *	  The variable "loop" of Jinja2's for statement.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_LOOP_H
#define MISTRAL_JINJA_LOOP_H

#include "jinja/frames.h"
#include "value/iteration.h"

typedef struct JinjaLoop JinjaLoop;

/* Makes the loop object of a loop; items come from the cursor, the length from the source where it has one. */
extern JinjaLoop *mst_jinja_make_loop(JinjaEval *ev, const JinjaFor *node, JinjaFrame *outer,
									  const ExprValue *source, const ExprCursor *cursor, int depth);

/* Steps to the next item. */
extern ExprNext mst_jinja_loop_next(JinjaLoop *loop, ExprValue *item);

/* Runs a recursive loop over other items; the text is the result. */
extern bool mst_jinja_recurse(JinjaEval *ev, const JinjaFor *node, JinjaFrame *outer,
							  const ExprValue *source, int depth, ExprValue *result);

#endif							/* MISTRAL_JINJA_LOOP_H */
