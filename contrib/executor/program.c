/*-------------------------------------------------------------------------
 *
 * program.c
 *	  Actions that other programs run.
 *
 *		job: waits --> is run by a worker --> ends
 *		worker: starts --> busy <--> idle --> ends
 *
 * A job is an action on its way through a program, a worker a process of it.
 * A program that is run once for each action gets its request as all of its
 * input, and its worker ends with the job.  One that is long-lived gets a line
 * for each request and answers with a line; its worker waits for the next job
 * and is ended when none has come for a while.
 *
 * There are only so many workers of a program.  Jobs wait for one in the order
 * in which they came, but a project that has more of them at work lets others
 * go first, so that none can keep the program for itself.
 *
 * A job that ends by other causes, as its time or its cancellation, takes its
 * worker with it: nobody knows what state that one is in.
 *
 *-------------------------------------------------------------------------
 */
#include "program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "log.h"

#define MAX_IDLE_MS		60000	/* of a worker without work */

struct ProgramJob
{
	ProgramJob *next;
	Program    *program;
	Action	   *action;
	ProgramWorker *worker;		/* NULL: it waits */
	Timer		timeout;
};

struct ProgramWorker
{
	ProgramWorker *next;
	Program    *program;
	Process    *process;
	ProgramJob *job;			/* NULL: it is idle */
	char	   *project_id;		/* that it works, or has worked, for */
	bool		has_answered;
	Timer		idle;
};

static void dispatch_jobs(Program *program);

/* ---- jobs ---- */

static void
append_job(Program *program, ProgramJob *job)
{
	if (program->last_job != NULL)
		program->last_job->next = job;
	else
		program->first_job = job;
	program->last_job = job;
}

static void
remove_job(Program *program, ProgramJob *job)
{
	ProgramJob *before = NULL;

	for (ProgramJob *j = program->first_job; j != job; j = j->next)
		before = j;
	if (before != NULL)
		before->next = job->next;
	else
		program->first_job = job->next;
	if (program->last_job == job)
		program->last_job = before;
	job->next = NULL;
}

/* Parts the action from its job, which is freed. */
static Action *
end_job(ProgramJob *job)
{
	Action	   *action = job->action;

	timer_cancel(&job->timeout);
	if (job->worker != NULL)
		job->worker->job = NULL;
	action->work = NULL;
	free(job);
	return action;
}

/* ---- workers ---- */

static void
remove_worker(ProgramWorker *worker)
{
	ProgramWorker **link = &worker->program->workers;

	while (*link != worker)
		link = &(*link)->next;
	*link = worker->next;
	timer_cancel(&worker->idle);
	free(worker->project_id);
	free(worker);
}

static void
kill_worker(ProgramWorker *worker)
{
	process_kill(worker->process);
	remove_worker(worker);
}

static void
idle_too_long(void *arg)
{
	kill_worker(arg);
}

/* The worker's job has its answer. */
static void
worker_answered(ProgramWorker *worker, const Buf *answer, int status)
{
	worker->has_answered = true;
	worker->program->take_answer(end_job(worker->job), answer, status);
}

/* A long-lived program has written: a line is the answer. */
static void
took_output(void *owner, Buf *output)
{
	ProgramWorker *worker = owner;
	Program    *program = worker->program;
	char	   *end = memchr(output->data, '\n', output->len);
	Buf			answer = {0};

	if (!program->is_long_lived)
		return;
	if (worker->job == NULL)
	{
		log_message(LOG_WARNING, "%s[%d] has written without being asked", program->process.name,
					(int) process_id(worker->process));
		kill_worker(worker);
	}
	else if (end != NULL)
	{
		buf_add(&answer, output->data, end - output->data);
		buf_clear(output);
		timer_set(&worker->idle, MAX_IDLE_MS, idle_too_long, worker);
		worker_answered(worker, &answer, 0);
		buf_free(&answer);
		dispatch_jobs(program);
	}
	else if (process_is_too_long(worker->process))
	{
		Action	   *action = end_job(worker->job);

		kill_worker(worker);
		action_raise(action, "The result is longer than the limit of %zu bytes", program->process.max_output);
		dispatch_jobs(program);
	}
}

