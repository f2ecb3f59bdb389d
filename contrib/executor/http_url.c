/*-------------------------------------------------------------------------
 *
 * http_url.c
 *	  Addresses of requests, put together as the "requests" library does it.
 *
 * Workflows were written for Python's "requests", and servers sign or cache by
 * the bytes of a URL.  So what is encoded, and how, follows that library: in a
 * path or query that somebody wrote, escapes stay and only what cannot stand
 * there is encoded; in parameters all is encoded but what is unreserved.
 *
 * What is compared or judged is taken apart by libcurl, which also sends the
 * request: a second parser might see another host in the same text.
 *
 *-------------------------------------------------------------------------
 */
#include "http_url.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

static const char hex_digits[] = "0123456789ABCDEF";

static bool
is_unreserved(unsigned char c)
{
	return isalnum(c) || (c != '\0' && strchr("-._~", c) != NULL);
}

static void
add_encoded(Buf *buf, unsigned char c)
{
	buf_putc(buf, '%');
	buf_putc(buf, hex_digits[c >> 4]);
	buf_putc(buf, hex_digits[c & 15]);
}

/* Appends a key or value of a query, encoded. */
static void
add_query_part(Buf *buf, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) text[i];

		if (is_unreserved(c))
			buf_putc(buf, (char) c);
		else if (c == ' ')
			buf_putc(buf, '+');
		else
			add_encoded(buf, c);
	}
}

/* Appends a value as Python prints it: text without quotes, True, None. */
void
url_plain_text(Buf *buf, const Json *value)
{
	switch (value->type)
	{
		case JSON_NULL:
			buf_puts(buf, "None");
			break;
		case JSON_BOOL:
			buf_puts(buf, value->is_true ? "True" : "False");
			break;
		case JSON_NUMBER:
		case JSON_STRING:
			buf_add(buf, value->text, value->len);
			break;
		case JSON_ARRAY:
		case JSON_OBJECT:
			json_write(buf, value);
			break;
	}
}

/* Appends a pair to a form; a value that is null leaves out its key. */
static void
add_pair(Buf *form, const char *key, size_t key_len, const Json *value)
{
	Buf			text = {0};

	if (value->type == JSON_NULL)
		return;
	url_plain_text(&text, value);
	if (form->len > 0)
		buf_putc(form, '&');
	add_query_part(form, key, key_len);
	buf_putc(form, '=');
	add_query_part(form, text.data ? text.data : "", text.len);
	buf_free(&text);
}

/* Appends a key with its value; a list of values repeats the key. */
static void
add_pairs(Buf *form, const char *key, size_t key_len, const Json *value)
{
	if (value->type != JSON_ARRAY)
	{
		add_pair(form, key, key_len, value);
		return;
	}
	for (int i = 0; i < value->count; i++)
		add_pair(form, key, key_len, value->items[i]);
}

/*
 * Appends parameters, a mapping or a list of pairs, in the encoding of queries.
 * Returns false when they are neither; some may have been appended then.
 */
bool
url_encode_form(Buf *form, const Json *params)
{
	if (params->type != JSON_OBJECT && params->type != JSON_ARRAY)
		return false;
	for (int i = 0; i < params->count; i++)
	{
		const Json *item = params->items[i];
		Buf			key = {0};

		if (params->type == JSON_OBJECT)
		{
			add_pairs(form, params->keys[i], strlen(params->keys[i]), item);
			continue;
		}
		if (item->type != JSON_ARRAY || item->count != 2)
			return false;
		url_plain_text(&key, item->items[0]);
		add_pairs(form, key.data ? key.data : "", key.len, item->items[1]);
		buf_free(&key);
	}
	return true;
}

/*
 * Appends a part of a URL.  Escapes that are there stay; all that is neither
 * unreserved nor in "allowed" is encoded.
 */
static void
add_part(Buf *url, const char *text, size_t len, const char *allowed)
{
	for (size_t i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) text[i];

		if (c == '%' && i + 2 < len && isxdigit((unsigned char) text[i + 1]) &&
			isxdigit((unsigned char) text[i + 2]))
		{
			buf_putc(url, '%');
			buf_putc(url, (char) toupper((unsigned char) text[++i]));
			buf_putc(url, (char) toupper((unsigned char) text[++i]));
		}
		else if (is_unreserved(c) || (c != '\0' && strchr(allowed, c) != NULL))
			buf_putc(url, (char) c);
		else
			add_encoded(url, c);
	}
}

/*
 * Appends the URL in "text" with "params" added to its query: a mapping, a list
 * of pairs, or a text; NULL or null adds nothing.  What cannot stand in a URL is
 * encoded.
 */
