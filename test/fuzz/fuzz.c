/*-------------------------------------------------------------------------
 *
 * fuzz.c
 *	  Targets of libFuzzer: a text is parsed and evaluated against a fixed
 *	  data context, and its value written in every form there is.
 *
 * FUZZ_LANGUAGE chooses what the bytes are: 1 a YAQL expression, 2 a Jinja
 * expression, 3 a Jinja template, 4 any string, as the driver finds it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "expr/template.h"
#include "value/compare.h"
#include "value/external.h"
#include "value/json_text.h"
#include "value/make.h"
#include "value/text.h"
#include "shim.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char context_text[] =
	"{\"a\": {\"b\": [{\"c\": 41}, {\"c\": null}]}, \"i\": 7, \"neg\": -3, \"f\": 2.5,"
	" \"big\": 123456789012345678901234567890, \"s\": \"hello w\\u00f6rld \\ud83d\\ude00\","
	" \"empty\": \"\", \"n\": null, \"t\": true, \"l\": [3, 1, 2, 2.0, \"x\", null],"
	" \"nested\": [[1, [2]], [3]], \"names\": [\"bob\", \"Al\", \"carl\"],"
	" \"vms\": [{\"id\": 1, \"state\": \"ACTIVE\"}, {\"id\": 2, \"state\": \"ERROR\"}],"
	" \"date\": \"2020-03-01T10:00:00Z\", \"__env\": {\"k\": \"v\"}}";

static const ExprLimits limits = {
	.max_steps = 30000,
	.max_bytes = 64 * 1024 * 1024,
	.max_items = 10000,
	.max_depth = SHIM_MAX_DEPTH,
	.max_bigint_bits = 8192,
	.max_regex_steps = 20000
};

/* Bytes of the fuzzer as the server would let them in: valid UTF-8 without NUL. */
static char *
to_utf8(const uint8_t *data, size_t size, int *len)
{
	StringInfoData buf;
	size_t		i = 0;

	initStringInfo(&buf);
	while (i < size)
	{
		uint8_t		c = data[i];
		int			n = c < 0x80 ? 1 : (c >= 0xC2 && c < 0xE0 ? 2 : (c >= 0xE0 && c < 0xF0 ? 3 : (c >= 0xF0 && c < 0xF5 ? 4 : 0)));
		int			k;
		uint32		code = n == 1 ? c : (n == 2 ? c & 0x1F : (n == 3 ? c & 0x0F : c & 0x07));
		bool		is_valid = n > 0 && c != 0 && i + n <= size;

		for (k = 1; is_valid && k < n; k++)
		{
			is_valid = (data[i + k] & 0xC0) == 0x80;
			code = (code << 6) | (data[i + k] & 0x3F);
		}
		if (is_valid && (n < 3 || (code >= (n == 3 ? 0x800 : 0x10000) && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF))))
		{
			appendBinaryStringInfo(&buf, (const char *) data + i, n);
			i += n;
		}
		else
			i++;
	}
	*len = buf.len;
	return pnstrdup(buf.data, buf.len);
}

/* Every form of a result; none may do more than fail. */
static void
use_value(EvalContext *cxt, const ExprValue *v)
{
	static const ExprJsonStyle style = {-1, ", ", ": ", false, true};
	StringInfoData out;
	ExprValue	copy;
	uint32		hash;
	bool		equal;

	initStringInfo(&out);
	(void) mst_value_append_text(cxt, &out, v, 0);
	cxt->error = NULL;
	(void) mst_value_append_repr(cxt, &out, v, EXPR_TEXT_THAWED);
	cxt->error = NULL;
	if (mst_value_freeze(cxt, v, &copy))
	{
		(void) mst_value_hash(cxt, &copy, &hash);
		(void) mst_value_equal(cxt, v, &copy, &equal);
	}
	cxt->error = NULL;
	(void) mst_value_json_dump(cxt, &out, v, &style);
}

static void
run(const char *text, int len)
{
	EvalContext cxt;
	ExprBindings bindings = {0};
	ExprValue	source = mst_value_string(context_text, sizeof(context_text) - 1);
	ExprValue	string = mst_value_string(text, len);
	ExprValue	data;
	ExprValue	result;
	TemplateNode *node;

	mst_expr_context_init(&cxt, &bindings, &limits);
	if (!mst_value_json_parse(&cxt, &source, &data))
		abort();
	bindings.data = &data;
	bindings.always_evaluate = true;
	node = mst_template_compile_value(&cxt, &string);
	(void) mst_template_validate(text, len);
	if (mst_template_eval(&cxt, node, &result))
		use_value(&cxt, &result);
	else if (cxt.error == NULL || cxt.error->message == NULL)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int			len;
	char	   *text;

	shim_set_stack_base();
	text = to_utf8(data, size, &len);
	if (FUZZ_LANGUAGE == 1)
		text = psprintf("<%% %s %%>", text);
	else if (FUZZ_LANGUAGE == 2)
		text = psprintf("{{ %s }}", text);
	else if (FUZZ_LANGUAGE == 3)
		text = psprintf("{{ 1 }}%s", text);
	run(text, (int) strlen(text));
	shim_reset();
	return 0;
}
