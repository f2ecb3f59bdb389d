/*-------------------------------------------------------------------------
 *
 * sandbox.h
 *	  What this process may do.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JS_SANDBOX_H
#define JS_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

extern void sandbox_set_engine(char **argv);
extern void sandbox_watch_memory(size_t max_bytes);
extern bool sandbox_memory_is_short(void);
extern void sandbox_enter(void);

#endif							/* JS_SANDBOX_H */
