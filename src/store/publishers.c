/*-------------------------------------------------------------------------
 *
 * publishers.c
 *	  What publishers of events may look like.
 *
 * A publisher is given in the start parameter "notify", in a subscription, or
 * in a setting.  It is checked when it is given: one that could never deliver
 * anything would be found out only by the silence.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "store/publishers.h"
#include "util/errors.h"
#include "util/guc.h"
#include "util/json.h"

/* bytes of a publisher: each delivery has a copy of it */
#define MAX_PUBLISHER_SIZE		8192
#define MAX_ADDRESS_LENGTH		2048
#define MAX_NAME_LENGTH			255
#define MAX_HEADERS				100

static const char *const event_names[] = {
	"WORKFLOW_LAUNCHED", "WORKFLOW_SUCCEEDED", "WORKFLOW_FAILED",
	"WORKFLOW_CANCELLED", "WORKFLOW_PAUSED", "WORKFLOW_RESUMED", "WORKFLOW_RERUN",
	"TASK_LAUNCHED", "TASK_SUCCEEDED", "TASK_FAILED", "TASK_CANCELLED",
	"TASK_PAUSED", "TASK_RESUMED", "TASK_RERUN", "TASK_SKIPPED",
	"HUMAN_TASK_OPENED", "HUMAN_TASK_CLAIMED", "HUMAN_TASK_RELEASED", "HUMAN_TASK_DELEGATED",
	"HUMAN_TASK_ESCALATED", "HUMAN_TASK_OVERDUE", "HUMAN_TASK_COMPLETED", "HUMAN_TASK_CANCELLED"
};

/* A kind of publisher, and the text that says where it sends events. */
typedef struct PublisherType
{
	const char *name;
	const char *address;		/* member that must be there, or NULL */
	int			max_length;		/* of its value, in bytes */
} PublisherType;

static const PublisherType types[] = {
	{"webhook", "url", MAX_ADDRESS_LENGTH},
	{"notify", "channel", NAMEDATALEN - 1},
	{"file", "name", MAX_NAME_LENGTH},
	{"program", "name", MAX_NAME_LENGTH},
	{"log", NULL, 0},
	{"noop", NULL, 0}
};

/* Returns whether there are events of this name. */
bool
mst_publisher_is_event(const char *name)
{
	for (int i = 0; i < lengthof(event_names); i++)
	{
		if (strcmp(event_names[i], name) == 0)
			return true;
	}
	return false;
}

/* Returns the names of all events for a hint, separated by commas; palloc'd. */
char *
mst_publisher_event_list(void)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < lengthof(event_names); i++)
		appendStringInfo(&list, "%s%s", i > 0 ? ", " : "", event_names[i]);
	return list.data;
}

static const PublisherType *
find_type(const char *name)
{
	for (int i = 0; i < lengthof(types); i++)
	{
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	}
	return NULL;
}

/* Returns whether the text begins like a URL of http or https with a host. */
static bool
is_url(const char *text)
{
	const char *host = pg_strncasecmp(text, "http://", 7) == 0 ? text + 7 :
	pg_strncasecmp(text, "https://", 8) == 0 ? text + 8 : NULL;

	if (host == NULL || *host == '\0' || strchr("/?#:@", *host) != NULL)
		return false;
	for (; *text != '\0'; text++)
	{
		if ((unsigned char) *text <= ' ' || *text == 0x7F)
			return false;
	}
	return true;
}

static char *
address_problem(Jsonb *publisher, const PublisherType *type)
{
	char	   *address;

	if (type->address == NULL)
		return NULL;
	address = mst_json_get_text(publisher, type->address);
	if (address == NULL || address[0] == '\0')
		return psprintf("a publisher of type \"%s\" needs the member \"%s\"",
						type->name, type->address);
	if (strlen(address) > type->max_length)
		return psprintf("\"%s\" of a publisher is longer than %d bytes",
						type->address, type->max_length);
	if (strcmp(type->address, "url") == 0 && !is_url(address))
		return psprintf("\"%s\" is not a URL of http or https", address);
	return NULL;
}

/* Returns the headers and the secret of a webhook. */
static char *
webhook_problem(Jsonb *publisher)
{
	Jsonb	   *headers = mst_json_get(publisher, "headers");

	if (mst_json_has(publisher, "secret") &&
		mst_json_get_text(publisher, "secret") == NULL)
		return "\"secret\" of a publisher must be a string";
	if (!mst_json_has(publisher, "headers"))
		return NULL;
	if (!mst_json_is_object(headers))
		return "\"headers\" of a publisher must be an object";
	if (mst_json_count(headers) > MAX_HEADERS)
		return psprintf("a publisher has more than %d headers", MAX_HEADERS);
	return NULL;
}

static char *
event_types_problem(Jsonb *publisher)
{
	Jsonb	   *names = mst_json_get(publisher, "event_types");

	if (names == NULL || mst_json_is_null(names))
		return NULL;
	if (!mst_json_is_array(names))
		return "\"event_types\" of a publisher must be a list";
	if (mst_json_count(names) > lengthof(event_names))
		return "\"event_types\" of a publisher names more events than there are";
	for (int i = 0; i < mst_json_count(names); i++)
	{
		char	   *name = mst_json_to_text(mst_json_item(names, i));

		if (!mst_publisher_is_event(name))
			return psprintf("there is no event \"%s\"", name);
	}
	return NULL;
}

/* Returns what is wrong with a publisher, or NULL; palloc'd. */
char *
mst_publisher_problem(Jsonb *publisher)
{
	const PublisherType *type;
	char	   *name;
	char	   *problem;

	if (!mst_json_is_object(publisher))
		return "a publisher must be a JSON object";
	if (VARSIZE(publisher) > MAX_PUBLISHER_SIZE)
		return psprintf("a publisher is longer than %d bytes", MAX_PUBLISHER_SIZE);
	name = mst_json_get_text(publisher, "type");
	if (name == NULL || name[0] == '\0')
		return "a publisher must have a type";
	type = find_type(name);
	if (type == NULL)
		return psprintf("there is no type \"%s\" of publishers", name);
	problem = address_problem(publisher, type);
	if (problem == NULL && strcmp(name, "webhook") == 0)
		problem = webhook_problem(publisher);
	if (problem == NULL)
		problem = event_types_problem(publisher);
	return problem;
}

/* Returns what is wrong with a list of publishers, or NULL; palloc'd. */
char *
mst_publisher_list_problem(Jsonb *list)
{
	int			n = mst_json_count(list);

	if (!mst_json_is_array(list))
		return "publishers must be a list";
	if (n > mst_max_publishers)
		return psprintf("%d publishers are more than the %d that an execution may have",
						n, mst_max_publishers);
	for (int i = 0; i < n; i++)
	{
		char	   *problem = mst_publisher_problem(mst_json_item(list, i));

		if (problem != NULL)
			return problem;
	}
	return NULL;
}

/*
 * Returns what is wrong with the publishers that start parameters name, or
 * NULL; palloc'd.
 */
char *
mst_publisher_params_problem(Jsonb *params)
{
	Jsonb	   *notify = mst_json_get(params, "notify");
	char	   *problem;

	if (notify == NULL || mst_json_is_null(notify))
		return NULL;
	problem = mst_publisher_list_problem(notify);
	return problem == NULL ? NULL :
		psprintf("invalid parameter \"notify\": %s", problem);
}

/* Raises an error unless the publishers of start parameters are right. */
void
mst_publisher_check_params(Jsonb *params)
{
	char	   *problem = mst_publisher_params_problem(params);

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT), errmsg("%s", problem)));
}
