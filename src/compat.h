/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  Differences between the server versions 14 to 18.
 *
 * This is the only file that looks at PG_VERSION_NUM.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_COMPAT_H
#define MISTRAL_COMPAT_H

#if PG_VERSION_NUM < 140000 || PG_VERSION_NUM >= 190000
#error "mistral needs PostgreSQL 14 to 18"
#endif

/* Since 15, shared memory is asked for in a hook of its own. */
#if PG_VERSION_NUM >= 150000
#define MST_HAVE_SHMEM_REQUEST_HOOK 1
#endif

/* Since 17, an extension can name what it waits for. */
#if PG_VERSION_NUM >= 170000
#define MST_WAIT_EVENT(var, name) \
	((var) != 0 ? (var) : ((var) = WaitEventExtensionNew(name)))
#else
#define MST_WAIT_EVENT(var, name)	((void) (var), PG_WAIT_EXTENSION)
#endif

#endif							/* MISTRAL_COMPAT_H */
