/*-------------------------------------------------------------------------
 *
 * json.c
 *	  Reading, checking and writing JSON.
 *
 * One reader knows the grammar of RFC 8259.  With an arena it builds a tree
 * there; without one it only checks, in no memory but the stack, because the
 * REST server checks bodies that are far larger than it wants trees of.
 * Numbers keep their text, so that nothing is lost on the way to the database.
 *
 * A tree holds only what the database can store: no NUL characters and no
 * halves of surrogate pairs.  The check lets both through, since the database
 * refuses them in words that clients know.
 *
 *-------------------------------------------------------------------------
 */
#include "json.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Reader
{
	Arena	   *arena;			/* NULL: nothing is built */
	const char *at;
	const char *end;
	int			depth;			/* objects and lists around "at" */
	bool		is_too_deep;
	Json		checked;		/* stands for every value when nothing is
								 * built */
} Reader;

static Json *read_value(Reader *reader);

/* ---- UTF-8 ---- */

/*
 * Returns the length of the valid UTF-8 sequence at the beginning of the text,
 * or 0: shortest forms only, no surrogates.
 */
static int
utf8_length(const unsigned char *s, size_t len)
{
	uint32_t	code;
	int			n;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xC2 && s[0] <= 0xDF)
	{
		n = 2;
		code = s[0] & 0x1F;
	}
	else if (s[0] >= 0xE0 && s[0] <= 0xEF)
	{
		n = 3;
		code = s[0] & 0x0F;
	}
	else if (s[0] >= 0xF0 && s[0] <= 0xF4)
	{
		n = 4;
		code = s[0] & 0x07;
	}
	else
		return 0;

	if ((size_t) n > len)
		return 0;
	for (int i = 1; i < n; i++)
	{
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3F);
	}
	if ((n == 3 && code < 0x800) || (n == 4 && (code < 0x10000 || code > 0x10FFFF)) ||
		(code >= 0xD800 && code <= 0xDFFF))
		return 0;
	return n;
}

/* Tells whether the text is UTF-8 as the database takes it, so without NUL. */
bool
utf8_is_valid(const char *text, size_t len)
{
	while (len > 0)
	{
		int			n = utf8_length((const unsigned char *) text, len);

		if (n == 0 || text[0] == '\0')
			return false;
		text += n;
		len -= n;
	}
	return true;
}

static void
add_utf8(Buf *buf, uint32_t code)
{
	if (code < 0x80)
		buf_putc(buf, (char) code);
	else if (code < 0x800)
	{
		buf_putc(buf, (char) (0xC0 | code >> 6));
		buf_putc(buf, (char) (0x80 | (code & 0x3F)));
	}
	else if (code < 0x10000)
	{
		buf_putc(buf, (char) (0xE0 | code >> 12));
		buf_putc(buf, (char) (0x80 | (code >> 6 & 0x3F)));
		buf_putc(buf, (char) (0x80 | (code & 0x3F)));
	}
	else
	{
		buf_putc(buf, (char) (0xF0 | code >> 18));
		buf_putc(buf, (char) (0x80 | (code >> 12 & 0x3F)));
		buf_putc(buf, (char) (0x80 | (code >> 6 & 0x3F)));
		buf_putc(buf, (char) (0x80 | (code & 0x3F)));
	}
}

/* ---- reading ---- */

static void
skip_space(Reader *reader)
{
	while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) != NULL &&
		   *reader->at != '\0')
		reader->at++;
}

static bool
take_word(Reader *reader, const char *word)
{
	size_t		len = strlen(word);

	if ((size_t) (reader->end - reader->at) < len ||
		memcmp(reader->at, word, len) != 0)
		return false;
	reader->at += len;
	return true;
}

static Json *
new_value(Reader *reader, JsonType type)
{
	Json	   *value = reader->arena == NULL ? &reader->checked :
	arena_alloc(reader->arena, sizeof(Json));

	value->type = type;
	return value;
}

static bool
read_hex4(Reader *reader, uint32_t *code)
{
	*code = 0;
	if (reader->end - reader->at < 4)
		return false;
	for (int i = 0; i < 4; i++)
	{
		char		c = *reader->at++;

		*code <<= 4;
		if (c >= '0' && c <= '9')
			*code |= c - '0';
		else if (c >= 'a' && c <= 'f')
			*code |= c - 'a' + 10;
		else if (c >= 'A' && c <= 'F')
			*code |= c - 'A' + 10;
		else
			return false;
	}
	return true;
}

