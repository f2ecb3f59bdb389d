/*-------------------------------------------------------------------------
 *
 * driver.c
 *	  Load for the measurements: executors that do nothing, as fast as they
 *	  can, and clients that measure how long things take.
 *
 *	driver drain -c CLIENTS -b BATCH -n TASKS [-l LISTENERS] [-t TARGET] [-r RESULT]
 *		executors complete TASKS actions, BATCH in a round trip; RESULT is what a
 *		result has besides the id of its action
 *	driver commit -n RUNS
 *		time of one commit
 *	driver latency -n RUNS -w WORKFLOW
 *		time from the start of an execution of one action to its end, as its
 *		client sees it
 *	driver wake -n RUNS -w WORKFLOW
 *		time from the return of a commit that queues an action to the
 *		notification at a listening executor
 *
 * The result is one object in JSON on standard output.  The environment
 * (PGHOST and so on) leads to the server.
 *
 * All connections are served by one thread that polls their sockets.  An
 * executor has one call under way, or waits for a notification; its call
 * reports the results of the actions it holds and claims the next ones.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>

#define MAX_SESSIONS	256
#define MAX_BATCH		1000
#define MAX_RESULT		256		/* bytes of the members of a result */
#define NO_RESULT		"\"data\":null"
#define ID_LEN			36

/* an executor that finds nothing asks again after this time, woken or not */
#define IDLE_MS			100

/* nothing to do for this long, with work left: something is wrong */
#define STALLED_MS		10000

typedef struct Executor
{
	PGconn	   *conn;
	char		id[24];			/* as registered */
	char		(*held)[ID_LEN + 1];	/* actions that are claimed */
	int			nheld;
	bool		is_busy;		/* a call is under way */
	double		idle_until;		/* when it asks again, if not busy */
} Executor;

typedef struct Options
{
	int			clients;
	int			batch;
	long		count;
	int			listeners;
	const char *workflow;
	const char *target;			/* of executors that drain; "": none */
	const char *result;			/* members of a result besides the id */
} Options;

static long calls;
static long empty_calls;

