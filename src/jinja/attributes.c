/*-------------------------------------------------------------------------
 *
 * attributes.c
 *	  Attributes, items and slices of values.
 *
 * a.b is an attribute of a, methods included, and else the item 'b'; a['b'] is
 * the item and else the attribute.  What is missing is an undefined value.  An
 * attribute whose name starts with an underscore is out of reach: it gives an
 * undefined value that raises SecurityError.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/arguments.h"
#include "jinja/attributes.h"
#include "jinja/objects.h"
#include "value/dict.h"
#include "value/list.h"
#include "value/make.h"
#include "value/range.h"
#include "value/string.h"
#include "value/text.h"

/* ---- undefined values ---- */

/*
 * Returns the undefined value of a variable.
 */
ExprValue
mst_jinja_undefined_name(const char *name, int len)
{
	return mst_jinja_undefined(pnstrdup(name, len), "'%.*s' is undefined", len, name);
}

/*
 * Returns an undefined value with any message; name may be NULL.
 */
ExprValue
mst_jinja_undefined(const char *name, const char *fmt,...)
{
	StringInfoData message;
	va_list		args;
	int			needed;

	mst_text_init(&message);
	for (;;)
	{
		va_start(args, fmt);
		needed = appendStringInfoVA(&message, fmt, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&message, needed);
	}
	return mst_value_undefined(name, message.data, false);
}

/* Returns the type of a value as messages call it. */
static const char *
object_type(const ExprValue *value)
{
	const char *name = mst_value_type_name(value);
	const char *module = "";

	if (value->kind == EXPR_NULL)
		return "None";
	if (value->kind == EXPR_OBJECT)
		module = mst_jinja_class_of(value)->module;
	else if (mst_jinja_is_markup(value))
		return "markupsafe.Markup object";
	else if (value->kind == EXPR_DATETIME || value->kind == EXPR_TIMESPAN)
		module = "datetime";
	return psprintf("%s%s%s object", module, *module != '\0' ? "." : "", name);
}

/*
 * Returns the undefined value of a member that the object does not have.
 */
static ExprValue
undefined_member(JinjaEval *ev, const ExprValue *object, const ExprValue *key)
{
	const char *type = object_type(object);

	if (key->kind == EXPR_STRING)
		return mst_jinja_undefined(pnstrdup(key->u.string, key->len), "'%s' has no attribute %s",
								   type, mst_value_brief(ev->cxt, key));
	return mst_jinja_undefined(NULL, "%s has no element %s", type, mst_value_brief(ev->cxt, key));
}

/*
 * Returns what Jinja's sandbox gives for an attribute that it hides: an
 * undefined value that fails as a SecurityError when it is used.
 */
static ExprValue
unsafe_undefined(const ExprValue *object, const char *name, int len)
{
	ExprValue	result = mst_jinja_undefined(pnstrdup(name, len),
											 "access to attribute '%.*s' of '%s' object is unsafe.",
											 len, name, mst_value_type_name(object));

	result.u.undefined->cause = "SecurityError";
	return result;
}

/* ---- attributes ---- */

/* Python's attributes with underscores, which exist but must not be used. */
static const char *const object_internals[] = {
	"__class__", "__delattr__", "__dir__", "__doc__", "__eq__", "__format__", "__ge__",
	"__getattribute__", "__getstate__", "__gt__", "__hash__", "__init__", "__init_subclass__",
	"__le__", "__lt__", "__ne__", "__new__", "__reduce__", "__reduce_ex__", "__repr__",
	"__setattr__", "__sizeof__", "__str__", "__subclasshook__", NULL
};

static const char *const container_internals[] = {
	"__add__", "__class_getitem__", "__contains__", "__delitem__", "__getitem__", "__iadd__",
	"__imul__", "__ior__", "__iter__", "__len__", "__mod__", "__mul__", "__or__",
	"__reversed__", "__rmod__", "__rmul__", "__ror__", "__setitem__", NULL
};