/* Reads what follows "\u"; in a tree, surrogates must come in pairs. */
static bool
read_unicode_escape(Reader *reader, Buf *buf)
{
	uint32_t	code;
	uint32_t	low;

	if (!read_hex4(reader, &code))
		return false;
	if (reader->arena == NULL)
		return true;
	if (code == 0 || (code >= 0xDC00 && code <= 0xDFFF))
		return false;
	if (code >= 0xD800 && code <= 0xDBFF)
	{
		if (!take_word(reader, "\\u") || !read_hex4(reader, &low) ||
			low < 0xDC00 || low > 0xDFFF)
			return false;
		code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
	}
	add_utf8(buf, code);
	return true;
}

static bool
read_escape(Reader *reader, Buf *buf)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *found;
	char		c;

	if (reader->at == reader->end)
		return false;
	c = *reader->at++;
	if (c == 'u')
		return read_unicode_escape(reader, buf);
	found = c == '\0' ? NULL : strchr(from, c);
	if (found != NULL && reader->arena != NULL)
		buf_putc(buf, to[found - from]);
	return found != NULL;
}

/* Moves behind the characters that stand for themselves; false: not UTF-8. */
static bool
skip_plain(Reader *reader)
{
	while (reader->at < reader->end && (unsigned char) *reader->at >= 0x20 &&
		   *reader->at != '"' && *reader->at != '\\')
	{
		int			n = utf8_length((const unsigned char *) reader->at,
									reader->end - reader->at);

		if (n == 0)
			return false;
		reader->at += n;
	}
	return true;
}

/* Reads what follows the opening quote, with the closing one. */
static bool
read_characters(Reader *reader, Buf *buf)
{
	for (;;)
	{
		const char *start = reader->at;

		if (!skip_plain(reader))
			return false;
		if (reader->arena != NULL)
			buf_add(buf, start, reader->at - start);
		if (take_word(reader, "\""))
			return true;
		/* what is left is a control character, or the end */
		if (!take_word(reader, "\\") || !read_escape(reader, buf))
			return false;
	}
}

/* Returns a string's characters, or NULL; "" when nothing is built. */
static const char *
read_text(Reader *reader, size_t *len)
{
	Buf			buf = {0};
	const char *text = NULL;

	if (take_word(reader, "\"") && read_characters(reader, &buf))
	{
		text = reader->arena == NULL ? "" : arena_copy_n(reader->arena, buf.data, buf.len);
		*len = buf.len;
	}
	buf_free(&buf);
	return text;
}

static Json *
read_string(Reader *reader)
{
	Json	   *value = new_value(reader, JSON_STRING);

	value->text = read_text(reader, &value->len);
	return value->text == NULL ? NULL : value;
}

static int
skip_digits(Reader *reader)
{
	int			n = 0;

	while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9')
	{
		reader->at++;
		n++;
	}
	return n;
}

static Json *
read_number(Reader *reader)
{
	const char *start = reader->at;
	Json	   *value;

	take_word(reader, "-");
	if (!take_word(reader, "0") && skip_digits(reader) == 0)
		return NULL;
	if (take_word(reader, ".") && skip_digits(reader) == 0)
		return NULL;
	if (take_word(reader, "e") || take_word(reader, "E"))
	{
		if (!take_word(reader, "+"))
			take_word(reader, "-");
		if (skip_digits(reader) == 0)
			return NULL;
	}
	value = new_value(reader, JSON_NUMBER);
	if (reader->arena != NULL)
	{
		value->len = reader->at - start;
		value->text = arena_copy_n(reader->arena, start, value->len);
	}
	return value;
}

/* The items of an object or list, until their number is known. */
typedef struct Collected
{
	Json	  **items;
	const char **keys;
	int			count;
	int			size;
} Collected;

