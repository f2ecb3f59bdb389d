/*-------------------------------------------------------------------------
 *
 * queue_kinds.c
 *	  What of an action decides who may claim it: its lane, project and name.
 *
 * Nothing here looks at tables: it is asked of rows before they are queued, of
 * executors that have to find the lanes of theirs, and of those that explain
 * why an action waits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "signal/low_water.h"
#include "store/queue_kinds.h"

/*
 * Returns the part of the action that an ad-hoc action stands for; NULL if
 * the action is not ad-hoc.
 */
static JsonbValue *
run_part(const ActionRow *action, const char *key, JsonbValue *buffer)
{
	if (action->run == NULL)
		return NULL;
	return getKeyJsonValueFromContainer(&action->run->root, key, strlen(key),
										buffer);
}

/*
 * Returns the name of the action that an executor really runs, since an
 * ad-hoc action stands for another.  Points into the row, or is palloc'd.
 */
char *
mst_action_run_name(const ActionRow *action)
{
	JsonbValue	buffer;
	JsonbValue *name = run_part(action, "name", &buffer);

	if (name == NULL || name->type != jbvString)
		return action->name;
	return pnstrdup(name->val.string.val, name->val.string.len);
}

/*
 * Returns the input of the action that an executor really runs; points into
 * the row, or is palloc'd.
 */
Jsonb *
mst_action_run_input(const ActionRow *action)
{
	JsonbValue	buffer;
	JsonbValue *input = run_part(action, "input", &buffer);

	return input == NULL ? action->input : JsonbValueToJsonb(input);
}

/*
 * Returns the project whose executors alone take the action, palloc'd; NULL: any
 * may.
 */
char *
mst_action_provider(const ActionRow *action)
{
	JsonbValue	buffer;
	JsonbValue *provider = run_part(action, "provider", &buffer);

	if (provider == NULL || provider->type != jbvString)
		return NULL;
	return pnstrdup(provider->val.string.val, provider->val.string.len);
}

/*
 * Returns the lane in which an action of that provider (or NULL) and target
 * waits, palloc'd: the target, or, where there is a provider, that and the
 * target.  What one project queues is in nobody's way but its own.
 *
 * A line end separates the two.  A target with one in it, which anybody can
 * write, gets a lane that is no provider's.
 */
char *
mst_queue_lane(const char *provider, const char *target)
{
	if (target == NULL)
		target = "";
	if (provider == NULL && strchr(target, '\n') == NULL)
		return pstrdup(target);
	return psprintf("%s\n%s", provider != NULL ? provider : "", target);
}

/*
 * Returns the hash of a kind of queued actions, by which its low-water mark is
 * found.
 */
uint64
mst_queue_kind(const char *lane, const char *project, const char *name)
{
	const char *words[] = {lane, project, name};

	return mst_low_water_hash(words, lengthof(words));
}
