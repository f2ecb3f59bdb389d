/*-------------------------------------------------------------------------
 *
 * printf.c
 *	  Python's other two ways to format: "..." % args and "...".format().
 *
 * Both forms take their arguments in turn or by name, but not both ways at
 * once.  In "%" a tuple is the list of arguments, a dictionary is looked
 * into by name, and any other value is the only argument; arguments left
 * over are an error, except for what can be looked into.  In format() a
 * field may go on with ".name" and "[key]", by rules that each language
 * gives (ExprFieldRules), because Python's attributes would let a template
 * out of its sandbox.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "value/dict.h"
#include "value/evaluation.h"
#include "value/format.h"
#include "value/format_spec.h"
#include "value/list.h"
#include "value/make.h"
#include "value/number.h"
#include "value/range.h"
#include "value/string.h"
#include "value/text.h"
#include "value/unicode.h"

/* ---- conversions that both know ---- */

/* str(v), repr(v) or ascii(v), as the letter s, r or a says. */
static bool
convert_to_text(EvalContext *cxt, const ExprValue *v, char conversion, ExprValue *result)
{
	ExprValue	repr;
	StringInfoData out;
	const char *s;
	const char *end;

	if (conversion == 's')
		return mst_value_to_text(cxt, v, result);
	if (conversion == 'r')
		return mst_value_to_repr(cxt, v, result);
	if (!mst_value_to_repr(cxt, v, &repr) || !mst_expr_charge(cxt, (int64) repr.len * 5))
		return false;
	mst_text_init(&out);
	s = repr.u.string;
	end = s + repr.len;
	while (s < end)
	{
		uint32		c = mst_utf8_next(&s, end);

		if (c < 0x80)
			appendStringInfoChar(&out, (char) c);
		else if (c < 0x100)
			appendStringInfo(&out, "\\x%02x", c);
		else if (c < 0x10000)
			appendStringInfo(&out, "\\u%04x", c);
		else
			appendStringInfo(&out, "\\U%08x", c);
	}
	*result = mst_value_string_from(&out);
	return true;
}

/* ---- "..." % args ---- */

typedef struct Printf
{
	EvalContext *cxt;
	StringInfo	out;
	const char *p;
	const char *start;
	const char *end;
	const ExprValue *args;		/* as given */
	ExprValue  *items;			/* the positional ones */
	int			nitems;
	int			next;
} Printf;

/* Fails with a message that has nothing to fill in. */
static bool
fail_format(Printf *f, const char *cause, const char *what)
{
	return mst_expr_fail(f->cxt, cause, "%s", what);
}

/*
 * Takes the next of the values in their order; a width or a precision of "*"
 * takes one, too.
 */
static bool
next_arg(Printf *f, ExprValue *value)
{
	if (f->next >= f->nitems)
		return fail_format(f, "TypeError", "not enough arguments for format string");
	*value = f->items[f->next++];
	return true;
}

/* %(name): the value under that key. */
static bool
named_arg(Printf *f, ExprValue *value)
{
	const char *start = f->p;
	int			depth = 1;
	bool		found;
	ExprValue	key;

	for (; f->p < f->end && depth > 0; f->p++)
		depth += *f->p == '(' ? 1 : (*f->p == ')' ? -1 : 0);
	if (depth > 0)
		return fail_format(f, "ValueError", "incomplete format key");
	if (f->args->kind != EXPR_DICT)
		return fail_format(f, "TypeError", "format requires a mapping");
	key = mst_value_string(start, (int) (f->p - 1 - start));
	if (!mst_dict_get(f->cxt, f->args->u.dict, &key, value, &found))
		return false;
	if (!found)
		return mst_expr_fail(f->cxt, "KeyError", "%s", mst_value_brief(f->cxt, &key));
	return true;
}

/* A width or precision: digits or "*". */
static bool
read_number(Printf *f, int *value, bool *has)
{
	ExprValue	arg;
	int64		n = 0;

	*has = true;
	if (f->p < f->end && *f->p == '*')
	{
		f->p++;
		if (!next_arg(f, &arg))
			return false;
		if (!mst_value_is_integral(&arg))
			return fail_format(f, "TypeError", "* wants int");
		n = mst_number_clip(&arg);
	}
	else
	{
		*has = f->p < f->end && *f->p >= '0' && *f->p <= '9';
		for (; f->p < f->end && *f->p >= '0' && *f->p <= '9'; f->p++)
			n = Min(n * 10 + (*f->p - '0'), PG_INT32_MAX);
	}
	if (n > 100000000 || n < -100000000)
		return fail_format(f, "ValueError", "width too big");
	*value = (int) n;
	return true;
}

