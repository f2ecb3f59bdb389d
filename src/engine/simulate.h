/*-------------------------------------------------------------------------
 *
 * simulate.h
 *	  Running a definition with nothing written.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_SIMULATE_H
#define MISTRAL_ENGINE_SIMULATE_H

#include "engine/advance.h"
#include "store/definitions.h"

#endif							/* MISTRAL_ENGINE_SIMULATE_H */
