/*-------------------------------------------------------------------------
 *
 * head.c
 *	  The head of an HTTP/1 request: its line and its fields.
 *
 * Where two programs on the way of a request disagree on where it ends, the
 * rest of its body becomes a request of its own, with whatever identity its
 * author likes.  So nothing is repaired here: a head is what RFC 9112 says,
 * to the byte, or the request is refused and the connection closed.  Where
 * the RFC leaves a choice between refusing and repairing, this refuses.
 *
 * The functions read bytes and know nothing of connections.
 *
 *-------------------------------------------------------------------------
 */
#include "head.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Fields that decide something and have no meaning when given twice. */
static const char *const single_fields[] = {
	"Authorization", "Content-Encoding", "Content-Length", "Content-Type",
	"Expect", "Host", "Transfer-Encoding", "X-Auth-Token",
	"X-Identity-Status", "X-Project-Id", "X-Roles",
	"X-Service-Identity-Status", "X-Target-Auth-Token", "X-Target-Auth-Uri",
	"X-Target-Insecure"
};

/* Notes a fault, the first one; returns false. */
static bool
fail_head(Head *head, int status, const char *fault)
{
	if (head->status == 0)
	{
		head->status = status;
		head->fault = fault;
	}
	return false;
}

/* Tells whether this is a control character, which no part of a head may hold. */
static bool
is_control(unsigned char c)
{
	return (c < 0x20 && c != '\t') || c == 0x7f;
}

/*
 * Goes on behind *at until something has come to its end.  A line ends with CR
 * and LF; one without the other, or any other control character, is a fault
 * as soon as it is seen: who sent it may be waiting for the answer.
 */
HeadScan
head_scan(const char *text, size_t len, size_t *at)
{
	while (*at < len)
	{
		size_t		i = *at;
		bool		after_cr = i > 0 && text[i - 1] == '\r';

		if (after_cr != (text[i] == '\n'))
			return HEAD_FAULT;
		if (text[i] != '\n' && text[i] != '\r' && is_control((unsigned char) text[i]))
			return HEAD_FAULT;
		++*at;
		if (text[i] == '\n')
			return i == 1 || (i > 1 && text[i - 2] == '\n') ? HEAD_END : HEAD_LINE;
	}
	return HEAD_MORE;
}

/* Tells whether this is a token, as names of methods and fields are. */
bool
head_is_token(const char *text, size_t len)
{
	size_t		i;

	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char) text[i]) &&
			(text[i] == '\0' || strchr("!#$%&'*+-.^_`|~", text[i]) == NULL))
			return false;
	return len > 0;
}

/* Parses the version; others than HTTP/1.0 and 1.1 are not served. */
static bool
parse_version(Head *head, const char *text)
{
	if (strcmp(text, "HTTP/1.1") == 0 || strcmp(text, "HTTP/1.0") == 0)
	{
		head->minor = text[7] - '0';
		return true;
	}
	if (strlen(text) == 8 && strncmp(text, "HTTP/", 5) == 0 &&
		isdigit((unsigned char) text[5]) && text[6] == '.' &&
		isdigit((unsigned char) text[7]))
		return fail_head(head, 505, "The version of HTTP is not supported");
	return fail_head(head, 400, "The request line is not well-formed");
}

/*
 * Parses the target, in place.  One in absolute form is cut into its authority, which moves to the
 * front so that there is room for its end, and the rest, which gets the slash
 * it may lack in the place of the authority's last byte.
 */
