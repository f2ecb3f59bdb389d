/*-------------------------------------------------------------------------
 *
 * schema_validate.c
 *	  What is wrong with a value, as a JSON Schema says.
 *
 * The schema has been checked (schema_check.c): the values of its keywords have
 * the right types.  Each keyword that applies to a type is looked at only for
 * values of that type, as the standard says.
 *
 * Schemas come from users and so do values: what a check costs is bounded in
 * steps, in depth, and for regular expressions as in expressions.  A bound
 * that is reached is a problem of the value like others, since nobody knows
 * whether it is right.  Within anyOf, oneOf, not, if and contains problems are
 * not kept; what is told then is that none or too many fit.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "dsl/schema.h"
#include "expr/expr.h"
#include "expr/template.h"
#include "util/json.h"
#include "value/evaluation.h"
#include "value/jsonb.h"
#include "value/regex.h"

/* schemas applied and items compared, for one value */
#define MAX_STEPS	1000000

/* bytes copied, compared or searched that count as a step */
#define STEP_BYTES	256

/* a division of numbers counts steps when one is longer than this, or larger than int64 */
#define MAX_SHORT_NUMBER	64

/* steps that one match of a pattern counts as */
#define MATCH_STEPS	20

/* bytes of a value that a message shows */
#define MAX_SHOWN	200

/* State of one validation. */
typedef struct Validation
{
	JsonbValue	root;			/* the schema */
	StringInfoData path;		/* of the value that is looked at */
	List	   *problems;		/* SchemaProblem * */
	int			max_problems;
	int			muted;			/* > 0: problems are only counted as such */
	int			depth;
	int			steps_left;
	bool		is_over;		/* a bound was reached: nothing goes on */
	MemoryContext mcxt;			/* of problems */
	MemoryContext regex_mcxt;	/* of compiled patterns */
	MemoryContext levels[MAX_SCHEMA_DEPTH + 1]; /* of what is made at a depth,
												 * which goes on the way up */
	EvalContext regex_cxt;
	ExprBindings bindings;
} Validation;

/* compiled patterns are kept until they take this much */
#define MAX_REGEX_MEMORY	(8 * 1024 * 1024)

static bool validate_value(Validation *v, const JsonbValue *schema, const JsonbValue *value);

/* ---- problems ---- */

/* Notes a problem at the place that the validation has reached. */
static void
add_problem(Validation *v, const char *message)
{
	MemoryContext old = MemoryContextSwitchTo(v->mcxt);
	SchemaProblem *problem = palloc(sizeof(SchemaProblem));

	problem->path = pstrdup(v->path.data);
	problem->message = pstrdup(message);
	v->problems = lappend(v->problems, problem);
	MemoryContextSwitchTo(old);
}

/* Whether a problem that is found now is kept. */
static bool
is_told(const Validation *v)
{
	return !v->is_over && v->muted == 0 && list_length(v->problems) < v->max_problems;
}

/* Notes a problem of the value that is looked at; always false. */
static bool
fail_value(Validation *v, char *message)
{
	if (is_told(v))
		add_problem(v, message);
	return false;
}

/* A bound was reached: this alone is told. */
static bool
give_up(Validation *v, char *message)
{
	if (v->is_over)
		return false;
	v->is_over = true;
	v->problems = NIL;
	add_problem(v, message);
	return false;
}

/* Counts steps; false when there were too many. */
static bool
take_steps(Validation *v, int64 n)
{
	CHECK_FOR_INTERRUPTS();
	if (v->is_over)
		return false;
	if (n >= v->steps_left)
		return give_up(v, "is too much work to check against its schema");
	v->steps_left -= n;
	return true;
}

/* Counts a step; false when there were too many. */
static bool
take_step(Validation *v)
{
	return take_steps(v, 1);
}

/* Counts the work of a look at so many bytes; nothing for a few. */
static bool
take_bytes(Validation *v, int64 n)
{
	return take_steps(v, n / STEP_BYTES);
}

/* The bytes that a value takes, about. */
static int64
size_of(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			return value->val.string.len;
		case jbvNumeric:
			return VARSIZE(value->val.numeric);
		case jbvBinary:
			return value->val.binary.len;
		default:
			return 1;
	}
}

/*
 * Returns a value as a message shows it: as JSON, cut at a whole character; of
 * a problem that is not kept nothing.
 */
