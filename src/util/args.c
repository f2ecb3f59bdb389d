/*-------------------------------------------------------------------------
 *
 * args.c
 *	  Arguments of SQL functions that are not STRICT.
 *
 * Such a function looks at each argument itself, because some may be null; the
 * errors name the argument as SQL does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "util/args.h"
#include "util/errors.h"
#include "util/json.h"

/* Returns argument n as a palloc'd string; NULL if it is null. */
char *
mst_text_arg(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/* Returns argument n as a palloc'd string; raises an error if it is null or empty. */
char *
mst_required_text_arg(FunctionCallInfo fcinfo, int n, const char *name)
{
	char	   *value = mst_text_arg(fcinfo, n);

	if (value == NULL || *value == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("argument \"%s\" must not be null or empty", name)));
	return value;
}

/*
 * Returns argument n, a jsonb; NULL if it is null.  Raises an error if it is
 * not an object.
 */
Jsonb *
mst_object_arg(FunctionCallInfo fcinfo, int n, const char *name)
{
	Jsonb	   *value = PG_ARGISNULL(n) ? NULL : PG_GETARG_JSONB_P(n);

	if (value != NULL && !mst_json_is_object(value))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("argument \"%s\" must be a JSON object", name)));
	return value;
}