static bool
parse_target(Head *head, char *target)
{
	char	   *authority;
	char	   *rest;
	size_t		len;

	head->target = target;
	if (strchr(target, '#') != NULL)
		return fail_head(head, 400, "The target of the request is not well-formed");
	if (*target == '/' ||
		(strcmp(target, "*") == 0 && strcmp(head->method, "OPTIONS") == 0))
		return true;
	if (strncasecmp(target, "http://", 7) != 0 && strncasecmp(target, "https://", 8) != 0)
		return fail_head(head, 400, "The target of the request is not well-formed");
	authority = strchr(target, '/') + 2;
	len = strcspn(authority, "/?");
	if (len == 0)
		return fail_head(head, 400, "The target of the request is not well-formed");
	rest = authority + len;
	memmove(target, authority, len);
	target[len] = '\0';
	if (*rest != '/')
		*--rest = '/';
	head->authority = target;
	head->target = rest;
	return true;
}

/*
 * Parses the request line; "len" includes its CR and LF.  False when it is a
 * fault, which the head then tells.
 */
bool
head_parse_line(Head *head, char *line, size_t len)
{
	char	   *target;
	char	   *version;

	line[len - 2] = '\0';
	target = strchr(line, ' ');
	version = target != NULL ? strchr(target + 1, ' ') : NULL;
	if (version == NULL || strchr(line, '\t') != NULL)
		return fail_head(head, 400, "The request line is not well-formed");
	*target++ = '\0';
	*version++ = '\0';
	if (!head_is_token(line, strlen(line)) || *target == '\0')
		return fail_head(head, 400, "The request line is not well-formed");
	head->method = line;
	return parse_version(head, version) && parse_target(head, target);
}

/* Tells whether this is a field without the end of its line: name, colon, value. */
bool
head_field_is_valid(const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	size_t		i;

	if (colon == NULL || !head_is_token(line, (size_t) (colon - line)))
		return false;
	for (i = 0; i < len; i++)
		if (is_control((unsigned char) line[i]))
			return false;
	return true;
}

/* Parses one field, which ends at "len", in place. */
static bool
parse_field(Head *head, char *line, size_t len)
{
	HeadField  *field = &head->fields[head->nfields];
	char	   *value;

	if (head->nfields == HEAD_MAX_FIELDS)
		return fail_head(head, 431, "The request has too many header fields");
	if (*line == ' ' || *line == '\t')
		return fail_head(head, 400, "A header field goes on over several lines");
	if (!head_field_is_valid(line, len))
		return fail_head(head, 400, "A header field is not well-formed");
	while (line[len - 1] == ' ' || line[len - 1] == '\t')
		len--;
	line[len] = '\0';
	value = strchr(line, ':');
	*value++ = '\0';
	field->name = line;
	field->value = value + strspn(value, " \t");
	head->nfields++;
	return true;
}

/* Returns the value of a field, the first one if there are several; else NULL. */
const char *
head_find(const Head *head, const char *name)
{
	int			i;

	for (i = 0; i < head->nfields; i++)
		if (strcasecmp(head->fields[i].name, name) == 0)
			return head->fields[i].value;
	return NULL;
}

/* Refuses repeated fields of which some other program might believe the other. */
static bool
check_repetition(Head *head)
{
	size_t		i;
	int			j;

	for (i = 0; i < sizeof(single_fields) / sizeof(single_fields[0]); i++)
	{
		int			n = 0;

		for (j = 0; j < head->nfields; j++)
			n += strcasecmp(head->fields[j].name, single_fields[i]) == 0;
		if (n > 1)
			return fail_head(head, 400, "A header field that may be given once is repeated");
	}
	return true;
}

/* Tells whether this is a host, perhaps an address in brackets, and perhaps a port. */
bool
head_is_host(const char *text)
{
	size_t		len;

	if (*text == '[')
	{
		len = 1 + strspn(text + 1, "0123456789abcdefABCDEF:.");
		if (len == 1 || text[len++] != ']')
			return false;
	}
	else
		len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~");
	if (len == 0 || strlen(text) > 255)
		return false;
	if (text[len] == ':')
	{
		size_t		digits = strspn(text + len + 1, "0123456789");

		if (digits == 0 || digits > 5)
			return false;
		len += 1 + digits;
	}
	return text[len] == '\0';
}

