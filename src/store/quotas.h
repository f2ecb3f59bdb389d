/*-------------------------------------------------------------------------
 *
 * quotas.h
 *	  How many rows of a kind a project may have.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_QUOTAS_H
#define MISTRAL_STORE_QUOTAS_H

#include "utils/uuid.h"

/* Kinds of objects whose number is bounded: see quotas.c. */
typedef enum Quota
{
	QUOTA_WORKFLOWS,
	QUOTA_ACTIONS,
	QUOTA_WORKBOOKS,
	QUOTA_ENVIRONMENTS,
	QUOTA_LIMITS,
	QUOTA_EXPRESSION_FUNCTIONS,
	QUOTA_CODE_SOURCES,
	QUOTA_DYNAMIC_ACTIONS,
	QUOTA_MEMBERS,
	QUOTA_CRON_TRIGGERS,
	QUOTA_EVENT_TRIGGERS,
	QUOTA_WATCHES,
	QUOTA_CONSUMERS,
	QUOTA_SUBSCRIPTIONS,
	QUOTA_EXECUTORS,
	QUOTA_WORKFLOW_VERSIONS,
	QUOTA_ACTION_VERSIONS,
	QUOTA_OUTBOUND_RULES,
	QUOTA_ACTION_RULES
} Quota;

extern void mst_quota_check(Quota quota, const char *project);
extern void mst_quota_check_versions(Quota quota, const pg_uuid_t *definition);

#endif							/* MISTRAL_STORE_QUOTAS_H */
