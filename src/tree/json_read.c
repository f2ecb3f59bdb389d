/*-------------------------------------------------------------------------
 *
 * json_read.c
 *	  Reading JSON text into whatever the caller makes of it.
 *
 * A reader by recursive descent with one function for each rule of the
 * grammar.  The server's own is not used: it refuses what Python takes, raises
 * errors where malformed text is an ordinary answer here (a bracket in a
 * one-line parameter, say), and what is made of its events forgets the order
 * of keys.
 *
 * Python's json module decides where a text is found wrong, and how that is
 * said.  It reads as much of a number as makes one, so "1.x" is a number with
 * something behind it; whether a text is well-formed does not depend on that.
 *
 * Nesting is bounded by the stack, and by the maker.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "tree/json_read.h"

/* most strings with escapes in them are short */
#define FIRST_STRING_SIZE	64

/* letters behind a backslash, and the characters that they stand for */
static const char escape_letters[] = "\"\\/bfnrt";
static const char escape_chars[] = "\"\\/\b\f\n\r\t";

static bool read_value(JsonReader *reader, JsonSlot *result);

/*
 * Returns the letter that stands for a character behind a backslash, or 0 if
 * JSON has none.  A slash needs none, and gets none.
 */
char
mst_json_escape_letter(unsigned char c)
{
	const char *found = c != '\0' && c != '/' ? strchr(escape_chars, c) : NULL;

	return found != NULL ? escape_letters[found - escape_chars] : '\0';
}

static bool
fail_at(JsonReader *reader, const char *at, const char *problem)
{
	reader->problem = problem;
	reader->problem_at = at;
	return false;
}

static void
skip_space(JsonReader *reader)
{
	while (reader->at < reader->end &&
		   (*reader->at == ' ' || *reader->at == '\n' || *reader->at == '\t' || *reader->at == '\r'))
		reader->at++;
}

/* Steps over a character, if it is the next one. */
static bool
take_char(JsonReader *reader, char c)
{
	if (reader->at >= reader->end || *reader->at != c)
		return false;
	reader->at++;
	return true;
}

/* ---- strings ---- */

