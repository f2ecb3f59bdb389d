/*-------------------------------------------------------------------------
 *
 * dict.c
 *	  Dictionaries and sets: hashed, in the order of insertion.
 *
 * Entries stand in an array in the order in which they came, which is the
 * order of Python's dictionaries; a table of slots (open addressing) finds
 * them by hash.  A small table has no slots and no hashes: a few
 * comparisons are cheaper, and most dictionaries of workflows are small.  A
 * removed entry leaves its slot, so that longer probes still pass it, until
 * the table is made anew.
 *
 * A key that is set again keeps its place and its spelling: with 1 in the
 * table, true => x is stored under 1.  A dictionary may be external, with
 * members that stay in jsonb until they are asked for; its entries are then
 * the cache of those that were.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/compare.h"
#include "value/dict.h"
#include "value/make.h"
#include "value/value_impl.h"

/* Makes an empty dictionary or set; room is a hint. */
ExprDict *
mst_dict_new(int room)
{
	ExprDict   *dict = palloc0(sizeof(ExprDict));

	if (room > 0)
	{
		room = Min(room, 1024);
		dict->entries = palloc(sizeof(DictEntry) * room);
		dict->room = room;
	}
	return dict;
}

/* ---- the table ---- */

/*
 * Enters a number into the hash index by linear probing; there is room, as the
 * index is never more than partly full.
 */
static void
put_slot(ExprDict *dict, uint32 hash, int entry)
{
	uint32		i = hash & dict->slot_mask;

	while (dict->slots[i] != DICT_NO_SLOT)
		i = (i + 1) & dict->slot_mask;
	dict->slots[i] = entry;
}

/* Drops removed entries and makes the slots anew; the hashes are there. */
static bool
rebuild_slots(EvalContext *cxt, ExprDict *dict)
{
	uint64		nslots = 32;
	int			from;
	int			to = 0;

	while (nslots < (uint64) dict->room * 2)
		nslots *= 2;
	if (!mst_expr_charge(cxt, (int64) (nslots * sizeof(uint32))))
		return false;
	if (dict->slots == NULL || nslots != (uint64) dict->slot_mask + 1)
	{
		if (dict->slots != NULL)
			pfree(dict->slots);
		dict->slots = palloc_extended(nslots * sizeof(uint32), MCXT_ALLOC_HUGE);
		dict->slot_mask = (uint32) (nslots - 1);
	}
	memset(dict->slots, 0xFF, nslots * sizeof(uint32));

	for (from = 0; from < dict->nentries; from++)
	{
		if (dict->entries[from].key.kind == EXPR_NO_VALUE)
			continue;
		if (from != to)
			dict->entries[to] = dict->entries[from];
		put_slot(dict, dict->entries[to].hash, to);
		to++;
	}
	dict->nentries = to;
	return true;
}

/* Computes the hashes that a small table goes without. */
static bool
hash_entries(EvalContext *cxt, ExprDict *dict)
{
	int			i;

	for (i = 0; i < dict->nentries; i++)
	{
		DictEntry  *entry = &dict->entries[i];

		if (entry->key.kind != EXPR_NO_VALUE &&
			!mst_value_hash(cxt, &entry->key, &entry->hash))
			return false;
	}
	return true;
}

/* Makes room for one more entry. */
static bool
grow_dict(EvalContext *cxt, ExprDict *dict)
{
	int64		room = Max((int64) dict->nlive * 2, DICT_SMALL);

	if (!mst_expr_check_items(cxt, (int64) dict->nlive + 1))
		return false;
	if (room > dict->room)
	{
		if (room > PG_INT32_MAX / 4)
			return mst_expr_fail_limit(cxt, "MemoryError", "dictionary is too large");
		if (!mst_expr_charge(cxt, room * (int64) sizeof(DictEntry)))
			return false;
		if (dict->entries == NULL)
			dict->entries = palloc_extended(room * sizeof(DictEntry), MCXT_ALLOC_HUGE);
		else
			dict->entries = repalloc_huge(dict->entries, room * sizeof(DictEntry));
		dict->room = (int) room;
	}
	if (dict->slots == NULL && !hash_entries(cxt, dict))
		return false;
	return rebuild_slots(cxt, dict);
}

