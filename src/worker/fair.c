/*-------------------------------------------------------------------------
 *
 * fair.c
 *	  The order in which the due calls of different projects are run.
 *
 * The next call is one of the project whose calls have taken the least time
 * so far.  Within the project they are run in the order of their times, except
 * that a kind which has taken much more time than another lets that go first:
 * thousands of timers do not stop a cron trigger.  Who has been idle
 * does not save up time: a project that has calls again starts level with the
 * one that was served last.  So a project with few calls is served after the
 * call that is being run, however many others wait.
 *
 * Times and queues are kept in the memory of one scheduler: each of several
 * is fair by itself, and that suffices, as they take different calls.  Which
 * queues have calls is looked up (store/due.h) when those known have none
 * left, and otherwise now and then, so that looking takes a small share of
 * the time.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "store/due.h"
#include "util/steady.h"
#include "worker/fair.h"

/* between looks while there is work: this long, or times the look itself */
#define LOOK_PAUSE_US		20000
#define LOOK_PAUSE_RATIO	20
/* by so much a kind may be ahead of others of its project */
#define KIND_SLACK_US		20000
/* counted for each call besides the time that it has taken */
#define CALL_COST_US		100

/* The calls of one kind of a project. */
typedef struct FairKind
{
	DueQueue	queue;
	int64		used;			/* microseconds */
	bool		is_due;			/* has calls, as far as we know */
	bool		was_due;		/* before the present look */
	DuePosition first;			/* the first of them, as far as we know */
} FairKind;

typedef struct FairProject
{
	char	   *id;
	int64		used;
	int64		floor;			/* of the kinds: see choose_queue() */
	int			ndue;			/* kinds that have calls */
	bool		was_due;
	List	   *kinds;			/* FairKind * */
} FairProject;

struct FairOrder
{
	bool		is_slow;
	MemoryContext cxt;
	MemoryContext look_cxt;		/* of one look */
	FairProject **projects;		/* ordered by id */
	int			nprojects;
	int			size;
	int64		floor;			/* of the projects */
	int64		look_at;		/* look again: of mst_steady_us() */
	TimestampTz next_due;		/* as the last look has found it */
	FairProject *project;		/* whose call was taken last */
	FairKind   *kind;
};

/*
 * Returns an order over the calls that are slow, or over those that are
 * not.  It lives in a child of the current memory context.
 */
FairOrder *
mst_fair_begin(bool is_slow)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "mistral fair order",
											  ALLOCSET_DEFAULT_SIZES);
	FairOrder  *order = MemoryContextAllocZero(cxt, sizeof(FairOrder));

	order->is_slow = is_slow;
	order->cxt = cxt;
	order->look_cxt = AllocSetContextCreate(cxt, "mistral look at due calls",
											ALLOCSET_DEFAULT_SIZES);
	order->size = 16;
	order->projects = MemoryContextAlloc(cxt, sizeof(FairProject *) * order->size);
	return order;
}

/* ---- what is known ---- */

static FairProject *
add_project(FairOrder *order, int place, const char *id)
{
	FairProject *project = MemoryContextAllocZero(order->cxt, sizeof(FairProject));

	project->id = MemoryContextStrdup(order->cxt, id);
	if (order->nprojects == order->size)
	{
		order->size *= 2;
		order->projects = repalloc(order->projects, sizeof(FairProject *) * order->size);
	}
	memmove(&order->projects[place + 1], &order->projects[place],
			sizeof(FairProject *) * (order->nprojects - place));
	order->projects[place] = project;
	order->nprojects++;
	return project;
}

