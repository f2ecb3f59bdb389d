/*-------------------------------------------------------------------------
 *
 * wait_render.c
 *	  Terms of waits in words, as JSON, and as statements that end them.
 *
 * Each fact is found once, in wait_terms.c; here it gets its forms.  A sentence
 * leaves out what the reader knows, such as the task that he asks about.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/timestamp.h"

#include "sql/wait_person.h"
#include "util/json.h"
#include "util/uuid.h"

#define WAIT_KIND_NAME(constant, name) [WAIT_##constant] = name,

static const char *const kind_names[] = {
	WAIT_KINDS(WAIT_KIND_NAME)
};

/* Returns the name of a kind, a constant string. */
const char *
mst_wait_kind_name(WaitKind kind)
{
	return kind_names[kind];
}

/* ---- sentences ---- */

/*
 * Returns the time, to the second, in the session's time zone.
 */
static const char *
time_text(TimestampTz time)
{
	return timestamptz_to_str(time - time % USECS_PER_SEC);
}

static void
append_since(StringInfo text, const WaitReason *term)
{
	if (term->since != 0)
		appendStringInfo(text, " since %s", time_text(term->since));
}

static bool
has_lost_lease(const WaitReason *term)
{
	return term->lease_until != 0 && term->lease_until < GetCurrentTimestamp();
}

/* Returns whether the executor that has the action is lost: it will be queued again. */
bool
mst_wait_is_lost(const WaitReason *term)
{
	return term->kind == WAIT_CLAIMED && !term->is_hidden &&
		(term->executor == NULL || has_lost_lease(term));
}

static void
append_claim(StringInfo text, const WaitReason *term)
{
	if (term->executor != NULL)
		appendStringInfo(text, "executor \"%s\"", term->executor);
	else if (term->is_hidden)
		appendStringInfoString(text, "an executor of another project");
	else
		appendStringInfo(text, "executor " INT64_FORMAT ", which is gone", term->executor_id);
	append_since(text, term);
	if (has_lost_lease(term))
		appendStringInfoString(text, ", whose lease has run out");
}

static void
append_queued(StringInfo text, const WaitReason *term)
{
	appendStringInfoString(text, "an executor");
	if (term->target != NULL)
		appendStringInfo(text, " for target \"%s\"", term->target);
	append_since(text, term);
	if (term->is_unserved)
		appendStringInfo(text, ", but no connected executor takes %s%s", term->run_name,
						 term->has_rules ? " and goes by the rules on where requests may go" : "");
	else if (term->before > 0)
		appendStringInfo(text, ", queued behind %d%s", term->before,
						 term->before == WAITS_MAX_BEFORE ? " or more" : "");
}

/* How far a task is with its items. */
static void
append_items(StringInfo text, const WaitReason *term)
{
	appendStringInfo(text, "its %d items: %d have succeeded", term->n_items, term->n_succeeded);
	if (term->n_failed > 0)
		appendStringInfo(text, ", %d have failed", term->n_failed);
	if (term->n_waiting > 0)
		appendStringInfo(text, ", %d wait for their next retry", term->n_waiting);
	appendStringInfo(text, ", %d have not begun", term->n_items - term->n_started);
}

/*
 * A delayed call.  A dead one is named, too: the execution will not go on
 * before an administrator revives it.
 */
static void
append_call(StringInfo text, const WaitReason *term)
{
	if (term->call == NULL)
	{
		appendStringInfoString(text, "a delayed call");
		return;
	}
	appendStringInfo(text, "%s%s", term->kind == WAIT_STEP ? "call " : "", term->call);
	if (term->is_dead)
		appendStringInfo(text, ", given up: %s", term->error != NULL ? term->error : "unknown error");
	else
		appendStringInfo(text, ", due at %s", time_text(term->due));
	if (!term->is_dead && term->error != NULL)
		appendStringInfo(text, " after the error: %s", term->error);
}

