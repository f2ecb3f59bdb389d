/*-------------------------------------------------------------------------
 *
 * guc.h
 *	  The settings of this extension.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_UTIL_GUC_H
#define MISTRAL_UTIL_GUC_H

#include "utils/jsonb.h"

/* mistral.unknown_action */
typedef enum UnknownAction
{
	UNKNOWN_ACTION_ERROR,		/* the task fails */
	UNKNOWN_ACTION_QUEUE		/* it waits for an executor that takes the
								 * name */
} UnknownAction;

/* mistral.validation_mode */
typedef enum ValidationMode
{
	VALIDATION_MANDATORY,		/* always */
	VALIDATION_ENABLED,			/* unless the caller asks to skip it */
	VALIDATION_DISABLED
} ValidationMode;

/* mistral.expression_languages */
typedef enum ExpressionLanguages
{
	EXPRESSION_LANGUAGES_ALL,
	EXPRESSION_LANGUAGES_YAQL,
	EXPRESSION_LANGUAGES_JINJA
} ExpressionLanguages;

/* mistral.merge_strategy */
typedef enum MergeStrategy
{
	MERGE_STRATEGY_REPLACE,		/* a published variable replaces one of its
								 * name */
	MERGE_STRATEGY_MERGE		/* mappings are merged */
} MergeStrategy;

/* mistral.sql_actions */
typedef enum SqlActions
{
	SQL_ACTIONS_ALL,
	SQL_ACTIONS_FUNCTIONS,		/* registered functions, but not std.sql */
	SQL_ACTIONS_NONE
} SqlActions;

extern void mst_guc_define(char *(*check_publisher_list) (Jsonb *list));

/* in the order of their names; guc.c describes each */
extern bool mst_api_admin;
extern bool mst_async_claims;
extern bool mst_catch_start_failures;
extern bool mst_context_versioning;
extern int	mst_cron_grace_time;	/* ms */
extern int	mst_definition_cache_size;
extern int	mst_definition_max_depth;
extern int	mst_definition_max_nodes;
extern int	mst_definition_max_size;	/* kB */
extern int	mst_delayed_call_max_attempts;
extern int	mst_delayed_call_timeout;	/* ms */
extern int	mst_delivery_max_attempts;
extern int	mst_event_retention;
extern int	mst_execution_field_size_limit; /* kB, -1: none */
extern int	mst_expiration_batch_size;
extern char *mst_expiration_ignored_states;
extern int	mst_expiration_interval;
extern int	mst_expiration_max_finished;
extern int	mst_expiration_older_than;
extern int	mst_expression_languages;
extern int	mst_expression_max_depth;
extern int	mst_expression_max_integer_bits;
extern int	mst_expression_max_items;
extern int	mst_expression_max_memory;	/* kB */
extern int	mst_expression_max_regex_steps;
extern int	mst_expression_max_steps;
extern int	mst_expression_sql_timeout; /* ms */
extern int	mst_item_query_max_rows;
extern int	mst_item_query_max_size;	/* kB */
extern int	mst_max_code_sources;
extern int	mst_max_definitions;
extern int	mst_max_deliveries;
extern int	mst_max_environments;
extern int	mst_max_executors;
extern int	mst_max_human_tasks;
extern int	mst_max_inline_steps;
extern int	mst_max_limits;
extern int	mst_max_members;
extern int	mst_max_policy_rules;
extern int	mst_max_publishers;
extern int	mst_max_signals;
extern int	mst_max_subscriptions;
extern int	mst_max_subworkflow_depth;
extern int	mst_max_tree_executions;
extern int	mst_max_triggers;
extern int	mst_max_unfinished_executions;
extern int	mst_max_versions;
extern int	mst_merge_strategy;
extern char *mst_notify_publishers;
extern int	mst_priority_ageing;
extern int	mst_scheduler_workers;
extern char *mst_secret_keys;
extern int	mst_simulation_max_memory;	/* kB */
extern int	mst_slow_scheduler_workers;
extern int	mst_sql_action_max_attempts;
extern int	mst_sql_actions;
extern int	mst_sql_function_max_rows;
extern int	mst_sql_timeout;	/* ms */
extern int	mst_unclaimed_action_timeout;
extern int	mst_unknown_action;
extern bool mst_use_pg_cron;
extern int	mst_validation_mode;
extern int	mst_version_retention;	/* s */
extern bool mst_yaml_anchors;

#endif							/* MISTRAL_UTIL_GUC_H */
