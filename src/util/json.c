/*-------------------------------------------------------------------------
 *
 * json.c
 *	  Reading and building jsonb from C.
 *
 * A thin layer over the server's jsonb: keys are C strings, values are
 * palloc'd in the current memory context, and absence is NULL.  Readers
 * point into their argument where the name does not say that they copy, so
 * it has to outlive what they return.  NULL as an argument is treated as an
 * absent value, which saves every caller a test.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "util/json.h"

/* ---- reading ---- */

/* Returns the number of members or items; 0 for a scalar and for NULL. */
int
mst_json_count(const Jsonb *json)
{
	if (json == NULL || JB_ROOT_IS_SCALAR(json))
		return 0;
	return JB_ROOT_COUNT(json);
}

/*
 * Returns the scalar, or a JsonbValue of type jbvBinary that points into
 * the argument.
 */
JsonbValue
mst_json_root(const Jsonb *json)
{
	JsonbValue	value;

	if (JB_ROOT_IS_SCALAR(json) &&
		JsonbExtractScalar(unconstify(JsonbContainer *, &json->root), &value))
		return value;
	value.type = jbvBinary;
	value.val.binary.data = unconstify(JsonbContainer *, &json->root);
	value.val.binary.len = VARSIZE_ANY_EXHDR(json);
	return value;
}

/*
 * Finds a member of an object.  Returns false if the JSON is no object or
 * lacks the member; *value points into the argument.
 */
bool
mst_json_find(const Jsonb *json, const char *key, int len, JsonbValue *value)
{
	if (!mst_json_is_object(json))
		return false;
	return getKeyJsonValueFromContainer(unconstify(JsonbContainer *, &json->root),
										key, len, value) != NULL;
}

/* Returns a member of an object as a palloc'd copy; NULL if it is missing. */
Jsonb *
mst_json_get(const Jsonb *json, const char *key)
{
	JsonbValue	value;

	if (!mst_json_find(json, key, strlen(key), &value))
		return NULL;
	return JsonbValueToJsonb(&value);
}

/*
 * Returns a member that is a string, palloc'd; NULL if it is missing or of
 * another type.
 */
char *
mst_json_get_text(const Jsonb *json, const char *key)
{
	JsonbValue	value;

	if (!mst_json_find(json, key, strlen(key), &value) ||
		value.type != jbvString)
		return NULL;
	return pnstrdup(value.val.string.val, value.val.string.len);
}

/*
 * Returns a number without its fraction; raises an error if it does not fit
 * an int64.
 */
int64
mst_json_value_int(const JsonbValue *value)
{
	Datum		truncated = DirectFunctionCall2(numeric_trunc,
												NumericGetDatum(value->val.numeric),
												Int32GetDatum(0));

	return DatumGetInt64(DirectFunctionCall1(numeric_int8, truncated));
}

/*
 * Returns whether a value is a whole number, not negative and of at most 18
 * digits, written as integer or as float without fraction.
 */
bool
mst_json_whole_number(const Jsonb *value, int64 *number)
{
	JsonbValue	root = mst_json_root(value);
	char	   *text;
	char	   *dot;

	if (root.type != jbvNumeric)
		return false;
	text = mst_json_print(value);
	dot = strchr(text, '.');
	if (dot != NULL && strspn(dot + 1, "0") != strlen(dot + 1))
		return false;
	if (text[0] == '-' || (dot != NULL ? dot - text : strlen(text)) > 18)
		return false;
	*number = mst_json_value_int(&root);
	return true;
}

/*
 * Returns a member that is a number, without its fraction; "otherwise" if
 * it is missing or of another type.
 */
int64
mst_json_get_int(const Jsonb *json, const char *key, int64 otherwise)
{
	JsonbValue	value;

	if (!mst_json_find(json, key, strlen(key), &value) ||
		value.type != jbvNumeric ||
		numeric_is_nan(value.val.numeric))
		return otherwise;
	return mst_json_value_int(&value);
}

/*
 * Returns a member that is a boolean; "otherwise" if it is missing or of
 * another type.
 */
bool
mst_json_get_bool(const Jsonb *json, const char *key, bool otherwise)
{
	JsonbValue	value;

	if (!mst_json_find(json, key, strlen(key), &value) ||
		value.type != jbvBool)
		return otherwise;
	return value.val.boolean;
}

