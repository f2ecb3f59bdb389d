/*-------------------------------------------------------------------------
 *
 * template.c
 *	  The driver of both languages: finds the expressions in the strings of
 *	  a JSON value, has them parsed once, and puts their values in place.
 *
 * A string belongs to Jinja when it has a {{ }} or {% %} on one line, else to
 * YAQL when it has a <% %> on one line, else it is plain text.  A string that
 * is one expression keeps the type of its value; with anything around it the
 * value becomes text.  Results are never looked at for expressions again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "expr/template.h"
#include "expr/value_string.h"

/* longest text of an expression in a message, in bytes */
#define MAX_SHOWN_TEXT	2000

typedef enum NodeKind
{
	NODE_CONSTANT,
	NODE_EXPRESSION,			/* the whole string is one expression, or a Jinja template */
	NODE_INTERPOLATION,			/* YAQL expressions within text */
	NODE_ERROR,					/* the string does not parse */
	NODE_LIST,
	NODE_DICT
} NodeKind;

/* One <% %> of a string. */
typedef struct Part
{
	const char *match;			/* the text to be replaced */
	int			match_len;
	const char *source;			/* the expression in it */
	int			source_len;
	const char *shown;			/* what messages show as the expression */
	int			shown_len;
	int			shift;			/* characters of it before the source */
	ExprProgram *program;		/* NULL: error */
	ExprError  *error;
} Part;

struct TemplateNode
{
	NodeKind	kind;
	ExprValue	value;			/* constant; else the string's text */
	const ExprLanguage *language;
	Part	   *parts;
	int			nparts;
	TemplateNode **children;
	ExprValue  *keys;			/* dictionary: their names */
	int			nchildren;
};

/* ---- recognition ---- */

/*
 * Finds the first open ... close from `from` on with no newline between,
 * shortest; false when there is none.
 */
static bool
find_delimited(const char *text, int len, int from, const char *open, const char *close,
			   int *start, int *end)
{
	const char *limit = text + len;
	const char *p = text + from;

	while (p < limit && (p = memmem(p, limit - p, open, 2)) != NULL)
	{
		const char *newline = memchr(p, '\n', limit - p);
		const char *line_end = newline != NULL ? newline : limit;
		const char *q = line_end - p >= 4 ? memmem(p + 2, line_end - p - 2, close, 2) : NULL;

		if (q != NULL)
		{
			*start = (int) (p - text);
			*end = (int) (q + 2 - text);
			return true;
		}

		/* nothing closes before the end of the line: go on behind it */
		if (newline == NULL)
			return false;
		p = newline + 1;
	}
	return false;
}

static bool
is_jinja(const char *text, int len)
{
	int			start;
	int			end;

	return find_delimited(text, len, 0, "{{", "}}", &start, &end) ||
		find_delimited(text, len, 0, "{%", "%}", &start, &end);
}

static bool
is_yaql(const char *text, int len)
{
	int			start;
	int			end;

	return find_delimited(text, len, 0, "<%", "%>", &start, &end);
}

const ExprLanguage *
mst_template_language(const char *text, int len)
{
	if (is_jinja(text, len))
		return &mst_jinja_language;
	if (is_yaql(text, len))
		return &mst_yaql_language;
	return NULL;
}

/* ---- compiling ---- */

static TemplateNode *
make_node(NodeKind kind)
{
	TemplateNode *node = palloc0(sizeof(TemplateNode));

	node->kind = kind;
	return node;
}

/* The text of an expression for a message. */
static char *
shown_text(const char *source, int len)
{
	if (len <= MAX_SHOWN_TEXT)
		return pnstrdup(source, len);
	len = (int) (mst_utf8_prev(source + MAX_SHOWN_TEXT, source) - source);
	return psprintf("%.*s...", len, source);
}

/* Fills in what the language cannot know. */
static ExprError *
complete_error(ExprError *error, const ExprLanguage *language, const Part *part)
{
	if (error == NULL)
		error = mst_expr_error(language->evaluation_class, "Error", "could not parse expression");
	error->language = language->title;
	if (error->expression == NULL)
	{
		error->expression = shown_text(part->shown, part->shown_len);
		if (error->offset >= 0)
			error->offset += part->shift;
	}
	return error;
}

/* Parses one expression; the error waits for the evaluation. */
static void
parse_part(Part *part, const ExprLanguage *language, ExprParseMode mode)
{
	part->program = language->parse(part->source, part->source_len, mode, &part->error);
	if (part->program == NULL)
	{
		part->error = complete_error(part->error, language, part);
		if (part->error->class != EXPR_ERROR_LIMIT && part->error->class != EXPR_ERROR_GRAMMAR)
			part->error->class = language->evaluation_class;
	}
}

