/*-------------------------------------------------------------------------
 *
 * format_spec.h
 *	  How a number or text is to be shown, taken apart.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_FORMAT_SPEC_H
#define MISTRAL_VALUE_FORMAT_SPEC_H


/* "[[fill]align][sign][z][#][0][width][,][.precision][type]" */
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

#endif							/* MISTRAL_VALUE_FORMAT_SPEC_H */