/* Answers whether a key is this string. */
static inline bool
same_text(const ExprValue *key, const char *name, int len)
{
	return key->kind == EXPR_STRING && key->len == len &&
		memcmp(key->u.string, name, len) == 0;
}

/* Returns the position of a text key among the entries, or -1. */
static int
find_name(ExprDict *dict, const char *name, int len, uint32 *hash)
{
	uint32		i;

	if (dict->slots == NULL)
	{
		for (i = 0; i < dict->nentries; i++)
		{
			if (same_text(&dict->entries[i].key, name, len))
				return (int) i;
		}
		return -1;
	}

	*hash = mst_value_hash_bytes(name, len);
	for (i = *hash & dict->slot_mask; dict->slots[i] != DICT_NO_SLOT; i = (i + 1) & dict->slot_mask)
	{
		DictEntry  *entry = &dict->entries[dict->slots[i]];

		if (entry->hash == *hash && same_text(&entry->key, name, len))
			return (int) dict->slots[i];
	}
	return -1;
}

/* The keys that need no hash to be known as hashable. */
static inline bool
is_scalar(const ExprValue *v)
{
	return v->kind <= EXPR_STRING;
}

/* Position of any key, or -1, in *at; *hash is set once there are slots. */
static bool
find_key(EvalContext *cxt, ExprDict *dict, const ExprValue *key, uint32 *hash, int *at)
{
	uint32		i;
	bool		equal;

	*at = -1;
	if (key->kind == EXPR_STRING)
	{
		*at = find_name(dict, key->u.string, key->len, hash);
		return true;
	}
	if (dict->slots != NULL || !is_scalar(key))
	{
		if (!mst_value_hash(cxt, key, hash))
			return false;
	}
	if (dict->slots == NULL)
	{
		for (i = 0; i < dict->nentries; i++)
		{
			if (dict->entries[i].key.kind == EXPR_NO_VALUE)
				continue;
			if (!mst_value_equal(cxt, &dict->entries[i].key, key, &equal))
				return false;
			if (equal)
			{
				*at = (int) i;
				return true;
			}
		}
		return true;
	}

	for (i = *hash & dict->slot_mask; dict->slots[i] != DICT_NO_SLOT; i = (i + 1) & dict->slot_mask)
	{
		DictEntry  *entry = &dict->entries[dict->slots[i]];

		if (entry->hash != *hash || entry->key.kind == EXPR_NO_VALUE)
			continue;
		if (!mst_value_equal(cxt, &entry->key, key, &equal))
			return false;
		if (equal)
		{
			*at = (int) dict->slots[i];
			return true;
		}
	}
	return true;
}

/* Adds an entry whose key is known not to be there. */
static bool
add_entry(EvalContext *cxt, ExprDict *dict, const ExprValue *key, const ExprValue *value, uint32 hash)
{
	ExprValue	key_copy = *key;
	ExprValue	value_copy = *value;
	DictEntry  *entry;

	if (dict->nentries >= dict->room ||
		(dict->slots == NULL && dict->nentries >= DICT_SMALL))
	{
		bool		had_slots = dict->slots != NULL;

		/* a table that only starts stays without slots */
		if (dict->entries == NULL)
		{
			dict->entries = palloc(DICT_FIRST * sizeof(DictEntry));
			dict->room = DICT_FIRST;
		}
		else if (!had_slots && dict->room < DICT_SMALL)
		{
			dict->entries = repalloc(dict->entries, DICT_SMALL * sizeof(DictEntry));
			dict->room = DICT_SMALL;
		}
		else
		{
			if (!grow_dict(cxt, dict))
				return false;
			if (!had_slots && !mst_value_hash(cxt, &key_copy, &hash))
				return false;
		}
	}
	entry = &dict->entries[dict->nentries];
	entry->key = key_copy;
	entry->value = value_copy;
	entry->hash = hash;
	if (dict->slots != NULL)
		put_slot(dict, hash, dict->nentries);
	dict->nentries++;
	dict->nlive++;
	return true;
}

