/*-------------------------------------------------------------------------
 *
 * json.h
 *	  Reading, checking and writing JSON.
 *
 *-------------------------------------------------------------------------
 */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "memory.h"

/* Objects and lists inside one another; the database's parser stands that. */
#define JSON_MAX_DEPTH	500

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
	const char *text;			/* string, or number as written;
								 * NUL-terminated */
	size_t		len;			/* of the text */
	int			count;			/* elements or members */
	struct Json **items;
	const char **keys;			/* of an object */
} Json;

typedef enum JsonVerdict
{
	JSON_VALID,
	JSON_INVALID,
	JSON_TOO_DEEP
} JsonVerdict;

/* Reading. */
extern Json *json_parse(Arena *arena, const char *text, size_t len);
extern JsonVerdict json_check(const char *text, size_t len);
extern bool utf8_is_valid(const char *text, size_t len);

/* Looking at what was read. */
extern Json *json_member(const Json *object, const char *key);
extern bool json_is_given(const Json *value);
extern bool json_is_true(const Json *value);
extern double json_number(const Json *value, double fallback);

/* Writing. */
extern void json_write(Buf *buf, const Json *value);
extern void json_write_string(Buf *buf, const char *text, size_t len);
extern void json_write_text(Buf *buf, const char *text);

#endif							/* COMMON_JSON_H */
