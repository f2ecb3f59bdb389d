/*-------------------------------------------------------------------------
 *
 * template_eval.c
 *	  Evaluates a template: puts the values of its expressions in place.
 *
 * A string that is one expression keeps the type of its value; with anything
 * around it the value becomes text.  Results are never looked at for
 * expressions again.
 *
 * `$` and `_` are not built: they stand for the layers, which are asked for
 * a name when an expression uses it, so that a context of megabytes costs
 * nothing to an expression that reads one member.  Only what needs all
 * names, such as a loop over the context, collects them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "expr/template.h"
#include "value/dict.h"
#include "value/external.h"
#include "value/list.h"
#include "value/make.h"
#include "value/string.h"
#include "value/text.h"

/* ---- the data context ---- */

typedef struct CountState
{
	ExprDict   *seen;
	EvalContext cxt;
} CountState;

static bool
bindings_get(void *state, const char *name, int len, ExprValue *value, bool *found, ExprError **error)
{
	const ExprBindings *bindings = state;
	int			i;

	*found = false;
	for (i = 0; i < bindings->nlayers && !*found; i++)
		*found = bindings->layers[i].get(bindings->layers[i].state, name, len, value);
	return true;
}

static void
collect_name(void *arg, const char *name, int len)
{
	CountState *state = arg;
	ExprValue	key = mst_value_string(name, len);

	(void) mst_set_add(&state->cxt, state->seen, &key);
}

/* The names of all layers, each once. */
static void
collect_names(const ExprBindings *bindings, CountState *state)
{
	int			i;

	memset(state, 0, sizeof(CountState));
	state->cxt.mcxt = CurrentMemoryContext;
	state->cxt.steps_left = PG_INT64_MAX;
	state->cxt.limits.max_items = PG_INT32_MAX;
	state->cxt.limits.max_bytes = PG_INT64_MAX;
	state->cxt.limits.max_depth = 100;
	state->seen = mst_dict_new(0);
	for (i = 0; i < bindings->nlayers; i++)
		bindings->layers[i].each(bindings->layers[i].state, collect_name, state);
}

static int
bindings_length(void *state)
{
	CountState	count;

	collect_names(state, &count);
	return mst_dict_length(count.seen);
}

static bool
bindings_each(void *state, bool (*fn) (void *arg, const char *name, int len, const ExprValue *value),
			  void *arg, ExprError **error)
{
	CountState	count;
	int			pos = 0;
	ExprValue	key;
	bool		more;

	collect_names(state, &count);
	while (mst_dict_next(&count.cxt, count.seen, &pos, &key, NULL, &more) && more)
	{
		if (!fn(arg, key.u.string, key.len, NULL))
			break;
	}
	return true;
}

static const ExprExternalOps bindings_ops = {
	.is_list = false,
	.length = bindings_length,
	.get = bindings_get,
	.each = bindings_each,
	.freeze = mst_value_freeze
};

/* Returns the merged view of the layers of the bindings as a plain dictionary. */
static ExprValue
bindings_data(ExprBindings *bindings)
{
	if (bindings->data != NULL)
		return *bindings->data;
	return mst_value_external(&bindings_ops, bindings);
}

static void
note_name(void *arg, const char *name, int len)
{
	*(bool *) arg = true;
}

/* Answers whether the data context has no entry: expressions are then left alone. */
bool
mst_bindings_are_empty(const ExprBindings *bindings)
{
	bool		has_name = false;
	int			i;

	if (bindings->data != NULL)
		return bindings->data->kind == EXPR_NULL ||
			(bindings->data->kind == EXPR_DICT && mst_dict_length(bindings->data->u.dict) == 0);
	for (i = 0; i < bindings->nlayers && !has_name; i++)
	{
		const ExprLayer *layer = &bindings->layers[i];

		if (layer->is_empty != NULL)
			has_name = !layer->is_empty(layer->state);
		else
			layer->each(layer->state, note_name, &has_name);
	}
	return !has_name;
}

/* ---- evaluation ---- */

/*
 * The evaluation as a whole, shared by the strings of a template: the data as
 * each language sees it is made once, so that a change that one Jinja
 * expression makes is seen by the next.
 */
typedef struct Evaluation
{
	EvalContext *cxt;
	bool		has_data[2];	/* plain, frozen */
	ExprValue	data[2];
} Evaluation;

static bool eval_node(Evaluation *ev, const TemplateNode *node, ExprValue *result);

/* Starts the context of one evaluation; cxt->mcxt is CurrentMemoryContext. */
void
mst_expr_context_init(EvalContext *cxt, ExprBindings *bindings, const ExprLimits *limits)
{
	memset(cxt, 0, sizeof(EvalContext));
	cxt->mcxt = CurrentMemoryContext;
	cxt->limits = *limits;
	cxt->steps_left = limits->max_steps;
	cxt->bindings = bindings;
}

/* Makes `$` or `_` for the language. */
static bool
set_data(Evaluation *ev, const ExprLanguage *language)
{
	int			i = language->freezes_data ? 1 : 0;

	if (!ev->has_data[i])
	{
		ExprValue	data = bindings_data(ev->cxt->bindings);

		if (language->freezes_data ? !mst_value_freeze(ev->cxt, &data, &ev->data[i]) :
			!mst_value_deep_copy(ev->cxt, &data, &ev->data[i]))
			return false;
		ev->has_data[i] = true;
	}
	ev->cxt->data = ev->data[i];
	ev->cxt->data_flags = language->freezes_data ? EXPR_FROZEN : 0;
	ev->cxt->error_class = language->evaluation_class;
	return true;
}

