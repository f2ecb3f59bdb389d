/*-------------------------------------------------------------------------
 *
 * wait_person.h
 *	  What tasks of people wait for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_SQL_WAIT_PERSON_H
#define MISTRAL_SQL_WAIT_PERSON_H

#include "sql/wait_terms.h"
#include "util/json.h"

extern void mst_wait_note_person(WaitReason *term, const ActionRow *action);
extern void mst_wait_person_append(StringInfo text, const WaitReason *term);
extern char *mst_wait_person_who(const WaitReason *term);
extern char *mst_wait_person_how(const WaitReason *term);
extern void mst_wait_person_facts(JsonBuilder *b, const WaitReason *term);

#endif							/* MISTRAL_SQL_WAIT_PERSON_H */
