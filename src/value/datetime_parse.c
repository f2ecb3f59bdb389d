/*-------------------------------------------------------------------------
 *
 * datetime_parse.c
 *	  The permissive date parser: ISO forms, compact forms, English month
 *	  and weekday names, 12-hour clocks, offsets.
 *
 * Follows the rules of python-dateutil's parser: the text is cut into runs of
 * letters, numbers and single other characters; numbers are tried as parts of
 * a time first, and those left over are day, month and year, told apart at
 * the end by their size and place.  What is missing comes from today.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>
#include <time.h>

#include "value/datetime_impl.h"
#include "value/evaluation.h"
#include "value/unicode.h"

#define MAX_TOKENS		200
#define UNSET			(-1)

typedef struct Token
{
	const char *text;			/* NUL-terminated */
	int			len;
} Token;

typedef enum DateLabel
{
	LABEL_NONE,
	LABEL_YEAR,
	LABEL_MONTH,
	LABEL_DAY
} DateLabel;

typedef struct Parser
{
	Token		tokens[MAX_TOKENS];
	int			ntokens;

	/* numbers that are day, month and year in some order */
	int			ymd[4];
	int			nymd;
	int			at_year;		/* index into ymd that is known to be the year */
	int			at_month;
	int			at_day;
	bool		has_century;

	/* what has been found */
	int			year;
	int			month;
	int			day;
	int			weekday;
	int			hour;
	int			minute;
	int			second;
	int			microsecond;
	bool		has_zone_name;
	bool		has_offset;
	int			offset;			/* seconds */
} Parser;

/* ---- tokens ---- */

/*
 * Keeps a token; false when there are more than a date can have, so a long
 * text is refused and not worked through.
 */
static bool
add_token(Parser *parser, const char *text, int len)
{
	if (parser->ntokens >= MAX_TOKENS)
		return false;
	parser->tokens[parser->ntokens].text = pnstrdup(text, len);
	parser->tokens[parser->ntokens].len = len;
	parser->ntokens++;
	return true;
}

/* Cuts a run with points in it, like "Sep.20" or "10.2003.09", at each of them. */
static bool
add_pieces(Parser *parser, const char *text, int len)
{
	int			start = 0;
	int			i;

	for (i = 0; i <= len; i++)
	{
		if (i < len && text[i] != '.' && text[i] != ',')
			continue;
		if (i > start && !add_token(parser, text + start, i - start))
			return false;
		if (i < len && !add_token(parser, text + i, 1))
			return false;
		start = i + 1;
	}
	return true;
}

/* ASCII digits only: others are letters to dateutil, and then no date. */
static bool
is_number_char(uint32 c)
{
	return c >= '0' && c <= '9';
}

/* A run of letters or digits, with points and commas as far as they belong to it. */
static bool
read_run(Parser *parser, const char **p, const char *end)
{
	const char *start = *p;
	const char *q = start;
	uint32		c = mst_utf8_next(&q, end);
	bool		in_letters = mst_char_is_alpha(c);
	bool		seen_letters = in_letters;
	int			npoints = 0;
	int			ncommas = 0;
	int			len;

	while (q < end)
	{
		const char *at = q;
		bool		after_point = npoints > 0;
		bool		after_dot = q[-1] == '.';

		c = mst_utf8_next(&q, end);
		if (c == '.')
		{
			npoints++;
			continue;
		}
		if (c == ',' && !in_letters && npoints == 0 && at - start >= 2)
		{
			npoints++;
			ncommas++;
			continue;
		}
		if (in_letters && mst_char_is_alpha(c))
			continue;
		if (!in_letters && is_number_char(c))
			continue;
		if (after_point && after_dot && (mst_char_is_alpha(c) || is_number_char(c)))
		{
			in_letters = mst_char_is_alpha(c);
			seen_letters |= in_letters;
			continue;
		}
		q = at;
		break;
	}
	len = (int) (q - start);
	*p = q;
	if (npoints > 0 && (seen_letters || npoints - ncommas > 1 ||
						start[len - 1] == '.' || start[len - 1] == ','))
		return add_pieces(parser, start, len);
	if (!add_token(parser, start, len))
		return false;
	if (ncommas > 0)
	{
		char	   *comma = strchr(parser->tokens[parser->ntokens - 1].text, ',');

		if (comma != NULL)
			*comma = '.';
	}
	return true;
}

