/*-------------------------------------------------------------------------
 *
 * render.h
 *	  Statements.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_RENDER_H
#define MISTRAL_JINJA_RENDER_H

#include "jinja/frames.h"

extern bool mst_jinja_render(JinjaEval *ev, const JinjaNodes *nodes);
extern bool mst_jinja_push_frame(JinjaEval *ev, const JinjaFrameInfo *info, JinjaFrame *parent);
extern bool mst_jinja_render_block(JinjaEval *ev, const JinjaBlock *block, JinjaVars *vars, ExprValue *result);

#endif							/* MISTRAL_JINJA_RENDER_H */
