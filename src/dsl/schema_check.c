/*-------------------------------------------------------------------------
 *
 * schema_check.c
 *	  Whether a JSON Schema is one.
 *
 * A table says of each keyword what its value must be; what is not in it is
 * refused, whether it is a keyword of the standard that is not supported or a
 * misspelt one.  Keywords of one's own begin with "x-".  References lead to
 * places of the same schema, which must be there, so a value is never
 * checked against a part that was not checked itself.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "dsl/report.h"
#include "dsl/schema.h"
#include "expr/expr.h"
#include "expr/template.h"
#include "util/json.h"
#include "value/evaluation.h"
#include "value/jsonb.h"
#include "value/regex.h"

/* What the value of a keyword must be. */
typedef enum KeywordKind
{
	KEYWORD_ANY,				/* an annotation, or any value */
	KEYWORD_BOOL,
	KEYWORD_COUNT,				/* an integer from 0 */
	KEYWORD_LIST,
	KEYWORD_NAMES,				/* a list of strings */
	KEYWORD_NAMES_MAP,			/* lists of strings by name */
	KEYWORD_NUMBER,
	KEYWORD_PATTERN,
	KEYWORD_POSITIVE,			/* a number above 0 */
	KEYWORD_REF,
	KEYWORD_SCHEMA,
	KEYWORD_SCHEMAS,			/* a list of at least one schema */
	KEYWORD_SCHEMA_MAP,			/* schemas by name */
	KEYWORD_PATTERN_MAP,		/* schemas by pattern */
	KEYWORD_TEXT,
	KEYWORD_TYPE,
	KEYWORD_UNSUPPORTED
} KeywordKind;

static const struct
{
	const char *name;
	KeywordKind kind;
}			keywords[] = {
	{"$anchor", KEYWORD_UNSUPPORTED},
	{"$comment", KEYWORD_TEXT},
	{"$defs", KEYWORD_SCHEMA_MAP},
	{"$dynamicAnchor", KEYWORD_UNSUPPORTED},
	{"$dynamicRef", KEYWORD_UNSUPPORTED},
	{"$id", KEYWORD_UNSUPPORTED},
	{"$ref", KEYWORD_REF},
	{"$schema", KEYWORD_TEXT},
	{"$vocabulary", KEYWORD_UNSUPPORTED},
	{"additionalItems", KEYWORD_UNSUPPORTED},
	{"additionalProperties", KEYWORD_SCHEMA},
	{"allOf", KEYWORD_SCHEMAS},
	{"anyOf", KEYWORD_SCHEMAS},
	{"const", KEYWORD_ANY},
	{"contains", KEYWORD_SCHEMA},
	{"contentEncoding", KEYWORD_TEXT},
	{"contentMediaType", KEYWORD_TEXT},
	{"contentSchema", KEYWORD_UNSUPPORTED},
	{"default", KEYWORD_ANY},
	{"definitions", KEYWORD_SCHEMA_MAP},
	{"dependencies", KEYWORD_UNSUPPORTED},
	{"dependentRequired", KEYWORD_NAMES_MAP},
	{"dependentSchemas", KEYWORD_SCHEMA_MAP},
	{"deprecated", KEYWORD_BOOL},
	{"description", KEYWORD_TEXT},
	{"else", KEYWORD_SCHEMA},
	{"enum", KEYWORD_LIST},
	{"examples", KEYWORD_LIST},
	{"exclusiveMaximum", KEYWORD_NUMBER},
	{"exclusiveMinimum", KEYWORD_NUMBER},
	{"format", KEYWORD_TEXT},
	{"if", KEYWORD_SCHEMA},
	{"items", KEYWORD_SCHEMA},
	{"maxContains", KEYWORD_COUNT},
	{"maxItems", KEYWORD_COUNT},
	{"maxLength", KEYWORD_COUNT},
	{"maxProperties", KEYWORD_COUNT},
	{"maximum", KEYWORD_NUMBER},
	{"minContains", KEYWORD_COUNT},
	{"minItems", KEYWORD_COUNT},
	{"minLength", KEYWORD_COUNT},
	{"minProperties", KEYWORD_COUNT},
	{"minimum", KEYWORD_NUMBER},
	{"multipleOf", KEYWORD_POSITIVE},
	{"not", KEYWORD_SCHEMA},
	{"oneOf", KEYWORD_SCHEMAS},
	{"pattern", KEYWORD_PATTERN},
	{"patternProperties", KEYWORD_PATTERN_MAP},
	{"prefixItems", KEYWORD_SCHEMAS},
	{"properties", KEYWORD_SCHEMA_MAP},
	{"propertyNames", KEYWORD_SCHEMA},
	{"readOnly", KEYWORD_BOOL},
	{"required", KEYWORD_NAMES},
	{"then", KEYWORD_SCHEMA},
	{"title", KEYWORD_TEXT},
	{"type", KEYWORD_TYPE},
	{"unevaluatedItems", KEYWORD_UNSUPPORTED},
	{"unevaluatedProperties", KEYWORD_UNSUPPORTED},
	{"uniqueItems", KEYWORD_BOOL},
	{"writeOnly", KEYWORD_BOOL}
};

