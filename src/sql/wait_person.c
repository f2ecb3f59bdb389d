/*-------------------------------------------------------------------------
 *
 * wait_person.c
 *	  What tasks of people wait for: who may do them, and until when.
 *
 * Whoever asks may see the execution, and so all of the task.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "sql/wait_person.h"
#include "util/uuid.h"

/* Fills in the term of an action that people are to end. */
void
mst_wait_note_person(WaitReason *term, const ActionRow *action)
{
	HumanTaskRow *human = mst_store_human_task(&action->id);

	term->human = human;
	term->since = action->created_at;
	if (human == NULL)
	{
		term->kind = WAIT_NOTHING;
		term->reason = "the task of people that it is has no row";
		return;
	}
	if (human->claimed_by != NULL)
		term->since = human->claimed_at;
	term->due = human->due_at;
}

/* Appends who may do the task, or has it. */
void
mst_wait_person_append(StringInfo text, const WaitReason *term)
{
	if (term->human->claimed_by != NULL)
		appendStringInfo(text, "role \"%s\", which has claimed it", term->human->claimed_by);
	else
		appendStringInfo(text, "complete_task() by a member of %s%s", mst_wait_person_who(term),
						 term->human->delegated_to != NULL ? ", to which it is delegated" : "");
}

/* Returns who may do the task, palloc'd. */
char *
mst_wait_person_who(const WaitReason *term)
{
	const HumanTaskRow *human = term->human;
	int			n = mst_json_count(human->candidates);
	StringInfoData text;

	if (human->claimed_by != NULL || human->delegated_to != NULL)
		return psprintf("role \"%s\"", human->claimed_by != NULL ? human->claimed_by : human->delegated_to);
	initStringInfo(&text);
	for (int i = 0; i < Min(n, WAITS_NAMED); i++)
		appendStringInfo(&text, "%srole \"%s\"", i > 0 ? " or " : "",
						 mst_json_to_text(mst_json_item(human->candidates, i)));
	if (n > WAITS_NAMED)
		appendStringInfo(&text, " or %d more", n - WAITS_NAMED);
	return text.data;
}

/* Returns the statement that does the task, palloc'd; the answer has to fit its form. */
char *
mst_wait_person_how(const WaitReason *term)
{
	return psprintf("SELECT mistral.complete_task('%s', 'null')", mst_uuid_text(&term->action_id));
}

/* Adds the facts that only this kind has, but for the time when it is due. */
void
mst_wait_person_facts(JsonBuilder *b, const WaitReason *term)
{
	const HumanTaskRow *human = term->human;

	mst_json_add_text(b, "title", human->title);
	mst_json_add(b, "candidates", human->candidates);
	if (human->delegated_to != NULL)
		mst_json_add_text(b, "delegated_to", human->delegated_to);
	if (human->claimed_by != NULL)
		mst_json_add_text(b, "claimed_by", human->claimed_by);
}
