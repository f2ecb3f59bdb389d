/*-------------------------------------------------------------------------
 *
 * policy.c
 *	  Which actions projects may use, and where their requests may go.
 *
 * Administrators keep two tables of rules, which are read at every action and
 * change once in a while.  So each backend has them in memory, sorted by
 * project, and throws them away when an invalidation message for the table has
 * come in: the trigger forget_rules() sends one, as part of its transaction,
 * whoever changes the table.  As long as there are no rules a look costs a test
 * of a flag and of a number.
 *
 * Of the rules that match, the most specific decides: a name before patterns,
 * and of patterns the one with more characters that are not *.  Of equals those
 * of the project come before those for every project, and deny before allow.
 * What no rule matches is allowed.
 *
 * Where requests may go is decided by the executor or notifier that makes the
 * connection, because only it knows the address (contrib/common/outbound.c).  It
 * gets the rules with each action or delivery, so there is no time in which it
 * goes by old ones.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "store/policy.h"
#include "store/queue_kinds.h"
#include "store/statement.h"
#include "util/glob.h"
#include "util/json.h"
#include "util/spi.h"

/* The rules of a table, as this backend knows them. */
typedef struct RuleSet
{
	const char *table;
	const char *query;			/* columns in the order of PolicyRule */
	SPIPlanPtr	plan;
	MemoryContext cxt;			/* of the rules */
	Oid			relid;
	bool		is_valid;
	int			n;
	PolicyRule *rules;			/* by project */
} RuleSet;

static RuleSet outbound = {
	.table = "outbound_rules",
	.query = "SELECT id, project_id, effect, destination, array_to_string(services, ','), ports"
	" FROM mistral.outbound_rules"
};

static RuleSet actions = {
	.table = "action_rules",
	.query = "SELECT id, project_id, effect, pattern, NULL, NULL FROM mistral.action_rules"
};

/* counts invalidations, by which a load knows of those that come in meanwhile */
static uint64 n_invalidations = 0;

/* ---- keeping them ---- */

static void
invalidate_rules(Datum arg, Oid relid)
{
	if (relid != InvalidOid && relid != outbound.relid && relid != actions.relid)
		return;
	n_invalidations++;
	outbound.is_valid = false;
	actions.is_valid = false;
}

static int
compare_projects(const void *a, const void *b)
{
	const PolicyRule *rule1 = a;
	const PolicyRule *rule2 = b;
	int			order = strcmp(rule1->project, rule2->project);

	if (order != 0)
		return order;
	return rule1->id < rule2->id ? -1 : rule1->id > rule2->id;
}

/* Copies the rows that SPI has found into the current memory context. */
static void
take_rules(RuleSet *set)
{
	set->n = (int) SPI_processed;
	set->rules = palloc(sizeof(PolicyRule) * Max(set->n, 1));
	for (int i = 0; i < set->n; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;
		PolicyRule *rule = &set->rules[i];

		rule->id = strtoll(SPI_getvalue(row, desc, 1), NULL, 10);
		rule->project = SPI_getvalue(row, desc, 2);
		rule->effect = SPI_getvalue(row, desc, 3);
		rule->pattern = SPI_getvalue(row, desc, 4);
		rule->services = SPI_getvalue(row, desc, 5);
		rule->ports = SPI_getvalue(row, desc, 6);
	}
	qsort(set->rules, set->n, sizeof(PolicyRule), compare_projects);
}

/* Returns whether the table has never had a row, as most have not. */
static bool
table_is_empty(Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	bool		is_empty = RelationGetNumberOfBlocks(rel) == 0;

	table_close(rel, AccessShareLock);
	return is_empty;
}

