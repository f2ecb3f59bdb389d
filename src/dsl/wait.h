/*-------------------------------------------------------------------------
 *
 * wait.h
 *	  The attribute "wait-for".
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DSL_WAIT_H
#define MISTRAL_DSL_WAIT_H

#include "dsl/check.h"

/* longest name of a signal, and longest key, in characters; an event's fits */
#define MAX_SIGNAL_LENGTH	255

extern bool mst_check_wait(SpecContext *cxt, SpecNode *node);
extern bool mst_check_wait_alone(SpecContext *cxt, const SpecNode *task);
extern const SpecNode *mst_wait_terms(const SpecNode *node, bool *needs_all);
extern char *mst_wait_term_name(const SpecNode *term, bool *is_event);

#endif							/* MISTRAL_DSL_WAIT_H */
