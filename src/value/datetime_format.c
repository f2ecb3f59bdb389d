/*-------------------------------------------------------------------------
 *
 * datetime_format.c
 *	  strftime and strptime in the C locale, as Python's datetime has them.
 *
 * strftime() and strptime() in the C locale.  The first is glibc's, which
 * Python calls: flags, widths and modifiers between "%" and the letter mean
 * what GNU gives them, and an unknown field stays as it is.  The second is
 * Python's own: a field takes as many digits as stay in range, as its
 * regular expression would, blanks in the format stand for any run of
 * blanks, and names match without case.
 *
 * Widths are bounded by MAX_FIELD_WIDTH, because a format of ten characters
 * could ask for gigabytes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/datetime_impl.h"
#include "value/evaluation.h"
#include "value/make.h"
#include "value/text.h"
#include "value/unicode.h"

/* widest field that strftime() makes here */
#define MAX_FIELD_WIDTH		255

const char *const mst_datetime_months[12] = {
	"January", "February", "March", "April", "May", "June", "July",
	"August", "September", "October", "November", "December"
};

const char *const mst_datetime_weekdays[7] = {
	"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"
};

/* ---- strftime ---- */

/* Year and week of ISO 8601. */
static void
iso_week(const ExprDateParts *p, int *year, int *week)
{
	/* the Thursday of the week decides the year */
	int			yearday = p->yearday - p->weekday + 3;

	*year = p->year;
	if (yearday < 1)
	{
		(*year)--;
		yearday += mst_datetime_days_in_month(*year, 2) == 29 ? 366 : 365;
	}
	else if (yearday > (mst_datetime_days_in_month(*year, 2) == 29 ? 366 : 365))
	{
		yearday -= mst_datetime_days_in_month(*year, 2) == 29 ? 366 : 365;
		(*year)++;
	}
	*week = (yearday - 1) / 7 + 1;
}

static void format_text(StringInfo out, const ExprDatetime *datetime, const ExprDateParts *p, const char *format, int len);

/* Formats by a format that is a constant: one of the composed fields. */
static void
format_fields(StringInfo out, const ExprDatetime *datetime, const ExprDateParts *p, const char *format)
{
	format_text(out, datetime, p, format, (int) strlen(format));
}

/* Dates; false when the letter is none of theirs. */
static bool
format_date_field(StringInfo out, const ExprDateParts *p, char letter)
{
	int			year;
	int			week;

	switch (letter)
	{
		case 'a':
			appendStringInfo(out, "%.3s", mst_datetime_weekdays[p->weekday]);
			return true;
		case 'A':
			appendStringInfoString(out, mst_datetime_weekdays[p->weekday]);
			return true;
		case 'b':
		case 'h':
			appendStringInfo(out, "%.3s", mst_datetime_months[p->month - 1]);
			return true;
		case 'B':
			appendStringInfoString(out, mst_datetime_months[p->month - 1]);
			return true;
		case 'C':
			appendStringInfo(out, "%d", p->year / 100);
			return true;
		case 'd':
			appendStringInfo(out, "%02d", p->day);
			return true;
		case 'e':
			appendStringInfo(out, "%2d", p->day);
			return true;
		case 'g':
		case 'G':
		case 'V':
			iso_week(p, &year, &week);
			if (letter == 'V')
				appendStringInfo(out, "%02d", week);
			else if (letter == 'g')
				appendStringInfo(out, "%02d", year % 100);
			else
				appendStringInfo(out, "%d", year);
			return true;
		case 'j':
			appendStringInfo(out, "%03d", p->yearday);
			return true;
		case 'm':
			appendStringInfo(out, "%02d", p->month);
			return true;
		case 'u':
			appendStringInfo(out, "%d", p->weekday + 1);
			return true;
		case 'w':
			appendStringInfo(out, "%d", (p->weekday + 1) % 7);
			return true;
		case 'U':
			appendStringInfo(out, "%02d", (p->yearday - 1 + 7 - (p->weekday + 1) % 7) / 7);
			return true;
		case 'W':
			appendStringInfo(out, "%02d", (p->yearday - 1 + 7 - p->weekday) / 7);
			return true;
		case 'y':
			appendStringInfo(out, "%02d", p->year % 100);
			return true;
		case 'Y':
			appendStringInfo(out, "%d", p->year);
			return true;
		default:
			return false;
	}
}

