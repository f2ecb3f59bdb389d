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

/*
 * NULL when input (an object) has all required names and no others than
 * those in the two lists of strings; else "Invalid input [name=..., ...]"
 * that names what is missing and unexpected.  "class_name" is what the
 * reference calls definitions of that kind; NULL: it is left out.
 */
extern char *mst_input_check_names(const char *name, const char *class_name,
								   List *required, List *optional,
								   const Jsonb *input);

/* The same for declared parameters. */
extern char *mst_input_check(const char *name, const char *class_name,
							 const InputSpec *inputs, int n, const Jsonb *input);

/* The input with the defaults of what it lacks. */
extern Jsonb *mst_input_add_defaults(const InputSpec *inputs, int n,
									 const Jsonb *input);

/* The declared members of an input, and all others. */
extern void mst_input_split(const InputSpec *inputs, int n, const Jsonb *input,
							Jsonb **declared, Jsonb **others);

#endif							/* MISTRAL_ENGINE_DATA_INPUT_H */
