/*-------------------------------------------------------------------------
 *
 * full.h
 *	  Projects that may start nothing more for a while, known to all backends.
 *
 * A project is known by a hash.  Two with the same place drive each other out,
 * and without shared memory each backend knows its own: a hint that is lost
 * costs another look at what the project has.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_SIGNAL_FULL_H
#define MISTRAL_SIGNAL_FULL_H

extern bool mst_full_find(uint32 hash, uint32 *until);
extern void mst_full_note(uint32 hash, uint32 until);
extern void mst_full_forget(uint32 hash);

#endif							/* MISTRAL_SIGNAL_FULL_H */
