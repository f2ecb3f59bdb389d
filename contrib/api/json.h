/*-------------------------------------------------------------------------
 *
 * json.h
 *	  Writing JSON strings, and checking what clients send before a database
 *	  connection is spent on it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_JSON_H
#define API_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/* Objects and lists inside one another; the database's parser stands that. */
#define JSON_MAX_DEPTH	500

typedef enum JsonVerdict
{
	JSON_VALID,
	JSON_INVALID,
	JSON_TOO_DEEP
} JsonVerdict;

extern void json_string(Buf *buf, const char *text);
extern JsonVerdict json_check(const char *text, size_t len);
extern bool utf8_is_valid(const char *text, size_t len);

#endif							/* API_JSON_H */
