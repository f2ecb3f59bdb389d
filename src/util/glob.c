/*-------------------------------------------------------------------------
 *
 * glob.c
 *	  Patterns in which * stands for any characters.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "util/glob.h"

static bool
is_same(char a, char b, bool any_case)
{
	return a == b || (any_case && pg_ascii_tolower((unsigned char) a) == pg_ascii_tolower((unsigned char) b));
}

/*
 * Returns whether the text is of the pattern; with "any_case" letters of ASCII
 * are the same in both cases.  Takes time by the product of the lengths at most.
 */
bool
mst_glob_matches(const char *text, int len, const char *pattern, int pattern_len,
				 bool any_case)
{
	int			t = 0;
	int			p = 0;
	int			star = -1;		/* the last one, and where it began to match */
	int			resume = 0;

	while (t < len)
	{
		if (p < pattern_len && pattern[p] == '*')
		{
			star = p++;
			resume = t;
		}
		else if (p < pattern_len && is_same(pattern[p], text[t], any_case))
		{
			p++;
			t++;
		}
		else if (star >= 0)
		{
			p = star + 1;
			t = ++resume;
		}
		else
			return false;
	}
	while (p < pattern_len && pattern[p] == '*')
		p++;
	return p == pattern_len;
}