static bool
eval_part(Evaluation *ev, const TemplateNode *node, const TemplatePart *part, ExprValue *result)
{
	EvalContext *cxt = ev->cxt;

	if (!set_data(ev, node->language))
		return false;
	if (part->error != NULL)
	{
		cxt->error = palloc(sizeof(ExprError));
		*cxt->error = *part->error;
		return false;
	}
	if (node->language->eval(cxt, part->program, result))
		return true;
	(void) mst_template_complete_error(cxt->error, node->language, part);
	return false;
}

/*
 * Replaces each match in what has become of the text by then, as the
 * reference does: an earlier value that holds a later match's text is
 * rewritten as well.
 */
static bool
replace_matches(EvalContext *cxt, const TemplateNode *node, const ExprValue *values, ExprValue *result)
{
	ExprValue	text = node->value;
	int			i;

	for (i = 0; i < node->nparts; i++)
	{
		ExprValue	match = mst_value_string(node->parts[i].match, node->parts[i].match_len);

		if (!mst_string_replace(cxt, &text, &match, &values[i], -1, &text))
			return false;
	}
	*result = text;
	return true;
}

/*
 * Puts the values into the text in one pass, where none can become part of a
 * match.  Of equal matches the first one's value counts.
 */
static bool
join_parts(EvalContext *cxt, const TemplateNode *node, const ExprValue *values, ExprValue *result)
{
	const char *p = node->value.u.string;
	const char *end = p + node->value.len;
	ExprDict   *first = mst_dict_new(node->nparts);
	StringInfoData out;
	int			i;

	mst_text_init(&out);
	for (i = 0; i < node->nparts; i++)
	{
		const TemplatePart *part = &node->parts[i];
		ExprValue	match = mst_value_string(part->match, part->match_len);
		ExprValue	value = values[i];
		bool		found;

		if (!mst_dict_get(cxt, first, &match, &value, &found) ||
			(!found && !mst_dict_set(cxt, first, &match, &value)) ||
			!mst_expr_step(cxt) ||
			!mst_expr_charge(cxt, (int64) out.len + (part->match - p) + value.len))
			return false;
		appendBinaryStringInfo(&out, p, (int) (part->match - p));
		appendBinaryStringInfo(&out, value.u.string, value.len);
		p = part->match + part->match_len;
	}
	if (!mst_expr_charge(cxt, (int64) out.len + (end - p)))
		return false;
	appendBinaryStringInfo(&out, p, (int) (end - p));
	*result = mst_value_string_from(&out);
	return true;
}

static bool
eval_interpolation(Evaluation *ev, const TemplateNode *node, ExprValue *result)
{
	ExprValue  *values = palloc(sizeof(ExprValue) * node->nparts);
	bool		is_simple = true;
	int			i;

	for (i = 0; i < node->nparts; i++)
	{
		if (!eval_part(ev, node, &node->parts[i], &values[i]) ||
			!mst_value_to_text(ev->cxt, &values[i], &values[i]))
			return false;
		if (memchr(values[i].u.string, '<', values[i].len) != NULL ||
			memchr(values[i].u.string, '%', values[i].len) != NULL ||
			memchr(values[i].u.string, '>', values[i].len) != NULL)
			is_simple = false;
	}
	if (is_simple)
		return join_parts(ev->cxt, node, values, result);
	return replace_matches(ev->cxt, node, values, result);
}

static bool
eval_list(Evaluation *ev, const TemplateNode *node, ExprValue *result)
{
	ExprList   *list = mst_list_new(node->nchildren);
	ExprValue	item;
	int			i;

	for (i = 0; i < node->nchildren; i++)
	{
		if (!eval_node(ev, node->children[i], &item) ||
			!mst_list_append(ev->cxt, list, &item))
			return false;
	}
	*result = mst_value_list(list, false);
	return true;
}

static bool
eval_dict(Evaluation *ev, const TemplateNode *node, ExprValue *result)
{
	ExprDict   *dict = mst_dict_new(node->nchildren);
	ExprValue	value;
	int			i;

	for (i = 0; i < node->nchildren; i++)
	{
		if (!eval_node(ev, node->children[i], &value) ||
			!mst_dict_set(ev->cxt, dict, &node->keys[i], &value))
			return false;
	}
	*result = mst_value_dict(dict, false);
	return true;
}

static bool
eval_node(Evaluation *ev, const TemplateNode *node, ExprValue *result)
{
	check_stack_depth();
	if (!mst_expr_step(ev->cxt))
		return false;
	switch (node->kind)
	{
		case TEMPLATE_CONSTANT:
			return mst_value_deep_copy(ev->cxt, &node->value, result);
		case TEMPLATE_EXPRESSION:
			return eval_part(ev, node, &node->parts[0], result);
		case TEMPLATE_ERROR:
			ev->cxt->error = node->parts[0].error;
			return false;
		case TEMPLATE_INTERPOLATION:
			return eval_interpolation(ev, node, result);
		case TEMPLATE_LIST:
			return eval_list(ev, node, result);
		case TEMPLATE_DICT:
			return eval_dict(ev, node, result);
	}

	elog(ERROR, "unrecognized template node kind: %d", (int) node->kind);
	return false;
}

/* Evaluates; cxt was started for this evaluation alone. */
bool
mst_template_eval(EvalContext *cxt, const TemplateNode *node, ExprValue *result)
{
	Evaluation	ev = {cxt};

	return eval_node(&ev, node, result);
}
