/*-------------------------------------------------------------------------
 *
 * home.h
 *	  Is this database the home of the work that its tables hold?
 *
 * Rows come into a database by a restore, by logical replication or as a copy
 * of another database, too.  Then the work in them is not complete yet, or is
 * somebody else's, and nothing of it may be done until an administrator says
 * that it is to be done here: the database stands still.
 *
 * The table mistral.abode knows.  It has one row, with the identity of the
 * database, where all is as it should be.  A dump carries that row along, and
 * whoever copies rows in adds one; so anything else in the table means that
 * rows came from elsewhere.
 *
 * Engine calls read the table when something may have changed since they read
 * it last, which a counter in shared memory tells (see home.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_HOME_H
#define MISTRAL_HOME_H

extern bool mst_home_is_settled(void);
extern bool mst_home_try_settle(void);
extern void mst_home_require(void);

/*
 * This transaction loads rows into a table of ours, or has changed the table
 * of homes itself (relid): the database stands still when it commits.
 */
extern void mst_home_note_load(Oid relid);
extern void mst_home_prepare_copy(Oid relid);
extern void mst_home_unsettle(const char *reason);
extern void mst_home_settle(void);
extern int64 mst_home_count_problems(void);

#endif							/* MISTRAL_HOME_H */
