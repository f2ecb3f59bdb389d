/*-------------------------------------------------------------------------
 *
 * sqlstate.c
 *	  What the SQLSTATE of a failed call means to a program.
 *
 * An empty SQLSTATE is one that nobody knows: libpq reports its own failures,
 * such as a connection that broke, without a code.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlstate.h"

#include <string.h>

#define LENGTH_OF(array) ((int) (sizeof(array) / sizeof((array)[0])))

/*
 * Puts the SQLSTATE in a message of the most talkative form into "sqlstate",
 * or an empty string: libpq has no other way to it as long as there is no
 * connection.
 */
void
sqlstate_find(const char *message, char sqlstate[6])
{
	static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *c = message;

	sqlstate[0] = '\0';
	while ((c = strstr(c, ":  ")) != NULL)
	{
		c += 3;
		if (strspn(c, letters) == 5 && c[5] == ':')
		{
			memcpy(sqlstate, c, 5);
			sqlstate[5] = '\0';
		}
	}
}

/* Tells whether the same call may succeed later without anybody's doing. */
bool
sqlstate_is_transient(const char *sqlstate)
{
	static const char *const classes[] = {"08", "25", "40", "53", "55", "57", "58"};

	for (int i = 0; i < LENGTH_OF(classes); i++)
	{
		if (strncmp(sqlstate, classes[i], 2) == 0)
			return true;
	}
	return sqlstate[0] == '\0';
}

/* Tells whether the connection, or the server behind it, is of no use any more. */
bool
sqlstate_is_connection(const char *sqlstate)
{
	return sqlstate[0] == '\0' ||
		strncmp(sqlstate, "08", 2) == 0 ||
		strncmp(sqlstate, "57P", 3) == 0 ||
		strcmp(sqlstate, "25006") == 0; /* a standby, since a failover */
}

/* Tells whether the transaction was rolled back in favour of another one. */
bool
sqlstate_is_concurrency(const char *sqlstate)
{
	return strcmp(sqlstate, "40001") == 0 || strcmp(sqlstate, "40P01") == 0;
}

/*
 * Returns what may help against an error that will not go away by itself, as
 * a sentence in parentheses with a space before it, or an empty string.
 */
const char *
sqlstate_hint(const char *sqlstate)
{
	static const struct
	{
		const char *sqlstate;
		const char *hint;
	}			hints[] = {
		{"28P01", " (Check the password: in the connection string, in PGPASSWORD, or in a password file.)"},
		{"28000", " (Check the name of the user, and the lines for it in pg_hba.conf.)"},
		{"3D000", " (Check the name of the database, or create it.)"},
		{"3F000", " (Is this the right database? If so, install the extension there: CREATE EXTENSION mistral.)"},
		{"42883", " (The extension is of another version than this program: ALTER EXTENSION mistral UPDATE.)"},
		{SQLSTATE_FORBIDDEN, " (Give the user its rights: SELECT mistral.create_roles(); GRANT mistral_executor TO ...)"},
	};

	for (int i = 0; i < LENGTH_OF(hints); i++)
	{
		if (strcmp(hints[i].sqlstate, sqlstate) == 0)
			return hints[i].hint;
	}
	return "";
}
