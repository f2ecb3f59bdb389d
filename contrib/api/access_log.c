/*-------------------------------------------------------------------------
 *
 * access_log.c
 *	  The log's record of an answered request.
 *
 * Neither headers, bodies nor query strings are recorded: they may hold
 * secrets.
 *
 *-------------------------------------------------------------------------
 */
#include "access_log.h"

#include "json.h"
#include "log.h"

static bool is_enabled = true;

/* Switches the records on or off; called before threads are started. */
void
access_log_init(bool is_wanted)
{
	is_enabled = is_wanted;
}

static void
add_text(Buf *members, const char *name, const char *value)
{
	buf_printf(members, "\"%s\": ", name);
	json_write_text(members, value);
	buf_puts(members, ", ");
}

/* Logs an answered request, whatever the level of the log is. */
void
access_log(const AccessRecord *record)
{
	Buf			members = {0};

	if (!is_enabled)
		return;
	add_text(&members, "remote", record->remote);
	add_text(&members, "method", record->method);
	add_text(&members, "path", record->path);
	add_text(&members, "role", record->role);
	add_text(&members, "request_id", record->request_id);
	buf_printf(&members, "\"status\": %d, \"ms\": %.3f, \"wait_ms\": %.3f"
			   ", \"db_ms\": %.3f, \"bytes_in\": %zu, \"bytes_out\": %zu",
			   record->status, record->total_ms, record->wait_ms,
			   record->db_ms, record->bytes_in, record->bytes_out);
	log_members(LOG_INFO, &members);
	buf_free(&members);
}
