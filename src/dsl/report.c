/*-------------------------------------------------------------------------
 *
 * report.c
 *	  What is wrong with a definition, for people and for programs.
 *
 * Warnings are kept in the order in which checks find them, and shown by
 * their places in the text.  A suggestion is a name at a small edit
 * distance, which grows with the length of the name; none is better than a
 * wrong one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/varlena.h"

#include "dsl/report.h"

/* names longer than this get no suggestion; the distance is quadratic */
#define MAX_SUGGEST_LEN 100

static int
name_distance(const char *a, const char *b, int max)
{
	int			a_len = strlen(a);
	int			b_len = strlen(b);

	if (a_len > MAX_SUGGEST_LEN || b_len > MAX_SUGGEST_LEN ||
		abs(a_len - b_len) > max)
		return max + 1;
	return varstr_levenshtein_less_equal(a, a_len, b, b_len, 1, 1, 1, max, true);
}

/* Returns how far a name may be off and still be meant. */
static int
max_distance(const char *name)
{
	return strlen(name) <= 3 ? 1 : Min(3, 1 + (int) strlen(name) / 4);
}

/*
 * Returns the candidate that a misspelt name is closest to, or NULL when none
 * is near.  Candidates end with NULL.
 */
const char *
mst_spec_suggest(const char *name, const char *const *candidates)
{
	const char *best = NULL;
	int			limit = max_distance(name);

	for (; *candidates != NULL; candidates++)
	{
		int			d = name_distance(name, *candidates, limit);

		if (d <= limit)
		{
			best = *candidates;
			limit = d - 1;
		}
	}
	return best;
}

/* Returns the string key of a mapping that a misspelt name is closest to. */
const char *
mst_spec_suggest_key(const char *name, const SpecNode *map)
{
	const char *best = NULL;
	int			limit = max_distance(name);

	for (int i = 0; i < map->len; i++)
	{
		const SpecNode *key = map->u.entries[i].key;
		int			d;

		if (key->kind != NODE_STRING)
			continue;
		d = name_distance(name, key->u.text, limit);
		if (d <= limit)
		{
			best = key->u.text;
			limit = d - 1;
		}
	}
	return best;
}

/* "line 3, column 5: task \"a\"", or NULL when nothing is known. */
static char *
place_text(const SpecMessage *message)
{
	if (message->line > 0 && message->path != NULL)
		return psprintf("line %d, column %d, in %s",
						message->line, message->column, message->path);
	if (message->line > 0)
		return psprintf("line %d, column %d", message->line, message->column);
	return message->path;
}

/* Raises the error of the report, which has one. */
void
mst_spec_raise(const SpecReport *report)
{
	const SpecMessage *error = report->error;
	char	   *place = place_text(error);

	ereport(ERROR,
			(errcode(error->sqlstate),
			 errmsg("%s", error->message),
			 place != NULL ? errdetail("This is at %s.", place) : 0,
			 error->hint != NULL ? errhint("%s", error->hint) : 0));
	pg_unreachable();
}

/*
 * Everything in one text.
 */
static char *
message_text(const SpecMessage *message)
{
	StringInfoData out;
	char	   *place = place_text(message);

	initStringInfo(&out);
	appendStringInfoString(&out, message->message);
	/* texts of the expression languages end as they like */
	if (out.len > 0 && out.data[out.len - 1] != '.')
		appendStringInfoChar(&out, '.');
	if (place != NULL)
		appendStringInfo(&out, " This is at %s.", place);
	if (message->hint != NULL)
		appendStringInfo(&out, " %s", message->hint);
	return out.data;
}

/* Order warnings by their place. */
static int
compare_places(const ListCell *a, const ListCell *b)
{
	const SpecMessage *x = lfirst(a);
	const SpecMessage *y = lfirst(b);

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return strcmp(x->message, y->message);
}

/*
 * Puts the warnings into the order of the text.
 */
void
mst_spec_report_sort(SpecReport *report)
{
	list_sort(report->warnings, compare_places);
}

static void
set_text(SpecNode *map, const char *name, const char *text)
{
	if (text != NULL)
		mst_node_set_name(map, name, mst_node_string(text, strlen(text), NULL));
}

static void
set_place(SpecNode *map, const SpecMessage *message)
{
	if (message->line > 0)
	{
		mst_node_set_name(map, "line", mst_node_integer(message->line, NULL));
		mst_node_set_name(map, "column", mst_node_integer(message->column, NULL));
	}
	set_text(map, "path", message->path);
	set_text(map, "hint", message->hint);
}

/*
 * Returns the report as JSON: {"valid": true, "warnings": [...]} or {"valid":
 * false, "error": text, "sqlstate": ..., "line": ..., "warnings": [...]}.
 */
Jsonb *
mst_spec_report_jsonb(const SpecReport *report)
{
	SpecNode   *result = mst_node_new(NODE_MAP, NULL);
	SpecNode   *warnings = mst_node_new(NODE_LIST, NULL);
	ListCell   *lc;

	mst_node_set_name(result, "valid",
					  mst_node_boolean(report->error == NULL, NULL));
	if (report->error != NULL)
	{
		set_text(result, "error", message_text(report->error));
		set_text(result, "message", report->error->message);
		set_text(result, "sqlstate", unpack_sql_state(report->error->sqlstate));
		set_place(result, report->error);
	}
	foreach(lc, report->warnings)
	{
		SpecNode   *warning = mst_node_new(NODE_MAP, NULL);

		set_text(warning, "message", ((SpecMessage *) lfirst(lc))->message);
		set_place(warning, lfirst(lc));
		mst_node_append(warnings, warning);
	}
	mst_node_set_name(result, "warnings", warnings);
	return mst_node_jsonb(result);
}
