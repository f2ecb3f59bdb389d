/*-------------------------------------------------------------------------
 *
 * auth.c
 *	  Who sends a request, as a role of the database.
 *
 * A project is a role.  Three ways lead to one: a role's own password (HTTP
 * basic), checked by connecting to the database with it; a bearer token,
 * looked up by its hash in mistral_api.tokens; identity headers that a proxy
 * in front has checked and set.  What was found right is remembered for a
 * short time under a salted hash of the credentials.
 *
 *-------------------------------------------------------------------------
 */
#include "auth.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "answer.h"
#include "clock.h"
#include "log.h"
#include "memory.h"
#include "metrics.h"
#include "sqlstate.h"

#define CACHE_SLOTS			1024
/* how long an answer of the database is believed */
#define PASSWORD_TTL_MS		300000.0
#define TOKEN_TTL_MS		10000.0 /* a token that was revoked works no
									 * longer than this */
#define PROJECT_TTL_MS		600000.0
#define MAX_CHECKS			4	/* passwords checked at a time */
#define HASH_SIZE			32
#define TOKEN_FAILURE		"Failed to validate access token: "

typedef struct CacheEntry
{
	unsigned char hash[HASH_SIZE];
	double		until;
	char		role[128];
} CacheEntry;

static const Config *auth_config;
static CacheEntry cache[CACHE_SLOTS];
static pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned char cache_salt[16];
static int	checks_running;

/* Prepares the cache; called before threads are started. */
void
auth_init(const Config *config)
{
	auth_config = config;
	gnutls_rnd(GNUTLS_RND_KEY, cache_salt, sizeof(cache_salt));
}

/*
 * Hashes credentials for the cache.  The salt is new with each start, so that
 * a dump of the memory is of no use against what was seen elsewhere.
 */
static void
hash_credentials(char kind, const char *text, unsigned char *hash)
{
	Buf			input = {0};

	buf_add(&input, (const char *) cache_salt, sizeof(cache_salt));
	buf_putc(&input, kind);
	buf_puts(&input, text);
	gnutls_hash_fast(GNUTLS_DIG_SHA256, input.data, input.len, hash);
	gnutls_memset(input.data, 0, input.len);
	buf_free(&input);
}

/* Returns the only place of a hash: who comes later displaces who was there. */
static CacheEntry *
cache_slot(const unsigned char *hash)
{
	return &cache[(hash[0] | hash[1] << 8) % CACHE_SLOTS];
}

/* Copies the role that was kept for the hash, unless its time is over. */
static bool
cache_find(const unsigned char *hash, char *role, size_t size)
{
	CacheEntry *entry = cache_slot(hash);
	bool		found;

	pthread_mutex_lock(&cache_lock);
	found = entry->until > clock_ms() &&
		memcmp(entry->hash, hash, HASH_SIZE) == 0;
	if (found)
		snprintf(role, size, "%s", entry->role);
	pthread_mutex_unlock(&cache_lock);
	return found;
}

static void
cache_keep(const unsigned char *hash, const char *role, double ttl)
{
	CacheEntry *entry = cache_slot(hash);

	pthread_mutex_lock(&cache_lock);
	memcpy(entry->hash, hash, HASH_SIZE);
	snprintf(entry->role, sizeof(entry->role), "%s", role);
	entry->until = clock_ms() + ttl;
	pthread_mutex_unlock(&cache_lock);
}

/* Answers 401 in the words that clients of the original service know. */
static bool
refuse_caller(Request *request, const char *reason)
{
	char		text[256];

	atomic_fetch_add(&metrics.auth_failures, 1);
	snprintf(text, sizeof(text), TOKEN_FAILURE "%s", reason);
	answer_fault(request, 401, false, "%s", text);
	answer_header(request, "Server-Error-Message", text);
	if (auth_config->auth_kinds & AUTH_PASSWORD)
		answer_header(request, "WWW-Authenticate", "Basic realm=\"mistral\", charset=\"UTF-8\"");
	else if (auth_config->auth_kinds & AUTH_TOKEN)
		answer_header(request, "WWW-Authenticate", "Bearer realm=\"mistral\"");
	else
		answer_header(request, "WWW-Authenticate", text);
	return false;
}

