/*-------------------------------------------------------------------------
 *
 * callee_advice.h
 *	  Warnings about the actions and workflows that a text calls.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_SQL_CALLEE_ADVICE_H
#define MISTRAL_SQL_CALLEE_ADVICE_H

#include "dsl/definition.h"

extern void mst_advise_callees(const Definition *definition, const char *namespace,
							   const char *project, SpecReport *report);

#endif							/* MISTRAL_SQL_CALLEE_ADVICE_H */
