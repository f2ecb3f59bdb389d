/*-------------------------------------------------------------------------
 *
 * memory.c
 *	  Allocation that never fails, arenas, and growing strings.
 *
 * A program that is out of memory has nothing sensible left to do: these
 * functions report that and end the process.  Its supervisor starts it again,
 * and the database hands what it had claimed to others.  Therefore every size
 * that comes from outside is bounded before memory is asked for.
 *
 * Memory is zeroed, because structures are made in many places and a member
 * added later then has a defined value everywhere.  Nothing here is shared
 * between threads, so callers need no lock beyond their own.
 *
 *-------------------------------------------------------------------------
 */
#include "memory.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARENA_BLOCK		8192	/* bytes of a block, unless one value needs
								 * more */
#define BUF_FIRST		256		/* bytes of a string's first allocation */

typedef struct ArenaBlock
{
	struct ArenaBlock *next;
	size_t		used;
	size_t		size;
				alignas(max_align_t) char data[];
} ArenaBlock;

struct Arena
{
	ArenaBlock *blocks;
};

/*
 * Ends the process.  Handlers registered with atexit() do not run, because
 * other threads may be using what they would tear down.
 */
static void
out_of_memory(size_t size)
{
	fprintf(stderr, "out of memory: could not allocate %zu bytes\n", size);
	_exit(1);
}

/* Returns zeroed memory, also for size 0; the caller frees it with free(). */
void *
mem_alloc(size_t size)
{
	void	   *ptr = calloc(1, size ? size : 1);

	if (ptr == NULL)
		out_of_memory(size);
	return ptr;
}

/*
 * Returns memory of the new size with the old contents, in place of "ptr",
 * which may be NULL.  Bytes beyond the old size are not zeroed.
 */
void *
mem_resize(void *ptr, size_t size)
{
	ptr = realloc(ptr, size ? size : 1);
	if (ptr == NULL)
		out_of_memory(size);
	return ptr;
}

/* Returns a copy of "len" bytes with a NUL added; the caller frees it. */
char *
mem_copy_n(const char *text, size_t len)
{
	char	   *copy = mem_alloc(len + 1);

	memcpy(copy, text, len);
	return copy;
}

/* Returns a copy of a string; the caller frees it. */
char *
mem_copy(const char *text)
{
	return mem_copy_n(text, strlen(text));
}

/* Returns an empty arena; the caller frees it with arena_free(). */
Arena *
arena_create(void)
{
	return mem_alloc(sizeof(Arena));
}

/* Returns zeroed memory, aligned for any type, that lives as long as the arena. */
void *
arena_alloc(Arena *arena, size_t size)
{
	ArenaBlock *block = arena->blocks;
	char	   *ptr;

	size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (block == NULL || block->size - block->used < size)
	{
		size_t		room = size > ARENA_BLOCK ? size : ARENA_BLOCK;

		block = mem_alloc(sizeof(ArenaBlock) + room);
		block->size = room;
		block->next = arena->blocks;
		arena->blocks = block;
	}
	ptr = block->data + block->used;
	block->used += size;
	return ptr;
}

/* Returns a copy of "len" bytes with a NUL added, in the arena. */
char *
arena_copy_n(Arena *arena, const char *text, size_t len)
{
	char	   *copy = arena_alloc(arena, len + 1);

	memcpy(copy, text, len);
	return copy;
}

/* Returns a copy of a string, in the arena. */
char *
arena_copy(Arena *arena, const char *text)
{
	return arena_copy_n(arena, text, strlen(text));
}

/* Frees the arena with everything that was allocated from it. */
void
arena_free(Arena *arena)
{
	ArenaBlock *block = arena->blocks;

	while (block != NULL)
	{
		ArenaBlock *next = block->next;

		free(block);
		block = next;
	}
	free(arena);
}

/*
 * Returns the bytes that the string occupies after "more" bytes are added.
 * Sizes double, so that adding byte by byte costs linear time; a caller that
 * bounds memory asks here first, because "len" tells only half of it.
 */
size_t
buf_size_with(const Buf *buf, size_t more)
{
	size_t		size = buf->size ? buf->size : BUF_FIRST;

	if (more > SIZE_MAX / 4 - buf->len)
		out_of_memory(more);
	while (size < buf->len + more + 1)
		size *= 2;
	return size;
}

static void
buf_reserve(Buf *buf, size_t more)
{
	size_t		size = buf_size_with(buf, more);

	if (size == buf->size)
		return;
	buf->data = mem_resize(buf->data, size);
	buf->size = size;
}

/* Appends "len" bytes. */
void
buf_add(Buf *buf, const char *data, size_t len)
{
	buf_reserve(buf, len);
	if (len > 0)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

/* Appends a string. */
void
buf_puts(Buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

/* Appends a byte. */
void
buf_putc(Buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

/* Appends formatted text of any length. */
void
buf_printf(Buf *buf, const char *format,...)
{
	va_list		args;
	int			len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		return;

	buf_reserve(buf, len);
	va_start(args, format);
	vsnprintf(buf->data + buf->len, (size_t) len + 1, format, args);
	va_end(args);
	buf->len += len;
}

/* Empties the string and keeps its memory for what is added next. */
void
buf_clear(Buf *buf)
{
	buf->len = 0;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

/* Frees the contents; the string is empty then and can be used again. */
void
buf_free(Buf *buf)
{
	free(buf->data);
	memset(buf, 0, sizeof(Buf));
}
