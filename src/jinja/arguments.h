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

/* Truth of a value; UndefinedError. */
extern bool mst_jinja_truth(JinjaEval *ev, const ExprValue *value, bool *result);

/* Fails with UndefinedError when a value is strictly undefined. */
extern bool mst_jinja_check_defined(JinjaEval *ev, const ExprValue *value);

/* Raises the error that using the undefined value means. */
extern bool mst_jinja_fail_undefined(JinjaEval *ev, const ExprValue *value);

/* ---- text ---- */

/* What a StringInfo has collected, as a value that is safe under autoescape. */
extern ExprValue mst_jinja_rendered(JinjaEval *ev, StringInfo buf);

/* str(value) that keeps a safe string safe; UndefinedError. */
extern bool mst_jinja_to_text(JinjaEval *ev, const ExprValue *value, ExprValue *result);
extern bool mst_jinja_append_text(JinjaEval *ev, StringInfo out, const ExprValue *value);

/* Appends text with & < > ' " escaped; escape() of a value is a safe string. */
extern bool mst_jinja_append_escaped(JinjaEval *ev, StringInfo out, const char *s, int len);
extern bool mst_jinja_escape(JinjaEval *ev, const ExprValue *value, ExprValue *result);

/* A string value marked as safe. */
extern ExprValue mst_jinja_markup(ExprValue value);

static inline bool
mst_jinja_is_markup(const ExprValue *value)
{
	return value->kind == EXPR_STRING && (value->flags & EXPR_MARKUP) != 0;
}

/* A pass over anything iterable, objects of this language and undefined values included. */
extern bool mst_jinja_open(JinjaEval *ev, ExprCursor *cursor, const ExprValue *source);
extern bool mst_jinja_to_list(JinjaEval *ev, const ExprValue *source, ExprList **list);
extern bool mst_jinja_length(JinjaEval *ev, const ExprValue *value, int64 *length);
extern bool mst_jinja_is_iterable(const ExprValue *value);
extern bool mst_jinja_is_callable(const ExprValue *value);

/*
 * Arguments that have to be of a kind; TypeErrors in Python's words.  The
 * optional ones leave *result alone when the argument was not given.
 */
extern bool mst_jinja_int_argument(JinjaEval *ev, const ExprValue *value, int64 *result);
extern bool mst_jinja_optional_int(JinjaEval *ev, const ExprValue *value, int64 *result);
extern bool mst_jinja_bool_argument(JinjaEval *ev, const ExprValue *value, bool missing, bool *result);

/* Sets the entries of a mapping, or the pairs of an iterable, as dict.update() does. */
extern bool mst_jinja_update_dict(JinjaEval *ev, ExprDict *dict, const ExprValue *source);

/* An iterator from the last item to the first; *found is false when there can be none. */
extern bool mst_jinja_reversed(JinjaEval *ev, const ExprValue *source, ExprValue *result, bool *found);

/*
 * A generator over a list that is computed when the first item is asked for.
 * The arguments are copied.
 */
typedef bool (*JinjaBuilder) (JinjaEval *ev, const ExprValue *args, ExprList **result);
extern ExprValue mst_jinja_lazy_list(JinjaEval *ev, JinjaBuilder build, const ExprValue *args, int nargs);

/* A random number from 0 to n - 1. */
extern int	mst_jinja_random(int n);

#endif							/* MISTRAL_JINJA_ARGUMENTS_H */