/* Returns the value of four hexadecimal digits, or -1. */
static int
read_hex4(const JsonReader *reader, const char *p)
{
	int			value = 0;

	if (reader->end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++)
	{
		char		c = p[i];

		if (c >= '0' && c <= '9')
			value = value * 16 + (c - '0');
		else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
			value = value * 16 + ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return value;
}

/*
 * Appends the character behind "\u", of whose halves the second follows in an
 * escape of its own; the reader is at the "u".
 */
static bool
read_unicode(JsonReader *reader, StringInfo out)
{
	unsigned char utf8[5] = {0};
	int			c = read_hex4(reader, reader->at + 1);
	int			low = -1;

	if (c < 0)
		return fail_at(reader, reader->at, "Invalid \\uXXXX escape");
	reader->at += 5;
	if (is_utf16_surrogate_first(c) && reader->end - reader->at >= 6 &&
		reader->at[0] == '\\' && reader->at[1] == 'u')
		low = read_hex4(reader, reader->at + 2);
	if (low >= 0 && is_utf16_surrogate_second(low))
	{
		c = surrogate_pair_to_codepoint(c, low);
		reader->at += 6;
	}
	else if (is_utf16_surrogate_first(c) || is_utf16_surrogate_second(c))
	{
		if (!reader->maker->is_lenient)
			return fail_at(reader, reader->at, "Unpaired surrogate");
		c = 0xFFFD;
	}
	if (c == 0)
	{
		if (!reader->maker->is_lenient)
			return fail_at(reader, reader->at, "U+0000 cannot be stored");
		appendStringInfoCharMacro(out, '\0');
		return true;
	}
	unicode_to_utf8(c, utf8);
	appendStringInfoString(out, (char *) utf8);
	return true;
}

/* Appends what an escape stands for; the reader is behind the backslash. */
static bool
read_escape(JsonReader *reader, const char *open, StringInfo out)
{
	const char *found;

	if (reader->at >= reader->end)
		return fail_at(reader, open, "Unterminated string starting at");
	if (*reader->at == 'u')
		return read_unicode(reader, out);
	found = *reader->at != '\0' ? strchr(escape_letters, *reader->at) : NULL;
	if (found == NULL)
		return fail_at(reader, reader->at - 1, "Invalid \\escape");
	reader->at++;
	appendStringInfoChar(out, escape_chars[found - escape_letters]);
	return true;
}

/* Steps over characters that stand for themselves. */
static void
skip_plain(JsonReader *reader)
{
	while (reader->at < reader->end && *reader->at != '"' && *reader->at != '\\' &&
		   (unsigned char) *reader->at >= ' ')
		reader->at++;
}

/* Appends the rest of a string from its first escape on, and closes it. */
static bool
read_escaped(JsonReader *reader, const char *open, StringInfo out)
{
	for (;;)
	{
		const char *from;

		if (reader->at >= reader->end)
			return fail_at(reader, open, "Unterminated string starting at");
		if (take_char(reader, '"'))
			return true;
		if (!take_char(reader, '\\'))
			return fail_at(reader, reader->at, "Invalid control character at");
		if (!read_escape(reader, open, out))
			return false;
		from = reader->at;
		skip_plain(reader);
		appendBinaryStringInfo(out, from, reader->at - from);
	}
}

/*
 * Reads a string from its opening quote on.  Most have no escapes, and are
 * handed over where they stand.
 */
static bool
read_string(JsonReader *reader, JsonSlot *result)
{
	const char *open = reader->at++;
	const char *from = reader->at;
	StringInfoData made;

	skip_plain(reader);
	if (take_char(reader, '"'))
		return reader->maker->string(reader, from, reader->at - 1 - from, NULL, result);

	made.maxlen = FIRST_STRING_SIZE;
	made.data = palloc(FIRST_STRING_SIZE);
	resetStringInfo(&made);
	appendBinaryStringInfo(&made, from, reader->at - from);
	return read_escaped(reader, open, &made) &&
		reader->maker->string(reader, made.data, made.len, &made, result);
}

/* ---- numbers and words ---- */

static bool
is_digit_at(const JsonReader *reader, const char *p)
{
	return p < reader->end && *p >= '0' && *p <= '9';
}

/* Returns the end of the digits that begin at p. */
static const char *
digits_end(const JsonReader *reader, const char *p)
{
	while (is_digit_at(reader, p))
		p++;
	return p;
}

/* Returns the end of a fraction or an exponent that begins at p, or p. */
static const char *
fraction_end(const JsonReader *reader, const char *p)
{
	if (p < reader->end && *p == '.' && is_digit_at(reader, p + 1))
		return digits_end(reader, p + 1);
	return p;
}

static const char *
exponent_end(const JsonReader *reader, const char *p)
{
	const char *q = p + 1;

	if (p >= reader->end || (*p != 'e' && *p != 'E'))
		return p;
	if (q < reader->end && (*q == '+' || *q == '-'))
		q++;
	return is_digit_at(reader, q) ? digits_end(reader, q) : p;
}

static bool
read_number(JsonReader *reader, JsonSlot *result)
{
	const char *from = reader->at;
	const char *p = from;
	const char *whole;

	if (*p == '-')
		p++;
	if (!is_digit_at(reader, p))
		return fail_at(reader, from, "Expecting value");
	whole = *p == '0' ? p + 1 : digits_end(reader, p);
	reader->at = exponent_end(reader, fraction_end(reader, whole));
	return reader->maker->number(reader, from, reader->at - from,
								 reader->at > whole, result);
}

/* Words by their first letter, of which a lenient maker knows all. */
static const struct
{
	const char *text;
	JsonWord	word;
	bool		is_lenient;
}			words[] = {
	{"null", JSON_NULL, false},
	{"true", JSON_TRUE, false},
	{"false", JSON_FALSE, false},
	{"NaN", JSON_NAN, true},
	{"Infinity", JSON_INFINITY, true},
	{"-Infinity", JSON_MINUS_INFINITY, true}
};

static bool
read_word_or_number(JsonReader *reader, JsonSlot *result)
{
	for (int i = 0; i < lengthof(words); i++)
	{
		int			len = strlen(words[i].text);

		if (*reader->at != words[i].text[0] || reader->end - reader->at < len ||
			memcmp(reader->at, words[i].text, len) != 0 ||
			(words[i].is_lenient && !reader->maker->is_lenient))
			continue;
		reader->at += len;
		return reader->maker->word(reader, words[i].word, result);
	}
	return read_number(reader, result);
}

/* ---- containers ---- */

/*
 * Steps over the comma behind a member, or the closing bracket, which *is_last
 * tells.
 */
static bool
take_delimiter(JsonReader *reader, char close, bool *is_last)
{
	skip_space(reader);
	*is_last = take_char(reader, close);
	if (*is_last)
		return true;
	if (!take_char(reader, ','))
		return fail_at(reader, reader->at, "Expecting ',' delimiter");
	skip_space(reader);
	return true;
}

static bool
read_list(JsonReader *reader, JsonSlot *result)
{
	bool		is_last;

	if (!reader->maker->open(reader, false, result))
		return false;
	reader->at++;
	skip_space(reader);
	is_last = take_char(reader, ']');
	while (!is_last)
	{
		JsonSlot	item;

		if (!read_value(reader, &item) ||
			!reader->maker->add_item(reader, result, &item) ||
			!take_delimiter(reader, ']', &is_last))
			return false;
	}
	return true;
}

static bool
read_object(JsonReader *reader, JsonSlot *result)
{
	bool		is_last;

	if (!reader->maker->open(reader, true, result))
		return false;
	reader->at++;
	skip_space(reader);
	is_last = take_char(reader, '}');
	while (!is_last)
	{
		JsonSlot	key;
		JsonSlot	value;

		if (reader->at >= reader->end || *reader->at != '"')
			return fail_at(reader, reader->at, "Expecting property name enclosed in double quotes");
		if (!read_string(reader, &key))
			return false;
		skip_space(reader);
		if (!take_char(reader, ':'))
			return fail_at(reader, reader->at, "Expecting ':' delimiter");
		skip_space(reader);
		if (!read_value(reader, &value) ||
			!reader->maker->add_member(reader, result, &key, &value) ||
			!take_delimiter(reader, '}', &is_last))
			return false;
	}
	return true;
}

/* Reads a value that begins here. */
static bool
read_value(JsonReader *reader, JsonSlot *result)
{
	bool		is_container;
	bool		ok;

	if (reader->at >= reader->end)
		return fail_at(reader, reader->at, "Expecting value");
	check_stack_depth();
	is_container = *reader->at == '[' || *reader->at == '{';
	if (!reader->maker->enter(reader, is_container))
		return false;
	if (*reader->at == '"')
		ok = read_string(reader, result);
	else if (*reader->at == '[')
		ok = read_list(reader, result);
	else if (*reader->at == '{')
		ok = read_object(reader, result);
	else
		ok = read_word_or_number(reader, result);
	reader->maker->leave(reader, is_container);
	return ok;
}

/*
 * Reads the text from reader->start to reader->end, one value with white space
 * around it, into *result.  The caller has set these, the maker and its
 * argument.  Returns false if the text is not well-formed, with what is wrong
 * in reader->problem and its place in problem_at, or if the maker said so.
 */
bool
mst_json_read(JsonReader *reader, JsonSlot *result)
{
	reader->at = reader->start;
	reader->problem = NULL;
	reader->problem_at = NULL;
	skip_space(reader);
	if (!read_value(reader, result))
		return false;
	skip_space(reader);
	return reader->at == reader->end || fail_at(reader, reader->at, "Extra data");
}