/* Appends the tasks that may still lead to a join, with their states. */
static void
append_join(StringInfo text, const WaitReason *term)
{
	ListCell   *cell;

	if (term->coming == NIL)
		appendStringInfoString(text, "no task that can still lead to it");
	foreach(cell, term->coming)
	{
		WaitRoute  *route = lfirst(cell);

		appendStringInfo(text, "%stask %s (%s)", foreach_current_index(cell) > 0 ? "; " : "",
						 route->task, route->state == MST_STATE_NONE ? "not started" :
						 mst_state_name(route->state));
	}
}

/* Appends the signals that a wait lacks, and how each is sent. */
static void
append_signals(StringInfo text, const WaitReason *term)
{
	const char *between = term->needs_all ? "and" : "or";
	int			n = mst_json_count(term->signals);

	for (int i = 0; i < Min(n, WAITS_NAMED); i++)
	{
		Jsonb	   *item = mst_json_item(term->signals, i);
		char	   *signal = mst_json_get_text(item, "signal");

		if (i > 0)
			appendStringInfo(text, " %s ", between);
		if (signal != NULL)
			appendStringInfo(text, "signal() \"%s\"", signal);
		else
			appendStringInfo(text, "raise_event() \"%s\"", mst_json_get_text(item, "event"));
	}
	if (n > WAITS_NAMED)
		appendStringInfo(text, " %s %d more", between, n - WAITS_NAMED);
	append_since(text, term);
	if (term->due != 0)
		appendStringInfo(text, ", until %s", time_text(term->due));
}

/* Appends who may do a task of people, or has it, and when it is due. */
static void
append_person(StringInfo text, const WaitReason *term)
{
	mst_wait_person_append(text, term);
	append_since(text, term);
	if (term->due != 0)
		appendStringInfo(text, ", due at %s", time_text(term->due));
}

/* Appends the limit, who holds its slots, and when its rate lets the next begin. */
static void
append_limit(StringInfo text, const WaitReason *term)
{
	ListCell   *cell;

	if (term->limit != NULL)
		appendStringInfo(text, "limit \"%s\"", term->limit);
	else
		appendStringInfoString(text, "its limit");
	if (term->key != NULL)
		appendStringInfo(text, " for key \"%s\"", term->key);
	append_since(text, term);
	if (term->due != 0)
		appendStringInfo(text, ", whose rate lets the next begin at %s", time_text(term->due));
	foreach(cell, term->holders)
	{
		WaitHolder *holder = lfirst(cell);

		appendStringInfoString(text, foreach_current_index(cell) == 0 ? ", held by " : ", ");
		if (holder->task != NULL)
			appendStringInfo(text, "task %s of ", holder->task);
		appendStringInfo(text, "execution %s", mst_uuid_text(&holder->execution_id));
	}
	if (term->has_more)
		appendStringInfoString(text, " and more");
}

/* Appends what the term says, without whose it is. */
void
mst_wait_append(StringInfo text, const WaitReason *term)
{
	switch (term->kind)
	{
		case WAIT_NOTHING:
			appendStringInfo(text, "nothing: %s", term->reason);
			return;
		case WAIT_RESTORE:
			appendStringInfoString(text, "resume_after_restore(): the database stands still");
			return;
		case WAIT_MAINTENANCE:
			appendStringInfoString(text, "the end of the maintenance");
			return;
		case WAIT_PAUSED:
			appendStringInfoString(text, term->is_action ? "complete_action() to resume it" :
								   "resume_execution()");
			return;
		case WAIT_TURN:
			if (mst_uuid_is_none(&term->turn_id))
				appendStringInfo(text, "its turn under the key \"%s\"", term->key);
			else
				appendStringInfo(text, "the end of execution %s, whose turn it is under the key \"%s\"",
								 mst_uuid_text(&term->turn_id), term->key);
			return;
		case WAIT_LOCK:
			appendStringInfo(text, "the transaction of process %d", term->pid);
			return;
		case WAIT_LIMIT:
			append_limit(text, term);
			return;
		case WAIT_SIGNAL:
			append_signals(text, term);
			return;
		case WAIT_PERSON:
			append_person(text, term);
			return;
		case WAIT_ASYNCHRONOUS:
			appendStringInfoString(text, "complete_action()");
			append_since(text, term);
			return;
		case WAIT_CLAIMED:
			append_claim(text, term);
			return;
		case WAIT_QUEUED:
			append_queued(text, term);
			return;
		case WAIT_TIMER:
		case WAIT_STEP:
			append_call(text, term);
			return;
		case WAIT_RECORDED:
			appendStringInfoString(text, term->action != NULL ? "its recorded result to be processed" :
								   "recorded results to be processed");
			return;
		case WAIT_JOIN:
			append_join(text, term);
			return;
		case WAIT_SUB_WORKFLOW:
			appendStringInfo(text, "execution %s of workflow %s", mst_uuid_text(&term->child_id),
							 term->workflow);
			return;
		case WAIT_ITEMS:
			append_items(text, term);
			return;
		case WAIT_MORE:
			appendStringInfo(text, "and " INT64_FORMAT " more", term->count);
			return;
			/* no default: the compiler reports a kind left out */
	}
	elog(ERROR, "unrecognized kind of wait: %d", (int) term->kind);
}

