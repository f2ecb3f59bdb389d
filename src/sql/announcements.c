/*-------------------------------------------------------------------------
 *
 * announcements.c
 *	  What executors announce when they register.
 *
 * An executor lists names of actions and describes some of them.  What is not
 * a standard action becomes one of its project; a standard action stays what
 * it is, whatever an executor says of it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "definition/registered.h"
#include "engine/work/builtin.h"
#include "sql/announcements.h"
#include "util/errors.h"
#include "util/json.h"

/* as many bytes as an executor may announce */
#define MAX_ANNOUNCEMENT		(1024 * 1024)

/* The actions that an executor announces, as far as they have been read. */
typedef struct Announcement
{
	List	   *names;			/* char *, all different */
	List	   *descriptions;	/* ActionDescription *, of what is no standard
								 * action */
} Announcement;

static bool
has_name(const Announcement *announcement, const char *name)
{
	ListCell   *lc;

	foreach(lc, announcement->names)
	{
		if (strcmp(lfirst(lc), name) == 0)
			return true;
	}
	return false;
}

static void
add_action(Announcement *announcement, ActionDescription *description)
{
	char	   *name = description->item.name;

	if (list_length(announcement->names) >= MAX_ACTION_NAMES)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_LIMIT),
				 errmsg("an executor cannot name more than %d actions", MAX_ACTION_NAMES)));
	announcement->names = lappend(announcement->names, name);
	if (mst_builtin_find(name) == NULL)
		announcement->descriptions = lappend(announcement->descriptions, description);
}

/* The names alone, of which some may have been described. */
static void
read_names(Announcement *announcement, const Jsonb *names)
{
	int			n = names == NULL ? 0 : mst_json_count(names);

	for (int i = 0; i < n; i++)
	{
		char	   *name = mst_json_to_text(mst_json_item(names, i));

		if (!has_name(announcement, name))
			add_action(announcement, mst_described_name(name));
	}
}

/* A description, or a name alone. */
static ActionDescription *
read_element(const Jsonb *element)
{
	if (mst_json_root(element).type == jbvString)
		return mst_described_name(mst_json_to_text(element));
	return mst_described_read(element);
}

static void
read_announces(Announcement *announcement, const Jsonb *announces)
{
	if (!JB_ROOT_IS_ARRAY(announces) || JB_ROOT_IS_SCALAR(announces))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_MODEL),
				 errmsg("announced actions must be a JSON array of descriptions and names")));
	if (VARSIZE(announces) > MAX_ANNOUNCEMENT)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_LIMIT),
				 errmsg("announcement of an executor is longer than %d bytes", MAX_ANNOUNCEMENT)));
	for (int i = 0; i < JB_ROOT_COUNT(announces); i++)
	{
		ActionDescription *description = read_element(mst_json_item(announces, i));

		if (has_name(announcement, description->item.name))
			ereport(ERROR,
					(errcode(ERRCODE_MISTRAL_INVALID_MODEL),
					 errmsg("action \"%s\" is announced twice", description->item.name)));
		add_action(announcement, description);
	}
}

/*
 * Stores what an executor of the project says of its actions: an array of names
 * and an array of descriptions, both may be NULL.  Returns the names of all
 * that it takes, or NULL if it has named none: it takes any.
 */
Jsonb *
mst_announce_actions(const Jsonb *names, const Jsonb *announces, const char *project)
{
	Announcement announcement = {NIL};
	JsonBuilder b;
	ListCell   *lc;

	if (names == NULL && announces == NULL)
		return NULL;
	if (announces != NULL)
		read_announces(&announcement, announces);
	read_names(&announcement, names);
	mst_registered_announce(announcement.descriptions, project);

	mst_json_begin_array(&b);
	foreach(lc, announcement.names)
		mst_json_add_text(&b, NULL, lfirst(lc));
	return mst_json_end(&b);
}