static char *
show_value(const Validation *v, const JsonbValue *value)
{
	char	   *text = is_told(v) ? mst_json_print(mst_json_from_value(value)) : pstrdup("");
	int			len = strlen(text);

	if (len <= MAX_SHOWN)
		return text;
	text[pg_mbcliplen(text, len, MAX_SHOWN)] = '\0';
	return psprintf("%s...", text);
}

/* Returns an item of an array, which has it. */
static JsonbValue
item_of(const JsonbValue *array, int i)
{
	JsonbValue *found = getIthJsonbValueFromContainer(array->val.binary.data, i);
	JsonbValue	item = *found;

	pfree(found);
	return item;
}

/* Goes back to where the path had this length. */
static void
leave_path(Validation *v, int len)
{
	v->path.len = len;
	v->path.data[len] = '\0';
}

/* ---- comparing ---- */

/*
 * Answers whether two values are equal as jsonb is: 1 and 1.0 are, and members
 * have no order.
 */
static bool
is_equal(const Jsonb *wanted, const JsonbValue *value)
{
	Jsonb	   *json = mst_json_from_value(value);
	bool		equal = compareJsonbContainers(unconstify(JsonbContainer *, &wanted->root), &json->root) == 0;

	pfree(json);
	return equal;
}

/* Compares two numbers: negative, 0 or positive. */
static int
compare_numbers(const JsonbValue *a, const JsonbValue *b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a->val.numeric),
											 NumericGetDatum(b->val.numeric)));
}

/*
 * Returns a bound on a number of things; the schema was checked to have one
 * that fits.
 */
static int
count_of(const JsonbValue *count)
{
	return DatumGetInt32(DirectFunctionCall1(numeric_int4, NumericGetDatum(count->val.numeric)));
}

/*
 * Answers whether a number has no fraction; 1.0 has none, as JSON Schema has
 * it.
 */
static bool
is_integer(const JsonbValue *value)
{
	return value->type == jbvNumeric &&
		DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(value->val.numeric),
										 DirectFunctionCall2(numeric_trunc, NumericGetDatum(value->val.numeric), Int32GetDatum(0))));
}

/* ---- any type ---- */

/*
 * Returns the type of a value as schemas name it; "number" for integers, too.
 */
static const char *
type_name(const JsonbValue *value)
{
	if (mst_schema_is_object(value))
		return "object";
	if (mst_schema_is_array(value))
		return "array";
	switch (value->type)
	{
		case jbvNull:
			return "null";
		case jbvString:
			return "string";
		case jbvNumeric:
			return "number";
		default:
			return "boolean";
	}
}

/* Answers whether a value has a type. */
static bool
has_type(const JsonbValue *type, const JsonbValue *value)
{
	return mst_schema_is_text(type, type_name(value)) ||
		(mst_schema_is_text(type, "integer") && is_integer(value));
}

/* Checks "type": one, or a list of which one must fit. */
static bool
validate_type(Validation *v, const JsonbValue *type, const JsonbValue *value)
{
	StringInfoData names;
	int			n;

	if (!mst_schema_is_array(type))
		return has_type(type, value) ||
			fail_value(v, psprintf("must be of type %s, not %s",
								   pnstrdup(type->val.string.val, type->val.string.len), type_name(value)));
	n = JsonContainerSize(type->val.binary.data);
	initStringInfo(&names);
	for (int i = 0; i < n; i++)
	{
		JsonbValue	item = item_of(type, i);

		if (!take_step(v))
			return false;
		if (has_type(&item, value))
			return true;
		appendStringInfo(&names, "%s%.*s", i == 0 ? "" : i == n - 1 ? " or " : ", ",
						 item.val.string.len, item.val.string.val);
	}
	return fail_value(v, psprintf("must be of type %s, not %s", names.data, type_name(value)));
}

/*
 * Checks "enum". Long lists cost steps, as they come from users and are gone
 * through for each value.
 */
static bool
validate_enum(Validation *v, const JsonbValue *values, const JsonbValue *value)
{
	int			n = JsonContainerSize(values->val.binary.data);
	Jsonb	   *json;
	bool		found = false;

	if (!take_bytes(v, size_of(value)))
		return false;
	json = mst_json_from_value(value);

	for (int i = 0; i < n && !found; i++)
	{
		JsonbValue	item = item_of(values, i);

		if (!take_step(v) || !take_bytes(v, size_of(&item)))
			return false;
		found = is_equal(json, &item);
	}
	pfree(json);
	return found || fail_value(v, psprintf("must be one of %s", show_value(v, values)));
}