/*
 * Returns what the terms say, palloc'd: each after its task, once, and its
 * action, as far as the subject does not say them.
 */
char *
mst_waits_sentence(List *terms, WaitSubject subject)
{
	StringInfoData text;
	pg_uuid_t	task_id = {{0}};
	ListCell   *cell;

	initStringInfo(&text);
	foreach(cell, terms)
	{
		WaitReason *term = lfirst(cell);

		if (text.len > 0)
			appendStringInfoString(&text, "; ");
		if (subject == WAITS_OF_EXECUTION && term->task != NULL && !mst_uuid_equal(&task_id, &term->task_id))
			appendStringInfo(&text, "%s %s: ", mst_uuid_is_none(&term->compensates) ? "task" : "compensating, task",
							 term->task);
		task_id = term->task_id;
		if (subject != WAITS_OF_ACTION && term->action != NULL)
			appendStringInfo(&text, "action %s: ", term->action);
		mst_wait_append(&text, term);
	}
	return text.data;
}

/* ---- who, and how ---- */

/* Returns who has had a slot for longest; NULL: time gives the next. */
static char *
first_holder(const WaitReason *term)
{
	WaitHolder *holder = term->holders != NIL ? linitial(term->holders) : NULL;

	return holder == NULL ? NULL :
		psprintf("execution %s", mst_uuid_text(&holder->execution_id));
}

/*
 * Returns who makes what waits go on, palloc'd; NULL: nobody but other terms
 * or time.
 */
char *
mst_wait_who(const WaitReason *term)
{
	switch (term->kind)
	{
		case WAIT_RESTORE:
		case WAIT_MAINTENANCE:
			return pstrdup("administrator");
		case WAIT_NOTHING:
		case WAIT_PAUSED:
		case WAIT_SIGNAL:
		case WAIT_ASYNCHRONOUS:
			return psprintf("project \"%s\"", term->project);
		case WAIT_PERSON:
			return mst_wait_person_who(term);
		case WAIT_TURN:
			return mst_uuid_is_none(&term->turn_id) ? pstrdup("scheduler") :
				psprintf("execution %s", mst_uuid_text(&term->turn_id));
		case WAIT_LIMIT:
			return first_holder(term);
		case WAIT_LOCK:
			return psprintf("process %d", term->pid);
		case WAIT_CLAIMED:
			return term->executor != NULL ? psprintf("executor \"%s\"", term->executor) :
				pstrdup("executor");
		case WAIT_QUEUED:
			return pstrdup("executor");
		case WAIT_TIMER:
		case WAIT_STEP:
			return pstrdup(term->is_dead ? "administrator" : "scheduler");
		case WAIT_RECORDED:
			return pstrdup("scheduler");
		case WAIT_JOIN:
		case WAIT_SUB_WORKFLOW:
		case WAIT_ITEMS:
		case WAIT_MORE:
			return NULL;
			/* no default: the compiler reports a kind left out */
	}
	elog(ERROR, "unrecognized kind of wait: %d", (int) term->kind);
	return NULL;
}