/* ---- external content ---- */

typedef struct ForceState
{
	EvalContext *cxt;
	ExprDict   *source;			/* external, its entries are the cache */
	ExprDict   *into;
} ForceState;

/*
 * Copies one member of an external object into a dictionary of our own. A
 * member that was changed or read before is taken from there, since its value
 * may be in other hands; the order is that of the external object.
 */
static bool
force_entry(void *arg, const char *name, int len, const ExprValue *value)
{
	ForceState *state = arg;
	EvalContext *cxt = state->cxt;
	ExprDict   *source = state->source;
	ExprValue	key = mst_value_string(name, len);
	ExprValue	copy;
	ExprError  *error = NULL;
	uint32		hash = 0;
	bool		found = true;
	int			at;

	if (!mst_expr_step(cxt))
		return false;
	at = find_name(source, name, len, &hash);
	if (at >= 0)
		copy = source->entries[at].value;
	else
	{
		if (value != NULL)
			copy = *value;
		else if (!source->ops->get(source->state, name, len, &copy, &found, &error))
			return mst_expr_take_error(cxt, error);
		if (!found)
			copy = mst_value_null();
		if (!mst_value_adopt(cxt, source->ops, source->child_flags, &copy))
			return false;
	}
	if (state->into->slots != NULL)
		hash = mst_value_hash_bytes(name, len);
	return add_entry(cxt, state->into, &key, &copy, hash);
}

/*
 * Reads an external dictionary as a whole; it is an ordinary one afterwards.
 * Fails with the owner's error, and leaves it as it was.
 */
bool
mst_dict_force(EvalContext *cxt, ExprDict *dict)
{
	ExprDict	whole = {0};
	ForceState	state = {cxt, dict, &whole};
	ExprError  *error = NULL;
	int			n;

	if (dict->ops == NULL)
		return true;
	n = dict->ops->length(dict->state);
	if (!mst_expr_check_items(cxt, n) || !mst_expr_charge(cxt, (int64) n * (int64) sizeof(DictEntry)))
		return false;
	whole.room = Max(n, 1);
	whole.entries = palloc_extended(whole.room * sizeof(DictEntry), MCXT_ALLOC_HUGE);
	if (!dict->ops->each(dict->state, force_entry, &state, &error))
		return mst_expr_take_error(cxt, error);
	if (cxt->error != NULL)
		return false;
	whole.child_flags = dict->child_flags;
	*dict = whole;
	return true;
}

/* Looks a name up in an external dictionary. */
static bool
external_get(EvalContext *cxt, ExprDict *dict, const char *name, int len,
			 ExprValue *value, bool *found)
{
	ExprValue	got;
	ExprValue	key;
	ExprError  *error = NULL;
	uint32		hash = 0;

	if (dict->nentries > 0)
	{
		int			at = find_name(dict, name, len, &hash);

		if (at >= 0)
		{
			*found = true;
			if (value != NULL)
				*value = dict->entries[at].value;
			return true;
		}
	}
	if (!dict->ops->get(dict->state, name, len, &got, found, &error))
		return mst_expr_take_error(cxt, error);
	if (!*found || value == NULL)
		return true;
	if (!mst_value_adopt(cxt, dict->ops, dict->child_flags, &got))
		return false;
	*value = got;
	if ((dict->child_flags & EXPR_FROZEN) || (got.kind != EXPR_LIST && got.kind != EXPR_DICT))
		return true;
	key = mst_value_string_copy(name, len);
	return add_entry(cxt, dict, &key, &got, hash);
}

/* ---- public face ---- */

/*
 * Returns the number of entries; an external dictionary is asked and not
 * read.
 */
int
mst_dict_length(ExprDict *dict)
{
	return dict->ops != NULL ? dict->ops->length(dict->state) : dict->nlive;
}

