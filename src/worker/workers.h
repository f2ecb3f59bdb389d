/*-------------------------------------------------------------------------
 *
 * workers.h
 *	  What the files of this room share: waking, workers and their starts.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_WORKERS_H
#define MISTRAL_WORKERS_H

/* Hash of a target's name, as kept in the marks of claims. */
extern uint32 mst_wake_target_hash(const char *target);

/*
 * Wake all workers and waiting sessions of this database now, and forget
 * where claims begin: for work that becomes visible without its transaction
 * having told us.
 */
extern void mst_wake_everybody(void);

#endif							/* MISTRAL_WORKERS_H */