/*
 * Splits a text as dateutil does: runs of letters, of digits (with the points
 * between them), and every other character by itself. Any white space becomes
 * one blank; U+0000 is passed over.
 */
static bool
split_into_tokens(Parser *parser, const char *text, int len)
{
	const char *p = text;
	const char *end = text + len;

	while (p < end)
	{
		const char *start = p;
		uint32		c = mst_utf8_next(&p, end);

		if (c == 0)
			continue;
		if (mst_char_is_alpha(c) || is_number_char(c))
		{
			p = start;
			if (!read_run(parser, &p, end))
				return false;
		}
		else if (mst_char_is_space(c))
		{
			if (!add_token(parser, " ", 1))
				return false;
		}
		else if (!add_token(parser, start, (int) (p - start)))
			return false;
	}
	return true;
}

/* ---- words ---- */

/*
 * Returns a token, or an empty string beyond both ends, so that rules may look
 * at neighbours without asking.
 */
static inline const char *
token_text(const Parser *parser, int i)
{
	return i >= 0 && i < parser->ntokens ? parser->tokens[i].text : "";
}

/* Answers whether there is a token of that number. */
static inline bool
has_token(const Parser *parser, int i)
{
	return i >= 0 && i < parser->ntokens;
}

/* Answers whether a token is one of some words, whatever their case. */
static bool
is_word(const char *s, const char *const *words, int n)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		if (pg_strcasecmp(s, words[i]) == 0)
			return true;
	}
	return false;
}

/*
 * Answers whether a token may stand anywhere and means nothing. This is
 * dateutil's list, which has letters that occur in other words as well ("t",
 * "m"), so it is asked last.
 */
static bool
is_jump(const char *s)
{
	static const char *const jumps[] = {
		" ", ".", ",", ";", "-", "/", "'", "at", "on", "and", "ad", "m", "t", "of",
		"st", "nd", "rd", "th"
	};

	return is_word(s, jumps, lengthof(jumps));
}

/* Index of a name or its abbreviation, or UNSET. */
static int
find_name(const char *s, const char *const *names, int n)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		if (pg_strcasecmp(s, names[i]) == 0 ||
			(strlen(s) == 3 && pg_strncasecmp(s, names[i], 3) == 0))
			return i;
	}
	return UNSET;
}

/*
 * Returns the month (1 to 12) that a token names, in full or by three letters,
 * or UNSET; "sept" is the one exception.
 */
static int
find_month(const char *s)
{
	int			i = find_name(s, mst_datetime_months, 12);

	if (i == UNSET && pg_strcasecmp(s, "sept") == 0)
		i = 8;
	return i == UNSET ? UNSET : i + 1;
}

/* 0 hours, 1 minutes, 2 seconds, or UNSET. */
static int
find_unit(const char *s)
{
	static const char *const hours[] = {"h", "hour", "hours"};
	static const char *const minutes[] = {"m", "minute", "minutes"};
	static const char *const seconds[] = {"s", "second", "seconds"};

	if (is_word(s, hours, 3))
		return 0;
	if (is_word(s, minutes, 3))
		return 1;
	return is_word(s, seconds, 3) ? 2 : UNSET;
}

/* Returns 0 for the morning, 1 for the afternoon, else UNSET. */
static int
find_ampm(const char *s)
{
	static const char *const am[] = {"am", "a"};
	static const char *const pm[] = {"pm", "p"};

	if (is_word(s, am, 2))
		return 0;
	return is_word(s, pm, 2) ? 1 : UNSET;
}

/*
 * Answers whether a token is a name of UTC. Case counts for all but "Z", as in
 * dateutil.
 */
static bool
is_utc_name(const char *s)
{
	return strcmp(s, "UTC") == 0 || strcmp(s, "GMT") == 0 || strcmp(s, "Z") == 0 || strcmp(s, "z") == 0;
}

/*
 * Answers whether a token may name a time zone: capitals, five at most, behind
 * a time, and once. The name of an unknown zone is taken and has no effect, as
 * in dateutil.
 */
static bool
could_be_zone_name(const Parser *parser, const char *s)
{
	if (parser->hour == UNSET || parser->has_zone_name || parser->has_offset || strlen(s) > 5)
		return false;
	return is_utc_name(s) || (strlen(s) > 0 && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(s));
}

