/*-------------------------------------------------------------------------
 *
 * sealing.c
 *	  References in the place of secrets, and back.
 *
 * Sealing replaces each secret that is found in a string, whatever stands around
 * it, by its reference; opening does the reverse.  So a secret can go through
 * expressions, inputs, results and contexts: they are sealed when they are
 * stored, and opened when they are read for an evaluation or handed out.
 *
 * A value becomes a secret by its name, too (mistral.secret_keys): then all that
 * is below that name, down to the scalars, is one each.  Booleans and null tell
 * nothing, and stay.  A string that is a reference and nothing else is opened to
 * the value of whatever type it was.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"

#include "store/secret_set.h"
#include "util/glob.h"
#include "util/guc.h"
#include "util/json.h"

/* in the place of what there is no room for */
#define LOST_SECRET		"<secret lost: there are too many>"

/*
 * Bytes that secrets take in one value that is opened: a reference is short, and
 * may stand in it any number of times.
 */
#define MAX_OPENED		(4 * 1024 * 1024)

/* Secrets with more bytes are found by a search that passes over the text once. */
#define LONG_SECRET		256

/* ---- texts ---- */

/* Returns whether a reference begins here, of whatever secret. */
bool
mst_secret_is_reference(const char *text, int len)
{
	const char *id = text + sizeof(REFERENCE_BEGIN) - 1;

	if (len < REFERENCE_LENGTH || memcmp(text, REFERENCE_BEGIN, sizeof(REFERENCE_BEGIN) - 1) != 0)
		return false;
	for (int i = 0; i < REFERENCE_DIGITS; i++)
	{
		if (strchr("0123456789abcdef", id[i]) == NULL || id[i] == '\0')
			return false;
	}
	return id[REFERENCE_DIGITS] == '>';
}

/* Returns whether the value may have references in its strings, by a look at its bytes. */
bool
mst_secrets_has_reference(const Jsonb *json)
{
	return memmem(VARDATA(json), VARSIZE(json) - VARHDRSZ, REFERENCE_BEGIN,
				  sizeof(REFERENCE_BEGIN) - 1) != NULL;
}

static void
append_reference(StringInfo out, const Secret *secret)
{
	appendStringInfoString(out, REFERENCE_BEGIN);
	appendBinaryStringInfo(out, secret->id, REFERENCE_DIGITS);
	appendStringInfoChar(out, '>');
}

/* A text in which secrets are looked for, from its begin to its end. */
typedef struct SecretSearch
{
	const SecretSet *set;
	const char *text;
	int			len;
	int			n_long;			/* of the secrets that are sought, the first */
	int		   *next;			/* where each of these is next, not before the
								 * place that was looked at last; len: nowhere */
} SecretSearch;

static void
begin_search(SecretSearch *search, const SecretSet *set, const char *text, int len)
{
	*search = (SecretSearch)
	{
		set, text, len
	};
	while (search->n_long < set->n_sought &&
		   set->secrets[set->sought[search->n_long]].len > LONG_SECRET)
		search->n_long++;
	if (search->n_long > 0)
		search->next = palloc(sizeof(int) * search->n_long);
	for (int i = 0; i < search->n_long; i++)
		search->next[i] = -1;
}

/*
 * Returns whether a long secret begins here.  To compare it at each place would
 * take a time that is the product of the lengths.
 */
static bool
is_long_at(SecretSearch *search, int which, int at)
{
	const Secret *secret = &search->set->secrets[search->set->sought[which]];

	if (search->next[which] < at)
	{
		const char *found = memmem(search->text + at, search->len - at, secret->text, secret->len);

		search->next[which] = found != NULL ? found - search->text : search->len;
	}
	return search->next[which] == at;
}

/* Returns the secret whose text begins here, the longest of several; or NULL. */
static const Secret *
secret_at(SecretSearch *search, int at)
{
	const SecretSet *set = search->set;
	const char *text = search->text + at;

	if (!set->begins[(unsigned char) text[0]])
		return NULL;
	CHECK_FOR_INTERRUPTS();
	for (int i = 0; i < set->n_sought; i++)
	{
		const Secret *secret = &set->secrets[set->sought[i]];

		if (i < search->n_long ? is_long_at(search, i, at) :
			secret->len <= search->len - at && memcmp(secret->text, text, secret->len) == 0)
			return secret;
	}
	return NULL;
}

/* Seals a text; returns false, and appends nothing, when no secret is in it. */
static bool
seal_string(SecretSet *set, const char *text, int len, StringInfo out)
{
	int			done = 0;		/* as far as appended */
	SecretSearch search;

	begin_search(&search, set, text, len);
	for (int i = 0; i < len;)
	{
		const Secret *secret;

		/* a reference is not looked into */
		if (text[i] == '<' && mst_secret_is_reference(text + i, len - i))
		{
			i += REFERENCE_LENGTH;
			continue;
		}
		secret = secret_at(&search, i);
		if (secret == NULL)
		{
			i++;
			continue;
		}
		if (done == 0 && out->data == NULL)
			initStringInfo(out);
		appendBinaryStringInfo(out, text + done, i - done);
		append_reference(out, secret);
		i += secret->len;
		done = i;
	}
	if (done > 0)
		appendBinaryStringInfo(out, text + done, len - done);
	if (search.next != NULL)
		pfree(search.next);
	return done > 0;
}

