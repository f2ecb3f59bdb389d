/*-------------------------------------------------------------------------
 *
 * globals.c
 *	  The global functions of Jinja2: range, dict, namespace, cycler, joiner
 *	  and lipsum.
 *
 * range is bounded by MAX_RANGE, as in the sandbox of Jinja2. namespace,
 * cycler and joiner give objects with a state of their own, the only values
 * that a template can change from inside of a loop or macro; they live in
 * the evaluation's memory and end with it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/arguments.h"
#include "jinja/objects.h"
#include "value/dict.h"
#include "value/list.h"
#include "value/make.h"
#include "value/range.h"
#include "value/text.h"

/* Most items of a range in the sandbox. */
#define MAX_RANGE	100000

/* ---- range ---- */

/*
 * range(start, stop, step), bounded as in Jinja's sandbox, since a template
 * may run through one.
 */
static bool
global_range(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	bool		has_stop = mst_jinja_is_given(&args[1]);
	ExprRange	range;

	range.start = has_stop ? args[0].u.integer : 0;
	range.stop = args[has_stop ? 1 : 0].u.integer;
	range.step = args[2].u.integer;
	if (range.step == 0)
		return mst_jinja_fail(ev, "ValueError", "range() arg 3 must not be zero");
	if (mst_range_length(&range) > MAX_RANGE)
		return mst_jinja_fail(ev, "OverflowError",
							  "Range too big. The sandbox blocks ranges larger than MAX_RANGE (%d).",
							  MAX_RANGE);
	*result = mst_value_range(range.start, range.stop, range.step);
	return true;
}

/* ---- dict ---- */

/* Sets the entries of dict(mapping_or_pairs, name=value, ...). */
static bool
make_dict(JinjaEval *ev, const JinjaArguments *args, ExprDict **result)
{
	ExprDict   *dict = mst_dict_new(args->nnamed);

	if (args->count == 1 && !mst_jinja_update_dict(ev, dict, &args->values[0]))
		return false;
	for (int i = 0; i < args->nnamed; i++)
		if (!mst_dict_set_name(ev->cxt, dict, args->names[i], &args->named[i]))
			return false;
	*result = dict;
	return true;
}

/* dict(mapping or pairs, name=value, ...) */
static bool
global_dict(JinjaEval *ev, const JinjaArguments *args, ExprValue *result)
{
	ExprDict   *dict;

	if (!make_dict(ev, args, &dict))
		return false;
	*result = mst_value_dict(dict, false);
	return true;
}

/* ---- namespace ---- */

typedef struct NamespaceObject
{
	ExprObject	object;
	ExprDict   *attributes;
} NamespaceObject;

/* Reads an attribute of a namespace; one that was not set is undefined. */
static bool
get_namespace_attribute(JinjaEval *ev, ExprObject *object, const char *name, int len,
						ExprValue *result, bool *found)
{
	NamespaceObject *namespace = (NamespaceObject *) object;

	return mst_dict_get_name(ev->cxt, namespace->attributes, name, len, result, found);
}

/* Appends a namespace as the reference shows it. */
static bool
append_namespace_repr(EvalContext *cxt, ExprObject *object, StringInfo out)
{
	ExprValue	attributes = mst_value_dict(((NamespaceObject *) object)->attributes, false);

	appendStringInfoString(out, "<Namespace ");
	if (!mst_value_append_repr(cxt, out, &attributes, 0))
		return false;
	appendStringInfoChar(out, '>');
	return true;
}

static const JinjaClass namespace_class = {"jinja2.utils", NULL, get_namespace_attribute};
static const ExprObjectOps namespace_ops = {"Namespace", append_namespace_repr, &namespace_class};

/*
 * namespace(name=value, ...): an object whose attributes can be set from inner
 * scopes, which is the way to get something out of a loop.
 */
static bool
global_namespace(JinjaEval *ev, const JinjaArguments *args, ExprValue *result)
{
	NamespaceObject *namespace = palloc0(sizeof(NamespaceObject));

	namespace->object.ops = &namespace_ops;
	*result = mst_value_object(&namespace->object);
	return make_dict(ev, args, &namespace->attributes);
}

/*
 * Sets an attribute of a namespace; nothing else has attributes to set.
 */
bool
mst_jinja_namespace_set(JinjaEval *ev, const ExprValue *object, const char *name,
						const ExprValue *value)
{
	if (object->kind != EXPR_OBJECT || object->u.object->ops != &namespace_ops)
		return mst_jinja_fail(ev, "TemplateRuntimeError",
							  "cannot assign attribute on non-namespace object");
	return mst_dict_set_name(ev->cxt, ((NamespaceObject *) object->u.object)->attributes, name, value);
}

/* ---- cycler ---- */

typedef struct CyclerObject
{
	ExprObject	object;
	ExprList   *items;
	int			pos;
} CyclerObject;

