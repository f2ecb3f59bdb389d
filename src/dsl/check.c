/*-------------------------------------------------------------------------
 *
 * check.c
 *	  The vocabulary of checks that every part of a definition is made of.
 *
 * A check gets a node and looks at what it is; the context has the report
 * and the path from the top, which messages show.  It returns false after
 * the first error in a text, because later ones would mostly follow from
 * it, and goes on after warnings.  Error and warnings are put into the
 * report and not raised here: validate functions return them, and only
 * mst_spec_raise() makes the error one of SQL.
 *
 * Attributes are checked by tables of rules (AttributeRule): a name,
 * whether it is required, and the check of its value.  Texts of messages
 * are ours, their classes the reference's (docs/language.md, "Errors").
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"

#include "dsl/check.h"
#include "expr/expr.h"
#include "tree/charclass.h"
#include "util/time_parse.h"

/* ---- path ---- */

/*
 * Steps into an entity or attribute; the name must live as long as the step.
 */
void
mst_check_enter(SpecContext *cxt, const char *kind, const char *name)
{
	if (cxt->n_steps < MAX_PATH_STEPS)
	{
		cxt->steps[cxt->n_steps].kind = kind;
		cxt->steps[cxt->n_steps].name = name;
	}
	cxt->n_steps++;
}

/*
 * Steps into an item of a list.
 */
void
mst_check_enter_item(SpecContext *cxt, int index)
{
	if (cxt->n_steps < MAX_PATH_STEPS)
	{
		cxt->steps[cxt->n_steps].kind = NULL;
		cxt->steps[cxt->n_steps].name = NULL;
		cxt->steps[cxt->n_steps].index = index;
	}
	cxt->n_steps++;
}

/*
 * Steps out again.
 */
void
mst_check_leave(SpecContext *cxt)
{
	cxt->n_steps--;
}

static char *
path_text(const SpecContext *cxt)
{
	StringInfoData out;
	bool		in_attribute = false;

	if (cxt->n_steps == 0)
		return NULL;
	initStringInfo(&out);
	for (int i = 0; i < Min(cxt->n_steps, MAX_PATH_STEPS); i++)
	{
		const PathStep *step = &cxt->steps[i];

		if (step->name == NULL)
		{
			appendStringInfo(&out, "[%d]", step->index);
			continue;
		}
		if (i > 0)
			appendStringInfoString(&out, in_attribute && step->kind == NULL ? "." : ", ");
		in_attribute = step->kind == NULL;
		if (step->kind != NULL)
			appendStringInfo(&out, "%s \"%s\"", step->kind, step->name);
		else
			appendStringInfoString(&out, step->name);
	}
	return out.data;
}

/* ---- messages ---- */

static SpecMessage *
make_message(SpecContext *cxt, const SpecNode *at, int sqlstate, char *text)
{
	SpecMessage *message = palloc0(sizeof(SpecMessage));

	message->sqlstate = sqlstate;
	message->message = text;
	message->path = path_text(cxt);
	if (at != NULL)
	{
		message->line = at->line;
		message->column = at->column;
	}
	return message;
}

static char *format_text(const char *fmt, va_list args) pg_attribute_printf(1, 0);

static char *
format_text(const char *fmt, va_list args)
{
	StringInfoData out;

	initStringInfo(&out);
	for (;;)
	{
		va_list		copy;
		int			needed;

		va_copy(copy, args);
		needed = appendStringInfoVA(&out, fmt, copy);
		va_end(copy);
		if (needed == 0)
			return out.data;
		enlargeStringInfo(&out, needed);
	}
}

/* Reports an error, and returns false. */
bool
mst_check_fail(SpecContext *cxt, const SpecNode *at, int sqlstate,
			   const char *fmt,...)
{
	va_list		args;

	va_start(args, fmt);
	if (cxt->report->error == NULL)
		cxt->report->error = make_message(cxt, at, sqlstate,
										  format_text(fmt, args));
	va_end(args);
	return false;
}

/*
 * Reports a part that has not the form it must have: the error is of the class
 * InvalidModel, and its message begins with "Invalid DSL: ".
 */
