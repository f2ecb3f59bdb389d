/*-------------------------------------------------------------------------
 *
 * patterns.c
 *	  Functions on regular expressions.
 *
 * A selector sees each match as records {value, start, end}: $1 (or $) the
 * whole match, $2 the first group and so on.  A group that took no part has
 * the value null and stands at -1.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/dict.h"
#include "value/make.h"
#include "value/regex.h"
#include "value/unicode.h"
#include "yaql/builtin_tables.h"
#include "yaql/sequences.h"
#include "yaql/strings.h"

/*
 * regex(pattern, ignoreCase, multiLine, dotAll): compiles once; a pattern
 * given as a string is compiled at each use, from a cache.
 */
static bool
fn_regex(YaqlCall *call, ExprValue *result)
{
	int			flags = 0;

	if (mst_value_is_true(&call->args[1]))
		flags |= EXPR_REGEX_IGNORE_CASE;
	if (mst_value_is_true(&call->args[2]))
		flags |= EXPR_REGEX_MULTI_LINE;
	if (mst_value_is_true(&call->args[3]))
		flags |= EXPR_REGEX_DOT_ALL;
	return mst_regex_compile(call->cxt, &call->args[0], flags, result);
}

/* escapeRegex(text) */
static bool
fn_escape_regex(YaqlCall *call, ExprValue *result)
{
	return mst_regex_escape(call->cxt, &call->args[0], result);
}

/*
 * Answers whether a pattern is found anywhere in a string, which is what YAQL
 * calls to match: nothing is anchored.
 */
static bool
matches_regex(YaqlCall *call, const ExprRegex *regex, const ExprValue *subject, ExprValue *result)
{
	bool		found;

	if (!mst_regex_search(call->cxt, regex, subject, 0, false, NULL, &found))
		return false;
	*result = mst_value_bool(found);
	return true;
}

/* regexp.matches(text) */
static bool
fn_matches(YaqlCall *call, ExprValue *result)
{
	return matches_regex(call, call->args[0].u.regex, &call->args[1], result);
}

/* text.matches(pattern) */
static bool
fn_matches_text(YaqlCall *call, ExprValue *result)
{
	ExprValue	regex;

	return mst_regex_compile(call->cxt, &call->args[1], 0, &regex) &&
		matches_regex(call, regex.u.regex, &call->args[0], result);
}

/* ---- matches as values ---- */

/* The record of one group (0: the whole match). */
static bool
group_record(EvalContext *cxt, const ExprValue *subject, const ExprMatch *match,
			 int group, ExprValue *result)
{
	ExprDict   *record = mst_dict_new(3);
	int			start = match->starts[group];
	int			end = match->ends[group];
	ExprValue	value = mst_value_null();
	ExprValue	first = mst_value_int(-1);
	ExprValue	last = mst_value_int(-1);

	if (start >= 0)
	{
		value = mst_value_string(subject->u.string + start, end - start);
		first = mst_value_int(mst_utf8_index(subject->u.string, start));
		last = mst_value_int(first.u.integer +
							 mst_utf8_length(subject->u.string + start, end - start));
	}
	if (!mst_dict_set_name(cxt, record, "value", &value) ||
		!mst_dict_set_name(cxt, record, "start", &first) ||
		!mst_dict_set_name(cxt, record, "end", &last))
		return false;
	*result = mst_value_dict(record, false);
	return true;
}

/*
 * The selector's value for a match; without selector the matched text.  Named
 * groups make selectors fail, as they do in the reference, which takes their
 * records apart as if they were pairs.
 */
