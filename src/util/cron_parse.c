/*-------------------------------------------------------------------------
 *
 * cron_parse.c
 *	  Reading of patterns of points in time, as in crontab(5).
 *
 * A pattern is taken as the reference's parser takes it.  Each of its fields
 * is a list of items; an item is a value, a range or "*", and may have a
 * step.  A step that is longer than the range leaves its first value.  What a
 * field means is decided by the set of its values: one that has all of them
 * restricts nothing, however it is written.
 *
 * The day of the week knows two forms that a set of weekdays cannot tell:
 * "5#3" is the third Friday of a month, "L5" the last one.  They do not go
 * together with plain weekdays in one pattern.  The day of the month knows
 * "L", the last day.
 *
 * Nothing here allocates but the copy of the text and the text of an error,
 * both in CurrentMemoryContext.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "lib/stringinfo.h"
#include "port/pg_bitutils.h"

#include "util/cron.h"

#define MIN_FIELDS	5
#define MAX_FIELDS	6

/* longest number that is read: no value, and no step that matters, has more */
#define MAX_DIGITS	9

static const char *const month_names[] = {
	"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"
};

static const char *const day_names[] = {
	"sun", "mon", "tue", "wed", "thu", "fri", "sat"
};

static const struct
{
	const char *name;
	const char *pattern;
}			shorthands[] = {
	{"@annually", "0 0 1 1 *"},
	{"@daily", "0 0 * * *"},
	{"@hourly", "0 * * * *"},
	{"@midnight", "0 0 * * *"},
	{"@monthly", "0 0 1 * *"},
	{"@weekly", "0 0 * * 0"},
	{"@yearly", "0 0 1 1 *"}
};

/* The numbers and names that one field takes. */
typedef struct CronField
{
	const char *name;
	int			min;
	int			max;
	const char *const *names;	/* of min, min + 1, ... */
	int			n_names;
} CronField;

enum
{
	MINUTE, HOUR, DAY, MONTH, WEEKDAY, SECOND
};

/* in the order in which they stand in a pattern; weekday 7 is Sunday, too */
static const CronField fields[MAX_FIELDS] = {
	[MINUTE] = {"minute", 0, 59, NULL, 0},
	[HOUR] = {"hour", 0, 23, NULL, 0},
	[DAY] = {"day of month", 1, 31, NULL, 0},
	[MONTH] = {"month", 1, 12, month_names, lengthof(month_names)},
	[WEEKDAY] = {"day of week", 0, 7, day_names, lengthof(day_names)},
	[SECOND] = {"second", 0, 59, NULL, 0}
};

/* One field while it is read. */
typedef struct CronReader
{
	const CronField *field;
	const char *at;				/* what has not been read yet */
	uint64		bits;			/* the values found so far */
	CronPattern *pattern;		/* takes "L", "5#3" and "L5" */
	char	   *problem;		/* what is wrong, or NULL */
} CronReader;

static bool fail_cron(CronReader *reader, const char *format,...) pg_attribute_printf(2, 3);

/* Notes what is wrong with a field; returns false. */
static bool
fail_cron(CronReader *reader, const char *format,...)
{
	StringInfoData text;
	int			needed;

	initStringInfo(&text);
	for (;;)
	{
		va_list		args;

		va_start(args, format);
		needed = appendStringInfoVA(&text, format, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&text, needed);
	}
	reader->problem = text.data;
	return false;
}

/*
 * Returns the length of the word at a place: what reaches to the end or a
 * separator.
 */
static int
word_length(const char *at)
{
	return strcspn(at, ",-/#");
}

static bool
fail_at_word(CronReader *reader)
{
	int			length = word_length(reader->at);

	if (length == 0 && *reader->at == '\0')
		return fail_cron(reader, "a value is missing at the end");
	if (length == 0)
		return fail_cron(reader, "a value is missing before \"%s\"", reader->at);
	return fail_cron(reader, "\"%.*s\" is not a value of this field", length, reader->at);
}

/* A number without a sign; false, and nothing read, when there is none. */
static bool
read_number(const char **at, int *number)
{
	const char *digit = *at;
	int			significant = 0;

	if (!isdigit((unsigned char) *digit))
		return false;
	for (*number = 0; isdigit((unsigned char) *digit); digit++)
	{
		if (significant > 0 || *digit != '0')
			significant++;
		if (significant <= MAX_DIGITS)
			*number = *number * 10 + (*digit - '0');
	}
	*at = digit;
	return true;
}

/* A value of the field, by number or by name. */
static bool
read_value(CronReader *reader, int *value)
{
	const CronField *field = reader->field;
	const char *begin = reader->at;
	int			length = word_length(begin);

	for (int i = 0; i < field->n_names; i++)
	{
		if (length == 3 && pg_strncasecmp(begin, field->names[i], 3) == 0)
		{
			*value = field->min + i;
			reader->at += 3;
			return true;
		}
	}
	if (!read_number(&reader->at, value) || reader->at != begin + length)
	{
		reader->at = begin;
		return fail_at_word(reader);
	}
	if (*value < field->min || *value > field->max)
		return fail_cron(reader, "%.*s is not between %d and %d",
						 length, begin, field->min, field->max);
	return true;
}