/*
 * Fails for a value that is no number, in one of three forms: which one Python
 * uses depends on the conversion.
 */
static bool
fail_real(Printf *f, char type, const ExprValue *v)
{
	if (type == 'x' || type == 'X' || type == 'o')
		return mst_expr_fail(f->cxt, "TypeError", "%%%c format: an integer is required, not %s",
							 type, mst_value_type_name(v));
	if (type == 'd' || type == 'i' || type == 'u')
		return mst_expr_fail(f->cxt, "TypeError", "%%%c format: a real number is required, not %s",
							 type, mst_value_type_name(v));
	return mst_expr_fail(f->cxt, "TypeError", "must be real number, not %s", mst_value_type_name(v));
}

/* Digits of an integer with at least `precision` of them, and its prefix. */
static bool
printf_integer(Printf *f, FormatSpec *spec, const ExprValue *v)
{
	ExprValue	number = *v;
	ExprValue	magnitude;
	ExprValue	padded;
	StringInfoData digits;
	StringInfoData text;
	int			base = spec->type == 'x' || spec->type == 'X' ? 16 : (spec->type == 'o' ? 8 : 10);
	FormatSpec	outer = *spec;

	if (!mst_value_is_number(v) && v->kind != EXPR_BOOL)
		return fail_real(f, spec->type, v);
	if (v->kind == EXPR_FLOAT)
	{
		if (base != 10)
			return fail_real(f, spec->type, v);
		if (!mst_number_to_int(f->cxt, v, &number))
			return false;
	}
	mst_text_init(&digits);
	if (!mst_number_abs(f->cxt, &number, &magnitude) ||
		!mst_number_append_int(f->cxt, &digits, &magnitude, base))
		return false;
	padded = mst_value_string_from(&digits);
	if (!mst_string_zfill(f->cxt, &padded, spec->precision, &padded))
		return false;

	mst_text_init(&text);
	if (mst_number_sign(&number) < 0)
		appendStringInfoChar(&text, '-');
	else if (spec->sign != 0)
		appendStringInfoChar(&text, spec->sign);
	if (spec->is_alternate && base != 10)
		appendStringInfoString(&text, base == 8 ? "0o" : "0x");
	if (outer.fill == '0' && outer.align == '=')
	{
		int			missing = outer.width - text.len;

		if (!mst_string_zfill(f->cxt, &padded, missing, &padded))
			return false;
	}
	appendBinaryStringInfo(&text, padded.u.string, padded.len);
	if (spec->type == 'X')
	{
		int			i;

		for (i = 0; i < text.len; i++)
			text.data[i] = pg_toupper((unsigned char) text.data[i]);
	}
	padded = mst_value_string_from(&text);
	return (outer.align == '<' ? mst_string_ljust(f->cxt, &padded, outer.width, ' ', &padded) :
			mst_string_rjust(f->cxt, &padded, outer.width, ' ', &padded)) &&
		mst_value_append_text(f->cxt, f->out, &padded, 0);
}

/*
 * Formats by e, f, g and their capitals. The work is format()'s: the flags are
 * put into its notation, in which zeros of padding are an alignment that
 * infinities do not get.
 */
static bool
printf_float(Printf *f, const FormatSpec *spec, const ExprValue *v)
{
	char		text[80];
	char		align[4] = "";
	double		d;
	ExprValue	number;

	if (!mst_value_is_number(v) && v->kind != EXPR_BOOL)
		return fail_real(f, spec->type, v);
	if (!mst_number_to_float(f->cxt, v, &d))
		return false;
	number = mst_value_float(d);
	if (spec->align == '<')
		strcpy(align, " <");
	else if (spec->align == '=' && isfinite(d))
		strcpy(align, "0=");
	else
		strcpy(align, " >");
	snprintf(text, sizeof(text), "%s%s%s%d.%d%c", align,
			 spec->sign == '+' ? "+" : (spec->sign == ' ' ? " " : ""),
			 spec->is_alternate ? "#" : "", spec->width, spec->precision < 0 ? 6 : spec->precision,
			 spec->type);
	return mst_format_value(f->cxt, f->out, &number, text, (int) strlen(text));
}

