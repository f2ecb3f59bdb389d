/*-------------------------------------------------------------------------
 *
 * task_links.c
 *	  Links between tasks as they are stored.
 *
 * The first byte says what follows, which is as many as there are links of
 *
 *	't'		event byte, the task's id (16 bytes)
 *	'n'		event byte, length of the task's name (2 bytes), the name
 *	'j'		JSON text, once: what is neither of these
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#include "store/lookups.h"
#include "store/task_links.h"
#include "util/uuid.h"

#define KIND_TRIGGERS	't'
#define KIND_NAMES		'n'
#define KIND_JSON		'j'

static const struct
{
	char		code;
	const char *name;			/* NULL: null */
}			events[] = {
	{'s', "on-success"},
	{'e', "on-error"},
	{'c', "on-complete"},
	{'k', "on-skip"},
	{'x', "not triggered"},
	{'-', NULL}
};

/* ---- packing ---- */

/*
 * Returns the code of an event; 0 when it has none.
 */
static char
event_code(const JsonbValue *event)
{
	for (int i = 0; i < lengthof(events); i++)
	{
		const char *name = events[i].name;

		if (name == NULL ? event->type == jbvNull :
			(event->type == jbvString &&
			 event->val.string.len == strlen(name) &&
			 memcmp(event->val.string.val, name, strlen(name)) == 0))
			return events[i].code;
	}
	return 0;
}

/*
 * Appends a link of the form {"task_id": id, "event": event}.
 */
static bool
pack_trigger(StringInfo out, JsonbContainer *link)
{
	JsonbValue	id;
	JsonbValue	event;
	pg_uuid_t	uuid;
	char		code;

	if (!JsonContainerIsObject(link) || JsonContainerSize(link) != 2 ||
		getKeyJsonValueFromContainer(link, "task_id", 7, &id) == NULL ||
		getKeyJsonValueFromContainer(link, "event", 5, &event) == NULL ||
		id.type != jbvString || (code = event_code(&event)) == 0 ||
		!mst_uuid_parse(pnstrdup(id.val.string.val, id.val.string.len), &uuid))
		return false;
	appendStringInfoChar(out, code);
	appendBinaryStringInfo(out, (char *) uuid.data, UUID_LEN);
	return true;
}

/*
 * Appends a link of the form [name, event].
 */
static bool
pack_name(StringInfo out, JsonbContainer *link)
{
	JsonbValue *name;
	JsonbValue *event;
	uint16		len;
	char		code;

	if (!JsonContainerIsArray(link) || JsonContainerSize(link) != 2)
		return false;
	name = getIthJsonbValueFromContainer(link, 0);
	event = getIthJsonbValueFromContainer(link, 1);
	if (name->type != jbvString || name->val.string.len > PG_UINT16_MAX ||
		(code = event_code(event)) == 0)
		return false;
	len = name->val.string.len;
	appendStringInfoChar(out, code);
	appendBinaryStringInfo(out, (char *) &len, sizeof(len));
	appendBinaryStringInfo(out, name->val.string.val, len);
	return true;
}

/*
 * Appends all links in the form that the first one has.
 */
static bool
pack_links(StringInfo out, Jsonb *links)
{
	int			n = JB_ROOT_COUNT(links);
	char		kind = 0;

	if (!JB_ROOT_IS_ARRAY(links) || JB_ROOT_IS_SCALAR(links) || n == 0)
		return false;
	for (int i = 0; i < n; i++)
	{
		JsonbValue *link = getIthJsonbValueFromContainer(&links->root, i);

		if (link->type != jbvBinary)
			return false;
		if (kind == 0)
		{
			kind = JsonContainerIsObject(link->val.binary.data) ?
				KIND_TRIGGERS : KIND_NAMES;
			appendStringInfoChar(out, kind);
		}
		if (!(kind == KIND_TRIGGERS ? pack_trigger(out, link->val.binary.data) :
			  pack_name(out, link->val.binary.data)))
			return false;
	}
	return true;
}

