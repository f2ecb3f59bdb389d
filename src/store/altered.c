/*-------------------------------------------------------------------------
 *
 * altered.c
 *	  What an administrator may attach to our tables, and what is refused.
 *
 * The engine reads and writes rows without the executor.  All indexes are
 * maintained, unique, exclusion and expression ones included, and a table may
 * be moved, rewritten or published.  But nothing here fires triggers (and
 * foreign keys are triggers), follows rules, evaluates check constraints and
 * defaults, or looks into child tables.  Where somebody has added such things
 * they would be passed over silently; instead the engine refuses to go on, and
 * says what is in its way.  Each table is looked at once after every change.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "store/relation.h"
#include "util/errors.h"

/* Raises the error; "name" is NULL where there is no single one to name. */
static void refuse_altered(Relation rel, const char *what, const char *name,
						   const char *why, const char *hint) pg_attribute_noreturn();

static void
refuse_altered(Relation rel, const char *what, const char *name, const char *why,
			   const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_ALTERED_TABLE),
			 name == NULL ?
			 errmsg("table \"%s\" has %s, %s",
					RelationGetRelationName(rel), what, why) :
			 errmsg("table \"%s\" has %s \"%s\", %s",
					RelationGetRelationName(rel), what, name, why),
			 errhint("%s", hint)));
	pg_unreachable();
}

/* ---- for every access ---- */

/* Returns the type of a column in SQL; COL_TEXT may be json as well. */
Oid
mst_column_type(ColumnType type)
{
	switch (type)
	{
		case COL_UUID:
		case COL_ROOT_UUID:
			return UUIDOID;
		case COL_INT32:
			return INT4OID;
		case COL_INT64:
		case COL_IDENTITY:
			return INT8OID;
		case COL_TIMESTAMP:
			return TIMESTAMPTZOID;
		case COL_STATE:
		case COL_CHAR:
			return CHAROID;
		case COL_BOOL:
			return BOOLOID;
		case COL_TEXT:
			return TEXTOID;
		case COL_JSONB:
			return JSONBOID;
		case COL_LINKS:
			return BYTEAOID;
		case COL_XACT_ID:
			return XID8OID;
	}
	elog(ERROR, "unrecognized type of column: %d", (int) type);
	return InvalidOid;
}

/* JSON is stored as the text that it is. */
static bool
is_type(Oid actual, ColumnType type)
{
	return actual == mst_column_type(type) || (type == COL_TEXT && actual == JSONOID);
}

/*
 * Checks that rows of the table are what the structure says, and all in it.
 * The cache has the numbers of the columns; the caller holds a lock.
 */
void
mst_table_check_shape(TableDef *def, Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);

	for (int i = 0; i < def->ncolumns; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, def->cache->attnums[i] - 1);

		if (!is_type(attr->atttypid, def->columns[i].type))
			refuse_altered(rel, "column", NameStr(attr->attname), "whose type was changed",
						   psprintf("Change it back to %s.", format_type_be(mst_column_type(def->columns[i].type))));
	}
	if (rel->rd_rel->relkind != RELKIND_RELATION || rel->rd_rel->relispartition)
		refuse_altered(rel, "a parent", NULL,
					   "whose constraints the engine does not check",
					   "Detach it: the tables of the extension cannot be partitions.");
	if (rel->rd_rel->relhassubclass &&
		find_inheritance_children(RelationGetRelid(rel), NoLock) != NIL)
		refuse_altered(rel, "child tables", NULL,
					   "whose rows the engine does not see", "Drop them, or use NO INHERIT.");
}

/* ---- for writing ---- */

/*
 * Triggers of our own are for rows that others write: when a dump is restored.
 * That of a watch is the exception, which somebody else puts on a table.
 */
static bool
is_own_trigger(Relation rel, const Trigger *trigger)
{
	Oid			schema = RelationGetNamespace(rel);
	char	   *function = get_func_name(trigger->tgfoid);

	if (OidIsValid(trigger->tgconstrrelid))
		return get_rel_namespace(trigger->tgconstrrelid) == schema;
	return get_func_namespace(trigger->tgfoid) == schema && function != NULL &&
		strcmp(function, "watch_row") != 0;
}

static void
check_triggers(Relation rel)
{
	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		const Trigger *trigger = &rel->trigdesc->triggers[i];

		if (trigger->tgenabled == TRIGGER_DISABLED || is_own_trigger(rel, trigger))
			continue;
		if (OidIsValid(trigger->tgconstrrelid))
			refuse_altered(rel, "a foreign key from or to table", get_rel_name(trigger->tgconstrrelid),
						   "which the engine's writes do not check",
						   "Drop the constraint; keep the id without one, or copy what you need by events.");
		if (trigger->tgisinternal)
			refuse_altered(rel, "deferrable constraint", get_constraint_name(trigger->tgconstraint),
						   "which the engine's writes do not check", "Make it NOT DEFERRABLE.");
		refuse_altered(rel, "trigger", trigger->tgname, "which the engine's writes do not fire",
					   "Drop or disable it. Event subscriptions and consumers tell what happens.");
	}
}

/* The conditions of our own tables, which what the engine writes fulfils. */
static const char *const own_checks[] = {
	"action_executions_state_check",
	"action_results_state_check",
	"executors_lease_ms_check",
	"limit_slots_state_check",
	"task_executions_state_check",
	"task_executions_type_check",
	"workflow_executions_state_check"
};

static bool
is_own_check(const char *name)
{
	for (int i = 0; i < lengthof(own_checks); i++)
	{
		if (strcmp(own_checks[i], name) == 0)
			return true;
	}
	return false;
}

static void
check_constraints(Relation rel)
{
	TupleConstr *constr = RelationGetDescr(rel)->constr;

	for (int i = 0; constr != NULL && i < constr->num_check; i++)
	{
		if (!is_own_check(constr->check[i].ccname))
			refuse_altered(rel, "check constraint", constr->check[i].ccname,
						   "which the engine's writes do not check", "Drop it.");
	}
}

/*
 * Checks that nothing waits for changes of the table that only the executor
 * tells of.  Publications need a replica identity, as with any table.
 */
void
mst_table_check_writes(Relation rel)
{
	check_triggers(rel);
	check_constraints(rel);
	if (rel->rd_rules != NULL)
		refuse_altered(rel, "rules", NULL,
					   "which the engine's writes do not follow", "Drop them.");
	CheckCmdReplicaIdentity(rel, CMD_UPDATE);
	CheckCmdReplicaIdentity(rel, CMD_DELETE);
}

static bool
is_known(TableDef *def, AttrNumber attnum)
{
	for (int i = 0; i < def->ncolumns; i++)
	{
		if (def->cache->attnums[i] == attnum)
			return true;
	}
	return false;
}

/*
 * Checks that rows of the structure are whole rows of the table.
 */
void
mst_table_check_columns(TableDef *def, Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, i);

		if (!attr->attisdropped && !is_known(def, i + 1))
			refuse_altered(rel, "column", NameStr(attr->attname), "which the engine does not keep",
						   "Drop it; put what belongs to an execution into its own table.");
	}
	for (int i = 0; i < def->ncolumns; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, def->cache->attnums[i] - 1);

		if (attr->attnotnull && def->columns[i].is_nullable)
			refuse_altered(rel, "column", NameStr(attr->attname), "which was made NOT NULL",
						   "Use ALTER TABLE ... ALTER COLUMN ... DROP NOT NULL.");
	}
}