static bool
select_match(EvalContext *cxt, const ExprRegex *regex, const ExprValue *subject,
			 const ExprMatch *match, const YaqlLambda *selector, ExprValue *result)
{
	ExprValue	groups[100];

	if (selector == NULL)
	{
		*result = mst_value_string(subject->u.string + match->starts[0],
								   match->ends[0] - match->starts[0]);
		return true;
	}
	for (int i = 0; i <= match->ngroups; i++)
	{
		if (i > 0 && mst_regex_group_name(regex, i) != NULL)
			return mst_expr_fail(cxt, "ValueError",
								 "not enough values to unpack (expected 2, got 1)");
		if (!group_record(cxt, subject, match, i, &groups[i]))
			return false;
	}
	return mst_yaql_apply(cxt, selector, groups, match->ngroups + 1, result);
}

/*
 * regexp.search(text, selector): the first match, or what the selector makes
 * of it; null if there is none.
 */
static bool
fn_search(YaqlCall *call, ExprValue *result)
{
	const ExprRegex *regex = call->args[0].u.regex;
	ExprMatch	match;
	bool		found;

	if (!mst_regex_search(call->cxt, regex, &call->args[1], 0, false, &match, &found))
		return false;
	*result = mst_value_null();
	return !found || select_match(call->cxt, regex, &call->args[1], &match,
								  mst_yaql_lambda(&call->args[2]), result);
}

/* ---- all matches, lazily ---- */

typedef struct MatchIterator
{
	ExprIterator iterator;
	const ExprRegex *regex;
	ExprValue	subject;
	const YaqlLambda *selector;
	int			at;
	bool		after_empty;
	bool		is_done;
} MatchIterator;

/*
 * Finds the next match behind the last one. An empty match is followed by a
 * look at the same place that must not be empty again, as in Python, or the
 * search would stand still.
 */
static ExprNext
next_match(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	MatchIterator *it = (MatchIterator *) iterator;
	ExprMatch	match;
	bool		found;

	if (it->is_done)
		return EXPR_NEXT_END;
	if (!mst_regex_next(cxt, it->regex, &it->subject, &it->at, &it->after_empty,
						&match, &found))
		return EXPR_NEXT_ERROR;
	it->is_done = !found;
	if (!found)
		return EXPR_NEXT_END;
	if (!select_match(cxt, it->regex, &it->subject, &match, it->selector, item))
		return EXPR_NEXT_ERROR;
	return EXPR_NEXT_ITEM;
}

static const ExprIteratorOps matches_ops = {"generator", next_match, NULL};

/*
 * regexp.searchAll(text, selector): an iterator, which searches as it is drawn
 * from.
 */
static bool
fn_search_all(YaqlCall *call, ExprValue *result)
{
	MatchIterator *it = palloc0(sizeof(MatchIterator));

	it->iterator.ops = &matches_ops;
	it->regex = call->args[0].u.regex;
	it->subject = call->args[1];
	it->selector = mst_yaql_keep_lambda(&call->args[2]);
	*result = mst_value_iterator(&it->iterator);
	return true;
}

/* ---- splitting and replacing ---- */

/*
 * Splits a string at matches. "regex" and "subject" are the places of the two
 * among the arguments, which differ in the two forms of the method.
 */
static bool
split_by_regex(YaqlCall *call, int regex, int subject, ExprValue *result)
{
	ExprList   *list;
	int64		max;

	if (!mst_yaql_count(call->cxt, &call->args[2], &max) ||
		!mst_regex_split(call->cxt, call->args[regex].u.regex, &call->args[subject],
						 max, &list))
		return false;
	*result = mst_value_list(list, false);
	return true;
}

/* regexp.split(text, maxSplit) */
static bool
fn_split(YaqlCall *call, ExprValue *result)
{
	return split_by_regex(call, 0, 1, result);
}

/* text.split(regexp, maxSplit) */
static bool
fn_split_text(YaqlCall *call, ExprValue *result)
{
	return split_by_regex(call, 1, 0, result);
}

/*
 * Replaces matches by a string in which \1 and the like stand for groups;
 * "regex" and "subject" as for split_by_regex().
 */