/*
 * Returns whether an object has the member, whatever its value; false for
 * NULL.
 */
bool
mst_json_has(const Jsonb *json, const char *key)
{
	JsonbValue	value;

	return mst_json_find(json, key, strlen(key), &value);
}

/* Returns item i of an array as a copy, NULL when there is none. */
Jsonb *
mst_json_item(const Jsonb *json, int i)
{
	JsonbValue *value;

	if (!mst_json_is_array(json) || i < 0 || i >= mst_json_count(json))
		return NULL;
	value = getIthJsonbValueFromContainer(unconstify(JsonbContainer *, &json->root), i);
	return value == NULL ? NULL : JsonbValueToJsonb(value);
}

/* Returns whether the value is absent (NULL) or JSON's null. */
bool
mst_json_is_null(const Jsonb *json)
{
	return json == NULL || (JB_ROOT_IS_SCALAR(json) &&
							mst_json_root(json).type == jbvNull);
}

/*
 * Returns whether Python takes the value for false: null, false, 0 and the
 * empty string, array and object.
 */
bool
mst_json_is_falsy(const Jsonb *json)
{
	JsonbValue	value;

	if (json == NULL)
		return true;
	if (!JB_ROOT_IS_SCALAR(json))
		return JB_ROOT_COUNT(json) == 0;
	value = mst_json_root(json);
	switch (value.type)
	{
		case jbvNull:
			return true;
		case jbvBool:
			return !value.val.boolean;
		case jbvString:
			return value.val.string.len == 0;
		case jbvNumeric:
			return DatumGetInt32(DirectFunctionCall2(numeric_cmp,
													 NumericGetDatum(value.val.numeric),
													 DirectFunctionCall1(int4_numeric, Int32GetDatum(0)))) == 0;
		default:
			return false;
	}
}

/* Returns the value as JSON text, palloc'd. */
char *
mst_json_print(const Jsonb *json)
{
	if (json == NULL)
		return pstrdup("null");
	return JsonbToCString(NULL, unconstify(JsonbContainer *, &json->root),
						  VARSIZE_ANY_EXHDR(json));
}

/* Returns a string as it is, and any other value as JSON text; palloc'd. */
char *
mst_json_to_text(const Jsonb *json)
{
	JsonbValue	value;

	if (json != NULL && JB_ROOT_IS_SCALAR(json))
	{
		value = mst_json_root(json);
		if (value.type == jbvString)
			return pnstrdup(value.val.string.val, value.val.string.len);
	}
	return mst_json_print(json);
}

/*
 * Returns the bytes of the value as JSON text, which is not made when the
 * stored size shows that the value is small.
 */
int64
mst_json_text_size(const Jsonb *json)
{
	char	   *text;
	int64		size;

	if (json == NULL)
		return 4;

	/* a byte of jsonb gives at most six of text, plus separators */
	if (VARSIZE_ANY(json) < 4096)
		return VARSIZE_ANY(json);
	text = mst_json_print(json);
	size = strlen(text);
	pfree(text);
	return size;
}

/* Calls fn for each member of an object until it returns false. */
void
mst_json_each(const Jsonb *json,
			  bool (*fn) (void *arg, const JsonbValue *key,
						  const JsonbValue *value),
			  void *arg)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	key;
	JsonbValue	value;

	if (!mst_json_is_object(json))
		return;
	it = JsonbIteratorInit(unconstify(JsonbContainer *, &json->root));
	while ((token = JsonbIteratorNext(&it, &key, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&it, &value, true);
		if (!fn(arg, &key, &value))
			break;
	}
}

/* ---- making ---- */

/* Returns a palloc'd Jsonb of a value that may be nested. */
Jsonb *
mst_json_from_value(const JsonbValue *value)
{
	return JsonbValueToJsonb(unconstify(JsonbValue *, value));
}

/* Returns JSON's null, palloc'd. */
Jsonb *
mst_json_null(void)
{
	JsonbValue	value;

	value.type = jbvNull;
	return JsonbValueToJsonb(&value);
}

/* Returns an empty object, palloc'd. */
Jsonb *
mst_json_object(void)
{
	JsonBuilder b;

	mst_json_begin_object(&b);
	return mst_json_end(&b);
}

