/*-------------------------------------------------------------------------
 *
 * status.c
 *	  How the executor stands, for the log.
 *
 *-------------------------------------------------------------------------
 */
#include "status.h"

#include "action.h"
#include "limits.h"
#include "log.h"
#include "responses.h"
#include "results.h"

Counters	counters;

/*
 * Writes a record with what runs, what waits and what has been done; "state" is
 * how the connection to the database stands.
 */
void
status_log(int connections, const char *state)
{
	LogRecord	record;
	Buf			limits = {0};

	if (!log_begin_record(&record, LOG_INFO, "status"))
		return;
	log_add_text(&record, "database", state);
	log_add_number(&record, "connections", connections);
	log_add_number(&record, "running", action_count());
	log_add_number(&record, "results_waiting", results_waiting_count());
	log_add_number(&record, "result_bytes", results_bytes());
	log_add_number(&record, "response_bytes", responses_bytes());
	log_add_number(&record, "responses_held", responses_held());
	log_add_number(&record, "claimed", counters.claimed);
	log_add_number(&record, "reported", counters.reported);
	log_add_number(&record, "refused", counters.refused);
	log_add_number(&record, "released", counters.released);
	log_add_number(&record, "exchanges", counters.exchanges);
	limits_write(&limits);
	if (limits.len > 0)
		log_add_text(&record, "limits", limits.data + 1);
	log_end_record(&record);
	buf_free(&limits);
}
