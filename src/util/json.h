/*-------------------------------------------------------------------------
 *
 * json.h
 *	  Reading and building jsonb from C.
 *
 * Readers accept plain (not toasted) values; NULL stands for an empty
 * object.  Results are allocated in CurrentMemoryContext and never share
 * memory with their source, except that a JsonbValue from a reader points
 * into it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_UTIL_JSON_H
#define MISTRAL_UTIL_JSON_H

#include "utils/jsonb.h"

/* ---- reading ---- */

static inline bool
mst_json_is_object(const Jsonb *json)
{
	return json != NULL && JB_ROOT_IS_OBJECT(json);
}

static inline bool
mst_json_is_array(const Jsonb *json)
{
	return json != NULL && JB_ROOT_IS_ARRAY(json) && !JB_ROOT_IS_SCALAR(json);
}

extern int	mst_json_count(const Jsonb *json);
extern JsonbValue mst_json_root(const Jsonb *json);
extern bool mst_json_find(const Jsonb *json, const char *key, int len,
						  JsonbValue *value);
extern Jsonb *mst_json_get(const Jsonb *json, const char *key);
extern char *mst_json_get_text(const Jsonb *json, const char *key);
extern int64 mst_json_get_int(const Jsonb *json, const char *key, int64 otherwise);

/* Returns a number, truncated. */
extern int64 mst_json_value_int(const JsonbValue *value);
extern bool mst_json_whole_number(const Jsonb *value, int64 *number);
extern bool mst_json_get_bool(const Jsonb *json, const char *key, bool otherwise);
extern bool mst_json_has(const Jsonb *json, const char *key);
extern Jsonb *mst_json_item(const Jsonb *json, int i);
extern bool mst_json_is_null(const Jsonb *json);
extern bool mst_json_is_falsy(const Jsonb *json);
extern char *mst_json_to_text(const Jsonb *json);
extern char *mst_json_print(const Jsonb *json);
extern int64 mst_json_text_size(const Jsonb *json);
extern void mst_json_each(const Jsonb *json,
						  bool (*fn) (void *arg, const JsonbValue *key,
									  const JsonbValue *value),
						  void *arg);

/* ---- making ---- */

extern Jsonb *mst_json_null(void);
extern Jsonb *mst_json_object(void);	/* {} */
extern Jsonb *mst_json_array(void); /* [] */
extern Jsonb *mst_json_text(const char *text);	/* NULL: null */
extern Jsonb *mst_json_int(int64 value);
extern Jsonb *mst_json_copy(const Jsonb *json);
extern Jsonb *mst_json_from_value(const JsonbValue *value);
extern Jsonb *mst_json_from_text(const char *text);
extern Jsonb *mst_json_object1(const char *key, const Jsonb *value);
extern Jsonb *mst_json_concat(const Jsonb *a, const Jsonb *b);
extern Jsonb *mst_json_merge(const Jsonb *a, const Jsonb *b);

/* ---- building ---- */

typedef struct JsonBuilder
{
	JsonbParseState *state;
	JsonbValue *result;
} JsonBuilder;

extern void mst_json_begin_object(JsonBuilder *b);
extern void mst_json_begin_array(JsonBuilder *b);
extern void mst_json_open_object(JsonBuilder *b, const char *key);
extern void mst_json_open_array(JsonBuilder *b, const char *key);
extern void mst_json_close_object(JsonBuilder *b);
extern void mst_json_close_array(JsonBuilder *b);

/* Members of an object; with key NULL items of an array. */
extern void mst_json_add(JsonBuilder *b, const char *key, const Jsonb *value);
extern void mst_json_add_value(JsonBuilder *b, const char *key, const JsonbValue *value);
extern void mst_json_add_text(JsonBuilder *b, const char *key, const char *text);
extern void mst_json_add_int(JsonBuilder *b, const char *key, int64 value);
extern void mst_json_add_bool(JsonBuilder *b, const char *key, bool value);
extern Jsonb *mst_json_end(JsonBuilder *b);

#endif							/* MISTRAL_UTIL_JSON_H */