/* cycler.next(): the current item; then the next one is. */
static bool
cycler_next(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	CyclerObject *cycler = (CyclerObject *) args[0].u.object;

	if (!mst_list_get(ev->cxt, cycler->items, cycler->pos, result))
		return false;
	cycler->pos = (cycler->pos + 1) % mst_list_length(cycler->items);
	return true;
}

/* cycler.reset(): back to the first item. */
static bool
cycler_reset(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	((CyclerObject *) args[0].u.object)->pos = 0;
	*result = mst_value_null();
	return true;
}

const JinjaBuiltin mst_jinja_cycler_methods[] = {
	{"next", cycler_next, JINJA_TAKES("self:cycler /")},
	{"reset", cycler_reset, JINJA_TAKES("self:cycler /")},
	{NULL}
};

/* Finds a method or an attribute of a cycler. */
static bool
get_cycler_attribute(JinjaEval *ev, ExprObject *object, const char *name, int len,
					 ExprValue *result, bool *found)
{
	CyclerObject *cycler = (CyclerObject *) object;
	ExprValue	self = mst_value_object(object);
	const JinjaBuiltin *method = mst_jinja_find_in(mst_jinja_cycler_methods, name, len);

	*found = true;
	if (method != NULL)
		*result = mst_jinja_make_method(method, &self);
	else if (len == 7 && memcmp(name, "current", 7) == 0)
		return mst_list_get(ev->cxt, cycler->items, cycler->pos, result);
	else if (len == 5 && memcmp(name, "items", 5) == 0)
		*result = mst_value_list(cycler->items, true);
	else if (len == 3 && memcmp(name, "pos", 3) == 0)
		*result = mst_value_int(cycler->pos);
	else
		*found = false;
	return true;
}

static const JinjaClass cycler_class = {"jinja2.utils", NULL, get_cycler_attribute};
static const ExprObjectOps cycler_ops = {"Cycler", NULL, &cycler_class};

/* cycler(item, ...): gives its items in turn. */
static bool
global_cycler(JinjaEval *ev, const JinjaArguments *args, ExprValue *result)
{
	CyclerObject *cycler = palloc0(sizeof(CyclerObject));

	if (args->count == 0)
		return mst_jinja_fail(ev, "RuntimeError", "at least one item has to be provided");
	cycler->object.ops = &cycler_ops;
	cycler->items = mst_list_of(args->values, args->count);
	*result = mst_value_object(&cycler->object);
	return true;
}

/* ---- joiner ---- */

typedef struct JoinerObject
{
	ExprObject	object;
	ExprValue	separator;
	bool		is_used;
} JoinerObject;

/* Gives nothing at the first call and the separator at each further one. */
static bool
call_joiner(JinjaEval *ev, ExprObject *object, const JinjaArguments *args, ExprValue *result)
{
	JoinerObject *joiner = (JoinerObject *) object;

	if (args->count + args->nnamed > 0)
		return mst_jinja_fail(ev, "TypeError",
							  "Joiner.__call__() takes 1 positional argument but %d were given",
							  args->count + args->nnamed + 1);
	*result = joiner->is_used ? joiner->separator : mst_value_cstring("");
	joiner->is_used = true;
	return true;
}

/* Finds an attribute of a joiner. */
static bool
get_joiner_attribute(JinjaEval *ev, ExprObject *object, const char *name, int len,
					 ExprValue *result, bool *found)
{
	JoinerObject *joiner = (JoinerObject *) object;

	*found = true;
	if (len == 3 && memcmp(name, "sep", 3) == 0)
		*result = joiner->separator;
	else if (len == 4 && memcmp(name, "used", 4) == 0)
		*result = mst_value_bool(joiner->is_used);
	else
		*found = false;
	return true;
}

static const JinjaClass joiner_class = {"jinja2.utils", call_joiner, get_joiner_attribute};
static const ExprObjectOps joiner_ops = {"Joiner", NULL, &joiner_class};

/* joiner(sep) */
static bool
global_joiner(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	JoinerObject *joiner = palloc0(sizeof(JoinerObject));

	joiner->object.ops = &joiner_ops;
	joiner->separator = args[0];
	*result = mst_value_object(&joiner->object);
	return true;
}

/* ---- lipsum ---- */

