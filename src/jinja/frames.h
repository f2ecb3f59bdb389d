/*-------------------------------------------------------------------------
 *
 * frames.h
 *	  State of one evaluation of a Jinja2 program.
 *
 * Functions returning bool have false = failed with the error in the context,
 * as everywhere in this room.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_FRAMES_H
#define MISTRAL_JINJA_FRAMES_H

#include "jinja/statement_nodes.h"

/* The variables of one scope while it is alive. */
typedef struct JinjaFrame
{
	const JinjaFrameInfo *info;
	struct JinjaFrame *parent;
	ExprValue	slots[FLEXIBLE_ARRAY_MEMBER];	/* EXPR_NO_VALUE: missing */
} JinjaFrame;

/* What a scoped block takes over from around it; innermost first. */
typedef struct JinjaVars
{
	JinjaFrame *frame;
	struct JinjaVars *outer;
} JinjaVars;

/*
 * State of one evaluation.  Lives in the evaluation's memory context, because
 * lazy results refer to it.
 */
typedef struct JinjaEval
{
	EvalContext *cxt;
	const ExprProgram *program;
	JinjaFrame *root;			/* the template's own frame */
	JinjaFrame *frame;			/* the innermost one */
	JinjaVars  *vars;			/* NULL outside of scoped blocks */
	StringInfo	out;
	bool		autoescape;
} JinjaEval;

/* Fails with a message of Python. */
#define mst_jinja_fail(ev, ...) mst_expr_fail((ev)->cxt, __VA_ARGS__)

#endif							/* MISTRAL_JINJA_FRAMES_H */