static bool
is_day_of_month(const CronReader *reader)
{
	return reader->field == &fields[DAY];
}

static bool
is_weekday(const CronReader *reader)
{
	return reader->field == &fields[WEEKDAY];
}

/* Returns whether the word at this place is just the letter L. */
static bool
is_last(const char *at)
{
	return (at[0] == 'L' || at[0] == 'l') && word_length(at) == 1;
}

/*
 * The end of a range that began with "first".  A range may end with Sunday,
 * by whichever name, and with the last day of a month.
 */
static bool
read_range_end(CronReader *reader, int first, int *last)
{
	if (is_day_of_month(reader) && is_last(reader->at))
	{
		*last = reader->field->max;
		reader->at++;
		return true;
	}
	if (!read_value(reader, last))
		return false;
	if (is_weekday(reader) && *last == 0 && first > 0)
		*last = 7;
	if (*last < first)
		return fail_cron(reader, "the range %d-%d ends before it begins", first, *last);
	return true;
}

static bool
read_step(CronReader *reader, int *step)
{
	int			length = word_length(reader->at);

	if (!read_number(&reader->at, step) || *step < 1)
		return fail_cron(reader, "\"/\" needs a step of at least 1 behind it");
	if (word_length(reader->at) > 0)
		return fail_cron(reader, "\"%.*s\" is not a step", length, reader->at);
	return true;
}

/* Adds first, first + step, ... up to last; seven in a week is Sunday. */
static uint64
values_between(int first, int last, int step)
{
	uint64		bits = 0;

	for (int value = first; value <= last; value += Min(step, last - first + 1))
		bits |= UINT64CONST(1) << value;
	return bits;
}

static uint64
fold_sunday(uint64 bits)
{
	if (bits & (UINT64CONST(1) << 7))
		bits |= 1;
	return bits & ~(UINT64CONST(1) << 7);
}

/*
 * Reads the number behind "#", by which the weekdays count in one week of a
 * month only.
 */
static bool
read_week_of_month(CronReader *reader, uint64 weekdays)
{
	int			week;

	if (!is_weekday(reader))
		return fail_cron(reader, "\"#\" belongs to days of the week only");
	if (!read_number(&reader->at, &week) || week < 1 || week > 5)
		return fail_cron(reader, "\"#\" needs a number between 1 and 5 behind it");
	weekdays = fold_sunday(weekdays);
	for (int day = 0; day < 7; day++)
		if (weekdays & (UINT64CONST(1) << day))
			reader->pattern->weeks[day] |= 1 << week;
	return true;
}

/* "L5", the last Friday of a month; "L" has been seen. */
static bool
read_last_weekday(CronReader *reader)
{
	int			day;

	reader->at++;
	if (!isdigit((unsigned char) *reader->at))
		return fail_cron(reader, "\"L\" needs the number of a weekday behind it");
	if (!read_value(reader, &day))
		return false;
	reader->pattern->weeks[day % 7] |= CRON_LAST_WEEK;
	return true;
}

/* One item of a list: "*", "5", "1-9", each perhaps with "/2", or a special. */
static bool
read_item(CronReader *reader)
{
	int			first = reader->field->min;
	int			last = reader->field->max;
	int			step = 1;
	bool		is_single = false;

	if (is_day_of_month(reader) && is_last(reader->at))
	{
		reader->at++;
		reader->pattern->last_day = true;
		return true;
	}
	if (is_weekday(reader) && (*reader->at == 'L' || *reader->at == 'l'))
		return read_last_weekday(reader);
	if (*reader->at == '*')
		reader->at++;
	else
	{
		if (!read_value(reader, &first))
			return false;
		last = first;
		is_single = *reader->at != '-';
		if (!is_single)
		{
			reader->at++;
			if (!read_range_end(reader, first, &last))
				return false;
		}
		if (*reader->at == '#')
		{
			reader->at++;
			return read_week_of_month(reader, values_between(first, last, 1));
		}
	}
	if (*reader->at == '/')
	{
		reader->at++;
		if (!read_step(reader, &step))
			return false;
		if (is_single)
			last = reader->field->max;
	}
	reader->bits |= values_between(first, last, step);
	return true;
}

/*
 * Reads the text of one field into its values.  Returns NULL, or what is wrong.
 */
