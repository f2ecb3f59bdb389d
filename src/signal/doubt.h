/*-------------------------------------------------------------------------
 *
 * doubt.h
 *	  Transactions that may be loading rows from elsewhere, as all backends
 *	  of the cluster see them.
 *
 * A transaction is in doubt from before it loads the first row until after it
 * has ended.  So whoever sees such a row, and looks here afterwards, finds it
 * in doubt still, or finds that the number of changes is another one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_SIGNAL_DOUBT_H
#define MISTRAL_SIGNAL_DOUBT_H

typedef struct DoubtView
{
	bool		is_shared;		/* else nothing is known: there is no memory */
	uint32		in_doubt;		/* transactions */
	uint64		changes;		/* how often one has begun or ended */
} DoubtView;

extern void mst_doubt_begin(void);
extern void mst_doubt_end(void);
extern DoubtView mst_doubt_view(void);

#endif							/* MISTRAL_SIGNAL_DOUBT_H */
