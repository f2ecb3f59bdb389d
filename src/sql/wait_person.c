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

#include "sql/wait_terms.h"
#include "store/human_tasks.h"
#include "util/json.h"
#include "util/uuid.h"

/* Fills in the term of an action that people are to end. */
void
mst_wait_note_person(WaitReason *term, const ActionRow *action)
{
	HumanTaskRow *human = mst_store_human_task(&action->id);

	term->since = action->created_at;
	if (human == NULL)
	{
		term->kind = WAIT_NOTHING;
		term->reason = "the task of people that it is has no row";
		return;
	}
	term->title = human->title;
	term->candidates = human->candidates;
	term->person = human->claimed_by != NULL ? human->claimed_by : human->delegated_to;
	term->is_claimed = human->claimed_by != NULL;
	if (term->is_claimed)
		term->since = human->claimed_at;
	term->due = human->due_at;
}

/* Returns who may do the task, palloc'd. */
char *
mst_wait_person_who(const WaitReason *term)
{
	int			n = mst_json_count(term->candidates);
	StringInfoData text;

	if (term->person != NULL)
		return psprintf("role \"%s\"", term->person);
	initStringInfo(&text);
	for (int i = 0; i < Min(n, WAITS_NAMED); i++)
		appendStringInfo(&text, "%srole \"%s\"", i > 0 ? " or " : "",
						 mst_json_to_text(mst_json_item(term->candidates, i)));
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