static char *
read_field(int number, const char *text, CronPattern *pattern, uint64 *bits)
{
	CronReader	reader = {&fields[number], text, 0, pattern, NULL};

	for (;;)
	{
		if (!read_item(&reader))
			break;
		if (*reader.at == '\0')
			break;
		if (*reader.at != ',')
		{
			(void) fail_cron(&reader, "\"%s\" cannot follow here", reader.at);
			break;
		}
		reader.at++;
	}
	*bits = number == WEEKDAY ? fold_sunday(reader.bits) : reader.bits;
	if (reader.problem == NULL)
		return NULL;
	return psprintf("%s \"%s\": %s", fields[number].name, text, reader.problem);
}

static bool
has_all(int number, uint64 bits)
{
	int			n = fields[number].max - fields[number].min + 1;

	if (number == WEEKDAY)
		n = 7;
	return pg_popcount((const char *) &bits, sizeof(bits)) == n;
}

/* Notes what restricts the days, and whether it goes together. */
static char *
settle_days(CronPattern *pattern)
{
	for (int day = 0; day < 7; day++)
		pattern->has_weeks |= pattern->weeks[day] != 0;
	pattern->any_day = has_all(DAY, pattern->days);
	pattern->any_weekday = has_all(WEEKDAY, pattern->weekdays);
	if (pattern->has_weeks && pattern->any_weekday)
		pattern->weekdays = 0;
	if (pattern->has_weeks && pattern->weekdays != 0)
		return pstrdup("day of week: weekdays of certain weeks (\"5#3\", \"L5\")"
					   " and of every week cannot be mixed");
	if (pattern->has_weeks)
		pattern->any_weekday = false;
	return NULL;
}

static const char *
expand_shorthand(const char *text)
{
	for (int i = 0; i < lengthof(shorthands); i++)
		if (pg_strcasecmp(text, shorthands[i].name) == 0)
			return shorthands[i].pattern;
	return text;
}

/* Cuts a text into words in place; returns their number, up to max + 1. */
static int
split_words(char *text, char **words, int max)
{
	int			n = 0;
	char	   *word;

	while ((word = strsep(&text, " \t\n\v\f\r")) != NULL)
	{
		if (*word == '\0')
			continue;
		if (n == max)
			return max + 1;
		words[n++] = word;
	}
	return n;
}

/*
 * Reads a pattern.
 *
 * Returns NULL and fills *pattern, or returns what is wrong: the name of the
 * field, its text and the reason, in CurrentMemoryContext.
 */
char *
mst_cron_parse(const char *text, CronPattern *pattern)
{
	char	   *words[MAX_FIELDS];
	uint64		bits[MAX_FIELDS] = {[SECOND] = 1};
	char	   *copy = pstrdup(text);
	int			n = split_words(copy, words, MAX_FIELDS);
	char	   *problem = NULL;

	memset(pattern, 0, sizeof(*pattern));
	if (n == 1 && words[0][0] == '@')
		n = split_words(pstrdup(expand_shorthand(words[0])), words, MAX_FIELDS);
	if (n == 1 && words[0][0] == '@')
		return psprintf("\"%s\" is not one of the known names", words[0]);
	if (n < MIN_FIELDS || n > MAX_FIELDS)
		return psprintf("a pattern has %d or %d fields, and this has %s%d",
						MIN_FIELDS, MAX_FIELDS,
						n > MAX_FIELDS ? "more than " : "", Min(n, MAX_FIELDS));
	for (int i = 0; i < n && problem == NULL; i++)
		problem = read_field(i, words[i], pattern, &bits[i]);
	pattern->minutes = bits[MINUTE];
	pattern->hours = bits[HOUR];
	pattern->days = bits[DAY];
	pattern->months = bits[MONTH];
	pattern->weekdays = bits[WEEKDAY];
	pattern->seconds = bits[SECOND];
	if (problem == NULL)
		problem = settle_days(pattern);
	pfree(copy);
	return problem;
}

/* Appends a field as a list of numbers, or "*" where it restricts nothing. */
static void
append_field(StringInfo text, int number, uint64 bits)
{
	const char *separator = "";

	if (number > MINUTE)
		appendStringInfoChar(text, ' ');
	if (has_all(number, bits))
	{
		appendStringInfoChar(text, '*');
		return;
	}
	for (int value = 0; value < 60; value++)
	{
		if (!(bits & (UINT64CONST(1) << value)))
			continue;
		appendStringInfo(text, "%s%d", separator, value);
		separator = ",";
	}
}

/*
 * Returns the pattern in five fields of plain numbers, which every cron takes
 * for the same points in time; NULL when it needs more than that.  The text is
 * in CurrentMemoryContext.
 */
char *
mst_cron_plain_text(const CronPattern *pattern)
{
	StringInfoData text;

	if (pattern->seconds != 1 || pattern->last_day || pattern->has_weeks)
		return NULL;
	initStringInfo(&text);
	append_field(&text, MINUTE, pattern->minutes);
	append_field(&text, HOUR, pattern->hours);
	append_field(&text, DAY, pattern->days);
	append_field(&text, MONTH, pattern->months);
	append_field(&text, WEEKDAY, pattern->weekdays);
	return text.data;
}