bool
mst_check_invalid(SpecContext *cxt, const SpecNode *at, const char *fmt,...)
{
	va_list		args;

	va_start(args, fmt);
	if (cxt->report->error == NULL)
		cxt->report->error = make_message(cxt, at, ERRCODE_MISTRAL_INVALID_MODEL,
										  psprintf("Invalid DSL: %s",
												   format_text(fmt, args)));
	va_end(args);
	return false;
}

/* Adds a hint to the error reported last; returns false. */
bool
mst_check_hint(SpecContext *cxt, const char *fmt,...)
{
	va_list		args;

	va_start(args, fmt);
	cxt->report->error->hint = format_text(fmt, args);
	va_end(args);
	return false;
}

/* Adds "did you mean" to it, if there is a suggestion; returns false. */
bool
mst_check_hint_name(SpecContext *cxt, const char *suggestion)
{
	if (suggestion != NULL)
		mst_check_hint(cxt, "Perhaps you meant \"%s\".", suggestion);
	return false;
}

/*
 * Reports a warning.
 */
void
mst_check_warn(SpecContext *cxt, const SpecNode *at, const char *fmt,...)
{
	va_list		args;

	va_start(args, fmt);
	cxt->report->warnings = lappend(cxt->report->warnings,
									make_message(cxt, at, 0, format_text(fmt, args)));
	va_end(args);
}

/*
 * Adds a hint to the warning reported last.
 */
void
mst_check_warn_hint(SpecContext *cxt, const char *fmt,...)
{
	SpecMessage *warning = llast(cxt->report->warnings);
	va_list		args;

	va_start(args, fmt);
	warning->hint = format_text(fmt, args);
	va_end(args);
}

/* ---- vocabulary ---- */

/* "must be ..., not ..." */
static bool
fail_kind(SpecContext *cxt, const SpecNode *node, const char *expected)
{
	if (node->kind == NODE_NULL)
		return mst_check_invalid(cxt, node, "value is missing: it must be %s", expected);
	return mst_check_invalid(cxt, node, "value must be %s, not %s",
							 expected, mst_node_brief(node));
}

/*
 * NES: a non-empty string.
 */
bool
mst_check_name(SpecContext *cxt, SpecNode *node)
{
	if (node->kind == NODE_STRING && (node->len > 0 || !cxt->validate))
		return true;
	return fail_kind(cxt, node, "a non-empty string");
}

/*
 * Checks what stands for a version.  Accepts every spelling of a number or
 * text, since whether it is a supported one is decided where the text is
 * read.
 */
bool
mst_check_version(SpecContext *cxt, SpecNode *node)
{
	bool		ok = false;

	switch (node->kind)
	{
		case NODE_STRING:
			ok = node->len > 0;
			break;
		case NODE_INT:
			ok = node->u.integer >= 0;
			break;
		case NODE_BIGINT:
			ok = node->u.text[0] != '-';
			break;
		case NODE_FLOAT:
			ok = node->u.real >= 0;
			break;
		default:
			break;
	}
	return ok || mst_check_invalid(cxt, node, "the version must be '2.0', not %s",
								   mst_node_brief(node));
}

/* Checks that the strings of a list are all different. */
static bool
check_different(SpecContext *cxt, SpecNode *list)
{
	SpecNode   *seen = mst_node_new(NODE_MAP, NULL);

	for (int i = 0; i < list->len && cxt->validate; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!mst_node_set(seen, list->u.items[i], list))
			return mst_check_invalid(cxt, list->u.items[i], "the list holds %s twice",
									 mst_node_brief(list->u.items[i]));
	}
	return true;
}

/*
 * USL: a list of at least one non-empty string, all different.
 */
bool
mst_check_names(SpecContext *cxt, SpecNode *node)
{
	if (node->kind == NODE_LIST)
	{
		for (int i = 0; i < node->len; i++)
		{
			bool		ok;

			mst_check_enter_item(cxt, i + 1);
			ok = mst_check_name(cxt, node->u.items[i]);
			mst_check_leave(cxt);
			if (!ok)
				return false;
		}
	}
	else
		return fail_kind(cxt, node, "a list of different non-empty strings");
	if (node->len == 0 && cxt->validate)
		return fail_kind(cxt, node, "a list of different non-empty strings");
	return check_different(cxt, node);
}

