/*-------------------------------------------------------------------------
 *
 * attributes.h
 *	  Attributes, items, slices, paths and what is missing.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_ATTRIBUTES_H
#define MISTRAL_JINJA_ATTRIBUTES_H

#include "jinja/frames.h"

extern bool mst_jinja_get_attribute(JinjaEval *ev, const ExprValue *object, const char *name, int len, ExprValue *result);
extern bool mst_jinja_get_item(JinjaEval *ev, const ExprValue *object, const ExprValue *key, ExprValue *result);
extern bool mst_jinja_get_only_attribute(JinjaEval *ev, const ExprValue *object, const char *name, int len, ExprValue *result);
extern bool mst_jinja_get_slice(JinjaEval *ev, const ExprValue *object, const ExprValue *start,
								const ExprValue *stop, const ExprValue *step, ExprValue *result);
extern ExprValue mst_jinja_undefined_name(const char *name, int len);
extern ExprValue mst_jinja_undefined(const char *name, const char *fmt,...) pg_attribute_printf(2, 3);

/*
 * A path as filters take it ("a.b.0", an integer, or null for the item
 * itself), and its application; default_value (may be NULL) stands in for
 * what is undefined.
 */
typedef struct JinjaPath
{
	int			nparts;
	ExprValue  *parts;
	const ExprValue *default_value;
} JinjaPath;

extern bool mst_jinja_make_path(JinjaEval *ev, const ExprValue *attribute, JinjaPath *path);
extern bool mst_jinja_follow_path(JinjaEval *ev, const JinjaPath *path, const ExprValue *item, ExprValue *result);

#endif							/* MISTRAL_JINJA_ATTRIBUTES_H */
