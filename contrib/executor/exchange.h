/*-------------------------------------------------------------------------
 *
 * exchange.h
 *	  The calls that report results and claim actions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_EXCHANGE_H
#define EXECUTOR_EXCHANGE_H

#include <stdbool.h>

#include "database.h"
#include "results.h"

/* What a connection exchanges; all zeroes but for the database at first. */
typedef struct Exchange
{
	Database   *db;
	bool		is_prepared;	/* the statement, on this connection */
	unsigned int epoch;			/* of the call under way, as are the next */
	int			asked;			/* actions asked for */
	bool		has_limits;		/* it was offered the room of limited ones */
	ResultBatch batch;
} Exchange;

/* The executor's registration. */
extern void exchange_register(const char *executor_id);
extern void exchange_abandon(void);
extern bool exchange_has_lost_lease(void);
extern void exchange_lose_lease(void);

/* Calls. */
extern void exchange_want(bool claim, bool word);
extern void exchange_stop_beginning(Buf *releases);
extern bool exchange_is_due(bool may_claim);
extern bool exchange_is_under_way(void);
extern void exchange_prepare(Exchange *exchange, DatabaseAnswer answer, void *arg);
extern void exchange_call(Exchange *exchange, bool may_claim, int free, int connections);

/* Actions that the database has handed out, or wants back. */
extern bool exchange_claim_is_unknown(void);
extern void exchange_doubt_claims(void);
extern int	exchange_recovered(const PGresult *rows);
extern void exchange_give_up(const char *action_id);

#endif							/* EXECUTOR_EXCHANGE_H */
