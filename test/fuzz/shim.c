/*-------------------------------------------------------------------------
 *
 * shim.c
 *	  The part of the server that the expression languages use, for the
 *	  fuzzer.
 *
 * Every palloc is a malloc of its own, so that AddressSanitizer sees each
 * border; all of them are freed after one input.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "expr/template.h"
#include "util/guc.h"
#include "value/yaml_value.h"
#include "shim.h"

/* what one input may hold; more is a finding, for the limits are far below */
#define HARD_LIMIT		((int64) 1024 * 1024 * 1024)
#define STACK_LIMIT		(4 * 1024 * 1024)

typedef struct Chunk
{
	struct Chunk *prev;
	struct Chunk *next;
	Size		size;
	Size		unused;			/* keeps the alignment of malloc */
} Chunk;

static Chunk chunks = {&chunks, &chunks, 0};
static int64 allocated;
static char *stack_base;

MemoryContext CurrentMemoryContext = NULL;
volatile sig_atomic_t InterruptPending = false;
int			mst_expression_max_depth = SHIM_MAX_DEPTH;
int			mst_expression_languages = EXPRESSION_LANGUAGES_ALL;

void
ProcessInterrupts(void)
{
}

/* ---- memory ---- */

static Chunk *
chunk_of(const void *pointer)
{
	return (Chunk *) pointer - 1;
}

static void
link_chunk(Chunk *chunk, Size size)
{
	chunk->size = size;
	chunk->prev = chunks.prev;
	chunk->next = &chunks;
	chunks.prev->next = chunk;
	chunks.prev = chunk;
	allocated += size;
	if (allocated > HARD_LIMIT)
		abort();
}

static void
unlink_chunk(Chunk *chunk)
{
	chunk->prev->next = chunk->next;
	chunk->next->prev = chunk->prev;
	allocated -= chunk->size;
}

void *
palloc(Size size)
{
	Chunk	   *chunk = malloc(sizeof(Chunk) + size);

	if (chunk == NULL)
		abort();
	link_chunk(chunk, size);
	return chunk + 1;
}

void *
palloc0(Size size)
{
	return memset(palloc(size), 0, size);
}

void *
palloc_extended(Size size, int flags)
{
	return (flags & MCXT_ALLOC_ZERO) ? palloc0(size) : palloc(size);
}

void
pfree(void *pointer)
{
	Chunk	   *chunk = chunk_of(pointer);

	unlink_chunk(chunk);
	free(chunk);
}

void *
repalloc(void *pointer, Size size)
{
	void	   *new = palloc(size);

	memcpy(new, pointer, Min(size, chunk_of(pointer)->size));
	pfree(pointer);
	return new;
}

void *
repalloc_huge(void *pointer, Size size)
{
	return repalloc(pointer, size);
}

void *
MemoryContextAlloc(MemoryContext context, Size size)
{
	return palloc(size);
}

void *
MemoryContextAllocZero(MemoryContext context, Size size)
{
	return palloc0(size);
}

void *
MemoryContextAllocZeroAligned(MemoryContext context, Size size)
{
	return palloc0(size);
}

Size
MemoryContextMemAllocated(MemoryContext context, bool recurse)
{
	return (Size) allocated;
}

void
shim_reset(void)
{
	while (chunks.next != &chunks)
		pfree(chunks.next + 1);
}

char *
pnstrdup(const char *in, Size len)
{
	char	   *out;

	len = strnlen(in, len);
	out = palloc(len + 1);
	memcpy(out, in, len);
	out[len] = '\0';
	return out;
}

char *
pstrdup(const char *in)
{
	return pnstrdup(in, strlen(in));
}

char *
psprintf(const char *fmt,...)
{
	StringInfoData buf;
	va_list		args;
	int			needed;

	initStringInfo(&buf);
	for (;;)
	{
		va_start(args, fmt);
		needed = appendStringInfoVA(&buf, fmt, args);
		va_end(args);
		if (needed == 0)
			return buf.data;
		enlargeStringInfo(&buf, needed);
	}
}

