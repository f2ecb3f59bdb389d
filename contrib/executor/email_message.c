/*-------------------------------------------------------------------------
 *
 * email_message.c
 *	  The text of an e-mail (RFC 5322), with its types (RFC 2045 to 2047).
 *
 * Texts are UTF-8.  Bodies are quoted-printable, which leaves no line too long
 * and no byte that a relay might change.  In headers whatever is not ASCII
 * becomes encoded words.  Addresses have been checked by email_address()
 * before they come here, so that none can begin another header; in a subject
 * the ends of lines become blanks.
 *
 *-------------------------------------------------------------------------
 */
#include "email_message.h"

#include <ctype.h>
#include <string.h>

#define MAX_LINE		76		/* bytes of an encoded line */
#define MAX_WORD_BYTES	36		/* of an encoded word, before it is encoded */
#define MAX_ADDRESS		320		/* bytes: 64, "@" and 255 */

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void
add_base64(Buf *text, const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i += 3)
	{
		unsigned int group = bytes[i] << 16 | (i + 1 < len ? bytes[i + 1] << 8 : 0) |
		(i + 2 < len ? bytes[i + 2] : 0);

		buf_putc(text, base64_digits[group >> 18]);
		buf_putc(text, base64_digits[group >> 12 & 63]);
		buf_putc(text, i + 1 < len ? base64_digits[group >> 6 & 63] : '=');
		buf_putc(text, i + 2 < len ? base64_digits[group & 63] : '=');
	}
}

/* Tells whether the text can stand in a header as it is. */
static bool
is_plain(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
	{
		if ((unsigned char) text[i] < 32 || (unsigned char) text[i] > 126)
			return false;
	}
	/* what looks like an encoded word would be decoded */
	return len <= 900 && (len < 2 || memmem(text, len, "=?", 2) == NULL);
}

/*
 * Adds a text to a header, as encoded words if need be: one for each piece of
 * whole characters, on lines of their own.
 */
static void
add_words(Buf *message, const char *text, size_t len)
{
	size_t		begin = 0;

	if (is_plain(text, len))
	{
		buf_add(message, text, len);
		return;
	}
	while (begin < len)
	{
		size_t		end = begin + MAX_WORD_BYTES < len ? begin + MAX_WORD_BYTES : len;

		/* a character is not cut in two */
		while (end < len && end > begin + 1 && ((unsigned char) text[end] & 0xC0) == 0x80)
			end--;
		buf_puts(message, begin > 0 ? "\r\n =?utf-8?B?" : "=?utf-8?B?");
		add_base64(message, (const unsigned char *) text + begin, end - begin);
		buf_puts(message, "?=");
		begin = end;
	}
}

/* Finds the address in "Name <address>", or takes all of the text for one. */
static const char *
find_address(const char *text, size_t *len)
{
	const char *open = strrchr(text, '<');
	const char *close = open == NULL ? NULL : strchr(open, '>');

	if (open != NULL && close != NULL)
	{
		*len = close - open - 1;
		return open + 1;
	}
	*len = strlen(text);
	return text;
}

/*
 * Gets the address out of "address" or "Name <address>" and appends it; false
 * when there is none, or when the text has something that could be taken for
 * another address, command or header.
 */
bool
email_address(const char *text, Buf *address)
{
	size_t		len;
	const char *found = find_address(text, &len);
	bool		is_bare = found == text;

	for (const char *c = text; *c != '\0'; c++)
	{
		if ((unsigned char) *c < 32 || *c == 127)
			return false;
	}
	if (!is_bare && found[len + 1] != '\0')
		return false;			/* something is behind it */
	if (len == 0 || len > MAX_ADDRESS || found[0] == '@' || found[len - 1] == '@' ||
		memchr(found, '@', len) == NULL)
		return false;
	for (size_t i = 0; i < len; i++)
	{
		if (strchr(" <>(),;:\\\"[]", found[i]) != NULL)
			return false;
	}
	buf_add(address, found, len);
	return true;
}

/* Adds an address with its name, which is quoted, since it is a person's to choose. */
static void
add_address(Buf *message, const char *text)
{
	size_t		len;
	const char *address = find_address(text, &len);
	size_t		name_len = address == text ? 0 : address - text - 1;

	while (name_len > 0 && isspace((unsigned char) text[name_len - 1]))
		name_len--;
	if (name_len >= 2 && text[0] == '"' && text[name_len - 1] == '"')
	{
		text++;
		name_len -= 2;
	}
	if (name_len > 0 && !is_plain(text, name_len))
		add_words(message, text, name_len);
	else if (name_len > 0)
	{
		buf_putc(message, '"');
		for (size_t i = 0; i < name_len; i++)
		{
			if (text[i] == '"' || text[i] == '\\')
				buf_putc(message, '\\');
			buf_putc(message, text[i]);
		}
		buf_putc(message, '"');
	}
	/* on a line of its own, as either may be long */
	buf_puts(message, name_len > 0 ? "\r\n <" : "");
	buf_add(message, address, len);
	buf_puts(message, name_len > 0 ? ">" : "");
}

