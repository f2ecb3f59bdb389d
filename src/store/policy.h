/*-------------------------------------------------------------------------
 *
 * policy.h
 *	  Which actions projects may use, and where their requests may go.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_POLICY_H
#define MISTRAL_STORE_POLICY_H

#include "utils/jsonb.h"

#include "store/action_rows.h"

/* A rule of one of the two tables; all that it points to lives as long as it does. */
typedef struct PolicyRule
{
	int64		id;
	const char *project;		/* "": every one */
	const char *effect;			/* "allow" or "deny" */
	const char *pattern;		/* or destination */
	const char *services;		/* separated by commas; NULL: all */
	const char *ports;			/* as "22,80-90"; NULL: all */
} PolicyRule;

extern bool mst_policy_is_deny(const PolicyRule *rule);
extern const PolicyRule *mst_policy_of_action(const char *name, const char *project);
extern char *mst_policy_denial(const char *name, const char *project);
extern char *mst_policy_denial_of_row(const ActionRow *action);
extern bool mst_policy_has_outbound(const char *service);
extern const char *mst_policy_service(const char *action);
extern int	mst_policy_action_count(void);
extern const char *mst_policy_action_name(int i);
extern Jsonb *mst_policy_outbound(const char *project, const char *service);

#endif							/* MISTRAL_STORE_POLICY_H */