static const char *const number_internals[] = {
	"__abs__", "__add__", "__and__", "__bool__", "__ceil__", "__divmod__", "__float__",
	"__floor__", "__floordiv__", "__index__", "__int__", "__invert__", "__mod__", "__mul__",
	"__neg__", "__pow__", "__radd__", "__round__", "__sub__", "__truediv__", "__trunc__", NULL
};

/* Answers whether a name is in a list that ends with NULL. */
static bool
is_in(const char *const *names, const char *name, int len)
{
	for (int i = 0; names[i] != NULL; i++)
		if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
			return true;
	return false;
}

/*
 * Answers whether an attribute belongs to the inner workings of Python's
 * objects of that kind: the sandbox hides them, where an attribute that is
 * simply not there gives a plain undefined value.
 */
static bool
is_internal(const ExprValue *object, const char *name, int len)
{
	if (len < 4 || name[0] != '_' || name[1] != '_')
		return false;
	if (is_in(object_internals, name, len))
		return true;
	if (mst_value_is_number(object) || object->kind == EXPR_BOOL)
		return is_in(number_internals, name, len);
	return mst_jinja_is_iterable(object) && is_in(container_internals, name, len);
}

/*
 * Finds the two attributes of a group of groupby(), which is a pair otherwise.
 */
static bool
group_attribute(JinjaEval *ev, const ExprValue *object, const char *name, int len,
				ExprValue *result, bool *found)
{
	int			index = -1;

	if (len == 7 && memcmp(name, "grouper", 7) == 0)
		index = 0;
	else if (len == 4 && memcmp(name, "list", 4) == 0)
		index = 1;
	*found = index >= 0;
	return !*found || mst_list_get(ev->cxt, object->u.list, index, result);
}

/* Gets an attribute in Python's sense; *found tells whether there is one. */
static bool
find_attribute(JinjaEval *ev, const ExprValue *object, const char *name, int len,
			   ExprValue *result, bool *found)
{
	const JinjaBuiltin *method;

	*found = false;
	if (object->kind == EXPR_UNDEFINED)
		return mst_jinja_fail_undefined(ev, object);
	if (object->kind == EXPR_OBJECT)
	{
		const JinjaClass *class = mst_jinja_class_of(object);

		if (class->get_attribute != NULL &&
			!class->get_attribute(ev, object->u.object, name, len, result, found))
			return false;
		if (*found && name[0] == '_')
			*result = unsafe_undefined(object, name, len);
	}
	else if (object->flags & JINJA_GROUP_FLAG)
	{
		if (!group_attribute(ev, object, name, len, result, found))
			return false;
	}
	if (*found)
		return true;
	method = mst_jinja_find_method(object, name, len);
	if (method != NULL)
	{
		*found = true;
		if (method->property != NULL)
		{
			ExprValue	self = *object;

			return method->property(ev, &self, result);
		}
		*result = mst_jinja_make_method(method, object);
	}
	else if (is_internal(object, name, len))
	{
		*found = true;
		*result = unsafe_undefined(object, name, len);
	}
	return true;
}

/* ---- items ---- */

/*
 * Reads an index; negative counts from the end. False where there is no such
 * item.
 */
static bool
index_of(const ExprValue *key, int64 length, int64 *index)
{
	if (!mst_value_is_integral(key))
		return false;
	*index = mst_number_clip(key);
	if (*index < 0)
		*index += length;
	return *index >= 0 && *index < length;
}

/* Finds an entry of a mapping. */
static bool
dict_item(JinjaEval *ev, const ExprValue *object, const ExprValue *key, ExprValue *result, bool *found)
{
	if (!mst_jinja_check_defined(ev, key))
		return false;
	if (mst_dict_get(ev->cxt, object->u.dict, key, result, found))
		return true;
	/* a key that cannot be one is not there */
	*found = false;
	return mst_expr_catch(ev->cxt) != NULL;
}

