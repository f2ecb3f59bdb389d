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

/* The class of an object of this language. */
static inline const JinjaClass *
mst_jinja_class_of(const ExprValue *value)
{
	return value->u.object->ops->language;
}

/* A namespace() object: its attributes are the entries of a dictionary. */
extern bool mst_jinja_namespace_set(JinjaEval *ev, const ExprValue *object, const char *name, const ExprValue *value);

/* A builtin, one of Mistral's functions or a method of a value as a value. */
extern ExprValue mst_jinja_make_function(const JinjaBuiltin *builtin);
extern ExprValue mst_jinja_make_mistral_function(const ExprFunction *function);
extern ExprValue mst_jinja_make_method(const JinjaBuiltin *builtin, const ExprValue *self);

/* Bytes as a value: what "text".encode() gives. */
extern ExprValue mst_jinja_make_bytes(const char *bytes, int len);
extern bool mst_jinja_is_utf8(const char *bytes, int len);

/* A macro, or the caller of a call block, over the current frames. */
extern ExprValue mst_jinja_make_macro(JinjaEval *ev, const JinjaMacro *macro);

/* `self`: gives access to the blocks. */
extern ExprValue mst_jinja_make_self(JinjaEval *ev);

/* (grouper, list) of the filter groupby. */
#define JINJA_GROUP_FLAG	0x40

#endif							/* MISTRAL_JINJA_OBJECTS_H */