static bool
is_delimiter_char(char c)
{
	return c == '<' || c == '%' || c == '>';
}

/* The expression within a match: all delimiter characters around it are cut. */
static void
trim_delimiters(Part *part)
{
	const char *start = part->match;
	const char *end = start + part->match_len;

	while (start < end && is_delimiter_char(*start))
		start++;
	while (end > start && is_delimiter_char(end[-1]))
		end--;
	part->source = start;
	part->source_len = (int) (end - start);
}

/* For evaluation the blanks around it go as well. */
static void
trim_blanks(Part *part)
{
	ExprValue	inner = mst_value_string(part->source, part->source_len);

	inner = mst_string_strip(&inner, NULL, EXPR_STRIP_BOTH);
	part->source = part->shown = inner.u.string;
	part->source_len = part->shown_len = inner.len;
}

static TemplateNode *
compile_yaql(const char *text, int len)
{
	TemplateNode *node;
	int			room = 4;
	int			at = 0;
	int			start;
	int			end;

	node = make_node(NODE_INTERPOLATION);
	node->value = mst_value_string(text, len);
	node->language = &mst_yaql_language;
	node->parts = palloc(room * sizeof(Part));
	while (find_delimited(text, len, at, "<%", "%>", &start, &end))
	{
		Part	   *part;

		if (node->nparts == room)
		{
			room *= 2;
			node->parts = repalloc(node->parts, room * sizeof(Part));
		}
		part = &node->parts[node->nparts++];
		memset(part, 0, sizeof(Part));
		part->match = text + start;
		part->match_len = end - start;
		trim_delimiters(part);
		trim_blanks(part);
		parse_part(part, node->language, EXPR_PARSE_EXPRESSION);
		at = end;
	}
	if (node->nparts == 1 && node->parts[0].match_len == len)
		node->kind = NODE_EXPRESSION;
	return node;
}

static TemplateNode *
compile_jinja(const char *text, int len)
{
	TemplateNode *node = make_node(NODE_EXPRESSION);
	Part	   *part = palloc0(sizeof(Part));
	int			start;
	int			end;

	node->value = mst_value_string(text, len);
	node->language = &mst_jinja_language;
	node->parts = part;
	node->nparts = 1;
	part->match = part->source = part->shown = text;
	part->match_len = part->source_len = part->shown_len = len;

	if (!find_delimited(text, len, 0, "{{", "}}", &start, &end))
	{
		part->error = mst_expr_error(node->language->evaluation_class, "IndexError",
									 "list index out of range");
		part->error->hint = "A template needs at least one {{ }} on one line.";
		(void) complete_error(part->error, node->language, part);
	}
	else if (start == 0 && end == len)
	{
		part->source = text + 2;
		part->source_len = len - 4;
		part->shift = 2;
		parse_part(part, node->language, EXPR_PARSE_EXPRESSION);
	}
	else
		parse_part(part, node->language, EXPR_PARSE_TEMPLATE);
	return node;
}

TemplateNode *
mst_template_compile_text(const char *text, int len)
{
	const ExprLanguage *language = mst_template_language(text, len);
	TemplateNode *node;

	if (language == NULL)
	{
		node = make_node(NODE_CONSTANT);
		node->value = mst_value_string(text, len);
		return node;
	}
	if (!mst_expr_language_allowed(language))
	{
		node = make_node(NODE_ERROR);
		node->language = language;
		node->parts = palloc0(sizeof(Part));
		node->parts[0].error = mst_expr_error(EXPR_ERROR_GRAMMAR, "ExpressionGrammarException",
											  "The '%s' expression language is disabled by the operator.",
											  language->name);
		node->parts[0].error->expression = shown_text(text, len);
		return node;
	}
	return language == &mst_yaql_language ? compile_yaql(text, len) : compile_jinja(text, len);
}

static TemplateNode *
compile_list(ExprContext *cxt, const ExprValue *v)
{
	TemplateNode *node = make_node(NODE_LIST);
	ExprValue  *items = mst_list_items(cxt, v->u.list);
	int			i;

	if (items == NULL)
		return NULL;
	node->nchildren = mst_list_length(v->u.list);
	node->children = palloc0(sizeof(TemplateNode *) * Max(node->nchildren, 1));
	for (i = 0; i < node->nchildren; i++)
	{
		node->children[i] = mst_template_compile_value(cxt, &items[i]);
		if (node->children[i] == NULL)
			return NULL;
	}
	return node;
}