/* object[key] in Python's sense; *found is false where Python raises. */
static bool
find_item(JinjaEval *ev, const ExprValue *object, const ExprValue *key, ExprValue *result, bool *found)
{
	int64		index;

	*found = false;
	switch ((ExprKind) object->kind)
	{
		case EXPR_UNDEFINED:
			return mst_jinja_fail_undefined(ev, object);
		case EXPR_DICT:
			return dict_item(ev, object, key, result, found);
		case EXPR_LIST:
			*found = index_of(key, mst_list_length(object->u.list), &index);
			return !*found || mst_list_get(ev->cxt, object->u.list, (int) index, result);
		case EXPR_RANGE:
			*found = index_of(key, mst_range_length(object->u.range), &index);
			if (*found)
				*result = mst_value_int(mst_range_item(object->u.range, index));
			return true;
		case EXPR_STRING:
			*found = index_of(key, mst_string_length(object), &index);
			if (*found)
			{
				*result = mst_string_char(object, (int) index);
				result->flags |= object->flags & EXPR_MARKUP;
			}
			return true;
		default:
			return true;
	}
}

/*
 * object.name: the attribute, else the item, else undefined.
 */
bool
mst_jinja_get_attribute(JinjaEval *ev, const ExprValue *object, const char *name, int len,
						ExprValue *result)
{
	ExprValue	key = mst_value_string(name, len);
	bool		found;

	if (!find_attribute(ev, object, name, len, result, &found))
		return false;
	if (found)
		return true;
	if (object->kind == EXPR_DICT)
	{
		if (!mst_dict_get_name(ev->cxt, object->u.dict, name, len, result, &found))
			return false;
		if (found)
			return true;
	}
	*result = undefined_member(ev, object, &key);
	return true;
}

/*
 * object[key]: the item, else (for text) the attribute, else undefined.
 */
bool
mst_jinja_get_item(JinjaEval *ev, const ExprValue *object, const ExprValue *key, ExprValue *result)
{
	bool		found;

	if (!find_item(ev, object, key, result, &found))
		return false;
	if (!found && key->kind == EXPR_STRING &&
		!find_attribute(ev, object, key->u.string, key->len, result, &found))
		return false;
	if (!found)
		*result = undefined_member(ev, object, key);
	return true;
}

/*
 * The attribute, never the item, or undefined.
 */
bool
mst_jinja_get_only_attribute(JinjaEval *ev, const ExprValue *object, const char *name, int len,
							 ExprValue *result)
{
	ExprValue	key = mst_value_string(name, len);
	bool		found;

	if (!find_attribute(ev, object, name, len, result, &found))
		return false;
	if (!found)
		*result = undefined_member(ev, object, &key);
	return true;
}

/* ---- slices ---- */

/* Fails for a bound of a slice that is no integer. */
static bool
check_bound(JinjaEval *ev, const ExprValue *bound)
{
	if (bound->kind == EXPR_NULL || mst_value_is_integral(bound))
		return true;
	return mst_jinja_fail(ev, "TypeError",
						  "slice indices must be integers or None or have an __index__ method");
}

/* Slices a list or tuple. Without a step the items are shared in one go. */
static bool
slice_list(JinjaEval *ev, const ExprValue *object, int64 from, int64 step, int64 count,
		   ExprValue *result)
{
	ExprList   *list = object->u.list;
	ExprList   *slice;
	ExprValue	item;

	if (step == 1)
	{
		if (!mst_list_slice(ev->cxt, list, (int) from, (int) (from + count), &slice))
			return false;
		*result = mst_value_list(slice, mst_value_is_frozen(object));
		return true;
	}
	slice = mst_list_new((int) count);
	for (int64 i = 0; i < count; i++)
		if (!mst_expr_step(ev->cxt) ||
			!mst_list_get(ev->cxt, list, (int) (from + i * step), &item) ||
			!mst_list_append(ev->cxt, slice, &item))
			return false;
	*result = mst_value_list(slice, mst_value_is_frozen(object));
	return true;
}

/*
 * object[start:stop:step]; a bound that is missing is null.
 */