static void
read_rules(RuleSet *set)
{
	OwnerSwitch saved;
	MemoryContext old;

	mst_as_owner_begin(&saved);
	mst_spi_connect();
	mst_spi_plan(&set->plan, set->query, CURSOR_OPT_GENERIC_PLAN, 0, NULL);
	if (SPI_execute_plan(set->plan, NULL, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read rules");
	old = MemoryContextSwitchTo(set->cxt);
	take_rules(set);
	MemoryContextSwitchTo(old);
	SPI_finish();
	mst_as_owner_end(&saved);
}

/*
 * Reads the rules.  They count as known when all of them have been read, none
 * has been changed meanwhile, and the snapshot is not one of before.  Before an
 * update of the extension the table may not be there: then there are none.
 */
static void
load_rules(RuleSet *set)
{
	static bool is_registered = false;
	uint64		before;

	if (!is_registered)
		CacheRegisterRelcacheCallback(invalidate_rules, (Datum) 0);
	is_registered = true;
	if (set->cxt == NULL)
		set->cxt = AllocSetContextCreate(TopMemoryContext, "mistral rules", ALLOCSET_SMALL_SIZES);
	MemoryContextReset(set->cxt);
	set->n = 0;
	set->relid = get_relname_relid(set->table, get_namespace_oid("mistral", true));
	if (!OidIsValid(set->relid))
		return;
	before = n_invalidations;
	if (!table_is_empty(set->relid))
		read_rules(set);
	set->is_valid = before == n_invalidations && !IsolationUsesXactSnapshot();
}

static bool
have_rules(RuleSet *set)
{
	if (!set->is_valid)
		load_rules(set);
	return set->n > 0;
}

/* Returns the first of the rules of the project ("": of every one); *n is their number. */
static const PolicyRule *
rules_of(const RuleSet *set, const char *project, int *n)
{
	int			low = 0;
	int			high = set->n;
	int			end;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (strcmp(set->rules[middle].project, project) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < set->n && strcmp(set->rules[end].project, project) == 0; end++)
		;
	*n = end - low;
	return set->rules + low;
}

/* ---- actions ---- */

/* Returns how specific a pattern is: its characters; a name is more than any pattern. */
static int
pattern_specificity(const char *pattern)
{
	int			n = 0;
	bool		is_name = true;

	for (const char *c = pattern; *c != '\0'; c++)
	{
		if (*c == '*')
			is_name = false;
		else
			n++;
	}
	return is_name ? PG_INT32_MAX : n;
}

/* Returns whether the rule of a decision is a denial; NULL is none. */
bool
mst_policy_is_deny(const PolicyRule *rule)
{
	return rule != NULL && rule->effect[0] == 'd';
}

/* Returns the rule that decides among those of a project, or NULL. */
static const PolicyRule *
find_action_rule(const char *name, const char *project, int *best)
{
	const PolicyRule *found = NULL;
	int			n;
	const PolicyRule *rules = rules_of(&actions, project, &n);

	*best = -1;
	for (int i = 0; i < n; i++)
	{
		int			rank = pattern_specificity(rules[i].pattern);

		if (rank < *best || !mst_glob_matches(name, strlen(name), rules[i].pattern, strlen(rules[i].pattern), false) ||
			(rank == *best && !(mst_policy_is_deny(&rules[i]) && !mst_policy_is_deny(found))))
			continue;
		found = &rules[i];
		*best = rank;
	}
	return found;
}

/*
 * Returns the rule by which the project may or may not use actions of the name;
 * NULL: none says anything, so it may.  It lives until rules are looked at again.
 */
const PolicyRule *
mst_policy_of_action(const char *name, const char *project)
{
	const PolicyRule *own;
	const PolicyRule *general;
	int			rank_own;
	int			rank_general;

	if (!have_rules(&actions))
		return NULL;
	own = find_action_rule(name, project, &rank_own);
	general = find_action_rule(name, "", &rank_general);
	return own != NULL && rank_own >= rank_general ? own : general;
}

/*
 * Returns why the project may not use actions of the name, palloc'd, or NULL
 * when it may.  Names the rule, which whoever it holds for may see.
 */
char *
mst_policy_denial(const char *name, const char *project)
{
	const PolicyRule *rule = mst_policy_of_action(name, project);

	if (!mst_policy_is_deny(rule))
		return NULL;
	return psprintf("Action is not allowed [action=%s, project=%s]: rule " INT64_FORMAT
					", \"deny %s\", %s; administrators can change it",
					name, project, rule->id, rule->pattern,
					rule->project[0] == '\0' ? "for every project" : "for this project");
}

/*
 * Returns why an action that has been created may not begin any more, palloc'd,
 * or NULL: by its name and that of what is run for it, which are all that is
 * known of it by now.
 */
char *
mst_policy_denial_of_row(const ActionRow *action)
{
	const char *run_name;
	char	   *denial;

	if (!have_rules(&actions))
		return NULL;
	denial = mst_policy_denial(action->name, action->project_id);
	run_name = mst_action_run_name(action);
	if (denial == NULL && strcmp(run_name, action->name) != 0)
		denial = mst_policy_denial(run_name, action->project_id);
	return denial;
}

/* ---- requests ---- */

/* Standard actions that make requests, and the services that rules name. */
static const char *const services[][2] = {
	{"std.email", "email"},
	{"std.http", "http"},
	{"std.mistral_http", "http"},
	{"std.ssh", "ssh"},
	{"std.ssh_proxied", "ssh"}
};

/*
 * Returns the service of a standard action whose requests rules can hold for,
 * or NULL: it makes none, or what it does is its executor's own.
 */
const char *
mst_policy_service(const char *action)
{
	if (strncmp(action, "std.", 4) != 0)
		return NULL;
	for (int i = 0; i < lengthof(services); i++)
	{
		if (strcmp(services[i][0], action) == 0)
			return services[i][1];
	}
	return NULL;
}

/* Returns the number of actions that have a service. */
int
mst_policy_action_count(void)
{
	return lengthof(services);
}

/* Returns the name of one of them; a constant. */
const char *
mst_policy_action_name(int i)
{
	return services[i][0];
}

/* Returns whether a list, separated by commas, has the word; NULL has all. */
static bool
list_has(const char *list, const char *word)
{
	size_t		len = strlen(word);

	if (list == NULL)
		return true;
	while (*list != '\0')
	{
		size_t		n = strcspn(list, ",");

		if (n == len && strncmp(list, word, len) == 0)
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

/*
 * Returns whether there is a rule on where requests of the service may go, of
 * any project.  The service may be NULL: then there are none.
 */
bool
mst_policy_has_outbound(const char *service)
{
	bool		found = false;

	if (service == NULL || !have_rules(&outbound))
		return false;
	for (int i = 0; i < outbound.n && !found; i++)
		found = list_has(outbound.rules[i].services, service);
	return found;
}

static int
add_outbound_rules(JsonBuilder *b, const char *project, const char *service)
{
	int			n;
	int			added = 0;
	const PolicyRule *rules = rules_of(&outbound, project, &n);

	for (int i = 0; i < n; i++)
	{
		if (!list_has(rules[i].services, service))
			continue;
		mst_json_open_object(b, NULL);
		mst_json_add_int(b, "id", rules[i].id);
		mst_json_add_text(b, "effect", rules[i].effect);
		mst_json_add_text(b, "destination", rules[i].pattern);
		if (rules[i].ports != NULL)
			mst_json_add_text(b, "ports", rules[i].ports);
		mst_json_add_bool(b, "is_general", project[0] == '\0');
		mst_json_close_object(b);
		added++;
	}
	return added;
}

/*
 * Returns the rules for requests of a service that a project makes, palloc'd, as
 * executors and notifiers get them: an array of {id, effect, destination, ports,
 * is_general}, without ports where it is on all.  NULL: there are none.
 */
Jsonb *
mst_policy_outbound(const char *project, const char *service)
{
	JsonBuilder b;
	int			n;
	Jsonb	   *rules;

	if (!have_rules(&outbound))
		return NULL;
	mst_json_begin_array(&b);
	n = add_outbound_rules(&b, project, service) + add_outbound_rules(&b, "", service);
	rules = mst_json_end(&b);
	return n > 0 ? rules : NULL;
}
