/*-------------------------------------------------------------------------
 *
 * charclass.c
 *	  Classes of characters as the language's patterns use them.
 *
 * A word character is a letter or number of any script, or "_".  All text
 * here is UTF-8.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>
#include <unictype.h>
#include <unistr.h>

#include "tree/charclass.h"

/*
 * Decodes the character at p and returns its length in bytes, 0 at the end.
 * A malformed one counts as a byte, so that scans always get on.
 */
static int
decode_char(const char *p, const char *end, ucs4_t *c)
{
	int			len;

	if (p >= end)
		return 0;
	if ((unsigned char) *p < 0x80)
	{
		*c = (unsigned char) *p;
		return 1;
	}
	len = u8_mbtouc(c, (const uint8_t *) p, end - p);
	return Max(len, 1);
}

/*
 * Word character.
 */
int
mst_utf8_skip_word(const char *p, const char *end)
{
	ucs4_t		c;
	int			len = decode_char(p, end, &c);

	if (len == 0)
		return 0;
	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || c == '_' ? 1 : 0;
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_N) ?
		len : 0;
}

/*
 * White space.
 */
int
mst_utf8_skip_space(const char *p, const char *end)
{
	ucs4_t		c;
	int			len = decode_char(p, end, &c);

	if (len == 0)
		return 0;
	if (c < 0x80)
		return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F) ? 1 : 0;
	return uc_is_property_white_space(c) ? len : 0;
}

/*
 * Decimal digit, of any script.
 */
int
mst_utf8_skip_digit(const char *p, const char *end)
{
	ucs4_t		c;
	int			len = decode_char(p, end, &c);

	if (len == 0)
		return 0;
	if (c < 0x80)
		return c >= '0' && c <= '9' ? 1 : 0;
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Nd) ? len : 0;
}

/* Returns whether the text has word characters only, and at least one. */
bool
mst_text_is_word(const char *text, int len)
{
	const char *end = text + len;

	if (len == 0)
		return false;
	while (text < end)
	{
		int			n = mst_utf8_skip_word(text, end);

		if (n == 0)
			return false;
		text += n;
	}
	return true;
}

/* Takes a mark out of a text, wherever it stands. */
static void
remove_all(char *text, const char *mark)
{
	size_t		len = strlen(mark);
	char	   *to = text;

	while (*text != '\0')
	{
		if (strncmp(text, mark, len) == 0)
			text += len;
		else
			*to++ = *text++;
	}
	*to = '\0';
}

/*
 * Returns whether the text looks like a UUID, in any of its spellings.  The
 * marks "urn:" and "uuid:" may stand anywhere, as may dashes; braces only
 * at both ends.
 */
bool
mst_text_is_uuid(const char *text)
{
	char	   *copy = pstrdup(text);
	char	   *p;
	char	   *end;
	int			digits = 0;

	remove_all(copy, "urn:");
	remove_all(copy, "uuid:");
	p = copy + strspn(copy, "{}");
	end = p + strcspn(p, "{}");
	if (end[strspn(end, "{}")] != '\0')
		return false;
	for (; p < end; p++)
	{
		if (isxdigit((unsigned char) *p))
			digits++;
		else if (*p != '-')
			return false;
	}
	return digits == 32;
}

/* Finds a closing mark on the same line; returns the place behind it. */
static const char *
find_close(const char *p, const char *end, char first, char second)
{
	for (; p + 1 < end && *p != '\n'; p++)
	{
		if (p[0] == first && p[1] == second)
			return p + 2;
	}
	return NULL;
}

/* End of the expression that begins at p (on one line), or NULL. */
const char *
mst_text_expression_end(const char *p, const char *end)
{
	if (end - p < 4)
		return NULL;
	if (p[0] == '<' && p[1] == '%')
		return find_close(p + 2, end, '%', '>');
	if (p[0] == '{' && p[1] == '{')
		return find_close(p + 2, end, '}', '}');
	if (p[0] == '{' && p[1] == '%')
		return find_close(p + 2, end, '%', '}');
	return NULL;
}