static void
die(const char *format,...)
{
	va_list		args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static void *
allocate(size_t n, size_t size)
{
	void	   *result = calloc(n, size);

	if (result == NULL)
		die("out of memory");
	return result;
}

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static PGconn *
open_connection(void)
{
	PGconn	   *conn = PQconnectdb("");

	if (PQstatus(conn) != CONNECTION_OK)
		die("could not connect: %s", PQerrorMessage(conn));
	return conn;
}

/* Check a result that must have rows, or be a command that succeeded. */
static void
check_result(PGconn *conn, PGresult *res)
{
	ExecStatusType status = PQresultStatus(res);

	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
		die("%s", PQerrorMessage(conn));
}

static void
listen_for_work(PGconn *conn)
{
	PGresult   *res = PQexec(conn, "LISTEN mistral_actions");

	check_result(conn, res);
	PQclear(res);
}

static void
prepare(PGconn *conn, const char *name, const char *sql)
{
	PGresult   *res = PQprepare(conn, name, sql, 0, NULL);

	check_result(conn, res);
	PQclear(res);
}

static void
executor_open(Executor *executor, int batch, bool listens, const char *target)
{
	PGresult   *res;

	memset(executor, 0, sizeof(*executor));
	executor->conn = open_connection();
	executor->held = allocate(batch, sizeof(*executor->held));
	res = PQexecParams(executor->conn, "SELECT mistral.register_executor('bench', $1)",
					   1, NULL, &target, NULL, NULL, 0);
	check_result(executor->conn, res);
	snprintf(executor->id, sizeof(executor->id), "%s", PQgetvalue(res, 0, 0));
	PQclear(res);
	prepare(executor->conn, "exchange",
			"SELECT action_id, refusal FROM mistral.exchange_actions($1, $2, $3)");
	if (listens)
		listen_for_work(executor->conn);
}

/* Report what the executor holds, and ask for the next actions. */
static void
executor_send(Executor *executor, int batch, const char *result)
{
	static char results[MAX_BATCH * (90 + MAX_RESULT) + 16];
	char		max_actions[16];
	const char *params[3] = {executor->id, results, max_actions};
	char	   *p = results;
	int			i;

	*p++ = '[';
	for (i = 0; i < executor->nheld; i++)
		p += sprintf(p, "%s{\"id\":\"%s\",%s}",
					 i > 0 ? "," : "", executor->held[i], result);
	strcpy(p, "]");
	snprintf(max_actions, sizeof(max_actions), "%d", batch);
	if (!PQsendQueryPrepared(executor->conn, "exchange", 3, params, NULL,
							 NULL, 0))
		die("%s", PQerrorMessage(executor->conn));
	executor->is_busy = true;
	calls++;
}

/*
 * Take the answer of a call when it is there; returns how many actions the
 * call has completed, or -1 when there is no answer yet.
 */
static int
executor_receive(Executor *executor)
{
	PGresult   *res;
	int			completed = executor->nheld;
	int			i;

	if (!PQconsumeInput(executor->conn))
		die("%s", PQerrorMessage(executor->conn));
	if (PQisBusy(executor->conn))
		return -1;
	executor->nheld = 0;
	while ((res = PQgetResult(executor->conn)) != NULL)
	{
		check_result(executor->conn, res);
		for (i = 0; i < PQntuples(res); i++)
		{
			if (!PQgetisnull(res, i, 1))
				die("a result was refused: %s", PQgetvalue(res, i, 1));
			strcpy(executor->held[executor->nheld++], PQgetvalue(res, i, 0));
		}
		PQclear(res);
	}
	executor->is_busy = false;
	if (executor->nheld == 0)
	{
		executor->idle_until = now_ms() + IDLE_MS;
		empty_calls++;
	}
	return completed;
}

/* True when a notification has come; forgets it. */
static bool
was_notified(PGconn *conn)
{
	PGnotify   *notify;
	bool		found = false;

	if (!PQconsumeInput(conn))
		die("%s", PQerrorMessage(conn));
	while ((notify = PQnotifies(conn)) != NULL)
	{
		found = true;
		PQfreemem(notify);
	}
	return found;
}

static void
wait_for_sockets(PGconn **conns, int n, int timeout_ms)
{
	struct pollfd fds[MAX_SESSIONS];
	int			i;

	for (i = 0; i < n; i++)
	{
		fds[i].fd = PQsocket(conns[i]);
		fds[i].events = POLLIN;
	}
	if (poll(fds, n, timeout_ms) < 0 && errno != EINTR)
		die("poll: %s", strerror(errno));
}

/*
 * Let one executor go on: take its answer, or notice that there may be work,
 * and send its next call.  Returns the number of actions completed.
 */
static int
executor_step(Executor *executor, int batch, const char *result)
{
	int			completed = 0;

	if (executor->is_busy)
	{
		completed = executor_receive(executor);
		if (completed < 0)
			return 0;
	}
	if (was_notified(executor->conn))
		executor->idle_until = 0;
	if (executor->nheld > 0 || now_ms() >= executor->idle_until)
		executor_send(executor, batch, result);
	return completed;
}

/* ---- drain */

static void
run_drain(const Options *options)
{
	Executor	executors[MAX_SESSIONS];
	PGconn	   *conns[MAX_SESSIONS];
	PGconn	   *listeners[MAX_SESSIONS];
	long		done = 0;
	double		begin,
				last_progress,
				end;
	int			i;

	for (i = 0; i < options->listeners; i++)
	{
		listeners[i] = open_connection();
		listen_for_work(listeners[i]);
	}
	for (i = 0; i < options->clients; i++)
	{
		executor_open(&executors[i], options->batch, false, options->target);
		conns[i] = executors[i].conn;
	}

	begin = last_progress = now_ms();
	while (done < options->count)
	{
		long		before = done;

		for (i = 0; i < options->clients && done < options->count; i++)
			done += executor_step(&executors[i], options->batch, options->result);
		for (i = 0; i < options->listeners; i++)
			(void) was_notified(listeners[i]);
		if (done > before)
			last_progress = now_ms();
		else if (now_ms() - last_progress > STALLED_MS)
			die("nothing to do any more after %ld actions", done);
		if (done < options->count)
			wait_for_sockets(conns, options->clients, IDLE_MS / 4);
	}
	end = now_ms();

	printf("{\"tasks\": %ld, \"seconds\": %.4f, \"calls\": %ld, \"empty_calls\": %ld}\n",
		   done, (end - begin) / 1e3, calls, empty_calls);
}

/* ---- times */

static int
compare_doubles(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	return (x > y) - (x < y);
}

static void
print_times(double *times, long n)
{
	qsort(times, n, sizeof(double), compare_doubles);
	printf("{\"runs\": %ld, \"median_ms\": %.3f, \"p90_ms\": %.3f, \"max_ms\": %.3f}\n",
		   n, times[n / 2], times[n * 9 / 10], times[n - 1]);
}

static void
run_commit(const Options *options)
{
	PGconn	   *conn = open_connection();
	double	   *times = allocate(options->count, sizeof(double));
	long		i;

	prepare(conn, "one", "INSERT INTO bench.done (state_id, at) VALUES (0, now())");
	for (i = 0; i < options->count; i++)
	{
		double		begin = now_ms();
		PGresult   *res = PQexecPrepared(conn, "one", 0, NULL, NULL, NULL, 0);

		check_result(conn, res);
		PQclear(res);
		times[i] = now_ms() - begin;
	}
	print_times(times, options->count);
}

/* Serve the executor until the client's answer is there; returns its value. */
static char *
await_answer(PGconn *client, Executor *executor)
{
	PGconn	   *conns[2] = {client, executor->conn};
	PGresult   *res;
	char	   *value = NULL;

	for (;;)
	{
		if (!PQconsumeInput(client))
			die("%s", PQerrorMessage(client));
		if (!PQisBusy(client))
			break;
		(void) executor_step(executor, 1, NO_RESULT);
		wait_for_sockets(conns, 2, IDLE_MS);
	}
	while ((res = PQgetResult(client)) != NULL)
	{
		check_result(client, res);
		if (value == NULL && PQntuples(res) > 0)
			value = strdup(PQgetvalue(res, 0, 0));
		PQclear(res);
	}
	return value;
}

static char *
ask(PGconn *client, Executor *executor, const char *statement,
	const char *param)
{
	if (!PQsendQueryPrepared(client, statement, 1, &param, NULL, NULL, 0))
		die("%s", PQerrorMessage(client));
	return await_answer(client, executor);
}

static PGconn *
open_client(void)
{
	PGconn	   *client = open_connection();

	prepare(client, "start", "SELECT mistral.start_workflow($1)");
	prepare(client, "wait",
			"SELECT mistral.wait_execution($1, '30 s') ->> 'state'");
	return client;
}

/* Let the executor come to rest: no call under way, nothing held. */
static void
settle(Executor *executor)
{
	while (executor->is_busy || executor->nheld > 0)
	{
		(void) executor_step(executor, 1, NO_RESULT);
		wait_for_sockets(&executor->conn, 1, IDLE_MS);
	}
	(void) was_notified(executor->conn);
}

static void
run_latency(const Options *options)
{
	PGconn	   *client = open_client();
	Executor	executor;
	double	   *times = allocate(options->count, sizeof(double));
	long		i;

	executor_open(&executor, 1, true, "");
	for (i = 0; i < options->count; i++)
	{
		double		begin = now_ms();
		char	   *id = ask(client, &executor, "start", options->workflow);
		char	   *state = ask(client, &executor, "wait", id);

		times[i] = now_ms() - begin;
		if (state == NULL || strcmp(state, "SUCCESS") != 0)
			die("execution %s is %s", id, state ? state : "unknown");
		free(id);
		free(state);
		settle(&executor);
	}
	print_times(times, options->count);
}

static void
run_wake(const Options *options)
{
	PGconn	   *client = open_client();
	Executor	executor;
	double	   *times = allocate(options->count, sizeof(double));
	long		i;

	executor_open(&executor, 1, true, "");
	for (i = 0; i < options->count; i++)
	{
		const char *params[1] = {options->workflow};
		PGresult   *res = PQexecPrepared(client, "start", 1, params, NULL,
										 NULL, 0);
		double		committed = now_ms();
		char	   *state;

		check_result(client, res);
		while (!was_notified(executor.conn))
		{
			if (now_ms() - committed > STALLED_MS)
				die("no notification came");
			wait_for_sockets(&executor.conn, 1, STALLED_MS);
		}
		times[i] = now_ms() - committed;
		executor.idle_until = 0;
		state = ask(client, &executor, "wait", PQgetvalue(res, 0, 0));
		free(state);
		PQclear(res);
		settle(&executor);
	}
	print_times(times, options->count);
}

static void
read_options(int argc, char **argv, Options *options)
{
	int			c;

	*options = (Options)
	{
		.clients = 8, .batch = 1, .count = 1000, .target = "",
			.result = NO_RESULT
	};
	while ((c = getopt(argc, argv, "c:b:n:l:r:w:t:")) != -1)
	{
		switch (c)
		{
			case 'c':
				options->clients = atoi(optarg);
				break;
			case 'b':
				options->batch = atoi(optarg);
				break;
			case 'n':
				options->count = atol(optarg);
				break;
			case 'l':
				options->listeners = atoi(optarg);
				break;
			case 'r':
				options->result = optarg;
				break;
			case 't':
				options->target = optarg;
				break;
			case 'w':
				options->workflow = optarg;
				break;
			default:
				exit(2);
		}
	}
	if (options->clients < 1 || options->clients > MAX_SESSIONS ||
		options->listeners < 0 || options->listeners > MAX_SESSIONS ||
		strlen(options->result) > MAX_RESULT ||
		options->batch < 1 || options->batch > MAX_BATCH ||
		options->count < 1)
		die("an option is out of range");
}

int
main(int argc, char **argv)
{
	static const struct
	{
		const char *name;
		void		(*run) (const Options *);
		bool		needs_workflow;
	}			modes[] = {
		{"drain", run_drain, false},
		{"commit", run_commit, false},
		{"latency", run_latency, true},
		{"wake", run_wake, true}
	};
	Options		options;
	size_t		i;

	if (argc < 2)
		die("usage: driver drain|commit|latency|wake [options]");
	read_options(argc - 1, argv + 1, &options);
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
	{
		if (strcmp(modes[i].name, argv[1]) == 0)
		{
			if (modes[i].needs_workflow && options.workflow == NULL)
				die("the option -w is missing");
			modes[i].run(&options);
			return 0;
		}
	}
	die("there is no mode \"%s\"", argv[1]);
	return 1;
}
