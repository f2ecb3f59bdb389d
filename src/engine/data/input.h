/*-------------------------------------------------------------------------
 *
 * input.h
 *	  Input of workflows and actions against their declared parameters.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_DATA_INPUT_H
#define MISTRAL_ENGINE_DATA_INPUT_H

#include "nodes/pg_list.h"

#include "dsl/spec.h"

extern char *mst_input_check_names(const char *name, const char *class_name,
								   List *required, List *optional,
								   const Jsonb *input);

extern char *mst_input_check(const char *name, const char *class_name,
							 const InputSpec *inputs, int n, const Jsonb *input);

extern char *mst_input_check_schema(const WorkflowSpec *spec, const char *name, const Jsonb *input);

extern Jsonb *mst_input_add_defaults(const InputSpec *inputs, int n,
									 const Jsonb *input);

extern void mst_input_split(const InputSpec *inputs, int n, const Jsonb *input,
							Jsonb **declared, Jsonb **others);

#endif							/* MISTRAL_ENGINE_DATA_INPUT_H */
