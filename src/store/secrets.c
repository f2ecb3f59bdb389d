/*-------------------------------------------------------------------------
 *
 * secrets.c
 *	  Sets of secrets, and the rows that have them.
 *
 * The table mistral.secrets is the only place where the values are: everywhere
 * else a reference stands for them (sealing.c), so that whatever reads a table, a
 * view or an event has nothing to hide.  Nobody has any right on the table; it
 * is read here, as the owner of the extension, for the engine and for who claims
 * an action.
 *
 * A set belongs to an owner and goes with it.  A reference is good wherever its
 * project uses it: who starts an execution with it, or puts it into another
 * environment, gets a row of its own for it (mst_secrets_adopt()).
 *
 * Two transactions may add secrets to a set at once, also the same one twice:
 * each has its own reference then.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/memutils.h"

#include "store/secret_set.h"
#include "store/statement.h"
#include "util/guc.h"
#include "util/json.h"
#include "util/spi.h"

/* ---- sets in memory ---- */

/* Returns an empty set in CurrentMemoryContext. */
SecretSet *
mst_secrets_create(const pg_uuid_t *owner, const char *project)
{
	SecretSet  *set = palloc0(sizeof(SecretSet));

	set->cxt = CurrentMemoryContext;
	set->owner = *owner;
	set->project = pstrdup(project);
	return set;
}

/* Returns whose set it is. */
const pg_uuid_t *
mst_secrets_owner(const SecretSet *set)
{
	return &set->owner;
}

/* Returns how many secrets the set has. */
int
mst_secrets_count(const SecretSet *set)
{
	return set->n;
}

/* Returns whether values are secrets by the names of their members. */
bool
mst_secrets_are_named(void)
{
	return mst_secret_keys != NULL && mst_secret_keys[0] != '\0';
}

/* Makes the secret one that is looked for in texts, where there is room; long ones come first. */
static void
seek_secret(SecretSet *set, int index)
{
	const Secret *secret = &set->secrets[index];
	int			i;

	if (secret->text == NULL && strlen(mst_json_print(secret->value)) >= MIN_SOUGHT)
		set->n_numbers++;
	if (secret->text == NULL || secret->len < MIN_SOUGHT || set->n_sought >= MAX_SOUGHT)
		return;
	if (set->sought == NULL)
		set->sought = palloc(sizeof(int) * MAX_SOUGHT);
	for (i = set->n_sought; i > 0 && set->secrets[set->sought[i - 1]].len < secret->len; i--)
		set->sought[i] = set->sought[i - 1];
	set->sought[i] = index;
	set->n_sought++;
	set->begins[(unsigned char) secret->text[0]] = true;
}

/* ---- forms ---- */

/*
 * Other texts that are made of a secret on its way, each with a reference that is
 * that of the secret but for some bits of the first digit.
 */
typedef enum SecretForm
{
	FORM_JSON = 1,				/* in a string of JSON */
	FORM_URL = 2,				/* %XX in the place of what is reserved */
	FORM_URL_PATH = 3,			/* but for slashes */
	FORM_JSON_ASCII = 4,		/* in JSON of ASCII characters only */
	FORM_URL_FORM = 5,			/* with + for a blank, as forms are sent */
	FORM_DIGITS = 8				/* of a number */
} SecretForm;

static const SecretForm forms[] = {FORM_JSON, FORM_URL, FORM_URL_PATH, FORM_JSON_ASCII, FORM_URL_FORM,
FORM_DIGITS};

static void
get_twin(const char *id, SecretForm form, char *twin)
{
	static const char digits[] = "0123456789abcdef";

	memcpy(twin, id, REFERENCE_DIGITS);
	twin[0] = digits[(strchr(digits, id[0]) - digits) ^ form];
}

static char *
url_form(const char *text, int len, SecretForm form)
{
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < len; i++)
	{
		unsigned char c = text[i];

		if (isalnum(c) && c < 0x80)
			appendStringInfoChar(&out, c);
		else if (strchr("-._~", c) != NULL || (c == '/' && form == FORM_URL_PATH))
			appendStringInfoChar(&out, c);
		else if (c == ' ' && form == FORM_URL_FORM)
			appendStringInfoChar(&out, '+');
		else
			appendStringInfo(&out, "%%%02X", c);
	}
	return out.data;
}

