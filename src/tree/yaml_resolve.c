/*-------------------------------------------------------------------------
 *
 * yaml_resolve.c
 *	  What a plain scalar means, by the rules of YAML 1.1.
 *
 * These are the rules in use by most YAML 1.1 libraries, which differ from
 * the letter of the standard: "y" and "n" are text, an exponent needs a dot
 * and a sign, and sexagesimal integers do not begin with 0.
 *
 * The forms are matched by hand, character by character, and not by regular
 * expressions: a definition has thousands of scalars, nearly all of which
 * are told to be text by their first character.  An integer beyond 64 bits
 * keeps its decimal digits; one in another base is converted with quadratic
 * cost, and therefore up to MAX_BASED_DIGITS digits only.
 *
 * A scalar that has the form of a date but is none, like 2024-02-30, is an
 * error and no text: the author would not notice that quotes are missing.
 * Booleans and nulls are by whole words in three spellings each, so that
 * "nO" is text.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>
#include <math.h>

#include "common/int.h"
#include "port.h"

#include "tree/yaml.h"

/* A scalar being matched from the left. */
typedef struct Matcher
{
	const char *at;
	const char *end;
} Matcher;

/* Steps over a character of the set, if it is the next one. */
static bool
take_char(Matcher *m, const char *set)
{
	if (m->at >= m->end || *m->at == '\0' || strchr(set, *m->at) == NULL)
		return false;
	m->at++;
	return true;
}

/* Steps over characters of a set; returns how many, at most "max". */
static int
take_many(Matcher *m, const char *set, int max)
{
	int			n = 0;

	while (n < max && take_char(m, set))
		n++;
	return n;
}

static bool
at_end(const Matcher *m)
{
	return m->at == m->end;
}

#define DIGITS "0123456789"
#define ANY_NUMBER INT_MAX

static bool
is_word(const char *text, int len, const char *const *words)
{
	for (; *words != NULL; words++)
	{
		if (strlen(*words) == len && memcmp(*words, text, len) == 0)
			return true;
	}
	return false;
}

static const char *const true_words[] = {
	"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", NULL
};
static const char *const false_words[] = {
	"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", NULL
};
static const char *const null_words[] = {
	"", "~", "null", "Null", "NULL", NULL
};
static const char *const infinity_words[] = {
	".inf", ".Inf", ".INF", NULL
};
static const char *const nan_words[] = {
	".nan", ".NaN", ".NAN", NULL
};

/*
 * Steps over ":0" to ":59", at least once: a part in base sixty may have
 * one digit or two.
 */
static bool
take_sexagesimal(Matcher *m)
{
	int			n = 0;

	while (m->at < m->end && *m->at == ':')
	{
		m->at++;
		if (m->end - m->at >= 2 && *m->at >= '0' && *m->at <= '5' &&
			m->at[1] >= '0' && m->at[1] <= '9')
			m->at += 2;
		else if (!take_char(m, DIGITS))
			return false;
		n++;
	}
	return n > 0;
}

typedef enum IntForm
{
	NOT_INT,
	INT_DECIMAL,
	INT_BINARY,
	INT_OCTAL,
	INT_HEX,
	INT_SEXAGESIMAL
} IntForm;

/*
 * Returns the form of an integer.  A leading zero is octal in YAML 1.1, so
 * "08" is no integer, and then no float without a dot: it is text.
 */
static IntForm
match_int(const char *text, int len)
{
	Matcher		m = {text, text + len};

	(void) take_char(&m, "+-");
	if (take_char(&m, "0"))
	{
		if (at_end(&m))
			return INT_DECIMAL;
		if (take_char(&m, "b"))
			return take_many(&m, "01_", ANY_NUMBER) > 0 && at_end(&m) ? INT_BINARY : NOT_INT;
		if (take_char(&m, "x"))
			return take_many(&m, DIGITS "abcdefABCDEF_", ANY_NUMBER) > 0 &&
				at_end(&m) ? INT_HEX : NOT_INT;
		(void) take_many(&m, "01234567_", ANY_NUMBER);
		return at_end(&m) ? INT_OCTAL : NOT_INT;
	}
	if (!take_char(&m, "123456789"))
		return NOT_INT;
	(void) take_many(&m, DIGITS "_", ANY_NUMBER);
	if (at_end(&m))
		return INT_DECIMAL;
	return take_sexagesimal(&m) && at_end(&m) ? INT_SEXAGESIMAL : NOT_INT;
}

/*
 * Returns whether the text is a float.  It needs a dot, and a signed
 * exponent if it has one: "1e3" and "1.5e3" are text.  So is "-.5", though
 * ".5" is a float, as in the libraries.
 */
