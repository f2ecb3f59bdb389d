/*-------------------------------------------------------------------------
 *
 * jinja.c
 *	  Jinja2 as a language of the expression room: parse a text into a
 *	  program, evaluate a program.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/evaluate.h"
#include "value/string.h"

/* ---- parsing ---- */

/*
 * Offset in code points of the text as given, for a byte offset of the source,
 * in which every line end is one byte.
 */
int
mst_jinja_offset(const ExprProgram *program, int source_offset)
{
	int			at = 0;

	if (program->source == program->text)
		return mst_utf8_index(program->text, Min(source_offset, program->text_len));
	for (int i = 0; i < source_offset && at < program->text_len; i++, at++)
		if (program->text[at] == '\r' && at + 1 < program->text_len && program->text[at + 1] == '\n')
			at++;
	return mst_utf8_index(program->text, Min(at, program->text_len));
}

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

const ExprLanguage mst_jinja_language = {
	.name = "jinja",
	.title = "Jinja",
	.evaluation_class = EXPR_ERROR_JINJA_EVALUATION,
	.grammar_class = EXPR_ERROR_JINJA_GRAMMAR,
	.freezes_data = false,
	.parse = jinja_parse,
	.eval = jinja_eval
};