/* Says how a process has ended that should not have. */
static void
raise_end(Action *action, const Program *program, int status)
{
	if (program->explain_end != NULL)
		program->explain_end(action, status);
	else if (WIFSIGNALED(status))
		action_raise(action, "The program was ended by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) == 127 || WEXITSTATUS(status) == 126)
		action_raise(action, "The program \"%s\" could not be run", program->process.argv[0]);
	else
		action_raise(action, "The program ended with status %d before it had answered", WEXITSTATUS(status));
}

/*
 * Tells whether the process has ended after an earlier job, as some do now and
 * then, without having seen the one that it was given.
 */
static bool
has_not_begun(const ProgramWorker *worker)
{
	return worker->has_answered && !process_has_read(worker->process);
}

/* Has the job of a worker wait again, before all others. */
static void
take_back(ProgramJob *job)
{
	Program    *program = job->program;

	timer_cancel(&job->timeout);
	job->worker->job = NULL;
	job->worker = NULL;
	job->next = program->first_job;
	program->first_job = job;
	if (program->last_job == NULL)
		program->last_job = job;
}

static void
process_ended(void *owner, Buf *output, int status)
{
	ProgramWorker *worker = owner;
	Program    *program = worker->program;
	ProgramJob *job = worker->job;

	/* what it has written last may be the answer */
	if (job != NULL && program->is_long_lived && output->len > 0 &&
		output->data[output->len - 1] == '\n')
	{
		output->data[--output->len] = '\0';
		worker_answered(worker, output, 0);
	}
	else if (job != NULL && has_not_begun(worker))
		take_back(job);
	else if (job != NULL && output->len > program->process.max_output)
		action_raise(end_job(job), "The result is longer than the limit of %zu bytes",
					 program->process.max_output);
	else if (job != NULL && (program->is_long_lived || WIFSIGNALED(status) ||
							 WEXITSTATUS(status) == 126 || WEXITSTATUS(status) == 127))
		raise_end(end_job(job), program, status);
	else if (job != NULL)
		worker_answered(worker, output, status);
	remove_worker(worker);
	dispatch_jobs(program);
}

/* Returns a new worker, or NULL, see errno. */
static ProgramWorker *
start_worker(Program *program, const char *project_id)
{
	ProgramWorker *worker = mem_alloc(sizeof(ProgramWorker));

	program->process.wrote = took_output;
	program->process.ended = process_ended;
	worker->program = program;
	worker->process = process_start(&program->process, worker);
	if (worker->process == NULL)
	{
		free(worker);
		return NULL;
	}
	worker->project_id = mem_copy(project_id);
	worker->next = program->workers;
	program->workers = worker;
	return worker;
}

/* ---- bringing them together ---- */

/* Returns how many jobs of a project, or of all when it is NULL, are at work. */
static int
count_busy(const Program *program, const char *project_id)
{
	int			n = 0;

	for (ProgramWorker *worker = program->workers; worker != NULL; worker = worker->next)
	{
		if (worker->job != NULL &&
			(project_id == NULL || strcmp(worker->project_id, project_id) == 0))
			n++;
	}
	return n;
}

/* Returns the job that is next: of the projects that have least, the first. */
static ProgramJob *
next_job(const Program *program)
{
	ProgramJob *best = NULL;
	int			least = 0;

	for (ProgramJob *job = program->first_job; job != NULL; job = job->next)
	{
		int			busy = count_busy(program, job->action->project_id);

		if (best == NULL || busy < least)
		{
			best = job;
			least = busy;
		}
		if (least == 0)
			break;
	}
	return best;
}

/*
 * Returns a worker for a project, or NULL, see errno.  Of idle ones that may
 * not serve it one is ended if there are as many as may be.
 */
static ProgramWorker *
find_worker(Program *program, const char *project_id)
{
	ProgramWorker *other = NULL;
	int			count = 0;

	for (ProgramWorker *worker = program->workers; worker != NULL; worker = worker->next)
	{
		count++;
		if (worker->job != NULL)
			continue;
		if (!program->is_for_one_project || strcmp(worker->project_id, project_id) == 0)
			return worker;
		other = worker;
	}
	if (count >= program->concurrency && other != NULL)
		kill_worker(other);
	return start_worker(program, project_id);
}

static void
timed_out(void *arg)
{
	ProgramJob *job = arg;
	Program    *program = job->program;
	Action	   *action = job->action;

	program_stop(action);
	action_raise(action, "The action did not finish within its limit of %g seconds",
				 program->timeout);
}

/* Gives the job to the worker. */
static void
give_job(ProgramJob *job, ProgramWorker *worker)
{
	Program    *program = job->program;
	Buf			request = {0};

	job->worker = worker;
	worker->job = job;
	timer_cancel(&worker->idle);
	if (strcmp(worker->project_id, job->action->project_id) != 0)
	{
		free(worker->project_id);
		worker->project_id = mem_copy(job->action->project_id);
	}
	if (program->timeout > 0)
		timer_set(&job->timeout, program->timeout * 1000, timed_out, job);
	program->write_request(job->action, &request);
	buf_putc(&request, '\n');
	process_write(worker->process, &request, !program->is_long_lived);
	buf_free(&request);
}

/* Has jobs run as long as there may be more workers. */
static void
dispatch_jobs(Program *program)
{
	while (program->first_job != NULL && count_busy(program, NULL) < program->concurrency)
	{
		ProgramJob *job = next_job(program);
		ProgramWorker *worker = find_worker(program, job->action->project_id);

		remove_job(program, job);
		if (worker != NULL)
			give_job(job, worker);
		else
			action_raise(end_job(job), "The program \"%s\" could not be run: %s",
						 program->process.argv[0], strerror(errno));
	}
}

/* ---- actions ---- */

/* Has the program run the action, as soon as it can. */
void
program_start(Action *action, Program *program)
{
	ProgramJob *job = mem_alloc(sizeof(ProgramJob));

	job->program = program;
	job->action = action;
	action->work = job;
	append_job(program, job);
	dispatch_jobs(program);
}

/* Gives up an action, which may wait or be run, if it has not ended. */
void
program_stop(Action *action)
{
	ProgramJob *job = action->work;
	ProgramWorker *worker;
	Program    *program;

	if (job == NULL)
		return;
	worker = job->worker;
	program = job->program;
	if (worker == NULL)
		remove_job(program, job);
	end_job(job);
	if (worker != NULL)
		kill_worker(worker);
	dispatch_jobs(program);
}

/* Tells whether an action has been started and has no process yet. */
bool
program_is_waiting(const Action *action)
{
	const ProgramJob *job = action->work;

	return job != NULL && job->worker == NULL;
}
