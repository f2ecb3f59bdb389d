/*-------------------------------------------------------------------------
 *
 * objects.h
 *	  Values that only Jinja2 has.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_OBJECTS_H
#define MISTRAL_JINJA_OBJECTS_H

#include "jinja/builtins.h"

/* What a kind of object can do; ExprObjectOps.language points to it. */
typedef struct JinjaClass
{
	const char *module;			/* of Python, "" for builtins */
	bool		(*call) (JinjaEval *ev, ExprObject *object, const JinjaArguments *args, ExprValue *result);
	/* *found tells whether there is such an attribute */
	bool		(*get_attribute) (JinjaEval *ev, ExprObject *object, const char *name, int len,
								  ExprValue *result, bool *found);
	/* an iterator over the object */
	bool		(*iterate) (JinjaEval *ev, ExprObject *object, ExprValue *result);
	bool		(*length) (JinjaEval *ev, ExprObject *object, int64 *length);
} JinjaClass;

/* Returns the class of an object of this language. */
static inline const JinjaClass *
mst_jinja_class_of(const ExprValue *value)
{
	return value->u.object->ops->language;
}

extern bool mst_jinja_namespace_set(JinjaEval *ev, const ExprValue *object, const char *name, const ExprValue *value);
extern ExprValue mst_jinja_make_function(const JinjaBuiltin *builtin);
extern ExprValue mst_jinja_make_mistral_function(const ExprFunction *function);
extern ExprValue mst_jinja_make_method(const JinjaBuiltin *builtin, const ExprValue *self);
extern ExprValue mst_jinja_make_bytes(const char *bytes, int len);
extern bool mst_jinja_is_utf8(const char *bytes, int len);
extern ExprValue mst_jinja_make_macro(JinjaEval *ev, const JinjaMacro *macro);
extern ExprValue mst_jinja_make_self(JinjaEval *ev);

/* (grouper, list) of the filter groupby. */
#define JINJA_GROUP_FLAG	0x40

#endif							/* MISTRAL_JINJA_OBJECTS_H */
