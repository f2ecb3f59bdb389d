/*-------------------------------------------------------------------------
 *
 * role_path.h
 *	  The search_path that a role would have in a session of its own.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_ROLE_PATH_H
#define MISTRAL_STORE_ROLE_PATH_H

extern const char *mst_role_search_path(Oid role);

#endif							/* MISTRAL_STORE_ROLE_PATH_H */
