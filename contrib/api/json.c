/*-------------------------------------------------------------------------
 *
 * json.c
 *	  Writing JSON strings, and checking JSON and UTF-8 texts.
 *
 * The checker accepts exactly the grammar of RFC 8259, up to a depth that
 * the database's own parser stands without trouble.
 *
 *-------------------------------------------------------------------------
 */
#include "json.h"

#include <string.h>

typedef struct JsonReader
{
	const char *at;
	const char *end;
	int			depth;
	bool		is_too_deep;
} JsonReader;

static bool read_value(JsonReader *reader);

/*
 * Append "text" as a JSON string with its quotes; NULL becomes null.  Of a
 * text that is not UTF-8, bytes beyond ASCII are written as if it were Latin 1.
 */
void
json_string(Buf *buf, const char *text)
{
	const char *run;
	unsigned char limit;

	if (text == NULL)
	{
		buf_puts(buf, "null");
		return;
	}
	limit = utf8_is_valid(text, strlen(text)) ? 0xff : 0x7f;
	buf_putc(buf, '"');
	for (run = text; *text != '\0'; text++)
	{
		unsigned char c = (unsigned char) *text;

		if (c >= 0x20 && c <= limit && c != '"' && c != '\\' && c != 0x7f)
			continue;
		buf_add(buf, run, text - run);
		run = text + 1;
		if (c == '"' || c == '\\')
		{
			buf_putc(buf, '\\');
			buf_putc(buf, c);
		}
		else if (c == '\n')
			buf_puts(buf, "\\n");
		else
			buf_printf(buf, "\\u%04x", c);
	}
	buf_add(buf, run, text - run);
	buf_putc(buf, '"');
}

static void
skip_space(JsonReader *reader)
{
	while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) != NULL &&
		   *reader->at != '\0')
		reader->at++;
}

static bool
read_char(JsonReader *reader, char c)
{
	if (reader->at >= reader->end || *reader->at != c)
		return false;
	reader->at++;
	return true;
}

static bool
read_word(JsonReader *reader, const char *word)
{
	size_t		len = strlen(word);

	if ((size_t) (reader->end - reader->at) < len ||
		memcmp(reader->at, word, len) != 0)
		return false;
	reader->at += len;
	return true;
}

static int
read_digits(JsonReader *reader)
{
	const char *start = reader->at;

	while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9')
		reader->at++;
	return (int) (reader->at - start);
}

static bool
read_number(JsonReader *reader)
{
	(void) read_char(reader, '-');
	if (!read_char(reader, '0') && read_digits(reader) == 0)
		return false;
	if (read_char(reader, '.') && read_digits(reader) == 0)
		return false;
	if (read_char(reader, 'e') || read_char(reader, 'E'))
	{
		if (!read_char(reader, '+'))
			(void) read_char(reader, '-');
		if (read_digits(reader) == 0)
			return false;
	}
	return true;
}

static bool
read_escape(JsonReader *reader)
{
	if (reader->at >= reader->end)
		return false;
	if (*reader->at == 'u')
	{
		if (reader->end - reader->at < 5)
			return false;
		if (strspn(reader->at + 1, "0123456789abcdefABCDEF") < 4)
			return false;
		reader->at += 5;
		return true;
	}
	if (*reader->at == '\0' || strchr("\"\\/bfnrt", *reader->at) == NULL)
		return false;
	reader->at++;
	return true;
}

static bool
read_string(JsonReader *reader)
{
	if (!read_char(reader, '"'))
		return false;
	while (reader->at < reader->end)
	{
		unsigned char c = (unsigned char) *reader->at++;

		if (c == '"')
			return true;
		if (c < 0x20)
			return false;
		if (c == '\\' && !read_escape(reader))
			return false;
	}
	return false;
}

static bool
read_member(JsonReader *reader)
{
	skip_space(reader);
	if (!read_string(reader))
		return false;
	skip_space(reader);
	return read_char(reader, ':') && read_value(reader);
}

/* The rest of an object or a list, behind its opening bracket. */
static bool
read_items(JsonReader *reader, char close, bool (*read_item) (JsonReader *))
{
	if (++reader->depth > JSON_MAX_DEPTH)
	{
		reader->is_too_deep = true;
		return false;
	}
	skip_space(reader);
	if (!read_char(reader, close))
	{
		do
		{
			if (!read_item(reader))
				return false;
			skip_space(reader);
		} while (read_char(reader, ','));
		if (!read_char(reader, close))
			return false;
	}
	reader->depth--;
	return true;
}

static bool
read_value(JsonReader *reader)
{
	bool		ok;

	skip_space(reader);
	if (reader->at >= reader->end)
		return false;
	switch (*reader->at)
	{
		case '{':
			reader->at++;
			ok = read_items(reader, '}', read_member);
			break;
		case '[':
			reader->at++;
			ok = read_items(reader, ']', read_value);
			break;
		case '"':
			ok = read_string(reader);
			break;
		case 't':
			ok = read_word(reader, "true");
			break;
		case 'f':
			ok = read_word(reader, "false");
			break;
		case 'n':
			ok = read_word(reader, "null");
			break;
		default:
			ok = read_number(reader);
	}
	skip_space(reader);
	return ok;
}

/*
 * Is this one JSON value and nothing else?  "text" must be NUL-terminated
 * behind its "len" bytes and be valid UTF-8.
 */
JsonVerdict
json_check(const char *text, size_t len)
{
	JsonReader	reader = {text, text + len, 0, false};

	if (read_value(&reader) && reader.at == reader.end)
		return JSON_VALID;
	return reader.is_too_deep ? JSON_TOO_DEEP : JSON_INVALID;
}

/*
 * Is this UTF-8 as the database takes it: shortest forms only, no surrogates,
 * no byte 0?
 */
bool
utf8_is_valid(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *) text;
	const unsigned char *end = s + len;

	while (s < end)
	{
		unsigned int code;
		int			more;
		int			i;

		if (*s == 0)
			return false;
		if (*s < 0x80)
		{
			s++;
			continue;
		}
		if (*s >= 0xc2 && *s < 0xe0)
			more = 1;
		else if (*s >= 0xe0 && *s < 0xf0)
			more = 2;
		else if (*s >= 0xf0 && *s < 0xf5)
			more = 3;
		else
			return false;
		if (end - s <= more)
			return false;
		code = *s & (0x3f >> more);
		for (i = 1; i <= more; i++)
		{
			if ((s[i] & 0xc0) != 0x80)
				return false;
			code = (code << 6) | (s[i] & 0x3f);
		}
		if ((more == 2 && code < 0x800) || (more == 3 && code < 0x10000) ||
			(code >= 0xd800 && code < 0xe000) || code > 0x10ffff)
			return false;
		s += more + 1;
	}
	return true;
}
