/*-------------------------------------------------------------------------
 *
 * human.c
 *	  The input of std.human: what a task of people is, and who may do it.
 *
 * The same rules hold where a definition has literals, which are refused with
 * line and column, and when the task begins, for what expressions have given.
 * So they are written for JSON values, and a problem has a path, by which the
 * place in the definition is found.  docs/people.md has the rules.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/timestamp.h"

#include "dsl/human.h"
#include "dsl/shorthand.h"
#include "util/duration.h"
#include "util/json.h"
#include "util/time_parse.h"

/* ---- values ---- */

static SchemaProblem *
make_problem(const char *path, char *message)
{
	SchemaProblem *problem = palloc(sizeof(SchemaProblem));

	problem->path = pstrdup(path);
	problem->message = message;
	return problem;
}

static SchemaProblem *
wrong_value(const char *path, const char *expected, const Jsonb *value)
{
	return make_problem(path, psprintf("value must be %s, not %s", expected, mst_json_print(value)));
}

static bool
is_string(const Jsonb *value)
{
	return mst_json_root(value).type == jbvString;
}

static SchemaProblem *
check_text(const Jsonb *value)
{
	return is_string(value) ? NULL : wrong_value("", "a string", value);
}

static SchemaProblem *
check_title(const Jsonb *value)
{
	char	   *text = is_string(value) ? mst_json_to_text(value) : NULL;

	if (text != NULL && text[0] != '\0' && strpbrk(text, "\r\n") == NULL && pg_mbstrlen(text) <= MAX_HUMAN_TITLE)
		return NULL;
	return wrong_value("", psprintf("one line of 1 to %d characters", MAX_HUMAN_TITLE), value);
}

static SchemaProblem *
check_form(const Jsonb *value)
{
	return mst_schema_check(value);
}

static SchemaProblem *
check_anything(const Jsonb *value)
{
	return NULL;
}

static SchemaProblem *
check_priority(const Jsonb *value)
{
	JsonbValue	root = mst_json_root(value);
	int64		number = root.type == jbvNumeric ? mst_json_value_int(&root) : PG_INT64_MAX;

	if (root.type == jbvNumeric && strchr(mst_json_print(value), '.') == NULL &&
		number >= -MAX_HUMAN_PRIORITY && number <= MAX_HUMAN_PRIORITY)
		return NULL;
	return wrong_value("", psprintf("an integer from %d to %d", -MAX_HUMAN_PRIORITY, MAX_HUMAN_PRIORITY), value);
}

/* ---- names ---- */

static bool
is_name(const Jsonb *value, int max_bytes)
{
	char	   *text = is_string(value) ? mst_json_to_text(value) : NULL;

	return text != NULL && text[0] != '\0' && strlen(text) <= max_bytes;
}

/* One name, or a list of them. */
static SchemaProblem *
check_names(const Jsonb *value, const char *path, const char *what, int max_bytes)
{
	if (is_name(value, max_bytes))
		return NULL;
	if (!mst_json_is_array(value) || mst_json_count(value) < 1 || mst_json_count(value) > MAX_HUMAN_NAMES)
		return wrong_value(path, psprintf("%s, or a list of up to %d", what, MAX_HUMAN_NAMES), value);
	for (int i = 0; i < mst_json_count(value); i++)
	{
		Jsonb	   *item = mst_json_item(value, i);

		if (!is_name(item, max_bytes))
			return wrong_value(psprintf("%s/%d", path, i), what, item);
	}
	return NULL;
}

static SchemaProblem *
check_roles(const Jsonb *value, const char *path)
{
	return check_names(value, path, "the name of a role", NAMEDATALEN - 1);
}

static SchemaProblem *
check_candidates(const Jsonb *value)
{
	return check_roles(value, "");
}

static SchemaProblem *
check_distinct_from(const Jsonb *value)
{
	return check_names(value, "", "the name of a task", 255 * MAX_MULTIBYTE_CHAR_LEN);
}

/*
 * Returns the names in a list, as they are taken: of one name a list of one;
 * NULL: there are none.
 */
Jsonb *
mst_human_names(const Jsonb *value)
{
	JsonBuilder b;

	if (value == NULL || mst_json_is_null(value))
		return NULL;
	if (mst_json_is_array(value))
		return mst_json_copy(value);
	mst_json_begin_array(&b);
	mst_json_add(&b, NULL, value);
	return mst_json_end(&b);
}

