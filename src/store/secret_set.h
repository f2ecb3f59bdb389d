/*-------------------------------------------------------------------------
 *
 * secret_set.h
 *	  What secrets.c and sealing.c know of a set of secrets.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_SECRET_SET_H
#define MISTRAL_STORE_SECRET_SET_H

#include "store/secrets.h"

/*
 * A reference: "<secret 0123456789abcdef>".  What can be read by a person is no
 * secret, so a reference need not be hard to guess; it is only good for the
 * project whose secret it is.
 */
#define REFERENCE_BEGIN		"<secret "
#define REFERENCE_DIGITS	16
#define REFERENCE_LENGTH	(sizeof(REFERENCE_BEGIN) - 1 + REFERENCE_DIGITS + 1)

/* What is shorter is not looked for in other texts: it would be found everywhere. */
#define MIN_SOUGHT			4

/* Secrets that are looked for in texts: the first ones of a set. */
#define MAX_SOUGHT			200

/* Secrets of a set, and their bytes; the values of more are lost to everybody. */
#define MAX_SECRETS			10000
#define MAX_SECRET_BYTES	(16 * 1024 * 1024)

typedef struct Secret
{
	char		id[REFERENCE_DIGITS];	/* no NUL */
	Jsonb	   *value;			/* a scalar */
	const char *text;			/* of a string, no NUL; else NULL */
	int			len;
	bool		is_new;			/* has no row */
	bool		is_twin;		/* a form of one before, whose row it shares */
} Secret;

struct SecretSet
{
	MemoryContext cxt;			/* of all of it */
	pg_uuid_t	owner;
	char	   *project;
	int			n;
	int			size;
	int64		bytes;			/* of values */
	Secret	   *secrets;
	int			n_sought;
	int		   *sought;			/* indexes, the longest text first */
	int			n_numbers;		/* that are looked for */
	bool		begins[256];	/* the first bytes of these */
	bool		is_stored;		/* others may have added rows since */
	bool		is_fresh;		/* they were looked for in vain */
};

extern Secret *mst_secret_find(SecretSet *set, const char *id);
extern Secret *mst_secret_add(SecretSet *set, const Jsonb *value);
extern bool mst_secret_is_reference(const char *text, int len);

#endif							/* MISTRAL_STORE_SECRET_SET_H */
