/*-------------------------------------------------------------------------
 *
 * maintenance.h
 *	  The state of maintenance, and the calls that bring it about.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_MAINTENANCE_H
#define MISTRAL_STORE_MAINTENANCE_H

#include "datatype/timestamp.h"

/*
 * Names of kinds of delayed calls (call_kinds.h), for statements: the first two
 * are for one execution each.
 */
#define MAINTENANCE_PAUSE	"maintenance_pause"
#define MAINTENANCE_RESUME	"maintenance_resume"
#define MAINTENANCE_CHECK	"maintenance_check"

extern char *mst_maintenance_lock(void);
extern char *mst_maintenance_hold_status(void);
extern void mst_maintenance_set(const char *status, const char *asked_by);
extern char *mst_maintenance_left(void);

extern char *mst_maintenance_status(void);
extern bool mst_maintenance_is_on(void);
extern uint64 mst_maintenance_pause_all(void);
extern void mst_maintenance_resume_all(void);
extern void mst_maintenance_check_at(TimestampTz due);
extern bool mst_maintenance_is_pausing(void);
extern bool mst_maintenance_is_quiet(void);

#endif							/* MISTRAL_STORE_MAINTENANCE_H */
