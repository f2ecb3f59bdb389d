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

#endif							/* MISTRAL_COMPAT_H */
