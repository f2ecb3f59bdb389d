/*-------------------------------------------------------------------------
 *
 * text.c
 *	  Text forms: Python's str() and repr() of every kind of value.
 *
 * str() and repr() of Python, for each kind of value: templates show them
 * to users, and tests of workflows compare them.  A float has the fewest
 * digits that read back equal, with an exponent from 1e16 on; a string
 * chooses its quotes by what is in it; YAQL's data is frozen, so its lists
 * show as tuples.
 *
 * A container may be as deep as users nest it, and each character is
 * charged, because a value that refers to a large one many times is small
 * in memory and large as text.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/shortest_dec.h"

#include "value/datetime.h"
#include "value/dict.h"
#include "value/iteration.h"
#include "value/list.h"
#include "value/make.h"
#include "value/number.h"
#include "value/regex.h"
#include "value/text.h"
#include "value/unicode.h"
#include "value/value_impl.h"

/* longest repr() in a message */
#define BRIEF_LENGTH	200

/* ---- floats ---- */

/* The shortest digits of a finite number and the exponent of the first one. */
static int
shortest_digits(double f, char *digits, int *exponent)
{
	char		text[DOUBLE_SHORTEST_DECIMAL_LEN];
	const char *p;
	int			ndigits = 0;
	int			point = -1;		/* digits before the decimal point */
	int			skipped = 0;	/* leading zeros behind the point */

	double_to_shortest_decimal_buf(f, text);
	*exponent = 0;
	for (p = text; *p; p++)
	{
		if (*p >= '0' && *p <= '9')
		{
			if (ndigits == 0 && *p == '0')
			{
				if (point >= 0)
					skipped++;
				continue;
			}
			digits[ndigits++] = *p;
		}
		else if (*p == '.')
			point = ndigits;
		else if (*p == 'e')
		{
			*exponent = atoi(p + 1);
			break;
		}
	}
	if (point < 0)
		point = ndigits;
	*exponent += point - 1 - skipped;
	while (ndigits > 1 && digits[ndigits - 1] == '0')
		ndigits--;
	return ndigits;
}

