/*-------------------------------------------------------------------------
 *
 * claim_turns.h
 *	  Whose turn it is: the projects of a lane take turns at claims.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_SIGNAL_CLAIM_TURNS_H
#define MISTRAL_SIGNAL_CLAIM_TURNS_H

extern uint32 mst_claim_turn_hash(const char *project);
extern uint32 mst_claim_turn_last(const char *lane);
extern void mst_claim_turn_set(const char *lane, uint32 project_hash);

#endif							/* MISTRAL_SIGNAL_CLAIM_TURNS_H */