/*
 * Looks up a text key like mst_dict_get(); it cannot be unhashable, so this
 * fails only for external dictionaries and by limits.
 */
bool
mst_dict_get_name(EvalContext *cxt, ExprDict *dict, const char *name, int len,
				  ExprValue *value, bool *found)
{
	uint32		hash;
	int			at;

	if (dict->ops != NULL)
		return external_get(cxt, dict, name, len, value, found);
	at = find_name(dict, name, len, &hash);
	*found = at >= 0;
	if (*found && value != NULL)
		*value = dict->entries[at].value;
	return true;
}

/*
 * Looks up a key; *found tells whether it is there.  value may be NULL.
 * Fails with TypeError when the key is unhashable.
 */
bool
mst_dict_get(EvalContext *cxt, ExprDict *dict, const ExprValue *key, ExprValue *value, bool *found)
{
	uint32		hash;
	int			at;

	if (key->kind == EXPR_STRING)
		return mst_dict_get_name(cxt, dict, key->u.string, key->len, value, found);
	if (!mst_dict_force(cxt, dict) || !find_key(cxt, dict, key, &hash, &at))
		return false;
	*found = at >= 0;
	if (*found && value != NULL)
		*value = dict->entries[at].value;
	return true;
}

/* Adds or replaces; a key that is there keeps its place and its spelling. */
bool
mst_dict_set(EvalContext *cxt, ExprDict *dict, const ExprValue *key, const ExprValue *value)
{
	uint32		hash = 0;
	int			at;

	if (!mst_dict_force(cxt, dict) || !find_key(cxt, dict, key, &hash, &at))
		return false;
	if (at >= 0)
	{
		dict->entries[at].value = *value;
		return true;
	}
	return add_entry(cxt, dict, key, value, hash);
}

/* Adds or replaces the entry of a text key, which is not copied. */
bool
mst_dict_set_name(EvalContext *cxt, ExprDict *dict, const char *name, const ExprValue *value)
{
	ExprValue	key = mst_value_cstring(name);

	return mst_dict_set(cxt, dict, &key, value);
}

/*
 * Removes a key; *found tells whether it was there, *value (may be NULL) what
 * it held.
 */
bool
mst_dict_delete(EvalContext *cxt, ExprDict *dict, const ExprValue *key, ExprValue *value, bool *found)
{
	uint32		hash;
	int			at;

	if (!mst_dict_force(cxt, dict) || !find_key(cxt, dict, key, &hash, &at))
		return false;
	*found = at >= 0;
	if (!*found)
		return true;
	if (value != NULL)
		*value = dict->entries[at].value;

	/* the slot goes on pointing here, so that longer probes still pass it */
	dict->entries[at].key = mst_value_no_value();
	dict->nlive--;
	if (dict->nlive == 0 && dict->slots == NULL)
		dict->nentries = 0;
	return true;
}

/* Removes everything. */
bool
mst_dict_clear(EvalContext *cxt, ExprDict *dict)
{
	uint8		child_flags = dict->child_flags;

	memset(dict, 0, sizeof(ExprDict));
	dict->child_flags = child_flags;
	return true;
}

/* Sets every entry of `from` in `into`. */
bool
mst_dict_update(EvalContext *cxt, ExprDict *into, ExprDict *from)
{
	int			i;

	if (!mst_dict_force(cxt, from))
		return false;
	for (i = 0; i < from->nentries; i++)
	{
		if (from->entries[i].key.kind == EXPR_NO_VALUE)
			continue;
		if (!mst_expr_step(cxt) ||
			!mst_dict_set(cxt, into, &from->entries[i].key, &from->entries[i].value))
			return false;
	}
	return true;
}

/* Copies the table, not the values. */
bool
mst_dict_copy(EvalContext *cxt, ExprDict *dict, ExprDict **result)
{
	*result = mst_dict_new(mst_dict_length(dict));
	return mst_dict_update(cxt, *result, dict);
}

/*
 * Entries in order.  Start with *pos = 0; *more becomes false at the end.
 * Entries added meanwhile are seen, removed ones are not.  key and value may
 * be NULL.
 */
