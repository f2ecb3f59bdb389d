/*-------------------------------------------------------------------------
 *
 * format.h
 *	  Formats: format(), the operator % and str.format() of Python.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_FORMAT_H
#define MISTRAL_VALUE_FORMAT_H

#include "value/value.h"

extern bool mst_format_value(EvalContext *cxt, StringInfo out, const ExprValue *v, const char *spec, int len);
extern bool mst_format_printf(EvalContext *cxt, StringInfo out, const ExprValue *fmt, const ExprValue *args);

/* Attribute and item access of a replacement field {0.name[key]}. */
typedef bool (*ExprFieldAccess) (EvalContext *cxt, const ExprValue *object, const ExprValue *key, bool is_attribute, void *arg, ExprValue *result);

/*
 * What replacement fields mean to a language.  With is_formatter the numbering
 * is that of string.Formatter, to which only fields that are nothing but a
 * number, or nothing at all, are numbered ones.
 */
typedef struct ExprFieldRules
{
	ExprFieldAccess access;
	/* appends a value in a format; NULL: mst_format_value() */
	bool		(*show) (EvalContext *cxt, StringInfo out, const ExprValue *value, const char *spec, int len, void *arg);
	void	   *arg;
	bool		is_formatter;
} ExprFieldRules;

extern bool mst_format_template(EvalContext *cxt, StringInfo out, const ExprValue *template,
								const ExprValue *args, int nargs, ExprDict *kwargs,
								const ExprFieldRules *rules);

#endif							/* MISTRAL_VALUE_FORMAT_H */