/* Refuses a token; what is repeated of it must not break the answer's header. */
static bool
refuse_token(Request *request, const char *token)
{
	char		reason[200];
	char	   *c;

	snprintf(reason, sizeof(reason), "Auth token is invalid: %s", token);
	for (c = reason; *c != '\0'; c++)
		if ((unsigned char) *c < 0x20 || (unsigned char) *c > 0x7e)
			*c = '?';
	return refuse_caller(request, reason);
}

/* Tells whether a comma-separated list names a role, whatever the case. */
static bool
has_role(const char *list, const char *role)
{
	size_t		len = strlen(role);

	while (list != NULL && *list != '\0')
	{
		size_t		item;

		list += strspn(list, ", ");
		item = strcspn(list, ", ");
		if (item == len && strncasecmp(list, role, len) == 0)
			return true;
		list += item;
	}
	return false;
}

static void
accept_role(Request *request, const char *role)
{
	snprintf(request->role_name, sizeof(request->role_name), "%s", role);
	request->role = request->role_name;
}

/* Creates the role of a project that the proxy knows and the database does not. */
static bool
ensure_project(Request *request, const char *project)
{
	unsigned char hash[HASH_SIZE];
	char		role[128];
	const char *params[] = {project};
	DbCall		call = {
		.statement = STATEMENT_PROJECT, .params = params, .nparams = 1,
		.sql = "SELECT mistral_api.ensure_project($1)", .is_repeatable = true
	};
	DbAnswer	answer;
	bool		ok;

	hash_credentials('p', project, hash);
	if (cache_find(hash, role, sizeof(role)))
		return true;
	ok = answer_call(request, &call, &answer);
	if (ok)
		cache_keep(hash, project, PROJECT_TTL_MS);
	else if (answer.outcome == DB_ERROR && strcmp(answer.sqlstate, SQLSTATE_FORBIDDEN) == 0)
	{
		/* the caller can do nothing about it */
		log_message(LOG_ERROR, "could not create the role of project \"%s\": %s; "
					"a superuser gives the server's role what it needs by "
					"SELECT mistral_api.grant_server('ROLE', create_projects => true)",
					project, answer.message);
		answer_fault(request, 500, false, "The server cannot create the project");
	}
	pool_answer_free(&answer);
	return ok;
}

/*
 * Takes the project from the headers of a proxy in front.  Who is not that
 * proxy gets the answers that Mistral gives without one.
 */
static bool
auth_by_headers(Request *request)
{
	const char *status = request_header(request, "X-Identity-Status");
	const char *service = request_header(request, "X-Service-Identity-Status");
	const char *project = request_header(request, "X-Project-Id");
	const char *token = request_header(request, "X-Auth-Token");
	bool		trusted = config_lists_address(auth_config->trusted_proxies, request->remote);

	if (!trusted ||
		((status == NULL || strcmp(status, "Confirmed") != 0) &&
		 (service == NULL || strcmp(service, "Confirmed") != 0)))
	{
		if (token != NULL)
			return refuse_token(request, token);
		return refuse_caller(request, "Authentication required");
	}
	if (project == NULL || *project == '\0' || strlen(project) > 63)
		return refuse_caller(request, "Authentication required");
	accept_role(request, project);
	request->is_admin = has_role(request_header(request, "X-Roles"), "admin");
	return !auth_config->create_projects || ensure_project(request, project);
}

/* Finds the role of a bearer token; the database keeps only hashes of tokens. */
static bool
auth_by_token(Request *request, const char *token)
{
	unsigned char hash[HASH_SIZE];
	char		digest[HASH_SIZE * 2 + 1];
	char		role[128];
	const char *params[] = {digest};
	DbCall		call = {
		.statement = STATEMENT_TOKEN, .params = params, .nparams = 1,
		.sql = "SELECT mistral_api.token_role($1)", .is_repeatable = true
	};
	DbAnswer	answer;
	int			i;

	hash_credentials('t', token, hash);
	if (cache_find(hash, role, sizeof(role)))
	{
		accept_role(request, role);
		return true;
	}
	gnutls_hash_fast(GNUTLS_DIG_SHA256, token, strlen(token), hash);
	for (i = 0; i < HASH_SIZE; i++)
		snprintf(digest + 2 * i, 3, "%02x", hash[i]);
	if (!answer_call(request, &call, &answer))
	{
		pool_answer_free(&answer);
		return false;
	}
	if (answer.text != NULL)
	{
		accept_role(request, answer.text);
		hash_credentials('t', token, hash);
		cache_keep(hash, answer.text, TOKEN_TTL_MS);
	}
	pool_answer_free(&answer);
	return request->role != NULL || refuse_token(request, "...");
}

