/*-------------------------------------------------------------------------
 *
 * publishers.h
 *	  What publishers of events may look like.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_PUBLISHERS_H
#define MISTRAL_PUBLISHERS_H

#include "utils/jsonb.h"

extern bool mst_publisher_is_event(const char *name);
extern char *mst_publisher_event_list(void);
extern char *mst_publisher_problem(Jsonb *publisher);
extern char *mst_publisher_list_problem(Jsonb *list);
extern char *mst_publisher_params_problem(Jsonb *params);
extern void mst_publisher_check_params(Jsonb *params);

#endif							/* MISTRAL_PUBLISHERS_H */
