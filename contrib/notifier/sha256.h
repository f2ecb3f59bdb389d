/*-------------------------------------------------------------------------
 *
 * sha256.h
 *	  SHA-256 (FIPS 180-4) and HMAC (RFC 2104), for signatures.
 *
 *-------------------------------------------------------------------------
 */
#ifndef NOTIFIER_SHA256_H
#define NOTIFIER_SHA256_H

#include <stddef.h>

#define SHA256_SIZE		32

extern void hmac_sha256_hex(const char *key, size_t key_len,
							const char *data, size_t len,
							char hex[2 * SHA256_SIZE + 1]);

#endif							/* NOTIFIER_SHA256_H */
