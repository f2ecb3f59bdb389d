/*-------------------------------------------------------------------------
 *
 * external.c
 *	  External containers, and copies of containers with other flags.
 *
 * An external container reads its members from elsewhere (jsonb, rows) when
 * they are asked for; the evaluation never pays for what nobody looks at.  A
 * copy of one is a new head over the same storage, so freezing or thawing
 * large data costs nothing.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/dict.h"
#include "value/list.h"
#include "value/make.h"
#include "value/value_impl.h"

/* what happens to the flag EXPR_FROZEN on the way */
typedef enum CopyMode
{
	COPY_FREEZE,
	COPY_THAW,
	COPY_AS_IS
} CopyMode;

static bool copy_value(EvalContext *cxt, CopyMode mode, const ExprValue *v, ExprValue *result);

/* Returns a plain (unfrozen) list or dictionary over external storage. */
ExprValue
mst_value_external(const ExprExternalOps *ops, void *state)
{
	if (ops->is_list)
	{
		ExprList   *list = palloc0(sizeof(ExprList));

		list->ops = ops;
		list->state = state;
		return mst_value_list(list, false);
	}
	else
	{
		ExprDict   *dict = palloc0(sizeof(ExprDict));

		dict->ops = ops;
		dict->state = state;
		return mst_value_dict(dict, false);
	}
}

/*
 * Returns the state behind an external container not yet changed or read as a
 * whole, if ops match; else NULL.
 */
void *
mst_value_external_state(const ExprValue *v, const ExprExternalOps *ops)
{
	if (v->kind == EXPR_LIST && v->u.list->ops == ops)
		return v->u.list->state;
	/* with cached members something may have been changed */
	if (v->kind == EXPR_DICT && v->u.dict->ops == ops && v->u.dict->nentries == 0)
		return v->u.dict->state;
	return NULL;
}

/*
 * Answers whether the value is an external container not yet changed or read
 * as a whole.
 */
bool
mst_value_is_untouched(const ExprValue *v)
{
	if (v->kind == EXPR_LIST)
		return v->u.list->ops != NULL;
	return v->kind == EXPR_DICT && v->u.dict->ops != NULL && v->u.dict->nentries == 0;
}

/* Returns the flags of a copy. */
static inline uint8
new_flags(CopyMode mode, uint8 flags)
{
	switch (mode)
	{
		case COPY_FREEZE:
			return flags | EXPR_FROZEN;
		case COPY_THAW:
			return flags & ~EXPR_FROZEN;
		case COPY_AS_IS:
			break;
	}
	return flags;
}

/*
 * Copies a list. One that is external is copied without reading it: its items
 * get the new flags when they are asked for.
 */
static bool
copy_list(EvalContext *cxt, CopyMode mode, ExprList *list, ExprList **result)
{
	int			i;

	if (list->ops != NULL)
	{
		*result = palloc0(sizeof(ExprList));
		(*result)->ops = list->ops;
		(*result)->state = list->state;
		(*result)->child_flags = new_flags(mode, list->child_flags);
		return true;
	}

	if (!mst_expr_charge(cxt, (int64) list->nitems * (int64) sizeof(ExprValue)))
		return false;
	*result = mst_list_new(list->nitems);
	for (i = 0; i < list->nitems; i++)
	{
		if (!mst_expr_step(cxt) ||
			!copy_value(cxt, mode, &list->items[i], &(*result)->items[i]))
			return false;
		(*result)->nitems++;
	}
	return true;
}

/*
 * Copies a dictionary. One that is external and was not looked into is copied
 * without reading it; once it has members of its own, all of it is.
 */
static bool
copy_dict(EvalContext *cxt, CopyMode mode, ExprDict *dict, ExprDict **result)
{
	int			pos = 0;
	ExprValue	key;
	ExprValue	value;
	bool		more;

	if (dict->ops != NULL && dict->nentries == 0)
	{
		*result = palloc0(sizeof(ExprDict));
		(*result)->ops = dict->ops;
		(*result)->state = dict->state;
		(*result)->child_flags = new_flags(mode, dict->child_flags);
		return true;
	}

	*result = mst_dict_new(mst_dict_length(dict));
	for (;;)
	{
		if (!mst_dict_next(cxt, dict, &pos, &key, &value, &more))
			return false;
		if (!more)
			return true;
		if (!copy_value(cxt, mode, &value, &value) ||
			!mst_dict_set(cxt, *result, &key, &value))
			return false;
	}
}

/*
 * Copies a value to any depth, or rather those parts that can be changed. Sets
 * are shared, because their items are frozen.
 */
static bool
copy_value(EvalContext *cxt, CopyMode mode, const ExprValue *v, ExprValue *result)
{
	ExprValue	copy = *v;
	bool		ok = true;

	if (v->kind != EXPR_LIST && v->kind != EXPR_DICT && v->kind != EXPR_SET)
	{
		*result = copy;
		return true;
	}
	if (!mst_expr_enter(cxt))
		return false;
	copy.flags = new_flags(mode, v->flags);
	if (v->kind == EXPR_LIST)
		ok = copy_list(cxt, mode, v->u.list, &copy.u.list);
	else if (v->kind == EXPR_DICT)
		ok = copy_dict(cxt, mode, v->u.dict, &copy.u.dict);
	mst_expr_leave(cxt);
	*result = copy;
	return ok;
}

/*
 * Gives the value with EXPR_FROZEN on lists, dictionaries and sets at every
 * level, copying them; external containers are not read. Fails by limits
 * only.
 */
bool
mst_value_freeze(EvalContext *cxt, const ExprValue *v, ExprValue *result)
{
	return copy_value(cxt, COPY_FREEZE, v, result);
}

/*
 * Gives the value without EXPR_FROZEN on lists and dictionaries at every
 * level, copying them; external containers are not read. Fails by limits
 * only.
 */
bool
mst_value_thaw(EvalContext *cxt, const ExprValue *v, ExprValue *result)
{
	return copy_value(cxt, COPY_THAW, v, result);
}

/* Copies lists and dictionaries at every level (external ones stay lazy). */
bool
mst_value_deep_copy(EvalContext *cxt, const ExprValue *v, ExprValue *result)
{
	return copy_value(cxt, COPY_AS_IS, v, result);
}