/* Checks "const". */
static bool
validate_const(Validation *v, const JsonbValue *wanted, const JsonbValue *value)
{
	Jsonb	   *json;
	bool		equal;

	if (!take_bytes(v, size_of(wanted) + size_of(value)))
		return false;
	json = mst_json_from_value(wanted);
	equal = is_equal(json, value);
	pfree(json);
	return equal || fail_value(v, psprintf("must be %s", show_value(v, wanted)));
}

/* ---- numbers ---- */

/* Checks one of the four bounds of a number, which the keyword tells. */
static bool
validate_bound(Validation *v, const JsonbValue *schema, const char *keyword, const JsonbValue *value)
{
	bool		is_max = strcmp(keyword, "maximum") == 0 || strcmp(keyword, "exclusiveMaximum") == 0;
	bool		is_exclusive = strncmp(keyword, "exclusive", 9) == 0;
	JsonbValue	bound;
	int			order;

	if (!mst_schema_member(schema, keyword, &bound))
		return true;
	order = is_max ? compare_numbers(value, &bound) : compare_numbers(&bound, value);
	if (order < 0 || (order == 0 && !is_exclusive))
		return true;
	return fail_value(v, psprintf("must be %s %s",
								  is_max ? (is_exclusive ? "less than" : "at most") :
								  is_exclusive ? "greater than" : "at least", show_value(v, &bound)));
}

/* Counts the work of a division, which takes the product of the lengths for long numbers. */
static bool
take_division(Validation *v, Numeric value, Numeric factor)
{
	Datum		size = DirectFunctionCall1(numeric_abs, NumericGetDatum(value));
	Datum		max = NumericGetDatum(int64_to_numeric(PG_INT64_MAX));
	int64		steps = 0;

	if (VARSIZE(factor) > MAX_SHORT_NUMBER)
		steps += VARSIZE(factor) * INT64CONST(40);
	if (DatumGetBool(DirectFunctionCall2(numeric_gt, size, max)))
		steps += 500;
	return take_steps(v, steps);
}

/* Checks "multipleOf" in decimal, so that 0.3 is a multiple of 0.1. */
static bool
validate_multiple(Validation *v, const JsonbValue *schema, const JsonbValue *value)
{
	JsonbValue	factor;
	Datum		rest;

	if (!mst_schema_member(schema, "multipleOf", &factor))
		return true;
	if (!take_division(v, value->val.numeric, factor.val.numeric))
		return false;
	rest = DirectFunctionCall2(numeric_mod, NumericGetDatum(value->val.numeric), NumericGetDatum(factor.val.numeric));
	return DatumGetBool(DirectFunctionCall2(numeric_eq, rest, NumericGetDatum(int64_to_numeric(0)))) ||
		fail_value(v, psprintf("must be a multiple of %s", show_value(v, &factor)));
}

/*
 * Checks the keywords for numbers. All of them are looked at, so that all
 * problems are told.
 */
static bool
validate_number(Validation *v, const JsonbValue *schema, const JsonbValue *value)
{
	bool		ok = validate_bound(v, schema, "minimum", value);

	ok &= validate_bound(v, schema, "maximum", value);
	ok &= validate_bound(v, schema, "exclusiveMinimum", value);
	ok &= validate_bound(v, schema, "exclusiveMaximum", value);
	return validate_multiple(v, schema, value) && ok;
}

/* ---- strings ---- */

/* Compiles a pattern, and keeps it for the next time; forgets all when they are many. */
static bool
compile_pattern(Validation *v, const ExprValue *source, ExprValue *regex)
{
	MemoryContext old;
	bool		ok;

	if (MemoryContextMemAllocated(v->regex_mcxt, false) > MAX_REGEX_MEMORY)
	{
		v->regex_cxt.regexes = NULL;
		MemoryContextReset(v->regex_mcxt);
	}
	old = MemoryContextSwitchTo(v->regex_mcxt);
	ok = mst_regex_compile(&v->regex_cxt, source, 0, regex);
	MemoryContextSwitchTo(old);
	return ok;
}

/*
 * Sets *matches to whether the pattern is found in the text.  False: a bound
 * was reached.
 */
