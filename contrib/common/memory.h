/*-------------------------------------------------------------------------
 *
 * memory.h
 *	  Memory that is never NULL, arenas, and growing strings.
 *
 * Programs end with a message when memory is exhausted; a supervisor starts
 * them again, and what they had claimed is handed to others.  All sizes that
 * come from outside are bounded before memory is asked for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef COMMON_MEMORY_H
#define COMMON_MEMORY_H

#include <stdarg.h>
#include <stddef.h>

extern void *mem_alloc(size_t size);	/* zeroed */
extern void *mem_resize(void *ptr, size_t size);
extern char *mem_copy(const char *text);
extern char *mem_copy_n(const char *text, size_t len);

/* What is allocated from an arena is freed with it, all at once. */
typedef struct Arena Arena;

extern Arena *arena_create(void);
extern void *arena_alloc(Arena *arena, size_t size);	/* zeroed */
extern char *arena_copy(Arena *arena, const char *text, size_t len);
extern void arena_free(Arena *arena);

/* A growing string; all zeroes is an empty one. */
typedef struct Buf
{
	char	   *data;			/* NUL-terminated once something was added */
	size_t		len;
	size_t		size;
} Buf;

extern void buf_add(Buf *buf, const char *data, size_t len);
extern void buf_puts(Buf *buf, const char *text);
extern void buf_putc(Buf *buf, char c);
extern void buf_printf(Buf *buf, const char *format,...)
			__attribute__((format(printf, 2, 3)));
extern void buf_clear(Buf *buf);	/* empty it, keep the memory */
extern void buf_free(Buf *buf);

#endif							/* COMMON_MEMORY_H */
