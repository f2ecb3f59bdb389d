/*-------------------------------------------------------------------------
 *
 * filters_html.c
 *	  Filters of Jinja2 for HTML, URLs and JSON in pages.
 *
 * Safe text is never escaped twice, and what these filters give is safe
 * where it is markup. xmlattr refuses names with characters that would
 * begin another attribute, tojson escapes what would end a script element,
 * and urlencode quotes as Python's urllib does: in a query a blank is "+",
 * and "/" is quoted.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/arguments.h"
#include "jinja/builtins.h"
#include "jinja/web/html.h"
#include "jinja/web/urlize.h"
#include "value/dict.h"
#include "value/json_text.h"
#include "value/list.h"
#include "value/make.h"
#include "value/text.h"

/* value | escape, or e: leaves what is safe alone. */
static bool
filter_escape(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return mst_jinja_escape(ev, &args[0], result);
}

/* value | forceescape: escapes also what is safe. */
static bool
filter_forceescape(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprValue	plain = args[0];

	if (plain.kind == EXPR_STRING)
		plain.flags &= ~EXPR_MARKUP;
	return mst_jinja_escape(ev, &plain, result);
}

/* value | safe: the string is taken for markup from here on. */
static bool
filter_safe(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	*result = mst_jinja_markup(args[0]);
	return true;
}

/* value | striptags */
static bool
filter_striptags(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return mst_jinja_striptags(ev, &args[0], result);
}

/* ---- xmlattr ---- */

/*
 * Fails for a name with a character that would end it: somebody could smuggle
 * in another attribute.
 */
static bool
check_attribute_name(JinjaEval *ev, const ExprValue *key)
{
	if (key->kind != EXPR_STRING)
		return mst_jinja_fail(ev, "TypeError", "expected string or bytes-like object, got '%s'",
							  mst_value_type_name(key));
	for (int i = 0; i < key->len; i++)
	{
		char		c = key->u.string[i];

		if ((c >= '\t' && c <= '\r') || strchr(" />=", c) != NULL)
			return mst_jinja_fail(ev, "ValueError", "Invalid character in attribute name: %s",
								  mst_value_brief(ev->cxt, key));
	}
	return true;
}

/*
 * Appends name="value" for each entry, both escaped. Values that are null or
 * undefined are left out, so a template may give what it does not have.
 */
static bool
append_attributes(JinjaEval *ev, StringInfo out, ExprDict *dict, bool autospace)
{
	ExprValue	key;
	ExprValue	value;
	int			pos = 0;
	bool		more;
	bool		is_first = !autospace;

	for (;;)
	{
		if (!mst_dict_next(ev->cxt, dict, &pos, &key, &value, &more))
			return false;
		if (!more)
			return true;
		if (value.kind == EXPR_NULL || value.kind == EXPR_UNDEFINED)
			continue;
		if (!check_attribute_name(ev, &key) || !mst_jinja_escape(ev, &key, &key) ||
			!mst_jinja_escape(ev, &value, &value))
			return false;
		if (!mst_expr_charge(ev->cxt, (int64) out->len + key.len + value.len + 4))
			return false;
		appendStringInfo(out, "%s", is_first ? "" : " ");
		is_first = false;
		appendBinaryStringInfo(out, key.u.string, key.len);
		appendStringInfoString(out, "=\"");
		appendBinaryStringInfo(out, value.u.string, value.len);
		appendStringInfoChar(out, '"');
	}
}

/* dict | xmlattr(autospace): the result is safe where escaping is on. */
static bool
filter_xmlattr(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	StringInfoData out;

	mst_text_init(&out);
	if (!append_attributes(ev, &out, args[0].u.dict, args[1].u.boolean))
		return false;
	*result = mst_jinja_rendered(ev, &out);
	return true;
}

/* ---- urlencode ---- */

