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

extern void mst_spi_connect(void);
extern void mst_spi_plan(SPIPlanPtr *plan, const char *sql, int options, int nargs,
						 const Oid *argtypes);
extern List *mst_spi_take_uuids(MemoryContext cxt);

/* The user and settings that mst_as_owner_end() restores. */
typedef struct OwnerSwitch
{
	Oid			user_id;
	int			sec_context;
	int			guc_level;
} OwnerSwitch;

extern void mst_as_owner_begin(OwnerSwitch *saved);
extern void mst_as_owner_end(const OwnerSwitch *saved);

#endif							/* MISTRAL_UTIL_SPI_H */
