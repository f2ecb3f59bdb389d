/*-------------------------------------------------------------------------
 *
 * sql_call.h
 *	  Calling a function of the database with arguments in JSON.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_DATA_SQL_CALL_H
#define MISTRAL_ENGINE_DATA_SQL_CALL_H

#include "utils/jsonb.h"

/* A parameter that takes a value. */
typedef struct SqlParameter
{
	char	   *name;			/* "arg1" where it has none */
	Oid			type;
	int			number;			/* counted from 1, those for output as well */
	bool		has_default;
	bool		is_variadic;
} SqlParameter;

/* A function as the catalog has it. */
typedef struct SqlFunction
{
	Oid			oid;
	char	   *signature;		/* "shop.reserve(integer, integer)" */
	char	   *call_name;		/* "shop.reserve" */
	char	   *owner;			/* role */
	bool		is_volatile;
	bool		returns_set;
	bool		returns_void;
	int			n_parameters;
	SqlParameter *parameters;
} SqlFunction;

/* A call: arguments by position, then by name. */
typedef struct SqlArguments
{
	Jsonb	   *positional;		/* array or NULL */
	Jsonb	   *named;			/* object or NULL */
} SqlArguments;

extern SqlFunction *mst_sql_function_read(const char *signature);
extern void mst_sql_function_check(const SqlFunction *function, const char *owner);
extern Jsonb *mst_sql_function_call(const SqlFunction *function, const SqlArguments *args,
									MemoryContext result_cxt);

#endif							/* MISTRAL_ENGINE_DATA_SQL_CALL_H */