/* Percent-encodes; in a query "/" is encoded and a blank is "+". */
static bool
append_quoted(JinjaEval *ev, StringInfo out, const ExprValue *value, bool in_query)
{
	ExprValue	text;

	if (!mst_jinja_to_text(ev, value, &text) ||
		!mst_expr_charge(ev->cxt, (int64) out->len + (int64) text.len * 3))
		return false;
	for (int i = 0; i < text.len; i++)
	{
		unsigned char c = text.u.string[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			(c != 0 && strchr("_.-~", c) != NULL) || (c == '/' && !in_query))
			appendStringInfoChar(out, c);
		else if (c == ' ' && in_query)
			appendStringInfoChar(out, '+');
		else
			appendStringInfo(out, "%%%02X", c);
	}
	return true;
}

/* Takes a pair apart, as an assignment to two variables does. */
static bool
unpack_pair(JinjaEval *ev, const ExprValue *pair, ExprValue parts[2])
{
	ExprList   *list;

	if (!mst_jinja_check_defined(ev, pair))
		return false;
	if (!mst_jinja_is_iterable(pair))
		return mst_jinja_fail(ev, "TypeError", "cannot unpack non-iterable %s object",
							  mst_value_type_name(pair));
	if (!mst_jinja_to_list(ev, pair, &list))
		return false;
	if (mst_list_length(list) > 2)
		return mst_jinja_fail(ev, "ValueError", "too many values to unpack (expected 2)");
	if (mst_list_length(list) < 2)
		return mst_jinja_fail(ev, "ValueError", "not enough values to unpack (expected 2, got %d)",
							  mst_list_length(list));
	return mst_list_get(ev->cxt, list, 0, &parts[0]) && mst_list_get(ev->cxt, list, 1, &parts[1]);
}

/* Appends a mapping, or pairs, as the query of a URL. */
static bool
append_query(JinjaEval *ev, StringInfo out, const ExprValue *source)
{
	ExprValue	items = *source;
	ExprValue	pair;
	ExprValue	parts[2];
	ExprCursor	cursor;
	ExprNext	next;

	if (source->kind == EXPR_DICT)
		items = mst_value_view(source->u.dict, EXPR_VIEW_ITEMS);
	if (!mst_jinja_open(ev, &cursor, &items))
		return false;
	while ((next = mst_cursor_next(ev->cxt, &cursor, &pair)) == EXPR_NEXT_ITEM)
	{
		if (!unpack_pair(ev, &pair, parts))
			return false;
		if (out->len > 0)
			appendStringInfoChar(out, '&');
		if (!append_quoted(ev, out, &parts[0], true))
			return false;
		appendStringInfoChar(out, '=');
		if (!append_quoted(ev, out, &parts[1], true))
			return false;
	}
	return next == EXPR_NEXT_END;
}

/*
 * value
 *
 * urlencode: a string keeps its slashes; in a query they are quoted, too.
 */
static bool
filter_urlencode(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	StringInfoData out;

	mst_text_init(&out);
	if (args[0].kind != EXPR_STRING && mst_jinja_is_iterable(&args[0]))
	{
		if (!append_query(ev, &out, &args[0]))
			return false;
	}
	else if (!append_quoted(ev, &out, &args[0], false))
		return false;
	*result = mst_value_string_from(&out);
	return true;
}

/* ---- tojson ---- */

/* Python's json module knows fewer types than the one that stores results. */
static bool
check_json(JinjaEval *ev, const ExprValue *value)
{
	bool		done = true;
	ExprValue	item;

	switch ((ExprKind) value->kind)
	{
		case EXPR_NULL:
		case EXPR_BOOL:
		case EXPR_INT:
		case EXPR_BIGINT:
		case EXPR_FLOAT:
		case EXPR_STRING:
			return true;
		case EXPR_LIST:
		case EXPR_DICT:
			break;
		default:
			return mst_jinja_fail(ev, "TypeError", "Object of type %s is not JSON serializable",
								  value->kind == EXPR_UNDEFINED ? "StrictUndefined" :
								  mst_value_type_name(value));
	}
	if (!mst_expr_step(ev->cxt) || !mst_expr_enter(ev->cxt))
		return false;
	if (value->kind == EXPR_LIST)
	{
		for (int i = 0; done && i < mst_list_length(value->u.list); i++)
			done = mst_list_get(ev->cxt, value->u.list, i, &item) && check_json(ev, &item);
	}
	else
	{
		int			pos = 0;
		bool		more = true;

		while (done && more)
			done = mst_dict_next(ev->cxt, value->u.dict, &pos, NULL, &item, &more) &&
				(!more || check_json(ev, &item));
	}
	mst_expr_leave(ev->cxt);
	return done;
}

