/*-------------------------------------------------------------------------
 *
 * http_response.c
 *	  What came back from a request, and the mapping that an action gets.
 *
 * The mapping is the one that Mistral's own executor makes of a response of
 * Python's "requests" library, since workflows look into it: repeated headers
 * are joined by commas, the encoding is the one that library would guess, and
 * content that is JSON becomes a value, whatever its type says.
 *
 * A response is filled line by line as libcurl hands its head over.  A status
 * line begins anew, because "100 Continue" and proxies send heads of their own
 * before the one that counts.
 *
 *-------------------------------------------------------------------------
 */
#include "http_response.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "json.h"

/* Makes the response an empty one; it must not hold anything. */
void
http_response_init(HttpResponse *response)
{
	memset(response, 0, sizeof(HttpResponse));
	response->last = &response->headers;
}

/* Frees what the response holds; it is empty then. */
void
http_response_free(HttpResponse *response)
{
	HttpHeader *header = response->headers;

	while (header != NULL)
	{
		HttpHeader *next = header->next;

		free(header->name);
		buf_free(&header->value);
		free(header);
		header = next;
	}
	free(response->reason);
	buf_free(&response->cookies);
	buf_free(&response->content);
	http_response_init(response);
}

/* Takes a line like "HTTP/1.1 404 Not Found"; the reason may be missing. */
static void
take_status_line(HttpResponse *response, const char *line, size_t len)
{
	const char *end = line + len;
	const char *at = memchr(line, ' ', len);

	http_response_free(response);
	while (at != NULL && at < end && *at == ' ')
		at++;
	for (; at != NULL && at < end && isdigit((unsigned char) *at); at++)
		response->status = response->status * 10 + (*at - '0');
	while (at != NULL && at < end && *at == ' ')
		at++;
	response->reason = mem_copy_n(at ? at : "", at ? end - at : 0);
}

/* The name and value of a cookie being set; a later one of a name wins. */
static void
take_cookie(HttpResponse *response, const char *value, size_t len)
{
	const char *semicolon = memchr(value, ';', len);
	const char *equals;

	if (semicolon != NULL)
		len = semicolon - value;
	equals = memchr(value, '=', len);
	if (equals == NULL)
		return;
	if (response->cookies.len > 0)
		buf_puts(&response->cookies, ", ");
	json_write_string(&response->cookies, value, equals - value);
	buf_puts(&response->cookies, ": ");
	json_write_string(&response->cookies, equals + 1, value + len - equals - 1);
}

static HttpHeader *
find_header(const HttpResponse *response, const char *name)
{
	for (HttpHeader *header = response->headers; header; header = header->next)
	{
		if (strcasecmp(header->name, name) == 0)
			return header;
	}
	return NULL;
}

/* Returns the value of a header, whatever the case of its name, or NULL. */
const char *
http_response_header(const HttpResponse *response, const char *name)
{
	HttpHeader *header = find_header(response, name);

	return header == NULL ? NULL : header->value.data;
}

/* Takes a line of the head, with or without its end.  What is no header is ignored. */
void
http_response_line(HttpResponse *response, const char *line, size_t len)
{
	const char *colon;
	const char *value;
	char	   *name;
	HttpHeader *header;

	while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == '\n' ||
					   line[len - 1] == ' '))
		len--;
	if (len >= 5 && memcmp(line, "HTTP/", 5) == 0)
	{
		take_status_line(response, line, len);
		return;
	}
	colon = memchr(line, ':', len);
	if (colon == NULL)
		return;
	for (value = colon + 1; value < line + len && *value == ' '; value++)
		;

	name = mem_copy_n(line, colon - line);
	if (strcasecmp(name, "set-cookie") == 0)
		take_cookie(response, value, line + len - value);
	header = find_header(response, name);
	if (header != NULL)
	{
		buf_puts(&header->value, ", ");
		free(name);
	}
	else
	{
		header = mem_alloc(sizeof(HttpHeader));
		header->name = name;
		*response->last = header;
		response->last = &header->next;
	}
	buf_add(&header->value, value, line + len - value);
}

/*
 * Finds the encoding that the content type names, or implies for text and
 * JSON; "" if neither.  *is_named tells which.
 */