static bool
match_float(const char *text, int len)
{
	Matcher		m = {text, text + len};
	bool		has_sign = take_char(&m, "+-");

	if (!has_sign && is_word(text, len, nan_words))
		return true;
	if (is_word(m.at, m.end - m.at, infinity_words))
		return true;
	if (take_char(&m, DIGITS))
	{
		Matcher		sixty;

		(void) take_many(&m, DIGITS "_", ANY_NUMBER);
		sixty = m;
		if (take_sexagesimal(&sixty))
		{
			if (!take_char(&sixty, "."))
				return false;
			(void) take_many(&sixty, DIGITS "_", ANY_NUMBER);
			return at_end(&sixty);
		}
		if (!take_char(&m, "."))
			return false;
	}
	else if (has_sign || !take_char(&m, ".") || !take_char(&m, DIGITS))
		return false;
	(void) take_many(&m, DIGITS "_", ANY_NUMBER);
	if (take_char(&m, "eE") &&
		(!take_char(&m, "+-") || take_many(&m, DIGITS, ANY_NUMBER) == 0))
		return false;
	return at_end(&m);
}

/* A number of one or two digits. */
static bool
take_two_digits(Matcher *m, int min, int *result)
{
	const char *from = m->at;

	if (take_many(m, DIGITS, 2) < min)
		return false;
	*result = 0;
	for (; from < m->at; from++)
		*result = *result * 10 + (*from - '0');
	return true;
}

/*
 * Steps over "Z" or an offset with hours of one or two digits and, perhaps,
 * minutes.
 */
static bool
take_zone(Matcher *m, YamlTime *t)
{
	int			hours;
	int			minutes = 0;
	bool		west;

	t->has_zone = true;
	if (take_char(m, "Z"))
		return true;
	west = *m->at == '-';
	if (!take_char(m, "+-") || !take_two_digits(m, 1, &hours))
		return false;
	if (take_char(m, ":") && !take_two_digits(m, 2, &minutes))
		return false;
	t->zone_minutes = (hours * 60 + minutes) * (west ? -1 : 1);
	return true;
}

/*
 * Steps over the time of day behind a date.  Digits beyond microseconds are
 * dropped, not rounded.
 */
static bool
take_time(Matcher *m, YamlTime *t)
{
	if (!take_char(m, "Tt") && take_many(m, " \t", ANY_NUMBER) == 0)
		return false;
	t->has_time = true;
	if (!take_two_digits(m, 1, &t->hour) || !take_char(m, ":") ||
		!take_two_digits(m, 2, &t->minute) || !take_char(m, ":") ||
		!take_two_digits(m, 2, &t->second))
		return false;
	if (take_char(m, "."))
	{
		int			unit = 100000;

		for (; m->at < m->end && *m->at >= '0' && *m->at <= '9'; m->at++)
		{
			t->microsecond += (*m->at - '0') * unit;
			unit /= 10;
		}
	}
	(void) take_many(m, " \t", ANY_NUMBER);
	return at_end(m) || take_zone(m, t);
}

/* Returns whether the text has the form of a date or timestamp. */
static bool
match_time(const char *text, int len, YamlTime *t)
{
	Matcher		m = {text, text + len};

	memset(t, 0, sizeof(*t));
	for (int i = 0; i < 4; i++)
	{
		if (m.at >= m.end || *m.at < '0' || *m.at > '9')
			return false;
		t->year = t->year * 10 + (*m.at++ - '0');
	}
	if (!take_char(&m, "-") || !take_two_digits(&m, 1, &t->month) ||
		!take_char(&m, "-") || !take_two_digits(&m, 1, &t->day))
		return false;
	if (at_end(&m))
		return len == 10;
	/* whitespace behind the seconds may only stand in front of a zone */
	return take_time(&m, t) && at_end(&m) && strchr(" \t", m.end[-1]) == NULL;
}

/*
 * Returns whether there is such a day and time in the Gregorian calendar.
 * Seconds are below sixty: Python, whose values these become, has no leap
 * seconds.
 */
static bool
is_valid_time(const YamlTime *t)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int			last;

	if (t->year < 1 || t->month < 1 || t->month > 12)
		return false;
	last = days[t->month - 1];
	if (t->month == 2 && t->year % 4 == 0 &&
		(t->year % 100 != 0 || t->year % 400 == 0))
		last = 29;
	return t->day >= 1 && t->day <= last && t->hour < 24 && t->minute < 60 &&
		t->second < 60 && abs(t->zone_minutes) < 24 * 60;
}

/*
 * Takes a date or timestamp apart; false when the text is none.
 */
bool
mst_yaml_parse_time(const char *text, int len, YamlTime *result)
{
	return match_time(text, len, result) && is_valid_time(result);
}

/* ---- values ---- */

/* Returns the text without underscores. */
static char *
strip_underscores(const char *text, int len)
{
	char	   *result = palloc(len + 1);
	char	   *to = result;

	for (int i = 0; i < len; i++)
	{
		if (text[i] != '_')
			*to++ = text[i];
	}
	*to = '\0';
	return result;
}

static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return (c | 0x20) - 'a' + 10;
}

