/*-------------------------------------------------------------------------
 *
 * bits.h
 *	  Sets of small integers as short texts.
 *
 * A digit stands for four members, hexadecimal, least first: {0, 5} is "12".
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_UTIL_BITS_H
#define MISTRAL_UTIL_BITS_H

#include "nodes/bitmapset.h"

/* The text of a set, palloc'd; empty for the empty set. */
extern char *mst_bits_print(const Bitmapset *set);

/* The set of a text; NULL stands for the empty one. */
extern Bitmapset *mst_bits_parse(const char *text);

#endif							/* MISTRAL_UTIL_BITS_H */
