/*-------------------------------------------------------------------------
 *
 * duration.c
 *	  Lengths of time as text: numbers with units, the longest unit first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "util/duration.h"

typedef struct DurationUnit
{
	char		letter;
	int64		seconds;
} DurationUnit;

static const DurationUnit units[] = {
	{'w', 7 * 24 * 3600},
	{'d', 24 * 3600},
	{'h', 3600},
	{'m', 60},
	{'s', 1}
};

/* Reads digits and moves on; false: there are none, or more than any duration has. */
static bool
read_number(const char **p, int64 *number)
{
	const char *start = *p;

	for (*number = 0; **p >= '0' && **p <= '9'; (*p)++)
	{
		if (*p - start >= 10)
			return false;
		*number = *number * 10 + (**p - '0');
	}
	return *p > start;
}

/*
 * Reads a duration such as 2d, 90s or 1h30m.  Returns false if the text is
 * none, or it is longer than MAX_DURATION_S.
 */
bool
mst_duration_parse(const char *text, int64 *seconds)
{
	const char *p = text;
	int			unit = 0;
	int64		number;

	*seconds = 0;
	while (read_number(&p, &number))
	{
		while (unit < lengthof(units) && units[unit].letter != *p)
			unit++;
		if (unit == lengthof(units))
			return false;
		*seconds += number * units[unit++].seconds;
		p++;
		if (*p == '\0')
			return *seconds <= MAX_DURATION_S;
	}
	return false;
}