/* State of one check. */
typedef struct SchemaCheck
{
	JsonbValue	root;
	StringInfoData path;
	int			depth;
	SchemaProblem *problem;		/* the first one; NULL: none yet */
} SchemaCheck;

static bool check_schema(SchemaCheck *check, const JsonbValue *schema);

/* ---- reading JSON ---- */

/* Finds a member of an object; false if there is none, or it is no object. */
bool
mst_schema_member(const JsonbValue *object, const char *name, JsonbValue *member)
{
	return mst_schema_is_object(object) &&
		getKeyJsonValueFromContainer(object->val.binary.data, name, strlen(name), member) != NULL;
}

/* Adds a member's name to a JSON pointer. */
void
mst_schema_push(StringInfo path, const char *name, int len)
{
	appendStringInfoChar(path, '/');
	for (int i = 0; i < len; i++)
	{
		if (name[i] == '~')
			appendStringInfoString(path, "~0");
		else if (name[i] == '/')
			appendStringInfoString(path, "~1");
		else
			appendStringInfoChar(path, name[i]);
	}
}

/* Adds the place of an item, from 0, to a JSON pointer. */
void
mst_schema_push_index(StringInfo path, int index)
{
	appendStringInfo(path, "/%d", index);
}

/* Undoes what mst_schema_push() does to a name; palloc'd. */
static char *
unescape_step(const char *step, int len)
{
	StringInfoData name;

	initStringInfo(&name);
	for (int i = 0; i < len; i++)
	{
		if (step[i] == '~' && i + 1 < len && (step[i + 1] == '0' || step[i + 1] == '1'))
			appendStringInfoChar(&name, step[++i] == '0' ? '~' : '/');
		else
			appendStringInfoChar(&name, step[i]);
	}
	return name.data;
}

/*
 * Finds the schema that a reference names: "#", or one that has a name in one
 * of the mappings of the whole schema.  Other places may hold what is no
 * schema, and was not checked.  False if it is not there.
 */
bool
mst_schema_resolve(const JsonbValue *root, const JsonbValue *ref, JsonbValue *target)
{
	static const char *const maps[] = {"$defs", "definitions", "properties"};
	char	   *text = pnstrdup(ref->val.string.val, ref->val.string.len);

	*target = *root;
	if (strcmp(text, "#") == 0)
		return true;
	for (int i = 0; i < lengthof(maps); i++)
	{
		int			len = strlen(maps[i]);
		char	   *name = text + len + 3;
		JsonbValue	map;

		if (strncmp(text, "#/", 2) == 0 && strncmp(text + 2, maps[i], len) == 0 &&
			text[len + 2] == '/' && strchr(name, '/') == NULL)
			return mst_schema_member(root, maps[i], &map) &&
				mst_schema_member(&map, unescape_step(name, strlen(name)), target);
	}
	return false;
}

