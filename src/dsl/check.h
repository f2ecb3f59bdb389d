/*-------------------------------------------------------------------------
 *
 * check.h
 *	  Checking definitions: what the files check*.c share.
 *
 * A check takes a node and returns whether it is right; when it is not, the
 * first error is in the report.  Checks also normalise: they complete the tree
 * they look at.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DSL_CHECK_H
#define MISTRAL_DSL_CHECK_H

#include "dsl/report.h"
#include "util/errors.h"

/* deepest path from a text to one of its values that is told apart */
#define MAX_PATH_STEPS 16

typedef struct PathStep
{
	const char *kind;			/* "workflow", "task"; NULL: attribute or item */
	const char *name;			/* NULL: item of a list */
	int			index;			/* of an item, from 1 */
} PathStep;

typedef struct SpecContext
{
	SpecReport *report;
	bool		validate;		/* false: check only what build.c relies on */
	int			n_steps;
	PathStep	steps[MAX_PATH_STEPS];
} SpecContext;

typedef bool (*AttributeCheck) (SpecContext *cxt, SpecNode *node);

/* An attribute of an entity. */
typedef struct AttributeRule
{
	const char *name;
	AttributeCheck check;		/* NULL: anything goes */
} AttributeRule;

/* ---- path, errors, warnings (check.c) ---- */

extern void mst_check_enter(SpecContext *cxt, const char *kind, const char *name);
extern void mst_check_enter_item(SpecContext *cxt, int index);
extern void mst_check_leave(SpecContext *cxt);
extern bool mst_check_fail(SpecContext *cxt, const SpecNode *at, int sqlstate,
						   const char *fmt,...) pg_attribute_printf(4, 5);
extern bool mst_check_invalid(SpecContext *cxt, const SpecNode *at,
							  const char *fmt,...) pg_attribute_printf(3, 4);
extern bool mst_check_hint(SpecContext *cxt, const char *fmt,...) pg_attribute_printf(2, 3);
extern bool mst_check_hint_name(SpecContext *cxt, const char *suggestion);
extern void mst_check_warn(SpecContext *cxt, const SpecNode *at,
						   const char *fmt,...) pg_attribute_printf(3, 4);
extern void mst_check_warn_hint(SpecContext *cxt, const char *fmt,...) pg_attribute_printf(2, 3);

/* ---- kinds of texts (docs/language.md, "Texts"; check.c) ---- */

extern bool mst_check_name(SpecContext *cxt, SpecNode *node);
extern bool mst_check_version(SpecContext *cxt, SpecNode *node);
extern bool mst_check_names(SpecContext *cxt, SpecNode *node);
extern bool mst_check_name_or_names(SpecContext *cxt, SpecNode *node);
extern bool mst_check_mapping(SpecContext *cxt, SpecNode *node);
extern bool mst_check_mapping_or_text(SpecContext *cxt, SpecNode *node);
extern bool mst_check_inputs(SpecContext *cxt, SpecNode *node);
extern bool mst_check_json(SpecContext *cxt, SpecNode *node);
extern bool mst_check_expression(SpecContext *cxt, SpecNode *node);
extern bool mst_check_count(SpecContext *cxt, SpecNode *node);
extern bool mst_check_seconds(SpecContext *cxt, SpecNode *node);
extern bool mst_check_number(SpecContext *cxt, SpecNode *node, double min, double max);
extern bool mst_check_time(SpecContext *cxt, SpecNode *node);
extern bool mst_check_flag(SpecContext *cxt, SpecNode *node);
extern bool mst_check_bool(SpecContext *cxt, SpecNode *node);
extern bool mst_check_syntax(SpecContext *cxt, const SpecNode *node);
extern bool mst_check_template(SpecContext *cxt, SpecNode *node);
extern bool mst_check_attributes(SpecContext *cxt, SpecNode *map,
								 const char *what,
								 const AttributeRule *rules, int n_rules,
								 bool allow_unknown);

/* Rules for what task-defaults and publish may have without any effect. */
#define UNUSED_ATTRIBUTES \
	{"name", mst_check_name}, \
	{"version", mst_check_version}, \
	{"description", mst_check_name}

extern void mst_check_warn_unused(SpecContext *cxt, const SpecNode *map, const char *what);
extern bool mst_check_optional(SpecContext *cxt, SpecNode *map, const char *name,
							   AttributeCheck check);
extern bool mst_check_is_count(const SpecNode *node);
extern const SpecNode *mst_check_find_place(const SpecNode *node, const char *path);

/* ---- tasks ---- */

extern bool mst_check_task(SpecContext *cxt, SpecNode *name, SpecNode *task, bool is_reverse);
extern bool mst_check_task_defaults(SpecContext *cxt, SpecNode *node);

/* ---- entities ---- */

extern bool mst_check_workflow(SpecContext *cxt, const SpecNode *name, SpecNode *node);
extern bool mst_check_action(SpecContext *cxt, const SpecNode *name, SpecNode *node);

#endif							/* MISTRAL_DSL_CHECK_H */