/* Answers whether a token is a number without a point. */
static bool
is_all_digits(const char *s)
{
	return *s != '\0' && strspn(s, "0123456789") == strlen(s);
}

/* ---- numbers ---- */

/* Returns the number that n digits make; a digit that is missing ends it. */
static int
digits_at(const char *s, int from, int n)
{
	int			value = 0;

	while (n-- > 0 && s[from] >= '0' && s[from] <= '9')
		value = value * 10 + (s[from++] - '0');
	return value;
}

/* Adds a part of the date; false when a label comes twice or there are too many. */
static bool
add_ymd(Parser *parser, const char *text, DateLabel label)
{
	double		value = strtod(text, NULL);
	int		   *at = NULL;

	if (parser->nymd >= 4 || !(value < 1e9))
		return false;
	if ((is_all_digits(text) && strlen(text) > 2) || value > 100)
	{
		parser->has_century = true;
		if (label != LABEL_NONE && label != LABEL_YEAR)
			return false;
		label = LABEL_YEAR;
	}
	if (label == LABEL_YEAR)
		at = &parser->at_year;
	else if (label == LABEL_MONTH)
		at = &parser->at_month;
	else if (label == LABEL_DAY)
		at = &parser->at_day;
	if (at != NULL)
	{
		if (*at != UNSET)
			return false;
		*at = parser->nymd;
	}
	parser->ymd[parser->nymd++] = (int) value;
	return true;
}

/*
 * Adds a month that was written as a word to the numbers of the date, so that
 * the order of the others can be told from its place.
 */
static bool
add_month(Parser *parser, int month)
{
	char		text[12];

	snprintf(text, sizeof(text), "%d", month);
	return add_ymd(parser, text, LABEL_MONTH);
}

/*
 * Answers whether a number may be the day of what is known of the date so far.
 * Without a year the one of a leap year counts, so that the 29th of February
 * is possible.
 */
static bool
could_be_day(const Parser *parser, double value)
{
	int			month;
	int			year = 2000;

	if (parser->at_day != UNSET)
		return false;
	if (parser->at_month == UNSET)
		return value >= 1 && value <= 31;
	month = parser->ymd[parser->at_month];
	if (parser->at_year != UNSET)
		year = parser->ymd[parser->at_year];
	return month >= 1 && month <= 12 && value >= 1 && value <= mst_datetime_days_in_month(year, month);
}

/* Returns an hour of the 12-hour clock as one of 24. */
static int
adjust_ampm(int hour, int ampm)
{
	if (hour < 12 && ampm == 1)
		return hour + 12;
	return hour == 12 && ampm == 0 ? 0 : hour;
}

/* "12.345" as seconds and microseconds. */
static void
set_seconds(Parser *parser, const char *s)
{
	const char *point = strchr(s, '.');
	int			scale = 100000;

	parser->second = digits_at(s, 0, 9);
	parser->microsecond = 0;
	if (point == NULL)
		return;
	for (point++; *point >= '0' && *point <= '9' && scale > 0; point++, scale /= 10)
		parser->microsecond += (*point - '0') * scale;
}

/* Returns a whole number of a size that stays out of range. */
static int
whole_part(double value)
{
	return (int) Min(floor(value), 1e6);
}

/* "12.5" as minutes and seconds. */
static void
set_minutes(Parser *parser, double value)
{
	parser->minute = whole_part(value);
	if (value > floor(value))
		parser->second = (int) (60 * (value - floor(value)));
}

/*
 * Sets what "10h", "10m" or "10s" stands for. The fraction of an hour becomes
 * minutes.
 */
static void
set_unit(Parser *parser, const char *text, int unit)
{
	double		value = strtod(text, NULL);

	if (unit == 0)
	{
		parser->hour = whole_part(value);
		if (value > floor(value))
			parser->minute = (int) (60 * (value - floor(value)));
	}
	else if (unit == 1)
		set_minutes(parser, value);
	else if (unit == 2)
		set_seconds(parser, text);
}

