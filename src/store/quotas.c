/*-------------------------------------------------------------------------
 *
 * quotas.c
 *	  How many rows of a kind a project may have.
 *
 * Whoever adds a row counts those that are there, by an index that begins with
 * the project, and as a dirty snapshot shows them: rows that other transactions
 * have added and not committed count, so that a bound holds however many
 * sessions add rows at once, but for one row each.  Nobody waits for anybody.
 *
 * A count costs as much as there are rows.  So a backend counts again only
 * after it has added a hundredth of what was left, or somebody has changed the
 * setting: a hundred backends together stay within the bound.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "store/quotas.h"
#include "store/scan.h"
#include "util/errors.h"
#include "util/guc.h"

#define PORTIONS 100

typedef struct QuotaRule
{
	const char *things;			/* as messages call them */
	const char *setting;
	const int  *limit;
	TableDef	table;			/* rows of it are only counted */
} QuotaRule;

#define COUNTED(table_name, index_name) \
	{.name = table_name, .nindexes = 1, .indexes = {index_name}}

static QuotaRule rules[] = {
	[QUOTA_WORKFLOWS] = {"workflows", "mistral.max_definitions", &mst_max_definitions,
	COUNTED("workflow_definitions", "workflow_definitions_project_idx")},
	[QUOTA_ACTIONS] = {"actions", "mistral.max_definitions", &mst_max_definitions,
	COUNTED("action_definitions", "action_definitions_project_idx")},
	[QUOTA_WORKBOOKS] = {"workbooks", "mistral.max_definitions", &mst_max_definitions,
	COUNTED("workbooks", "workbooks_project_idx")},
	[QUOTA_ENVIRONMENTS] = {"environments", "mistral.max_environments", &mst_max_environments,
	COUNTED("environments", "environments_project_idx")},
	[QUOTA_LIMITS] = {"limits", "mistral.max_limits", &mst_max_limits,
	COUNTED("limits", "limits_pkey")},
	[QUOTA_EXPRESSION_FUNCTIONS] = {"functions of expressions", "mistral.max_definitions", &mst_max_definitions,
	COUNTED("expression_functions", "expression_functions_project_idx")},
	[QUOTA_CODE_SOURCES] = {"code sources", "mistral.max_code_sources", &mst_max_code_sources,
	COUNTED("code_sources", "code_sources_project_idx")},
	[QUOTA_DYNAMIC_ACTIONS] = {"dynamic actions", "mistral.max_code_sources", &mst_max_code_sources,
	COUNTED("dynamic_actions", "dynamic_actions_project_idx")},
	[QUOTA_MEMBERS] = {"shares of workflows", "mistral.max_members", &mst_max_members,
	COUNTED("resource_members", "resource_members_project_idx")},
	[QUOTA_CRON_TRIGGERS] = {"cron triggers", "mistral.max_triggers", &mst_max_triggers,
	COUNTED("cron_triggers", "cron_triggers_project_idx")},
	[QUOTA_EVENT_TRIGGERS] = {"event triggers", "mistral.max_triggers", &mst_max_triggers,
	COUNTED("event_triggers", "event_triggers_project_idx")},
	[QUOTA_WATCHES] = {"watches of tables", "mistral.max_triggers", &mst_max_triggers,
	COUNTED("table_watches", "table_watches_project_idx")},
	[QUOTA_CONSUMERS] = {"event consumers", "mistral.max_subscriptions", &mst_max_subscriptions,
	COUNTED("event_consumers", "event_consumers_project_idx")},
	[QUOTA_SUBSCRIPTIONS] = {"event subscriptions", "mistral.max_subscriptions", &mst_max_subscriptions,
	COUNTED("event_subscriptions", "event_subscriptions_project_idx")},
	[QUOTA_EXECUTORS] = {"executors", "mistral.max_executors", &mst_max_executors,
	COUNTED("executors", "executors_role_idx")},
	[QUOTA_WORKFLOW_VERSIONS] = {"versions of one workflow", "mistral.max_versions", &mst_max_versions,
	COUNTED("workflow_versions", "workflow_versions_definition_idx")},
	[QUOTA_ACTION_VERSIONS] = {"versions of one action", "mistral.max_versions", &mst_max_versions,
	COUNTED("action_versions", "action_versions_definition_idx")},
	[QUOTA_OUTBOUND_RULES] = {"outbound rules", "mistral.max_policy_rules", &mst_max_policy_rules,
	COUNTED("outbound_rules", "outbound_rules_project_idx")},
	[QUOTA_ACTION_RULES] = {"action rules", "mistral.max_policy_rules", &mst_max_policy_rules,
	COUNTED("action_rules", "action_rules_project_idx")}
};

/* How many rows this backend may add before it counts again. */
static struct
{
	int			left;
	int			limit;			/* at the time of the count */
	char		project[NAMEDATALEN];
}			credits[lengthof(rules)];

/* Counts the rows that a key finds, up to a number. */
static int
count_rows(TableDef *table, ScanKey key, int max)
{
	SnapshotData dirty;
	RowScan		scan;
	int			n = 0;

	InitDirtySnapshot(dirty);
	mst_scan_begin_with(&scan, table, 0, key, 1, ForwardScanDirection, &dirty);
	while (n < max && mst_scan_next_slot(&scan))
		n++;
	mst_scan_end(&scan);
	return n;
}

static void
raise_exceeded(const QuotaRule *rule, const char *whose)
{
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_QUOTA),
			 errmsg("too many %s%s", rule->things, whose),
			 errdetail("There may be %d.", *rule->limit),
			 errhint("Delete some that are not needed, or let an administrator raise \"%s\".",
					 rule->setting)));
}

/*
 * Raises an error if the project has as many rows of the kind as it may.
 * The caller calls it before each row that it adds.
 */
void
mst_quota_check(Quota quota, const char *project)
{
	QuotaRule  *rule = &rules[quota];
	ScanKeyData key;
	int			n;

	if (credits[quota].left > 0 && credits[quota].limit == *rule->limit &&
		strcmp(credits[quota].project, project) == 0)
	{
		credits[quota].left--;
		return;
	}
	mst_scan_key_text(&key, 1, project);
	n = count_rows(&rule->table, &key, *rule->limit);
	if (n >= *rule->limit)
		raise_exceeded(rule, project[0] == '\0' ? " for every project" :
					   psprintf(" of project \"%s\"", project));
	credits[quota].left = (*rule->limit - n) / PORTIONS;
	credits[quota].limit = *rule->limit;
	strlcpy(credits[quota].project, project, NAMEDATALEN);
}

/* Raises an error if a definition has as many versions as it may. */
void
mst_quota_check_versions(Quota quota, const pg_uuid_t *definition)
{
	QuotaRule  *rule = &rules[quota];
	ScanKeyData key;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, definition);
	if (count_rows(&rule->table, &key, *rule->limit) >= *rule->limit)
		raise_exceeded(rule, "");
}