/* Without the quotes; with surrogates for what is beyond 16 bits. */
static char *
json_form(const char *text, int len, bool is_ascii)
{
	StringInfoData plain;
	StringInfoData out;

	initStringInfo(&plain);
	escape_json(&plain, pnstrdup(text, len));
	plain.data[--plain.len] = '\0';
	if (!is_ascii)
		return plain.data + 1;
	initStringInfo(&out);
	for (const char *c = plain.data + 1; *c != '\0'; c += pg_encoding_mblen(PG_UTF8, c))
	{
		pg_wchar	code = utf8_to_unicode((const unsigned char *) c);

		if (code < 0x80)
			appendStringInfoChar(&out, *c);
		else if (code < 0x10000)
			appendStringInfo(&out, "\\u%04x", code);
		else
			appendStringInfo(&out, "\\u%04x\\u%04x", 0xD800 + ((code - 0x10000) >> 10),
							 0xDC00 + ((code - 0x10000) & 0x3FF));
	}
	return out.data;
}

/* Returns the text of a form, palloc'd; NULL: it is none of this value, or the value itself. */
static char *
form_text(const Jsonb *value, SecretForm form)
{
	JsonbValue	root = mst_json_root(value);
	char	   *text = NULL;

	if (root.type == jbvNumeric)
		return form == FORM_DIGITS ? mst_json_print(value) : NULL;
	if (root.type != jbvString)
		return NULL;
	if (form == FORM_URL || form == FORM_URL_PATH || form == FORM_URL_FORM)
		text = url_form(root.val.string.val, root.val.string.len, form);
	else if (form != FORM_DIGITS && GetDatabaseEncoding() == PG_UTF8)
		text = json_form(root.val.string.val, root.val.string.len, form == FORM_JSON_ASCII);
	if (text == NULL || (strlen(text) == root.val.string.len &&
						 memcmp(text, root.val.string.val, root.val.string.len) == 0))
		return NULL;
	return text;
}

/* ---- adding ---- */

static void
put_secret(SecretSet *set, const char *id, const Jsonb *value, bool is_new, bool is_twin)
{
	JsonbValue	root;
	Secret	   *secret;

	if (set->n == set->size)
	{
		set->size = Max(set->size * 2, 8);
		set->secrets = set->secrets == NULL ? palloc(sizeof(Secret) * set->size) :
			repalloc(set->secrets, sizeof(Secret) * set->size);
	}
	secret = &set->secrets[set->n];
	memset(secret, 0, sizeof(Secret));
	memcpy(secret->id, id, REFERENCE_DIGITS);
	secret->value = mst_json_copy(value);
	set->bytes += VARSIZE(secret->value);
	root = mst_json_root(secret->value);
	if (root.type == jbvString)
	{
		secret->text = root.val.string.val;
		secret->len = root.val.string.len;
	}
	secret->is_new = is_new;
	secret->is_twin = is_twin;
	seek_secret(set, set->n++);
}

/* Adds a secret to the set, with its forms. */
static void
add_secret(SecretSet *set, const char *id, const Jsonb *value, bool is_new)
{
	MemoryContext old = MemoryContextSwitchTo(set->cxt);
	char		twin[REFERENCE_DIGITS];

	put_secret(set, id, value, is_new, false);
	for (int i = 0; i < lengthof(forms); i++)
	{
		char	   *text = form_text(value, forms[i]);

		if (text == NULL)
			continue;
		get_twin(id, forms[i], twin);
		put_secret(set, twin, mst_json_text(text), false, true);
	}
	MemoryContextSwitchTo(old);
}

static Secret *
find_here(const SecretSet *set, const char *id)
{
	for (int i = 0; i < set->n; i++)
	{
		if (memcmp(set->secrets[i].id, id, REFERENCE_DIGITS) == 0)
			return &set->secrets[i];
	}
	return NULL;
}

/* Returns whether one more may join the set, with its forms. */
static bool
has_room(const SecretSet *set, const Jsonb *value)
{
	return set->n < MAX_SECRETS && set->bytes + VARSIZE(value) <= MAX_SECRET_BYTES;
}

static bool
has_value(const Secret *secret, const Jsonb *value)
{
	return VARSIZE(secret->value) == VARSIZE(value) &&
		memcmp(VARDATA(secret->value), VARDATA(value), VARSIZE(value) - VARHDRSZ) == 0;
}

