/*-------------------------------------------------------------------------
 *
 * shorthand.c
 *	  One-line forms: "name key=value ...", and "variable in source".
 *
 * The rules for values are odd (a bare word is dropped, a bracket reaches to
 * the last one of the text) and kept as they are, since definitions depend on
 * them; what they drop is warned of.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "dsl/shorthand.h"
#include "tree/charclass.h"

static const char *
skip_spaces(const char *p, const char *end)
{
	int			n;

	while ((n = mst_utf8_skip_space(p, end)) > 0)
		p += n;
	return p;
}

/* End of the command that the text begins with, or NULL. */
static const char *
command_end(const char *p, const char *end)
{
	const char *start = p;

	if (*p == '<' || *p == '{')
		return mst_text_expression_end(p, end);
	if (*p != '.' && mst_utf8_skip_word(p, end) == 0)
		return NULL;
	while (p < end && strchr("=(\"", *p) == NULL && mst_utf8_skip_space(p, end) == 0)
		p++;
	return p > start ? p : NULL;
}

/* End of a key that begins at p, or p. */
static const char *
key_end(const char *p, const char *end)
{
	for (;;)
	{
		int			n = *p == '-' && p < end ? 1 : mst_utf8_skip_word(p, end);

		if (n == 0)
			return p;
		p += n;
	}
}

/*
 * What has been looked for in vain in the rest of a line.  Values begin at
 * places further and further to the right, so this need not be done twice.
 */
typedef struct LineMarks
{
	const char *no_yaql_until;	/* no "%>" from the last place up to here */
	const char *no_jinja_until;
	const char *bracket_until;	/* end of the line whose last "]" is known */
	const char *bracket;		/* or NULL */
} LineMarks;

static const char *
line_end(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', end - p);

	return nl != NULL ? nl : end;
}

/* Returns the last "]" on the line that p is on, or NULL. */
static const char *
last_bracket(const char *p, const char *end, LineMarks *marks)
{
	if (marks->bracket_until == NULL || p >= marks->bracket_until)
	{
		marks->bracket_until = line_end(p, end);
		marks->bracket = NULL;
		for (const char *q = p; q < marks->bracket_until; q++)
		{
			if (*q == ']')
				marks->bracket = q;
		}
	}
	return marks->bracket != NULL && marks->bracket >= p ? marks->bracket : NULL;
}

/* End of the expression at p that can be a value; blocks of a template cannot. */
static const char *
value_expression_end(const char *p, const char *end, LineMarks *marks)
{
	const char **until = *p == '<' ? &marks->no_yaql_until : &marks->no_jinja_until;
	const char *close;

	if (end - p < 2 || (*until != NULL && p < *until) ||
		(strncmp(p, "<%", 2) != 0 && strncmp(p, "{{", 2) != 0))
		return NULL;
	close = mst_text_expression_end(p, end);
	if (close == NULL)
		*until = line_end(p, end);
	return close;
}

/* Returns a value that is kept as text. */
static SpecNode *
text_value(const char *from, const char *to, const SpecNode *at)
{
	return mst_node_string(from, to - from, at);
}

/* Returns a value that is read as JSON, or else kept as text. */
static SpecNode *
json_value(const char *from, const char *to, const SpecNode *at)
{
	SpecNode   *node = mst_node_from_json(from, to - from, at);

	return node != NULL ? node : text_value(from, to, at);
}

/*
 * Reads the value at p.  Returns NULL when there is none of the known forms;
 * *next is the place behind it.
 */
static SpecNode *
read_value(const char *p, const char *end, const SpecNode *at, LineMarks *marks,
		   const char **next)
{
	static const char *const words[] = {"true", "false", "null"};
	const char *close;
	int			len;

	if (p >= end)
		return NULL;
	if (*p == '"' || *p == '\'')
	{
		close = memchr(p + 1, *p, end - p - 1);
		if (close == NULL)
			return NULL;
		*next = close + 1;
		return text_value(p + 1, close, at);
	}
	close = value_expression_end(p, end, marks);
	if (close != NULL)
	{
		*next = close;
		return text_value(p, close, at);
	}
	if (*p == '[')
	{
		close = last_bracket(p, end, marks);
		if (close == NULL)
			return NULL;
		*next = close + 1;
		return json_value(p, close + 1, at);
	}
	for (int i = 0; i < lengthof(words); i++)
	{
		len = strlen(words[i]);
		if (end - p >= len && strncmp(p, words[i], len) == 0)
		{
			*next = p + len;
			return json_value(p, p + len, at);
		}
	}
	close = p;
	while ((len = mst_utf8_skip_digit(close, end)) > 0)
		close += len;
	*next = close;
	return close > p ? json_value(p, close, at) : NULL;
}