/* ---- StringInfo ---- */

void
resetStringInfo(StringInfo str)
{
	str->data[0] = '\0';
	str->len = 0;
	str->cursor = 0;
}

void
initStringInfo(StringInfo str)
{
	str->maxlen = 64;
	str->data = palloc(str->maxlen);
	resetStringInfo(str);
}

StringInfo
makeStringInfo(void)
{
	StringInfo	str = palloc(sizeof(StringInfoData));

	initStringInfo(str);
	return str;
}

void
enlargeStringInfo(StringInfo str, int needed)
{
	int64		want = (int64) str->len + needed + 1;
	int64		room = str->maxlen;

	if (needed < 0 || want >= (int64) MaxAllocSize)
		abort();
	if (want <= room)
		return;
	while (room < want)
		room *= 2;
	str->data = repalloc(str->data, (Size) room);
	str->maxlen = (int) Min(room, (int64) MaxAllocSize);
}

void
appendBinaryStringInfo(StringInfo str, const char *data, int len)
{
	enlargeStringInfo(str, len);
	memcpy(str->data + str->len, data, len);
	str->len += len;
	str->data[str->len] = '\0';
}

void
appendStringInfoString(StringInfo str, const char *s)
{
	appendBinaryStringInfo(str, s, (int) strlen(s));
}

void
appendStringInfoChar(StringInfo str, char c)
{
	appendBinaryStringInfo(str, &c, 1);
}

void
appendStringInfoSpaces(StringInfo str, int n)
{
	while (n-- > 0)
		appendStringInfoChar(str, ' ');
}

int
appendStringInfoVA(StringInfo str, const char *fmt, va_list args)
{
	int			room = str->maxlen - str->len;
	int			printed = vsnprintf(str->data + str->len, room, fmt, args);

	if (printed < room)
	{
		str->len += printed;
		return 0;
	}
	str->data[str->len] = '\0';
	return printed + 1;
}

void
appendStringInfo(StringInfo str, const char *fmt,...)
{
	va_list		args;
	int			needed;

	for (;;)
	{
		va_start(args, fmt);
		needed = appendStringInfoVA(str, fmt, args);
		va_end(args);
		if (needed == 0)
			return;
		enlargeStringInfo(str, needed);
	}
}

/* ---- errors: all of them are "cannot happen" ---- */

bool
errstart(int elevel, const char *domain)
{
	return true;
}

bool
errstart_cold(int elevel, const char *domain)
{
	return true;
}

int
errmsg_internal(const char *fmt,...)
{
	va_list		args;

	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	return 0;
}

int
errmsg(const char *fmt,...)
{
	return 0;
}

int
errcode(int sqlerrcode)
{
	return 0;
}

void
errfinish(const char *filename, int lineno, const char *funcname)
{
	fprintf(stderr, " at %s:%d\n", filename, lineno);
	abort();
}

/* ---- the stack ---- */

void
shim_set_stack_base(void)
{
	stack_base = __builtin_frame_address(0);
}

bool
stack_is_too_deep(void)
{
	char	   *here = __builtin_frame_address(0);

	return labs((long) (stack_base - here)) > STACK_LIMIT;
}

void
check_stack_depth(void)
{
	if (stack_is_too_deep())
		abort();
}

/* ---- randomness: the same for every run ---- */

bool
pg_strong_random(void *buf, size_t len)
{
	memset(buf, 0x5A, len);
	return true;
}

/* ---- what the server's part of the room provides ---- */

int64
mst_datetime_local_offset(void)
{
	return 0;
}

bool
mst_value_yaml_dump(EvalContext *cxt, StringInfo out, const ExprValue *v)
{
	return mst_expr_fail(cxt, "NotImplementedError", "no YAML here");
}

bool
mst_value_yaml_parse(EvalContext *cxt, const ExprValue *text, ExprValue *result)
{
	return mst_expr_fail(cxt, "NotImplementedError", "no YAML here");
}
