/*-------------------------------------------------------------------------
 *
 * expr.c
 *	  The public face: templates over jsonb, evaluated in a memory context
 *	  of their own, and errors as texts and SQLSTATEs.
 *
 * Each evaluation has a memory context of its own, which is deleted once
 * the result has been copied to the caller's as jsonb: an expression may
 * allocate much on its way to a number.  Errors of users come back as
 * values; only what the server raises on its own, such as a cancelled
 * query, leaves by ereport().
 *
 * Compiled templates are immutable and may be shared by evaluations that
 * are nested in each other, as when an expression asks for a task whose own
 * values have expressions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "expr/expr.h"
#include "expr/template.h"
#include "util/errors.h"
#include "util/guc.h"
#include "value/iteration.h"
#include "value/jsonb.h"

struct ExprTemplate
{
	Jsonb	   *source;
	TemplateNode *root;
	ExprError  *error;			/* instead of root: could not be compiled */
};

/* ---- settings ---- */

/* Limits of the settings. */
void
mst_expr_limits_from_settings(ExprLimits *limits)
{
	limits->max_steps = mst_expression_max_steps;
	limits->max_bytes = (int64) mst_expression_max_memory * 1024;
	limits->max_items = mst_expression_max_items;
	limits->max_depth = mst_expression_max_depth;
	limits->max_bigint_bits = mst_expression_max_integer_bits;
	limits->max_regex_steps = mst_expression_max_regex_steps;
}

/* ---- compiling ---- */

/* Text is taken for UTF-8 throughout. */
static void
check_encoding(void)
{
	if (GetDatabaseEncoding() != PG_UTF8)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("expressions need a database with encoding UTF8"),
				 errdetail("The encoding of this database is %s.", GetDatabaseEncodingName())));
}

/*
 * Compiling never fails: a string that does not parse becomes a node whose
 * evaluation fails with the parser's error.
 */
ExprTemplate *
mst_expr_compile_jsonb(const Jsonb *data)
{
	ExprTemplate *t = palloc0(sizeof(ExprTemplate));
	EvalContext cxt;
	ExprBindings bindings = {0};
	ExprLimits	limits;
	ExprValue	v;

	t->source = palloc(VARSIZE(data));
	memcpy(t->source, data, VARSIZE(data));

	/* reading the data has no limits but that of its depth */
	mst_expr_limits_from_settings(&limits);
	limits.max_steps = PG_INT64_MAX;
	limits.max_bytes = PG_INT64_MAX;
	limits.max_items = PG_INT32_MAX;
	mst_expr_context_init(&cxt, &bindings, &limits);
	v = mst_value_from_jsonb(t->source);
	t->root = mst_template_compile_value(&cxt, &v);
	t->error = cxt.error;
	if (!mst_expr_is_constant(t))
		check_encoding();
	return t;
}

/*
 * Compiles one string of JSON. Returns a template in CurrentMemoryContext; a
 * string that does not parse becomes a node whose evaluation fails.
 */
ExprTemplate *
mst_expr_compile_string(const char *text, int len)
{
	JsonbValue	v;
	Jsonb	   *data;
	ExprTemplate *t;

	v.type = jbvString;
	v.val.string.val = (char *) text;
	v.val.string.len = len;
	data = JsonbValueToJsonb(&v);
	t = mst_expr_compile_jsonb(data);
	pfree(data);
	return t;
}

/* Answers whether the template contains no expression. */
bool
mst_expr_is_constant(const ExprTemplate *t)
{
	return t->root != NULL && mst_template_is_constant(t->root);
}

/*
 * Checks one string of a definition: NULL when good, else the first
 * error, of a grammar class.
 */
ExprError *
mst_expr_validate(const char *text, int len)
{
	return mst_template_validate(text, len);
}

/*
 * Answers whether a call of the name means something to one of the languages,
 * or is no call at all there.
 */
bool
mst_expr_name_is_taken(const char *name)
{
	int			len = (int) strlen(name);

	return mst_yaql_language.has_name(name, len) || mst_jinja_language.has_name(name, len);
}

/* ---- layers over jsonb ---- */

static bool
layer_get(void *state, const char *name, int len, ExprValue *result)
{
	JsonbContainer *container = state;
	JsonbValue	v;

	if (container == NULL || JsonContainerSize(container) == 0 ||
		getKeyJsonValueFromContainer(container, name, len, &v) == NULL)
		return false;
	*result = mst_value_from_jsonb_value(&v);
	return true;
}

