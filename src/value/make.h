/*-------------------------------------------------------------------------
 *
 * make.h
 *	  Making values of each kind.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_MAKE_H
#define MISTRAL_VALUE_MAKE_H

#include "value/value.h"

static inline ExprValue
mst_value_null(void)
{
	ExprValue	v = {EXPR_NULL};

	return v;
}

static inline ExprValue
mst_value_no_value(void)
{
	ExprValue	v = {EXPR_NO_VALUE};

	return v;
}

static inline ExprValue
mst_value_bool(bool b)
{
	ExprValue	v = {EXPR_BOOL};

	v.u.boolean = b;
	return v;
}

static inline ExprValue
mst_value_int(int64 i)
{
	ExprValue	v = {EXPR_INT};

	v.u.integer = i;
	return v;
}

static inline ExprValue
mst_value_float(double f)
{
	ExprValue	v = {EXPR_FLOAT};

	v.u.real = f;
	return v;
}

/* Returns a string that is not copied: it must live as long as the value. */
static inline ExprValue
mst_value_string(const char *s, int len)
{
	ExprValue	v = {EXPR_STRING};

	v.len = len;
	v.u.string = s;
	return v;
}

static inline ExprValue
mst_value_cstring(const char *s)
{
	return mst_value_string(s, (int) strlen(s));
}

static inline ExprValue
mst_value_list(ExprList *list, bool frozen)
{
	ExprValue	v = {EXPR_LIST};

	v.flags = frozen ? EXPR_FROZEN : 0;
	v.u.list = list;
	return v;
}

static inline ExprValue
mst_value_dict(ExprDict *dict, bool frozen)
{
	ExprValue	v = {EXPR_DICT};

	v.flags = frozen ? EXPR_FROZEN : 0;
	v.u.dict = dict;
	return v;
}

static inline ExprValue
mst_value_set(ExprDict *set, bool frozen)
{
	ExprValue	v = {EXPR_SET};

	v.flags = frozen ? EXPR_FROZEN : 0;
	v.u.dict = set;
	return v;
}

static inline ExprValue
mst_value_iterator(ExprIterator *iterator)
{
	ExprValue	v = {EXPR_ITERATOR};

	v.u.iterator = iterator;
	return v;
}

static inline ExprValue
mst_value_object(ExprObject *object)
{
	ExprValue	v = {EXPR_OBJECT};

	v.u.object = object;
	return v;
}

static inline ExprValue
mst_value_view(ExprDict *dict, ExprViewKind which)
{
	ExprValue	v = {EXPR_VIEW};

	v.len = which;
	v.u.dict = dict;
	return v;
}

extern ExprValue mst_value_string_copy(const char *s, int len);
extern void mst_text_init(StringInfo buf);
extern ExprValue mst_value_string_from(StringInfo buf);
extern ExprValue mst_value_range(int64 start, int64 stop, int64 step);
extern ExprValue mst_value_undefined(const char *name, const char *message, bool lenient);

#endif							/* MISTRAL_VALUE_MAKE_H */