/* ---- times ---- */

#define MOMENT_FORM "a number of seconds, a duration such as 2d or 1h30m, or a time such as 2026-12-24 18:00 Europe/Berlin"

/*
 * Sets *moment to the time that a value means, counted from "from" where it is
 * a duration.  Returns false if it is no time.
 */
bool
mst_human_moment(const Jsonb *value, TimestampTz from, TimestampTz *moment)
{
	int64		seconds;

	if (is_string(value))
	{
		char	   *text = mst_json_to_text(value);

		if (!mst_duration_parse(text, &seconds))
			return mst_time_parse(text, moment);
	}
	else if (!mst_json_whole_number(value, &seconds) || seconds < 0 || seconds > MAX_DURATION_S)
		return false;
	*moment = from + seconds * USECS_PER_SEC;
	return true;
}

static SchemaProblem *
check_moment(const Jsonb *value, const char *path)
{
	TimestampTz moment;

	return mst_human_moment(value, 0, &moment) ? NULL : wrong_value(path, MOMENT_FORM, value);
}

static SchemaProblem *
check_due(const Jsonb *value)
{
	return check_moment(value, "");
}

static SchemaProblem *
check_escalation(const Jsonb *value, const char *path)
{
	Jsonb	   *after = mst_json_is_object(value) ? mst_json_get(value, "after") : NULL;
	Jsonb	   *to = mst_json_is_object(value) ? mst_json_get(value, "to") : NULL;
	SchemaProblem *problem;

	if (after == NULL || to == NULL || mst_json_count(value) != 2)
		return wrong_value(path, "a mapping with \"after\" and \"to\"", value);
	problem = check_moment(after, psprintf("%s/after", path));
	return problem != NULL ? problem : check_roles(to, psprintf("%s/to", path));
}

/* One escalation, or a list of them. */
static SchemaProblem *
check_escalate(const Jsonb *value)
{
	SchemaProblem *problem = NULL;

	if (!mst_json_is_array(value))
		return check_escalation(value, "");
	if (mst_json_count(value) > MAX_HUMAN_ESCALATIONS)
		return make_problem("", psprintf("there may be at most %d escalations", MAX_HUMAN_ESCALATIONS));
	for (int i = 0; i < mst_json_count(value) && problem == NULL; i++)
		problem = check_escalation(mst_json_item(value, i), psprintf("/%d", i));
	return problem;
}

/*
 * Returns the escalation {after, to} of that number, from one or from a list;
 * NULL: there are no more.
 */
Jsonb *
mst_human_escalation(const Jsonb *escalate, int i)
{
	if (escalate == NULL || mst_json_is_null(escalate))
		return NULL;
	if (mst_json_is_array(escalate))
		return i < mst_json_count(escalate) ? mst_json_item(escalate, i) : NULL;
	return i == 0 ? mst_json_copy(escalate) : NULL;
}

/* ---- the input ---- */

typedef struct HumanMember
{
	const char *name;
	SchemaProblem *(*check) (const Jsonb *value);
} HumanMember;

static const HumanMember members[] = {
	{"candidates", check_candidates},
	{"data", check_anything},
	{"description", check_text},
	{"distinct-from", check_distinct_from},
	{"due", check_due},
	{"escalate", check_escalate},
	{"form", check_form},
	{"priority", check_priority},
	{"title", check_title}
};

/*
 * Returns what is wrong with the value of a parameter, or NULL.  Null stands
 * for a parameter that is not given.
 */
static SchemaProblem *
check_human_member(const char *name, const Jsonb *value)
{
	for (int i = 0; i < lengthof(members); i++)
	{
		if (strcmp(members[i].name, name) == 0)
			return mst_json_is_null(value) ? NULL : members[i].check(value);
	}
	return make_problem("", pstrdup("unknown parameter"));
}

/* Returns what is wrong with an input, palloc'd, or NULL. */
char *
mst_human_check_input(const Jsonb *input)
{
	for (int i = 0; i < lengthof(members); i++)
	{
		Jsonb	   *value = mst_json_get(input, members[i].name);
		SchemaProblem *problem = value == NULL ? NULL : check_human_member(members[i].name, value);

		if (problem != NULL)
			return psprintf("%s%s: %s", members[i].name, problem->path, problem->message);
	}
	return NULL;
}