static FairProject *
find_project(FairOrder *order, const char *id)
{
	int			low = 0;
	int			high = order->nprojects;

	while (low < high)
	{
		int			middle = (low + high) / 2;
		int			cmp = strcmp(order->projects[middle]->id, id);

		if (cmp == 0)
			return order->projects[middle];
		if (cmp < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return add_project(order, low, id);
}

static FairKind *
find_kind(FairOrder *order, FairProject *project, const char *name)
{
	MemoryContext old_cxt;
	FairKind   *kind;
	ListCell   *lc;

	foreach(lc, project->kinds)
	{
		kind = lfirst(lc);
		if (strcmp(kind->queue.kind, name) == 0)
			return kind;
	}
	old_cxt = MemoryContextSwitchTo(order->cxt);
	kind = palloc0(sizeof(FairKind));
	kind->queue.project_id = project->id;
	kind->queue.kind = pstrdup(name);
	project->kinds = lappend(project->kinds, kind);
	MemoryContextSwitchTo(old_cxt);
	return kind;
}

static void
free_project(FairProject *project)
{
	ListCell   *lc;

	foreach(lc, project->kinds)
	{
		FairKind   *kind = lfirst(lc);

		pfree(kind->queue.kind);
		pfree(kind);
	}
	list_free(project->kinds);
	pfree(project->id);
	pfree(project);
}

/*
 * Before a look: nobody has calls, and those who have none and owe nothing
 * are forgotten.
 */
static void
begin_look(FairOrder *order)
{
	int			kept = 0;

	for (int i = 0; i < order->nprojects; i++)
	{
		FairProject *project = order->projects[i];
		ListCell   *lc;

		if (project->ndue == 0 && project->used <= order->floor)
		{
			free_project(project);
			continue;
		}
		project->was_due = project->ndue > 0;
		project->ndue = 0;
		foreach(lc, project->kinds)
		{
			FairKind   *kind = lfirst(lc);

			kind->was_due = kind->is_due;
			kind->is_due = false;
		}
		order->projects[kept++] = project;
	}
	order->nprojects = kept;
	order->project = NULL;
	order->kind = NULL;
}

/* The queue has calls.  Who had none before starts level with the others. */
static void
note_due(FairOrder *order, const DueQueue *queue)
{
	FairProject *project = find_project(order, queue->project_id);
	FairKind   *kind = find_kind(order, project, queue->kind);

	if (project->ndue++ == 0 && !project->was_due)
		project->used = Max(project->used, order->floor);
	if (!kind->was_due)
		kind->used = Max(kind->used, project->floor);
	kind->is_due = true;
	kind->first = queue->first;
}

static void
look_for_calls(FairOrder *order, TimestampTz now)
{
	int64		begin = mst_steady_us();
	int64		end;
	MemoryContext old_cxt = MemoryContextSwitchTo(order->look_cxt);
	List	   *queues = mst_due_queues(order->is_slow, now, &order->next_due);
	ListCell   *lc;

	MemoryContextSwitchTo(old_cxt);
	begin_look(order);
	foreach(lc, queues)
		note_due(order, lfirst(lc));
	MemoryContextReset(order->look_cxt);
	end = mst_steady_us();
	order->look_at = end + Max(LOOK_PAUSE_US, (end - begin) * LOOK_PAUSE_RATIO);
}

/* ---- choosing ---- */

static bool
is_before(const DuePosition *a, const DuePosition *b)
{
	return a->due_at < b->due_at || (a->due_at == b->due_at && a->id < b->id);
}

/* Returns the kind whose turn it is within a project that has calls. */
static FairKind *
choose_kind(FairProject *project)
{
	FairKind   *chosen = NULL;
	int64		least = PG_INT64_MAX;
	ListCell   *lc;

	foreach(lc, project->kinds)
	{
		FairKind   *kind = lfirst(lc);

		if (kind->is_due)
			least = Min(least, kind->used);
	}
	foreach(lc, project->kinds)
	{
		FairKind   *kind = lfirst(lc);

		if (kind->is_due && kind->used <= least + KIND_SLACK_US &&
			(chosen == NULL || is_before(&kind->first, &chosen->first)))
			chosen = kind;
	}
	project->floor = Max(project->floor, least);
	return chosen;
}

/*
 * Choose whose turn it is; false when nobody has calls.  What the chosen one
 * has used becomes the floor for those that have none now.
 */
static bool
choose_queue(FairOrder *order)
{
	order->project = NULL;
	order->kind = NULL;
	for (int i = 0; i < order->nprojects; i++)
	{
		FairProject *project = order->projects[i];

		if (project->ndue > 0 &&
			(order->project == NULL || project->used < order->project->used))
			order->project = project;
	}
	if (order->project == NULL)
		return false;
	order->floor = Max(order->floor, order->project->used);
	order->kind = choose_kind(order->project);
	return true;
}

/* Takes a call of the chosen queue, and notes whether there are more. */
static DelayedCallRow *
take_chosen(FairOrder *order, TimestampTz now)
{
	FairKind   *kind = order->kind;
	bool		has_more;
	DelayedCallRow *call = mst_due_take(order->is_slow, &kind->queue, now,
										&kind->first, &has_more);

	if (!has_more)
	{
		kind->is_due = false;
		order->project->ndue--;
	}
	return call;
}

/*
 * Takes the next call that is due at "now", in the caller's transaction, as
 * mst_due_take(); the call is palloc'd.  NULL if there is none: then
 * *next_due is the time of the next (PG_INT64_MAX: unknown).
 */
DelayedCallRow *
mst_fair_take(FairOrder *order, TimestampTz now, TimestampTz *next_due)
{
	bool		has_looked = false;

	for (;;)
	{
		if (mst_steady_us() >= order->look_at)
		{
			look_for_calls(order, now);
			has_looked = true;
		}
		while (choose_queue(order))
		{
			DelayedCallRow *call = take_chosen(order, now);

			if (call != NULL)
				return call;
		}
		order->look_at = 0;
		*next_due = order->next_due;
		if (has_looked)
			return NULL;
	}
}

/*
 * Charges the time that the call taken last, or the attempt at it, has cost
 * to its project and its kind.
 */
void
mst_fair_charge(FairOrder *order, int64 microseconds)
{
	if (order->kind == NULL)
		return;
	microseconds = Max(microseconds, 0) + CALL_COST_US;
	order->kind->used += microseconds;
	order->project->used += microseconds;
}
