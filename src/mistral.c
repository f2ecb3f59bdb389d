/*-------------------------------------------------------------------------
 *
 * mistral.c
 *	  Loads the module.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"

#include "signal/shared.h"
#include "store/publishers.h"
#include "util/guc.h"
#include "worker/workers.h"

PG_MODULE_MAGIC;

extern void _PG_init(void);

/*
 * Defines the settings and, when the server preloads the library, asks for
 * shared memory and registers the launcher. pg_upgrade's server gets no
 * workers, which would write to the database that is being copied.
 */
void
_PG_init(void)
{
	mst_guc_define(mst_publisher_list_problem);
	if (process_shared_preload_libraries_in_progress && !IsBinaryUpgrade)
	{
		mst_shared_request();
		mst_launcher_register();
		mst_hooks_install();
	}
}