static bool
match_pattern(Validation *v, const JsonbValue *pattern, const JsonbValue *text, bool *matches)
{
	ExprValue	source = mst_value_from_jsonb_value(pattern);
	ExprValue	subject = mst_value_from_jsonb_value(text);
	ExprMatch	match;
	ExprValue	regex;

	if (!take_steps(v, MATCH_STEPS) || !take_bytes(v, size_of(text)))
		return false;
	if (compile_pattern(v, &source, &regex) &&
		mst_regex_search(&v->regex_cxt, regex.u.regex, &subject, 0, false, &match, matches))
		return true;
	return give_up(v, psprintf("cannot be matched with the pattern %s: %s", show_value(v, pattern),
							   v->regex_cxt.error->message));
}

/*
 * Checks a number of things against two keywords, where they are given.
 */
static bool
validate_count(Validation *v, const JsonbValue *schema, const char *min, const char *max,
			   const char *things, int n)
{
	JsonbValue	bound;

	if (mst_schema_member(schema, min, &bound) && n < count_of(&bound))
		return fail_value(v, psprintf("must have at least %d %s, not %d", count_of(&bound), things, n));
	if (mst_schema_member(schema, max, &bound) && n > count_of(&bound))
		return fail_value(v, psprintf("must have at most %d %s, not %d", count_of(&bound), things, n));
	return true;
}

/* Checks the keywords for strings; lengths count characters. */
static bool
validate_string(Validation *v, const JsonbValue *schema, const JsonbValue *value)
{
	JsonbValue	pattern;
	bool		matches;
	bool		ok = take_bytes(v, value->val.string.len) &&
	validate_count(v, schema, "minLength", "maxLength", "characters",
				   pg_mbstrlen_with_len(value->val.string.val, value->val.string.len));

	if (!mst_schema_member(schema, "pattern", &pattern))
		return ok;
	if (!match_pattern(v, &pattern, value, &matches))
		return false;
	return matches ? ok : fail_value(v, psprintf("must match the pattern %s", show_value(v, &pattern)));
}

/* ---- arrays ---- */

/* Checks an item by a schema, with its index in the path. */
static bool
validate_item(Validation *v, const JsonbValue *schema, const JsonbValue *array, int i)
{
	int			len = v->path.len;
	JsonbValue	item = item_of(array, i);
	bool		ok;

	mst_schema_push_index(&v->path, i);
	ok = validate_value(v, schema, &item);
	leave_path(v, len);
	return ok;
}

/* Those of prefixItems have a schema each, the others that of items. */
static bool
validate_items(Validation *v, const JsonbValue *schema, const JsonbValue *array, int n)
{
	JsonbValue	prefix;
	JsonbValue	items;
	int			n_prefix = mst_schema_member(schema, "prefixItems", &prefix) ?
	JsonContainerSize(prefix.val.binary.data) : 0;
	bool		has_items = mst_schema_member(schema, "items", &items);
	bool		ok = true;

	for (int i = 0; i < n && !v->is_over; i++)
	{
		if (i < n_prefix)
		{
			JsonbValue	own = item_of(&prefix, i);

			ok &= validate_item(v, &own, array, i);
		}
		else if (has_items)
			ok &= validate_item(v, &items, array, i);
		else
			break;
	}
	return ok;
}

/*
 * Returns whether the value fits a schema; what is wrong with it is not told.
 */
static bool
fits_schema(Validation *v, const JsonbValue *schema, const JsonbValue *value)
{
	bool		ok;

	v->muted++;
	ok = validate_value(v, schema, value);
	v->muted--;
	return ok;
}

/*
 * Checks how many items fit "contains", between its bounds. Why an item does
 * not fit is nobody's concern, so nothing of it is noted.
 */
static bool
validate_contains(Validation *v, const JsonbValue *schema, const JsonbValue *array, int n)
{
	JsonbValue	wanted;
	JsonbValue	bound;
	int			found = 0;
	int			least;

	if (!mst_schema_member(schema, "contains", &wanted))
		return true;
	for (int i = 0; i < n && !v->is_over; i++)
	{
		JsonbValue	item = item_of(array, i);

		found += fits_schema(v, &wanted, &item);
	}
	least = mst_schema_member(schema, "minContains", &bound) ? count_of(&bound) : 1;
	if (found < least)
		return fail_value(v, psprintf("must have at least %d items that fit \"contains\", not %d", least, found));
	if (mst_schema_member(schema, "maxContains", &bound) && found > count_of(&bound))
		return fail_value(v, psprintf("must have at most %d items that fit \"contains\", not %d",
									  count_of(&bound), found));
	return true;
}