static void
collect_item(Collected *collected, const char *key, Json *item)
{
	if (collected->count == collected->size)
	{
		collected->size = collected->size ? collected->size * 2 : 8;
		collected->items = mem_resize(collected->items,
									  collected->size * sizeof(Json *));
		collected->keys = mem_resize(collected->keys,
									 collected->size * sizeof(char *));
	}
	collected->keys[collected->count] = key;
	collected->items[collected->count++] = item;
}

static void
keep_collected(Reader *reader, Json *value, const Collected *collected)
{
	size_t		size = collected->count * sizeof(void *);

	value->count = collected->count;
	value->items = arena_alloc(reader->arena, size);
	if (value->count > 0)
		memcpy(value->items, collected->items, size);
	if (value->type == JSON_OBJECT)
	{
		value->keys = arena_alloc(reader->arena, size);
		if (value->count > 0)
			memcpy(value->keys, collected->keys, size);
	}
}

/* Reads an element, or a member with its key; false when it is not valid. */
static bool
read_item(Reader *reader, JsonType type, Collected *collected)
{
	const char *key = NULL;
	size_t		key_len;
	Json	   *item;

	if (type == JSON_OBJECT)
	{
		skip_space(reader);
		key = read_text(reader, &key_len);
		skip_space(reader);
		if (key == NULL || !take_word(reader, ":"))
			return false;
	}
	item = read_value(reader);
	if (item != NULL && reader->arena != NULL)
		collect_item(collected, key, item);
	return item != NULL;
}

/* Reads an object or list whose opening bracket has been taken. */
static Json *
read_items(Reader *reader, JsonType type, const char *close)
{
	Json	   *value = new_value(reader, type);
	Collected	collected = {0};
	bool		ok = true;

	if (++reader->depth > JSON_MAX_DEPTH)
	{
		reader->is_too_deep = true;
		return NULL;
	}
	skip_space(reader);
	if (!take_word(reader, close))
	{
		do
		{
			ok = read_item(reader, type, &collected);
			skip_space(reader);
		} while (ok && take_word(reader, ","));
		ok = ok && take_word(reader, close);
	}
	reader->depth--;
	if (ok && reader->arena != NULL)
		keep_collected(reader, value, &collected);
	free(collected.items);
	free(collected.keys);
	return ok ? value : NULL;
}

/* Returns the next value, or NULL when there is no valid one. */
static Json *
read_value(Reader *reader)
{
	Json	   *value;

	skip_space(reader);
	if (reader->at == reader->end)
		return NULL;
	if (*reader->at == '"')
		return read_string(reader);
	if (take_word(reader, "{"))
		return read_items(reader, JSON_OBJECT, "}");
	if (take_word(reader, "["))
		return read_items(reader, JSON_ARRAY, "]");
	if (take_word(reader, "null"))
		return new_value(reader, JSON_NULL);
	if (take_word(reader, "false"))
		return new_value(reader, JSON_BOOL);
	if (take_word(reader, "true"))
	{
		value = new_value(reader, JSON_BOOL);
		value->is_true = true;
		return value;
	}
	return read_number(reader);
}

/* Reads a value with nothing but whitespace around it. */
static Json *
read_whole(Reader *reader)
{
	Json	   *value = read_value(reader);

	skip_space(reader);
	return reader->at == reader->end ? value : NULL;
}

/*
 * Returns the value that the text is, allocated from the arena.  Returns NULL
 * when the text is not JSON, or not of a kind that the database can store.
 */
Json *
json_parse(Arena *arena, const char *text, size_t len)
{
	Reader		reader = {.arena = arena, .at = text, .end = text + len};

	return read_whole(&reader);
}

/* Tells whether the text is one JSON value and nothing else. */
JsonVerdict
json_check(const char *text, size_t len)
{
	Reader		reader = {.at = text, .end = text + len};

	if (read_whole(&reader) != NULL)
		return JSON_VALID;
	return reader.is_too_deep ? JSON_TOO_DEEP : JSON_INVALID;
}

/* ---- looking ---- */

/*
 * Returns the member of that name, the last one if there are several; NULL
 * when there is none, or "object" is NULL or no object.
 */
Json *
json_member(const Json *object, const char *key)
{
	if (object == NULL || object->type != JSON_OBJECT)
		return NULL;
	for (int i = object->count - 1; i >= 0; i--)
	{
		if (strcmp(object->keys[i], key) == 0)
			return object->items[i];
	}
	return NULL;
}