/*
 * NES or USL.
 */
bool
mst_check_name_or_names(SpecContext *cxt, SpecNode *node)
{
	if (node->kind == NODE_LIST)
		return mst_check_names(cxt, node);
	if (node->kind == NODE_STRING && node->len > 0)
		return true;
	return fail_kind(cxt, node, "a non-empty string or a list of them");
}

/*
 * ANYN: what JSON can say.
 */
bool
mst_check_json(SpecContext *cxt, SpecNode *node)
{
	if (node->kind == NODE_TIME || node->kind == NODE_BINARY ||
		node->kind == NODE_SET)
	{
		mst_check_invalid(cxt, node, "%s is not a JSON value",
						  mst_node_kind_name(node));
		return mst_check_hint(cxt, "Put it in quotes to make it a string.");
	}
	return true;
}

/*
 * MAP1: a mapping with at least one key.
 */
bool
mst_check_mapping(SpecContext *cxt, SpecNode *node)
{
	if (node->kind != NODE_MAP || (node->len == 0 && cxt->validate))
		return fail_kind(cxt, node, "a mapping with at least one key");
	for (int i = 0; i < node->len; i++)
	{
		SpecNode   *key = node->u.entries[i].key;
		bool		ok;

		if (key->kind != NODE_STRING)
		{
			mst_check_invalid(cxt, key, "key %s is not a string",
							  mst_node_brief(key));
			return mst_check_hint(cxt, "Put it in quotes.");
		}
		if (!mst_text_is_word(key->u.text, key->len))
			continue;
		mst_check_enter(cxt, NULL, key->u.text);
		ok = mst_check_json(cxt, node->u.entries[i].value);
		mst_check_leave(cxt);
		if (!ok)
			return false;
	}
	return true;
}

/*
 * MAP1 or NES.
 */
bool
mst_check_mapping_or_text(SpecContext *cxt, SpecNode *node)
{
	if (node->kind == NODE_MAP)
		return mst_check_mapping(cxt, node);
	if (node->kind == NODE_STRING && node->len > 0)
		return true;
	return fail_kind(cxt, node, "a mapping with at least one key, or an expression");
}

/* One declared parameter: a name, or a name with its default. */
static bool
check_input(SpecContext *cxt, SpecNode *node)
{
	if (node->kind == NODE_STRING && node->len > 0)
		return true;
	if (node->kind == NODE_MAP && node->len == 1)
		return mst_check_mapping(cxt, node);
	if (node->kind == NODE_MAP && node->len > 1)
	{
		fail_kind(cxt, node, "a name or a mapping of one name to its default");
		return mst_check_hint(cxt, "Write a list entry of its own for each parameter.");
	}
	return fail_kind(cxt, node, "a name or a mapping of one name to its default");
}

/* Returns the declared name of an entry. */
static const SpecNode *
input_name(const SpecNode *entry)
{
	return entry->kind == NODE_MAP ? entry->u.entries[0].key : entry;
}

/*
 * The entries must differ: a parameter may be declared again, but not in the
 * same way.
 */
static bool
check_declarations(SpecContext *cxt, SpecNode *list)
{
	SpecNode   *names = mst_node_new(NODE_MAP, NULL);

	for (int i = 0; i < list->len; i++)
	{
		SpecNode   *entry = list->u.items[i];
		const SpecNode *name = input_name(entry);
		SpecNode   *earlier;

		CHECK_FOR_INTERRUPTS();
		if (name->kind != NODE_STRING)
			continue;			/* only where checks are skipped */
		earlier = mst_node_get(names, name->u.text);
		if (earlier == NULL)
		{
			earlier = mst_node_new(NODE_LIST, NULL);
			mst_node_set(names, unconstify(SpecNode *, name), earlier);
		}
		else
			mst_check_warn(cxt, entry,
						   "parameter %s is declared twice; the last declaration counts",
						   mst_node_brief(name));
		for (int k = 0; k < earlier->len && cxt->validate; k++)
		{
			if (mst_node_equal(earlier->u.items[k], entry))
				return mst_check_invalid(cxt, entry, "the list holds %s twice",
										 mst_node_brief(entry));
		}
		mst_node_append(earlier, entry);
	}
	return true;
}