/* Times, zones and composed fields; false when the letter is none of theirs. */
static bool
format_time_field(StringInfo out, const ExprDatetime *datetime, const ExprDateParts *p, char letter)
{
	switch (letter)
	{
		case 'f':
			appendStringInfo(out, "%06d", p->microsecond);
			return true;
		case 'H':
			appendStringInfo(out, "%02d", p->hour);
			return true;
		case 'I':
			appendStringInfo(out, "%02d", (p->hour + 11) % 12 + 1);
			return true;
		case 'k':
			appendStringInfo(out, "%2d", p->hour);
			return true;
		case 'l':
			appendStringInfo(out, "%2d", (p->hour + 11) % 12 + 1);
			return true;
		case 'M':
			appendStringInfo(out, "%02d", p->minute);
			return true;
		case 'n':
			appendStringInfoChar(out, '\n');
			return true;
		case 'p':
			appendStringInfoString(out, p->hour < 12 ? "AM" : "PM");
			return true;
		case 'P':
			appendStringInfoString(out, p->hour < 12 ? "am" : "pm");
			return true;
		case 's':
			appendStringInfo(out, INT64_FORMAT, datetime->local / EXPR_USECS_PER_SECOND);
			return true;
		case 'S':
			appendStringInfo(out, "%02d", p->second);
			return true;
		case 't':
			appendStringInfoChar(out, '\t');
			return true;
		case 'z':
			if (!datetime->is_naive)
				mst_datetime_append_offset(out, datetime->offset, false);
			return true;
		case 'Z':
			if (!datetime->is_naive && datetime->offset == 0)
				appendStringInfoString(out, "UTC");
			return true;
		case '%':
			appendStringInfoChar(out, '%');
			return true;
		default:
			return false;
	}
}

/*
 * Returns the format that a field abbreviates, as glibc has it in the locale
 * C, or NULL for other fields.
 */
static const char *
composed_field(char letter)
{
	switch (letter)
	{
		case 'c':
			return "%a %b %e %H:%M:%S %Y";
		case 'D':
		case 'x':
			return "%m/%d/%y";
		case 'F':
			return "%Y-%m-%d";
		case 'r':
			return "%I:%M:%S %p";
		case 'R':
			return "%H:%M";
		case 'T':
		case 'X':
			return "%H:%M:%S";
		default:
			return NULL;
	}
}

/* What GNU allows between the % and the letter. */
typedef struct FieldStyle
{
	char		pad;			/* '_', '-' or '0'; 0: the field's own */
	bool		is_upper;		/* "^" */
	bool		swaps_case;		/* "#" */
	int			width;
	char		modifier;		/* 'E' or 'O', which mean nothing in the C
								 * locale */
	bool		is_plain;		/* none of it is there */
} FieldStyle;

/* Reads the style of a field, after its %; returns where the letter is. */
static const char *
read_style(const char *s, const char *end, FieldStyle *style)
{
	const char *start = s;

	memset(style, 0, sizeof(FieldStyle));
	for (; s < end && strchr("_-0^#", *s) != NULL; s++)
	{
		if (*s == '^')
			style->is_upper = true;
		else if (*s == '#')
			style->swaps_case = true;
		else
			style->pad = *s;
	}
	for (; s < end && *s >= '0' && *s <= '9'; s++)
		style->width = Min(style->width * 10 + (*s - '0'), MAX_FIELD_WIDTH);
	if (s < end && (*s == 'E' || *s == 'O'))
		style->modifier = *s++;
	style->is_plain = s == start;
	return s;
}

/* Gives the field at the end of the text, from `start` on, the style. */
static void
apply_style(StringInfo out, int start, char letter, const FieldStyle *style)
{
	bool		is_number = strchr("CdegGHIjklmMsSuUVwWyY", letter) != NULL;
	char	   *text = pstrdup(out->data + start);
	int			len = (int) strlen(text);
	int			width = Max(style->width, is_number ? len : 0);
	char		pad = style->pad;

	if (is_number)
	{
		for (; len > 1 && (*text == '0' || *text == ' '); len--)
			text++;
		if (pad == 0)
			pad = strchr("ekl", letter) != NULL ? '_' : '0';
	}
	else
	{
		bool		is_lower = style->swaps_case && (letter == 'p' || letter == 'Z');
		bool		is_upper = style->is_upper ||
		(style->swaps_case && strchr("aAbBh", letter) != NULL);

		for (char *c = text; *c != '\0'; c++)
			*c = is_lower ? pg_ascii_tolower(*c) : (is_upper ? pg_ascii_toupper(*c) : *c);
	}
	out->len = start;
	out->data[start] = '\0';
	if (pad != '-')
	{
		for (int i = len; i < width; i++)
			appendStringInfoChar(out, pad == '0' ? '0' : ' ');
	}
	appendStringInfoString(out, text);
}