/* For qsort(): equal items come next to each other. */
static int
compare_items(const void *a, const void *b)
{
	return compareJsonbContainers(&(*(Jsonb *const *) a)->root, &(*(Jsonb *const *) b)->root);
}

/* Returns the first of sorted items that equals the one before; NULL: none. */
static Jsonb *
find_twin(Jsonb **items, int n)
{
	for (int i = 1; i < n; i++)
	{
		if (compare_items(&items[i - 1], &items[i]) == 0)
			return items[i];
	}
	return NULL;
}

/* Sorted, equal items are neighbours, so it costs no square. */
static bool
validate_unique(Validation *v, const JsonbValue *schema, const JsonbValue *array, int n)
{
	JsonbValue	unique;
	Jsonb	  **items;
	Jsonb	   *twin;

	if (!mst_schema_member(schema, "uniqueItems", &unique) || !unique.val.boolean)
		return true;
	items = palloc(sizeof(Jsonb *) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		JsonbValue	item = item_of(array, i);

		if (!take_step(v) || !take_bytes(v, size_of(&item)))
			return false;
		items[i] = mst_json_from_value(&item);
	}
	qsort(items, n, sizeof(Jsonb *), compare_items);
	twin = find_twin(items, n);
	if (twin != NULL)
	{
		JsonbValue	root = mst_json_root(twin);

		(void) fail_value(v, psprintf("must not have equal items, as %s is more than once", show_value(v, &root)));
	}
	for (int i = 0; i < n; i++)
		pfree(items[i]);
	pfree(items);
	return twin == NULL;
}

/* Checks the keywords for lists. */
static bool
validate_array(Validation *v, const JsonbValue *schema, const JsonbValue *array)
{
	int			n = JsonContainerSize(array->val.binary.data);
	bool		ok = validate_count(v, schema, "minItems", "maxItems", "items", n);

	ok &= validate_items(v, schema, array, n);
	ok &= validate_contains(v, schema, array, n);
	return validate_unique(v, schema, array, n) && ok;
}

/* ---- objects ---- */

/* Checks that the object has all of a list of members. */
static bool
validate_names(Validation *v, const JsonbValue *names, const JsonbValue *object, const char *because)
{
	int			n = JsonContainerSize(names->val.binary.data);
	bool		ok = true;

	for (int i = 0; i < n && take_step(v); i++)
	{
		JsonbValue	item = item_of(names, i);
		char	   *name = pnstrdup(item.val.string.val, item.val.string.len);
		JsonbValue	member;

		if (!mst_schema_member(object, name, &member))
			ok = fail_value(v, psprintf("lacks the member \"%s\"%s", name, because));
		pfree(name);
	}
	return ok && !v->is_over;
}

/* One member against properties, patternProperties and additionalProperties. */
static bool
validate_member(Validation *v, const JsonbValue *schema, const JsonbValue *key, const JsonbValue *member)
{
	JsonbValue	map;
	JsonbValue	found;
	bool		is_known = false;
	bool		ok = true;

	if (mst_schema_member(schema, "properties", &map) &&
		getKeyJsonValueFromContainer(map.val.binary.data, key->val.string.val, key->val.string.len, &found) != NULL)
	{
		is_known = true;
		ok = validate_value(v, &found, member);
	}
	if (mst_schema_member(schema, "patternProperties", &map))
	{
		JsonbIterator *it = JsonbIteratorInit(map.val.binary.data);
		JsonbIteratorToken token;
		JsonbValue	pattern;

		while ((token = JsonbIteratorNext(&it, &pattern, true)) != WJB_DONE)
		{
			bool		matches;

			if (token != WJB_KEY)
				continue;
			(void) JsonbIteratorNext(&it, &found, true);
			if (!match_pattern(v, &pattern, key, &matches))
				return false;
			if (!matches)
				continue;
			is_known = true;
			ok &= validate_value(v, &found, member);
		}
	}
	if (is_known || !mst_schema_member(schema, "additionalProperties", &found))
		return ok;
	if (found.type == jbvBool && !found.val.boolean)
		return fail_value(v, "is not a member that is allowed");
	return validate_value(v, &found, member);
}

