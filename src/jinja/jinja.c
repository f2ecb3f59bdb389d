/*-------------------------------------------------------------------------
 *
 * jinja.c
 *	  Jinja2 as a language of the expression room: parse a text into a
 *	  program, evaluate a program.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/arguments.h"
#include "jinja/evaluate.h"
#include "jinja/objects.h"
#include "jinja/parser.h"
#include "jinja/program.h"
#include "jinja/render.h"
#include "value/make.h"

/* ---- tables ---- */

static const JinjaBuiltin *const filters[] = {
	mst_jinja_string_filters, mst_jinja_html_filters, mst_jinja_number_filters,
	mst_jinja_sequence_filters, mst_jinja_map_filters, NULL
};

static const JinjaBuiltin *const tests[] = {mst_jinja_tests, NULL};

static const JinjaBuiltin *const object_methods[] = {
	mst_jinja_bytes_methods, mst_jinja_cycler_methods, mst_jinja_loop_methods, NULL
};

static const JinjaTables tables = {
	.filters = filters,
	.tests = tests,
	.globals = mst_jinja_globals,
	.methods = {
		[EXPR_BOOL] = {mst_jinja_int_methods},
		[EXPR_INT] = {mst_jinja_int_methods},
		[EXPR_BIGINT] = {mst_jinja_int_methods},
		[EXPR_FLOAT] = {mst_jinja_float_methods},
		[EXPR_STRING] = {mst_jinja_string_methods},
		[EXPR_LIST] = {mst_jinja_list_methods},
		[EXPR_DICT] = {mst_jinja_dict_methods},
		[EXPR_SET] = {mst_jinja_set_methods},
		[EXPR_VIEW] = {mst_jinja_view_methods},
		[EXPR_RANGE] = {mst_jinja_range_methods},
		[EXPR_DATETIME] = {mst_jinja_datetime_methods}
	},
	.markup_methods = {mst_jinja_markup_methods, mst_jinja_string_methods},
	.tuple_methods = {mst_jinja_tuple_methods},
	.object_methods = object_methods
};

/* ---- parsing ---- */

static bool
parse_whole(JinjaParser *parser, ExprParseMode mode)
{
	ExprProgram *program = parser->program;

	if (!mst_jinja_advance(parser))
		return false;
	if (mode == EXPR_PARSE_TEMPLATE)
		return mst_jinja_parse_template(parser, &program->body);
	program->expression = mst_jinja_parse_expression(parser, true);
	if (program->expression == NULL)
		return false;
	if (parser->current.kind == JINJA_T_EOF)
		return true;
	mst_jinja_parse_fail(parser, parser->current.offset, "chunk after expression");
	return false;
}

static ExprProgram *
jinja_parse(const char *text, int len, ExprParseMode mode, ExprError **error)
{
	ExprProgram *program = palloc0(sizeof(ExprProgram));
	JinjaParser parser;

	mst_jinja_use_tables(&tables);
	memset(&parser, 0, sizeof(parser));
	parser.program = program;
	mst_jinja_lex_init(&parser.lexer, text, len,
					   mode == EXPR_PARSE_TEMPLATE ? JINJA_LEX_DATA : JINJA_LEX_VARIABLE);
	program->text = text;

	program->text_len = len;
	program->source = parser.lexer.source;
	program->source_len = parser.lexer.len;
	if (!parse_whole(&parser, mode))
	{
		*error = parser.error;
		return NULL;
	}
	mst_jinja_resolve(program);
	return program;
}

/* ---- evaluation ---- */

/* An undefined result is an error, as whoever looks at it would find. */
static bool
eval_expression(JinjaEval *ev, ExprValue *result)
{
	if (ev->program->self_slot >= 0)
		ev->frame->slots[ev->program->self_slot] = mst_jinja_make_self(ev);
	return mst_jinja_eval(ev, ev->program->expression, result) &&
		mst_jinja_check_defined(ev, result);
}

static bool
eval_template(JinjaEval *ev, ExprValue *result)
{
	StringInfoData out;
	bool		done;

	mst_text_init(&out);
	ev->out = &out;
	if (ev->program->self_slot >= 0)
		ev->frame->slots[ev->program->self_slot] = mst_jinja_make_self(ev);
	done = mst_jinja_render(ev, &ev->program->body);
	ev->out = NULL;
	if (!done)
		return false;
	*result = mst_value_string_from(&out);
	return true;
}

static bool
jinja_eval(EvalContext *cxt, const ExprProgram *program, ExprValue *result)
{
	JinjaEval  *ev;

	if (program->compile_error != NULL)
	{
		cxt->error = palloc(sizeof(ExprError));
		*cxt->error = *program->compile_error;
		return false;
	}
	ev = palloc0(sizeof(JinjaEval));
	ev->cxt = cxt;
	ev->program = program;
	if (!mst_jinja_push_frame(ev, &program->frame, NULL))
		return false;
	ev->root = ev->frame;
	return program->expression != NULL ? eval_expression(ev, result) : eval_template(ev, result);
}

static void
jinja_each_builtin(ExprBuiltinSink sink, void *arg)
{
	mst_jinja_each_builtin(&tables, sink, arg);
}

/* Words of the language, and names that stand for something in parts of a template. */
static bool
is_special(const char *name, int len)
{
	static const char *const special[] = {
		"and", "caller", "else", "if", "in", "is", "kwargs", "loop", "mod", "not", "or",
		"self", "super", "varargs"
	};

	for (int i = 0; i < lengthof(special); i++)
		if (strncmp(special[i], name, len) == 0 && special[i][len] == '\0')
			return true;
	return false;
}

/* A name is taken by a function, or if its call is no call of a name. */
static bool
jinja_has_name(const char *name, int len)
{
	char	   *call = psprintf("%.*s()", len, name);
	ExprError  *error = NULL;
	ExprProgram *program = jinja_parse(call, (int) strlen(call), EXPR_PARSE_EXPRESSION, &error);

	return program == NULL || program->expression->kind != JINJA_CALL ||
		((const JinjaCall *) program->expression)->callee->kind != JINJA_NAME ||
		is_special(name, len) ||
		mst_expr_function_find(name, len) != NULL || mst_jinja_find_global(name, len) != NULL;
}

const ExprLanguage mst_jinja_language = {
	.name = "jinja",
	.title = "Jinja",
	.evaluation_class = EXPR_ERROR_JINJA_EVALUATION,
	.grammar_class = EXPR_ERROR_JINJA_GRAMMAR,
	.freezes_data = false,
	.parse = jinja_parse,
	.eval = jinja_eval,
	.each_builtin = jinja_each_builtin,
	.has_name = jinja_has_name
};