/* ---- keywords ---- */

/* Notes the first problem; always false. */
static bool
			fail_check(SchemaCheck *check, const char *fmt,...) pg_attribute_printf(2, 3);

/*
 * Notes what is wrong with the schema, and where; the first problem counts.
 * Returns false.
 */
static bool
fail_check(SchemaCheck *check, const char *fmt,...)
{
	StringInfoData message;
	int			needed;

	if (check->problem != NULL)
		return false;
	initStringInfo(&message);
	do
	{
		va_list		args;

		va_start(args, fmt);
		needed = appendStringInfoVA(&message, fmt, args);
		va_end(args);
		if (needed > 0)
			enlargeStringInfo(&message, needed);
	} while (needed > 0);
	check->problem = palloc(sizeof(SchemaProblem));
	check->problem->path = pstrdup(check->path.data);
	check->problem->message = message.data;
	return false;
}

/*
 * Answers whether a value is a number above a limit, and an integer where
 * asked for.
 */
static bool
is_number(const JsonbValue *value, bool is_integer, int64 above)
{
	Numeric		limit = int64_to_numeric(above);

	if (value->type != jbvNumeric ||
		DatumGetBool(DirectFunctionCall2(numeric_le, NumericGetDatum(value->val.numeric), NumericGetDatum(limit))))
		return false;
	return !is_integer ||
		DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(value->val.numeric),
										 DirectFunctionCall2(numeric_trunc, NumericGetDatum(value->val.numeric), Int32GetDatum(0))));
}

/*
 * Checks a bound on a number of things. One that is no int32 is refused, since
 * no list or text gets there.
 */
static bool
check_count(SchemaCheck *check, const JsonbValue *value)
{
	bool		is_small = is_number(value, true, -1) &&
	DatumGetBool(DirectFunctionCall2(numeric_le, NumericGetDatum(value->val.numeric),
									 NumericGetDatum(int64_to_numeric(PG_INT32_MAX))));

	return is_small || fail_check(check, "must be an integer from 0 to %d", PG_INT32_MAX);
}

/* Calls "fn" for each item of a list, with the path to it. */
static bool
each_item(SchemaCheck *check, const JsonbValue *list, bool (*fn) (SchemaCheck *check, const JsonbValue *item))
{
	int			n = JsonContainerSize(list->val.binary.data);
	int			len = check->path.len;
	bool		ok = true;

	for (int i = 0; ok && i < n; i++)
	{
		mst_schema_push_index(&check->path, i);
		ok = fn(check, getIthJsonbValueFromContainer(list->val.binary.data, i));
		check->path.len = len;
		check->path.data[len] = '\0';
	}
	return ok;
}

