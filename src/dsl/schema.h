/*-------------------------------------------------------------------------
 *
 * schema.h
 *	  JSON Schema: the part of draft 2020-12 that describes single documents.
 *
 * schema_check.c says whether a schema is one, schema_validate.c what is wrong
 * with a value.  Keywords that are not supported are refused by the check, so
 * that no schema promises what is not looked at.  docs/language.md, "JSON
 * Schema", lists them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DSL_SCHEMA_H
#define MISTRAL_DSL_SCHEMA_H

#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "utils/jsonb.h"

/* What is wrong, and where: in a schema, or in a value. */
typedef struct SchemaProblem
{
	char	   *path;			/* JSON pointer; "" is the whole */
	char	   *message;		/* continues "it ..." or is a sentence */
} SchemaProblem;

/* levels of a schema, or of schemas that refer to each other */
#define MAX_SCHEMA_DEPTH	200

extern SchemaProblem *mst_schema_check(const Jsonb *schema);
extern List *mst_schema_validate(const Jsonb *schema, const Jsonb *value, int max_problems);
extern char *mst_schema_problems_text(const List *problems);

/* What both files need to read JSON. */
extern bool mst_schema_member(const JsonbValue *object, const char *name, JsonbValue *member);
extern bool mst_schema_resolve(const JsonbValue *root, const JsonbValue *ref, JsonbValue *target);
extern void mst_schema_push(StringInfo path, const char *name, int len);
extern void mst_schema_push_index(StringInfo path, int index);

static inline bool
mst_schema_is_object(const JsonbValue *value)
{
	return value->type == jbvBinary && JsonContainerIsObject(value->val.binary.data);
}

static inline bool
mst_schema_is_array(const JsonbValue *value)
{
	return value->type == jbvBinary && JsonContainerIsArray(value->val.binary.data);
}

static inline bool
mst_schema_is_text(const JsonbValue *value, const char *text)
{
	return value->type == jbvString && value->val.string.len == (int) strlen(text) &&
		memcmp(value->val.string.val, text, value->val.string.len) == 0;
}

#endif							/* MISTRAL_DSL_SCHEMA_H */
