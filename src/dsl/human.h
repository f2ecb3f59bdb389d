/*-------------------------------------------------------------------------
 *
 * human.h
 *	  The input of std.human: what a task of people is, and who may do it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DSL_HUMAN_H
#define MISTRAL_DSL_HUMAN_H

#include "datatype/timestamp.h"

#include "dsl/check.h"
#include "dsl/schema.h"

#define HUMAN_ACTION		"std.human"

#define MAX_HUMAN_TITLE		255
#define MAX_HUMAN_NAMES		100
#define MAX_HUMAN_ESCALATIONS	10
#define MAX_HUMAN_PRIORITY	1000

extern char *mst_human_check_input(const Jsonb *input);
extern Jsonb *mst_human_names(const Jsonb *value);
extern bool mst_human_moment(const Jsonb *value, TimestampTz from, TimestampTz *moment);
extern Jsonb *mst_human_escalation(const Jsonb *escalate, int i);
extern bool mst_check_human(SpecContext *cxt, const SpecNode *map, const char *name,
							const char *input_name);
extern bool mst_check_human_tasks(SpecContext *cxt, const SpecNode *tasks);

#endif							/* MISTRAL_DSL_HUMAN_H */
