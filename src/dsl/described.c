/*-------------------------------------------------------------------------
 *
 * described.c
 *	  Reading descriptions of actions.
 *
 * The result has the form that build.c knows: all members are there that have
 * a default, and parameters are a list.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "miscadmin.h"

#include "dsl/check.h"
#include "dsl/described.h"
#include "util/json.h"

/* ---- parameters on one line ---- */

/*
 * Returns the end of the parameter that begins at p: the next comma that is in
 * no string and no bracket.
 */
static const char *
parameter_end(const char *p)
{
	int			depth = 0;

	for (; *p != '\0' && (*p != ',' || depth > 0); p++)
	{
		if (*p == '[' || *p == '{')
			depth++;
		else if (*p == ']' || *p == '}')
			depth--;
		else if (*p == '"')
		{
			for (p++; *p != '\0' && *p != '"'; p++)
			{
				if (*p == '\\' && p[1] != '\0')
					p++;
			}
			if (*p == '\0')
				break;
		}
	}
	return p;
}

static void
trim_blanks(const char **from, const char **to)
{
	while (*from < *to && isspace((unsigned char) **from))
		(*from)++;
	while (*to > *from && isspace((unsigned char) (*to)[-1]))
		(*to)--;
}

/* "a" or "b=1" as an entry of the list; NULL: it is neither, as reported. */
static SpecNode *
read_parameter(SpecContext *cxt, const SpecNode *at, const char *from, const char *to)
{
	const char *equals = memchr(from, '=', to - from);
	const char *name_end = equals != NULL ? equals : to;
	SpecNode   *entry;
	SpecNode   *value;

	trim_blanks(&from, &name_end);
	if (name_end == from)
	{
		mst_check_invalid(cxt, at, "a parameter in \"%s\" has no name", at->u.text);
		return NULL;
	}
	if (equals == NULL)
		return mst_node_string(from, name_end - from, at);
	equals++;
	trim_blanks(&equals, &to);
	value = mst_node_from_json(equals, to - equals, at);
	if (value == NULL)
	{
		mst_check_invalid(cxt, at, "default of parameter \"%.*s\" is not JSON: %.*s",
						  (int) (name_end - from), from, (int) (to - equals), equals);
		mst_check_hint(cxt, "Write a string in double quotes.");
		return NULL;
	}
	entry = mst_node_new(NODE_MAP, at);
	mst_node_set(entry, mst_node_string(from, name_end - from, at), value);
	return entry;
}

/* Returns the list that a line of parameters stands for, or NULL. */
static SpecNode *
read_line(SpecContext *cxt, const SpecNode *line)
{
	SpecNode   *list = mst_node_new(NODE_LIST, line);
	const char *p = line->u.text;

	while (isspace((unsigned char) *p))
		p++;
	if (*p == '\0')
		return list;
	do
	{
		const char *end = parameter_end(p);
		SpecNode   *entry = read_parameter(cxt, line, p, end);

		CHECK_FOR_INTERRUPTS();
		if (entry == NULL)
			return NULL;
		mst_node_append(list, entry);
		p = end;
	} while (*p++ == ',');
	return list;
}

/* ---- members ---- */

static bool
check_boolean(SpecContext *cxt, SpecNode *node)
{
	return node->kind == NODE_BOOL ||
		mst_check_invalid(cxt, node, "the value must be true or false, not %s", mst_node_brief(node));
}

/* Without parameters the list is empty. */
static bool
check_parameters(SpecContext *cxt, SpecNode *node)
{
	SpecNode   *list;

	if (node->kind == NODE_STRING)
	{
		list = read_line(cxt, node);
		if (list == NULL)
			return false;
		*node = *list;
	}
	return (node->kind == NODE_LIST && node->len == 0) || mst_check_inputs(cxt, node);
}

static bool
check_words(SpecContext *cxt, SpecNode *node)
{
	return (node->kind == NODE_LIST && node->len == 0) || mst_check_names(cxt, node);
}

