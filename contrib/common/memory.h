/*-------------------------------------------------------------------------
 *
 * memory.h
 *	  Allocation that never fails, arenas, and growing strings.
 *
 *-------------------------------------------------------------------------
 */
#ifndef COMMON_MEMORY_H
#define COMMON_MEMORY_H

#include <stddef.h>

/* Memory from these is freed with free(). */
extern void *mem_alloc(size_t size);
extern void *mem_resize(void *ptr, size_t size);
extern char *mem_copy(const char *text);
extern char *mem_copy_n(const char *text, size_t len);

/* All that is allocated from an arena is freed with it at once. */
typedef struct Arena Arena;

extern Arena *arena_create(void);
extern void *arena_alloc(Arena *arena, size_t size);
extern char *arena_copy(Arena *arena, const char *text);
extern char *arena_copy_n(Arena *arena, const char *text, size_t len);
extern void arena_free(Arena *arena);

/* A growing string; all zeroes is an empty one. */
typedef struct Buf
{
	char	   *data;			/* NUL-terminated once something was added */
	size_t		len;
	size_t		size;			/* allocated */
} Buf;

extern size_t buf_size_with(const Buf *buf, size_t more);
extern void buf_add(Buf *buf, const char *data, size_t len);
extern void buf_puts(Buf *buf, const char *text);
extern void buf_putc(Buf *buf, char c);
extern void buf_printf(Buf *buf, const char *format,...)
			__attribute__((format(printf, 2, 3)));
extern void buf_clear(Buf *buf);
extern void buf_free(Buf *buf);

#endif							/* COMMON_MEMORY_H */
