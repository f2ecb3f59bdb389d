/*-------------------------------------------------------------------------
 *
 * jsonb.c
 *	  Values over jsonb, and jsonb from values.
 *
 * A jsonb container becomes an external list or dictionary that reads a
 * member where it lies when it is asked for; nothing is converted before.
 * A numeric with digits behind the point is a float, one without an integer
 * of any size.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "value/datetime.h"
#include "value/dict.h"
#include "value/external.h"
#include "value/iteration.h"
#include "value/jsonb.h"
#include "value/make.h"
#include "value/number.h"
#include "value/text.h"


/* ---- numbers ---- */

/*
 * The two forms of a packed numeric, see numeric in the server; the form is
 * that of the data files and thus does not change.
 */
#define NUMERIC_KIND_MASK			0xC000
#define NUMERIC_KIND_SHORT			0x8000
#define NUMERIC_KIND_SPECIAL		0xC000
#define NUMERIC_SHORT_SIGN			0x2000
#define NUMERIC_SHORT_SCALE(h)		(((h) & 0x1F80) >> 7)
#define NUMERIC_SHORT_WEIGHT(h)		(((h) & 0x0040) ? (int) (((h) & 0x003F) | ~0x003F) : (int) ((h) & 0x003F))

/*
 * Reads a numeric of the short form without fraction whose value fits an
 * int64; false when it is something else.
 */
static bool
numeric_to_small_int(Numeric num, int64 *result)
{
	const char *data = VARDATA_ANY(num);
	int			size = VARSIZE_ANY_EXHDR(num);
	uint16		header;
	int			weight;
	int			ndigits;
	int64		value = 0;
	int			i;

	memcpy(&header, data, sizeof(header));
	if ((header & NUMERIC_KIND_MASK) != NUMERIC_KIND_SHORT || NUMERIC_SHORT_SCALE(header) != 0)
		return false;
	weight = NUMERIC_SHORT_WEIGHT(header);
	ndigits = (size - (int) sizeof(header)) / (int) sizeof(int16);
	if (weight > 3)
		return false;			/* more than 16 digits: the long way */
	for (i = 0; i <= weight; i++)
	{
		int16		digit = 0;

		if (i < ndigits)
			memcpy(&digit, data + sizeof(header) + i * sizeof(int16), sizeof(int16));
		value = value * 10000 + digit;
	}
	*result = (header & NUMERIC_SHORT_SIGN) ? -value : value;
	return true;
}

/*
 * Returns a digit string of any length as value, without limits: it is there
 * already.
 */
static ExprValue
integer_from_text(char *text)
{
	EvalContext cxt = {0};
	ExprValue	v;
	bool		is_negative = *text == '-';

	cxt.mcxt = CurrentMemoryContext;
	cxt.limits.max_bytes = PG_INT64_MAX;
	cxt.limits.max_bigint_bits = PG_INT32_MAX;
	if (!mst_number_from_digits(&cxt, text + is_negative, (int) strlen(text + is_negative), 10, &v) ||
		(is_negative && !mst_number_negate(&cxt, &v, &v)))
		elog(ERROR, "could not read numeric \"%s\"", text);
	return v;
}

/*
 * Makes the value of a number of jsonb: an integer where it has no fraction.
 * The number of digits behind the point decides, so that 1.0 stays a float.
 */
static ExprValue
value_from_numeric(Numeric num)
{
	int64		small;
	char	   *text;

	if (numeric_to_small_int(num, &small))
		return mst_value_int(small);
	text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(num)));
	if (strcspn(text, ".NI") == strlen(text))
		return integer_from_text(text);
	return mst_value_float(strtod(text, NULL));
}

/* ---- reading containers ---- */

const StringFilter *mst_string_filter = NULL;

static const ExprExternalOps array_ops;
static const ExprExternalOps object_ops;

/* A string, or the scalar that it stands for. */
static ExprValue
filtered_string(const JsonbValue *v)
{
	JsonbValue	other;

	if (!mst_string_filter->open(mst_string_filter->state, v->val.string.val, v->val.string.len, &other))
		return mst_value_string(v->val.string.val, v->val.string.len);
	if (other.type == jbvNumeric)
		return value_from_numeric(other.val.numeric);
	return mst_value_string(other.val.string.val, other.val.string.len);
}

