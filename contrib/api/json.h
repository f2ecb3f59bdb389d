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

extern void json_string(Buf *buf, const char *text);
extern bool json_is_valid(const char *text, size_t len);
extern bool utf8_is_valid(const char *text, size_t len);

#endif							/* API_JSON_H */
