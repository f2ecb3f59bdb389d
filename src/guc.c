/*-------------------------------------------------------------------------
 *
 * guc.c
 *	  The settings of this extension, in the order of their names.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "utils/guc.h"

#include "guc.h"

int			mst_max_inline_steps = 10000;

void
mst_guc_define(void)
{
	DefineCustomIntVariable("mistral.max_inline_steps",
							"Sets how many steps of one execution are done in one transaction.",
							"What is left when the number is reached goes on in another transaction, run by the scheduler.",
							&mst_max_inline_steps,
							10000, 1, INT_MAX,
							PGC_USERSET, 0,
							NULL, NULL, NULL);
}
