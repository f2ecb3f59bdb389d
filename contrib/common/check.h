/*-------------------------------------------------------------------------
 *
 * check.h
 *	  What --check finds out about a program's way to the database.
 *
 *-------------------------------------------------------------------------
 */
#ifndef COMMON_CHECK_H
#define COMMON_CHECK_H

#include <stdbool.h>

#include <libpq-fe.h>

/* One line on standard output each. */
extern void check_good(const char *format,...) __attribute__((format(printf, 1, 2)));
extern void check_note(const char *format,...) __attribute__((format(printf, 1, 2)));
extern void check_bad(const char *format,...) __attribute__((format(printf, 1, 2)));

/* Returns the database; nothing in it is changed. */
extern PGconn *check_connect(const char *conninfo, const char *program, const char *session);
extern void check_functions(PGconn *conn, const char *const *signatures, const char *role);
extern void check_listen(PGconn *conn, const char *conninfo);
extern bool check_is_true(PGconn *conn, const char *sql);
extern int	check_finish(PGconn *conn);

#endif							/* COMMON_CHECK_H */
