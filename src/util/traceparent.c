/*-------------------------------------------------------------------------
 *
 * traceparent.c
 *	  Trace context as the W3C recommendation has it.
 *
 *		00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
 *		version, trace, parent, flags; lower case only
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "util/traceparent.h"

#define TRACEPARENT_LENGTH	55
#define TRACE_AT			3
#define PARENT_AT			36
#define FLAGS_AT			53

/* Returns whether the text begins with that many digits, not all of them 0 if so asked. */
static bool
has_digits(const char *text, int n, bool may_be_zero)
{
	static const char digits[] = "0123456789abcdef";

	return strspn(text, digits) >= n && (may_be_zero || strspn(text, "0") < n);
}

/*
 * Returns the trace context as version 00 has it, palloc'd; NULL when the text
 * is none.  A later version is read as far as version 00 goes, without flags
 * that this one does not know.
 */
char *
mst_traceparent(const char *text)
{
	size_t		len = strlen(text);
	bool		is_first = strncmp(text, "00", 2) == 0;
	char	   *context;

	if (len < TRACEPARENT_LENGTH || (is_first && len > TRACEPARENT_LENGTH) ||
		(len > TRACEPARENT_LENGTH && text[TRACEPARENT_LENGTH] != '-'))
		return NULL;
	if (text[2] != '-' || text[PARENT_AT - 1] != '-' || text[FLAGS_AT - 1] != '-')
		return NULL;
	if (!has_digits(text, 2, true) || strncmp(text, "ff", 2) == 0 ||
		!has_digits(text + TRACE_AT, 32, false) || !has_digits(text + PARENT_AT, 16, false) ||
		!has_digits(text + FLAGS_AT, 2, true))
		return NULL;
	context = pnstrdup(text, TRACEPARENT_LENGTH);
	if (!is_first)
	{
		memcpy(context, "00", 2);
		context[FLAGS_AT] = '0';
		context[FLAGS_AT + 1] = strchr("13579bdf", text[FLAGS_AT + 1]) != NULL ? '1' : '0';
	}
	return context;
}
