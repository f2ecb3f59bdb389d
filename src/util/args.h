/*-------------------------------------------------------------------------
 *
 * args.h
 *	  Arguments of SQL functions that are not STRICT.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ARGS_H
#define MISTRAL_ARGS_H

#include "fmgr.h"
#include "utils/jsonb.h"

extern char *mst_text_arg(FunctionCallInfo fcinfo, int n);
extern char *mst_required_text_arg(FunctionCallInfo fcinfo, int n, const char *name);
extern Jsonb *mst_object_arg(FunctionCallInfo fcinfo, int n, const char *name);

#endif							/* MISTRAL_ARGS_H */
