/*-------------------------------------------------------------------------
 *
 * yaml_advice.c
 *	  What the author of a text that is no YAML may have meant.
 *
 * libyaml's messages name what its scanner met.  Most faults of definitions
 * are of a few kinds, which the text around the place tells apart: anchors
 * while they are switched off, and what has to be quoted and is not.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "tree/yaml.h"

/* A line of a text. */
typedef struct Line
{
	const char *begin;
	const char *end;
} Line;

/* Line "number" (from 1); false when there is none. */
static bool
find_line(const char *text, int len, int number, Line *line)
{
	const char *end = text + len;

	if (number < 1)
		return false;
	line->begin = text;
	for (;;)
	{
		const char *nl = memchr(line->begin, '\n', end - line->begin);

		line->end = nl != NULL ? nl : end;
		if (--number == 0)
			return true;
		if (nl == NULL)
			return false;
		line->begin = nl + 1;
	}
}

/*
 * Returns the first of the marks on the line that is not within quotes, or
 * NULL; with "at_value" only where a value begins.
 */
static const char *
find_mark(const Line *line, const char *const *marks, bool at_value)
{
	char		quote = '\0';
	char		before = ':';	/* the last character that is no space */

	for (const char *p = line->begin; p + 1 < line->end; p++)
	{
		if (quote == '\0' && (!at_value || strchr(":-,[{", before) != NULL))
		{
			for (const char *const *mark = marks; *mark != NULL; mark++)
			{
				if (strncmp(p, *mark, 2) == 0)
					return p;
			}
		}
		if (quote == *p)
			quote = '\0';
		else if (quote == '\0' && (*p == '"' || *p == '\''))
			quote = *p;
		if (*p != ' ')
			before = *p;
	}
	return NULL;
}

static char *
advise_expression(const Line *line)
{
	static const char *const jinja[] = {"{{", "{%", NULL};
	static const char *const yaql[] = {"<%", NULL};
	const char *mark = find_mark(line, jinja, true);

	if (mark != NULL)
		return psprintf("Put the value into quotes: to YAML, \"%.2s\" begins a mapping.", mark);
	if (find_mark(line, yaql, false) != NULL)
		return pstrdup("Put the expression into quotes: colons, commas and brackets within it are YAML's otherwise.");
	return NULL;
}

/* Returns the character that the error is about, or NUL. */
static char
character_at(const Line *line, int column)
{
	const char *p = line->begin;

	while (--column > 0 && p < line->end)
	{
		/* columns count characters */
		do
			p++;
		while (p < line->end && ((unsigned char) *p & 0xC0) == 0x80);
	}
	return p < line->end ? *p : '\0';
}

static char *
advise_character(const Line *line, const YamlError *error)
{
	char		c = character_at(line, error->column);

	if (strstr(error->message, "mapping values are not allowed") != NULL)
		return pstrdup("Put a text that contains \": \" into quotes.");
	if (strstr(error->message, "cannot start any token") == NULL)
		return NULL;
	if (c == '\t')
		return pstrdup("Indent with spaces: YAML takes no tabs there.");
	if (c == '%' || c == '@' || c == '`')
		return psprintf("Put a text that begins with \"%c\" into quotes.", c);
	return NULL;
}

/*
 * Returns whether the text uses anchors and aliases that the options do not
 * let it use: with them it can be read, and says something else.
 */
bool
mst_yaml_misses_anchors(const char *text, int len, const YamlOptions *options)
{
	YamlOptions with = *options;
	YamlError	error;
	const SpecNode *plain;
	const SpecNode *anchored;

	if (options->has_anchors || memchr(text, '&', len) == NULL ||
		memchr(text, '*', len) == NULL)
		return false;
	with.has_anchors = true;
	anchored = mst_yaml_load(text, len, &with, &error);
	if (anchored == NULL)
		return false;
	plain = mst_yaml_load(text, len, options, &error);
	return plain == NULL || !mst_node_equal(plain, anchored);
}

/*
 * Returns a hint for a text that mst_yaml_load() has refused with "error", or
 * NULL when nothing is known about it.  The hint is palloc'd.
 */
char *
mst_yaml_advise(const char *text, int len, const YamlOptions *options,
				const YamlError *error)
{
	char	   *hint = NULL;
	Line		line;

	if (error->is_limit)
		return NULL;
	if (mst_yaml_misses_anchors(text, len, options))
		return pstrdup(YAML_ANCHORS_HINT);
	for (int i = 0; i < 2 && hint == NULL; i++)
	{
		/* what is torn on one line may be noticed on the next */
		if (find_line(text, len, error->line - i, &line))
			hint = advise_expression(&line);
	}
	if (hint == NULL && find_line(text, len, error->line, &line))
		hint = advise_character(&line, error);
	return hint;
}
