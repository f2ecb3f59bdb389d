/*-------------------------------------------------------------------------
 *
 * access.h
 *	  Who may see and change what: projects are roles.
 *
 * Every row carries the name of the role that owns it, its project.  A user
 * works in the project of the current role and sees the projects of all
 * roles it has the privileges of.  Members of mistral_admin, and superusers,
 * see and change everything; members of mistral_observer see everything.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ACCESS_H
#define MISTRAL_ACCESS_H

#include "nodes/pg_list.h"

extern char *mst_current_project(void);
extern bool mst_has_role(const char *name);
extern bool mst_is_admin(void);
extern void mst_require_admin(const char *detail);
extern bool mst_can_read_project(const char *project);
extern bool mst_can_change_project(const char *project);
extern bool mst_project_can_read(const char *project, const char *owner);
extern bool mst_reads_all_projects(void);
extern List *mst_readable_projects(void);
extern bool mst_role_serves(const char *role, const char *project);

#endif							/* MISTRAL_ACCESS_H */