/* Returns the token that says what unit the number at i has, or UNSET. */
static int
find_unit_token(const Parser *parser, int i)
{
	int			n = parser->ntokens;

	if (i + 1 < n && find_unit(token_text(parser, i + 1)) != UNSET)
		return i + 1;
	if (i + 2 < n && strcmp(token_text(parser, i + 1), " ") == 0 && find_unit(token_text(parser, i + 2)) != UNSET)
		return i + 2;
	if (i > 0 && find_unit(token_text(parser, i - 1)) != UNSET)
		return i - 1;
	if (i > 1 && i == n - 1 && strcmp(token_text(parser, i - 1), " ") == 0 &&
		find_unit(token_text(parser, i - 2)) != UNSET)
		return i - 2;
	return UNSET;
}

/* A number with a separator of dates behind it; *i moves to the last token used. */
static bool
parse_separated(Parser *parser, int *i)
{
	const char *separator = token_text(parser, *i + 1);
	int			month;

	if (!add_ymd(parser, token_text(parser, *i), LABEL_NONE))
		return false;
	if (has_token(parser, *i + 2) && !is_jump(token_text(parser, *i + 2)))
	{
		const char *second = token_text(parser, *i + 2);

		if (is_all_digits(second))
		{
			if (!add_ymd(parser, second, LABEL_NONE))
				return false;
		}
		else if ((month = find_month(second)) == UNSET || !add_month(parser, month))
			return false;
		if (has_token(parser, *i + 3) && strcmp(token_text(parser, *i + 3), separator) == 0)
		{
			const char *third = token_text(parser, *i + 4);

			if (!has_token(parser, *i + 4))
				return false;
			if ((month = find_month(third)) != UNSET)
			{
				if (!add_month(parser, month))
					return false;
			}
			else if (!is_all_digits(third) || !add_ymd(parser, third, LABEL_NONE))
				return false;
			*i += 2;
		}
		*i += 1;
	}
	*i += 1;
	return true;
}

/* HH:MM[:SS[.ss]] */
static bool
parse_clock(Parser *parser, int *i)
{
	const char *minutes = token_text(parser, *i + 2);

	parser->hour = digits_at(token_text(parser, *i), 0, 9);
	if (!is_number_char((unsigned char) minutes[0]))
		return false;
	set_minutes(parser, strtod(minutes, NULL));
	if (has_token(parser, *i + 4) && strcmp(token_text(parser, *i + 3), ":") == 0)
	{
		if (!is_number_char((unsigned char) token_text(parser, *i + 4)[0]))
			return false;
		set_seconds(parser, token_text(parser, *i + 4));
		*i += 2;
	}
	*i += 2;
	return true;
}

/* Digits written together: times and dates without separators. */
static bool
parse_compact(Parser *parser, const char *s, int len, bool *done)
{
	bool		is_six = len == 6 || (len > 6 && strchr(s, '.') == s + 6);

	*done = true;
	if (is_six)
	{
		if (parser->nymd == 0 && strchr(s, '.') == NULL)
			return add_ymd(parser, pnstrdup(s, 2), LABEL_NONE) &&
				add_ymd(parser, pnstrdup(s + 2, 2), LABEL_NONE) &&
				add_ymd(parser, s + 4, LABEL_NONE);
		parser->hour = digits_at(s, 0, 2);
		parser->minute = digits_at(s, 2, 2);
		set_seconds(parser, s + 4);
		return true;
	}
	if ((len == 8 || len == 12 || len == 14) && is_all_digits(s))
	{
		if (!add_ymd(parser, pnstrdup(s, 4), LABEL_YEAR) ||
			!add_ymd(parser, pnstrdup(s + 4, 2), LABEL_NONE) ||
			!add_ymd(parser, pnstrdup(s + 6, 2), LABEL_NONE))
			return false;
		if (len > 8)
		{
			parser->hour = digits_at(s, 8, 2);
			parser->minute = digits_at(s, 10, 2);
		}
		if (len > 12)
			parser->second = digits_at(s, 12, 2);
		return true;
	}
	*done = false;
	return true;
}

/*
 * Answers whether a token separates the numbers of a date written without
 * blanks.
 */
static bool
is_date_separator(const char *s)
{
	return strcmp(s, "-") == 0 || strcmp(s, "/") == 0 || strcmp(s, ".") == 0;
}

