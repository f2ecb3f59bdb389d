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

/* Renders nodes into ev->out. */
extern bool mst_jinja_render(JinjaEval *ev, const JinjaNodes *nodes);

/* Makes a frame and makes it the innermost; its slots start as they should. */
extern bool mst_jinja_push_frame(JinjaEval *ev, const JinjaFrameInfo *info, JinjaFrame *parent);

/* Renders a block as a text value. */
extern bool mst_jinja_render_block(JinjaEval *ev, const JinjaBlock *block, JinjaVars *vars, ExprValue *result);

#endif							/* MISTRAL_JINJA_RENDER_H */
