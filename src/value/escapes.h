/*-------------------------------------------------------------------------
 *
 * escapes.h
 *	  Escapes in string literals, as Python reads them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_ESCAPES_H
#define MISTRAL_VALUE_ESCAPES_H

/* What follows a backslash. */
typedef enum EscapeKind
{
	ESCAPE_NONE,				/* nothing that has a meaning */
	ESCAPE_NEWLINE,				/* the end of a line, which goes on */
	ESCAPE_CODE,				/* a character, or half of a surrogate pair */
	ESCAPE_TRUNCATED,			/* hex digits are missing */
	ESCAPE_ILLEGAL,				/* the number is no character's */
	ESCAPE_MALFORMED,			/* \N without {NAME} */
	ESCAPE_UNKNOWN_NAME
} EscapeKind;

typedef struct Escape
{
	EscapeKind	kind;
	int			len;			/* bytes behind the backslash that were read */
	int			max_digits;		/* of \x, \u and \U, else 0 */
	uint32		code;
	const char *error;			/* what is wrong, in Python's words, or NULL */
} Escape;

extern void mst_escape_read(const char *s, const char *end, Escape *escape);

#endif							/* MISTRAL_VALUE_ESCAPES_H */
