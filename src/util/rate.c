/*-------------------------------------------------------------------------
 *
 * rate.c
 *	  Rates as text: how many within which time.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "util/rate.h"

typedef struct WindowUnit
{
	char		letter;
	int32		seconds;
} WindowUnit;

static const WindowUnit units[] = {
	{'d', 24 * 3600},
	{'h', 3600},
	{'m', 60},
	{'s', 1}
};

/* Reads digits; -1 when there are none, or too many for any bound here. */
static int32
read_number(const char **p)
{
	int32		number = 0;
	const char *start = *p;

	for (; **p >= '0' && **p <= '9'; (*p)++)
	{
		if (*p - start >= 8)
			return -1;
		number = number * 10 + (**p - '0');
	}
	return *p > start ? number : -1;
}

/*
 * Reads a rate such as 100/1m, 5/s or 20/12h.  Returns false if the text is
 * none, or one of its numbers is out of bounds.
 */
bool
mst_rate_parse(const char *text, int32 *count, int32 *window_s)
{
	const char *p = text;
	int64		window = 1;

	*count = read_number(&p);
	if (*count < 1 || *count > MAX_LIMIT_COUNT || *p++ != '/')
		return false;
	if (*p >= '0' && *p <= '9')
		window = read_number(&p);
	for (int i = 0; i < lengthof(units); i++)
	{
		if (*p != units[i].letter || p[1] != '\0')
			continue;
		window *= units[i].seconds;
		*window_s = (int32) window;
		return window >= 1 && window <= MAX_RATE_WINDOW;
	}
	return false;
}
