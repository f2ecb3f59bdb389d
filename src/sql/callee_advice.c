/*-------------------------------------------------------------------------
 *
 * callee_advice.c
 *	  Warnings about the actions and workflows that a text calls.
 *
 * A name is looked for where the engine will look for it: among the standard
 * actions, in the text itself, then among what the project may use.  What is
 * not there yet may be there when the task runs, so a name that is not found
 * is no error.  The same holds for the parameters of a callee: they are
 * compared by name with what it declares, and a value that an environment adds
 * when the task runs is not known here.
 *
 * Names that contain an expression are not looked at.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "definition/definitions.h"
#include "definition/dynamic.h"
#include "dsl/shorthand.h"
#include "engine/work/builtin.h"
#include "sql/callee_advice.h"
#include "store/policy.h"

/* bases of an ad-hoc action that are looked at, at most */
#define MAX_BASES	20

/* The state while the calls of a text are checked. */
typedef struct CalleeContext
{
	SpecContext cxt;
	const Definition *definition;	/* the text */
	const char *namespace;
	const char *project;
} CalleeContext;

/* The parameters of a callee, as keys of two mappings. */
typedef struct Signature
{
	SpecNode   *required;
	SpecNode   *known;			/* all, required or not */
	bool		takes_any;		/* others, too */
} Signature;

/* what a sub-workflow takes besides the input that it declares */
static const char *const execution_params[] = {
	"env", "evaluate_env", "namespace", "notify", "read_only", "task_name", NULL
};

static void
init_signature(Signature *signature)
{
	signature->required = mst_node_new(NODE_MAP, NULL);
	signature->known = mst_node_new(NODE_MAP, NULL);
	signature->takes_any = false;
}

static void
add_parameter(Signature *signature, const char *name, bool is_required)
{
	SpecNode   *flag = mst_node_boolean(true, NULL);

	mst_node_set_name(signature->known, name, flag);
	if (is_required)
		mst_node_set_name(signature->required, name, flag);
	else
		mst_node_remove(signature->required, name);
}

/* Adds names that are separated by spaces. */
static void
add_words(Signature *signature, const char *words, bool is_required)
{
	char	   *copy = pstrdup(words);
	char	   *saved;

	for (char *word = strtok_r(copy, " ", &saved); word != NULL;
		 word = strtok_r(NULL, " ", &saved))
		add_parameter(signature, word, is_required);
}

static void
add_inputs(Signature *signature, const InputSpec *inputs, int n)
{
	for (int i = 0; i < n; i++)
		add_parameter(signature, inputs[i].name, !inputs[i].has_default);
}

/* Adds what a checked "input" of a text declares. */
static void
add_declared(Signature *signature, const SpecNode *input)
{
	for (int i = 0; input != NULL && input->kind == NODE_LIST && i < input->len; i++)
	{
		const SpecNode *entry = input->u.items[i];
		const SpecNode *name = entry->kind == NODE_MAP ? entry->u.entries[0].key : entry;

		if (name->kind == NODE_STRING)
			add_parameter(signature, name->u.text, entry->kind != NODE_MAP);
	}
}

/*
 * Returns the item of a name, or of the workbook's name and that one, in a
 * list.
 */
static const DefinitionItem *
find_item(const Definition *definition, List *items, const char *name)
{
	size_t		prefix = definition->name != NULL ? strlen(definition->name) : 0;
	ListCell   *lc;

	if (prefix > 0 && strncmp(name, definition->name, prefix) == 0 && name[prefix] == '.')
		name += prefix + 1;
	foreach(lc, items)
	{
		const DefinitionItem *item = lfirst(lc);

		if (strcmp(item->name, name) == 0)
			return item;
	}
	return NULL;
}

/* Finds an action's parameters; false: no action of the name is known. */
static bool
find_action(CalleeContext *callees, const char *name, Signature *signature)
{
	const BuiltinAction *builtin = mst_builtin_find(name);
	const DefinitionItem *item;
	const ActionSpec *spec;

	if (builtin != NULL)
	{
		add_words(signature, builtin->required, true);
		add_words(signature, builtin->optional, false);
		return true;
	}
	item = find_item(callees->definition, callees->definition->actions, name);
	if (item != NULL)
	{
		add_declared(signature, mst_node_get(item->spec, "input"));
		return true;
	}
	spec = mst_definition_find_action(name, callees->definition->name,
									  callees->namespace, callees->project);
	if (spec != NULL)
	{
		add_inputs(signature, spec->inputs, spec->n_inputs);
		signature->takes_any = spec->takes_any;
		return true;
	}
	/* what a program takes is known to nobody but itself */
	signature->takes_any = true;
	return mst_dynamic_find(name, callees->namespace, callees->project) != NULL;
}

/* Finds a workflow's parameters; false: no workflow of the name is known. */
static bool
find_workflow(CalleeContext *callees, const char *name, Signature *signature)
{
	const DefinitionItem *item;
	const WorkflowSpec *spec;
	WorkflowRef ref;

	for (const char *const *param = execution_params; *param != NULL; param++)
		add_parameter(signature, *param, false);
	item = find_item(callees->definition, callees->definition->workflows, name);
	if (item != NULL)
	{
		add_declared(signature, mst_node_get(item->spec, "input"));
		return true;
	}
	if (!mst_definition_resolve_subworkflow(name, callees->definition->name,
											callees->namespace, callees->project, &ref))
		return false;
	spec = mst_definition_workflow_spec(&ref.version_id);
	add_inputs(signature, spec->inputs, spec->n_inputs);
	return true;
}