/* The field of a letter; false when it is none, or does not take the style. */
static bool
format_field(StringInfo out, const ExprDatetime *datetime, const ExprDateParts *p,
			 char letter, const FieldStyle *style)
{
	int			start = out->len;

	if ((style->modifier == 'E' && strchr("cCxXyY", letter) == NULL) ||
		(style->modifier == 'O' && strchr("BbdehHImMSuUVwWy", letter) == NULL) ||
		(!style->is_plain && letter == 'f'))
		return false;
	if (composed_field(letter) != NULL)
		format_fields(out, datetime, p, composed_field(letter));
	else if (!format_date_field(out, p, letter) &&
			 !format_time_field(out, datetime, p, letter))
		return false;
	if (!style->is_plain)
		apply_style(out, start, letter, style);
	return true;
}

/*
 * Formats everything. A field that is not known is copied, as glibc does;
 * nothing fails here.
 */
static void
format_text(StringInfo out, const ExprDatetime *datetime, const ExprDateParts *p, const char *format, int len)
{
	const char *end = format + len;

	while (format < end)
	{
		const char *start = format++;
		FieldStyle	style;

		if (*start == '%')
		{
			const char *letter = read_style(format, end, &style);

			format = Min(letter + 1, end);
			if (letter < end && format_field(out, datetime, p, *letter, &style))
				continue;
		}
		appendBinaryStringInfo(out, start, (int) (format - start));
	}
}

/*
 * Formats a date-time as Python's strftime() does. Fails with ValueError for
 * a format it rejects, and by limits.
 */
bool
mst_datetime_format(EvalContext *cxt, const ExprValue *datetime, const ExprValue *format, ExprValue *result)
{
	StringInfoData buf;
	ExprDateParts p;

	if (!mst_expr_charge(cxt, (int64) format->len * (MAX_FIELD_WIDTH / 4)))
		return false;
	mst_text_init(&buf);
	mst_datetime_parts(datetime->u.datetime, &p);
	format_text(&buf, datetime->u.datetime, &p, format->u.string, format->len);
	*result = mst_value_string_from(&buf);
	return true;
}

/* ---- strptime ---- */

typedef struct Scanner
{
	const char *p;
	const char *end;
	ExprDateParts parts;
	bool		is_pm;
	bool		has_ampm;
	bool		has_weekday;
	bool		has_yearday;
	int			week;			/* %U or %W, -1: none */
	bool		week_starts_monday;
	bool		has_zone;
	int64		offset;
} Scanner;

/* Up to `width` digits; false when there is none. */
static bool
scan_number(Scanner *s, int width, int low, int high, int *result)
{
	int			n = 0;
	int			value = 0;

	/* like the regular expression of Python: as many digits as stay in range */
	while (n < width && s->p < s->end && *s->p >= '0' && *s->p <= '9')
	{
		if (value * 10 + (*s->p - '0') > high)
			break;
		value = value * 10 + (*s->p - '0');
		s->p++;
		n++;
	}
	*result = value;
	return n > 0 && value >= low;
}

/* One of the names, or of their first three letters. */
static bool
scan_name(Scanner *s, const char *const *names, int n, bool is_short, int *index)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		int			len = is_short ? 3 : (int) strlen(names[i]);

		if (s->end - s->p >= len && pg_strncasecmp(s->p, names[i], len) == 0)
		{
			*index = i;
			s->p += len;
			return true;
		}
	}
	return false;
}

/*
 * Reads one to six digits of a second's fraction, which count from the left.
 */
static bool
scan_fraction(Scanner *s)
{
	int			n = 0;
	int			value = 0;

	for (; n < 6 && s->p < s->end && *s->p >= '0' && *s->p <= '9'; n++)
		value = value * 10 + (*s->p++ - '0');
	if (n == 0)
		return false;
	for (; n < 6; n++)
		value *= 10;
	s->parts.microsecond = value;
	return true;
}

/* Two digits. */
static bool
scan_two_digits(Scanner *s, int high, int *result)
{
	return s->end - s->p >= 2 && s->p[1] >= '0' && s->p[1] <= '9' &&
		scan_number(s, 2, 0, high, result);
}

