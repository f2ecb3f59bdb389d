/*-------------------------------------------------------------------------
 *
 * call_kinds.c
 *	  The names of the kinds of delayed calls.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/call_kinds.h"

#define CALL_KIND_NAME(constant, name, flags) [CALL_##constant] = #name,

static const char *const names[N_CALL_KINDS] = {
	CALLS_OF_EXECUTIONS(CALL_KIND_NAME)
	CALLS_ALONE(CALL_KIND_NAME)
};

/* Returns the name of a kind as it is stored, a constant string. */
char *
mst_call_kind_name(CallKind kind)
{
	return unconstify(char *, names[kind]);
}

/* Returns the kind of that name; a name that is none is an internal error. */
CallKind
mst_call_kind_from_name(const char *name)
{
	for (int kind = 0; kind < N_CALL_KINDS; kind++)
	{
		if (strcmp(names[kind], name) == 0)
			return kind;
	}
	elog(ERROR, "unrecognized kind of delayed call: %s", name);
}
