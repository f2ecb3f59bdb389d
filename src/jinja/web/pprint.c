/*-------------------------------------------------------------------------
 *
 * pprint.c
 *	  Python's pprint.pformat(): text forms broken into lines.
 *
 * A value whose text form fits into the rest of the line is written on it.
 * Otherwise a container gets a line for each item, and a string is broken at
 * line ends and blanks.  Keys of dictionaries are sorted at every level.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/arguments.h"
#include "jinja/web/pprint.h"
#include "value/compare.h"
#include "value/dict.h"
#include "value/list.h"
#include "value/make.h"
#include "value/string.h"
#include "value/text.h"
#include "value/unicode.h"

#define PPRINT_WIDTH	80

typedef struct Printer
{
	JinjaEval  *ev;
	StringInfo	out;
} Printer;

static bool print_value(Printer *p, const ExprValue *value, int indent, int allowance, int level);

/* ---- sorted text forms ---- */

/* Order of keys: as they are where they can be compared, else by type. */
static bool
key_less(EvalContext *cxt, const ExprValue *a, const ExprValue *b, void *arg, bool *result)
{
	bool		numbers = (mst_value_is_number(a) || a->kind == EXPR_BOOL) &&
	(mst_value_is_number(b) || b->kind == EXPR_BOOL);

	if (numbers || (a->kind == b->kind && a->kind == EXPR_STRING))
		return mst_value_order(cxt, EXPR_LT, a, b, result);
	*result = strcmp(mst_value_type_name(a), mst_value_type_name(b)) < 0;
	return true;
}

/* A copy of the value whose dictionaries are sorted, so its text form is. */
static bool
sort_deep(Printer *p, const ExprValue *value, ExprValue *result)
{
	EvalContext *cxt = p->ev->cxt;
	bool		done = true;

	*result = *value;
	if (value->kind != EXPR_LIST && value->kind != EXPR_DICT)
		return true;
	if (!mst_expr_enter(cxt))
		return false;
	if (value->kind == EXPR_LIST)
	{
		int			n = mst_list_length(value->u.list);
		ExprList   *list = mst_list_new(n);

		for (int i = 0; i < n && done; i++)
		{
			ExprValue	item;

			done = mst_expr_step(cxt) && mst_list_get(cxt, value->u.list, i, &item) &&
				sort_deep(p, &item, &item) && mst_list_append(cxt, list, &item);
		}
		result->u.list = list;
	}
	else
	{
		ExprDict   *dict = mst_dict_new(mst_dict_length(value->u.dict));
		ExprValue  *keys;
		ExprValue  *values;
		int			n;

		done = mst_dict_entries(p->ev->cxt, value->u.dict, key_less, NULL, &keys, &values, &n);
		for (int i = 0; done && i < n; i++)
			done = mst_expr_step(cxt) && sort_deep(p, &values[i], &values[i]) &&
				mst_dict_set(cxt, dict, &keys[i], &values[i]);
		result->u.dict = dict;
	}
	mst_expr_leave(cxt);
	return done;
}

/* ---- pieces ---- */

/*
 * Begins a line. The blanks are charged: deep structures are mostly
 * indentation.
 */
static bool
new_line(Printer *p, int indent)
{
	if (!mst_expr_charge(p->ev->cxt, indent + 1))
		return false;
	appendStringInfoChar(p->out, '\n');
	appendStringInfoSpaces(p->out, indent);
	return true;
}

/* Width of a text in code points, which is what Python counts. */
static int
length_of(const StringInfoData *text)
{
	return mst_utf8_length(text->data, text->len);
}

/* Appends the repr() of a part of a string. */
static bool
append_repr(Printer *p, StringInfo out, const char *s, int len)
{
	ExprValue	text = mst_value_string(s, len);

	return mst_value_append_repr(p->ev->cxt, out, &text, 0);
}

/* ---- strings ---- */

/* The pieces that a string is broken into, in repr form. */
typedef struct Pieces
{
	ExprList   *list;
	StringInfoData last;		/* repr of the line that was looked at last */
} Pieces;

