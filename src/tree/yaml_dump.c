/*-------------------------------------------------------------------------
 *
 * yaml_dump.c
 *	  Trees of nodes to YAML text in block style.
 *
 * What is written reads as the same tree again, with this file's reader and
 * with any other of YAML 1.1: a scalar goes without quotes only if it
 * resolves to what it is (yaml_resolve.c), and binary data and sets have
 * their tags.  Anchors are never written, because the reader copies what an
 * alias names.
 *
 * Widths and escapes are those of the reference's writer, since users
 * compare what they get back with what they sent. libyaml allocates with
 * malloc: the emitter is deleted in PG_FINALLY, and an event belongs to it
 * as soon as it is emitted.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>
#include <yaml.h>

#include "common/base64.h"
#include "common/shortest_dec.h"
#include "miscadmin.h"

#include "tree/yaml.h"

#define DUMP_WIDTH 80

typedef struct YamlDumper
{
	yaml_emitter_t emitter;
	StringInfo	out;
} YamlDumper;

static void dump_node(YamlDumper *dumper, const SpecNode *node);

/* Takes a piece of the text from libyaml. */
static int
write_piece(void *arg, unsigned char *buffer, size_t size)
{
	appendBinaryStringInfo((StringInfo) arg, (char *) buffer, size);
	return 1;
}

/*
 * Hands an initialized event over to the emitter, which frees it even when
 * it fails.  An event that was not initialized is for want of memory.
 */
static void
emit_event(YamlDumper *dumper, yaml_event_t *event, int initialized)
{
	if (initialized && yaml_emitter_emit(&dumper->emitter, event))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INTERNAL_ERROR),
			 errmsg("could not write YAML: %s",
					dumper->emitter.problem != NULL ?
					dumper->emitter.problem : "out of memory")));
}

/* Emits a scalar that is plain where it reads as the same thing. */
static void
emit_scalar(YamlDumper *dumper, const char *tag, const char *text, int len,
			bool plain, yaml_scalar_style_t style)
{
	yaml_event_t event;

	emit_event(dumper, &event,
			   yaml_scalar_event_initialize(&event, NULL, (yaml_char_t *) tag,
											(yaml_char_t *) text, len,
											plain, tag == NULL, style));
}

/*
 * Returns whether the text, written without quotes, would be read as a
 * string again.  "=" and "<<" have tags of their own in YAML 1.1, though
 * the resolver leaves them alone.
 */
static bool
reads_as_string(const char *text, int len)
{
	SpecNode   *node;

	if (strcmp(text, "=") == 0 || strcmp(text, "<<") == 0)
		return false;
	node = mst_yaml_resolve(text, len);
	return node != NULL && node->kind == NODE_STRING;
}

/*
 * Returns a float as YAML 1.1 reads one: with a dot always, since "1e3" is
 * a string there, and with the fewest digits that give the value back.
 */
static char *
float_text(double value)
{
	char		buf[DOUBLE_SHORTEST_DECIMAL_LEN];
	char	   *e;

	if (isnan(value))
		return ".nan";
	if (isinf(value))
		return value < 0 ? "-.inf" : ".inf";
	double_to_shortest_decimal_buf(value, buf);
	e = strchr(buf, 'e');
	if (strchr(buf, '.') != NULL)
		return pstrdup(buf);
	if (e == NULL)
		return psprintf("%s.0", buf);
	return psprintf("%.*s.0%s", (int) (e - buf), buf, e);
}

/*
 * Writes bytes as base64 in a literal block; the line's end keeps its
 * indicator plain ("|" and not "|-").
 */
static void
dump_binary(YamlDumper *dumper, const SpecNode *node)
{
	char	   *text = palloc0(pg_b64_enc_len(node->len) + 2);
	int			len = pg_b64_encode((void *) node->u.text, node->len, text,
									pg_b64_enc_len(node->len));

	text[len++] = '\n';
	emit_scalar(dumper, "tag:yaml.org,2002:binary", text, len, false,
				YAML_LITERAL_SCALAR_STYLE);
}