/* Checks the host, which the target may name as well, but not another one. */
static bool
check_host(Head *head)
{
	head->host = head_find(head, "Host");
	if (head->host == NULL)
	{
		if (head->minor >= 1)
			return fail_head(head, 400, "The request has no Host");
		head->host = head->authority;
	}
	if (head->host != NULL && !head_is_host(head->host))
		return fail_head(head, 400, "The Host of the request is not well-formed");
	if (head->authority != NULL && strcasecmp(head->authority, head->host) != 0)
		return fail_head(head, 400, "The target of the request names another host than its Host");
	return true;
}

/* Parses digits and nothing else; what no body could be long enough for is a fault. */
static bool
parse_length(Head *head, const char *text)
{
	size_t		digits = strspn(text, "0123456789");

	if (digits == 0 || text[digits] != '\0')
		return fail_head(head, 400, "The Content-Length is not well-formed");
	text += strspn(text, "0");
	if (strlen(text) > 18)
		return fail_head(head, 400, "The Content-Length is too large");
	for (; *text != '\0'; text++)
		head->length = head->length * 10 + (uint64_t) (*text - '0');
	return true;
}

/* Finds out how the end of the body is known; two ways to know it are a fault. */
static bool
check_framing(Head *head)
{
	const char *length = head_find(head, "Content-Length");
	const char *coding = head_find(head, "Transfer-Encoding");

	if (coding == NULL)
		return length == NULL || parse_length(head, length);
	if (length != NULL)
		return fail_head(head, 400, "The request has both Content-Length and Transfer-Encoding");
	if (head->minor == 0)
		return fail_head(head, 400, "HTTP/1.0 has no Transfer-Encoding");
	if (strcasecmp(coding, "chunked") != 0)
		return fail_head(head, 400, "The Transfer-Encoding is not \"chunked\"");
	head->is_chunked = true;
	return true;
}

/* Refuses every expectation but "100-continue". */
static bool
check_expectation(Head *head)
{
	const char *expectation = head_find(head, "Expect");

	if (expectation == NULL || head->minor == 0)
		return true;
	if (strcasecmp(expectation, "100-continue") != 0)
		return fail_head(head, 417, "The expectation cannot be met");
	head->expects_continue = true;
	return true;
}

/* Tells whether a comma-separated list holds a word. */
static bool
lists_word(const char *list, const char *word)
{
	size_t		len = strlen(word);

	while (*list != '\0')
	{
		size_t		item = strcspn(list, ", \t");

		if (item == len && strncasecmp(list, word, len) == 0)
			return true;
		list += item;
		list += strspn(list, ", \t");
	}
	return false;
}

/* Notes whether the client wants to keep the connection after the answer. */
static void
note_persistence(Head *head)
{
	bool		close = false;
	bool		keep = false;
	int			i;

	for (i = 0; i < head->nfields; i++)
	{
		if (strcasecmp(head->fields[i].name, "Connection") != 0)
			continue;
		close |= lists_word(head->fields[i].value, "close");
		keep |= lists_word(head->fields[i].value, "keep-alive");
	}
	head->keeps_open = !close && (keep || head->minor >= 1);
}

/*
 * Parses the lines behind the request line, the empty one at the end
 * included, and finds out what they mean for the connection.  False when
 * there is a fault, which the head then tells.
 */
bool
head_parse_fields(Head *head, char *text, size_t len)
{
	char	   *end = text + len - 2;	/* the empty line */

	while (text < end)
	{
		char	   *newline = memchr(text, '\n', (size_t) (end - text));

		if (newline - text < 2)
			return fail_head(head, 400, "A header field is not well-formed");
		if (!parse_field(head, text, (size_t) (newline - 1 - text)))
			return false;
		text = newline + 1;
	}
	note_persistence(head);
	return check_repetition(head) && check_host(head) &&
		check_framing(head) && check_expectation(head);
}
