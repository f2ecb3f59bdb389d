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

#endif							/* MISTRAL_SQL_CLAIM_TOKEN_H */