/* Shortest digits that read back equal, Python's repr(float). */
void
mst_number_append_float(StringInfo out, double f)
{
	char		digits[32];
	int			ndigits;
	int			exponent;
	int			i;

	if (isnan(f))
	{
		appendStringInfoString(out, "nan");
		return;
	}
	if (signbit(f))
		appendStringInfoChar(out, '-');
	if (isinf(f))
	{
		appendStringInfoString(out, "inf");
		return;
	}
	if (f == 0.0)
	{
		appendStringInfoString(out, "0.0");
		return;
	}

	ndigits = shortest_digits(fabs(f), digits, &exponent);
	if (exponent < -4 || exponent >= 16)
	{
		appendStringInfoChar(out, digits[0]);
		if (ndigits > 1)
		{
			appendStringInfoChar(out, '.');
			appendBinaryStringInfo(out, digits + 1, ndigits - 1);
		}
		appendStringInfo(out, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
		return;
	}
	if (exponent < 0)
	{
		appendStringInfoString(out, "0.");
		for (i = -1; i > exponent; i--)
			appendStringInfoChar(out, '0');
		appendBinaryStringInfo(out, digits, ndigits);
		return;
	}
	for (i = 0; i <= exponent || i < ndigits; i++)
	{
		if (i == exponent + 1)
			appendStringInfoChar(out, '.');
		appendStringInfoChar(out, i < ndigits ? digits[i] : '0');
	}
	if (ndigits <= exponent + 1)
		appendStringInfoString(out, ".0");
}

/* ---- strings ---- */

/*
 * Appends a character that cannot be shown, by the shortest of Python's
 * escapes.
 */
static void
append_escaped_char(StringInfo out, uint32 c)
{
	if (c <= 0xFF)
		appendStringInfo(out, "\\x%02x", c);
	else if (c <= 0xFFFF)
		appendStringInfo(out, "\\u%04x", c);
	else
		appendStringInfo(out, "\\U%08x", c);
}

/*
 * Appends the repr() of a string. Quotes are single ones, unless the string
 * has a single one and no double one. Which characters can be shown is a
 * matter of Unicode's categories. Charges twice the length, as most strings
 * need hardly more than they have.
 */
static bool
append_string_repr(EvalContext *cxt, StringInfo out, const ExprValue *s)
{
	const char *p = s->u.string;
	const char *end = p + s->len;
	char		quote = '\'';

	if (!mst_expr_charge(cxt, (int64) s->len * 2))
		return false;
	if (memchr(p, '\'', s->len) != NULL && memchr(p, '"', s->len) == NULL)
		quote = '"';
	appendStringInfoChar(out, quote);
	while (p < end)
	{
		const char *start = p;
		uint32		c = (unsigned char) *p;

		if (c == '\\' || c == (uint32) quote)
		{
			appendStringInfoChar(out, '\\');
			appendStringInfoChar(out, (char) c);
			p++;
		}
		else if (c >= 0x20 && c < 0x7F)
		{
			appendStringInfoCharMacro(out, (char) c);
			p++;
		}
		else if (c == '\n' || c == '\r' || c == '\t')
		{
			appendStringInfoString(out, c == '\n' ? "\\n" : (c == '\r' ? "\\r" : "\\t"));
			p++;
		}
		else
		{
			c = mst_utf8_next(&p, end);
			if (mst_char_is_printable(c))
				appendBinaryStringInfo(out, start, (int) (p - start));
			else
				append_escaped_char(out, c);
		}
	}
	appendStringInfoChar(out, quote);
	return true;
}

/* ---- containers ---- */

/*
 * Appends a list, or a tuple where it is frozen: YAQL's data is frozen, and
 * shows so unless EXPR_TEXT_THAWED asks for lists.
 */
static bool
append_list(EvalContext *cxt, StringInfo out, const ExprValue *v, int options)
{
	ExprValue  *items = mst_list_items(cxt, v->u.list);
	int			n = mst_list_length(v->u.list);
	bool		is_tuple = mst_value_is_frozen(v) && !(options & EXPR_TEXT_THAWED);
	int			i;

	if (items == NULL)
		return false;
	appendStringInfoChar(out, is_tuple ? '(' : '[');
	for (i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoString(out, ", ");
		if (!mst_expr_step(cxt) || !mst_value_append_repr(cxt, out, &items[i], options))
			return false;
	}
	if (is_tuple && n == 1)
		appendStringInfoChar(out, ',');
	appendStringInfoChar(out, is_tuple ? ')' : ']');
	return true;
}

typedef enum TablePart
{
	TABLE_KEYS,
	TABLE_VALUES,
	TABLE_ENTRIES,				/* key: value */
	TABLE_PAIRS					/* (key, value) */
} TablePart;

/*
 * Appends the keys, the values, the pairs or the entries of a table, without
 * brackets.
 */
static bool
append_table(EvalContext *cxt, StringInfo out, ExprDict *dict, TablePart part, int options)
{
	int			pos = 0;
	bool		is_first = true;
	ExprValue	key;
	ExprValue	value;
	bool		more;

	for (;;)
	{
		if (!mst_dict_next(cxt, dict, &pos, &key, &value, &more))
			return false;
		if (!more)
			return true;
		if (!is_first)
			appendStringInfoString(out, ", ");
		is_first = false;
		if (part == TABLE_PAIRS)
			appendStringInfoChar(out, '(');
		if (part != TABLE_VALUES && !mst_value_append_repr(cxt, out, &key, options))
			return false;
		if (part == TABLE_PAIRS || part == TABLE_ENTRIES)
			appendStringInfoString(out, part == TABLE_PAIRS ? ", " : ": ");
		if (part != TABLE_KEYS && !mst_value_append_repr(cxt, out, &value, options))
			return false;
		if (part == TABLE_PAIRS)
			appendStringInfoChar(out, ')');
	}
}

/*
 * Appends a set. An empty one has no literal in Python, and a frozen one has a
 * name.
 */
static bool
append_set(EvalContext *cxt, StringInfo out, const ExprValue *v, int options)
{
	bool		is_frozen = mst_value_is_frozen(v) && !(options & EXPR_TEXT_THAWED);

	if (mst_dict_length(v->u.dict) == 0)
	{
		appendStringInfoString(out, is_frozen ? "frozenset()" : "set()");
		return true;
	}
	appendStringInfoString(out, is_frozen ? "frozenset({" : "{");
	if (!append_table(cxt, out, v->u.dict, TABLE_KEYS, options))
		return false;
	appendStringInfoString(out, is_frozen ? "})" : "}");
	return true;
}

/*
 * Appends a view of a mapping as Python shows it: the class, with what the
 * view gives in a list.
 */
static bool
append_view(EvalContext *cxt, StringInfo out, const ExprValue *v, int options)
{
	static const TablePart parts[] = {TABLE_KEYS, TABLE_VALUES, TABLE_PAIRS};

	/* views of frozen dictionaries show the whole dictionary */
	bool		is_frozen = mst_value_is_frozen(v);

	appendStringInfo(out, "%s(%c", mst_value_type_name(v), is_frozen ? '{' : '[');
	if (!append_table(cxt, out, v->u.dict, is_frozen ? TABLE_ENTRIES : parts[v->len], options))
		return false;
	appendStringInfoString(out, is_frozen ? "})" : "])");
	return true;
}

/*
 * Appends a container. Each level counts against the depth of the evaluation:
 * users nest as they like, and a value can be made deeper than any text.
 */
static bool
append_container(EvalContext *cxt, StringInfo out, const ExprValue *v, int options)
{
	bool		ok = false;

	if (!mst_expr_enter(cxt))
		return false;
	switch ((ExprKind) v->kind)
	{
		case EXPR_LIST:
			ok = append_list(cxt, out, v, options);
			break;
		case EXPR_DICT:
			appendStringInfoChar(out, '{');
			ok = append_table(cxt, out, v->u.dict, TABLE_ENTRIES, options);
			appendStringInfoChar(out, '}');
			break;
		case EXPR_SET:
			ok = append_set(cxt, out, v, options);
			break;
		default:
			ok = append_view(cxt, out, v, options);
			break;
	}
	mst_expr_leave(cxt);
	return ok;
}

/* ---- the rest ---- */

/* Appends a range; a step of 1 is not shown. */
static void
append_range(StringInfo out, const ExprRange *range)
{
	appendStringInfo(out, "range(" INT64_FORMAT ", " INT64_FORMAT, range->start, range->stop);
	if (range->step != 1)
		appendStringInfo(out, ", " INT64_FORMAT, range->step);
	appendStringInfoChar(out, ')');
}

/*
 * Appends the repr() of a date or a time. Parts at the end that are 0 are left
 * out; the zone is shown as an object of dateutil, which is what the reference
 * has.
 */
static void
append_datetime_repr(StringInfo out, const ExprDatetime *datetime)
{
	ExprDateParts p;

	mst_datetime_parts(datetime, &p);
	if (datetime->is_date)
	{
		appendStringInfo(out, "datetime.date(%d, %d, %d)", p.year, p.month, p.day);
		return;
	}
	appendStringInfo(out, "datetime.datetime(%d, %d, %d, %d, %d", p.year, p.month, p.day,
					 p.hour, p.minute);
	if (p.second != 0 || p.microsecond != 0)
		appendStringInfo(out, ", %d", p.second);
	if (p.microsecond != 0)
		appendStringInfo(out, ", %d", p.microsecond);
	if (!datetime->is_naive && datetime->offset == 0)
		appendStringInfoString(out, ", tzinfo=tzutc()");
	else if (!datetime->is_naive)
		appendStringInfo(out, ", tzinfo=tzoffset(None, " INT64_FORMAT ")",
						 datetime->offset / EXPR_USECS_PER_SECOND);
	appendStringInfoChar(out, ')');
}

/*
 * Appends the repr() of a time span: days, seconds and microseconds, of which
 * only the days can be negative. Parts that are 0 are left out, but not all.
 */
static void
append_timespan_repr(StringInfo out, const ExprValue *v)
{
	const char *separator = "";

	appendStringInfoString(out, "datetime.timedelta(");
	if (v->len != 0)
	{
		appendStringInfo(out, "days=%d", v->len);
		separator = ", ";
	}
	if (v->u.integer / EXPR_USECS_PER_SECOND != 0)
	{
		appendStringInfo(out, "%sseconds=" INT64_FORMAT, separator,
						 v->u.integer / EXPR_USECS_PER_SECOND);
		separator = ", ";
	}
	if (v->u.integer % EXPR_USECS_PER_SECOND != 0)
		appendStringInfo(out, "%smicroseconds=" INT64_FORMAT, separator,
						 v->u.integer % EXPR_USECS_PER_SECOND);
	else if (v->len == 0 && v->u.integer == 0)
		appendStringInfoChar(out, '0');
	appendStringInfoChar(out, ')');
}

/* Appends a pattern with its flags in the order of Python's. */
static bool
append_regex(EvalContext *cxt, StringInfo out, const ExprValue *v)
{
	static const struct
	{
		int			flag;
		const char *name;
	}			names[] =
	{
		{EXPR_REGEX_IGNORE_CASE, "IGNORECASE"},
		{EXPR_REGEX_MULTI_LINE, "MULTILINE"},
		{EXPR_REGEX_DOT_ALL, "DOTALL"}
	};
	ExprValue	source = mst_regex_source(v->u.regex);
	int			flags = mst_regex_flags(v->u.regex);
	const char *separator = ", ";

	appendStringInfoString(out, "re.compile(");
	if (!append_string_repr(cxt, out, &source))
		return false;
	for (int i = 0; i < lengthof(names); i++)
	{
		if ((flags & names[i].flag) == 0)
			continue;
		appendStringInfo(out, "%sre.%s", separator, names[i].name);
		separator = "|";
	}
	appendStringInfoChar(out, ')');
	return true;
}

/*
 * Appends an object of a language by its own function, or else by its type.
 */
static bool
append_object(EvalContext *cxt, StringInfo out, const ExprValue *v)
{
	bool		ok;

	if (v->u.object->ops->repr == NULL)
	{
		appendStringInfo(out, "<%s object>", v->u.object->ops->type_name);
		return true;
	}
	if (!mst_expr_enter(cxt))
		return false;
	ok = v->u.object->ops->repr(cxt, v->u.object, out);
	mst_expr_leave(cxt);
	return ok;
}

/*
 * Appends an undefined value: nothing where it is lenient; any other fails.
 */
static bool
append_undefined(EvalContext *cxt, StringInfo out, const ExprValue *v)
{
	if (!v->u.undefined->lenient)
		return mst_expr_fail_undefined(cxt, v);
	return true;
}

/*
 * Appends a string that is part of a container, where safe strings of Jinja
 * tell what they are.
 */
static bool
append_string_in_container(EvalContext *cxt, StringInfo out, const ExprValue *v)
{
	if ((v->flags & EXPR_MARKUP) == 0)
		return append_string_repr(cxt, out, v);
	appendStringInfoString(out, "Markup(");
	if (!append_string_repr(cxt, out, v))
		return false;
	appendStringInfoChar(out, ')');
	return true;
}

/* Appends a value that looks the same alone and inside of a container. */
static bool
append_other(EvalContext *cxt, StringInfo out, const ExprValue *v, int options)
{
	switch ((ExprKind) v->kind)
	{
		case EXPR_NULL:
			appendStringInfoString(out, "None");
			return true;
		case EXPR_BOOL:
			appendStringInfoString(out, v->u.boolean ? "True" : "False");
			return true;
		case EXPR_INT:
		case EXPR_BIGINT:
			return mst_number_append_int(cxt, out, v, 10);
		case EXPR_FLOAT:
			mst_number_append_float(out, v->u.real);
			return true;
		case EXPR_LIST:
		case EXPR_DICT:
		case EXPR_SET:
		case EXPR_VIEW:
			return append_container(cxt, out, v, options);
		case EXPR_ITERATOR:
			appendStringInfo(out, "<%s object>", v->u.iterator->ops->type_name);
			return true;
		case EXPR_RANGE:
			append_range(out, v->u.range);
			return true;
		case EXPR_REGEX:
			return append_regex(cxt, out, v);
		case EXPR_OBJECT:
			return append_object(cxt, out, v);
		case EXPR_UNDEFINED:
			return append_undefined(cxt, out, v);
		case EXPR_NO_VALUE:
			appendStringInfoString(out, "<NoValue>");
			return true;
		case EXPR_STRING:
		case EXPR_DATETIME:
		case EXPR_TIMESPAN:
			break;				/* dealt with by the callers */
	}

	elog(ERROR, "unrecognized value kind: %d", (int) v->kind);
	return false;
}

/* Appends repr(value). */
bool
mst_value_append_repr(EvalContext *cxt, StringInfo out, const ExprValue *v, int options)
{
	switch ((ExprKind) v->kind)
	{
		case EXPR_STRING:
			return append_string_in_container(cxt, out, v);
		case EXPR_DATETIME:
			append_datetime_repr(out, v->u.datetime);
			return true;
		case EXPR_TIMESPAN:
			append_timespan_repr(out, v);
			return true;
		case EXPR_UNDEFINED:
			appendStringInfoString(out, "Undefined");
			return true;
		default:
			return append_other(cxt, out, v, options);
	}
}

/* Appends str(value): a string is itself, else its repr. */
bool
mst_value_append_text(EvalContext *cxt, StringInfo out, const ExprValue *v, int options)
{
	switch ((ExprKind) v->kind)
	{
		case EXPR_STRING:
			if (!mst_expr_charge(cxt, v->len))
				return false;
			appendBinaryStringInfo(out, v->u.string, v->len);
			return true;
		case EXPR_DATETIME:
			mst_datetime_append(out, v->u.datetime);
			return true;
		case EXPR_TIMESPAN:
			mst_timespan_append(out, v);
			return true;
		default:
			return append_other(cxt, out, v, options);
	}
}

/*
 * Makes str(value) a string value. Fails by limits and by values that cannot
 * be shown.
 */
bool
mst_value_to_text(EvalContext *cxt, const ExprValue *v, ExprValue *result)
{
	StringInfoData buf;

	if (v->kind == EXPR_STRING)
	{
		*result = *v;
		return true;
	}
	mst_text_init(&buf);
	if (!mst_value_append_text(cxt, &buf, v, 0))
		return false;
	*result = mst_value_string_from(&buf);
	return true;
}

/*
 * Makes repr(value) a string value. Fails by limits and by values that cannot
 * be shown.
 */
bool
mst_value_to_repr(EvalContext *cxt, const ExprValue *v, ExprValue *result)
{
	StringInfoData buf;

	mst_text_init(&buf);
	if (!mst_value_append_repr(cxt, &buf, v, 0))
		return false;
	*result = mst_value_string_from(&buf);
	return true;
}

/* repr(value) for an error message: cut when long; never fails. */
char *
mst_value_brief(EvalContext *cxt, const ExprValue *v)
{
	EvalContext inner = *cxt;
	StringInfoData buf;

	/* what fails on the way is none of the reader's business */
	inner.error = NULL;
	inner.steps_left = 1000;
	mst_text_init(&buf);
	if (!mst_value_append_repr(&inner, &buf, v, 0))
		appendStringInfoString(&buf, "...");
	if (buf.len > BRIEF_LENGTH)
	{
		int			end = BRIEF_LENGTH;

		while (end > 0 && ((unsigned char) buf.data[end] & 0xC0) == 0x80)
			end--;
		buf.len = end;
		buf.data[end] = '\0';
		appendStringInfoString(&buf, "...");
	}
	return buf.data;
}
