/*-------------------------------------------------------------------------
 *
 * sha256.c
 *	  SHA-256 (FIPS 180-4) and HMAC (RFC 2104), for signatures.
 *
 * Written out here because nothing else in this program needs a library for
 * cryptography.  Names of variables are those of the standard.
 *
 *-------------------------------------------------------------------------
 */
#include "sha256.h"

#include <stdint.h>
#include <string.h>

#define BLOCK_SIZE	64

typedef struct Sha256
{
	uint32_t	state[8];
	uint64_t	len;
	unsigned char block[BLOCK_SIZE];
} Sha256;

static const uint32_t constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

static const uint32_t initial[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
};

static uint32_t
rotate_word(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

/* Mixes the block into the state. */
static void
mix_block(Sha256 *sha)
{
	uint32_t	w[64];
	uint32_t	v[8];

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t) sha->block[4 * i] << 24 | (uint32_t) sha->block[4 * i + 1] << 16 |
			(uint32_t) sha->block[4 * i + 2] << 8 | sha->block[4 * i + 3];
	for (int i = 16; i < 64; i++)
	{
		uint32_t	a = w[i - 15];
		uint32_t	b = w[i - 2];

		w[i] = w[i - 16] + (rotate_word(a, 7) ^ rotate_word(a, 18) ^ a >> 3) +
			w[i - 7] + (rotate_word(b, 17) ^ rotate_word(b, 19) ^ b >> 10);
	}

	memcpy(v, sha->state, sizeof(v));
	for (int i = 0; i < 64; i++)
	{
		uint32_t	s1 = rotate_word(v[4], 6) ^ rotate_word(v[4], 11) ^ rotate_word(v[4], 25);
		uint32_t	choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
		uint32_t	t1 = v[7] + s1 + choice + constants[i] + w[i];
		uint32_t	s0 = rotate_word(v[0], 2) ^ rotate_word(v[0], 13) ^ rotate_word(v[0], 22);
		uint32_t	majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);

		memmove(v + 1, v, 7 * sizeof(uint32_t));
		v[4] += t1;
		v[0] = t1 + s0 + majority;
	}
	for (int i = 0; i < 8; i++)
		sha->state[i] += v[i];
}

static void
sha256_begin(Sha256 *sha)
{
	memset(sha, 0, sizeof(Sha256));
	memcpy(sha->state, initial, sizeof(initial));
}

static void
sha256_add(Sha256 *sha, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++)
	{
		sha->block[sha->len++ % BLOCK_SIZE] = bytes[i];
		if (sha->len % BLOCK_SIZE == 0)
			mix_block(sha);
	}
}

/* Adds the padding and the length in bits, and writes the hash. */
static void
sha256_end(Sha256 *sha, unsigned char digest[SHA256_SIZE])
{
	uint64_t	bits = sha->len * 8;
	unsigned char length[8];

	for (int i = 0; i < 8; i++)
		length[i] = (unsigned char) (bits >> (56 - 8 * i));
	sha256_add(sha, "\x80", 1);
	while (sha->len % BLOCK_SIZE != BLOCK_SIZE - 8)
		sha256_add(sha, "", 1);
	sha256_add(sha, length, sizeof(length));
	for (int i = 0; i < SHA256_SIZE; i++)
		digest[i] = (unsigned char) (sha->state[i / 4] >> (24 - 8 * (i % 4)));
}

/*
 * Writes the HMAC of the data, in lower-case hexadecimal digits with a NUL.  A
 * key longer than a block counts as its hash.
 */
void
hmac_sha256_hex(const char *key, size_t key_len, const char *data, size_t len,
				char hex[2 * SHA256_SIZE + 1])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char block[BLOCK_SIZE] = {0};
	unsigned char pad[BLOCK_SIZE];
	unsigned char digest[SHA256_SIZE];
	Sha256		sha;

	if (key_len > BLOCK_SIZE)
	{
		sha256_begin(&sha);
		sha256_add(&sha, key, key_len);
		sha256_end(&sha, block);
	}
	else
		memcpy(block, key, key_len);

	for (int i = 0; i < BLOCK_SIZE; i++)
		pad[i] = block[i] ^ 0x36;
	sha256_begin(&sha);
	sha256_add(&sha, pad, BLOCK_SIZE);
	sha256_add(&sha, data, len);
	sha256_end(&sha, digest);

	for (int i = 0; i < BLOCK_SIZE; i++)
		pad[i] = block[i] ^ 0x5c;
	sha256_begin(&sha);
	sha256_add(&sha, pad, BLOCK_SIZE);
	sha256_add(&sha, digest, SHA256_SIZE);
	sha256_end(&sha, digest);

	for (int i = 0; i < SHA256_SIZE; i++)
	{
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	hex[2 * SHA256_SIZE] = '\0';
}
