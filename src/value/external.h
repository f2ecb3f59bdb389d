/*-------------------------------------------------------------------------
 *
 * external.h
 *	  Containers whose members stay elsewhere until they are asked for, and
 * 	  copies of containers with other flags.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_EXTERNAL_H
#define MISTRAL_VALUE_EXTERNAL_H

#include "value/evaluation.h"

/*
 * A container whose members are fetched on demand.  Mappings have get and
 * each, lists have get_item; both have length.  Functions that can fail
 * return false and set *error.  Names in `each` come in the mapping's order
 * and each exactly once.
 */
typedef struct ExprExternalOps
{
	bool		is_list;
	int			(*length) (void *state);
	bool		(*get) (void *state, const char *name, int len, ExprValue *value, bool *found, ExprError **error);
	bool		(*get_item) (void *state, int i, ExprValue *value, ExprError **error);

	/*
	 * calls fn for every entry until it returns false; value NULL: fetch it
	 * with get
	 */
	bool		(*each) (void *state, bool (*fn) (void *arg, const char *name, int len, const ExprValue *value),
						 void *arg, ExprError **error);
	/* lists, optional: stores all items in order, faster than one by one */
	bool		(*get_all) (void *state, ExprValue *items, ExprError **error);

	/*
	 * copies a container that was handed out as a frozen one; NULL: it is new
	 * and nobody else's
	 */
	bool		(*freeze) (EvalContext *cxt, const ExprValue *member, ExprValue *result);
} ExprExternalOps;

extern ExprValue mst_value_external(const ExprExternalOps *ops, void *state);
extern void *mst_value_external_state(const ExprValue *v, const ExprExternalOps *ops);
extern bool mst_value_is_untouched(const ExprValue *v);
extern bool mst_value_freeze(EvalContext *cxt, const ExprValue *v, ExprValue *result);
extern bool mst_value_thaw(EvalContext *cxt, const ExprValue *v, ExprValue *result);
extern bool mst_value_deep_copy(EvalContext *cxt, const ExprValue *v, ExprValue *result);

#endif							/* MISTRAL_VALUE_EXTERNAL_H */