/* A number; *i moves to the last token that belongs to it. */
static bool
parse_number(Parser *parser, int *i)
{
	const char *s = token_text(parser, *i);
	int			len = (int) strlen(s);
	double		value = strtod(s, NULL);
	const char *next = token_text(parser, *i + 1);
	bool		is_last = !has_token(parser, *i + 1);
	bool		done;
	int			unit_at;

	if (parser->nymd == 3 && (len == 2 || len == 4) && parser->hour == UNSET &&
		(is_last || (strcmp(next, ":") != 0 && find_unit(next) == UNSET)))
	{
		parser->hour = digits_at(s, 0, 2);
		if (len == 4)
			parser->minute = digits_at(s, 2, 2);
		return true;
	}
	if (!parse_compact(parser, s, len, &done) || done)
		return done;
	unit_at = find_unit_token(parser, *i);
	if (unit_at != UNSET)
	{
		int			unit = find_unit(token_text(parser, unit_at));

		/* a unit in front is that of the number before */
		set_unit(parser, s, unit_at > *i ? unit : unit + 1);
		*i = Max(*i, unit_at);
		return true;
	}
	if (has_token(parser, *i + 2) && strcmp(next, ":") == 0)
		return parse_clock(parser, i);
	if (!is_last && is_date_separator(next))
		return parse_separated(parser, i);
	if (is_last || is_jump(next))
	{
		int			ampm = find_ampm(token_text(parser, *i + 2));

		if (ampm != UNSET && has_token(parser, *i + 2))
		{
			parser->hour = adjust_ampm(whole_part(value), ampm);
			*i += 1;
		}
		else if (!add_ymd(parser, s, LABEL_NONE))
			return false;
		*i += 1;
		return true;
	}
	if (find_ampm(next) != UNSET && value >= 0 && value < 24)
	{
		*i += 1;
		parser->hour = adjust_ampm(whole_part(value), find_ampm(next));
		return true;
	}
	return could_be_day(parser, value) && add_ymd(parser, s, LABEL_NONE);
}

/* ---- the rest of the grammar ---- */

/* A month's name and what belongs to it: "Jan-01-99", "Jan of 01". */
static bool
parse_month(Parser *parser, int *i)
{
	const char *next = token_text(parser, *i + 1);

	if (!add_month(parser, find_month(token_text(parser, *i))))
		return false;
	if (strcmp(next, "-") == 0 || strcmp(next, "/") == 0)
	{
		if (!is_all_digits(token_text(parser, *i + 2)) ||
			!add_ymd(parser, token_text(parser, *i + 2), LABEL_NONE))
			return false;
		if (has_token(parser, *i + 3) && strcmp(token_text(parser, *i + 3), next) == 0)
		{
			if (!is_all_digits(token_text(parser, *i + 4)) ||
				!add_ymd(parser, token_text(parser, *i + 4), LABEL_NONE))
				return false;
			*i += 2;
		}
		*i += 2;
	}
	else if (has_token(parser, *i + 4) && strcmp(next, " ") == 0 &&
			 pg_strcasecmp(token_text(parser, *i + 2), "of") == 0 &&
			 strcmp(token_text(parser, *i + 3), " ") == 0)
	{
		if (is_all_digits(token_text(parser, *i + 4)) &&
			!add_ymd(parser, token_text(parser, *i + 4), LABEL_YEAR))
			return false;
		*i += 4;
	}
	return true;
}

/* "+HH:MM", "+HHMM", "+HH" */
static bool
parse_offset(Parser *parser, int *i)
{
	int			sign = strcmp(token_text(parser, *i), "+") == 0 ? 1 : -1;
	const char *s = token_text(parser, *i + 1);
	int			hours;
	int			minutes = 0;

	if (!is_all_digits(s))
		return false;
	if (strlen(s) == 4)
	{
		hours = digits_at(s, 0, 2);
		minutes = digits_at(s, 2, 2);
	}
	else if (strcmp(token_text(parser, *i + 2), ":") == 0)
	{
		if (!is_all_digits(token_text(parser, *i + 3)))
			return false;
		hours = digits_at(s, 0, 9);
		minutes = digits_at(token_text(parser, *i + 3), 0, 9);
		*i += 2;
	}
	else if (strlen(s) <= 2)
		hours = digits_at(s, 0, 2);
	else
		return false;
	if (hours >= 24 || minutes >= 24 * 60)
		return false;
	parser->has_offset = true;
	parser->offset = sign * (hours * 3600 + minutes * 60);
	*i += 1;
	return true;
}