/* Z, +HHMM, +HH:MM, with seconds. */
static bool
scan_zone(Scanner *s)
{
	int			hours;
	int			minutes;
	int			seconds = 0;
	int			sign;

	s->has_zone = true;
	if (s->p < s->end && (*s->p == 'Z' || *s->p == 'z'))
	{
		s->p++;
		return true;
	}
	if (s->p >= s->end || (*s->p != '+' && *s->p != '-'))
		return false;
	sign = *s->p++ == '-' ? -1 : 1;
	if (!scan_two_digits(s, 99, &hours))
		return false;
	if (s->p < s->end && *s->p == ':')
		s->p++;
	if (!scan_two_digits(s, 59, &minutes))
		return false;
	if (s->end - s->p >= 2)
	{
		const char *back = s->p;

		if (*s->p == ':')
			s->p++;
		if (!scan_two_digits(s, 59, &seconds))
			s->p = back;
	}
	s->offset = sign * (int64) (hours * 3600 + minutes * 60 + seconds) * EXPR_USECS_PER_SECOND;
	return true;
}

/*
 * Reads a name of UTC. Anything else is left standing: then the rest of the
 * format does not match.
 */
static bool
scan_zone_name(Scanner *s)
{
	static const char *const names[] = {"UTC", "GMT"};
	int			index;

	if (scan_name(s, names, lengthof(names), false, &index))
		s->has_zone = true;
	return true;
}

/*
 * Reads what one field of a format stands for, within Python's bounds and
 * widths. *known tells a field that does not exist from one that does not
 * match, since the messages differ. The day may be padded by a blank; a year
 * of two digits turns at 69, as in POSIX.
 */
static bool
scan_field(Scanner *s, char letter, bool *known)
{
	static const char *const halves[] = {"AM", "PM"};
	ExprDateParts *p = &s->parts;
	int			n;

	*known = true;
	switch (letter)
	{
		case 'a':
		case 'A':
			s->has_weekday = true;
			return scan_name(s, mst_datetime_weekdays, 7, letter == 'a', &p->weekday);
		case 'b':
		case 'B':
		case 'h':
			if (!scan_name(s, mst_datetime_months, 12, letter != 'B', &p->month))
				return false;
			p->month++;
			return true;
		case 'd':
			if (s->p < s->end && *s->p == ' ')
				s->p++;
			return scan_number(s, 2, 1, 31, &p->day);
		case 'f':
			return scan_fraction(s);
		case 'H':
			return scan_number(s, 2, 0, 23, &p->hour);
		case 'I':
			return scan_number(s, 2, 1, 12, &p->hour);
		case 'j':
			s->has_yearday = true;
			return scan_number(s, 3, 1, 366, &p->yearday);
		case 'm':
			return scan_number(s, 2, 1, 12, &p->month);
		case 'M':
			return scan_number(s, 2, 0, 59, &p->minute);
		case 'p':
			if (!scan_name(s, halves, 2, false, &n))
				return false;
			s->has_ampm = true;
			s->is_pm = n == 1;
			return true;
		case 'S':
			return scan_number(s, 2, 0, 61, &p->second);
		case 'u':
			s->has_weekday = true;
			if (!scan_number(s, 1, 1, 7, &p->weekday))
				return false;
			p->weekday--;
			return true;
		case 'w':
			s->has_weekday = true;
			if (!scan_number(s, 1, 0, 6, &p->weekday))
				return false;
			p->weekday = (p->weekday + 6) % 7;
			return true;
		case 'U':
		case 'W':
			s->week_starts_monday = letter == 'W';
			return scan_number(s, 2, 0, 53, &s->week);
		case 'y':
			if (s->end - s->p < 2 || !scan_number(s, 2, 0, 99, &n))
				return false;
			p->year = n < 69 ? 2000 + n : 1900 + n;
			return true;
		case 'Y':
			n = (int) (s->end - s->p);
			return n >= 4 && strspn(pnstrdup(s->p, 4), "0123456789") == 4 &&
				scan_number(s, 4, 0, 9999, &p->year);
		case 'z':
			return scan_zone(s);
		case 'Z':
			return scan_zone_name(s);
		default:
			*known = false;
			return false;
	}
}

/*
 * Fails as Python's strptime() does, with both strings as repr() shows them.
 */