/* Returns an empty array, palloc'd. */
Jsonb *
mst_json_array(void)
{
	JsonBuilder b;

	mst_json_begin_array(&b);
	return mst_json_end(&b);
}

static void
set_text(JsonbValue *value, const char *text)
{
	if (text == NULL)
		value->type = jbvNull;
	else
	{
		value->type = jbvString;
		value->val.string.val = unconstify(char *, text);
		value->val.string.len = strlen(text);
	}
}

static void
set_int(JsonbValue *value, int64 number)
{
	value->type = jbvNumeric;
	value->val.numeric = DatumGetNumeric(DirectFunctionCall1(int8_numeric,
															 Int64GetDatum(number)));
}

/* Returns a string, palloc'd; JSON's null for NULL. */
Jsonb *
mst_json_text(const char *text)
{
	JsonbValue	value;

	set_text(&value, text);
	return JsonbValueToJsonb(&value);
}

/* Returns a number, palloc'd. */
Jsonb *
mst_json_int(int64 number)
{
	JsonbValue	value;

	set_int(&value, number);
	return JsonbValueToJsonb(&value);
}

/* Returns a palloc'd copy; NULL for NULL. */
Jsonb *
mst_json_copy(const Jsonb *json)
{
	Jsonb	   *copy;

	if (json == NULL)
		return NULL;
	copy = palloc(VARSIZE_ANY(json));
	memcpy(copy, json, VARSIZE_ANY(json));
	return copy;
}

/*
 * Parses JSON text into a palloc'd value; raises a syntax error if it is
 * malformed.
 */
Jsonb *
mst_json_from_text(const char *text)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
}

/* Returns {key: value}, palloc'd; the value is JSON's null for NULL. */
Jsonb *
mst_json_object1(const char *key, const Jsonb *value)
{
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add(&b, key, value);
	return mst_json_end(&b);
}

static bool
add_member(void *arg, const JsonbValue *key, const JsonbValue *value)
{
	JsonBuilder *b = arg;

	(void) pushJsonbValue(&b->state, WJB_KEY, unconstify(JsonbValue *, key));
	mst_json_add_value(b, NULL, value);
	return true;
}

/*
 * Returns an object with the members of both, palloc'd.  A member of b
 * replaces the one of a.
 */
Jsonb *
mst_json_concat(const Jsonb *a, const Jsonb *b)
{
	JsonBuilder builder;

	if (mst_json_count(b) == 0)
		return a != NULL ? mst_json_copy(a) : mst_json_object();
	mst_json_begin_object(&builder);
	mst_json_each(a, add_member, &builder);

	/* the last of equal keys stays */
	mst_json_each(b, add_member, &builder);
	return mst_json_end(&builder);
}

typedef struct MergeArg
{
	JsonBuilder *builder;
	const Jsonb *other;
} MergeArg;

static bool
add_merged_member(void *arg, const JsonbValue *key, const JsonbValue *value)
{
	MergeArg   *merge = arg;
	JsonbValue	other;

	if (value->type == jbvBinary &&
		mst_json_find(merge->other, key->val.string.val, key->val.string.len, &other) &&
		other.type == jbvBinary)
	{
		Jsonb	   *left = mst_json_from_value(value);
		Jsonb	   *right = mst_json_from_value(&other);

		if (mst_json_is_object(left) && mst_json_is_object(right))
		{
			Jsonb	   *both = mst_json_merge(left, right);
			JsonbValue	root = mst_json_root(both);

			return add_member(merge->builder, key, &root);
		}
	}
	if (mst_json_find(merge->other, key->val.string.val, key->val.string.len, &other))
		return true;
	return add_member(merge->builder, key, value);
}

static bool
add_new_member(void *arg, const JsonbValue *key, const JsonbValue *value)
{
	MergeArg   *merge = arg;
	JsonbValue	other;

	if (value->type == jbvBinary &&
		mst_json_find(merge->other, key->val.string.val, key->val.string.len, &other) &&
		other.type == jbvBinary)
	{
		Jsonb	   *left = mst_json_from_value(&other);
		Jsonb	   *right = mst_json_from_value(value);

		/* merged when the left side was copied */
		if (mst_json_is_object(left) && mst_json_is_object(right))
			return true;
	}
	return add_member(merge->builder, key, value);
}