static void
layer_each(void *state, void (*fn) (void *arg, const char *name, int len), void *arg)
{
	JsonbContainer *container = state;
	JsonbIterator *it;
	JsonbValue	v;
	JsonbIteratorToken token;

	if (container == NULL)
		return;
	it = JsonbIteratorInit(container);
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			fn(arg, v.val.string.val, v.val.string.len);
	}
}

static bool
layer_is_empty(void *state)
{
	return state == NULL || JsonContainerSize((JsonbContainer *) state) == 0;
}

/* A layer over a JSON object, which must outlive it; NULL: empty. */
void
mst_expr_layer_init_jsonb(ExprLayer *layer, const Jsonb *object)
{
	layer->get = layer_get;
	layer->each = layer_each;
	layer->is_empty = layer_is_empty;
	layer->state = NULL;
	if (object != NULL && JB_ROOT_IS_OBJECT(object))
		layer->state = (void *) &object->root;
}

/* ---- evaluating ---- */

/*
 * Answers whether the template is returned as it is: without expressions, and
 * where there are no data, as in a workflow without input.
 */
static bool
is_left_alone(const ExprTemplate *t, const ExprBindings *bindings)
{
	return mst_expr_is_constant(t) ||
		(!bindings->always_evaluate && mst_bindings_are_empty(bindings));
}

/* Evaluates in CurrentMemoryContext. */
static bool
eval_here(EvalContext *cxt, const ExprTemplate *t, ExprBindings *bindings, ExprValue *result)
{
	ExprLimits	settings;

	if (bindings->limits == NULL)
		mst_expr_limits_from_settings(&settings);
	mst_expr_context_init(cxt, bindings, bindings->limits != NULL ? bindings->limits : &settings);
	if (t->root == NULL)
	{
		cxt->error = t->error;
		return false;
	}
	if (is_left_alone(t, bindings))
	{
		*result = mst_value_from_jsonb(t->source);
		return true;
	}
	return mst_template_eval(cxt, t->root, result);
}

static const char *
copy_text(const char *s)
{
	return s != NULL ? pstrdup(s) : NULL;
}

/* Copies an error into CurrentMemoryContext. */
static ExprError *
copy_error(const ExprError *error)
{
	ExprError  *copy = palloc(sizeof(ExprError));

	*copy = *error;
	copy->cause = copy_text(error->cause);
	copy->message = copy_text(error->message);
	copy->hint = copy_text(error->hint);
	copy->expected = copy_text(error->expected);
	copy->expression = copy_text(error->expression);
	return copy;
}

static MemoryContext
make_eval_context(void)
{
	return AllocSetContextCreate(CurrentMemoryContext, "mistral expression",
								 ALLOCSET_DEFAULT_SIZES);
}

/* For those who ask what an expression costs. */
static void
report_cost(const EvalContext *cxt)
{
	if (unlikely(message_level_is_interesting(DEBUG2)))
		ereport(DEBUG2,
				(errmsg_internal("expression: " INT64_FORMAT " steps, %zu bytes",
								 cxt->limits.max_steps - cxt->steps_left,
								 MemoryContextMemAllocated(cxt->mcxt, true))));
}

/*
 * Evaluates with the filter of the bindings in force, and, where stored is not
 * NULL, makes the stored form.  Both in CurrentMemoryContext.
 */
static bool
eval_filtered(EvalContext *cxt, const ExprTemplate *t, ExprBindings *bindings,
			  ExprValue *value, Jsonb **stored)
{
	const StringFilter *outer = mst_string_filter;
	bool		ok = false;

	if (bindings->filter == outer)
		return eval_here(cxt, t, bindings, value) &&
			(stored == NULL || mst_value_to_jsonb(cxt, value, stored));
	mst_string_filter = bindings->filter;
	PG_TRY();
	{
		ok = eval_here(cxt, t, bindings, value) &&
			(stored == NULL || mst_value_to_jsonb(cxt, value, stored));
	}
	PG_FINALLY();
	{
		mst_string_filter = outer;
	}
	PG_END_TRY();
	return ok;
}

/*
 * Evaluates every string of the template.  The result, in its stored form, is
 * in CurrentMemoryContext.  Returns false when it fails, with *error there.
 */