/*
 * Finds the next "key=value" at or behind p.  Returns its value, or NULL at
 * the end; *key and *key_len tell the key, *next is the place behind it.
 */
static SpecNode *
next_param(const char *p, const char *end, const SpecNode *at, LineMarks *marks,
		   const char **key, int *key_len, const char **next)
{
	while (p < end)
	{
		const char *to = key_end(p, end);
		SpecNode   *value = NULL;

		if (to > p && to < end && *to == '=')
			value = read_value(to + 1, end, at, marks, next);
		if (value != NULL)
		{
			*key = p;
			*key_len = to - p;
			return value;
		}
		p = to > p ? to : p + 1;
	}
	return NULL;
}

/* Returns whether this is "command(key=...)" without any whitespace. */
static bool
is_call_form(const char *text, int len)
{
	const char *end = text + len;
	const char *p = text;
	const char *key;
	int			n;

	while ((n = mst_utf8_skip_word(p, end)) > 0)
		p += n;
	if (p == text || p >= end || *p != '(' || end[-1] != ')')
		return false;
	key = ++p;
	while ((n = mst_utf8_skip_word(p, end)) > 0)
		p += n;
	return p > key && p < end && *p == '=';
}

/* Parse; false when the text does not begin with a name. */
bool
mst_shorthand_parse(const SpecNode *text, ShorthandText *result)
{
	const char *p = text->u.text;
	const char *end = p + text->len;
	const char *key;
	const char *next;
	int			key_len;
	SpecNode   *value;
	LineMarks	marks = {0};

	result->params = NULL;
	if (memchr(p, ' ', text->len) == NULL && !is_call_form(p, text->len))
	{
		result->command = pnstrdup(p, text->len);
		return true;
	}
	next = command_end(p, end);
	if (next == NULL)
		return false;
	result->command = pnstrdup(p, next - p);
	while ((value = next_param(p, end, text, &marks, &key, &key_len, &next)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (result->params == NULL)
			result->params = mst_node_new(NODE_MAP, text);
		mst_node_set(result->params, mst_node_string(key, key_len, text), value);
		p = next;
	}
	return true;
}

/*
 * Warns if there is more than whitespace, commas and parentheses in a
 * piece.
 */
static void
warn_piece(SpecContext *cxt, const SpecNode *text, const char *from, const char *to)
{
	char	   *piece;

	while (from < to && strchr(" \t\r\n,()", *from) != NULL)
		from++;
	while (to > from && strchr(" \t\r\n,()", to[-1]) != NULL)
		to--;
	if (from >= to)
		return;
	piece = pnstrdup(from, to - from);
	mst_check_warn(cxt, text, "\"%s\" is not understood and ignored", piece);
	mst_check_warn_hint(cxt, "Put values in quotes, or write a mapping under \"input\".");
}

/*
 * Warn of what mst_shorthand_parse() drops; the text has been parsed.
 */
static void
warn_of_rest(SpecContext *cxt, const SpecNode *text)
{
	const char *end = text->u.text + text->len;
	const char *p;
	const char *key;
	const char *next;
	int			key_len;
	LineMarks	marks = {0};

	if (memchr(text->u.text, ' ', text->len) == NULL)
		return;
	p = command_end(text->u.text, end);
	while (next_param(p, end, text, &marks, &key, &key_len, &next) != NULL)
	{
		warn_piece(cxt, text, p, key);
		p = next;
	}
	warn_piece(cxt, text, p, end);
}

/*
 * Checks the attribute "name" of a mapping.  Its parameters are merged into
 * the attribute "input_name" where there is one, and win; the text stays.
 */
bool
mst_shorthand_check(SpecContext *cxt, SpecNode *map, const char *name,
					const char *input_name)
{
	SpecNode   *text = mst_node_get(map, name);
	SpecNode   *input = mst_node_get(map, input_name);
	ShorthandText parsed;
	bool		ok = true;

	if (text == NULL || text->kind != NODE_STRING)
		return true;
	mst_check_enter(cxt, NULL, name);
	if (!mst_shorthand_parse(text, &parsed))
	{
		mst_check_fail(cxt, text, ERRCODE_MISTRAL_INVALID_MODEL,
					   "Invalid action/workflow task property: \"%s\" does not begin with a name",
					   text->u.text);
		ok = mst_check_hint(cxt, "Write a name, then parameters as key=value.");
	}
	if (ok)
	{
		warn_of_rest(cxt, text);
		ok = parsed.params == NULL || mst_check_syntax(cxt, parsed.params);
	}
	mst_check_leave(cxt);
	if (!ok || parsed.params == NULL || input == NULL)
		return ok;
	if (input->kind != NODE_MAP)
	{
		mst_check_invalid(cxt, input,
						  "\"%s\" must be a mapping when there are parameters behind the name",
						  input_name);
		return mst_check_hint(cxt, "Write all parameters in one place.");
	}
	mst_node_merge(input, parsed.params);
	return true;
}

/*
 * Returns the command in the attribute "name" of a checked mapping, NULL
 * without one, and the whole input, NULL without one.
 */
char *
mst_shorthand_split(const SpecNode *map, const char *name, const char *input_name,
					const SpecNode **input)
{
	const SpecNode *text = mst_node_get(map, name);
	ShorthandText parsed;

	*input = mst_node_get(map, input_name);
	if (text == NULL || text->kind != NODE_STRING)
		return NULL;
	if (!mst_shorthand_parse(text, &parsed))
		return text->u.text;
	if (parsed.params != NULL && *input == NULL)
		*input = parsed.params;
	return parsed.command;
}

/* ---- with-items ---- */

/* Reads the source at p; NULL when there is none. */
static SpecNode *
items_source(const char *p, const char *end, const SpecNode *at, LineMarks *marks,
			 const char **next)
{
	const char *close;

	if (p < end && *p == '[')
	{
		SpecNode   *list;

		close = last_bracket(p, end, marks);
		if (close == NULL || close == p + 1)
			return NULL;
		*next = close + 1;
		list = mst_node_from_json(p, close + 1 - p, at);
		return list;
	}
	close = value_expression_end(p, end, marks);
	if (close == NULL)
		return NULL;
	*next = close;
	return text_value(p, close, at);
}

/*
 * Takes an entry of with-items apart; false when it is not of the form
 * "variable in source".
 */
bool
mst_shorthand_items(const SpecNode *text, ItemsText *result)
{
	const char *end = text->u.text + text->len;
	const char *from = skip_spaces(text->u.text, end);
	const char *to = key_end(from, end);
	const char *next = NULL;

	/*
	 * the variable is as long as possible, but blanks around "in" are
	 * optional
	 */
	for (; to > from; to--)
	{
		const char *p = skip_spaces(to, end);
		LineMarks	marks = {0};

		if (end - p < 2 || strncmp(p, "in", 2) != 0)
			continue;
		result->source = items_source(skip_spaces(p + 2, end), end, text, &marks, &next);
		if (result->source == NULL)
			continue;
		result->variable = pnstrdup(from, to - from);
		result->has_rest = skip_spaces(next, end) < end;
		return true;
	}
	return false;
}

/* ---- retry ---- */

/*
 * Returns the retry policy as a mapping where it was written on one line, else
 * the node as it is; NULL for NULL.
 */
const SpecNode *
mst_shorthand_retry(const SpecNode *node)
{
	ShorthandText parsed;

	if (node == NULL || node->kind != NODE_STRING)
		return node;
	if (mst_shorthand_parse(node, &parsed) && parsed.params != NULL)
		return parsed.params;
	return mst_node_new(NODE_MAP, node);
}