/*
 * Formats by s, r, a and c. The precision cuts a string at code points; that
 * of a single character has no meaning.
 */
static bool
printf_text(Printf *f, const FormatSpec *spec, const ExprValue *v)
{
	ExprValue	text;
	StringInfoData buf;

	if (spec->type == 'c')
	{
		mst_text_init(&buf);
		if (v->kind == EXPR_STRING && mst_string_length(v) == 1)
			appendBinaryStringInfo(&buf, v->u.string, v->len);
		else if (!mst_value_is_integral(v))
			return fail_format(f, "TypeError", "%c requires int or char");
		else if (mst_number_clip(v) < 0 || mst_number_clip(v) > 0x10FFFF)
			return fail_format(f, "OverflowError", "%c arg not in range(0x110000)");
		else
			mst_utf8_append(&buf, (uint32) mst_number_clip(v));
		text = mst_value_string_from(&buf);
	}
	else if (!convert_to_text(f->cxt, v, spec->type, &text))
		return false;
	if (spec->precision >= 0 && spec->type != 'c')
		text = mst_string_slice(&text, 0, spec->precision);
	return (spec->align == '<' ? mst_string_ljust(f->cxt, &text, spec->width, ' ', &text) :
			mst_string_rjust(f->cxt, &text, spec->width, ' ', &text)) &&
		mst_value_append_text(f->cxt, f->out, &text, 0);
}

/* Flags, width, precision and length modifier of a conversion. */
static bool
read_spec(Printf *f, FormatSpec *spec)
{
	bool		has;

	for (; f->p < f->end && *f->p != '\0' && strchr("-+ #0", *f->p) != NULL; f->p++)
	{
		if (*f->p == '-')
			spec->align = '<';
		else if (*f->p == '+' || (*f->p == ' ' && spec->sign == 0))
			spec->sign = *f->p;
		else if (*f->p == '#')
			spec->is_alternate = true;
		else if (*f->p == '0' && spec->align == 0)
		{
			spec->align = '=';
			spec->fill = '0';
		}
	}
	if (!read_number(f, &spec->width, &has))
		return false;
	if (spec->width < 0)
	{
		spec->width = -spec->width;
		spec->align = '<';
	}
	if (f->p < f->end && *f->p == '.')
	{
		f->p++;
		if (!read_number(f, &spec->precision, &has))
			return false;
		spec->precision = Max(spec->precision, 0);
	}
	while (f->p < f->end && (*f->p == 'h' || *f->p == 'l' || *f->p == 'L'))
		f->p++;
	return true;
}

/*
 * Fails for a conversion that Python does not have; the message shows the
 * character and its place.
 */
static bool
fail_type(Printf *f)
{
	const char *at = f->p - 1;
	const char *q = at;
	uint32		c = mst_utf8_next(&q, f->end);

	return mst_expr_fail(f->cxt, "ValueError", "unsupported format character '%.*s' (0x%x) at index %d",
						 (int) (q - at), at, c, mst_utf8_length(f->start, (int) (at - f->start)));
}

/* One conversion; f->p stands behind the "%". */
static bool
convert_spec(Printf *f)
{
	FormatSpec	spec = {' '};
	ExprValue	value;
	bool		is_named = false;

	spec.precision = -1;
	if (f->p < f->end && *f->p == '(')
	{
		f->p++;
		is_named = true;
		if (!named_arg(f, &value))
			return false;
	}
	if (!read_spec(f, &spec))
		return false;
	if (f->p >= f->end)
		return fail_format(f, "ValueError", "incomplete format");
	spec.type = *f->p++;
	if (spec.type == '%')
	{
		appendStringInfoChar(f->out, '%');
		return true;
	}
	if (spec.type == '\0' || strchr("diuoxXeEfFgGcrsa", spec.type) == NULL)
		return fail_type(f);
	if (!is_named && !next_arg(f, &value))
		return false;
	if (strchr("diuoxX", spec.type) != NULL)
		return printf_integer(f, &spec, &value);
	if (strchr("crsa", spec.type) != NULL)
		return printf_text(f, &spec, &value);
	return printf_float(f, &spec, &value);
}