static TemplateNode *
compile_dict(ExprContext *cxt, const ExprValue *v)
{
	TemplateNode *node = make_node(NODE_DICT);
	int			n = mst_dict_length(v->u.dict);
	int			pos = 0;
	bool		more;
	ExprValue	value;

	node->children = palloc0(sizeof(TemplateNode *) * Max(n, 1));
	node->keys = palloc0(sizeof(ExprValue) * Max(n, 1));
	for (;;)
	{
		if (!mst_dict_next(cxt, v->u.dict, &pos, &node->keys[node->nchildren], &value, &more))
			return NULL;
		if (!more)
			return node;
		node->children[node->nchildren] = mst_template_compile_value(cxt, &value);
		if (node->children[node->nchildren] == NULL)
			return NULL;
		if (++node->nchildren == n)
			return node;
	}
}

/* NULL: a limit was reached, see cxt->error. */
TemplateNode *
mst_template_compile_value(ExprContext *cxt, const ExprValue *v)
{
	TemplateNode *node;
	ExprValue	untouched;
	int			i;

	if (v->kind == EXPR_STRING)
		return mst_template_compile_text(v->u.string, v->len);
	if (v->kind != EXPR_LIST && v->kind != EXPR_DICT)
	{
		node = make_node(NODE_CONSTANT);
		node->value = *v;
		return node;
	}

	/* reading through a copy leaves an external container as it is */
	if (!mst_expr_enter(cxt) || !mst_value_deep_copy(cxt, v, &untouched))
		return NULL;
	node = v->kind == EXPR_LIST ? compile_list(cxt, v) : compile_dict(cxt, v);
	mst_expr_leave(cxt);
	if (node == NULL)
		return NULL;
	for (i = 0; i < node->nchildren; i++)
	{
		if (node->children[i]->kind != NODE_CONSTANT)
			return node;
	}
	node->kind = NODE_CONSTANT;
	node->value = untouched;
	return node;
}

bool
mst_template_is_constant(const TemplateNode *node)
{
	return node->kind == NODE_CONSTANT;
}

const ExprValue *
mst_template_constant(const TemplateNode *node)
{
	return &node->value;
}

/* ---- the data context ---- */

typedef struct CountState
{
	ExprDict   *seen;
	ExprContext cxt;
} CountState;

