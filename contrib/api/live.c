/*-------------------------------------------------------------------------
 *
 * live.c
 *	  Answers that go on: changes, as server-sent events.
 *
 * What a client watches has a version in the database (mistral_api.watch).  The
 * thread of its connection asks for it about once a second and tells the client
 * when it is another one than before; the client then asks for what it shows.  The
 * version is the id of the event: a client that comes back says which one it has
 * seen, and is told at once if that has passed.  As versions are made of what is
 * stored, no change can be missed.
 *
 * All who watch the same thing as the same role share one look: whoever comes first
 * asks, and the others take what he has found.  The slower the database is, the less
 * often it is asked.  No connection to it is held meanwhile.
 *
 * There is a bound to those who watch, and to those of one role.  They make room when
 * there are too many connections, as they can come back.  Who watches is asked for his
 * identity again while he does, so that a token that was taken away ends it.
 *
 *-------------------------------------------------------------------------
 */
#include "live.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "auth.h"
#include "clock.h"
#include "json.h"
#include "metrics.h"

#define LOOK_MS			1000.0	/* between two looks at one thing */
#define LOOK_FACTOR		20.0	/* at least so many times as long as one took */
#define PAUSE_MS		250.0	/* between two looks at what others found */
#define HEARTBEAT_MS	15000.0
#define IDENTITY_MS		10000.0
#define VERSION_SIZE	64

/* What some clients watch. */
typedef struct Topic
{
	char	   *key;			/* role and parameters */
	char	   *role;			/* NULL: the connection's own */
	int			watchers;
	bool		is_asking;		/* somebody has gone to look */
	double		next_look;
	char		version[VERSION_SIZE];	/* "" before the first look */
	char	   *data;			/* what to tell with it */
	struct Topic *next;
} Topic;

static struct
{
	const Config *config;
	pthread_mutex_t lock;
	Topic	   *topics;
	int			watchers;
	volatile bool is_stopping;
}			live = {

	.lock = PTHREAD_MUTEX_INITIALIZER
};

/* Remembers the settings; called before threads are started. */
void
live_init(const Config *config)
{
	live.config = config;
}

/* Ends all streams soon. */
void
live_stop_soon(void)
{
	live.is_stopping = true;
}

/* Returns how many may watch: connections must be left for other requests. */
static int
limit_of_all(void)
{
	int			half = (live.config->max_connections + 1) / 2;

	return live.config->max_streams < half ? live.config->max_streams : half;
}

/* Returns how many of the role watch.  With the lock held. */
static int
count_of_role(const char *role)
{
	int			count = 0;

	for (const Topic *topic = live.topics; topic != NULL; topic = topic->next)
		if (topic->role != NULL && strcmp(topic->role, role) == 0)
			count += topic->watchers;
	return count;
}

/* Returns the topic of a key, made if there is none.  With the lock held. */
static Topic *
find_topic(const Request *request, const char *key)
{
	Topic	   *topic = live.topics;

	while (topic != NULL && strcmp(topic->key, key) != 0)
		topic = topic->next;
	if (topic == NULL)
	{
		topic = mem_alloc(sizeof(Topic));
		topic->key = mem_copy(key);
		topic->role = request->role != NULL ? mem_copy(request->role) : NULL;
		topic->next = live.topics;
		live.topics = topic;
	}
	return topic;
}

static void
free_topic(Topic *topic)
{
	free(topic->key);
	free(topic->role);
	free(topic->data);
	free(topic);
}

/* Forgets a topic that nobody watches.  With the lock held. */
static void
drop_topic(Topic *topic)
{
	Topic	  **link = &live.topics;

	if (topic->watchers > 0)
		return;
	while (*link != topic)
		link = &(*link)->next;
	*link = topic->next;
	free_topic(topic);
}

/* Takes a place for a request that watches something; false: there is none. */
static bool
take_place(Request *request)
{
	int			limit = limit_of_all();
	Buf			key = {0};
	bool		fits;

	buf_printf(&key, "%s\n%d\n%s", request->role != NULL ? request->role : "", request->is_admin, request->watched);
	pthread_mutex_lock(&live.lock);
	fits = live.watchers < limit &&
		(request->role == NULL || count_of_role(request->role) < (limit + 1) / 2);
	if (fits)
	{
		request->topic = find_topic(request, key.data);
		request->topic->watchers++;
		live.watchers++;
	}
	pthread_mutex_unlock(&live.lock);
	buf_free(&key);
	return fits;
}

/* Gives up the place. */
void
live_end(Request *request)
{
	pthread_mutex_lock(&live.lock);
	request->topic->watchers--;
	live.watchers--;
	drop_topic(request->topic);
	pthread_mutex_unlock(&live.lock);
	request->topic = NULL;
	atomic_fetch_sub(&metrics.streams_open, 1);
}

/* Copies version and data out of the database's answer; false when it has none. */
static bool
read_version(const DbAnswer *db, char *version, char **data)
{
	Arena	   *arena = arena_create();
	Json	   *answer = db->text != NULL ? json_parse(arena, db->text, db->len) : NULL;
	Json	   *found = answer != NULL ? json_member(answer, "version") : NULL;
	Json	   *told = answer != NULL ? json_member(answer, "data") : NULL;
	bool		ok = found != NULL && found->type == JSON_STRING && told != NULL;

	if (ok)
	{
		Buf			text = {0};

		snprintf(version, VERSION_SIZE, "%s", found->text);
		json_write(&text, told);
		*data = text.data;
	}
	arena_free(arena);
	return ok;
}