static void
dump_list(YamlDumper *dumper, const SpecNode *node)
{
	yaml_event_t event;

	emit_event(dumper, &event,
			   yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
													YAML_BLOCK_SEQUENCE_STYLE));
	for (int i = 0; i < node->len; i++)
		dump_node(dumper, node->u.items[i]);
	emit_event(dumper, &event, yaml_sequence_end_event_initialize(&event));
}

/*
 * Writes a mapping in the order in which it was read; a set is a mapping to
 * nulls with a tag.
 */
static void
dump_map(YamlDumper *dumper, const SpecNode *node)
{
	yaml_event_t event;
	bool		is_set = node->kind == NODE_SET;

	emit_event(dumper, &event,
			   yaml_mapping_start_event_initialize(&event, NULL,
												   is_set ? (yaml_char_t *) "tag:yaml.org,2002:set" : NULL,
												   !is_set,
												   YAML_BLOCK_MAPPING_STYLE));
	for (int i = 0; i < node->len; i++)
	{
		dump_node(dumper, node->u.entries[i].key);
		dump_node(dumper, node->u.entries[i].value);
	}
	emit_event(dumper, &event, yaml_mapping_end_event_initialize(&event));
}

/* Writes text that is known to read as what it is. */
static void
dump_plain(YamlDumper *dumper, const char *text)
{
	emit_scalar(dumper, NULL, text, strlen(text), true, YAML_PLAIN_SCALAR_STYLE);
}

static void
dump_node(YamlDumper *dumper, const SpecNode *node)
{
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();

	switch (node->kind)
	{
		case NODE_NULL:
			dump_plain(dumper, "null");
			break;
		case NODE_BOOL:
			dump_plain(dumper, node->u.boolean ? "true" : "false");
			break;
		case NODE_INT:
			dump_plain(dumper, psprintf(INT64_FORMAT, node->u.integer));
			break;
		case NODE_FLOAT:
			dump_plain(dumper, float_text(node->u.real));
			break;
		case NODE_BIGINT:
		case NODE_TIME:
			dump_plain(dumper, node->u.text);
			break;
		case NODE_STRING:
			emit_scalar(dumper, NULL, node->u.text, node->len,
						reads_as_string(node->u.text, node->len),
						YAML_ANY_SCALAR_STYLE);
			break;
		case NODE_BINARY:
			dump_binary(dumper, node);
			break;
		case NODE_LIST:
			dump_list(dumper, node);
			break;
		case NODE_MAP:
		case NODE_SET:
			dump_map(dumper, node);
			break;
	}
}

static void
dump_stream(YamlDumper *dumper, const SpecNode *node)
{
	yaml_event_t event;

	emit_event(dumper, &event,
			   yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
	emit_event(dumper, &event,
			   yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
	dump_node(dumper, node);
	emit_event(dumper, &event, yaml_document_end_event_initialize(&event, 1));
	emit_event(dumper, &event, yaml_stream_end_event_initialize(&event));
}

/*
 * Appends the tree as a YAML document in block style.  With "ascii", other
 * characters are escaped.  A plain scalar at the top is closed with "...".
 */
void
mst_yaml_dump(const SpecNode *node, bool ascii, StringInfo out)
{
	YamlDumper	dumper;
	int			from = out->len;

	dumper.out = out;
	if (!yaml_emitter_initialize(&dumper.emitter))
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	PG_TRY();
	{
		yaml_emitter_set_output(&dumper.emitter, write_piece, out);
		yaml_emitter_set_unicode(&dumper.emitter, !ascii);
		yaml_emitter_set_width(&dumper.emitter, DUMP_WIDTH);
		dump_stream(&dumper, node);
	}
	PG_FINALLY();
	{
		yaml_emitter_delete(&dumper.emitter);
	}
	PG_END_TRY();

	/* a plain scalar could go on, so its end is marked */
	if (node->kind != NODE_LIST && node->kind != NODE_MAP &&
		node->kind != NODE_SET && out->len > from &&
		strchr("'\"|>!", out->data[from]) == NULL &&
		(out->len - from < 4 || strcmp(out->data + out->len - 4, "...\n") != 0))
		appendStringInfoString(out, "...\n");
}