/* Adds one of the literals that a long string is shown as. */
static bool
add_piece(Printer *p, Pieces *pieces, const char *s, int len)
{
	StringInfoData repr;
	ExprValue	piece;

	mst_text_init(&repr);
	if (!append_repr(p, &repr, s, len))
		return false;
	piece = mst_value_string_from(&repr);
	return mst_list_append(p->ev->cxt, pieces->list, &piece);
}

/* Returns the end of the run of text and whitespace that starts at s. */
static const char *
part_end(const char *s, const char *end)
{
	bool		in_blanks = false;

	while (s < end)
	{
		const char *next = s;
		bool		blank = mst_char_is_space(mst_utf8_next(&next, end));

		if (in_blanks && !blank)
			break;
		in_blanks = blank;
		s = next;
	}
	return s;
}

/* Breaks one line of a string at whitespace. */
static bool
break_line(Printer *p, Pieces *pieces, const ExprValue *line, int width, int last_allowance)
{
	const char *end = line->u.string + line->len;
	const char *start = line->u.string;
	const char *at = start;
	StringInfoData repr;

	mst_text_init(&repr);
	while (at < end)
	{
		const char *next = part_end(at, end);

		resetStringInfo(&repr);
		if (!mst_expr_step(p->ev->cxt) || !append_repr(p, &repr, start, next - start))
			return false;
		if (length_of(&repr) > width - (next == end ? last_allowance : 0))
		{
			if (at > start && !add_piece(p, pieces, start, at - start))
				return false;
			start = at;
		}
		at = next;
	}
	return start == end || add_piece(p, pieces, start, end - start);
}

/*
 * Breaks a string into literals, at its line ends first, then at blanks. The
 * last one leaves room for "allowance" characters that follow.
 */
static bool
break_string(Printer *p, Pieces *pieces, const ExprValue *value, int width, int allowance)
{
	ExprList   *lines;
	int			n;

	if (!mst_string_splitlines(p->ev->cxt, value, true, &lines))
		return false;
	n = mst_list_length(lines);
	for (int i = 0; i < n; i++)
	{
		ExprValue	line;
		int			last = i == n - 1 ? allowance : 0;

		resetStringInfo(&pieces->last);
		if (!mst_list_get(p->ev->cxt, lines, i, &line) ||
			!append_repr(p, &pieces->last, line.u.string, line.len))
			return false;
		if (length_of(&pieces->last) <= width - last
			? !add_piece(p, pieces, line.u.string, line.len)
			: !break_line(p, pieces, &line, width, last))
			return false;
	}
	return true;
}

/*
 * Prints a string too long for its line: literals below each other, in
 * parentheses at the outermost level, where they would be statements
 * otherwise.
 */
static bool
print_string(Printer *p, const ExprValue *value, int indent, int allowance, int level)
{
	Pieces		pieces = {mst_list_new(0)};
	bool		parens;

	mst_text_init(&pieces.last);
	if (level == 1)
	{
		indent++;
		allowance++;
	}
	if (value->len == 0)
		return mst_value_append_repr(p->ev->cxt, p->out, value, 0);
	if (!break_string(p, &pieces, value, PPRINT_WIDTH - indent, allowance))
		return false;
	if (mst_list_length(pieces.list) == 1)
	{
		appendBinaryStringInfo(p->out, pieces.last.data, pieces.last.len);
		return true;
	}
	parens = level == 1;
	if (parens)
		appendStringInfoChar(p->out, '(');
	for (int i = 0; i < mst_list_length(pieces.list); i++)
	{
		ExprValue	piece;

		if (i > 0 && !new_line(p, indent))
			return false;
		if (!mst_list_get(p->ev->cxt, pieces.list, i, &piece) ||
			!mst_jinja_append_text(p->ev, p->out, &piece))
			return false;
	}
	if (parens)
		appendStringInfoChar(p->out, ')');
	return true;
}

/* ---- containers ---- */