bool
mst_jinja_get_slice(JinjaEval *ev, const ExprValue *object, const ExprValue *start,
					const ExprValue *stop, const ExprValue *step, ExprValue *result)
{
	int64		length;
	int64		stride;
	int64		from;
	int64		to;
	int64		count;

	if (object->kind == EXPR_UNDEFINED)
		return mst_jinja_fail_undefined(ev, object);
	if (object->kind == EXPR_DICT)
		return mst_jinja_fail(ev, "TypeError", "unhashable type: 'slice'");
	if (object->kind != EXPR_STRING && object->kind != EXPR_LIST && object->kind != EXPR_RANGE)
		return mst_jinja_fail(ev, "TypeError", "'%s' object is not subscriptable",
							  mst_value_type_name(object));
	if (!check_bound(ev, step) || !check_bound(ev, start) || !check_bound(ev, stop))
		return false;
	stride = step->kind == EXPR_NULL ? 1 : mst_number_clip(step);
	if (stride == 0)
		return mst_jinja_fail(ev, "ValueError", "slice step cannot be zero");
	/* longer strides than any sequence make no difference, but overflow */
	stride = Max(Min(stride, PG_INT32_MAX), -PG_INT32_MAX);
	if (object->kind == EXPR_STRING)
	{
		if (!mst_string_slice_step(ev->cxt, object, start, stop, stride, result))
			return false;
		result->flags |= object->flags & EXPR_MARKUP;
		return true;
	}
	if (!mst_value_length(ev->cxt, object, &length))
		return false;
	mst_slice_indices(length, start, stop, stride, &from, &to, &count);
	if (object->kind == EXPR_LIST)
		return slice_list(ev, object, from, stride, count, result);
	*result = mst_value_range(object->u.range->start + from * object->u.range->step,
							  object->u.range->start + to * object->u.range->step,
							  object->u.range->step * stride);
	return true;
}

/* ---- paths ---- */

/* "12" of a path is an index. */
static ExprValue
path_part(JinjaEval *ev, const ExprValue *text)
{
	ExprValue	number;

	if (mst_string_is_digit(text) &&
		mst_number_parse_int(ev->cxt, text->u.string, text->len, 10, &number))
		return number;
	return *text;
}

/*
 * Takes apart what filters call an attribute: null is the item itself, text a
 * path of names and numbers joined by dots, anything else one key.
 */
bool
mst_jinja_make_path(JinjaEval *ev, const ExprValue *attribute, JinjaPath *path)
{
	ExprValue	dot = mst_value_cstring(".");
	ExprList   *parts;

	path->nparts = 0;
	path->parts = NULL;
	path->default_value = NULL;
	if (attribute->kind == EXPR_NULL || attribute->kind == EXPR_NO_VALUE)
		return true;
	if (attribute->kind != EXPR_STRING)
	{
		path->nparts = 1;
		path->parts = palloc(sizeof(ExprValue));
		path->parts[0] = *attribute;
		return true;
	}
	if (!mst_string_split(ev->cxt, attribute, &dot, -1, &parts))
		return false;
	path->nparts = mst_list_length(parts);
	path->parts = palloc(sizeof(ExprValue) * Max(path->nparts, 1));
	for (int i = 0; i < path->nparts; i++)
	{
		ExprValue	part;

		if (!mst_list_get(ev->cxt, parts, i, &part))
			return false;
		path->parts[i] = path_part(ev, &part);
	}
	return true;
}

/*
 * Follows a path from an item.
 */
bool
mst_jinja_follow_path(JinjaEval *ev, const JinjaPath *path, const ExprValue *item, ExprValue *result)
{
	ExprValue	at = *item;

	for (int i = 0; i < path->nparts; i++)
	{
		ExprValue	object = at;

		if (!mst_jinja_get_item(ev, &object, &path->parts[i], &at))
			return false;
		if (path->default_value != NULL && at.kind == EXPR_UNDEFINED)
			at = *path->default_value;
	}
	*result = at;
	return true;
}
