/*-------------------------------------------------------------------------
 *
 * program.h
 *	  A parsed text of Jinja2.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_PROGRAM_H
#define MISTRAL_JINJA_PROGRAM_H

#include "jinja/statement_nodes.h"

/* A parsed text. */
struct ExprProgram
{
	const char *source;			/* with "\n" for every line end */
	int			source_len;
	const char *text;			/* as given, for offsets */
	int			text_len;
	JinjaNode  *expression;		/* expression mode, else NULL */
	JinjaNodes	body;
	JinjaFrameInfo frame;
	int			self_slot;		/* -1 when it is not used */
	JinjaBlock **blocks;
	int			nblocks;
	ExprError  *compile_error;	/* raised by every evaluation, or NULL */
};

extern int	mst_jinja_offset(const ExprProgram *program, int source_offset);

/* ---- scopes.c ---- */

extern void mst_jinja_resolve(ExprProgram *program);

#endif							/* MISTRAL_JINJA_PROGRAM_H */