/* ---- definitions ---- */

/* Returns whether an expression is anywhere in the value: then it is checked when it is known. */
static bool
has_expression(const SpecNode *node)
{
	const char *text = mst_node_json(node);

	return strstr(text, "<%") != NULL || strstr(text, "{{") != NULL || strstr(text, "{%") != NULL;
}

/* A wrong name is taken for a mistyped one. */
static bool
fail_unknown_member(SpecContext *cxt, const SpecNode *key)
{
	static const char *names[lengthof(members) + 1];

	for (int i = 0; i < lengthof(members); i++)
		names[i] = members[i].name;
	mst_check_invalid(cxt, key, "%s has no parameter \"%s\"", HUMAN_ACTION, key->u.text);
	return mst_check_hint_name(cxt, mst_spec_suggest(key->u.text, names));
}

static bool
is_member(const char *name)
{
	for (int i = 0; i < lengthof(members); i++)
	{
		if (strcmp(members[i].name, name) == 0)
			return true;
	}
	return false;
}

static bool
check_literals(SpecContext *cxt, const SpecNode *input)
{
	for (int i = 0; i < input->len; i++)
	{
		const NodeEntry *entry = &input->u.entries[i];
		const char *name = entry->key->u.text;
		SchemaProblem *problem;

		if (!is_member(name))
			return fail_unknown_member(cxt, entry->key);
		if (has_expression(entry->value))
			continue;
		problem = check_human_member(name, mst_node_jsonb(entry->value));
		if (problem != NULL)
			return mst_check_invalid(cxt, mst_check_find_place(entry->value, problem->path),
									 "%s%s: %s", name, problem->path, problem->message);
	}
	return true;
}

/* Returns the input of what calls std.human, if it is a mapping; else NULL. */
static const SpecNode *
find_input(const SpecNode *map, const char *name, const char *input_name)
{
	const SpecNode *input;
	const char *callee = mst_shorthand_split(map, name, input_name, &input);

	return callee != NULL && strcmp(callee, HUMAN_ACTION) == 0 && input != NULL &&
		input->kind == NODE_MAP ? input : NULL;
}

/*
 * Checks the literals in the input of a task or ad-hoc action, if it calls
 * std.human: the attributes "name" and "input_name" are its callee and input.
 */
bool
mst_check_human(SpecContext *cxt, const SpecNode *map, const char *name, const char *input_name)
{
	const SpecNode *input = cxt->validate ? find_input(map, name, input_name) : NULL;
	bool		ok;

	if (input == NULL)
		return true;
	mst_check_enter(cxt, NULL, input_name);
	ok = check_literals(cxt, input);
	mst_check_leave(cxt);
	return ok;
}

static bool
check_distinct_name(SpecContext *cxt, const SpecNode *name, const SpecNode *tasks)
{
	if (mst_node_get(tasks, name->u.text) != NULL)
		return true;
	mst_check_fail(cxt, name, ERRCODE_MISTRAL_INVALID_MODEL,
				   "distinct-from: Task '%s' not found", name->u.text);
	return mst_check_hint_name(cxt, mst_spec_suggest_key(name->u.text, tasks));
}

/*
 * Checks that the tasks exist from whose doers those of tasks of people must
 * differ.
 */
bool
mst_check_human_tasks(SpecContext *cxt, const SpecNode *tasks)
{
	bool		ok = true;

	for (int i = 0; i < tasks->len && ok; i++)
	{
		const SpecNode *input = find_input(tasks->u.entries[i].value, "action", "input");
		const SpecNode *names = input == NULL ? NULL : mst_node_get(input, "distinct-from");

		if (names == NULL || has_expression(names))
			continue;
		mst_check_enter(cxt, "task", tasks->u.entries[i].key->u.text);
		if (names->kind == NODE_STRING)
			ok = check_distinct_name(cxt, names, tasks);
		for (int k = 0; names->kind == NODE_LIST && k < names->len && ok; k++)
			ok = check_distinct_name(cxt, names->u.items[k], tasks);
		mst_check_leave(cxt);
	}
	return ok;
}