static bool
scope_get(void *state, const char *name, int len, ExprValue *value, bool *found, ExprError **error)
{
	const ExprScope *scope = state;
	int			i;

	*found = false;
	for (i = 0; i < scope->nlayers && !*found; i++)
		*found = scope->layers[i].get(scope->layers[i].state, name, len, value);
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
collect_names(const ExprScope *scope, CountState *state)
{
	int			i;

	memset(state, 0, sizeof(CountState));
	state->cxt.mcxt = CurrentMemoryContext;
	state->cxt.steps_left = PG_INT64_MAX;
	state->cxt.limits.max_items = PG_INT32_MAX;
	state->cxt.limits.max_bytes = PG_INT64_MAX;
	state->cxt.limits.max_depth = 100;
	state->seen = mst_dict_new(0);
	for (i = 0; i < scope->nlayers; i++)
		scope->layers[i].each(scope->layers[i].state, collect_name, state);
}

static int
scope_length(void *state)
{
	CountState	count;

	collect_names(state, &count);
	return mst_dict_length(count.seen);
}

static bool
scope_each(void *state, bool (*fn) (void *arg, const char *name, int len, const ExprValue *value),
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

static const ExprExternalOps scope_ops = {
	.is_list = false,
	.length = scope_length,
	.get = scope_get,
	.each = scope_each
};

ExprValue
mst_scope_data(ExprScope *scope)
{
	if (scope->data != NULL)
		return *scope->data;
	return mst_value_external(&scope_ops, scope);
}

static void
note_name(void *arg, const char *name, int len)
{
	*(bool *) arg = true;
}

bool
mst_scope_is_empty(const ExprScope *scope)
{
	bool		has_name = false;
	int			i;

	if (scope->data != NULL)
		return scope->data->kind == EXPR_NULL ||
			(scope->data->kind == EXPR_DICT && mst_dict_length(scope->data->u.dict) == 0);
	for (i = 0; i < scope->nlayers && !has_name; i++)
	{
		const ExprLayer *layer = &scope->layers[i];

		if (layer->is_empty != NULL)
			has_name = !layer->is_empty(layer->state);
		else
			layer->each(layer->state, note_name, &has_name);
	}
	return !has_name;
}

bool
mst_expr_data_get(ExprContext *cxt, const char *name, ExprValue *value, bool *found)
{
	*found = false;
	if (cxt->data.kind != EXPR_DICT)
		return true;
	return mst_dict_get_name(cxt, cxt->data.u.dict, name, (int) strlen(name), value, found);
}

/* ---- evaluation ---- */

/*
 * The evaluation as a whole, shared by the strings of a template: the data as
 * each language sees it is made once, so that a change that one Jinja
 * expression makes is seen by the next.
 */
typedef struct Evaluation
{
	ExprContext *cxt;
	bool		has_data[2];	/* plain, frozen */
	ExprValue	data[2];
} Evaluation;

static bool eval_node(Evaluation *ev, const TemplateNode *node, ExprValue *result);

void
mst_expr_context_init(ExprContext *cxt, ExprScope *scope, const ExprLimits *limits)
{
	memset(cxt, 0, sizeof(ExprContext));
	cxt->mcxt = CurrentMemoryContext;
	cxt->limits = *limits;
	cxt->steps_left = limits->max_steps;
	cxt->scope = scope;
}

/* Makes `$` or `_` for the language. */
static bool
set_data(Evaluation *ev, const ExprLanguage *language)
{
	int			i = language->freezes_data ? 1 : 0;

	if (!ev->has_data[i])
	{
		ExprValue	data = mst_scope_data(ev->cxt->scope);

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
eval_part(Evaluation *ev, const TemplateNode *node, const Part *part, ExprValue *result)
{
	ExprContext *cxt = ev->cxt;

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
	(void) complete_error(cxt->error, node->language, part);
	return false;
}

/*
 * Replaces each match in what has become of the text by then, as the
 * reference does: an earlier value that holds a later match's text is
 * rewritten as well.
 */
static bool
eval_interpolation(Evaluation *ev, const TemplateNode *node, ExprValue *result)
{
	ExprContext *cxt = ev->cxt;
	ExprValue	text = node->value;
	int			i;

	for (i = 0; i < node->nparts; i++)
	{
		const Part *part = &node->parts[i];
		ExprValue	match = mst_value_string(part->match, part->match_len);
		ExprValue	value;

		if (!eval_part(ev, node, part, &value) ||
			!mst_value_to_text(cxt, &value, &value) ||
			!mst_string_replace(cxt, &text, &match, &value, -1, &text))
			return false;
	}
	*result = text;
	return true;
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
		case NODE_CONSTANT:
			return mst_value_deep_copy(ev->cxt, &node->value, result);
		case NODE_EXPRESSION:
			return eval_part(ev, node, &node->parts[0], result);
		case NODE_ERROR:
			ev->cxt->error = node->parts[0].error;
			return false;
		case NODE_INTERPOLATION:
			return eval_interpolation(ev, node, result);
		case NODE_LIST:
			return eval_list(ev, node, result);
		case NODE_DICT:
			return eval_dict(ev, node, result);
	}

	elog(ERROR, "unrecognized template node kind: %d", (int) node->kind);
	return false;
}

bool
mst_template_eval(ExprContext *cxt, const TemplateNode *node, ExprValue *result)
{
	Evaluation	ev = {cxt};

	return eval_node(&ev, node, result);
}

/* ---- validation ---- */

static ExprError *
validate_yaql(const char *text, int len)
{
	int			at = 0;
	int			start;
	int			end;

	while (find_delimited(text, len, at, "<%", "%>", &start, &end))
	{
		Part		part = {0};

		part.match = text + start;
		part.match_len = end - start;
		trim_delimiters(&part);
		part.shown = part.source;
		part.shown_len = part.source_len;
		if (mst_yaql_language.parse(part.source, part.source_len, EXPR_PARSE_EXPRESSION,
									&part.error) == NULL)
			return complete_error(part.error, &mst_yaql_language, &part);
		at = end;
	}
	return NULL;
}

static ExprError *
validate_jinja(const char *text, int len)
{
	ExprError  *error = NULL;
	Part		part = {0};

	if (mst_jinja_language.parse(text, len, EXPR_PARSE_TEMPLATE, &error) != NULL)
		return NULL;
	part.shown = text;
	part.shown_len = len;
	return complete_error(error, &mst_jinja_language, &part);
}

ExprError *
mst_template_validate(const char *text, int len)
{
	bool		jinja = is_jinja(text, len);
	bool		yaql = is_yaql(text, len);
	const ExprLanguage *language = jinja ? &mst_jinja_language : &mst_yaql_language;
	ExprError  *error;

	if (!jinja && !yaql)
		return NULL;
	if (jinja && yaql)
		error = mst_expr_error(EXPR_ERROR_GRAMMAR, "ExpressionGrammarException",
							   "The line already contains an expression of type 'jinja'. Mixing expression types in a single line is not allowed.");
	else if (!mst_expr_language_allowed(language))
		error = mst_expr_error(EXPR_ERROR_GRAMMAR, "ExpressionGrammarException",
							   "The '%s' expression language is disabled by the operator.",
							   language->name);
	else
	{
		error = jinja ? validate_jinja(text, len) : validate_yaql(text, len);
		if (error != NULL && error->class != EXPR_ERROR_LIMIT)
			error->class = language->grammar_class;
	}
	if (error != NULL && error->expression == NULL)
		error->expression = shown_text(text, len);
	return error;
}
