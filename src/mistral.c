/*-------------------------------------------------------------------------
 *
 * mistral.c
 *	  Loads the module.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"

#include "guc.h"

PG_MODULE_MAGIC;

extern void _PG_init(void);

void
_PG_init(void)
{
	mst_guc_define();
}