/*
 * INPUTS: the declaration of parameters.
 */
bool
mst_check_inputs(SpecContext *cxt, SpecNode *node)
{
	bool		ok = true;

	if (node->kind != NODE_LIST || (node->len == 0 && cxt->validate))
	{
		fail_kind(cxt, node, "a list of parameters");
		return node->kind == NODE_MAP ?
			mst_check_hint(cxt, "Put \"- \" in front of each name.") : false;
	}
	for (int i = 0; i < node->len && ok; i++)
	{
		mst_check_enter_item(cxt, i + 1);
		ok = check_input(cxt, node->u.items[i]);
		mst_check_leave(cxt);
	}
	return ok && check_declarations(cxt, node);
}

/*
 * Returns whether one kind of delimiters encloses the text, but for
 * whitespace at its end.
 */
static bool
is_enclosed(const SpecNode *node, const char *open, const char *close)
{
	const char *end = node->u.text + node->len;
	const char *p;

	if (node->len < 4 || strncmp(node->u.text, open, 2) != 0)
		return false;
	/* look for the last closing mark on the first line */
	p = memchr(node->u.text, '\n', node->len);
	if (p == NULL)
		p = end;
	while (p - node->u.text >= 4 && strncmp(p - 2, close, 2) != 0)
		p--;
	if (p - node->u.text < 4)
		return false;
	while (p < end)
	{
		int			n = mst_utf8_skip_space(p, end);

		if (n == 0)
			return false;
		p += n;
	}
	return true;
}

/* Returns whether the node is a string that is one expression. */
static bool
is_expression_node(const SpecNode *node)
{
	return node->kind == NODE_STRING &&
		(is_enclosed(node, "<%", "%>") || is_enclosed(node, "{{", "}}"));
}

/*
 * Returns whether the node is an integer >= 0, which may be written with a
 * fraction of zero.
 */
bool
mst_check_is_count(const SpecNode *node)
{
	switch (node->kind)
	{
		case NODE_INT:
			return node->u.integer >= 0;
		case NODE_BIGINT:
			return node->u.text[0] != '-';
		case NODE_FLOAT:
			return node->u.real >= 0 && isfinite(node->u.real) &&
				node->u.real == floor(node->u.real);
		default:
			return false;
	}
}

/*
 * EXPR: one expression and nothing else.
 */
bool
mst_check_expression(SpecContext *cxt, SpecNode *node)
{
	if (!is_expression_node(node) && cxt->validate)
		return fail_kind(cxt, node, "an expression, <% ... %> or {{ ... }}, with nothing around it");
	return mst_check_syntax(cxt, node);
}

/*
 * Warn of a number that no count or time of a policy can have.  It is legal,
 * and the task fails when it comes to that.
 */
static bool
is_too_great(const SpecNode *node)
{
	return node->kind == NODE_BIGINT ||
		(node->kind == NODE_INT && node->u.integer > PG_INT32_MAX) ||
		(node->kind == NODE_FLOAT && node->u.real > PG_INT32_MAX);
}

static void
warn_count(SpecContext *cxt, const SpecNode *node)
{
	if (is_too_great(node))
		mst_check_warn(cxt, node, "the task will fail: %s is more than %d, the largest number possible here",
					   mst_node_brief(node), PG_INT32_MAX);
}

/*
 * EXPR or INT0.
 */
bool
mst_check_count(SpecContext *cxt, SpecNode *node)
{
	if (mst_check_is_count(node))
		warn_count(cxt, node);
	if (mst_check_is_count(node) || !cxt->validate)
		return true;
	if (!is_expression_node(node))
		return fail_kind(cxt, node, "an integer that is not negative, or an expression");
	return mst_check_syntax(cxt, node);
}

/*
 * EXPR or INT0 that is not too great for a policy.  Attributes that Mistral has
 * as well are valid with any number, with a warning (mst_check_count()).
 */
bool
mst_check_seconds(SpecContext *cxt, SpecNode *node)
{
	if (cxt->validate && mst_check_is_count(node) && is_too_great(node))
		return mst_check_invalid(cxt, node, "value must be an integer from 0 to %d, or an expression, not %s",
								 PG_INT32_MAX, mst_node_brief(node));
	return mst_check_count(cxt, node);
}

