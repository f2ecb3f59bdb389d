/*-------------------------------------------------------------------------
 *
 * limit_rules.h
 *	  The attributes "limits", "concurrency", "priority" and "max-failures" of
 *	  tasks.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DSL_LIMIT_RULES_H
#define MISTRAL_DSL_LIMIT_RULES_H

#include "dsl/check.h"

/* limits of one task: a slot of each is taken at once */
#define MAX_TASK_LIMITS		10

/* characters of the name of a limit, and of a key */
#define MAX_LIMIT_NAME		255

/* of tasks; 0 where none is given */
#define MIN_PRIORITY	(-100)
#define MAX_PRIORITY	100

extern bool mst_check_limits(SpecContext *cxt, SpecNode *node);
extern bool mst_check_concurrency(SpecContext *cxt, SpecNode *node);
extern bool mst_check_priority(SpecContext *cxt, SpecNode *node);
extern bool mst_check_max_failures(SpecContext *cxt, SpecNode *node);
extern int	mst_percentage(const char *text);

#endif							/* MISTRAL_DSL_LIMIT_RULES_H */
