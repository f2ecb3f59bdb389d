/*-------------------------------------------------------------------------
 *
 * spi.h
 *	  Kept plans, and statements that run as the owner of the extension.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_UTIL_SPI_H
#define MISTRAL_UTIL_SPI_H

#include "executor/spi.h"

/* SPI_connect(), or an error. */
extern void mst_spi_connect(void);

/*
 * Prepare a statement and keep its plan, unless *plan is one already.  The
 * options are CURSOR_OPT_GENERIC_PLAN, where every run is to be planned like
 * any other, or 0.
 */
extern void mst_spi_plan(SPIPlanPtr *plan, const char *sql, int options, int nargs,
						 const Oid *argtypes);

/*
 * The uuids (pg_uuid_t *) in the first column of the present result, in the
 * given memory context.
 */
extern List *mst_spi_take_uuids(MemoryContext cxt);

/* What mst_as_owner_end() restores. */
typedef struct OwnerSwitch
{
	Oid			user_id;
	int			sec_context;
	int			guc_level;
} OwnerSwitch;

/*
 * Between the two, statements run as the owner of our tables with search_path
 * pg_catalog, pg_temp, and row level security does not apply to it.  After an
 * error the abort of the (sub)transaction restores all of it.
 */
extern void mst_as_owner_begin(OwnerSwitch *saved);
extern void mst_as_owner_end(const OwnerSwitch *saved);

#endif							/* MISTRAL_UTIL_SPI_H */