/* Prints a list or a tuple with one item a line. */
static bool
print_list(Printer *p, const ExprValue *value, int indent, int allowance, int level)
{
	bool		is_tuple = mst_value_is_frozen(value);
	int			n = mst_list_length(value->u.list);
	const char *close = is_tuple ? (n == 1 ? ",)" : ")") : "]";

	appendStringInfoChar(p->out, is_tuple ? '(' : '[');
	for (int i = 0; i < n; i++)
	{
		ExprValue	item;

		if (i > 0)
		{
			appendStringInfoChar(p->out, ',');
			if (!new_line(p, indent + 1))
				return false;
		}
		if (!mst_list_get(p->ev->cxt, value->u.list, i, &item) ||
			!print_value(p, &item, indent + 1,
						 i == n - 1 ? allowance + (int) strlen(close) : 1, level))
			return false;
	}
	appendStringInfoString(p->out, close);
	return true;
}

/*
 * Prints a dictionary with one entry a line, in the order of the keys where
 * they have one.
 */
static bool
print_dict(Printer *p, const ExprValue *value, int indent, int allowance, int level)
{
	ExprValue  *keys;
	ExprValue  *values;
	int			n;

	if (!mst_dict_entries(p->ev->cxt, value->u.dict, key_less, NULL, &keys, &values, &n))
		return false;
	appendStringInfoChar(p->out, '{');
	for (int i = 0; i < n; i++)
	{
		StringInfoData key;

		mst_text_init(&key);
		if (!mst_value_append_repr(p->ev->cxt, &key, &keys[i], 0))
			return false;
		if (i > 0)
		{
			appendStringInfoChar(p->out, ',');
			if (!new_line(p, indent + 1))
				return false;
		}
		appendBinaryStringInfo(p->out, key.data, key.len);
		appendStringInfoString(p->out, ": ");
		if (!print_value(p, &values[i], indent + 1 + length_of(&key) + 2,
						 i == n - 1 ? allowance + 1 : 1, level))
			return false;
	}
	appendStringInfoChar(p->out, '}');
	return true;
}

/* Prints what does not fit on the line. */
static bool
print_broken(Printer *p, const ExprValue *value, int indent, int allowance, int level)
{
	switch ((ExprKind) value->kind)
	{
		case EXPR_STRING:
			return print_string(p, value, indent, allowance, level);
		case EXPR_LIST:
			return print_list(p, value, indent, allowance, level);
		default:
			return print_dict(p, value, indent, allowance, level);
	}
}

/*
 * Prints a value: on the line where it fits, else broken up. "indent" is the
 * column at which it begins, "allowance" what has to fit behind it. The repr()
 * is made at each level, as in Python, and the steps of the evaluation bound
 * that.
 */
static bool
print_value(Printer *p, const ExprValue *value, int indent, int allowance, int level)
{
	StringInfoData repr;
	bool		can_break = value->kind == EXPR_LIST || value->kind == EXPR_DICT ||
	(value->kind == EXPR_STRING && !mst_jinja_is_markup(value));
	bool		done;

	if (!mst_expr_step(p->ev->cxt) || !mst_expr_enter(p->ev->cxt))
		return false;
	mst_text_init(&repr);
	done = mst_value_append_repr(p->ev->cxt, &repr, value, 0);
	if (done && (!can_break || length_of(&repr) <= PPRINT_WIDTH - indent - allowance))
		appendBinaryStringInfo(p->out, repr.data, repr.len);
	else if (done)
		done = print_broken(p, value, indent, allowance, level + 1);
	pfree(repr.data);
	mst_expr_leave(p->ev->cxt);
	return done;
}

/*
 * Appends the text form of a value, broken into lines of up to 80 characters.
 */
bool
mst_jinja_pformat(JinjaEval *ev, StringInfo out, const ExprValue *value)
{
	Printer		p = {ev, out};
	ExprValue	sorted;

	if (value->kind == EXPR_UNDEFINED)
	{
		appendStringInfoString(out, "Undefined");
		return true;
	}
	return sort_deep(&p, value, &sorted) && print_value(&p, &sorted, 0, 0, 0);
}
