/*-------------------------------------------------------------------------
 *
 * buf.c
 *	  A growing string, and memory that is never NULL.
 *
 *-------------------------------------------------------------------------
 */
#include "buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
out_of_memory(void)
{
	fputs("mistral-api: out of memory\n", stderr);
	abort();
}

/* Allocate zeroed memory; the caller frees it with free(). */
void *
mem_alloc(size_t size)
{
	void	   *result = calloc(1, size > 0 ? size : 1);

	if (result == NULL)
		out_of_memory();
	return result;
}

/* Copy a string; NULL stays NULL. */
char *
mem_copy(const char *text)
{
	return text == NULL ? NULL : mem_copy_n(text, strlen(text));
}

/* Copy "len" bytes and put a NUL behind them. */
char *
mem_copy_n(const char *text, size_t len)
{
	char	   *result = mem_alloc(len + 1);

	memcpy(result, text, len);
	return result;
}

static void
buf_reserve(Buf *buf, size_t more)
{
	size_t		size = buf->size > 0 ? buf->size : 256;
	char	   *data;

	while (size - buf->len <= more)
		size *= 2;
	if (size == buf->size)
		return;
	data = realloc(buf->data, size);
	if (data == NULL)
		out_of_memory();
	buf->data = data;
	buf->size = size;
}

/* Append bytes. */
void
buf_add(Buf *buf, const char *data, size_t len)
{
	buf_reserve(buf, len);
	memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

/* Append a string. */
void
buf_puts(Buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

/* Append a byte. */
void
buf_putc(Buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

/* Append formatted text. */
void
buf_printf(Buf *buf, const char *fmt,...)
{
	va_list		args;
	int			len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0)
		return;
	buf_reserve(buf, len);
	va_start(args, fmt);
	vsnprintf(buf->data + buf->len, len + 1, fmt, args);
	va_end(args);
	buf->len += len;
}

/* Free the contents; the buffer can be used again. */
void
buf_free(Buf *buf)
{
	free(buf->data);
	memset(buf, 0, sizeof(*buf));
}