/*
 * Returns an object with the members of both, palloc'd.  Where both have an
 * object under one key the two are merged in turn; elsewhere a member of b
 * replaces the one of a.
 */
Jsonb *
mst_json_merge(const Jsonb *a, const Jsonb *b)
{
	JsonBuilder builder;
	MergeArg	merge = {&builder, b};

	check_stack_depth();
	mst_json_begin_object(&builder);
	mst_json_each(a, add_merged_member, &merge);
	merge.other = a;
	mst_json_each(b, add_new_member, &merge);
	return mst_json_end(&builder);
}

/* ---- building ---- */

static void
push_key(JsonBuilder *b, const char *key)
{
	JsonbValue	value;

	if (key == NULL)
		return;
	set_text(&value, key);
	(void) pushJsonbValue(&b->state, WJB_KEY, &value);
}

/*
 * Begins to build an object.  Ends with mst_json_end(); the memory is the
 * caller's current context throughout.
 */
void
mst_json_begin_object(JsonBuilder *b)
{
	b->state = NULL;
	b->result = NULL;
	mst_json_open_object(b, NULL);
}

/*
 * Begins to build an array.  Ends with mst_json_end(); the memory is the
 * caller's current context throughout.
 */
void
mst_json_begin_array(JsonBuilder *b)
{
	b->state = NULL;
	b->result = NULL;
	mst_json_open_array(b, NULL);
}

/*
 * Begins an object inside the one being built; the key is NULL inside an
 * array.
 */
void
mst_json_open_object(JsonBuilder *b, const char *key)
{
	push_key(b, key);
	(void) pushJsonbValue(&b->state, WJB_BEGIN_OBJECT, NULL);
}

/*
 * Begins an array inside the one being built; the key is NULL inside an
 * array.
 */
void
mst_json_open_array(JsonBuilder *b, const char *key)
{
	push_key(b, key);
	(void) pushJsonbValue(&b->state, WJB_BEGIN_ARRAY, NULL);
}

/* Ends what mst_json_open_object() has begun. */
void
mst_json_close_object(JsonBuilder *b)
{
	b->result = pushJsonbValue(&b->state, WJB_END_OBJECT, NULL);
}

/* Ends what mst_json_open_array() has begun. */
void
mst_json_close_array(JsonBuilder *b)
{
	b->result = pushJsonbValue(&b->state, WJB_END_ARRAY, NULL);
}

/*
 * Adds a member, or an item when an array is being built: then the key is
 * NULL.
 */
void
mst_json_add_value(JsonBuilder *b, const char *key, const JsonbValue *value)
{
	bool		in_array = b->state->contVal.type == jbvArray;

	push_key(b, key);
	(void) pushJsonbValue(&b->state, in_array ? WJB_ELEM : WJB_VALUE,
						  unconstify(JsonbValue *, value));
}

/* Adds a member or item; JSON's null for NULL. */
void
mst_json_add(JsonBuilder *b, const char *key, const Jsonb *json)
{
	JsonbValue	value;

	if (json == NULL)
		value.type = jbvNull;
	else
		value = mst_json_root(json);
	mst_json_add_value(b, key, &value);
}

/* Adds a member or item that is a string; JSON's null for NULL. */
void
mst_json_add_text(JsonBuilder *b, const char *key, const char *text)
{
	JsonbValue	value;

	set_text(&value, text);
	mst_json_add_value(b, key, &value);
}

/* Adds a member or item that is a number. */
void
mst_json_add_int(JsonBuilder *b, const char *key, int64 number)
{
	JsonbValue	value;

	set_int(&value, number);
	mst_json_add_value(b, key, &value);
}

/* Adds a member or item that is a boolean. */
void
mst_json_add_bool(JsonBuilder *b, const char *key, bool boolean)
{
	JsonbValue	value;

	value.type = jbvBool;
	value.val.boolean = boolean;
	mst_json_add_value(b, key, &value);
}

/* Ends the building and returns the whole, palloc'd. */
Jsonb *
mst_json_end(JsonBuilder *b)
{
	JsonbValue *root;

	if (b->state->contVal.type == jbvArray)
		root = pushJsonbValue(&b->state, WJB_END_ARRAY, NULL);
	else
		root = pushJsonbValue(&b->state, WJB_END_OBJECT, NULL);
	return JsonbValueToJsonb(root);
}
