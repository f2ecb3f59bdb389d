/*-------------------------------------------------------------------------
 *
 * format.h
 *	  What the value_format*.c files share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_FORMAT_H
#define MISTRAL_VALUE_FORMAT_H

#include "value/value.h"

/* "[[fill]align][sign][z][#][0][width][,][.precision][type]" taken apart */
typedef struct FormatSpec
{
	uint32		fill;
	bool		has_fill;
	char		align;			/* < > = ^ or 0 */
	char		sign;			/* + - blank or 0 */
	bool		no_negative_zero;
	bool		is_alternate;
	bool		has_zero;		/* a "0" before the width */
	int			width;
	char		separator;		/* , _ or 0 */
	int			precision;		/* -1: none */
	char		type;			/* or 0 */
} FormatSpec;

/* Reads a specification; ValueError with Python's messages. */
extern bool mst_format_parse_spec(EvalContext *cxt, const char *spec, int len, FormatSpec *f);

#endif							/* MISTRAL_VALUE_FORMAT_H */
