/*-------------------------------------------------------------------------
 *
 * json.h
 *	  Reading and writing JSON.
 *
 * A value is read into a tree that lives in an arena.  Numbers keep their
 * text, so that nothing is lost on the way.
 *
 *-------------------------------------------------------------------------
 */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "memory.h"

typedef enum JsonType
{
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
} JsonType;

typedef struct Json
{
	JsonType	type;
	bool		is_true;
	const char *text;			/* string, or number as written; with a NUL */
	size_t		len;			/* of the text */
	int			count;			/* elements or members */
	struct Json **items;
	const char **keys;			/* of an object */
} Json;

/*
 * Read a text; NULL when it is not JSON, or not of the kind that the database
 * can store (no NUL characters, valid UTF-8, bounded nesting).
 */
extern Json *json_parse(Arena *arena, const char *text, size_t len);

/* The member of an object; NULL when there is none or it is no object. */
extern Json *json_member(const Json *object, const char *key);

/* Is it given: neither absent nor null? */
extern bool json_is_given(const Json *value);

/* As Python judges truth: false are null, false, 0 and what is empty. */
extern bool json_is_true(const Json *value);

/* The number, or the fallback when it is none (or text that is none). */
extern double json_number(const Json *value, double fallback);

/* Write a value, separated as Python does it. */
extern void json_write(Buf *buf, const Json *value);

/*
 * Write a string.  What is not valid UTF-8, and NUL, is replaced by U+FFFD.
 */
extern void json_write_string(Buf *buf, const char *text, size_t len);

/* Is it valid UTF-8 without NUL? */
extern bool utf8_is_valid(const char *text, size_t len);

#endif							/* COMMON_JSON_H */
