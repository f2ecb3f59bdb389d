/*-------------------------------------------------------------------------
 *
 * builtin_functions.c
 *	  mistral.builtin_functions().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "expr/reference.h"
#include "store/statement.h"

PG_FUNCTION_INFO_V1(mistral_builtin_functions);

#define MAX_EXAMPLES	8

enum
{
	COLUMN_POSITION,
	COLUMN_LANGUAGE,
	COLUMN_TOPIC,
	COLUMN_INTRODUCTION,
	COLUMN_KIND,
	COLUMN_NAME,
	COLUMN_USAGE,
	COLUMN_PARAMETERS,
	COLUMN_DESCRIPTION,
	COLUMN_EXAMPLES,
	COLUMN_RESULTS,
	NCOLUMNS
};

/* Splits the lines of an entry into its examples and their results. */
static void
split_examples(const char *lines, Datum *values)
{
	Datum		parts[2][MAX_EXAMPLES];
	int			n = 0;

	while (*lines != '\0' && n < 2 * MAX_EXAMPLES)
	{
		int			len = strcspn(lines, "\n");

		parts[n % 2][n / 2] = PointerGetDatum(cstring_to_text_with_len(lines, len));
		n++;
		lines += len;
		lines += strspn(lines, "\n");
	}
	values[COLUMN_EXAMPLES] = PointerGetDatum(
											  construct_array(parts[0], (n + 1) / 2, TEXTOID, -1, false, TYPALIGN_INT));
	values[COLUMN_RESULTS] = PointerGetDatum(
											 construct_array(parts[1], n / 2, TEXTOID, -1, false, TYPALIGN_INT));
}

static void
set_text(Datum *values, bool *nulls, int column, const char *text)
{
	nulls[column] = text == NULL;
	values[column] = text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
}

/*
 * Returns one row; arg: the ReturnSetInfo.  Operators have no rows in the
 * tables of builtins, so what describes none of those must be one.
 */
static void
return_function(void *arg, const char *language, const ExprBuiltin *builtin,
				const ExprReference *entry, int position)
{
	ReturnSetInfo *rsinfo = arg;
	Datum		values[NCOLUMNS];
	bool		nulls[NCOLUMNS] = {false};

	values[COLUMN_POSITION] = Int32GetDatum(position);
	nulls[COLUMN_POSITION] = entry == NULL;
	set_text(values, nulls, COLUMN_LANGUAGE, language);
	set_text(values, nulls, COLUMN_TOPIC, entry != NULL ? entry->topic : NULL);
	set_text(values, nulls, COLUMN_INTRODUCTION,
			 entry != NULL ? mst_expr_reference_introduction(entry->topic) : NULL);
	set_text(values, nulls, COLUMN_KIND, builtin != NULL ? builtin->kind :
			 strstr(entry->topic, "operators") != NULL ? "operator" : NULL);
	set_text(values, nulls, COLUMN_NAME, builtin != NULL ? builtin->name : NULL);
	set_text(values, nulls, COLUMN_USAGE, builtin != NULL ? builtin->usage : entry->usage);
	set_text(values, nulls, COLUMN_PARAMETERS, builtin != NULL ? builtin->params : NULL);
	set_text(values, nulls, COLUMN_DESCRIPTION, entry != NULL ? entry->description : NULL);
	split_examples(entry != NULL ? entry->examples : "", values);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/*
 * mistral.builtin_functions() returns setof record
 */
Datum
mistral_builtin_functions(PG_FUNCTION_ARGS)
{
	mst_return_begin(fcinfo);
	mst_expr_reference_each(return_function, fcinfo->resultinfo);
	return (Datum) 0;
}