/* Python's fmt % args; args a tuple, a dictionary or a single value. */
bool
mst_format_printf(EvalContext *cxt, StringInfo out, const ExprValue *fmt, const ExprValue *args)
{
	Printf		f = {cxt, out};
	ExprValue	single = *args;

	f.p = f.start = fmt->u.string;
	f.end = f.p + fmt->len;
	f.args = args;
	f.items = &single;
	f.nitems = 1;
	if (args->kind == EXPR_LIST && mst_value_is_frozen(args))
	{
		f.items = mst_list_items(cxt, args->u.list);
		f.nitems = mst_list_length(args->u.list);
		if (f.items == NULL)
			return false;
	}
	while (f.p < f.end)
	{
		const char *percent = memchr(f.p, '%', f.end - f.p);

		if (percent == NULL)
			percent = f.end;
		if (!mst_expr_step(cxt) || !mst_expr_charge(cxt, (int64) out->len + (percent - f.p)))
			return false;
		appendBinaryStringInfo(out, f.p, (int) (percent - f.p));
		f.p = percent + 1;
		if (percent < f.end && !convert_spec(&f))
			return false;
	}
	/* what can be asked for items may stay unused */
	if (f.next < f.nitems && args->kind != EXPR_DICT && args->kind != EXPR_RANGE &&
		args->kind != EXPR_UNDEFINED &&
		(args->kind != EXPR_LIST || mst_value_is_frozen(args)))
		return fail_format(&f, "TypeError", "not all arguments converted during string formatting");
	return true;
}

/* ---- "...".format() ---- */

typedef struct Template
{
	EvalContext *cxt;
	const ExprValue *args;
	int			nargs;
	ExprDict   *kwargs;
	const ExprFieldRules *rules;
	int			next;			/* automatic numbering; -1: numbered by hand */
	bool		is_automatic;
} Template;

static bool format_part(Template *t, StringInfo out, const char *p, const char *end, int depth);

/* The argument that a field's first name stands for; it is_whole when nothing follows. */
static bool
field_object(Template *t, const char *name, int len, bool is_whole, ExprValue *value)
{
	int			index = 0;
	int			i;
	bool		found = false;
	ExprValue	key = mst_value_string(name, len);

	for (i = 0; i < len && name[i] >= '0' && name[i] <= '9'; i++)
		index = Min(index * 10 + (name[i] - '0'), 100000000);
	if (i == len && t->rules->is_formatter && !is_whole)
	{
		if (len == 0)
			return mst_expr_fail(t->cxt, "KeyError", "''");
	}
	else if (i == len)
	{
		if (len == 0)
		{
			if (t->next < 0)
				return mst_expr_fail(t->cxt, "ValueError",
									 "cannot switch from manual field specification to automatic field numbering");
			t->is_automatic = true;
			index = t->next++;
		}
		else if (t->is_automatic)
			return mst_expr_fail(t->cxt, "ValueError",
								 "cannot switch from automatic field numbering to manual field specification");
		else
			t->next = -1;
	}
	if (i == len)
	{
		if (index >= t->nargs)
			return mst_expr_fail(t->cxt, "IndexError",
								 "Replacement index %d out of range for positional args tuple", index);
		*value = t->args[index];
		return true;
	}
	if (t->kwargs != NULL && !mst_dict_get(t->cxt, t->kwargs, &key, value, &found))
		return false;
	if (!found)
		return mst_expr_fail(t->cxt, "KeyError", "%s", mst_value_brief(t->cxt, &key));
	return true;
}

