/*-------------------------------------------------------------------------
 *
 * places.h
 *	  Where pages of lists have ended, for markers whose rows go meanwhile.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_SIGNAL_PLACES_H
#define MISTRAL_SIGNAL_PLACES_H

extern bool mst_place_note(Oid reader, const char *marker, const char *keys,
						   const char *place);
extern char *mst_place_find(Oid reader, const char *marker, const char *keys);

#endif							/* MISTRAL_SIGNAL_PLACES_H */