/* Returns the text with references in the place of secrets; itself when there are none. */
char *
mst_secrets_seal_text(SecretSet *set, const char *text)
{
	StringInfoData out = {0};

	if (text == NULL || set->n_sought == 0 || !seal_string(set, text, strlen(text), &out))
		return unconstify(char *, text);
	return out.data;
}

/* ---- values: sealing ---- */

/* Returns whether a member of that name is a secret. */
static bool
is_secret_key(const char *key, int len)
{
	const char *item = mst_secret_keys;

	if (!mst_secrets_are_named())
		return false;
	while (*item != '\0')
	{
		int			n = strcspn(item, ", ");

		if (n > 0 && mst_glob_matches(key, len, item, n, true))
			return true;
		item += n + (item[n] != '\0');
	}
	return false;
}

typedef struct Sealing
{
	SecretSet  *set;
	char	  **names;			/* of members at the top that are secrets */
	int			n_names;
	int			depth;			/* of objects and arrays */
	int			secret_depth;	/* from here on all is secret; 0: nothing */
} Sealing;

static bool
is_secret_member(const Sealing *sealing, const JsonbValue *key)
{
	for (int i = 0; sealing->depth == 1 && i < sealing->n_names; i++)
	{
		if (strlen(sealing->names[i]) == key->val.string.len &&
			memcmp(sealing->names[i], key->val.string.val, key->val.string.len) == 0)
			return true;
	}
	return is_secret_key(key->val.string.val, key->val.string.len);
}

static void
set_string(JsonbValue *value, const char *text, int len)
{
	value->type = jbvString;
	value->val.string.val = unconstify(char *, text);
	value->val.string.len = len;
}

/* A scalar that is secret by its name: it becomes one, and its reference stands for it. */
static void
hide_scalar(SecretSet *set, JsonbValue *value)
{
	StringInfoData out;
	Secret	   *secret;

	if (value->type != jbvString && value->type != jbvNumeric)
		return;
	if (value->type == jbvString &&
		(value->val.string.len == 0 ||
		 (value->val.string.len == REFERENCE_LENGTH &&
		  mst_secret_is_reference(value->val.string.val, value->val.string.len))))
		return;
	secret = mst_secret_add(set, JsonbValueToJsonb(value));
	if (secret == NULL)
	{
		set_string(value, LOST_SECRET, strlen(LOST_SECRET));
		return;
	}
	initStringInfo(&out);
	append_reference(&out, secret);
	set_string(value, out.data, out.len);
}

/* A number that is a secret, found by its digits. */
static void
seal_number(SecretSet *set, JsonbValue *value)
{
	Jsonb	   *json = JsonbValueToJsonb(value);
	StringInfoData out;

	for (int i = 0; i < set->n; i++)
	{
		const Secret *secret = &set->secrets[i];

		if (secret->text != NULL || VARSIZE(secret->value) != VARSIZE(json) ||
			memcmp(VARDATA(secret->value), VARDATA(json), VARSIZE(json) - VARHDRSZ) != 0)
			continue;
		initStringInfo(&out);
		append_reference(&out, secret);
		set_string(value, out.data, out.len);
		return;
	}
}

static void
seal_scalar(Sealing *sealing, JsonbValue *value, bool is_key)
{
	StringInfoData out = {0};

	if (sealing->secret_depth > 0 && !is_key)
		hide_scalar(sealing->set, value);
	else if (value->type == jbvNumeric && sealing->set->n_numbers > 0)
		seal_number(sealing->set, value);
	else if (value->type == jbvString && sealing->set->n_sought > 0 &&
			 seal_string(sealing->set, value->val.string.val, value->val.string.len, &out))
		set_string(value, out.data, out.len);
}

/* Follows the iterator down and up. */
static void
note_depth(Sealing *sealing, JsonbIteratorToken token)
{
	if (token == WJB_BEGIN_ARRAY || token == WJB_BEGIN_OBJECT)
		sealing->depth++;
	else if (token == WJB_END_ARRAY || token == WJB_END_OBJECT)
	{
		sealing->depth--;
		/* what was secret ends with its member */
		if (sealing->depth < sealing->secret_depth)
			sealing->secret_depth = 0;
	}
}

static Jsonb *
seal_value(Sealing *sealing, const Jsonb *json)
{
	JsonbIterator *it = JsonbIteratorInit(unconstify(JsonbContainer *, &json->root));
	JsonbParseState *state = NULL;
	JsonbValue *result = NULL;
	JsonbIteratorToken token;
	JsonbValue	value;

	while ((token = JsonbIteratorNext(&it, &value, false)) != WJB_DONE)
	{
		bool		is_raw = token == WJB_BEGIN_ARRAY && value.val.array.rawScalar;

		CHECK_FOR_INTERRUPTS();
		note_depth(sealing, token);
		if (token == WJB_KEY)
		{
			/*
			 * a member of what is secret is secret; another ends the one
			 * before
			 */
			if (sealing->secret_depth == 0 || sealing->secret_depth >= sealing->depth)
				sealing->secret_depth = is_secret_member(sealing, &value) ? sealing->depth : 0;
			seal_scalar(sealing, &value, true);
		}
		else if (token == WJB_VALUE || token == WJB_ELEM)
			seal_scalar(sealing, &value, false);
		result = pushJsonbValue(&state, token,
								token < WJB_BEGIN_ARRAY || is_raw ? &value : NULL);
	}
	return JsonbValueToJsonb(result);
}