/* An action that somebody is to end can be ended by its project as well. */
static char *
complete_action(const WaitReason *term, const char *state)
{
	return psprintf("SELECT mistral.complete_action('%s', '%s')", mst_uuid_text(&term->action_id), state);
}

/* The parts of the name of an event, exchange/topic/event, as literals. */
static void
append_event(StringInfo text, char *name)
{
	char	   *topic = strchr(name, '/');
	char	   *event = topic == NULL ? NULL : strchr(topic + 1, '/');

	if (event == NULL)
		return;
	*topic = *event = '\0';
	appendStringInfo(text, "mistral.raise_event(%s, %s, %s)", quote_literal_cstr(name),
					 quote_literal_cstr(topic + 1), quote_literal_cstr(event + 1));
}

/*
 * One signal will do, or all are needed.  What data a filter asks for cannot be
 * known; whoever does not either ends the wait itself.
 */
static char *
send_signals(const WaitReason *term)
{
	int			n = term->needs_all ? mst_json_count(term->signals) : 1;
	StringInfoData text;

	if (term->has_filter)
		return complete_action(term, "SUCCESS");
	initStringInfo(&text);
	for (int i = 0; i < n; i++)
	{
		Jsonb	   *item = mst_json_item(term->signals, i);
		char	   *signal = mst_json_get_text(item, "signal");

		appendStringInfoString(&text, i == 0 ? "SELECT " : ", ");
		if (signal != NULL)
			appendStringInfo(&text, "mistral.signal('%s', %s)", mst_uuid_text(&term->execution_id),
							 quote_literal_cstr(signal));
		else
			append_event(&text, mst_json_get_text(item, "event"));
	}
	return text.data;
}

/* A limit that the project keeps can be raised; others are in a definition. */
static char *
raise_limit(const WaitReason *term)
{
	if (!term->is_stored || term->max == 0 || term->due != 0)
		return NULL;
	return psprintf("SELECT mistral.update_limit(%s, %d)",
					quote_literal_cstr(term->limit), term->max + 1);
}

/*
 * Returns the statement that makes what waits go on, palloc'd; NULL where there
 * is none, because it goes on by itself, or with what another term says.
 */
char *
mst_wait_how(const WaitReason *term)
{
	switch (term->kind)
	{
		case WAIT_NOTHING:
			return mst_uuid_is_none(&term->execution_id) ? NULL :
				psprintf("SELECT * FROM mistral.check('%s')", mst_uuid_text(&term->execution_id));
		case WAIT_RESTORE:
			return pstrdup("SELECT mistral.resume_after_restore()");
		case WAIT_MAINTENANCE:
			return pstrdup("SELECT mistral.set_maintenance('RUNNING')");
		case WAIT_PAUSED:
			return term->is_action ? complete_action(term, "RUNNING") :
				psprintf("SELECT mistral.resume_execution('%s')", mst_uuid_text(&term->resume_id));
		case WAIT_LIMIT:
			return raise_limit(term);
		case WAIT_LOCK:
			return psprintf("SELECT pg_terminate_backend(%d)", term->pid);
		case WAIT_SIGNAL:
			return send_signals(term);
		case WAIT_PERSON:
			return mst_wait_person_how(term);
		case WAIT_ASYNCHRONOUS:
		case WAIT_CLAIMED:
		case WAIT_QUEUED:
			return complete_action(term, "SUCCESS");
		case WAIT_TIMER:
		case WAIT_STEP:
			if (term->is_dead)
				return psprintf("SELECT mistral.retry_delayed_call(" INT64_FORMAT ")", term->call_id);
			if (term->action != NULL)
				return complete_action(term, "SUCCESS");
			if (strcmp(term->call, "start") == 0 && !term->is_refused)
				return psprintf("SELECT mistral.resume_execution('%s')", mst_uuid_text(&term->execution_id));
			return term->kind == WAIT_STEP ? pstrdup("SELECT mistral.run_due_calls()") : NULL;
		case WAIT_RECORDED:
			return pstrdup("SELECT mistral.run_due_calls()");
		case WAIT_TURN:
		case WAIT_JOIN:
		case WAIT_SUB_WORKFLOW:
		case WAIT_ITEMS:
		case WAIT_MORE:
			return NULL;
			/* no default: the compiler reports a kind left out */
	}
	elog(ERROR, "unrecognized kind of wait: %d", (int) term->kind);
	return NULL;
}