/* Calls "fn" for each member of a mapping, with the path to it. */
static bool
each_member(SchemaCheck *check, const JsonbValue *map, bool (*fn) (SchemaCheck *check, const JsonbValue *key, const JsonbValue *member))
{
	int			len = check->path.len;
	bool		ok = true;
	JsonbIterator *it = JsonbIteratorInit(map->val.binary.data);
	JsonbIteratorToken token;
	JsonbValue	key;
	JsonbValue	member;

	while (ok && (token = JsonbIteratorNext(&it, &key, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&it, &member, true);
		mst_schema_push(&check->path, key.val.string.val, key.val.string.len);
		ok = fn(check, &key, &member);
		check->path.len = len;
		check->path.data[len] = '\0';
	}
	return ok;
}

static bool
check_name(SchemaCheck *check, const JsonbValue *item)
{
	return item->type == jbvString || fail_check(check, "must be a string");
}

static bool
check_names(SchemaCheck *check, const JsonbValue *value)
{
	if (!mst_schema_is_array(value))
		return fail_check(check, "must be a list of strings");
	return each_item(check, value, check_name);
}

/* Checks the names behind one member. */
static bool
check_names_of(SchemaCheck *check, const JsonbValue *key, const JsonbValue *member)
{
	return check_names(check, member);
}

static bool
check_type_name(SchemaCheck *check, const JsonbValue *value)
{
	static const char *const types[] = {"array", "boolean", "integer", "null", "number", "object", "string"};

	for (int i = 0; i < lengthof(types); i++)
	{
		if (mst_schema_is_text(value, types[i]))
			return true;
	}
	return fail_check(check, "must be array, boolean, integer, null, number, object or string, or a list of these");
}

/* Checks the name of a type, or a list of them. */
static bool
check_type(SchemaCheck *check, const JsonbValue *value)
{
	if (mst_schema_is_array(value) && JsonContainerSize(value->val.binary.data) > 0)
		return each_item(check, value, check_type_name);
	return check_type_name(check, value);
}

/*
 * Compiles a pattern to see whether it can be; validation compiles it again,
 * as a compiled one cannot be kept with the schema.  There may be very many.
 */
static bool
check_pattern(SchemaCheck *check, const JsonbValue *value)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext mcxt;
	bool		ok;
	ExprLimits	limits;
	ExprBindings bindings = {0};
	EvalContext cxt;
	ExprValue	text;
	ExprValue	regex;

	if (value->type != jbvString)
		return fail_check(check, "must be a regular expression, in quotes");
	if (GetDatabaseEncoding() != PG_UTF8)
		return fail_check(check, "needs a database with encoding UTF8");
	mcxt = AllocSetContextCreate(caller, "mistral schema pattern", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(mcxt);
	mst_expr_limits_from_settings(&limits);
	mst_expr_context_init(&cxt, &bindings, &limits);
	text = mst_value_from_jsonb_value(value);
	ok = mst_regex_compile(&cxt, &text, 0, &regex);
	MemoryContextSwitchTo(caller);
	if (!ok)
		(void) fail_check(check, "is no regular expression: %s", cxt.error->message);
	MemoryContextDelete(mcxt);
	return ok;
}

/*
 * Checks that a reference leads to a schema of this text; none is fetched from
 * elsewhere.
 */
static bool
check_ref(SchemaCheck *check, const JsonbValue *value)
{
	JsonbValue	target;

	if (value->type == jbvString && mst_schema_resolve(&check->root, value, &target))
		return true;
	return fail_check(check, "must be \"#\", or name a schema of this one as \"#/$defs/NAME\" does");
}

static bool
check_schema_of(SchemaCheck *check, const JsonbValue *key, const JsonbValue *member)
{
	return check_schema(check, member);
}

static bool
check_pattern_and_schema(SchemaCheck *check, const JsonbValue *key, const JsonbValue *member)
{
	return check_pattern(check, key) && check_schema(check, member);
}

/* Checks a list of schemas. */
static bool
check_schemas(SchemaCheck *check, const JsonbValue *value)
{
	if (!mst_schema_is_array(value) || JsonContainerSize(value->val.binary.data) == 0)
		return fail_check(check, "must be a list of at least one schema");
	return each_item(check, value, check_schema);
}

/* Checks each member of a mapping; "what" says what it maps to what. */
static bool
check_map(SchemaCheck *check, const JsonbValue *value, const char *what,
		  bool (*fn) (SchemaCheck *check, const JsonbValue *key, const JsonbValue *member))
{
	if (!mst_schema_is_object(value))
		return fail_check(check, "must be a mapping of %s", what);
	return each_member(check, value, fn);
}

/* Checks what a keyword has by the kind of the keyword. */
static bool
check_value(SchemaCheck *check, KeywordKind kind, const JsonbValue *value)
{
	switch (kind)
	{
		case KEYWORD_ANY:
			return true;
		case KEYWORD_BOOL:
			return value->type == jbvBool || fail_check(check, "must be true or false");
		case KEYWORD_COUNT:
			return check_count(check, value);
		case KEYWORD_LIST:
			return mst_schema_is_array(value) || fail_check(check, "must be a list");
		case KEYWORD_NAMES:
			return check_names(check, value);
		case KEYWORD_NAMES_MAP:
			return check_map(check, value, "names to lists of names", check_names_of);
		case KEYWORD_NUMBER:
			return value->type == jbvNumeric || fail_check(check, "must be a number");
		case KEYWORD_PATTERN:
			return check_pattern(check, value);
		case KEYWORD_POSITIVE:
			return is_number(value, false, 0) || fail_check(check, "must be a number above 0");
		case KEYWORD_REF:
			return check_ref(check, value);
		case KEYWORD_SCHEMA:
			return check_schema(check, value);
		case KEYWORD_SCHEMAS:
			return check_schemas(check, value);
		case KEYWORD_SCHEMA_MAP:
			return check_map(check, value, "names to schemas", check_schema_of);
		case KEYWORD_PATTERN_MAP:
			return check_map(check, value, "patterns to schemas", check_pattern_and_schema);
		case KEYWORD_TEXT:
			return value->type == jbvString || fail_check(check, "must be a string");
		case KEYWORD_TYPE:
			return check_type(check, value);
		case KEYWORD_UNSUPPORTED:
			return fail_check(check, "is not supported");
	}
	elog(ERROR, "unrecognized kind of keyword: %d", (int) kind);
	return false;
}

/* Refuses a keyword that is not in the table, with what may be meant. */
static bool
fail_unknown(SchemaCheck *check, const char *name)
{
	const char *names[lengthof(keywords) + 1];
	const char *meant;

	for (int i = 0; i < lengthof(keywords); i++)
		names[i] = keywords[i].name;
	names[lengthof(keywords)] = NULL;
	meant = mst_spec_suggest(name, names);
	if (meant != NULL)
		return fail_check(check, "is no keyword; perhaps \"%s\" is meant", meant);
	return fail_check(check, "is no keyword; those of your own begin with \"x-\"");
}

/*
 * Checks a keyword with its value. Those that begin with "x-" are other
 * tools'; unknown ones are errors, because a typing mistake would check
 * nothing.
 */
static bool
check_keyword(SchemaCheck *check, const JsonbValue *key, const JsonbValue *value)
{
	char	   *name = pnstrdup(key->val.string.val, key->val.string.len);

	if (strncmp(name, "x-", 2) == 0)
		return true;
	for (int i = 0; i < lengthof(keywords); i++)
	{
		if (strcmp(keywords[i].name, name) == 0)
			return check_value(check, keywords[i].kind, value);
	}
	return fail_unknown(check, name);
}

/* Checks a schema, within the depth that validation can go down. */
static bool
check_schema(SchemaCheck *check, const JsonbValue *schema)
{
	bool		ok;

	CHECK_FOR_INTERRUPTS();
	if (schema->type == jbvBool)
		return true;
	if (!mst_schema_is_object(schema))
		return fail_check(check, "must be a schema: a mapping of keywords, or true or false");
	if (check->depth >= MAX_SCHEMA_DEPTH || stack_is_too_deep())
		return fail_check(check, "is nested too deeply");
	check->depth++;
	ok = each_member(check, schema, check_keyword);
	check->depth--;
	return ok;
}

/*
 * Returns NULL if the schema can be used, else the first problem, palloc'd; its
 * message continues the name of a place in the schema.
 */
SchemaProblem *
mst_schema_check(const Jsonb *schema)
{
	SchemaCheck check = {.root = mst_json_root(schema)};

	initStringInfo(&check.path);
	(void) check_schema(&check, &check.root);
	return check.problem;
}
