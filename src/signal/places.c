/*-------------------------------------------------------------------------
 *
 * places.c
 *	  Where pages of lists have ended, for markers whose rows go meanwhile.
 *
 * The link to the next page of a list names the last row of the page before.
 * When that row is deleted, its id does not tell where it stood in an order by
 * name; and the link of such a list has to look as Mistral's does.  So the shared memory keeps
 * the places of the last pages.  Each reader finds his own only, and may keep
 * so many that others have room.  A restart of the server loses them; then a
 * marker that is gone is unknown, as everywhere without shared memory, where
 * links carry the place.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"

#include "signal/places.h"
#include "signal/shared.h"

/* pages of one reader that are remembered, while there is no free entry */
#define PLACES_OF_READER	(MST_LIST_PLACES / 8)

static uint64
hash_text(const char *text)
{
	return hash_bytes_extended((const unsigned char *) text, strlen(text),
							   mst_shared()->hash_seed);
}

/* Fills in what tells an entry from others. */
static void
init_entry(ListPlace *entry, Oid reader, const char *marker, const char *keys)
{
	memset(entry, 0, offsetof(ListPlace, place));
	entry->database_id = MyDatabaseId;
	entry->reader = reader;
	entry->marker = hash_text(marker);
	entry->keys = hash_text(keys);
}

static bool
entry_is_same(const ListPlace *a, const ListPlace *b)
{
	return a->marker == b->marker && a->keys == b->keys &&
		a->reader == b->reader && a->database_id == b->database_id;
}

/* Returns the entry; NULL if there is none.  The caller holds the lock. */
static ListPlace *
find_entry(SharedState *shared, const ListPlace *wanted)
{
	for (int i = 0; i < MST_LIST_PLACES; i++)
		if (entry_is_same(&shared->list_places[i], wanted))
			return &shared->list_places[i];
	return NULL;
}

/*
 * Returns the entry that a new one of this reader replaces: a free one, else
 * his oldest if he has his share, else the oldest.  The caller holds the lock.
 */
static ListPlace *
replaced_entry(SharedState *shared, const ListPlace *wanted)
{
	ListPlace  *oldest = NULL;
	ListPlace  *own = NULL;
	int			count = 0;

	for (int i = 0; i < MST_LIST_PLACES; i++)
	{
		ListPlace  *entry = &shared->list_places[i];

		if (!OidIsValid(entry->database_id))
			return entry;
		if (oldest == NULL || entry->used < oldest->used)
			oldest = entry;
		if (entry->reader != wanted->reader || entry->database_id != wanted->database_id)
			continue;
		count++;
		if (own == NULL || entry->used < own->used)
			own = entry;
	}
	return count >= PLACES_OF_READER ? own : oldest;
}

/*
 * Remembers what the row of a marker has in the columns "keys", for a reader.
 * Returns false if that cannot be: it is too long, or there is no shared
 * memory.
 */
bool
mst_place_note(Oid reader, const char *marker, const char *keys, const char *place)
{
	SharedState *shared = mst_shared();
	ListPlace	wanted;
	ListPlace  *entry;

	if (shared == NULL || strlen(place) >= sizeof(entry->place))
		return false;
	init_entry(&wanted, reader, marker, keys);
	LWLockAcquire(shared->places_lock, LW_EXCLUSIVE);
	wanted.used = ++shared->list_place_count;
	entry = find_entry(shared, &wanted);
	if (entry == NULL)
		entry = replaced_entry(shared, &wanted);
	memcpy(entry, &wanted, offsetof(ListPlace, place));
	strcpy(entry->place, place);
	LWLockRelease(shared->places_lock);
	return true;
}

/* Returns what has been noted, palloc'd; NULL if nothing is known. */
char *
mst_place_find(Oid reader, const char *marker, const char *keys)
{
	SharedState *shared = mst_shared();
	ListPlace	wanted;
	ListPlace  *entry;
	char		place[sizeof(entry->place)];
	bool		is_found = false;

	if (shared == NULL)
		return NULL;
	init_entry(&wanted, reader, marker, keys);
	LWLockAcquire(shared->places_lock, LW_SHARED);
	entry = find_entry(shared, &wanted);
	if (entry != NULL)
	{
		is_found = true;
		strcpy(place, entry->place);
	}
	LWLockRelease(shared->places_lock);
	return is_found ? pstrdup(place) : NULL;
}