/*
 * Multiply a decimal number, digits in reverse, by a small number and add
 * another: slow but without limit, for the rare integer beyond 64 bits.
 */
static void
decimal_multiply_add(StringInfo reversed, int factor, int summand)
{
	int			carry = summand;

	for (int i = 0; i < reversed->len; i++)
	{
		carry += (reversed->data[i] - '0') * factor;
		reversed->data[i] = '0' + carry % 10;
		carry /= 10;
	}
	for (; carry > 0; carry /= 10)
		appendStringInfoChar(reversed, '0' + carry % 10);
}

/* longest number in another base than ten that is converted */
#define MAX_BASED_DIGITS 4096

/* Returns the node of a number in base 2, 8 or 16; NULL if it is too long. */
static SpecNode *
int_from_base(const char *digits, int base, bool negative)
{
	StringInfoData reversed;
	StringInfoData text;

	if (*digits == '\0' || strlen(digits) > MAX_BASED_DIGITS)
		return NULL;
	initStringInfo(&reversed);
	for (; *digits != '\0'; digits++)
		decimal_multiply_add(&reversed, base, digit_value(*digits));
	initStringInfo(&text);
	if (negative)
		appendStringInfoChar(&text, '-');
	for (int i = reversed.len - 1; i >= 0; i--)
		appendStringInfoChar(&text, reversed.data[i]);
	if (reversed.len == 0)
		appendStringInfoChar(&text, '0');
	return mst_node_from_digits(text.data, NULL);
}

/*
 * Returns the node of a number in base sixty: "1:30" is ninety.  NULL if it
 * does not fit 64 bits.
 */
static SpecNode *
int_from_sexagesimal(const char *text, bool negative)
{
	int64		value = 0;

	for (;;)
	{
		char	   *end;
		int64		part;

		errno = 0;
		part = strtoll(text, &end, 10);
		if (errno != 0 || pg_mul_s64_overflow(value, 60, &value) ||
			pg_add_s64_overflow(value, part, &value))
			return NULL;
		if (*end != ':')
			return mst_node_integer(negative ? -value : value, NULL);
		text = end + 1;
	}
}

static SpecNode *
make_int(IntForm form, const char *text, int len)
{
	char	   *clean = strip_underscores(text, len);
	bool		negative = *clean == '-';
	char	   *digits = clean + (*clean == '-' || *clean == '+' ? 1 : 0);

	switch (form)
	{
		case INT_DECIMAL:
			return mst_node_from_digits(clean, NULL);
		case INT_BINARY:
			return int_from_base(digits + 2, 2, negative);
		case INT_OCTAL:
			return int_from_base(digits, 8, negative);
		case INT_HEX:
			return int_from_base(digits + 2, 16, negative);
		case INT_SEXAGESIMAL:
			return int_from_sexagesimal(digits, negative);
		case NOT_INT:
			break;
	}
	return NULL;
}

/*
 * Returns the node of a float.  "1:30.5" is in base sixty, with a decimal
 * fraction in its last part.
 */
static SpecNode *
make_float(const char *text, int len)
{
	char	   *clean = strip_underscores(text, len);
	bool		negative = *clean == '-';
	char	   *digits = clean + (*clean == '-' || *clean == '+' ? 1 : 0);
	SpecNode   *node = mst_node_new(NODE_FLOAT, NULL);
	double		value = 0;

	if (is_word(digits, strlen(digits), infinity_words))
		value = INFINITY;
	else if (is_word(digits, strlen(digits), nan_words))
		value = NAN;
	else
	{
		char	   *end = digits;

		for (;;)
		{
			value = value * 60 + strtod(end, &end);
			if (*end != ':')
				break;
			end++;
		}
	}
	node->u.real = negative ? -value : value;
	return node;
}

static SpecNode *
make_text(NodeKind kind, const char *text, int len)
{
	SpecNode   *node = mst_node_string(text, len, NULL);

	node->kind = kind;
	return node;
}

/*
 * Resolves a plain scalar.  Returns NODE_STRING for what is just text, and
 * NULL for text that has the form of a number or date but is none.
 */
SpecNode *
mst_yaml_resolve(const char *text, int len)
{
	IntForm		form;
	YamlTime	t;

	if (is_word(text, len, null_words))
		return mst_node_new(NODE_NULL, NULL);
	if (is_word(text, len, true_words))
		return mst_node_boolean(true, NULL);
	if (is_word(text, len, false_words))
		return mst_node_boolean(false, NULL);
	if (strchr("+-." DIGITS, *text) == NULL)
		return make_text(NODE_STRING, text, len);

	form = match_int(text, len);
	if (form != NOT_INT)
		return make_int(form, text, len);
	if (match_float(text, len))
		return make_float(text, len);
	if (match_time(text, len, &t))
		return is_valid_time(&t) ? make_text(NODE_TIME, text, len) : NULL;
	return make_text(NODE_STRING, text, len);
}
