/*-------------------------------------------------------------------------
 *
 * registered.c
 *	  Storing the actions that executors run.
 *
 * People register an action as they store any definition.  Executors announce
 * theirs whenever they start, many at a time and many times the same, so an
 * announcement
 *
 * - writes nothing when it says what is known already;
 * - takes its names in their order, so that executors that start together
 *   cannot wait for each other in a circle;
 * - makes the newest description count, as a new version, when it differs:
 *   programs are replaced one after the other, and the action outlives them;
 * - never touches what the project has under the name if that is run by
 *   something else.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "definition/definitions.h"
#include "definition/registered.h"
#include "util/errors.h"
#include "util/json.h"
#include "util/uuid.h"

/*
 * Stores an action that people register, or with "or_replace" give the
 * project's own of that name a new version; returns its id.
 */
pg_uuid_t
mst_registered_put(const ActionDescription *description,
				   const DefinitionPlace *place, bool or_replace)
{
	const DefinitionItem *item = &description->item;

	return or_replace ?
		mst_definition_put(TABLE_ACTIONS, item->name, NULL, item, place) :
		mst_definition_insert(TABLE_ACTIONS, item->name, NULL, item, place);
}

/*
 * Returns the description of a registered action, as mst_described_read()
 * takes it.
 */
Jsonb *
mst_registered_description(const DefinitionRow *row)
{
	char	   *text = mst_definition_action_spec_json(&row->version_id);

	if (text == NULL)
		elog(ERROR, "version %s of action \"%s\" is missing",
			 mst_uuid_text(&row->version_id), row->name);
	return mst_json_from_text(text);
}

/* ---- announcements ---- */

/* Returns whether the action is stored in just this way. */
static bool
is_known(const DefinitionRow *row, const ActionDescription *description)
{
	const char *spec;

	if (description->scope != NULL && strcmp(description->scope, row->scope) != 0)
		return false;
	spec = mst_definition_action_spec_json(&row->version_id);
	return spec != NULL && strcmp(spec, mst_node_json(description->item.spec)) == 0;
}

static void
raise_taken(const DefinitionRow *row)
{
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_DUPLICATE),
			 errmsg("action \"%s\" cannot be announced: project \"%s\" has one of kind \"%s\" under that name",
					row->name, row->project_id, row->kind),
			 errhint("Delete it, or choose another name.")));
}

/*
 * Stores what an executor says of an action.  Where another executor stores the
 * same name meanwhile, the insertion waits for it, and then finds it.
 */
static void
announce_action(const ActionDescription *description, const DefinitionPlace *place)
{
	const DefinitionItem *item = &description->item;
	DefinitionRow *row = mst_definition_find_own(TABLE_ACTIONS, item->name, place);

	if (row == NULL && mst_definition_try_insert(TABLE_ACTIONS, item->name, NULL, item, place, NULL))
		return;
	if (row == NULL)
		row = mst_definition_find_own(TABLE_ACTIONS, item->name, place);
	if (row == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not announce action \"%s\" due to concurrent update", item->name)));
	if (description->is_name_only)
		return;
	if (strcmp(row->kind, MST_KIND_EXECUTOR) != 0)
		raise_taken(row);
	if (!is_known(row, description))
		mst_definition_update(TABLE_ACTIONS, row, item->name, NULL, item, place);
}

static int
compare_names(const ListCell *a, const ListCell *b)
{
	const ActionDescription *left = lfirst(a);
	const ActionDescription *right = lfirst(b);

	return strcmp(left->item.name, right->item.name);
}

/*
 * Stores what an executor of the project announces (ActionDescription *), which
 * is put in the order of names.  A name alone stands for what is known of it
 * already, or else for an action that takes any parameters.
 */
void
mst_registered_announce(List *descriptions, const char *project)
{
	ListCell   *lc;

	list_sort(descriptions, compare_names);
	foreach(lc, descriptions)
	{
		const ActionDescription *description = lfirst(lc);
		DefinitionPlace place = {"", description->scope, unconstify(char *, project)};

		mst_definition_check_scope(place.scope);
		announce_action(description, &place);
	}
}
