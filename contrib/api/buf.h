/*-------------------------------------------------------------------------
 *
 * buf.h
 *	  A growing string, and memory that is never NULL.
 *
 * A program that answers requests has nothing sensible to do when memory is
 * exhausted: the functions below report that and end the process; the
 * supervisor starts it again.  All sizes that clients choose are bounded
 * before memory is asked for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_BUF_H
#define API_BUF_H

#include <stdarg.h>
#include <stddef.h>

typedef struct Buf
{
	char	   *data;			/* NUL-terminated once something was added */
	size_t		len;
	size_t		size;
} Buf;

extern void *mem_alloc(size_t size);
extern char *mem_copy(const char *text);
extern char *mem_copy_n(const char *text, size_t len);

extern void buf_add(Buf *buf, const char *data, size_t len);
extern void buf_puts(Buf *buf, const char *text);
extern void buf_putc(Buf *buf, char c);
extern void buf_printf(Buf *buf, const char *fmt,...)
			__attribute__((format(printf, 2, 3)));
extern void buf_free(Buf *buf);

#endif							/* API_BUF_H */
