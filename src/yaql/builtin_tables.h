/*-------------------------------------------------------------------------
 *
 * builtin_tables.h
 *	  The tables of builtins, each ended by a row without name.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_YAQL_BUILTIN_TABLES_H
#define MISTRAL_YAQL_BUILTIN_TABLES_H

#include "yaql/registry.h"

extern const YaqlBuiltin mst_yaql_aggregate_functions[];
extern const YaqlBuiltin mst_yaql_branching_functions[];
extern const YaqlBuiltin mst_yaql_collection_functions[];
extern const YaqlBuiltin mst_yaql_conversion_functions[];
extern const YaqlBuiltin mst_yaql_datetime_functions[];
extern const YaqlBuiltin mst_yaql_dict_functions[];
extern const YaqlBuiltin mst_yaql_generator_functions[];
extern const YaqlBuiltin mst_yaql_join_functions[];
extern const YaqlBuiltin mst_yaql_math_functions[];
extern const YaqlBuiltin mst_yaql_order_functions[];
extern const YaqlBuiltin mst_yaql_query_functions[];
extern const YaqlBuiltin mst_yaql_regex_functions[];
extern const YaqlBuiltin mst_yaql_set_functions[];
extern const YaqlBuiltin mst_yaql_slice_functions[];
extern const YaqlBuiltin mst_yaql_string_functions[];
extern const YaqlBuiltin mst_yaql_system_functions[];

#endif							/* MISTRAL_YAQL_BUILTIN_TABLES_H */
