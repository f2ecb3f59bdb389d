/*-------------------------------------------------------------------------
 *
 * memory.c
 *	  Memory that is never NULL, arenas, and growing strings.
 *
 *-------------------------------------------------------------------------
 */
#include "memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BLOCK		8192
#define BUF_FIRST		256

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

static void
out_of_memory(size_t size)
{
	fprintf(stderr, "out of memory: could not allocate %zu bytes\n", size);
	exit(1);
}

void *
mem_alloc(size_t size)
{
	void	   *ptr = calloc(1, size ? size : 1);

	if (ptr == NULL)
		out_of_memory(size);
	return ptr;
}

void *
mem_resize(void *ptr, size_t size)
{
	ptr = realloc(ptr, size ? size : 1);
	if (ptr == NULL)
		out_of_memory(size);
	return ptr;
}

char *
mem_copy_n(const char *text, size_t len)
{
	char	   *copy = mem_alloc(len + 1);

	memcpy(copy, text, len);
	return copy;
}

char *
mem_copy(const char *text)
{
	return mem_copy_n(text, strlen(text));
}

Arena *
arena_create(void)
{
	return mem_alloc(sizeof(Arena));
}

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

char *
arena_copy(Arena *arena, const char *text, size_t len)
{
	char	   *copy = arena_alloc(arena, len + 1);

	memcpy(copy, text, len);
	return copy;
}

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

static void
buf_reserve(Buf *buf, size_t more)
{
	size_t		size = buf->size ? buf->size : BUF_FIRST;

	if (more > SIZE_MAX / 4 - buf->len)
		out_of_memory(more);
	if (buf->len + more + 1 <= buf->size)
		return;
	while (size < buf->len + more + 1)
		size *= 2;
	buf->data = mem_resize(buf->data, size);
	buf->size = size;
}

void
buf_add(Buf *buf, const char *data, size_t len)
{
	buf_reserve(buf, len);
	if (len > 0)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void
buf_puts(Buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void
buf_putc(Buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

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

void
buf_clear(Buf *buf)
{
	buf->len = 0;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

void
buf_free(Buf *buf)
{
	free(buf->data);
	memset(buf, 0, sizeof(Buf));
}