/*
 * EXPR or a number between two others.
 */
bool
mst_check_number(SpecContext *cxt, SpecNode *node, double min, double max)
{
	bool		is_number = node->kind == NODE_INT || node->kind == NODE_FLOAT;
	double		number = node->kind == NODE_INT ? (double) node->u.integer :
	node->kind == NODE_FLOAT ? node->u.real : 0;

	if (is_number && number >= min && number <= max)
		return true;
	if (!cxt->validate)
		return true;
	if (!is_expression_node(node))
		return mst_check_invalid(cxt, node, "value must be a number from %g to %g, or an expression, not %s",
								 min, max, mst_node_brief(node));
	return mst_check_syntax(cxt, node);
}

/*
 * EXPR or a point in time.
 */
bool
mst_check_time(SpecContext *cxt, SpecNode *node)
{
	TimestampTz time;

	/* what YAML takes for a date is kept as it was written */
	if (node->kind == NODE_TIME)
		node->kind = NODE_STRING;
	if (!cxt->validate || (node->kind == NODE_STRING && mst_time_parse(node->u.text, &time)))
		return true;
	if (is_expression_node(node))
		return mst_check_syntax(cxt, node);
	fail_kind(cxt, node, "a time, as 2026-12-24 18:00 Europe/Berlin, or an expression");
	return mst_check_hint(cxt, "Write the date as YYYY-MM-DD, then hours and minutes, and a time zone (a distance from UTC, or a name) unless it is UTC.");
}

/*
 * EXPR or boolean.
 */
bool
mst_check_flag(SpecContext *cxt, SpecNode *node)
{
	if (node->kind == NODE_BOOL || !cxt->validate)
		return true;
	if (!is_expression_node(node))
		return fail_kind(cxt, node, "true, false or an expression");
	return mst_check_syntax(cxt, node);
}

/* Checks a flag that is true or false as it is written. */
bool
mst_check_bool(SpecContext *cxt, SpecNode *node)
{
	return node->kind == NODE_BOOL || fail_kind(cxt, node, "true or false");
}

/* Checks the expressions in one string. */
static bool
check_string_syntax(SpecContext *cxt, const SpecNode *node)
{
	ExprError  *error;

	/* nearly every string of a definition ends here */
	if (strstr(node->u.text, "<%") == NULL && strchr(node->u.text, '{') == NULL)
		return true;
	error = mst_expr_validate(node->u.text, node->len);
	if (error == NULL)
		return true;
	mst_check_fail(cxt, node, mst_expr_error_sqlstate(error), "%s",
				   mst_expr_error_text(error));
	if (error->hint != NULL)
		mst_check_hint(cxt, "%s", error->hint);
	return false;
}

/*
 * Checks expressions: in a string, or the strings one level below.
 */
bool
mst_check_syntax(SpecContext *cxt, const SpecNode *node)
{
	bool		ok = true;

	if (!cxt->validate)
		return true;
	if (node->kind == NODE_STRING)
		return check_string_syntax(cxt, node);
	if (node->kind != NODE_LIST && node->kind != NODE_MAP)
		return true;
	for (int i = 0; i < node->len && ok; i++)
	{
		const SpecNode *value = node->kind == NODE_LIST ?
		node->u.items[i] : node->u.entries[i].value;

		if (value->kind != NODE_STRING)
			continue;
		if (node->kind == NODE_MAP && node->u.entries[i].key->kind == NODE_STRING)
			mst_check_enter(cxt, NULL, node->u.entries[i].key->u.text);
		else
			mst_check_enter_item(cxt, i + 1);
		ok = check_string_syntax(cxt, value);
		mst_check_leave(cxt);
	}
	return ok;
}

/*
 * MAP1, and the expressions one level below.
 */
bool
mst_check_template(SpecContext *cxt, SpecNode *node)
{
	return mst_check_mapping(cxt, node) && mst_check_syntax(cxt, node);
}

/* ---- attributes ---- */

static const AttributeRule *
find_rule(const AttributeRule *rules, int n_rules, const SpecNode *key)
{
	for (int i = 0; i < n_rules; i++)
	{
		if (mst_node_is(key, rules[i].name))
			return &rules[i];
	}
	return NULL;
}