/*
 * Returns a value over a JsonbValue, which it points into: scalars are
 * decoded, containers external.
 */
ExprValue
mst_value_from_jsonb_value(const JsonbValue *v)
{
	switch (v->type)
	{
		case jbvNull:
			return mst_value_null();
		case jbvBool:
			return mst_value_bool(v->val.boolean);
		case jbvNumeric:
			return value_from_numeric(v->val.numeric);
		case jbvString:
			if (unlikely(mst_string_filter != NULL))
				return filtered_string(v);
			return mst_value_string(v->val.string.val, v->val.string.len);
		case jbvBinary:
			return mst_value_external(JsonContainerIsObject(v->val.binary.data) ?
									  &object_ops : &array_ops, v->val.binary.data);
		default:
			break;
	}

	elog(ERROR, "unexpected jsonb value type: %d", (int) v->type);
	return mst_value_null();
}

/*
 * Returns a value over jsonb without copying: scalars are decoded, containers
 * external.
 */
ExprValue
mst_value_from_jsonb(const Jsonb *jb)
{
	JsonbContainer *root = (JsonbContainer *) &jb->root;

	if (JsonContainerIsScalar(root))
	{
		JsonbValue *v = getIthJsonbValueFromContainer(root, 0);

		return mst_value_from_jsonb_value(v);
	}
	return mst_value_external(JsonContainerIsObject(root) ? &object_ops : &array_ops, root);
}

/* Returns the length of an array or object that is still jsonb. */
static int
container_length(void *state)
{
	return (int) JsonContainerSize((JsonbContainer *) state);
}

/*
 * Finds a member by binary search in jsonb itself; nothing else is read, and
 * nothing copied.
 */
static bool
object_get(void *state, const char *name, int len, ExprValue *value, bool *found, ExprError **error)
{
	JsonbContainer *container = state;
	JsonbValue	v;

	*found = JsonContainerSize(container) > 0 &&
		getKeyJsonValueFromContainer(container, name, len, &v) != NULL;
	if (*found)
		*value = mst_value_from_jsonb_value(&v);
	return true;
}

/*
 * Goes through the members of a container: lengths and types stand in an
 * array in front of the data, which the offset follows.
 */
typedef struct ContainerWalk
{
	JsonbContainer *container;
	const char *base;			/* of the data */
	uint32		offset;			/* of the next member */
	int			next;			/* its number */
} ContainerWalk;

/*
 * Begins to walk the entries of a container, of which there are nentries.
 * Places are summed up on the way, because jsonb stores most of them as
 * lengths: asking for each by its number would sum up again the lengths of
 * those before it.
 */
static void
start_walk(ContainerWalk *walk, JsonbContainer *container, int nentries)
{
	walk->container = container;
	walk->base = (const char *) &container->children[nentries];
	walk->offset = 0;
	walk->next = 0;
}

/*
 * Reads the next entry, as the server's fillJsonbValue() does with a place
 * that is known. Points into the container.
 */
static void
walk_next(ContainerWalk *walk, JsonbValue *v)
{
	JEntry		entry = walk->container->children[walk->next];
	uint32		start = walk->offset;
	const char *data = walk->base + start;

	JBE_ADVANCE_OFFSET(walk->offset, entry);
	walk->next++;
	if (JBE_ISNULL(entry))
		v->type = jbvNull;
	else if (JBE_ISSTRING(entry))
	{
		v->type = jbvString;
		v->val.string.val = (char *) data;
		v->val.string.len = walk->offset - start;
	}
	else if (JBE_ISNUMERIC(entry))
	{
		v->type = jbvNumeric;
		v->val.numeric = (Numeric) (walk->base + INTALIGN(start));
	}
	else if (JBE_ISBOOL(entry))
	{
		v->type = jbvBool;
		v->val.boolean = JBE_ISBOOL_TRUE(entry);
	}
	else
	{
		v->type = jbvBinary;
		v->val.binary.data = (JsonbContainer *) (walk->base + INTALIGN(start));
		v->val.binary.len = walk->offset - INTALIGN(start);
	}
}

/*
 * Calls fn for each member, until it returns false. jsonb stores all keys in
 * front of all values, so two walks go side by side.
 */
