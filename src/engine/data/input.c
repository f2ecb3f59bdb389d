/*-------------------------------------------------------------------------
 *
 * input.c
 *	  Input of workflows and actions against their declared parameters.
 *
 * Names are compared first: what is required must be there, and nothing that
 * is not declared may be.  Then defaults are filled in, and the values are
 * held against the schemas of workflows that have them.  A caller that is told
 * what is wrong is told of all names at once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "dsl/schema.h"
#include "engine/data/input.h"
#include "util/json.h"

static bool
has_name(List *names, const JsonbValue *key)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		if ((int) strlen(lfirst(lc)) == key->val.string.len &&
			memcmp(lfirst(lc), key->val.string.val, key->val.string.len) == 0)
			return true;
	}
	return false;
}

typedef struct NamesArg
{
	List	   *required;
	List	   *optional;
	List	   *unexpected;
} NamesArg;

static bool
note_unexpected(void *arg, const JsonbValue *key, const JsonbValue *value)
{
	NamesArg   *names = arg;

	if (!has_name(names->required, key) && !has_name(names->optional, key))
		names->unexpected = lappend(names->unexpected,
									pnstrdup(key->val.string.val, key->val.string.len));
	return true;
}

/* ", missing=['a', 'b']" */
static void
append_names(StringInfo text, const char *label, List *names)
{
	ListCell   *lc;

	if (names == NIL)
		return;
	appendStringInfo(text, ", %s=[", label);
	foreach(lc, names)
		appendStringInfo(text, "%s'%s'", foreach_current_index(lc) > 0 ? ", " : "",
						 (char *) lfirst(lc));
	appendStringInfoChar(text, ']');
}

/*
 * NULL when input (an object) has all required names and no others than
 * those in the two lists of strings; else "Invalid input [name=..., ...]"
 * that names what is missing and unexpected.  "class_name" is what the
 * reference calls definitions of that kind; NULL: it is left out.
 */
char *
mst_input_check_names(const char *name, const char *class_name, List *required,
					  List *optional, const Jsonb *input)
{
	NamesArg	names = {required, optional, NIL};
	List	   *missing = NIL;
	StringInfoData text;
	ListCell   *lc;

	foreach(lc, required)
	{
		if (!mst_json_has(input, lfirst(lc)))
			missing = lappend(missing, lfirst(lc));
	}
	mst_json_each(input, note_unexpected, &names);
	if (missing == NIL && names.unexpected == NIL)
		return NULL;
	initStringInfo(&text);
	appendStringInfo(&text, "Invalid input [name=%s", name);
	if (class_name != NULL)
		appendStringInfo(&text, ", class=%s", class_name);
	append_names(&text, "missing", missing);
	append_names(&text, "unexpected", names.unexpected);
	appendStringInfoChar(&text, ']');
	return text.data;
}

/* A name may be declared more than once: the last declaration counts. */
static const InputSpec *
find_input(const InputSpec *inputs, int n, const char *name)
{
	for (int i = n - 1; i >= 0; i--)
	{
		if (strcmp(inputs[i].name, name) == 0)
			return &inputs[i];
	}
	return NULL;
}

/*
 * Checks the names of an input against declared parameters; returns NULL or
 * the problem, as mst_input_check_names() does.
 */
char *
mst_input_check(const char *name, const char *class_name,
				const InputSpec *inputs, int n, const Jsonb *input)
{
	List	   *required = NIL;
	List	   *optional = NIL;

	for (int i = 0; i < n; i++)
	{
		const InputSpec *last = find_input(inputs, n, inputs[i].name);

		if (last != &inputs[i])
			continue;
		if (last->has_default)
			optional = lappend(optional, last->name);
		else
			required = lappend(required, last->name);
	}
	return mst_input_check_names(name, class_name, required, optional, input);
}

/* problems that one message names */
#define MAX_PROBLEMS	5

/*
 * Checks an input, with its defaults, against the schema of a workflow;
 * returns NULL if it fits or there is none, else a message that names the
 * first problems.
 */
char *
mst_input_check_schema(const WorkflowSpec *spec, const char *name, const Jsonb *input)
{
	List	   *problems;

	if (spec->input_schema == NULL)
		return NULL;
	problems = mst_schema_validate(spec->input_schema, input, MAX_PROBLEMS);
	if (problems == NIL)
		return NULL;
	return psprintf("Invalid input [name=%s, class=WorkflowDefinition]: %s", name,
					mst_schema_problems_text(problems));
}

/* Returns the input with the defaults of what it lacks. */
Jsonb *
mst_input_add_defaults(const InputSpec *inputs, int n, const Jsonb *input)
{
	JsonBuilder b;

	mst_json_begin_object(&b);
	for (int i = 0; i < n; i++)
	{
		if (inputs[i].has_default)
			mst_json_add(&b, inputs[i].name, inputs[i].default_value);
	}
	return mst_json_concat(mst_json_end(&b), input);
}

typedef struct SplitArg
{
	const InputSpec *inputs;
	int			n;
	JsonBuilder declared;
	JsonBuilder others;
} SplitArg;

static bool
split_member(void *arg, const JsonbValue *key, const JsonbValue *value)
{
	SplitArg   *split = arg;
	char	   *name = pnstrdup(key->val.string.val, key->val.string.len);
	bool		is_declared = find_input(split->inputs, split->n, name) != NULL;

	mst_json_add_value(is_declared ? &split->declared : &split->others, name, value);
	return true;
}

/* Splits an input into its declared members and all others. */
void
mst_input_split(const InputSpec *inputs, int n, const Jsonb *input,
				Jsonb **declared, Jsonb **others)
{
	SplitArg	split = {inputs, n};

	mst_json_begin_object(&split.declared);
	mst_json_begin_object(&split.others);
	mst_json_each(input, split_member, &split);
	*declared = mst_json_end(&split.declared);
	*others = mst_json_end(&split.others);
}
