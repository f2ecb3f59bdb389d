/*-------------------------------------------------------------------------
 *
 * bits.c
 *	  Sets of small integers as short texts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "util/bits.h"

#define BITS_PER_DIGIT 4

/* Returns the text of a set, palloc'd; empty for the empty set. */
char *
mst_bits_print(const Bitmapset *set)
{
	int			last = bms_prev_member(set, -1);
	int			n = last < 0 ? 0 : last / BITS_PER_DIGIT + 1;
	char	   *text = palloc0(n + 1);
	int			member = -1;

	while ((member = bms_next_member(set, member)) >= 0)
		text[member / BITS_PER_DIGIT] |= 1 << (member % BITS_PER_DIGIT);
	for (int i = 0; i < n; i++)
		text[i] = "0123456789abcdef"[(int) text[i]];
	return text;
}

/* Returns the set of a text; NULL stands for the empty one. */
Bitmapset *
mst_bits_parse(const char *text)
{
	Bitmapset  *set = NULL;

	for (int i = 0; text != NULL && text[i] != '\0'; i++)
	{
		const char *digits = "0123456789abcdef";
		const char *digit = strchr(digits, text[i]);

		for (int bit = 0; digit != NULL && bit < BITS_PER_DIGIT; bit++)
		{
			if ((digit - digits) & (1 << bit))
				set = bms_add_member(set, i * BITS_PER_DIGIT + bit);
		}
	}
	return set;
}