void
url_build(Buf *url, const char *text, const Json *params)
{
	static const char in_path[] = "!$&'()*+,;=:@/";
	static const char in_query[] = "!$&'()*+,;=:@/?";
	const char *authority;
	const char *path;
	const char *query;
	const char *fragment;
	const char *end;
	Buf			added = {0};

	while (isspace((unsigned char) *text))
		text++;
	end = text + strlen(text);
	authority = strstr(text, "://");
	authority = authority == NULL ? text : authority + 3;
	fragment = authority + strcspn(authority, "#");
	query = authority + strcspn(authority, "?#");
	path = authority + strcspn(authority, "/?#");

	buf_add(url, text, path - text);
	if (query == path)
		buf_putc(url, '/');
	add_part(url, path, query - path, in_path);

	if (params != NULL && params->type == JSON_STRING)
		buf_add(&added, params->text, params->len);
	else if (json_is_given(params))
		url_encode_form(&added, params);
	if (fragment > query || added.len > 0)
		buf_putc(url, '?');
	if (fragment > query)
		add_part(url, query + 1, fragment - query - 1, in_query);
	if (fragment > query + 1 && added.len > 0)
		buf_putc(url, '&');
	if (added.len > 0)
		add_part(url, added.data, added.len, in_query);
	if (end > fragment)
	{
		buf_putc(url, '#');
		add_part(url, fragment + 1, end - fragment - 1, in_query);
	}
	buf_free(&added);
}

/* Returns a part of a URL as libcurl sees it, or NULL; freed with curl_free(). */
static char *
get_part(const char *url, CURLUPart part, unsigned int flags)
{
	CURLU	   *parsed = curl_url();
	char	   *text = NULL;

	if (parsed != NULL && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK &&
		curl_url_get(parsed, part, &text, flags) != CURLUE_OK)
		text = NULL;
	curl_url_cleanup(parsed);
	return text;
}

/* Tells whether this is a URL of http or https; its host is appended to "host", *port is its port. */
bool
url_check(const char *url, Buf *host, int *port)
{
	char	   *scheme = get_part(url, CURLUPART_SCHEME, 0);
	char	   *name = get_part(url, CURLUPART_HOST, 0);
	char	   *number = get_part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	bool		ok = scheme != NULL && name != NULL && number != NULL &&
	(strcasecmp(scheme, "http") == 0 || strcasecmp(scheme, "https") == 0);

	if (ok)
	{
		buf_puts(host, name);
		*port = atoi(number);
	}
	curl_free(scheme);
	curl_free(name);
	curl_free(number);
	return ok;
}

/* Returns the port of a proxy; where none is given, the one that libcurl takes. */
static int
port_of_proxy(CURLU *parsed, const char *proxy)
{
	char	   *number = NULL;
	int			port = url_is_secure(proxy) ? 443 : 1080;

	if (curl_url_get(parsed, CURLUPART_PORT, &number, 0) == CURLUE_OK)
		port = atoi(number);
	curl_free(number);
	return port;
}

/*
 * Appends the host of a proxy, whose scheme (http, socks5 and so on) may be left
 * out, and sets its port; false: it has none.
 */
bool
url_proxy_host(const char *proxy, Buf *host, int *port)
{
	CURLU	   *parsed = curl_url();
	char	   *name = NULL;
	bool		ok = parsed != NULL &&
	curl_url_set(parsed, CURLUPART_URL, proxy,
				 CURLU_DEFAULT_SCHEME | CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
	curl_url_get(parsed, CURLUPART_HOST, &name, 0) == CURLUE_OK && name[0] != '\0';

	if (ok)
	{
		buf_puts(host, name);
		*port = port_of_proxy(parsed, proxy);
	}
	curl_free(name);
	curl_url_cleanup(parsed);
	return ok;
}

/* Tells whether the scheme is https. */
bool
url_is_secure(const char *url)
{
	return strncasecmp(url, "https:", 6) == 0;
}

/* Appends where a redirect leads, which may be told relative to "base"; false: nowhere. */
bool
url_resolve(Buf *target, const char *base, const char *location)
{
	CURLU	   *parsed = curl_url();
	char	   *text = NULL;
	bool		ok;

	ok = parsed != NULL &&
		curl_url_set(parsed, CURLUPART_URL, base, 0) == CURLUE_OK &&
		curl_url_set(parsed, CURLUPART_URL, location, CURLU_URLENCODE) == CURLUE_OK &&
		curl_url_get(parsed, CURLUPART_URL, &text, 0) == CURLUE_OK;
	if (ok)
		buf_puts(target, text);
	curl_free(text);
	curl_url_cleanup(parsed);
	return ok;
}

/* Tells whether both URLs have the part, and the same; ports have their defaults. */
static bool
same_part(const char *a, const char *b, CURLUPart part)
{
	char	   *x = get_part(a, part, CURLU_DEFAULT_PORT);
	char	   *y = get_part(b, part, CURLU_DEFAULT_PORT);
	bool		same = x != NULL && y != NULL && strcasecmp(x, y) == 0;

	curl_free(x);
	curl_free(y);
	return same;
}

/*
 * Tells whether scheme, host and port are the same, so that credentials for
 * one are meant for the other.
 */
bool
url_same_origin(const char *a, const char *b)
{
	return same_part(a, b, CURLUPART_SCHEME) && same_part(a, b, CURLUPART_HOST) &&
		same_part(a, b, CURLUPART_PORT);
}