/* A zone's name; "GMT+3" counts the other way round than "+3". */
static void
parse_zone_name(Parser *parser, int i)
{
	const char *next = token_text(parser, i + 1);

	parser->has_zone_name = true;
	if (is_utc_name(token_text(parser, i)))
	{
		parser->has_offset = true;
		parser->offset = 0;
	}
	if (strcmp(next, "+") == 0 || strcmp(next, "-") == 0)
	{
		parser->tokens[i + 1].text = *next == '+' ? "-" : "+";
		parser->has_offset = false;
		if (is_utc_name(token_text(parser, i)))
			parser->has_zone_name = false;
	}
}

/*
 * Goes through the tokens from left to right. The order of the questions is
 * dateutil's, and decides: "may" is a month before it could be anything else,
 * and a sign is an offset only behind a time. False where a token means
 * nothing.
 */
static bool
parse_tokens(Parser *parser)
{
	int			i;

	for (i = 0; i < parser->ntokens; i++)
	{
		const char *s = token_text(parser, i);

		if (is_number_char((unsigned char) s[0]))
		{
			if (!parse_number(parser, &i))
				return false;
		}
		else if (find_name(s, mst_datetime_weekdays, 7) != UNSET)
			parser->weekday = find_name(s, mst_datetime_weekdays, 7);
		else if (find_month(s) != UNSET)
		{
			if (!parse_month(parser, &i))
				return false;
		}
		else if (find_ampm(s) != UNSET)
		{
			if (parser->hour == UNSET || parser->hour > 12)
				return false;
			parser->hour = adjust_ampm(parser->hour, find_ampm(s));
		}
		else if (could_be_zone_name(parser, s))
			parse_zone_name(parser, i);
		else if (parser->hour != UNSET && (strcmp(s, "+") == 0 || strcmp(s, "-") == 0))
		{
			if (!parse_offset(parser, &i))
				return false;
		}
		else if (!is_jump(s))
			return false;
	}
	return true;
}

/* ---- which number is what ---- */

/*
 * Takes the numbers of the date from their places; UNSET where there is none.
 */
static void
assign_date(Parser *parser, int year, int month, int day)
{
	parser->year = year >= 0 ? parser->ymd[year] : UNSET;
	parser->month = month >= 0 ? parser->ymd[month] : UNSET;
	parser->day = day >= 0 ? parser->ymd[day] : UNSET;
}

/*
 * Decides which of three numbers is the year, the month and the day. The
 * month's place may be known from a word; else the American order is tried
 * first, unless a number is too large for it.
 */
static void
resolve_three(Parser *parser)
{
	const int  *v = parser->ymd;

	if (parser->at_month == 0)
	{
		if (v[1] > 31)
			assign_date(parser, 1, 0, 2);
		else
			assign_date(parser, 2, 0, 1);
	}
	else if (parser->at_month == 1)
	{
		if (v[0] > 31)
			assign_date(parser, 0, 1, 2);
		else
			assign_date(parser, 2, 1, 0);
	}
	else if (parser->at_month == 2)
	{
		if (v[1] > 31)
			assign_date(parser, 1, 2, 0);
		else
			assign_date(parser, 0, 2, 1);
	}
	else if (v[0] > 31 || parser->at_year == 0)
		assign_date(parser, 0, 1, 2);
	else if (v[0] > 12)
		assign_date(parser, 2, 1, 0);
	else
		assign_date(parser, 2, 0, 1);
}

/*
 * Decides which of the numbers found are year, month and day. Labels (a month
 * in words, a year of more than two digits) decide where they are enough; else
 * a number above 31 is a year. Impossible dates are found later. False for
 * more than three numbers.
 */