static bool
fail_format(EvalContext *cxt, const ExprValue *text, const ExprValue *format)
{
	ExprValue	shown;
	ExprValue	shown_format;

	if (!mst_value_to_repr(cxt, text, &shown) || !mst_value_to_repr(cxt, format, &shown_format))
		return false;
	return mst_expr_fail(cxt, "ValueError", "time data %.*s does not match format %.*s",
						 shown.len, shown.u.string, shown_format.len, shown_format.u.string);
}

/* Runs a format over the text; composed fields call it again. */
static bool
scan_format(EvalContext *cxt, Scanner *s, const char *f, const char *end, bool *matches)
{
	bool		known;

	for (*matches = true; f < end && *matches; f++)
	{
		if (mst_char_is_space((unsigned char) *f))
		{
			/* whitespace in the format stands for at least one such character */
			*matches = s->p < s->end && mst_char_is_space((unsigned char) *s->p);
			while (s->p < s->end && mst_char_is_space((unsigned char) *s->p))
				s->p++;
			while (f + 1 < end && mst_char_is_space((unsigned char) f[1]))
				f++;
			continue;
		}
		if (*f != '%')
		{
			*matches = s->p < s->end && pg_tolower((unsigned char) *s->p) == pg_tolower((unsigned char) *f);
			s->p++;
			continue;
		}
		if (++f >= end)
			return mst_expr_fail(cxt, "ValueError", "stray %% in format '%%'");
		if (*f == '%')
		{
			*matches = s->p < s->end && *s->p++ == '%';
			continue;
		}
		if (*f == 'c' || *f == 'x' || *f == 'X')
		{
			const char *inner = *f == 'c' ? "%a %b %d %H:%M:%S %Y" : composed_field(*f);

			if (!scan_format(cxt, s, inner, inner + strlen(inner), matches))
				return false;
			continue;
		}
		*matches = scan_field(s, *f, &known);
		if (!known)
			return mst_expr_fail(cxt, "ValueError", "'%c' is a bad directive in format '%%%c'", *f, *f);
	}
	return true;
}

/* Month and day from the day of the year. */
static void
apply_yearday(ExprDateParts *p)
{
	p->day = p->yearday;
	for (p->month = 1; p->month < 12 && p->day > mst_datetime_days_in_month(p->year, p->month); p->month++)
		p->day -= mst_datetime_days_in_month(p->year, p->month);
}

/* The day of the year from week and weekday. */
static bool
apply_week(EvalContext *cxt, Scanner *s)
{
	ExprDateParts first = {s->parts.year, 1, 1};
	ExprValue	january;
	int			first_weekday;
	int			weekday = s->parts.weekday;

	if (!mst_datetime_make(cxt, &first, 0, &january))
		return false;
	mst_datetime_parts(january.u.datetime, &first);
	first_weekday = first.weekday;
	if (!s->week_starts_monday)
	{
		first_weekday = (first_weekday + 1) % 7;
		weekday = (weekday + 1) % 7;
	}
	s->parts.yearday = s->week == 0 ? 1 + weekday - first_weekday :
		1 + (7 - first_weekday) % 7 + 7 * (s->week - 1) + weekday;
	if (s->parts.yearday < 1)
	{
		/* days of week 0 that belong to the year before */
		s->parts.year--;
		s->parts.yearday += mst_datetime_days_in_month(s->parts.year, 2) == 29 ? 366 : 365;
	}
	apply_yearday(&s->parts);
	return true;
}

/* strptime and strftime, C locale. */
bool
mst_datetime_parse_format(EvalContext *cxt, const ExprValue *text, const ExprValue *format, ExprValue *result)
{
	Scanner		s = {text->u.string, text->u.string + text->len};
	bool		matches;

	s.parts.year = 1900;
	s.parts.month = 1;
	s.parts.day = 1;
	s.week = -1;
	if (!scan_format(cxt, &s, format->u.string, format->u.string + format->len, &matches))
		return false;
	if (!matches)
		return fail_format(cxt, text, format);
	if (s.p != s.end)
		return mst_expr_fail(cxt, "ValueError", "unconverted data remains: %s",
							 pnstrdup(s.p, Min(s.end - s.p, 100)));
	if (s.has_ampm)
		s.parts.hour = s.parts.hour % 12 + (s.is_pm ? 12 : 0);
	if (s.week >= 0 && s.has_weekday)
	{
		if (!apply_week(cxt, &s))
			return false;
	}
	else if (s.has_yearday)
		apply_yearday(&s.parts);
	return mst_datetime_make(cxt, &s.parts, s.offset, result);
}