static bool
object_each(void *state, bool (*fn) (void *arg, const char *name, int len, const ExprValue *value),
			void *arg, ExprError **error)
{
	JsonbContainer *container = state;
	int			n = (int) JsonContainerSize(container);
	ContainerWalk keys;
	ContainerWalk values;
	JsonbValue	v;
	int			i;

	/* all keys come first, then all values */
	start_walk(&values, container, n * 2);
	for (i = 0; i < n; i++)
		walk_next(&values, &v);
	start_walk(&keys, container, n * 2);
	for (i = 0; i < n; i++)
	{
		JsonbValue	key;
		ExprValue	value;

		walk_next(&keys, &key);
		walk_next(&values, &v);
		value = mst_value_from_jsonb_value(&v);
		if (!fn(arg, key.val.string.val, key.val.string.len, &value))
			break;
	}
	return true;
}

/* Reads one item; that there is one is known from the length. */
static bool
array_get_item(void *state, int i, ExprValue *value, ExprError **error)
{
	JsonbValue *v = getIthJsonbValueFromContainer((JsonbContainer *) state, i);

	if (v == NULL)
		elog(ERROR, "jsonb array has no element %d", i);
	*value = mst_value_from_jsonb_value(v);
	return true;
}

/* Reads all items in one walk. */
static bool
array_get_all(void *state, ExprValue *items, ExprError **error)
{
	JsonbContainer *container = state;
	int			n = (int) JsonContainerSize(container);
	ContainerWalk walk;
	JsonbValue	v;
	int			i;

	start_walk(&walk, container, n);
	for (i = 0; i < n; i++)
	{
		walk_next(&walk, &v);
		items[i] = mst_value_from_jsonb_value(&v);
	}
	return true;
}

static const ExprExternalOps array_ops = {
	.is_list = true,
	.length = container_length,
	.get_item = array_get_item,
	.get_all = array_get_all
};

static const ExprExternalOps object_ops = {
	.is_list = false,
	.length = container_length,
	.get = object_get,
	.each = object_each
};

/* ---- writing ---- */

static bool push_value(EvalContext *cxt, JsonbParseState **state, const ExprValue *v,
					   JsonbIteratorToken token, JsonbValue **out);

/*
 * Fails because a value cannot be stored, unless something else has failed
 * before.
 */
static bool
fail_store(EvalContext *cxt, const char *cause, const char *fmt, const char *what)
{
	if (cxt->error == NULL)
	{
		cxt->error = mst_expr_error(EXPR_ERROR_STORE, cause, fmt, what);
	}
	return false;
}

/* jsonb text knows neither U+0000 nor more than its length field holds. */
static bool
check_text(EvalContext *cxt, const char *s, int len)
{
	if (memchr(s, '\0', len) != NULL)
		return fail_store(cxt, "ValueError", "%s", "a string with the character U+0000 cannot be stored as JSON");
	if (len > JENTRY_OFFLENMASK)
		return mst_expr_fail_limit(cxt, "MemoryError", "string is too long for JSON");
	return true;
}

/* Makes a numeric of a text that is known to be a number. */
static Numeric
numeric_from_text(const char *text)
{
	return DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(text),
											   ObjectIdGetDatum(InvalidOid),
											   Int32GetDatum(-1)));
}

/* The shortest digits, with a fraction so that it stays a float. */
static bool
float_to_numeric(EvalContext *cxt, double f, Numeric *result)
{
	StringInfoData buf;

	if (!isfinite(f))
		return fail_store(cxt, "ValueError", "%s is no JSON number",
						  isnan(f) ? "NaN" : (f > 0 ? "Infinity" : "-Infinity"));
	mst_text_init(&buf);
	mst_number_append_float(&buf, f);
	*result = numeric_from_text(buf.data);
	if (strchr(buf.data, '.') == NULL || strchr(buf.data, '+') != NULL)
	{
		/* exponents: the numeric may have come out without a fraction */
		char	   *text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(*result)));

		if (strchr(text, '.') == NULL)
			*result = numeric_from_text(psprintf("%s.0", text));
	}
	return true;
}

/*
 * Makes a numeric of an integer of any size. numeric ends at 131,072 digits in
 * front of the point, which is asked here because its own error would be
 * raised and not returned.
 */
