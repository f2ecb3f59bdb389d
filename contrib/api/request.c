/*-------------------------------------------------------------------------
 *
 * request.c
 *	  A request with its answer, on the way between HTTP and the database.
 *
 * http.c fills the request and sends the answer; service.c makes the one from
 * the other and knows nothing of connections.  A request belongs to the thread
 * of its connection, so no lock is needed for it.
 *
 *-------------------------------------------------------------------------
 */
#include "request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "body.h"
#include "memory.h"

/* Returns the value of a header, NULL when there is none. */
const char *
request_header(const Request *request, const char *name)
{
	return head_find(&request->head, name);
}

/* Takes the client's own id of the request when it is harmless, else makes one. */
void
request_set_id(Request *request)
{
	const char *given = request_header(request, "X-Request-Id");
	unsigned char random[16];
	int			i;

	if (given != NULL && *given != '\0' && strlen(given) < sizeof(request->id) &&
		strspn(given, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.") == strlen(given))
	{
		snprintf(request->id, sizeof(request->id), "%s", given);
		return;
	}
	gnutls_rnd(GNUTLS_RND_NONCE, random, sizeof(random));
	for (i = 0; i < 16; i++)
		snprintf(request->id + 2 * i, 3, "%02x", random[i]);
}

/* Returns a request that is all zeroes; request_free() frees it. */
Request *
request_create(void)
{
	return mem_alloc(sizeof(Request));
}

/* Frees the request with its answer. */
void
request_free(Request *request)
{
	int			i;

	for (i = 0; i < request->answer.nheaders; i++)
		free(request->answer.headers[i].value);
	buf_free(&request->answer.body);
	pool_answer_free(&request->answer.db);
	body_free(&request->body);
	free(request->decoded);
	free(request->watched);
	free(request->path);
	free(request);
}