static bool
replace_matches(YaqlCall *call, int regex, int subject, ExprValue *result)
{
	int64		count;

	return mst_yaql_count(call->cxt, &call->args[3], &count) &&
		mst_regex_replace(call->cxt, call->args[regex].u.regex, &call->args[subject],
						  &call->args[2], count, result);
}

/* regexp.replace(text, replacement, count) */
static bool
fn_replace(YaqlCall *call, ExprValue *result)
{
	return replace_matches(call, 0, 1, result);
}

/* text.replace(regexp, replacement, count) */
static bool
fn_replace_text(YaqlCall *call, ExprValue *result)
{
	return replace_matches(call, 1, 0, result);
}

/* The state of a replacement by lambda. */
typedef struct Replacement
{
	const ExprRegex *regex;
	const ExprValue *subject;
	const YaqlLambda *lambda;
} Replacement;

/*
 * Appends what the lambda makes of a match; null is nothing. The message of
 * another kind is the one that Python's join() gives inside its re.sub().
 */
static bool
replace_match(EvalContext *cxt, const ExprMatch *match, void *arg, StringInfo out)
{
	Replacement *replacement = arg;
	ExprValue	text;

	if (!select_match(cxt, replacement->regex, replacement->subject, match,
					  replacement->lambda, &text))
		return false;
	if (text.kind == EXPR_NULL)
		return true;
	if (text.kind != EXPR_STRING)
		return mst_expr_fail(cxt, "TypeError",
							 "sequence item 1: expected str instance, %s found",
							 mst_value_type_name(&text));
	return mst_yaql_append_string(cxt, out, &text);
}

/*
 * Replaces matches by what a lambda makes of them; "regex" and "subject" as
 * for split_by_regex().
 */
static bool
replace_by(YaqlCall *call, int regex, int subject, ExprValue *result)
{
	Replacement replacement;
	int64		count;

	replacement.regex = call->args[regex].u.regex;
	replacement.subject = &call->args[subject];
	replacement.lambda = mst_yaql_lambda(&call->args[2]);
	return mst_yaql_count(call->cxt, &call->args[3], &count) &&
		mst_regex_replace_by(call->cxt, replacement.regex, replacement.subject,
							 replace_match, &replacement, count, result);
}

/* regexp.replaceBy(text, lambda, count) */
static bool
fn_replace_by(YaqlCall *call, ExprValue *result)
{
	return replace_by(call, 0, 1, result);
}

/* text.replaceBy(regexp, lambda, count) */
static bool
fn_replace_text_by(YaqlCall *call, ExprValue *result)
{
	return replace_by(call, 1, 0, result);
}

const YaqlBuiltin mst_yaql_regex_functions[] =
{
	{"escapeRegex", YAQL_FUNCTION, "string:str", fn_escape_regex},
	{"matches", YAQL_METHOD, "regexp:regex string:str", fn_matches},
	{"matches", YAQL_METHOD, "string:str regexp:str", fn_matches_text},
	{"regex", YAQL_FUNCTION,
		"pattern:str ignoreCase:bool?=false multiLine:bool?=false dotAll:bool?=false",
	fn_regex},
	{"replace", YAQL_METHOD, "regexp:regex string:str repl:str count:int=0", fn_replace},
	{"replace", YAQL_METHOD, "string:str regexp:regex repl:str count:int=0", fn_replace_text},
	{"replaceBy", YAQL_METHOD, "regexp:regex string:str repl:lambda count:int=0", fn_replace_by},
	{"replaceBy", YAQL_METHOD, "string:str regexp:regex repl:lambda count:int=0", fn_replace_text_by},
	{"search", YAQL_METHOD, "regexp:regex string:str selector:lambda=null", fn_search},
	{"searchAll", YAQL_METHOD, "regexp:regex string:str selector:lambda=null", fn_search_all},
	{"split", YAQL_METHOD, "regexp:regex string:str maxSplit:int=0", fn_split},
	{"split", YAQL_METHOD, "string:str regexp:regex maxSplit:int=0", fn_split_text},
	{NULL}
};