static const char *
suggest_attribute(const char *name, const AttributeRule *rules, int n_rules)
{
	const char **names = palloc0((n_rules + 1) * sizeof(char *));

	for (int i = 0; i < n_rules; i++)
		names[i] = rules[i].name;
	return mst_spec_suggest(name, names);
}

static bool
unknown_attribute(SpecContext *cxt, const SpecNode *key, const char *what,
				  const AttributeRule *rules, int n_rules, bool allow)
{
	const char *name = key->kind == NODE_STRING ? key->u.text : mst_node_json(key);
	const char *suggestion = suggest_attribute(name, rules, n_rules);

	if (key->kind != NODE_STRING && cxt->validate)
	{
		mst_check_invalid(cxt, key, "key %s of %s is not a string", name, what);
		return mst_check_hint(cxt, "Words like yes, no, on and off must be in quotes.");
	}
	if (!allow && cxt->validate)
	{
		mst_check_invalid(cxt, key, "unknown attribute \"%s\" of %s", name, what);
		if (strstr(name, "%>") != NULL || strstr(name, "}}") != NULL)
			return mst_check_hint(cxt, "Put the expression into quotes: within { } a comma ends plain text.");
		return mst_check_hint_name(cxt, suggestion);
	}
	mst_check_warn(cxt, key, "attribute \"%s\" of %s has no effect", name, what);
	if (suggestion != NULL)
		mst_check_warn_hint(cxt, "Perhaps you meant \"%s\".", suggestion);
	return true;
}

/*
 * Checks every attribute of a mapping by the rule of its name; "what" names
 * the entity.  Unknown attributes are errors, or warnings.
 */
bool
mst_check_attributes(SpecContext *cxt, SpecNode *map, const char *what,
					 const AttributeRule *rules, int n_rules,
					 bool allow_unknown)
{
	for (int i = 0; i < map->len; i++)
	{
		SpecNode   *key = map->u.entries[i].key;
		const AttributeRule *rule = find_rule(rules, n_rules, key);
		bool		ok = true;

		if (rule == NULL)
		{
			if (!unknown_attribute(cxt, key, what, rules, n_rules, allow_unknown))
				return false;
			continue;
		}
		if (rule->check == NULL)
			continue;
		mst_check_enter(cxt, NULL, rule->name);
		ok = rule->check(cxt, map->u.entries[i].value);
		mst_check_leave(cxt);
		if (!ok)
			return false;
	}
	return true;
}

/*
 * Warn of those attributes that may be there and are never looked at.
 */
void
mst_check_warn_unused(SpecContext *cxt, const SpecNode *map, const char *what)
{
	static const AttributeRule rules[] = {UNUSED_ATTRIBUTES};

	for (int i = 0; i < map->len; i++)
	{
		if (find_rule(rules, lengthof(rules), map->u.entries[i].key) != NULL)
			mst_check_warn(cxt, map->u.entries[i].key,
						   "attribute \"%s\" of %s has no effect",
						   map->u.entries[i].key->u.text, what);
	}
}

/*
 * Checks one attribute, if it is there.
 */
bool
mst_check_optional(SpecContext *cxt, SpecNode *map, const char *name,
				   AttributeCheck check)
{
	SpecNode   *node = mst_node_get(map, name);
	bool		ok;

	if (node == NULL)
		return true;
	mst_check_enter(cxt, NULL, name);
	ok = check(cxt, node);
	mst_check_leave(cxt);
	return ok;
}

/* ---- places ---- */

/*
 * Returns the node at a place of a tree, given as JSON pointer, or the last
 * one on the way there.
 */
const SpecNode *
mst_check_find_place(const SpecNode *node, const char *path)
{
	while (*path == '/')
	{
		const char *end = path + 1 + strcspn(path + 1, "/");
		char	   *step = pnstrdup(path + 1, end - path - 1);
		const SpecNode *next = NULL;

		if (node->kind == NODE_MAP)
			next = mst_node_get(node, step);
		else if (node->kind == NODE_LIST && atoi(step) < node->len)
			next = node->u.items[atoi(step)];
		if (next == NULL)
			break;
		node = next;
		path = end;
	}
	return node;
}