/* ---- JSON ---- */

static void
add_id(JsonBuilder *b, const char *key, const pg_uuid_t *id)
{
	if (!mst_uuid_is_none(id))
		mst_json_add_text(b, key, mst_uuid_text(id));
}

static void
add_text(JsonBuilder *b, const char *key, const char *text)
{
	if (text != NULL)
		mst_json_add_text(b, key, text);
}

/* Adds a time as to_jsonb() has it. */
static void
add_time(JsonBuilder *b, const char *key, TimestampTz time)
{
	char		buf[MAXDATELEN + 1];

	if (time != 0)
		mst_json_add_text(b, key, pstrdup(JsonEncodeDateTime(buf, TimestampTzGetDatum(time),
															 TIMESTAMPTZOID, NULL)));
}

static void
add_routes(JsonBuilder *b, const char *key, List *routes)
{
	ListCell   *cell;

	mst_json_open_array(b, key);
	foreach(cell, routes)
	{
		WaitRoute  *route = lfirst(cell);

		mst_json_open_object(b, NULL);
		mst_json_add_text(b, "task", route->task);
		mst_json_add_text(b, "state", route->state == MST_STATE_NONE ? NULL : mst_state_name(route->state));
		mst_json_close_object(b);
	}
	mst_json_close_array(b);
}

static void
add_executor_facts(JsonBuilder *b, const WaitReason *term)
{
	if (term->kind == WAIT_QUEUED)
	{
		add_text(b, "target", term->target);
		add_text(b, "takes", term->run_name);
		if (term->knows_executors)
			mst_json_add_bool(b, "has_executor", !term->is_unserved);
		if (term->has_rules)
			mst_json_add_bool(b, "has_rules", true);
		if (!term->is_unserved)
			mst_json_add_int(b, "before", term->before);
	}
	if (term->kind == WAIT_CLAIMED)
	{
		add_text(b, "executor", term->executor);
		add_time(b, "lease_until", term->lease_until);
		mst_json_add_bool(b, "is_lost", mst_wait_is_lost(term));
	}
}

static void
add_call_facts(JsonBuilder *b, const WaitReason *term)
{
	add_text(b, term->kind == WAIT_TIMER ? "for" : "call", term->call);
	if (term->call_id != 0)
		mst_json_add_int(b, "call_id", term->call_id);
	add_time(b, "due", term->due);
	add_text(b, "error", term->error);
	if (term->is_dead)
		mst_json_add_bool(b, "is_dead", true);
}

static void
add_limit_facts(JsonBuilder *b, const WaitReason *term)
{
	ListCell   *cell;

	mst_json_add_text(b, "limit", term->limit);
	add_text(b, "key", term->key);
	if (term->max != 0)
		mst_json_add_int(b, "max", term->max);
	if (term->rate != 0)
	{
		mst_json_add_int(b, "rate", term->rate);
		mst_json_add_int(b, "window", term->window_s);
	}
	add_time(b, "due", term->due);
	mst_json_open_array(b, "holders");
	foreach(cell, term->holders)
	{
		WaitHolder *holder = lfirst(cell);

		mst_json_open_object(b, NULL);
		add_id(b, "execution_id", &holder->execution_id);
		add_id(b, "task_id", &holder->task_id);
		add_text(b, "task", holder->task);
		add_time(b, "since", holder->since);
		mst_json_close_object(b);
	}
	mst_json_close_array(b);
	if (term->has_more)
		mst_json_add_bool(b, "has_more", true);
}

