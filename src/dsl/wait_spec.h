/*-------------------------------------------------------------------------
 *
 * wait_spec.h
 *	  What a task waits for, compiled.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DSL_WAIT_SPEC_H
#define MISTRAL_DSL_WAIT_SPEC_H

struct ExprTemplate;

/* One of the signals or events that a task waits for. */
typedef struct WaitTerm
{
	bool		is_event;
	struct ExprTemplate *name;	/* of an event: exchange/topic/event */
	struct ExprTemplate *filter;	/* NULL: any signal of the name */
} WaitTerm;

/* The attribute "wait-for"; a task has it, or it calls something. */
typedef struct WaitSpec
{
	bool		needs_all;		/* else one of them */
	int			n_terms;
	WaitTerm   *terms;
	struct ExprTemplate *timeout;	/* NULL: none */
} WaitSpec;

#endif							/* MISTRAL_DSL_WAIT_SPEC_H */
