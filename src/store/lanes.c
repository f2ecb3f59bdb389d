/*-------------------------------------------------------------------------
 *
 * lanes.c
 *	  What an executor really runs, and the lane in which it waits.
 *
 * The row of an ad-hoc or a registered action says in "run" what it stands
 * for.  The queue has a lane for each pair of a project whose executors alone
 * take an action (its provider) and a target: an executor claims from the
 * lanes that it serves, and looks at no others.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/claims.h"

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
