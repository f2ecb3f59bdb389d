/*-------------------------------------------------------------------------
 *
 * template.c
 *	  Finds the expressions in the strings of a JSON value and has them
 *	  parsed; checks them.
 *
 * A string belongs to Jinja when it has a {{ }} or {% %} on one line, else to
 * YAQL when it has a <% %> on one line, else it is plain text.
 *
 * The rule is in docs/expressions.md, "What counts as an expression", and
 * is decided here only: only the delimiters are looked for, so plain text
 * costs one scan.  Where delimiters of both languages occur Jinja wins in a
 * value, and a definition is refused, as the reference does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "expr/template.h"
#include "util/guc.h"
#include "value/dict.h"
#include "value/external.h"
#include "value/list.h"
#include "value/make.h"
#include "value/string.h"
#include "value/unicode.h"

/* longest text of an expression in a message, in bytes */
#define MAX_SHOWN_TEXT	2000

/* ---- recognition ---- */

/*
 * Answers whether the operator lets the language be used
 * (mistral.expression_languages).
 */
static bool
is_allowed(const ExprLanguage *language)
{
	switch (mst_expression_languages)
	{
		case EXPRESSION_LANGUAGES_YAQL:
			return language == &mst_yaql_language;
		case EXPRESSION_LANGUAGES_JINJA:
			return language == &mst_jinja_language;
		default:
			return true;
	}
}

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
	const char *q = NULL;		/* first close behind p, kept while it is */

	while (p < limit && (p = memmem(p, limit - p, open, 2)) != NULL)
	{
		const char *newline;

		if (q == NULL || q < p + 2)
			q = memmem(p + 2, limit - p - 2, close, 2);
		if (q == NULL)
			return false;
		newline = memchr(p, '\n', q - p);
		if (newline == NULL)
		{
			*start = (int) (p - text);
			*end = (int) (q + 2 - text);
			return true;
		}

		/* nothing closes before the end of the line: go on behind it */
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

/*
 * Returns the language that takes a string as its own, or NULL (docs/expressions.md,
 * "What counts as an expression").
 */
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
make_node(TemplateNodeKind kind)
{
	TemplateNode *node = palloc0(sizeof(TemplateNode));

	node->kind = kind;
	return node;
}

/* Returns the text of an expression for a message. */
static char *
shown_text(const char *source, int len)
{
	if (len <= MAX_SHOWN_TEXT)
		return pnstrdup(source, len);
	len = (int) (mst_utf8_prev(source + MAX_SHOWN_TEXT, source) - source);
	return psprintf("%.*s...", len, source);
}

/*
 * Fills in what a language does not know of an error in the part; NULL: makes
 * one.
 */
ExprError *
mst_template_complete_error(ExprError *error, const ExprLanguage *language, const TemplatePart *part)
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
parse_part(TemplatePart *part, const ExprLanguage *language, ExprParseMode mode)
{
	part->program = language->parse(part->source, part->source_len, mode, &part->error);
	if (part->program == NULL)
	{
		part->error = mst_template_complete_error(part->error, language, part);
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
trim_delimiters(TemplatePart *part)
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
trim_blanks(TemplatePart *part)
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

	node = make_node(TEMPLATE_INTERPOLATION);
	node->value = mst_value_string(text, len);
	node->language = &mst_yaql_language;
	node->parts = palloc(room * sizeof(TemplatePart));
	while (find_delimited(text, len, at, "<%", "%>", &start, &end))
	{
		TemplatePart *part;

		if (node->nparts == room)
		{
			room *= 2;
			node->parts = repalloc(node->parts, room * sizeof(TemplatePart));
		}
		part = &node->parts[node->nparts++];
		memset(part, 0, sizeof(TemplatePart));
		part->match = text + start;
		part->match_len = end - start;
		trim_delimiters(part);
		trim_blanks(part);
		parse_part(part, node->language, EXPR_PARSE_EXPRESSION);
		at = end;
	}
	if (node->nparts == 1 && node->parts[0].match_len == len)
		node->kind = TEMPLATE_EXPRESSION;
	return node;
}

static TemplateNode *
compile_jinja(const char *text, int len)
{
	TemplateNode *node = make_node(TEMPLATE_EXPRESSION);
	TemplatePart *part = palloc0(sizeof(TemplatePart));
	int			start;
	int			end;

	node->value = mst_value_string(text, len);
	node->language = &mst_jinja_language;
	node->parts = part;
	node->nparts = 1;
	part->match = part->source = part->shown = text;
	part->match_len = part->source_len = part->shown_len = len;

	if (find_delimited(text, len, 0, "{{", "}}", &start, &end) && start == 0 && end == len)
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

static TemplateNode *
compile_text(const char *text, int len)
{
	const ExprLanguage *language = mst_template_language(text, len);
	TemplateNode *node;

	if (language == NULL)
	{
		node = make_node(TEMPLATE_CONSTANT);
		node->value = mst_value_string(text, len);
		return node;
	}
	if (!is_allowed(language))
	{
		node = make_node(TEMPLATE_ERROR);
		node->language = language;
		node->parts = palloc0(sizeof(TemplatePart));
		node->parts[0].error = mst_expr_error(EXPR_ERROR_GRAMMAR, "ExpressionGrammarException",
											  "The '%s' expression language is disabled by the operator.",
											  language->name);
		node->parts[0].error->expression = shown_text(text, len);
		return node;
	}
	return language == &mst_yaql_language ? compile_yaql(text, len) : compile_jinja(text, len);
}

static TemplateNode *
compile_list(EvalContext *cxt, const ExprValue *v)
{
	TemplateNode *node = make_node(TEMPLATE_LIST);
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
compile_dict(EvalContext *cxt, const ExprValue *v)
{
	TemplateNode *node = make_node(TEMPLATE_DICT);
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

/*
 * Compiles a value with expressions in its strings; what it points to must
 * live on.  A string that does not parse becomes a node whose evaluation
 * fails.  Returns NULL, with the error in the context, only by limits.
 */
TemplateNode *
mst_template_compile_value(EvalContext *cxt, const ExprValue *v)
{
	TemplateNode *node;
	ExprValue	untouched;
	int			i;

	if (v->kind == EXPR_STRING)
		return compile_text(v->u.string, v->len);
	if (v->kind != EXPR_LIST && v->kind != EXPR_DICT)
	{
		node = make_node(TEMPLATE_CONSTANT);
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
		if (node->children[i]->kind != TEMPLATE_CONSTANT)
			return node;
	}
	node->kind = TEMPLATE_CONSTANT;
	node->value = untouched;
	return node;
}

/* Answers whether there is no expression in it. */
bool
mst_template_is_constant(const TemplateNode *node)
{
	return node->kind == TEMPLATE_CONSTANT;
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
		TemplatePart part = {0};

		part.match = text + start;
		part.match_len = end - start;
		trim_delimiters(&part);
		part.shown = part.source;
		part.shown_len = part.source_len;
		if (mst_yaql_language.parse(part.source, part.source_len, EXPR_PARSE_EXPRESSION,
									&part.error) == NULL)
			return mst_template_complete_error(part.error, &mst_yaql_language, &part);
		at = end;
	}
	return NULL;
}

static ExprError *
validate_jinja(const char *text, int len)
{
	ExprError  *error = NULL;
	TemplatePart part = {0};

	if (mst_jinja_language.parse(text, len, EXPR_PARSE_TEMPLATE, &error) != NULL)
		return NULL;
	part.shown = text;
	part.shown_len = len;
	return mst_template_complete_error(error, &mst_jinja_language, &part);
}

/* Checks one string of a definition.  Returns NULL when it is good, else the error. */
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
	else if (!is_allowed(language))
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