/* A text, which may be empty. */
static bool
check_text(SpecContext *cxt, SpecNode *node)
{
	return node->kind == NODE_STRING ||
		mst_check_invalid(cxt, node, "the value must be a string, not %s", mst_node_brief(node));
}

static bool
check_description(SpecContext *cxt, SpecNode *node)
{
	static const AttributeRule rules[] = {
		{"name", mst_check_name},
		{"description", check_text},
		{"input", check_parameters},
		{"takes_any", check_boolean},
		{"is_sync", check_boolean},
		{"tags", check_words},
		{"scope", mst_check_name}
	};
	const SpecNode *name;

	if (node->kind != NODE_MAP)
		return mst_check_invalid(cxt, node, "an action must be described by an object, not %s",
								 mst_node_brief(node));
	name = mst_node_get(node, "name");
	if (name == NULL)
		return mst_check_invalid(cxt, node, "the description of an action has no member \"name\"");
	mst_check_enter(cxt, "action", name->kind == NODE_STRING ? name->u.text : "");
	if (!mst_check_attributes(cxt, node, "an action", rules, lengthof(rules), false))
		return false;
	mst_check_leave(cxt);
	return true;
}

/* ---- reading ---- */

/* Returns the members that are not null. */
static SpecNode *
without_nulls(SpecNode *node)
{
	SpecNode   *result = mst_node_new(NODE_MAP, node);

	for (int i = 0; i < node->len; i++)
	{
		if (node->u.entries[i].value->kind != NODE_NULL)
			mst_node_set(result, node->u.entries[i].key, node->u.entries[i].value);
	}
	return result;
}

/* Takes over the member, or what is to be in its place when there is none. */
static void
put_member(SpecNode *spec, const SpecNode *node, const char *name, SpecNode *otherwise)
{
	SpecNode   *value = mst_node_get(node, name);

	if (value != NULL || otherwise != NULL)
		mst_node_set_name(spec, name, value != NULL ? value : otherwise);
}

/* Returns what is stored of a checked description. */
static ActionDescription *
complete_description(const SpecNode *node)
{
	ActionDescription *result = palloc0(sizeof(ActionDescription));
	SpecNode   *spec = mst_node_new(NODE_MAP, NULL);
	const SpecNode *scope = mst_node_get(node, "scope");
	bool		has_input = mst_node_get(node, "input") != NULL;

	put_member(spec, node, "name", NULL);
	put_member(spec, node, "description", NULL);
	put_member(spec, node, "tags", NULL);
	put_member(spec, node, "input", mst_node_new(NODE_LIST, NULL));
	put_member(spec, node, "takes_any", mst_node_boolean(!has_input, NULL));
	put_member(spec, node, "is_sync", mst_node_boolean(true, NULL));
	result->item.name = mst_node_get(node, "name")->u.text;
	result->item.has_text_name = true;
	result->item.spec = spec;
	result->item.definition = mst_node_json(spec);
	result->item.kind = MST_KIND_EXECUTOR;
	result->scope = scope != NULL ? scope->u.text : NULL;
	return result;
}

/*
 * Reads the description of an action that executors run.  Raises an error that
 * says where it is wrong.
 */
ActionDescription *
mst_described_read(const Jsonb *description)
{
	SpecReport	report = {0};
	SpecContext cxt = {.report = &report, .validate = true};
	char	   *text = mst_json_print(description);
	SpecNode   *node = mst_node_from_json(text, strlen(text), NULL);

	if (node != NULL && node->kind == NODE_MAP)
		node = without_nulls(node);
	if (node == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_MODEL),
				 errmsg("the description of an action is nested too deeply")));
	if (!check_description(&cxt, node))
		mst_spec_raise(&report);
	return complete_description(node);
}

/*
 * Returns the description of an action of which only the name is known: it
 * takes any parameters.
 */
ActionDescription *
mst_described_name(const char *name)
{
	ActionDescription *description =
	mst_described_read(mst_json_object1("name", mst_json_text(name)));

	description->is_name_only = true;
	return description;
}