bool
mst_dict_next(EvalContext *cxt, ExprDict *dict, int *pos, ExprValue *key, ExprValue *value, bool *more)
{
	if (dict->ops != NULL && !mst_dict_force(cxt, dict))
		return false;
	while (*pos < dict->nentries)
	{
		DictEntry  *entry = &dict->entries[(*pos)++];

		if (entry->key.kind == EXPR_NO_VALUE)
			continue;
		if (key != NULL)
			*key = entry->key;
		if (value != NULL)
			*value = entry->value;
		*more = true;
		return mst_expr_step(cxt);
	}
	*more = false;
	return true;
}

/* ---- sets ---- */

/*
 * Gets all entries as arrays in CurrentMemoryContext: sorted by their keys, or
 * in their own order when less is NULL.  Fails when a key cannot be compared
 * or the limits are reached.
 */
bool
mst_dict_entries(EvalContext *cxt, ExprDict *dict, ExprLess less, void *arg,
				 ExprValue **keys, ExprValue **values, int *n)
{
	int			room = mst_dict_length(dict);
	int			pos = 0;
	bool		more = true;

	if (!mst_expr_charge(cxt, 2 * (int64) room * (int64) sizeof(ExprValue)))
		return false;
	*keys = palloc_extended(sizeof(ExprValue) * Max(room, 1), MCXT_ALLOC_HUGE);
	*values = palloc_extended(sizeof(ExprValue) * Max(room, 1), MCXT_ALLOC_HUGE);
	for (*n = 0; *n < room; (*n)++)
	{
		if (!mst_dict_next(cxt, dict, &pos, &(*keys)[*n], &(*values)[*n], &more))
			return false;
		if (!more)
			break;
	}
	return less == NULL || mst_value_sort(cxt, *keys, *values, *n, less, arg);
}

/*
 * Adds a member; one that is there keeps its place. TypeError when it is
 * unhashable.
 */
bool
mst_set_add(EvalContext *cxt, ExprDict *set, const ExprValue *item)
{
	ExprValue	none = mst_value_null();

	return mst_dict_set(cxt, set, item, &none);
}

/*
 * Answers in *found whether the item is a member. Fails with TypeError when
 * it is unhashable.
 */
bool
mst_set_has(EvalContext *cxt, ExprDict *set, const ExprValue *item, bool *found)
{
	return mst_dict_get(cxt, set, item, NULL, found);
}

/* Adds the keys of a that are (or are not) in b. */
static bool
add_keys(EvalContext *cxt, ExprDict *into, ExprDict *a, ExprDict *b, bool wanted)
{
	int			pos = 0;
	ExprValue	key;
	bool		more;
	bool		found;

	for (;;)
	{
		if (!mst_dict_next(cxt, a, &pos, &key, NULL, &more))
			return false;
		if (!more)
			return true;
		if (b != NULL && !mst_set_has(cxt, b, &key, &found))
			return false;
		if ((b == NULL || found == wanted) && !mst_set_add(cxt, into, &key))
			return false;
	}
}

/* Works on any two tables (of sets, dictionaries' keys); the result is new. */
bool
mst_set_combine(EvalContext *cxt, ExprSetOp op, ExprDict *a, ExprDict *b, ExprDict **result)
{
	*result = mst_dict_new(0);
	switch (op)
	{
		case EXPR_SET_UNION:
			return add_keys(cxt, *result, a, NULL, true) && add_keys(cxt, *result, b, NULL, true);
		case EXPR_SET_INTERSECTION:
			return add_keys(cxt, *result, a, b, true);
		case EXPR_SET_DIFFERENCE:
			return add_keys(cxt, *result, a, b, false);
		case EXPR_SET_SYMMETRIC_DIFFERENCE:
			return add_keys(cxt, *result, a, b, false) && add_keys(cxt, *result, b, a, false);
	}

	elog(ERROR, "unrecognized set operation: %d", (int) op);
	return false;
}
