/*-------------------------------------------------------------------------
 *
 * retry_spec.h
 *	  The retry policy of a task, compiled.
 *
 * All values are templates, also where the text has literals: they are
 * evaluated for each attempt, and what an expression gives is checked as a
 * literal is.  Classes of errors are no expressions, so that a definition can
 * be read for what it gives up on.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DSL_RETRY_SPEC_H
#define MISTRAL_DSL_RETRY_SPEC_H

struct ExprTemplate;

/* what a factor from one delay to the next may be */
#define MIN_BACKOFF 1
#define MAX_BACKOFF 1000

/* Templates are NULL where not given. */
typedef struct RetrySpec
{
	struct ExprTemplate *count; /* NULL: no retry policy */
	struct ExprTemplate *delay;
	struct ExprTemplate *backoff;	/* factor from one delay to the next */
	struct ExprTemplate *max_delay;
	struct ExprTemplate *jitter;	/* part of a delay, up or down */
	struct ExprTemplate *break_on;
	struct ExprTemplate *continue_on;
	bool		per_item;		/* each item of with-items is retried alone */
	int			n_classes;		/* break-on as a list of classes of errors */
	char	  **classes;
} RetrySpec;

#endif							/* MISTRAL_DSL_RETRY_SPEC_H */