/* Tells whether a value is neither absent (NULL) nor null. */
bool
json_is_given(const Json *value)
{
	return value != NULL && value->type != JSON_NULL;
}

/*
 * Judges truth as Python does, since that is what inputs of actions were
 * written for: false are null, false, 0, and what is empty or absent.
 */
bool
json_is_true(const Json *value)
{
	if (value == NULL)
		return false;
	switch (value->type)
	{
		case JSON_NULL:
			return false;
		case JSON_BOOL:
			return value->is_true;
		case JSON_NUMBER:
			return strtod(value->text, NULL) != 0;
		case JSON_STRING:
			return value->len > 0;
		case JSON_ARRAY:
		case JSON_OBJECT:
			return value->count > 0;
	}
	return false;
}

/*
 * Returns the number that a value is, or that its text or truth stands for;
 * "fallback" when it stands for none, or for one that is not finite.
 */
double
json_number(const Json *value, double fallback)
{
	char	   *end;
	double		number;

	if (value != NULL && value->type == JSON_BOOL)
		return value->is_true ? 1 : 0;
	if (value == NULL ||
		(value->type != JSON_NUMBER && value->type != JSON_STRING))
		return fallback;
	number = strtod(value->text, &end);
	while (*end == ' ')
		end++;
	if (end == value->text || *end != '\0' || !isfinite(number))
		return fallback;
	return number;
}

/* ---- writing ---- */

/*
 * Appends a string with its quotes.  U+FFFD stands for each NUL and for each
 * byte that is not part of valid UTF-8: the database would refuse them.
 */
void
json_write_string(Buf *buf, const char *text, size_t len)
{
	buf_putc(buf, '"');
	while (len > 0)
	{
		unsigned char c = (unsigned char) *text;
		int			n = utf8_length((const unsigned char *) text, len);

		if (c == '"' || c == '\\')
		{
			buf_putc(buf, '\\');
			buf_putc(buf, (char) c);
		}
		else if (c == '\n')
			buf_puts(buf, "\\n");
		else if (n == 0 || c == '\0')
			buf_puts(buf, "\xEF\xBF\xBD");
		else if (c < 0x20 || c == 0x7F)
			buf_printf(buf, "\\u%04x", c);
		else
			buf_add(buf, text, n);
		if (n == 0)
			n = 1;
		text += n;
		len -= n;
	}
	buf_putc(buf, '"');
}

/*
 * Appends a text of unknown origin as a string; NULL becomes null.  A text
 * that is not UTF-8 is taken for Latin 1, as bytes in HTTP headers are.
 */
void
json_write_text(Buf *buf, const char *text)
{
	Buf			converted = {0};

	if (text == NULL)
	{
		buf_puts(buf, "null");
		return;
	}
	if (utf8_is_valid(text, strlen(text)))
	{
		json_write_string(buf, text, strlen(text));
		return;
	}
	for (; *text != '\0'; text++)
		add_utf8(&converted, (unsigned char) *text);
	json_write_string(buf, converted.data, converted.len);
	buf_free(&converted);
}

static void
write_items(Buf *buf, const Json *value)
{
	for (int i = 0; i < value->count; i++)
	{
		if (i > 0)
			buf_puts(buf, ", ");
		if (value->type == JSON_OBJECT)
		{
			json_write_string(buf, value->keys[i], strlen(value->keys[i]));
			buf_puts(buf, ": ");
		}
		json_write(buf, value->items[i]);
	}
}

/* Appends a value, with the separators that Python writes. */
void
json_write(Buf *buf, const Json *value)
{
	switch (value->type)
	{
		case JSON_NULL:
			buf_puts(buf, "null");
			break;
		case JSON_BOOL:
			buf_puts(buf, value->is_true ? "true" : "false");
			break;
		case JSON_NUMBER:
			buf_add(buf, value->text, value->len);
			break;
		case JSON_STRING:
			json_write_string(buf, value->text, value->len);
			break;
		case JSON_ARRAY:
			buf_putc(buf, '[');
			write_items(buf, value);
			buf_putc(buf, ']');
			break;
		case JSON_OBJECT:
			buf_putc(buf, '{');
			write_items(buf, value);
			buf_putc(buf, '}');
			break;
	}
}