/*
 * Packs [{"task_id": ..., "event": ...}, ...] or [[task, event], ...] into
 * a palloc'd bytea.  Keeps other JSON as text.
 */
bytea *
mst_links_pack(Jsonb *links)
{
	StringInfoData out;
	bytea	   *packed;

	initStringInfo(&out);
	if (!pack_links(&out, links))
	{
		resetStringInfo(&out);
		appendStringInfoChar(&out, KIND_JSON);
		(void) JsonbToCString(&out, &links->root, VARSIZE(links));
	}
	packed = palloc(VARHDRSZ + out.len);
	SET_VARSIZE(packed, VARHDRSZ + out.len);
	memcpy(VARDATA(packed), out.data, out.len);
	pfree(out.data);
	return packed;
}

/* ---- unpacking ---- */

typedef struct Unpack
{
	const char *next;
	const char *end;
	JsonbParseState *state;
} Unpack;

static const char *
take_bytes(Unpack *in, int len)
{
	const char *bytes = in->next;

	if (in->end - in->next < len)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("links between tasks are cut off")));
	in->next += len;
	return bytes;
}

static void
push_text(Unpack *in, JsonbIteratorToken token, const char *text, int len)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, text);
	value.val.string.len = len;
	pushJsonbValue(&in->state, token, &value);
}

static void
push_event(Unpack *in, JsonbIteratorToken token, char code)
{
	for (int i = 0; i < lengthof(events); i++)
	{
		JsonbValue	null_value = {.type = jbvNull};

		if (events[i].code != code)
			continue;
		if (events[i].name == NULL)
			pushJsonbValue(&in->state, token, &null_value);
		else
			push_text(in, token, events[i].name, strlen(events[i].name));
		return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("unknown event in links between tasks: 0x%02x", (unsigned char) code)));
}

static void
unpack_trigger(Unpack *in)
{
	char		code = *take_bytes(in, 1);
	char	   *text = mst_uuid_text((const pg_uuid_t *) take_bytes(in, UUID_LEN));

	pushJsonbValue(&in->state, WJB_BEGIN_OBJECT, NULL);
	push_text(in, WJB_KEY, "event", 5);
	push_event(in, WJB_VALUE, code);
	push_text(in, WJB_KEY, "task_id", 7);
	push_text(in, WJB_VALUE, text, strlen(text));
	pushJsonbValue(&in->state, WJB_END_OBJECT, NULL);
}

static void
unpack_name(Unpack *in)
{
	char		code = *take_bytes(in, 1);
	uint16		len;
	const char *name;

	memcpy(&len, take_bytes(in, sizeof(len)), sizeof(len));
	name = take_bytes(in, len);
	/* task_links() is called with whatever bytes a user has */
	pg_verify_mbstr(GetDatabaseEncoding(), name, len, false);
	pushJsonbValue(&in->state, WJB_BEGIN_ARRAY, NULL);
	push_text(in, WJB_ELEM, name, len);
	push_event(in, WJB_ELEM, code);
	pushJsonbValue(&in->state, WJB_END_ARRAY, NULL);
}

/*
 * Returns the JSON that mst_links_pack() has packed, palloc'd.  Raises an
 * error if the bytes are malformed, since a restored table may hold
 * anything.
 */
Jsonb *
mst_links_unpack(const bytea *packed)
{
	Unpack		in = {VARDATA_ANY(packed), NULL, NULL};
	char		kind;

	in.end = in.next + VARSIZE_ANY_EXHDR(packed);
	kind = *take_bytes(&in, 1);
	if (kind == KIND_JSON)
	{
		pg_verify_mbstr(GetDatabaseEncoding(), in.next, in.end - in.next, false);
		return DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
												  CStringGetDatum(pnstrdup(in.next, in.end - in.next))));
	}
	pushJsonbValue(&in.state, WJB_BEGIN_ARRAY, NULL);
	while (in.next < in.end)
	{
		if (kind == KIND_TRIGGERS)
			unpack_trigger(&in);
		else
			unpack_name(&in);
	}
	return JsonbValueToJsonb(pushJsonbValue(&in.state, WJB_END_ARRAY, NULL));
}
