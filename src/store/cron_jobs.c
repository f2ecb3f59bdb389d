/*-------------------------------------------------------------------------
 *
 * cron_jobs.c
 *	  Jobs of pg_cron that are the clock of cron triggers.
 *
 * A trigger has one job, named after its id, with the trigger's pattern in
 * plain numbers.  pg_cron knows five fields, and one time zone for all jobs; a
 * trigger that needs more is left to the scheduler, as are all where pg_cron
 * is not installed in this database.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/resowner.h"

#include "store/statement.h"
#include "store/triggers.h"
#include "util/cron.h"
#include "util/guc.h"
#include "util/spi.h"
#include "util/uuid.h"

#define JOB_PREFIX	"mistral cron trigger "

/*
 * Returns whether pg_cron is installed in this database and loaded into the
 * server.  Its functions only raise errors if it is not loaded.
 */
static bool
have_pg_cron(void)
{
	return strstr(shared_preload_libraries_string, "pg_cron") != NULL &&
		OidIsValid(get_extension_oid("pg_cron", true));
}

/* Versions of pg_cron without the setting know only this time zone. */
static bool
is_utc(const char *zone)
{
	return zone == NULL || pg_strcasecmp(zone, "UTC") == 0 ||
		pg_strcasecmp(zone, "GMT") == 0;
}

/*
 * Returns the pattern in terms that pg_cron takes for the same times, or NULL.
 * Crons differ in how they join the two fields for days and in what they call
 * the last day, so the text of the trigger itself may mean something else
 * there.
 */
static char *
plain_pattern(const char *text)
{
	CronPattern pattern;

	if (text == NULL || mst_cron_parse(text, &pattern) != NULL)
		return NULL;
	return mst_cron_plain_text(&pattern);
}

static char *
job_name(const pg_uuid_t *id)
{
	return psprintf(JOB_PREFIX "%s",
					mst_uuid_text(id));
}

static bool
has_job(const char *name)
{
	static Statement find = {
		"SELECT jobname FROM cron.job WHERE jobname = $1", 1, {TEXTOID}
	};
	StatementArgs args = {0};

	mst_arg_text(&args, name);
	return mst_statement_text(&find, &args) != NULL;
}

/* pg_cron may refuse a pattern that we take: then it is not the clock. */
static bool
try_schedule(const char *name, const char *pattern, const char *command)
{
	static Statement schedule = {
		"SELECT cron.schedule($1, $2, $3)", 3, {TEXTOID, TEXTOID, TEXTOID}
	};
	MemoryContext caller_cxt = CurrentMemoryContext;
	ResourceOwner caller_owner = CurrentResourceOwner;
	StatementArgs args = {0};
	volatile bool scheduled = false;

	mst_arg_text(&args, name);
	mst_arg_text(&args, pattern);
	mst_arg_text(&args, command);
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller_cxt);
	PG_TRY();
	{
		(void) mst_statement_text(&schedule, &args);
		ReleaseCurrentSubTransaction();
		scheduled = true;
	}
	PG_CATCH();
	{
		if (geterrcode() == ERRCODE_QUERY_CANCELED)
			PG_RE_THROW();
		MemoryContextSwitchTo(caller_cxt);
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller_cxt);
	CurrentResourceOwner = caller_owner;
	return scheduled;
}

/*
 * Has a job of pg_cron call fire_cron_trigger().  Returns false if it
 * cannot: pg_cron is not used or not there, or it cannot express the
 * pattern or the time zone.
 */
bool
mst_cron_job_schedule(const CronTrigger *trigger)
{
	char	   *pattern = plain_pattern(trigger->pattern);
	char	   *name;

	if (!mst_use_pg_cron || pattern == NULL || !is_utc(trigger->time_zone) || !have_pg_cron() ||
		!is_utc(GetConfigOption("cron.timezone", true, false)))
		return false;
	name = job_name(&trigger->id);
	return has_job(name) ||
		try_schedule(name, pattern,
					 psprintf("SELECT mistral.fire_cron_trigger('%s')",
							  mst_uuid_text(&trigger->id)));
}

/* Removes the job of a trigger, if there is one. */
void
mst_cron_job_remove(const pg_uuid_t *id)
{
	static Statement unschedule = {
		"SELECT cron.unschedule(jobid) FROM cron.job WHERE jobname = $1", 1, {TEXTOID}
	};
	StatementArgs args = {0};

	if (!have_pg_cron())
		return;
	mst_arg_text(&args, job_name(id));
	(void) mst_statement_execute(&unschedule, &args);
}

/* Called while the extension is being dropped, with the rights of who does. */
void
mst_cron_job_remove_all(void)
{
	if (!have_pg_cron())
		return;
	mst_spi_connect();
	/* the search path is the caller's */
	if (SPI_execute("SELECT cron.unschedule(jobid) FROM cron.job"
					" WHERE pg_catalog.starts_with(jobname::pg_catalog.text, '" JOB_PREFIX "')"
					" AND database OPERATOR(pg_catalog.=) pg_catalog.current_database()::pg_catalog.text",
					false, 0) < 0)
		elog(ERROR, "could not remove the jobs of cron triggers");
	SPI_finish();
}
