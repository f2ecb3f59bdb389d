/*-------------------------------------------------------------------------
 *
 * shim.h
 *	  The server as the fuzzer plays it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_FUZZ_SHIM_H
#define MISTRAL_FUZZ_SHIM_H

#define SHIM_MAX_DEPTH	100

/* Frees everything palloc'd. */
extern void shim_reset(void);

/* Notes where the stack of an input begins. */
extern void shim_set_stack_base(void);

#endif							/* MISTRAL_FUZZ_SHIM_H */