/*
 * Asks the database for the version, and keeps it for all who watch the same.  A
 * database that is away is asked again later; an error ends the stream of who got it.
 */
static bool
look_once(Request *request)
{
	Topic	   *topic = request->topic;
	const char *params[] = {request->watched};
	DbCall		call = {
		.statement = STATEMENT_WATCH, .params = params, .nparams = 1, .role = request->role,
		.is_admin = request->is_admin, .is_repeatable = true,
		.sql = "SELECT mistral_api.watch(params => $1::pg_catalog.jsonb)"
	};
	DbAnswer	db;
	char		version[VERSION_SIZE] = "";
	char	   *data = NULL;
	double		begin = clock_ms();
	double		pause;
	bool		goes_on;

	answer_try(request, &call, &db);
	pause = LOOK_FACTOR * (clock_ms() - begin);
	if (db.outcome == DB_OK)
		(void) read_version(&db, version, &data);
	pthread_mutex_lock(&live.lock);
	topic->is_asking = false;
	topic->next_look = clock_ms() + (pause > LOOK_MS ? pause : LOOK_MS);
	if (data != NULL)
	{
		snprintf(topic->version, sizeof(topic->version), "%s", version);
		free(topic->data);
		topic->data = data;
	}
	pthread_mutex_unlock(&live.lock);
	goes_on = db.outcome != DB_ERROR;
	if (!goes_on && request->answer.status == 0)
		answer_failure(request, &call, &db);
	pool_answer_free(&db);
	return goes_on;
}

/* Looks if it is time to and nobody else does; false when that failed for good. */
static bool
look_if_due(Request *request)
{
	Topic	   *topic = request->topic;
	bool		is_mine;

	pthread_mutex_lock(&live.lock);
	is_mine = !topic->is_asking && clock_ms() >= topic->next_look;
	topic->is_asking |= is_mine;
	pthread_mutex_unlock(&live.lock);
	return !is_mine || look_once(request);
}

/*
 * Begins to watch what the parameters of a request say, until live_end().  False when
 * that cannot be: the answer says why.
 */
bool
live_begin(Request *request)
{
	if (!take_place(request))
	{
		answer_retry(request, 5, "Too many requests are watching for changes");
		return false;
	}
	atomic_fetch_add(&metrics.streams_open, 1);
	if (look_if_due(request))
		return true;
	live_end(request);
	return false;
}

/*
 * Adds an event if the version is another one than "seen", which it becomes.  The first
 * one that is told is "ready", unless the client has seen another one before.
 */
static void
add_event(Request *request, char *seen, bool is_first, Buf *out)
{
	Topic	   *topic = request->topic;

	pthread_mutex_lock(&live.lock);
	if (topic->data != NULL && (is_first || strcmp(topic->version, seen) != 0))
	{
		bool		is_ready = *seen == '\0' || strcmp(topic->version, seen) == 0;

		buf_printf(out, "id: %s\nevent: %s\ndata: %s\n\n", topic->version,
				   is_ready ? "ready" : "change", topic->data);
		snprintf(seen, VERSION_SIZE, "%s", topic->version);
	}
	pthread_mutex_unlock(&live.lock);
}

/* Pauses for a while; false when the client has closed the connection, or this server has. */
static bool
pause_for(const Request *request, double ms)
{
	struct pollfd client = {request->fd, POLLRDHUP, 0};

	return poll(&client, 1, (int) ms) <= 0;
}

/* Tells whether the client still is who it was; what it may see depends on that. */
static bool
has_identity(Request *request)
{
	char		role[sizeof(request->role_name)];
	bool		was_admin = request->is_admin;

	snprintf(role, sizeof(role), "%s", request->role != NULL ? request->role : "");
	request->role = NULL;		/* what was found before counts for nothing */
	request->is_admin = false;
	return auth_request(request) && request->is_admin == was_admin &&
		strcmp(role, request->role != NULL ? request->role : "") == 0;
}

/* Copies the version that a client has seen before it lost its connection, "" without one. */
static void
note_seen(const Request *request, char *seen)
{
	const char *header = request_header(request, "Last-Event-ID");

	snprintf(seen, VERSION_SIZE, "%s", header != NULL && strlen(header) < VERSION_SIZE ? header : "");
}

/*
 * Sends events until the client goes, the server stops, or the thing is gone.  The head
 * of the answer has been sent.
 */
void
live_serve(Request *request, LiveSend send, void *state)
{
	char		seen[VERSION_SIZE];
	double		next_beat = clock_ms() + HEARTBEAT_MS;
	double		next_identity = clock_ms() + IDENTITY_MS;
	bool		is_first = true;
	bool		goes_on = true;

	note_seen(request, seen);
	while (goes_on && !live.is_stopping)
	{
		Buf			text = {0};
		double		now = clock_ms();

		if (now >= next_identity)
		{
			next_identity = now + IDENTITY_MS;
			goes_on = has_identity(request);
		}
		if (goes_on && !look_if_due(request))
		{
			buf_puts(&text, "event: gone\ndata: {}\n\n");
			goes_on = false;
		}
		if (goes_on)
			add_event(request, seen, is_first, &text);
		is_first &= text.len == 0;
		if (text.len == 0 && now >= next_beat)
			buf_puts(&text, ":\n\n");
		if (text.len > 0)
		{
			next_beat = now + HEARTBEAT_MS;
			goes_on &= send(state, &text);
		}
		buf_free(&text);
		goes_on = goes_on && pause_for(request, PAUSE_MS);
	}
}
