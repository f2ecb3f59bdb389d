/*-------------------------------------------------------------------------
 *
 * claim_token.h
 *	  Claims by name, and the completion of an action by the name of its claim.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_SQL_CLAIM_TOKEN_H
#define MISTRAL_SQL_CLAIM_TOKEN_H

#include "store/claims.h"

extern char *mst_claim_token(int64 executor_id, TimestampTz claimed_at);

/* in executor_protocol.c */
extern void mst_executor_check_role(const ExecutorRow *executor);
extern bool mst_executor_is_stranger(const ExecutorRow *executor, const pg_uuid_t *action_id);

#endif							/* MISTRAL_SQL_CLAIM_TOKEN_H */