/*
 * Returns the secret with that value, a scalar, which is added if it is not there;
 * NULL: there are too many.
 */
Secret *
mst_secret_add(SecretSet *set, const Jsonb *value)
{
	char		id[REFERENCE_DIGITS + 1];
	uint64		number;

	for (int i = 0; i < set->n; i++)
	{
		if (has_value(&set->secrets[i], value))
			return &set->secrets[i];
	}
	if (!has_room(set, value))
		return NULL;
	if (!pg_strong_random(&number, sizeof(number)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not make a random number")));
	snprintf(id, sizeof(id), "%016llx", (unsigned long long) number);
	add_secret(set, id, value, true);
	return find_here(set, id);
}

/* ---- rows ---- */

/* Adds those rows of the result of SPI that the set has not yet. */
static void
take_rows(SecretSet *set)
{
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char	   *id = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);
		bool		is_null;
		Datum		value = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 2, &is_null);

		if (strlen(id) == REFERENCE_DIGITS && find_here(set, id) == NULL)
			add_secret(set, id, DatumGetJsonbP(value), false);
	}
}

/* Reads the rows of an owner, in their order, which is the same for all. */
static void
read_rows(SecretSet *set)
{
	static SPIPlanPtr plan = NULL;
	static const Oid types[] = {UUIDOID};
	Datum		args[] = {UUIDPGetDatum(&set->owner)};
	OwnerSwitch saved;

	mst_as_owner_begin(&saved);
	mst_spi_connect();
	mst_spi_plan(&plan, "SELECT id, value FROM mistral.secrets WHERE owner_id = $1 ORDER BY id",
				 CURSOR_OPT_GENERIC_PLAN, lengthof(types), types);
	if (SPI_execute_plan(plan, args, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read secrets");
	take_rows(set);
	SPI_finish();
	mst_as_owner_end(&saved);
}

/* Returns the set of an owner, in CurrentMemoryContext. */
SecretSet *
mst_secrets_load(const pg_uuid_t *owner, const char *project)
{
	SecretSet  *set = mst_secrets_create(owner, project);

	set->is_stored = true;
	read_rows(set);
	return set;
}

/*
 * Returns the secret of a reference, which may have been added by another
 * transaction since the set was read; NULL: there is none.
 */
Secret *
mst_secret_find(SecretSet *set, const char *id)
{
	Secret	   *secret = find_here(set, id);

	if (secret != NULL || !set->is_stored || set->is_fresh)
		return secret;
	set->is_fresh = true;
	read_rows(set);
	return find_here(set, id);
}

/* Inserts the rows of secrets that have none. */
void
mst_secrets_store(SecretSet *set)
{
	static Statement insert = {
		"INSERT INTO mistral.secrets (owner_id, id, project_id, value)"
		" VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
		4, {UUIDOID, TEXTOID, TEXTOID, JSONBOID}
	};

	for (int i = 0; i < set->n; i++)
	{
		Secret	   *secret = &set->secrets[i];
		StatementArgs args = {0};

		if (!secret->is_new)
			continue;
		mst_arg_uuid(&args, &set->owner);
		mst_arg_text(&args, pnstrdup(secret->id, REFERENCE_DIGITS));
		mst_arg_text(&args, set->project);
		mst_arg_jsonb(&args, secret->value);
		(void) mst_statement_execute(&insert, &args);
		secret->is_new = false;
	}
	set->is_stored = true;
}

/* Deletes the rows of an owner. */
void
mst_secrets_delete(const pg_uuid_t *owner)
{
	static Statement delete = {
		"DELETE FROM mistral.secrets WHERE owner_id = $1",
		1, {UUIDOID}
	};
	StatementArgs args = {0};

	mst_arg_uuid(&args, owner);
	(void) mst_statement_execute(&delete, &args);
}

static bool
has_reference_to(const Jsonb *json, const char *id)
{
	return memmem(VARDATA(json), VARSIZE(json) - VARHDRSZ, id, REFERENCE_DIGITS) != NULL;
}

/* Returns whether the value refers to the secret, or to one of its forms. */
static bool
is_used(const Jsonb *json, const char *id)
{
	char		twin[REFERENCE_DIGITS];
	bool		found = has_reference_to(json, id);

	for (int i = 0; i < lengthof(forms) && !found; i++)
	{
		get_twin(id, forms[i], twin);
		found = has_reference_to(json, twin);
	}
	return found;
}

/* Makes the rows of the owner those that the value, which is sealed, refers to. */
void
mst_secrets_keep(SecretSet *set, const Jsonb *json)
{
	if (set->n == 0)
		return;
	mst_secrets_delete(&set->owner);
	for (int i = 0; i < set->n; i++)
	{
		Secret	   *secret = &set->secrets[i];

		secret->is_new = !secret->is_twin && is_used(json, secret->id);
	}
	mst_secrets_store(set);
}

/* ---- references from elsewhere ---- */

/* Returns whether a project may use what another one owns: it must have its rights, not only look. */
static bool
may_use(const char *project, const char *owner)
{
	Oid			role = get_role_oid(project, true);
	Oid			other = get_role_oid(owner, true);

	return strcmp(project, owner) == 0 ||
		(OidIsValid(role) && OidIsValid(other) && has_privs_of_role(role, other));
}

/*
 * Adds the secret of a reference if it is one that the project may use, and there
 * is room for it; else false.
 */
static bool
adopt_reference(SecretSet *set, const char *id)
{
	static SPIPlanPtr plan = NULL;
	static const Oid types[] = {TEXTOID};
	Datum		args[] = {PointerGetDatum(cstring_to_text_with_len(id, REFERENCE_DIGITS))};
	OwnerSwitch saved;
	Jsonb	   *value = NULL;

	mst_as_owner_begin(&saved);
	mst_spi_connect();
	mst_spi_plan(&plan,
				 "SELECT s.project_id, s.value, e.scope FROM mistral.secrets s"
				 " LEFT JOIN mistral.environments e ON e.id = s.owner_id WHERE s.id = $1",
				 CURSOR_OPT_GENERIC_PLAN, lengthof(types), types);
	if (SPI_execute_plan(plan, args, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read secrets");
	for (uint64 i = 0; i < SPI_processed && value == NULL; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;
		char	   *project = SPI_getvalue(row, desc, 1);
		char	   *scope = SPI_getvalue(row, desc, 3);
		bool		is_null;
		Jsonb	   *stored;
		MemoryContext old;

		if ((scope == NULL || strcmp(scope, "public") != 0) && !may_use(set->project, project))
			continue;
		stored = DatumGetJsonbP(SPI_getbinval(row, desc, 2, &is_null));
		if (!has_room(set, stored))
			break;
		old = MemoryContextSwitchTo(set->cxt);
		value = mst_json_copy(stored);
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	mst_as_owner_end(&saved);
	if (value != NULL)
		add_secret(set, id, value, true);
	return value != NULL;
}

/* The reference may be one of a form. */
static void
adopt_any_form(SecretSet *set, const char *id)
{
	char		twin[REFERENCE_DIGITS];
	bool		found = adopt_reference(set, id);

	for (int i = 0; i < lengthof(forms) && !found; i++)
	{
		get_twin(id, forms[i], twin);
		found = adopt_reference(set, twin);
	}
}

static void
adopt_from_text(SecretSet *set, const char *text, int len)
{
	const char *at = text;
	const char *end = text + len;

	while ((at = memmem(at, end - at, REFERENCE_BEGIN, sizeof(REFERENCE_BEGIN) - 1)) != NULL)
	{
		const char *id = at + sizeof(REFERENCE_BEGIN) - 1;


		if (mst_secret_is_reference(at, end - at) && find_here(set, id) == NULL)
			adopt_any_form(set, id);
		at = id;
	}
}

/*
 * Adds the secrets whose references are in the value, as far as the set's project
 * may use them: its own, those of public environments, and of projects whose
 * rights its role has.  Others stay the texts that they are.
 */
void
mst_secrets_adopt(SecretSet *set, const Jsonb *json)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	value;

	if (json == NULL || !mst_secrets_has_reference(json))
		return;
	it = JsonbIteratorInit(unconstify(JsonbContainer *, &json->root));
	while ((token = JsonbIteratorNext(&it, &value, false)) != WJB_DONE)
	{
		if ((token == WJB_KEY || token == WJB_ELEM || token == WJB_VALUE) && value.type == jbvString)
			adopt_from_text(set, value.val.string.val, value.val.string.len);
	}
}
