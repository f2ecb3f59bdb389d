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

extern JinjaLoop *mst_jinja_make_loop(JinjaEval *ev, const JinjaFor *node, JinjaFrame *outer,
									  const ExprValue *source, const ExprCursor *cursor, int depth);
extern ExprNext mst_jinja_loop_next(JinjaLoop *loop, ExprValue *item);
extern bool mst_jinja_recurse(JinjaEval *ev, const JinjaFor *node, JinjaFrame *outer,
							  const ExprValue *source, int depth, ExprValue *result);

#endif							/* MISTRAL_JINJA_LOOP_H */
