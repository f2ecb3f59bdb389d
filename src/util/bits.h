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

extern char *mst_bits_print(const Bitmapset *set);
extern Bitmapset *mst_bits_parse(const char *text);

#endif							/* MISTRAL_UTIL_BITS_H */