/* The steps behind it: .name and [key]. */
static bool
field_steps(Template *t, const char *p, const char *end, ExprValue *value)
{
	while (p < end)
	{
		const char *start = p + 1;
		bool		is_attribute = *p == '.';
		ExprValue	key;

		if (!is_attribute && *p != '[')
			return mst_expr_fail(t->cxt, "ValueError",
								 "Only '.' or '[' may follow ']' in format field specifier");
		for (p = start; p < end && (is_attribute ? (*p != '.' && *p != '[') : *p != ']'); p++)
			;
		if (!is_attribute && p >= end)
			return mst_expr_fail(t->cxt, "ValueError", "Missing ']' in format string");
		if (p == start)
			return mst_expr_fail(t->cxt, "ValueError", "Empty attribute in format string");
		key = mst_value_string(start, (int) (p - start));
		if (!is_attribute)
		{
			if (strspn(pnstrdup(start, p - start), "0123456789") == (size_t) (p - start) &&
				!mst_number_from_digits(t->cxt, start, (int) (p - start), 10, &key))
				return false;
			p++;
		}
		if (!t->rules->access(t->cxt, value, &key, is_attribute, t->rules->arg, value))
			return false;
	}
	return true;
}

/* "name!r:spec", the text between the braces. */
static bool
format_field(Template *t, StringInfo out, const char *p, const char *end, int depth)
{
	const char *name_end;
	const char *q;
	StringInfoData spec;
	ExprValue	value;
	char		conversion = 0;

	for (q = p; q < end && *q != '!' && *q != ':'; q++)
	{
		if (*q == '[')
		{
			while (q < end && *q != ']')
				q++;
			if (q >= end)
				break;
		}
	}
	for (name_end = p; name_end < q && *name_end != '.' && *name_end != '['; name_end++)
		;
	if (!field_object(t, p, (int) (name_end - p), name_end == q, &value) ||
		!field_steps(t, name_end, q, &value))
		return false;
	if (q < end && *q == '!')
	{
		if (q + 1 >= end)
			return mst_expr_fail(t->cxt, "ValueError", "end of string while looking for conversion specifier");
		conversion = q[1];
		q += 2;
		if (q < end && *q != ':')
			return mst_expr_fail(t->cxt, "ValueError", "expected ':' after conversion specifier");
		if (conversion != 'r' && conversion != 's' && conversion != 'a')
			return mst_expr_fail(t->cxt, "ValueError", "Unknown conversion specifier '%c'", conversion);
		if (!convert_to_text(t->cxt, &value, conversion, &value))
			return false;
	}
	mst_text_init(&spec);
	if (q < end && !format_part(t, &spec, q + 1, end, depth - 1))
		return false;
	if (t->rules->show != NULL)
		return t->rules->show(t->cxt, out, &value, spec.data, spec.len, t->rules->arg);
	return mst_format_value(t->cxt, out, &value, spec.data, spec.len);
}

/*
 * Formats a template or the format within one of its fields, which may have
 * fields in turn. Two braces are one. "depth" counts down, so that a template
 * which nests fields is refused as in Python.
 */
static bool
format_part(Template *t, StringInfo out, const char *p, const char *end, int depth)
{
	if (depth < 0)
		return mst_expr_fail(t->cxt, "ValueError", "Max string recursion exceeded");
	while (p < end)
	{
		const char *close;
		int			level = 1;

		if (!mst_expr_step(t->cxt) || !mst_expr_charge(t->cxt, out->len))
			return false;
		if ((*p == '{' || *p == '}') && p + 1 < end && p[1] == *p)
		{
			appendStringInfoChar(out, *p);
			p += 2;
			continue;
		}
		if (*p == '}')
			return mst_expr_fail(t->cxt, "ValueError", "Single '}' encountered in format string");
		if (*p != '{')
		{
			appendStringInfoChar(out, *p++);
			continue;
		}
		if (p + 1 >= end)
			return mst_expr_fail(t->cxt, "ValueError", "Single '{' encountered in format string");
		for (close = p + 1; close < end; close++)
		{
			if (*close == '{')
				level++;
			else if (*close == '}' && --level == 0)
				break;
		}
		if (close >= end)
			return mst_expr_fail(t->cxt, "ValueError", "expected '}' before end of string");
		if (!format_field(t, out, p + 1, close, depth))
			return false;
		p = close + 1;
	}
	return true;
}

/* Python's template.format(*args, **kwargs); kwargs may be NULL. */
bool
mst_format_template(EvalContext *cxt, StringInfo out, const ExprValue *template,
					const ExprValue *args, int nargs, ExprDict *kwargs,
					const ExprFieldRules *rules)
{
	Template	t = {cxt, args, nargs, kwargs, rules};

	return format_part(&t, out, template->u.string, template->u.string + template->len, 2);
}