/*
 * Returns the value with references in the place of secrets, palloc'd.  What is
 * secret by its name joins the set.
 */
Jsonb *
mst_secrets_seal(SecretSet *set, const Jsonb *json)
{
	return mst_secrets_seal_members(set, json, NULL, 0);
}

/*
 * Seals as mst_secrets_seal() does, and besides takes the values of all members
 * with these names for secrets.
 */
Jsonb *
mst_secrets_seal_members(SecretSet *set, const Jsonb *json, char **names, int n)
{
	Sealing		sealing = {.set = set, .names = names, .n_names = n};
	Jsonb	   *sealed;

	if (json == NULL)
		return NULL;
	sealed = seal_value(&sealing, json);
	/* what has become a secret may stand before its name, too */
	return set->n_sought + set->n_numbers > 0 ? seal_value(&sealing, sealed) : sealed;
}

/* ---- values: opening ---- */

/* Appends the text of a secret; of what is no string, in JSON. */
static void
append_secret(StringInfo out, const Secret *secret)
{
	if (secret->text != NULL)
		appendBinaryStringInfo(out, secret->text, secret->len);
	else
		appendStringInfoString(out, mst_json_print(secret->value));
}

/* Returns the secret of the reference, if it has one and *room is left for it; or NULL. */
static const Secret *
take_secret(SecretSet *set, const char *text, int len, int64 *room)
{
	const Secret *secret = mst_secret_is_reference(text, len) ?
	mst_secret_find(set, text + sizeof(REFERENCE_BEGIN) - 1) : NULL;

	if (secret == NULL || VARSIZE(secret->value) > *room)
		return NULL;
	*room -= VARSIZE(secret->value);
	return secret;
}

static bool
open_string(SecretSet *set, const char *text, int len, JsonbValue *value, int64 *room)
{
	const char *at = len < REFERENCE_LENGTH ? NULL :
	memmem(text, len, REFERENCE_BEGIN, sizeof(REFERENCE_BEGIN) - 1);
	const char *end = text + len;
	const char *done = text;
	StringInfoData out = {0};

	for (; at != NULL; at = memmem(at, end - at, REFERENCE_BEGIN, sizeof(REFERENCE_BEGIN) - 1))
	{
		const char *id = at + sizeof(REFERENCE_BEGIN) - 1;
		const Secret *secret = take_secret(set, at, end - at, room);

		if (secret == NULL)
		{
			at = id;
			continue;
		}
		if (len == REFERENCE_LENGTH)
		{
			*value = mst_json_root(secret->value);
			return true;
		}
		if (out.data == NULL)
			initStringInfo(&out);
		appendBinaryStringInfo(&out, done, at - done);
		append_secret(&out, secret);
		at += REFERENCE_LENGTH;
		done = at;
	}
	if (done == text)
		return false;
	appendBinaryStringInfo(&out, done, end - done);
	set_string(value, out.data, out.len);
	return true;
}

/*
 * Sets the value that a string stands for, which may point into the set or be
 * palloc'd; false: it has no references.
 */
bool
mst_secrets_open_string(void *set, const char *text, int len, JsonbValue *value)
{
	int64		room = MAX_OPENED;

	return open_string(set, text, len, value, &room);
}

/*
 * Returns the value with secrets in the place of references; itself when there are
 * none.  References to more than there is room for stay.
 */
Jsonb *
mst_secrets_open(SecretSet *set, const Jsonb *json)
{
	JsonbIterator *it;
	JsonbParseState *state = NULL;
	JsonbValue *result = NULL;
	JsonbIteratorToken token;
	JsonbValue	value;
	int64		room = MAX_OPENED;

	if (json == NULL || !mst_secrets_has_reference(json))
		return unconstify(Jsonb *, json);
	it = JsonbIteratorInit(unconstify(JsonbContainer *, &json->root));
	while ((token = JsonbIteratorNext(&it, &value, false)) != WJB_DONE)
	{
		bool		is_raw = token == WJB_BEGIN_ARRAY && value.val.array.rawScalar;
		JsonbValue	opened;

		CHECK_FOR_INTERRUPTS();
		if ((token == WJB_KEY || token == WJB_VALUE || token == WJB_ELEM) && value.type == jbvString &&
			open_string(set, value.val.string.val, value.val.string.len, &opened, &room) &&
			(token != WJB_KEY || opened.type == jbvString))
			value = opened;
		result = pushJsonbValue(&state, token,
								token < WJB_BEGIN_ARRAY || is_raw ? &value : NULL);
	}
	return JsonbValueToJsonb(result);
}