bool
mst_expr_eval_jsonb(const ExprTemplate *t, ExprBindings *bindings, Jsonb **result, ExprError **error)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext mcxt;
	EvalContext cxt;
	ExprValue	value;
	Jsonb	   *stored;
	bool		ok;

	if (t->root != NULL && is_left_alone(t, bindings))
	{
		*result = palloc(VARSIZE(t->source));
		memcpy(*result, t->source, VARSIZE(t->source));
		return true;
	}

	mcxt = make_eval_context();
	MemoryContextSwitchTo(mcxt);
	ok = eval_filtered(&cxt, t, bindings, &value, &stored);
	MemoryContextSwitchTo(caller);
	if (ok)
	{
		*result = palloc(VARSIZE(stored));
		memcpy(*result, stored, VARSIZE(stored));
	}
	else
		*error = copy_error(cxt.error);
	report_cost(&cxt);
	MemoryContextDelete(mcxt);
	return ok;
}

/*
 * Evaluates a template and answers in *result whether its value is true.
 * Returns false when it fails, with *error in CurrentMemoryContext.
 */
bool
mst_expr_eval_bool(const ExprTemplate *t, ExprBindings *bindings, bool *result, ExprError **error)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext mcxt = make_eval_context();
	EvalContext cxt;
	ExprValue	value;
	bool		ok;

	MemoryContextSwitchTo(mcxt);
	ok = eval_filtered(&cxt, t, bindings, &value, NULL);
	MemoryContextSwitchTo(caller);
	if (ok)
		*result = mst_value_is_true(&value);
	else
		*error = copy_error(cxt.error);
	MemoryContextDelete(mcxt);
	return ok;
}

/* ---- errors ---- */

/* Returns the text, in evaluations with the hint as a member of its own. */
static char *
error_text(const ExprError *error, const char *hint)
{
	switch (error->class)
	{
		case EXPR_ERROR_YAQL_EVALUATION:
		case EXPR_ERROR_JINJA_EVALUATION:
		case EXPR_ERROR_LIMIT:
			if (error->expression == NULL)
				break;
			return psprintf("Can not evaluate %s expression [expression=%s, error=%s%s%s]",
							error->language != NULL ? error->language : "the",
							error->expression, error->message,
							hint != NULL ? ", hint=" : "", hint != NULL ? hint : "");
		case EXPR_ERROR_JINJA_GRAMMAR:
			return psprintf("Syntax error '%s'.", error->message);
		case EXPR_ERROR_YAQL_GRAMMAR:
		case EXPR_ERROR_GRAMMAR:
		case EXPR_ERROR_STORE:
			break;
	}
	return pstrdup(error->message);
}

/*
 * Returns what goes into the state of a task or execution: all that is known
 * of an error, but for the place and never the data.  palloc'd.
 */
char *
mst_expr_error_text(const ExprError *error)
{
	return error_text(error, error->hint);
}

/* SQLSTATE of an error (errors.h), and a short-cut that raises it. */
int
mst_expr_error_sqlstate(const ExprError *error)
{
	switch (error->class)
	{
		case EXPR_ERROR_YAQL_EVALUATION:
			return ERRCODE_MISTRAL_YAQL_EVALUATION;
		case EXPR_ERROR_JINJA_EVALUATION:
			return ERRCODE_MISTRAL_JINJA_EVALUATION;
		case EXPR_ERROR_YAQL_GRAMMAR:
			return ERRCODE_MISTRAL_YAQL_GRAMMAR;
		case EXPR_ERROR_JINJA_GRAMMAR:
			return ERRCODE_MISTRAL_JINJA_GRAMMAR;
		case EXPR_ERROR_GRAMMAR:
			return ERRCODE_MISTRAL_EXPRESSION_GRAMMAR;
		case EXPR_ERROR_LIMIT:
			return ERRCODE_MISTRAL_LIMIT;
		case EXPR_ERROR_STORE:
			return ERRCODE_MISTRAL_INVALID_RESULT;
	}

	elog(ERROR, "unrecognized expression error class: %d", (int) error->class);
	return 0;
}

/*
 * Raises an error of an expression with its SQLSTATE, place and hint; does
 * not return.
 */
void
mst_expr_error_raise(const ExprError *error)
{
	ereport(ERROR,
			(errcode(mst_expr_error_sqlstate(error)),
			 errmsg_internal("%s", error_text(error, NULL)),
			 error->offset >= 0 && error->expression != NULL ?
			 errdetail("%s at character %d of \"%s\".", error->cause, error->offset + 1,
					   error->expression) : 0,
			 error->hint != NULL ? errhint("%s", error->hint) : 0));
	pg_unreachable();
}