static bool
integer_to_numeric(EvalContext *cxt, const ExprValue *v, Numeric *result)
{
	StringInfoData buf;

	if (v->kind == EXPR_INT)
	{
		*result = int64_to_numeric(v->u.integer);
		return true;
	}
	mst_text_init(&buf);
	if (!mst_number_append_int(cxt, &buf, v, 10))
		return false;
	if (buf.len > 131000)
		return mst_expr_fail_limit(cxt, "OverflowError", "integer is too large for JSON");
	*result = numeric_from_text(buf.data);
	return true;
}

/*
 * Adds an array, drawn item by item: an iterator is run out here at last, and
 * fails here if it does.
 */
static bool
push_list(EvalContext *cxt, JsonbParseState **state, const ExprValue *v, JsonbValue **out)
{
	ExprCursor	cursor;
	ExprValue	item;

	if (!mst_cursor_open(cxt, &cursor, v))
		return false;
	pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
	for (;;)
	{
		switch (mst_cursor_next(cxt, &cursor, &item))
		{
			case EXPR_NEXT_ITEM:
				if (!push_value(cxt, state, &item, WJB_ELEM, out))
					return false;
				break;
			case EXPR_NEXT_END:
				*out = pushJsonbValue(state, WJB_END_ARRAY, NULL);
				return true;
			case EXPR_NEXT_ERROR:
				return false;
		}
	}
}

/* JSON's spelling of a key that is no string. */
static bool
key_text(EvalContext *cxt, const ExprValue *key, ExprValue *text)
{
	switch ((ExprKind) key->kind)
	{
		case EXPR_STRING:
			*text = *key;
			return true;
		case EXPR_NULL:
			*text = mst_value_cstring("null");
			return true;
		case EXPR_BOOL:
			*text = mst_value_cstring(key->u.boolean ? "true" : "false");
			return true;
		case EXPR_INT:
		case EXPR_BIGINT:
		case EXPR_FLOAT:
			return mst_value_to_text(cxt, key, text);
		default:
			return fail_store(cxt, "TypeError",
							  "keys must be str, int, float, bool or None, not %s",
							  mst_value_type_name(key));
	}
}

/*
 * Adds an object. Keys become strings; of keys that become equal jsonb keeps
 * the last.
 */
static bool
push_dict(EvalContext *cxt, JsonbParseState **state, ExprDict *dict, JsonbValue **out)
{
	int			pos = 0;
	bool		more;
	ExprValue	key;
	ExprValue	value;
	JsonbValue	jkey;

	pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	for (;;)
	{
		if (!mst_dict_next(cxt, dict, &pos, &key, &value, &more))
			return false;
		if (!more)
			break;
		if (!key_text(cxt, &key, &key) || !check_text(cxt, key.u.string, key.len))
			return false;
		jkey.type = jbvString;
		jkey.val.string.val = (char *) key.u.string;
		jkey.val.string.len = key.len;
		pushJsonbValue(state, WJB_KEY, &jkey);
		if (!push_value(cxt, state, &value, WJB_VALUE, out))
			return false;
	}
	*out = pushJsonbValue(state, WJB_END_OBJECT, NULL);
	return true;
}

/* Scalars; false without error when v is none. */
static bool
scalar_to_jsonb(EvalContext *cxt, const ExprValue *v, JsonbValue *jv)
{
	switch ((ExprKind) v->kind)
	{
		case EXPR_NULL:
			jv->type = jbvNull;
			return true;
		case EXPR_BOOL:
			jv->type = jbvBool;
			jv->val.boolean = v->u.boolean;
			return true;
		case EXPR_INT:
		case EXPR_BIGINT:
			jv->type = jbvNumeric;
			return integer_to_numeric(cxt, v, &jv->val.numeric);
		case EXPR_FLOAT:
			jv->type = jbvNumeric;
			return float_to_numeric(cxt, v->u.real, &jv->val.numeric);
		case EXPR_STRING:
			jv->type = jbvString;
			jv->val.string.val = (char *) v->u.string;
			jv->val.string.len = v->len;
			return check_text(cxt, v->u.string, v->len);
		case EXPR_DATETIME:
			{
				StringInfoData buf;

				mst_text_init(&buf);
				mst_datetime_append_stored(&buf, v->u.datetime);
				jv->type = jbvString;
				jv->val.string.val = buf.data;
				jv->val.string.len = buf.len;
				return true;
			}
		case EXPR_UNDEFINED:
			return fail_store(cxt, "UndefinedError", "%s",
							  v->u.undefined->message ? v->u.undefined->message : "value is undefined");
		default:
			return fail_store(cxt, "TypeError", "Object of type %s is not JSON serializable",
							  mst_value_type_name(v));
	}
}

