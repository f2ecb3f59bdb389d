/*-------------------------------------------------------------------------
 *
 * script.h
 *	  Running a script.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JS_SCRIPT_H
#define JS_SCRIPT_H

#include "memory.h"

extern void script_prepare(void);
extern void script_run(const char *script, const char *context, Buf *answer);

#endif							/* JS_SCRIPT_H */