static const char *const lipsum_words[] = {
	"ac", "accumsan", "ad", "aenean", "aliquam", "ante", "aptent", "arcu", "at", "auctor",
	"bibendum", "blandit", "commodo", "condimentum", "congue", "consequat", "cras", "cubilia",
	"curabitur", "dapibus", "diam", "dictum", "dignissim", "dis", "dolor", "donec", "dui",
	"egestas", "eget", "eleifend", "elit", "enim", "erat", "eros", "est", "et", "etiam", "eu",
	"facilisi", "fames", "faucibus", "felis", "fringilla", "fusce", "gravida", "habitant",
	"hendrerit", "iaculis", "id", "imperdiet", "in", "integer", "interdum", "ipsum", "justo",
	"lacinia", "lacus", "laoreet", "lectus", "leo", "libero", "ligula", "lorem", "luctus",
	"maecenas", "magna", "massa", "mattis", "mauris", "metus", "mi", "molestie", "mollis",
	"montes", "morbi", "nam", "nascetur", "natoque", "nec", "neque", "nibh", "nisi", "nisl",
	"non", "nostra", "nulla", "nunc", "odio", "orci", "ornare", "parturient", "pede",
	"pellentesque", "penatibus", "per", "pharetra", "placerat", "platea", "porta", "porttitor",
	"posuere", "potenti", "praesent", "pretium", "primis", "proin", "pulvinar", "purus", "quam",
	"quis", "quisque", "rhoncus", "ridiculus", "risus", "rutrum", "sagittis", "sapien",
	"scelerisque", "sed", "sem", "semper", "senectus", "sit", "sociis", "sodales", "sollicitudin",
	"suscipit", "suspendisse", "taciti", "tellus", "tempor", "tempus", "tincidunt", "tortor",
	"tristique", "turpis", "ullamcorper", "ultrices", "ultricies", "urna", "ut", "varius", "vel",
	"velit", "venenatis", "vestibulum", "vitae", "vivamus", "viverra", "volutpat", "vulputate"
};

/* Appends a paragraph of that many words, in sentences. */
static bool
append_paragraph(JinjaEval *ev, StringInfo out, int64 nwords)
{
	int			comma_in = 3 + mst_jinja_random(6);
	int			stop_in = 8 + mst_jinja_random(10);
	bool		is_start = true;

	for (int64 i = 0; i < nwords; i++)
	{
		const char *word = lipsum_words[mst_jinja_random(lengthof(lipsum_words))];

		if (!mst_expr_step(ev->cxt) || !mst_expr_charge(ev->cxt, 16))
			return false;
		if (i > 0)
			appendStringInfoChar(out, ' ');
		appendStringInfoChar(out, is_start ? word[0] - 'a' + 'A' : word[0]);
		appendStringInfoString(out, word + 1);
		is_start = false;
		if (i == nwords - 1 || --stop_in == 0)
		{
			appendStringInfoChar(out, '.');
			stop_in = 8 + mst_jinja_random(10);
			comma_in = 3 + mst_jinja_random(6);
			is_start = true;
		}
		else if (--comma_in == 0)
		{
			appendStringInfoChar(out, ',');
			comma_in = 3 + mst_jinja_random(6);
		}
	}
	return true;
}

/*
 * lipsum(n, html, min, max): paragraphs of filler text. Bounds that make no
 * sense fail as Python's random module does.
 */
static bool
global_lipsum(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	int64		n = args[0].u.integer;
	bool		html = args[1].u.boolean;
	int64		min = args[2].u.integer;
	int64		max = args[3].u.integer;
	StringInfoData out;

	if (n > 0 && max <= min)
		return mst_jinja_fail(ev, "ValueError", "empty range for randrange()");
	min = Max(min, 0);
	max = Min(Max(max, min + 1), min + PG_INT32_MAX);
	mst_text_init(&out);
	for (int64 i = 0; i < n; i++)
	{
		if (!mst_expr_charge(ev->cxt, 8))
			return false;
		appendStringInfoString(&out, i > 0 ? (html ? "\n" : "\n\n") : "");
		appendStringInfoString(&out, html ? "<p>" : "");
		if (!append_paragraph(ev, &out, min + mst_jinja_random((int) (max - min))))
			return false;
		appendStringInfoString(&out, html ? "</p>" : "");
	}
	*result = mst_value_string_from(&out);
	if (html)
		*result = mst_jinja_markup(*result);
	return true;
}

const JinjaBuiltin mst_jinja_globals[] = {
	{"cycler", .variadic = global_cycler, .python_name = "Cycler.__init__", .class_name = "jinja2.utils.Cycler", JINJA_TAKES("*items:anything")},
	{"dict", .variadic = global_dict, .class_name = "dict", JINJA_TAKES("items:anything=none / **entries:anything")},
	{"joiner", global_joiner, JINJA_TAKES("sep:anything=', '"), .python_name = "Joiner.__init__", .class_name = "jinja2.utils.Joiner"},
	{"lipsum", global_lipsum, JINJA_TAKES("n:int=5 html:bool=true min:int=20 max:int=100"), .python_name = "generate_lorem_ipsum"},
	{"namespace", .variadic = global_namespace, .python_name = "dict", .class_name = "jinja2.utils.Namespace", JINJA_TAKES("items:anything=none / **attributes:anything")},
	{"range", global_range, JINJA_TAKES("start:int stop:int=none step:int=1 /")},
	{NULL}
};