/*
 * Has the database check a password.  Each check costs a connection, so only
 * some run at a time: whoever guesses passwords slows down guessing alone.
 */
static PasswordOutcome
check_password(const char *user, const char *password)
{
	PasswordOutcome outcome = PASSWORD_UNKNOWN;
	bool		go;

	pthread_mutex_lock(&cache_lock);
	go = checks_running < MAX_CHECKS;
	checks_running += go;
	pthread_mutex_unlock(&cache_lock);
	if (!go)
		return outcome;
	outcome = pool_check_password(user, password);
	pthread_mutex_lock(&cache_lock);
	checks_running--;
	pthread_mutex_unlock(&cache_lock);
	return outcome;
}

/* Checks credentials, which are user:password in clear. */
static bool
auth_by_password(Request *request, char *credentials)
{
	unsigned char hash[HASH_SIZE];
	char		role[128];
	char	   *colon = strchr(credentials, ':');

	if (colon == NULL || colon == credentials || colon - credentials > 63)
		return refuse_caller(request, "Authentication required");
	hash_credentials('b', credentials, hash);
	if (cache_find(hash, role, sizeof(role)))
	{
		accept_role(request, role);
		return true;
	}
	*colon = '\0';
	switch (check_password(credentials, colon + 1))
	{
		case PASSWORD_RIGHT:
			accept_role(request, credentials);
			cache_keep(hash, credentials, PASSWORD_TTL_MS);
			return true;
		case PASSWORD_WRONG:
			return refuse_caller(request, "Invalid user or password");
		case PASSWORD_UNKNOWN:
			break;
	}
	answer_retry(request, 1, "The database cannot be reached");
	return false;
}

/* Decodes basic credentials, and leaves no copy of them in memory. */
static bool
auth_basic(Request *request, const char *encoded)
{
	gnutls_datum_t in = {(unsigned char *) encoded, (unsigned int) strlen(encoded)};
	gnutls_datum_t out;
	char	   *credentials;
	bool		ok;

	if (gnutls_base64_decode2(&in, &out) != 0)
		return refuse_caller(request, "Authentication required");
	credentials = mem_copy_n((const char *) out.data, out.size);
	ok = auth_by_password(request, credentials);
	gnutls_memset(credentials, 0, out.size);
	free(credentials);
	gnutls_memset(out.data, 0, out.size);
	gnutls_free(out.data);
	return ok;
}

/*
 * Finds the role of a request; false when the answer was set to a fault
 * instead.  A kind of credentials that the settings do not name is not looked
 * at, whatever else the request has.
 */
bool
auth_request(Request *request)
{
	const char *header = request_header(request, "Authorization");
	const char *token = request_header(request, "X-Auth-Token");
	int			kinds = auth_config->auth_kinds;

	if (kinds == AUTH_NONE)
	{
		request->is_admin = has_role(request_header(request, "X-Roles"), "admin");
		return true;
	}
	if ((kinds & AUTH_PASSWORD) && header != NULL && strncasecmp(header, "Basic ", 6) == 0)
		return auth_basic(request, header + 6);
	if (kinds & AUTH_TOKEN)
	{
		if (header != NULL && strncasecmp(header, "Bearer ", 7) == 0)
			return auth_by_token(request, header + 7);
		if (token != NULL && !(kinds & AUTH_HEADERS))
			return auth_by_token(request, token);
	}
	if (kinds & AUTH_HEADERS)
		return auth_by_headers(request);
	return refuse_caller(request, "Authentication required");
}