/* Adds a header with addresses, one a line; none when there are none. */
static void
add_addresses(Buf *message, const char *name, const Json *list)
{
	if (list == NULL || list->type != JSON_ARRAY || list->count == 0)
		return;
	buf_printf(message, "%s: ", name);
	for (int i = 0; i < list->count; i++)
	{
		buf_puts(message, i > 0 ? ",\r\n " : "");
		add_address(message, list->items[i]->text);
	}
	buf_puts(message, "\r\n");
}

static void
add_subject(Buf *message, const char *subject)
{
	Buf			line = {0};

	for (const char *c = subject; *c != '\0'; c++)
		buf_putc(&line, (unsigned char) *c < 32 ? ' ' : *c);
	buf_puts(message, "Subject: ");
	add_words(message, line.data, line.len);
	buf_puts(message, "\r\n");
	buf_free(&line);
}

/* A time as RFC 5322 has it, whatever the locale. */
static void
add_date(Buf *message, time_t date)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm	tm;

	gmtime_r(&date, &tm);
	buf_printf(message, "Date: %.3s, %d %.3s %d %02d:%02d:%02d +0000\r\n", days + 3 * tm.tm_wday,
			   tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900,
			   tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Tells whether the byte may stand for itself in quoted-printable text. */
static bool
is_printable(const char *c)
{
	if (*c == ' ' || *c == '\t')
		return c[1] != '\n' && c[1] != '\0' && c[1] != '\r';
	return *c > 32 && *c < 127 && *c != '=';
}

/* Adds a body as quoted-printable text, whose lines end with CR and LF. */
static void
add_quoted(Buf *message, const char *text)
{
	int			column = 0;

	for (const char *c = text; *c != '\0'; c++)
	{
		bool		is_plain_byte = is_printable(c);

		if (*c == '\n' || (*c == '\r' && c[1] == '\n'))
		{
			c += *c == '\r' ? 1 : 0;
			buf_puts(message, "\r\n");
			column = 0;
			continue;
		}
		if (column + (is_plain_byte ? 1 : 3) > MAX_LINE - 1)
		{
			buf_puts(message, "=\r\n");
			column = 0;
		}
		if (is_plain_byte)
			buf_putc(message, *c);
		else
			buf_printf(message, "=%02X", (unsigned char) *c);
		column += is_plain_byte ? 1 : 3;
	}
	buf_puts(message, "\r\n");
}

static void
add_part(Buf *message, const char *type, const char *text)
{
	buf_printf(message, "Content-Type: text/%s; charset=utf-8\r\n"
			   "Content-Transfer-Encoding: quoted-printable\r\n\r\n", type);
	add_quoted(message, text);
}

/* Appends the message, ready to be sent. */
void
email_write(Buf *message, const EmailParts *parts)
{
	const char *subject = parts->subject != NULL && parts->subject[0] != '\0' ? parts->subject : "<No subject>";
	const char *body = parts->body != NULL && parts->body[0] != '\0' ? parts->body : "<No body>";
	size_t		len;
	const char *from = find_address(parts->from, &len);
	const char *domain = memchr(from, '@', len);

	add_date(message, parts->date);
	buf_puts(message, "From: ");
	add_address(message, parts->from);
	buf_puts(message, "\r\n");
	add_addresses(message, "To", parts->to);
	add_addresses(message, "Cc", parts->cc);
	add_addresses(message, "Reply-To", parts->reply_to);
	add_subject(message, subject);
	buf_printf(message, "Message-ID: <%s%.*s>\r\n", parts->id, (int) (from + len - domain), domain);
	buf_puts(message, "MIME-Version: 1.0\r\n");
	if (parts->html_body == NULL || parts->html_body[0] == '\0')
	{
		add_part(message, "plain", body);
		return;
	}
	/* no text can have the boundary: "=_" does not come out of the encoding */
	buf_puts(message, "Content-Type: multipart/alternative; boundary=\"=_alternative\"\r\n\r\n");
	buf_puts(message, "--=_alternative\r\n");
	add_part(message, "plain", body);
	buf_puts(message, "--=_alternative\r\n");
	add_part(message, "html", parts->html_body);
	buf_puts(message, "--=_alternative--\r\n");
}
