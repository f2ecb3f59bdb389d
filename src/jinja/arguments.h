/*-------------------------------------------------------------------------
 *
 * arguments.h
 *	  What the builtins of Jinja2 have in common.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_ARGUMENTS_H
#define MISTRAL_JINJA_ARGUMENTS_H

#include "jinja/frames.h"
#include "value/iteration.h"

/* ---- undefined values, truth ---- */

extern bool mst_jinja_truth(JinjaEval *ev, const ExprValue *value, bool *result);
extern bool mst_jinja_check_defined(JinjaEval *ev, const ExprValue *value);
extern bool mst_jinja_fail_undefined(JinjaEval *ev, const ExprValue *value);

/* ---- text ---- */

extern ExprValue mst_jinja_rendered(JinjaEval *ev, StringInfo buf);
extern bool mst_jinja_to_text(JinjaEval *ev, const ExprValue *value, ExprValue *result);
extern bool mst_jinja_append_text(JinjaEval *ev, StringInfo out, const ExprValue *value);
extern bool mst_jinja_append_escaped(JinjaEval *ev, StringInfo out, const char *s, int len);
extern bool mst_jinja_escape(JinjaEval *ev, const ExprValue *value, ExprValue *result);
extern ExprValue mst_jinja_markup(ExprValue value);

static inline bool
mst_jinja_is_markup(const ExprValue *value)
{
	return value->kind == EXPR_STRING && (value->flags & EXPR_MARKUP) != 0;
}

extern bool mst_jinja_open(JinjaEval *ev, ExprCursor *cursor, const ExprValue *source);
extern bool mst_jinja_to_list(JinjaEval *ev, const ExprValue *source, ExprList **list);
extern bool mst_jinja_length(JinjaEval *ev, const ExprValue *value, int64 *length);
extern bool mst_jinja_is_iterable(const ExprValue *value);
extern bool mst_jinja_is_callable(const ExprValue *value);
extern bool mst_jinja_int_argument(JinjaEval *ev, const ExprValue *value, int64 *result);
extern bool mst_jinja_update_dict(JinjaEval *ev, ExprDict *dict, const ExprValue *source);
extern bool mst_jinja_reversed(JinjaEval *ev, const ExprValue *source, ExprValue *result, bool *found);

/*
 * A generator over a list that is computed when the first item is asked for.
 * The arguments are copied.
 */
typedef bool (*JinjaBuilder) (JinjaEval *ev, const ExprValue *args, ExprList **result);
extern ExprValue mst_jinja_lazy_list(JinjaEval *ev, JinjaBuilder build, const ExprValue *args, int nargs);
extern int	mst_jinja_random(int n);

#endif							/* MISTRAL_JINJA_ARGUMENTS_H */
