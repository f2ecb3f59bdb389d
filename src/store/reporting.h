/*-------------------------------------------------------------------------
 *
 * reporting.h
 *	  Taking turns at reporting the results of an action.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_REPORTING_H
#define MISTRAL_STORE_REPORTING_H

#include "store/action_rows.h"

/*
 * Takes the turn at an action: nobody else looks at its results or adds one
 * until mst_report_end(), which comes after the write, or the end of the
 * (sub)transaction.  Who has a turn must not wait for another transaction.
 * Without "wait" it returns false when somebody else has the turn.  An error
 * is raised when it is an engine call around this one.
 */
extern bool mst_report_begin(const pg_uuid_t *action_id, bool wait);
extern void mst_report_end(const pg_uuid_t *action_id);
extern TransactionId mst_report_pending(const pg_uuid_t *action_id);
extern bool mst_report_is_recorded(const pg_uuid_t *action_id);
extern ResultRow *mst_report_recorded(const pg_uuid_t *action_id);

#endif							/* MISTRAL_STORE_REPORTING_H */
