/*-------------------------------------------------------------------------
 *
 * programs.h
 *	  Actions that are the operator's programs.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_PROGRAMS_H
#define EXECUTOR_PROGRAMS_H

#include "action.h"
#include "options.h"

extern const OptionSet *programs_section(const char *kind, const char *name);
extern void programs_close(void);
extern const ActionKind *programs_find(const char *name);
extern void programs_each(void (*function) (const ActionKind *kind));
extern void programs_announce(Buf *json, bool (*is_wanted) (const char *name));

#endif							/* EXECUTOR_PROGRAMS_H */