/* What the presence of one member asks of the whole object. */
static bool
validate_dependents(Validation *v, const JsonbValue *schema, const JsonbValue *key, const JsonbValue *object)
{
	JsonbValue	map;
	JsonbValue	found;
	bool		ok = true;

	if (mst_schema_member(schema, "dependentRequired", &map) &&
		getKeyJsonValueFromContainer(map.val.binary.data, key->val.string.val, key->val.string.len, &found) != NULL)
		ok = validate_names(v, &found, object,
							psprintf(", which \"%s\" needs", pnstrdup(key->val.string.val, key->val.string.len)));
	if (mst_schema_member(schema, "dependentSchemas", &map) &&
		getKeyJsonValueFromContainer(map.val.binary.data, key->val.string.val, key->val.string.len, &found) != NULL)
		ok &= validate_value(v, &found, object);
	return ok;
}

/* Checks each member by what applies to its name. */
static bool
validate_members(Validation *v, const JsonbValue *schema, const JsonbValue *object)
{
	int			len = v->path.len;
	JsonbIterator *it = JsonbIteratorInit(object->val.binary.data);
	JsonbIteratorToken token;
	JsonbValue	names;
	JsonbValue	key;
	JsonbValue	member;
	bool		has_names = mst_schema_member(schema, "propertyNames", &names);
	bool		ok = true;

	while ((token = JsonbIteratorNext(&it, &key, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&it, &member, true);
		if (!take_step(v))
			return false;
		mst_schema_push(&v->path, key.val.string.val, key.val.string.len);
		ok &= validate_member(v, schema, &key, &member);
		if (has_names && !fits_schema(v, &names, &key))
			ok = fail_value(v, "has a name that is not allowed");
		leave_path(v, len);
		ok &= validate_dependents(v, schema, &key, object);
	}
	return ok;
}

/* Checks the keywords for objects. */
static bool
validate_object(Validation *v, const JsonbValue *schema, const JsonbValue *object)
{
	JsonbValue	required;
	bool		ok = validate_count(v, schema, "minProperties", "maxProperties", "members",
									JsonContainerSize(object->val.binary.data));

	if (mst_schema_member(schema, "required", &required))
		ok &= validate_names(v, &required, object, "");
	return validate_members(v, schema, object) && ok;
}

/* ---- schemas of schemas ---- */

/* Counts the schemas of a list that a value fits; notes nothing. */
static int
count_fitting(Validation *v, const JsonbValue *schemas, const JsonbValue *value)
{
	int			n = JsonContainerSize(schemas->val.binary.data);
	int			fitting = 0;

	for (int i = 0; i < n && !v->is_over; i++)
	{
		JsonbValue	schema = item_of(schemas, i);

		fitting += fits_schema(v, &schema, value);
	}
	return fitting;
}

/* Checks "allOf": the problems of each schema are told. */
static bool
validate_all_of(Validation *v, const JsonbValue *schemas, const JsonbValue *value)
{
	int			n = JsonContainerSize(schemas->val.binary.data);
	bool		ok = true;

	for (int i = 0; i < n && !v->is_over; i++)
	{
		JsonbValue	schema = item_of(schemas, i);

		ok &= validate_value(v, &schema, value);
	}
	return ok;
}

/*
 * Checks "if" with "then" or "else"; the condition itself is no problem either
 * way.
 */
static bool
validate_condition(Validation *v, const JsonbValue *schema, const JsonbValue *value)
{
	JsonbValue	condition;
	JsonbValue	branch;

	if (!mst_schema_member(schema, "if", &condition))
		return true;
	if (!mst_schema_member(schema, fits_schema(v, &condition, value) ? "then" : "else", &branch))
		return true;
	return validate_value(v, &branch, value);
}

/* Keywords that apply further schemas to the same value. */
static bool
validate_combined(Validation *v, const JsonbValue *schema, const JsonbValue *value)
{
	JsonbValue	inner;
	bool		ok = true;
	int			n;

	if (mst_schema_member(schema, "$ref", &inner))
	{
		JsonbValue	target;

		ok = mst_schema_resolve(&v->root, &inner, &target) && validate_value(v, &target, value);
	}
	if (mst_schema_member(schema, "allOf", &inner))
		ok &= validate_all_of(v, &inner, value);
	if (mst_schema_member(schema, "anyOf", &inner) && count_fitting(v, &inner, value) == 0)
		ok = fail_value(v, "fits none of the schemas in \"anyOf\"");
	if (mst_schema_member(schema, "oneOf", &inner) && (n = count_fitting(v, &inner, value)) != 1)
		ok = fail_value(v, psprintf("must fit one of the schemas in \"oneOf\", not %d", n));
	if (mst_schema_member(schema, "not", &inner) && fits_schema(v, &inner, value))
		ok = fail_value(v, "fits the schema in \"not\"");
	return validate_condition(v, schema, value) && ok;
}

/*
 * Checks a value by a schema's keywords. A value of the wrong type is not
 * looked at any further, since everything else would be wrong as well.
 */
static bool
validate_keywords(Validation *v, const JsonbValue *schema, const JsonbValue *value)
{
	JsonbValue	keyword;
	bool		ok = true;

	if (mst_schema_member(schema, "type", &keyword) && !validate_type(v, &keyword, value))
		return false;
	if (mst_schema_member(schema, "enum", &keyword))
		ok &= validate_enum(v, &keyword, value);
	if (mst_schema_member(schema, "const", &keyword))
		ok &= validate_const(v, &keyword, value);
	if (value->type == jbvNumeric)
		ok &= validate_number(v, schema, value);
	else if (value->type == jbvString)
		ok &= validate_string(v, schema, value);
	else if (mst_schema_is_array(value))
		ok &= validate_array(v, schema, value);
	else if (mst_schema_is_object(value))
		ok &= validate_object(v, schema, value);
	return validate_combined(v, schema, value) && ok;
}

/*
 * Checks a value by a schema. Ends when the steps are used up or the depth is:
 * a schema may refer to itself.
 */
static bool
validate_value(Validation *v, const JsonbValue *schema, const JsonbValue *value)
{
	MemoryContext old;
	bool		ok;

	if (!take_step(v))
		return false;
	if (schema->type == jbvBool)
		return schema->val.boolean || fail_value(v, "is not allowed");
	if (v->depth >= MAX_SCHEMA_DEPTH || stack_is_too_deep())
		return give_up(v, "leads too deep into its schema, which may refer to itself");
	v->depth++;
	if (v->levels[v->depth] == NULL)
		v->levels[v->depth] = AllocSetContextCreate(v->mcxt, "mistral schema level", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(v->levels[v->depth]);
	ok = validate_keywords(v, schema, value);
	MemoryContextSwitchTo(old);
	MemoryContextReset(v->levels[v->depth]);
	v->depth--;
	return ok && !v->is_over;
}

/*
 * Returns what is wrong with a value (SchemaProblem *, palloc'd), up to so many
 * problems; NIL if it fits the schema, which has passed mst_schema_check().
 */
List *
mst_schema_validate(const Jsonb *schema, const Jsonb *value, int max_problems)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext mcxt = AllocSetContextCreate(caller, "mistral schema", ALLOCSET_DEFAULT_SIZES);
	Validation	v = {.root = mst_json_root(schema), .max_problems = max_problems, .steps_left = MAX_STEPS};
	JsonbValue	root = mst_json_root(value);
	ExprLimits	limits;
	List	   *problems = NIL;
	ListCell   *lc;

	v.mcxt = mcxt;
	v.regex_mcxt = AllocSetContextCreate(mcxt, "mistral schema patterns", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(mcxt);
	initStringInfo(&v.path);
	mst_expr_limits_from_settings(&limits);
	mst_expr_context_init(&v.regex_cxt, &v.bindings, &limits);
	(void) validate_value(&v, &v.root, &root);
	MemoryContextSwitchTo(caller);
	foreach(lc, v.problems)
	{
		SchemaProblem *problem = palloc(sizeof(SchemaProblem));

		problem->path = pstrdup(((SchemaProblem *) lfirst(lc))->path);
		problem->message = pstrdup(((SchemaProblem *) lfirst(lc))->message);
		problems = lappend(problems, problem);
	}
	MemoryContextDelete(mcxt);
	return problems;
}

/* Returns problems as one line: "/lines/0 lacks ...; ...", palloc'd. */
char *
mst_schema_problems_text(const List *problems)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	foreach(lc, problems)
	{
		SchemaProblem *problem = lfirst(lc);

		appendStringInfo(&text, "%s%s %s", text.len > 0 ? "; " : "",
						 *problem->path != '\0' ? problem->path : "it", problem->message);
	}
	return text.data;
}