static void
find_encoding(const HttpResponse *response, char *encoding, size_t size,
			  bool *is_named)
{
	const char *type = http_response_header(response, "content-type");
	const char *charset = type == NULL ? NULL : strcasestr(type, "charset=");
	size_t		len;

	encoding[0] = '\0';
	*is_named = charset != NULL;
	if (type == NULL)
		return;
	if (charset != NULL)
	{
		charset += strlen("charset=");
		charset += strspn(charset, "'\" ");
		len = strcspn(charset, "'\"; ");
		snprintf(encoding, size, "%.*s", (int) len, charset);
	}
	else if (strcasestr(type, "text") != NULL)
		snprintf(encoding, size, "ISO-8859-1");
	else if (strcasestr(type, "application/json") != NULL)
		snprintf(encoding, size, "utf-8");
}

/* Converts to UTF-8; false when the encoding is unknown. */
static bool
convert_text(Buf *to, const char *encoding, const Buf *from)
{
	iconv_t		cd = iconv_open("UTF-8", encoding);
	char	   *in = from->data;
	size_t		in_left = from->len;

	if (cd == (iconv_t) -1)
		return false;
	while (in_left > 0)
	{
		char		chunk[4096];
		char	   *out = chunk;
		size_t		out_left = sizeof(chunk);
		size_t		done = iconv(cd, &in, &in_left, &out, &out_left);

		buf_add(to, chunk, out - chunk);
		if (done == (size_t) -1 && errno != E2BIG)
		{
			/* skip what cannot be read */
			in++;
			in_left--;
		}
	}
	iconv_close(cd);
	return true;
}

/*
 * Appends the content: as it came if it is JSON, else as a text.  An encoding
 * that is only implied gives way to UTF-8, which is what most servers mean.
 */
static void
write_content(Buf *json, const HttpResponse *response, const char *encoding,
			  bool is_named)
{
	const Buf  *content = &response->content;
	Arena	   *arena = arena_create();
	Buf			text = {0};

	if (content->len > 0 && json_parse(arena, content->data, content->len) != NULL)
		buf_add(json, content->data, content->len);
	else if (content->len == 0 || encoding[0] == '\0' ||
			 (!is_named && utf8_is_valid(content->data, content->len)) ||
			 !convert_text(&text, encoding, content))
		json_write_string(json, content->data, content->len);
	else
		json_write_string(json, text.data, text.len);
	buf_free(&text);
	arena_free(arena);
}

/* Appends the headers as an object, in the order of their coming. */
static void
write_headers(Buf *json, const HttpResponse *response)
{
	buf_putc(json, '{');
	for (HttpHeader *header = response->headers; header; header = header->next)
	{
		if (header != response->headers)
			buf_puts(json, ", ");
		json_write_string(json, header->name, strlen(header->name));
		buf_puts(json, ": ");
		json_write_string(json, header->value.data, header->value.len);
	}
	buf_putc(json, '}');
}

/* Appends a member that is a text; without one it is empty, an encoding null. */
static void
write_text(Buf *json, const char *key, const char *text)
{
	buf_printf(json, ", \"%s\": ", key);
	if (text == NULL || text[0] == '\0')
		buf_puts(json, strcmp(key, "encoding") == 0 ? "null" : "\"\"");
	else
		json_write_string(json, text, strlen(text));
}

/*
 * Appends the result of an action: content, status, headers, url, encoding,
 * reason, history, cookies and elapsed.  "history" holds the elements of a JSON
 * array; "elapsed" is in seconds.
 */
void
http_response_write(Buf *json, const HttpResponse *response, const char *url,
					const Buf *history, double elapsed)
{
	char		encoding[64];
	bool		is_named;

	find_encoding(response, encoding, sizeof(encoding), &is_named);
	buf_puts(json, "{\"content\": ");
	write_content(json, response, encoding, is_named);
	buf_printf(json, ", \"status\": %d, \"headers\": ", response->status);
	write_headers(json, response);
	write_text(json, "url", url);
	write_text(json, "encoding", encoding);
	write_text(json, "reason", response->reason);
	buf_printf(json, ", \"history\": [%s], \"cookies\": {%s}, \"elapsed\": %.6f}",
			   history->len > 0 ? history->data : "",
			   response->cookies.len > 0 ? response->cookies.data : "", elapsed);
}

/* Appends what the history tells of a response that led elsewhere. */
void
http_response_write_step(Buf *json, const HttpResponse *response,
						 const char *url)
{
	buf_printf(json, "{\"status\": %d, \"headers\": ", response->status);
	write_headers(json, response);
	write_text(json, "url", url);
	write_text(json, "reason", response->reason);
	buf_putc(json, '}');
}