static bool
resolve_ymd(Parser *parser)
{
	const int  *v = parser->ymd;
	int			n = parser->nymd;
	int			nlabels = (parser->at_year != UNSET) + (parser->at_month != UNSET) +
	(parser->at_day != UNSET);

	if ((n == nlabels && n > 0) || (n == 3 && nlabels == 2))
	{
		int			missing = 3 - Max(parser->at_year, 0) - Max(parser->at_month, 0) - Max(parser->at_day, 0);

		if (n == 3 && nlabels == 2)
		{
			if (parser->at_year == UNSET)
				parser->at_year = missing;
			else if (parser->at_month == UNSET)
				parser->at_month = missing;
			else
				parser->at_day = missing;
		}
		assign_date(parser, parser->at_year, parser->at_month, parser->at_day);
		return true;
	}
	if (n > 3)
		return false;
	if (n == 3)
		resolve_three(parser);
	else if (n == 1 || (n == 2 && parser->at_month != UNSET))
	{
		int			other = parser->at_month == 0 && n == 2 ? 1 : 0;

		if (n == 1 && parser->at_month != UNSET)
			other = UNSET;
		else if (v[other] > 31)
		{
			assign_date(parser, other, parser->at_month, UNSET);
			return true;
		}
		assign_date(parser, UNSET, parser->at_month, other);
	}
	else if (n == 2)
	{
		if (v[0] > 31)
			assign_date(parser, 0, 1, UNSET);
		else if (v[1] > 31)
			assign_date(parser, 1, 0, UNSET);
		else
			assign_date(parser, UNSET, 0, 1);
	}
	return true;
}

/* ---- the result ---- */

/* Two digits mean the year closest to the present one. */
static int
complete_year(int year, bool has_century, int this_year)
{
	if (year >= 100 || has_century)
		return year;
	year += this_year / 100 * 100;
	if (year >= this_year + 50)
		return year - 100;
	return year < this_year - 50 ? year + 100 : year;
}

/*
 * Fails as dateutil does; the text is shown up to a length, since it may be
 * anything.
 */
static bool
fail_parse(EvalContext *cxt, const ExprValue *text, const char *what)
{
	return mst_expr_fail(cxt, "ParserError", "%s: %.*s", what, Min(text->len, 200), text->u.string);
}

/* Fills what is missing from today and makes the value. */
static bool
build_datetime(EvalContext *cxt, const Parser *parser, const ExprValue *text, ExprValue *result)
{
	ExprDateParts p = {0};
	time_t		now = time(NULL);
	struct tm	today;
	EvalContext inner;

	localtime_r(&now, &today);
	p.year = parser->year != UNSET ?
		complete_year(parser->year, parser->has_century, today.tm_year + 1900) : today.tm_year + 1900;
	p.month = parser->month != UNSET ? parser->month : today.tm_mon + 1;
	p.day = parser->day;
	if (p.day == UNSET && p.year >= 1 && p.month >= 1 && p.month <= 12)
		p.day = Min(today.tm_mday, mst_datetime_days_in_month(p.year, p.month));
	p.hour = Max(parser->hour, 0);
	p.minute = Max(parser->minute, 0);
	p.second = Max(parser->second, 0);
	p.microsecond = Max(parser->microsecond, 0);

	inner = *cxt;
	inner.error = NULL;
	if (!mst_datetime_make(&inner, &p, (int64) parser->offset * EXPR_USECS_PER_SECOND, result))
		return fail_parse(cxt, text, inner.error->message);
	if (parser->weekday != UNSET && parser->day == UNSET)
	{
		/* the next such day, today included */
		ExprValue	span;

		mst_datetime_parts(result->u.datetime, &p);
		return mst_timespan_make(cxt, (parser->weekday - p.weekday + 7) % 7, 0, &span) &&
			mst_datetime_add(cxt, result, &span, 1, result);
	}
	return true;
}

/*
 * The permissive parser (dateutil's); ParserError "Unknown string format:
 * ...". No offset: UTC.
 */
bool
mst_datetime_parse(EvalContext *cxt, const ExprValue *text, ExprValue *result)
{
	Parser	   *parser = palloc0(sizeof(Parser));

	parser->at_year = parser->at_month = parser->at_day = UNSET;
	parser->year = parser->month = parser->day = parser->weekday = UNSET;
	parser->hour = parser->minute = parser->second = parser->microsecond = UNSET;
	if (!split_into_tokens(parser, text->u.string, text->len) ||
		!parse_tokens(parser) || !resolve_ymd(parser))
		return fail_parse(cxt, text, "Unknown string format");
	if (parser->nymd == 0 && parser->weekday == UNSET && parser->hour == UNSET &&
		parser->minute == UNSET && parser->second == UNSET)
		return fail_parse(cxt, text, "String does not contain a date");
	return build_datetime(cxt, parser, text, result);
}