/*
 * value
 *
 * tojson(indent): JSON that can stand in HTML: keys are sorted, and < > & '
 * become escapes, so the result is safe.
 */
static bool
filter_tojson(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprJsonStyle style = {-1, ", ", ": ", true, true};
	int64		indent;
	StringInfoData out;

	if (args[1].kind != EXPR_NULL)
	{
		indent = 0;
		if (args[1].kind == EXPR_STRING)
			style.indent_text = &args[1];
		else if (!mst_jinja_int_argument(ev, &args[1], &indent))
			return false;
		style.indent = (int) Max(Min(indent, 1000), 0);
		style.item_separator = ",";
	}
	mst_text_init(&out);
	if (!check_json(ev, &args[0]) || !mst_value_json_dump(ev->cxt, &out, &args[0], &style))
		return false;
	*result = mst_jinja_markup(mst_value_string_from(&out));
	return true;
}

/* ---- urlize ---- */

/*
 * Reads the schemes that urlize() makes links of besides the usual ones; fails
 * for what is no scheme.
 */
static bool
get_schemes(JinjaEval *ev, const ExprValue *argument, JinjaUrlizeStyle *style)
{
	ExprList   *list;

	style->nschemes = 0;
	if (argument->kind == EXPR_NULL)
		return true;
	if (!mst_jinja_to_list(ev, argument, &list))
		return false;
	style->nschemes = mst_list_length(list);
	style->schemes = mst_list_items(ev->cxt, list);
	if (style->schemes == NULL)
		return style->nschemes == 0;
	for (int i = 0; i < style->nschemes; i++)
		if (style->schemes[i].kind != EXPR_STRING ||
			!mst_jinja_is_scheme(&style->schemes[i]))
			return mst_jinja_fail(ev, "FilterArgumentError", "%s is not a valid URI scheme prefix.",
								  mst_value_brief(ev->cxt, &style->schemes[i]));
	return true;
}

/*
 * text
 *
 * urlize(trim_url_limit, nofollow, target, rel, extra_schemes): escapes the
 * text, then makes links of what looks like one.
 */
static bool
filter_urlize(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	JinjaUrlizeStyle style = {args[1].u.integer};
	ExprValue	text;
	StringInfoData out;

	if (!get_schemes(ev, &args[5], &style))
		return false;
	style.rel = mst_jinja_make_rel(ev, args[4].kind == EXPR_STRING ? &args[4] : NULL, args[2].u.boolean);
	style.target = args[3].kind == EXPR_STRING && args[3].len > 0 ? &args[3] : NULL;
	if (!mst_jinja_escape(ev, &args[0], &text))
		return false;
	mst_text_init(&out);
	if (!mst_jinja_urlize(ev, &out, &text, &style))
		return false;
	*result = mst_jinja_rendered(ev, &out);
	return true;
}

const JinjaBuiltin mst_jinja_html_filters[] = {
	{"e", filter_escape, JINJA_TAKES("s:anything"), .python_name = "escape"},
	{"escape", filter_escape, JINJA_TAKES("s:anything"), .python_name = "escape"},
	{"forceescape", filter_forceescape, JINJA_TAKES("value:anything")},
	{"safe", filter_safe, JINJA_TAKES("value:text"), .python_name = "do_mark_safe"},
	{"striptags", filter_striptags, JINJA_TAKES("value:text")},
	{"tojson", filter_tojson, JINJA_TAKES("value:anything indent:any?=null")},
	{"urlencode", filter_urlencode, JINJA_TAKES("value:any?")},
	{"urlize", filter_urlize, JINJA_TAKES("value:any? trim_url_limit:int?=-1 nofollow:bool=false target:any?=null rel:any?=null extra_schemes:iter?=null")},
	{"xmlattr", filter_xmlattr, JINJA_TAKES("d:dict autospace:bool=true")},
	{NULL}
};
