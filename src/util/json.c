/*-------------------------------------------------------------------------
 *
 * json.c
 *	  Reading and building jsonb from C.
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

int
mst_json_count(const Jsonb *json)
{
	if (json == NULL || JB_ROOT_IS_SCALAR(json))
		return 0;
	return JB_ROOT_COUNT(json);
}

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

bool
mst_json_find(const Jsonb *json, const char *key, int len, JsonbValue *value)
{
	if (!mst_json_is_object(json))
		return false;
	return getKeyJsonValueFromContainer(unconstify(JsonbContainer *, &json->root),
										key, len, value) != NULL;
}

Jsonb *
mst_json_get(const Jsonb *json, const char *key)
{
	JsonbValue	value;

	if (!mst_json_find(json, key, strlen(key), &value))
		return NULL;
	return JsonbValueToJsonb(&value);
}

char *
mst_json_get_text(const Jsonb *json, const char *key)
{
	JsonbValue	value;

	if (!mst_json_find(json, key, strlen(key), &value) ||
		value.type != jbvString)
		return NULL;
	return pnstrdup(value.val.string.val, value.val.string.len);
}

int64
mst_json_value_int(const JsonbValue *value)
{
	Datum		truncated = DirectFunctionCall2(numeric_trunc,
												NumericGetDatum(value->val.numeric),
												Int32GetDatum(0));

	return DatumGetInt64(DirectFunctionCall1(numeric_int8, truncated));
}

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

bool
mst_json_get_bool(const Jsonb *json, const char *key, bool otherwise)
{
	JsonbValue	value;

	if (!mst_json_find(json, key, strlen(key), &value) ||
		value.type != jbvBool)
		return otherwise;
	return value.val.boolean;
}

bool
mst_json_has(const Jsonb *json, const char *key)
{
	JsonbValue	value;

	return mst_json_find(json, key, strlen(key), &value);
}

Jsonb *
mst_json_item(const Jsonb *json, int i)
{
	JsonbValue *value;

	if (!mst_json_is_array(json) || i < 0 || i >= mst_json_count(json))
		return NULL;
	value = getIthJsonbValueFromContainer(unconstify(JsonbContainer *, &json->root), i);
	return value == NULL ? NULL : JsonbValueToJsonb(value);
}

bool
mst_json_is_null(const Jsonb *json)
{
	return json == NULL || (JB_ROOT_IS_SCALAR(json) &&
							mst_json_root(json).type == jbvNull);
}

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

char *
mst_json_print(const Jsonb *json)
{
	if (json == NULL)
		return pstrdup("null");
	return JsonbToCString(NULL, unconstify(JsonbContainer *, &json->root),
						  VARSIZE_ANY_EXHDR(json));
}

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

Jsonb *
mst_json_from_value(const JsonbValue *value)
{
	return JsonbValueToJsonb(unconstify(JsonbValue *, value));
}

Jsonb *
mst_json_null(void)
{
	JsonbValue	value;

	value.type = jbvNull;
	return JsonbValueToJsonb(&value);
}

Jsonb *
mst_json_object(void)
{
	JsonBuilder b;

	mst_json_begin_object(&b);
	return mst_json_end(&b);
}

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

Jsonb *
mst_json_text(const char *text)
{
	JsonbValue	value;

	set_text(&value, text);
	return JsonbValueToJsonb(&value);
}

Jsonb *
mst_json_int(int64 number)
{
	JsonbValue	value;

	set_int(&value, number);
	return JsonbValueToJsonb(&value);
}

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

Jsonb *
mst_json_from_text(const char *text)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
}

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

Jsonb *
mst_json_concat(const Jsonb *a, const Jsonb *b)
{
	JsonBuilder builder;

	if (mst_json_count(b) == 0)
		return a != NULL ? mst_json_copy(a) : mst_json_object();
	mst_json_begin_object(&builder);
	mst_json_each(a, add_member, &builder);

	/* of equal keys the last one stays */
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

void
mst_json_begin_object(JsonBuilder *b)
{
	b->state = NULL;
	b->result = NULL;
	mst_json_open_object(b, NULL);
}

void
mst_json_begin_array(JsonBuilder *b)
{
	b->state = NULL;
	b->result = NULL;
	mst_json_open_array(b, NULL);
}

void
mst_json_open_object(JsonBuilder *b, const char *key)
{
	push_key(b, key);
	(void) pushJsonbValue(&b->state, WJB_BEGIN_OBJECT, NULL);
}

void
mst_json_open_array(JsonBuilder *b, const char *key)
{
	push_key(b, key);
	(void) pushJsonbValue(&b->state, WJB_BEGIN_ARRAY, NULL);
}

void
mst_json_close_object(JsonBuilder *b)
{
	b->result = pushJsonbValue(&b->state, WJB_END_OBJECT, NULL);
}

void
mst_json_close_array(JsonBuilder *b)
{
	b->result = pushJsonbValue(&b->state, WJB_END_ARRAY, NULL);
}

void
mst_json_add_value(JsonBuilder *b, const char *key, const JsonbValue *value)
{
	bool		in_array = b->state->contVal.type == jbvArray;

	push_key(b, key);
	(void) pushJsonbValue(&b->state, in_array ? WJB_ELEM : WJB_VALUE,
						  unconstify(JsonbValue *, value));
}

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

void
mst_json_add_text(JsonBuilder *b, const char *key, const char *text)
{
	JsonbValue	value;

	set_text(&value, text);
	mst_json_add_value(b, key, &value);
}

void
mst_json_add_int(JsonBuilder *b, const char *key, int64 number)
{
	JsonbValue	value;

	set_int(&value, number);
	mst_json_add_value(b, key, &value);
}

void
mst_json_add_bool(JsonBuilder *b, const char *key, bool boolean)
{
	JsonbValue	value;

	value.type = jbvBool;
	value.val.boolean = boolean;
	mst_json_add_value(b, key, &value);
}

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
