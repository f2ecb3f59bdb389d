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

/*
 * May work be done here?  What the caller has read from tables before is
 * covered by the answer.  Changes nothing.
 */
extern bool mst_home_is_settled(void);

/*
 * The same for workers, who may write: a database that pg_upgrade has carried
 * over, or a copy that holds no work, is settled by the way.
 */
extern bool mst_home_try_settle(void);

/*
 * Raise an error unless work may be done here.  It is looked at again before
 * the transaction commits, so that it has not worked on rows that others were
 * loading meanwhile.  Costs next to nothing.
 */
extern void mst_home_require(void);

/*
 * This transaction loads rows into a table of ours, or has changed the table
 * of homes itself (relid): the database stands still when it commits.
 */
extern void mst_home_note_load(Oid relid);

/*
 * The same before a COPY into a table of ours.  The rows that the install
 * script has made give way to those that come, also where no trigger fires.
 */
extern void mst_home_prepare_copy(Oid relid);

/* The same, by the word of an administrator; "reason" is what people read. */
extern void mst_home_unsettle(const char *reason);

/*
 * This database is the home of its rows from the commit on: put right what
 * does not come along with rows (settle_rows() in sql/restore.sql).
 * Waits for transactions that load rows, and they wait for this one.
 */
extern void mst_home_settle(void);

/* The number of problems that check() finds in what was loaded. */
extern int64 mst_home_count_problems(void);

#endif							/* MISTRAL_HOME_H */