static void
warn_unknown(CalleeContext *callees, const SpecNode *at, const char *kind, const char *name)
{
	const char *suggestion = NULL;

	if (strcmp(kind, "action") == 0)
		suggestion = mst_spec_suggest(name, mst_builtin_names());
	mst_check_warn(&callees->cxt, at, "%s \"%s\" is not known", kind, name);
	if (suggestion != NULL)
		mst_check_warn_hint(&callees->cxt, "Perhaps you meant \"%s\".", suggestion);
	else
		mst_check_warn_hint(&callees->cxt, "It must be there when the task runs.");
}

/*
 * Warn of an action that a rule denies to the project, or an ad-hoc action that
 * has such a base.
 */
static void
warn_denied(CalleeContext *callees, const SpecNode *at, const char *name)
{
	const ActionSpec *spec = NULL;
	char	   *denial = mst_policy_denial(name, callees->project);

	for (int i = 0; denial == NULL && i < MAX_BASES; i++)
	{
		if (mst_builtin_find(name) == NULL)
			spec = mst_definition_find_action(name, callees->definition->name,
											  callees->namespace, callees->project);
		if (spec == NULL || spec->kind != ACTION_ADHOC)
			return;
		name = spec->base;
		spec = NULL;
		denial = mst_policy_denial(name, callees->project);
	}
	if (denial != NULL)
		mst_check_warn(&callees->cxt, at, "%s", denial);
}

static void
warn_input(CalleeContext *callees, const SpecNode *at, const char *kind, const char *name,
		   const SpecNode *input, const Signature *signature)
{
	/* an expression says only when it runs what it gives */
	if (input != NULL && input->kind != NODE_MAP)
		return;
	for (int i = 0; i < signature->required->len; i++)
	{
		const char *parameter = signature->required->u.entries[i].key->u.text;

		if (input == NULL || mst_node_get(input, parameter) == NULL)
			mst_check_warn(&callees->cxt, at, "%s \"%s\" needs parameter \"%s\"",
						   kind, name, parameter);
	}
	for (int i = 0; input != NULL && !signature->takes_any && i < input->len; i++)
	{
		const SpecNode *key = input->u.entries[i].key;
		const char *suggestion;

		if (key->kind != NODE_STRING || mst_node_get(signature->known, key->u.text) != NULL)
			continue;
		suggestion = mst_spec_suggest_key(key->u.text, signature->known);
		mst_check_warn(&callees->cxt, key->line > 0 ? key : at,
					   "%s \"%s\" has no parameter \"%s\"", kind, name, key->u.text);
		if (suggestion != NULL)
			mst_check_warn_hint(&callees->cxt, "Perhaps you meant \"%s\".", suggestion);
	}
}

/* Looks at the callee in one attribute of a mapping, if it is there. */
static void
advise_call(CalleeContext *callees, const SpecNode *map, const char *attribute,
			const char *input_name, bool is_workflow)
{
	const SpecNode *at = mst_node_get(map, attribute);
	const char *kind = is_workflow ? "workflow" : "action";
	const SpecNode *input;
	Signature	signature;
	char	   *name;

	if (at == NULL)
		return;
	name = mst_shorthand_split(map, attribute, input_name, &input);
	if (name == NULL || strstr(name, "<%") != NULL || strchr(name, '{') != NULL)
		return;
	init_signature(&signature);
	if (is_workflow ? find_workflow(callees, name, &signature) :
		find_action(callees, name, &signature))
		warn_input(callees, at, kind, name, input, &signature);
	else
		warn_unknown(callees, at, kind, name);
	if (!is_workflow)
		warn_denied(callees, at, name);
}

static void
advise_workflow(CalleeContext *callees, const DefinitionItem *workflow)
{
	const SpecNode *tasks = mst_node_get(workflow->spec, "tasks");

	mst_check_enter(&callees->cxt, "workflow", workflow->name);
	for (int i = 0; i < tasks->len; i++)
	{
		const NodeEntry *task = &tasks->u.entries[i];

		CHECK_FOR_INTERRUPTS();
		if (task->value->kind != NODE_MAP || task->key->kind != NODE_STRING)
			continue;			/* stored without checks */
		mst_check_enter(&callees->cxt, "task", task->key->u.text);
		advise_call(callees, task->value, "action", "input", false);
		advise_call(callees, task->value, "workflow", "input", true);
		mst_check_leave(&callees->cxt);
	}
	mst_check_leave(&callees->cxt);
}

/*
 * Adds to the report warnings of calls in a definition that has been read
 * without an error: callees that are not known to the project in the
 * namespace, parameters that they need and do not get, and parameters that
 * they do not have.
 */
void
mst_advise_callees(const Definition *definition, const char *namespace,
				   const char *project, SpecReport *report)
{
	CalleeContext callees = {0};
	ListCell   *lc;

	callees.cxt.report = report;
	callees.cxt.validate = true;
	callees.definition = definition;
	callees.namespace = namespace;
	callees.project = project;
	if (definition->name != NULL)
		mst_check_enter(&callees.cxt, "workbook", definition->name);
	foreach(lc, definition->actions)
	{
		const DefinitionItem *action = lfirst(lc);

		mst_check_enter(&callees.cxt, "action", action->name);
		advise_call(&callees, action->spec, "base", "base-input", false);
		mst_check_leave(&callees.cxt);
	}
	foreach(lc, definition->workflows)
		advise_workflow(&callees, lfirst(lc));
	mst_definition_cache_trim();
	mst_spec_report_sort(report);
}