static void add_term(JsonBuilder *b, const WaitReason *term);

static void
add_terms_below(JsonBuilder *b, List *terms)
{
	ListCell   *cell;

	if (terms == NIL)
		return;
	mst_json_open_array(b, "waits");
	foreach(cell, terms)
		add_term(b, lfirst(cell));
	mst_json_close_array(b);
}

static void
add_item_facts(JsonBuilder *b, const WaitReason *term)
{
	mst_json_add_int(b, "total", term->n_items);
	mst_json_add_int(b, "left", term->n_items - term->n_started);
	mst_json_add_int(b, "succeeded", term->n_succeeded);
	mst_json_add_int(b, "failed", term->n_failed);
	mst_json_add_int(b, "retrying", term->n_waiting);
}

/* Adds the facts that only this kind has. */
static void
add_facts(JsonBuilder *b, const WaitReason *term)
{
	switch (term->kind)
	{
		case WAIT_CLAIMED:
		case WAIT_QUEUED:
			add_executor_facts(b, term);
			return;
		case WAIT_TIMER:
		case WAIT_STEP:
			add_call_facts(b, term);
			return;
		case WAIT_PAUSED:
			add_text(b, "by", term->by);
			return;
		case WAIT_TURN:
			add_text(b, "key", term->key);
			add_id(b, "turn_execution_id", &term->turn_id);
			return;
		case WAIT_LIMIT:
			add_limit_facts(b, term);
			return;
		case WAIT_SIGNAL:
			mst_json_add(b, term->needs_all ? "all" : "any", term->signals);
			if (term->has_filter)
				mst_json_add_bool(b, "has_filter", true);
			add_time(b, "due", term->due);
			return;
		case WAIT_PERSON:
			mst_wait_person_facts(b, term);
			add_time(b, "due", term->due);
			return;
		case WAIT_LOCK:
			mst_json_add_int(b, "pid", term->pid);
			return;
		case WAIT_JOIN:
			mst_json_add_int(b, "needed", term->needed);
			add_routes(b, "arrived", term->arrived);
			add_routes(b, "coming", term->coming);
			add_routes(b, "closed", term->closed);
			return;
		case WAIT_SUB_WORKFLOW:
			add_id(b, "sub_execution_id", &term->child_id);
			add_text(b, "workflow", term->workflow);
			mst_json_add_text(b, "state", mst_state_name(term->state));
			add_terms_below(b, term->terms);
			return;
		case WAIT_ITEMS:
			add_item_facts(b, term);
			return;
		case WAIT_MORE:
			mst_json_add_int(b, "count", term->count);
			return;
		case WAIT_NOTHING:
			add_text(b, "reason", term->reason);
			return;
		case WAIT_RESTORE:
		case WAIT_MAINTENANCE:
		case WAIT_ASYNCHRONOUS:
		case WAIT_RECORDED:
			return;
			/* no default: the compiler reports a kind left out */
	}
	elog(ERROR, "unrecognized kind of wait: %d", (int) term->kind);
}

/* Adds a term as an item of a list. */
static void
add_term(JsonBuilder *b, const WaitReason *term)
{
	mst_json_open_object(b, NULL);
	mst_json_add_text(b, "kind", mst_wait_kind_name(term->kind));
	add_id(b, "execution_id", &term->execution_id);
	add_text(b, "task", term->task);
	add_id(b, "task_id", &term->task_id);
	add_id(b, "compensates", &term->compensates);
	add_text(b, "action", term->action);
	add_id(b, "action_id", &term->action_id);
	add_time(b, "since", term->since);
	add_facts(b, term);
	add_text(b, "who", mst_wait_who(term));
	add_text(b, "how", mst_wait_how(term));
	mst_json_close_object(b);
}

/* Returns the terms as a list of objects, palloc'd. */
Jsonb *
mst_waits_json(List *terms)
{
	JsonBuilder b;
	ListCell   *cell;

	mst_json_begin_array(&b);
	foreach(cell, terms)
		add_term(&b, lfirst(cell));
	return mst_json_end(&b);
}