/* Pushes a container that is still a piece of jsonb as it is. */
static bool
push_external(JsonbParseState **state, const ExprValue *v, JsonbIteratorToken token, JsonbValue **out)
{
	JsonbContainer *container = mst_value_external_state(v, v->kind == EXPR_LIST ?
														 &array_ops : &object_ops);
	JsonbIterator *it;
	JsonbIteratorToken tok;
	JsonbValue	jv;

	if (container == NULL)
		return false;
	it = JsonbIteratorInit(container);
	while ((tok = JsonbIteratorNext(&it, &jv, false)) != WJB_DONE)
	{
		CHECK_FOR_INTERRUPTS();
		*out = pushJsonbValue(state, tok, tok < WJB_BEGIN_ARRAY ? &jv : NULL);
	}
	return true;
}

/*
 * Adds a container. One that has come from jsonb and was never changed goes
 * back as it is, without being taken apart; that makes passing large data
 * through an expression cheap.
 */
static bool
push_container(EvalContext *cxt, JsonbParseState **state, const ExprValue *v,
			   JsonbIteratorToken token, JsonbValue **out)
{
	bool		ok;

	if ((v->kind == EXPR_LIST || v->kind == EXPR_DICT) && push_external(state, v, token, out))
		return true;
	if (!mst_expr_enter(cxt))
		return false;
	if (v->kind == EXPR_DICT)
		ok = push_dict(cxt, state, v->u.dict, out);
	else
		ok = push_list(cxt, state, v, out);
	mst_expr_leave(cxt);
	return ok;
}

/* Adds any value as an element or a member's value. */
static bool
push_value(EvalContext *cxt, JsonbParseState **state, const ExprValue *v,
		   JsonbIteratorToken token, JsonbValue **out)
{
	JsonbValue	jv;

	if (v->kind == EXPR_DICT || mst_value_is_collection(v))
		return push_container(cxt, state, v, token, out);
	if (!scalar_to_jsonb(cxt, v, &jv))
		return false;
	*out = pushJsonbValue(state, token, &jv);
	return true;
}

/* Returns the whole of a jsonb that is still external, copied as it is. */
static Jsonb *
copy_external(const ExprValue *v)
{
	JsonbContainer *container;
	JsonbValue	jv;

	if (v->kind != EXPR_LIST && v->kind != EXPR_DICT)
		return NULL;
	container = mst_value_external_state(v, v->kind == EXPR_LIST ? &array_ops : &object_ops);
	if (container == NULL)
		return NULL;

	/* the length of a binary value is only used to copy it */
	jv.type = jbvBinary;
	jv.val.binary.data = container;
	jv.val.binary.len = 0;
	{
		int			n = (int) JsonContainerSize(container) *
		(JsonContainerIsObject(container) ? 2 : 1);
		ContainerWalk walk;
		JsonbValue	member;
		int			i;

		start_walk(&walk, container, n);
		for (i = 0; i < n; i++)
			walk_next(&walk, &member);
		jv.val.binary.len = (int) (walk.base - (const char *) container) + (int) walk.offset;
	}
	return JsonbValueToJsonb(&jv);
}

/*
 * Makes the stored form of a value (docs/expressions.md, "Values") in
 * CurrentMemoryContext.  Fails with TypeError when it has none.
 */
bool
mst_value_to_jsonb(EvalContext *cxt, const ExprValue *v, Jsonb **result)
{
	JsonbParseState *state = NULL;
	JsonbValue *out = NULL;
	JsonbValue	jv;

	*result = copy_external(v);
	if (*result != NULL)
		return true;
	if (v->kind == EXPR_DICT || mst_value_is_collection(v))
	{
		if (!push_container(cxt, &state, v, WJB_ELEM, &out))
			return false;
		*result = JsonbValueToJsonb(out);
		return true;
	}
	if (!scalar_to_jsonb(cxt, v, &jv))
		return false;
	*result = JsonbValueToJsonb(&jv);
	return true;
}
