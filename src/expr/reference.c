/*-------------------------------------------------------------------------
 *
 * reference.c
 *	  What the functions of the languages do, for people.
 *
 * The tables of the languages say which functions there are and what they
 * take.  What they do, and examples, is said in the texts of reference/, from
 * which make writes rows; the two meet by how a function is written, as in
 * "collection.first(default)".
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "expr/reference.h"
#include "lang/signature.h"

static const ExprReference entries[] = {
#define REFERENCE_ENTRY(...) {__VA_ARGS__},
#define REFERENCE_TOPIC(...)
#include "expr/reference.inc"
#undef REFERENCE_ENTRY
#undef REFERENCE_TOPIC
};

static const ExprTopic topics[] = {
#define REFERENCE_ENTRY(...)
#define REFERENCE_TOPIC(...) {__VA_ARGS__},
#include "expr/reference.inc"
};

/* A pass over the builtins of one language. */
typedef struct Pass
{
	const char *language;
	bool		is_used[lengthof(entries)];
	ExprReferenceSink sink;
	void	   *arg;
} Pass;

/* Finds the entry of a builtin; -1 when nothing describes it. */
static int
find_entry(const char *language, const char *usage)
{
	for (int i = 0; i < lengthof(entries); i++)
		if (strcmp(entries[i].usage, usage) == 0 && strcmp(entries[i].language, language) == 0)
			return i;
	return -1;
}

static void
take_builtin(void *arg, const ExprBuiltin *builtin)
{
	Pass	   *pass = arg;
	int			at = find_entry(pass->language, builtin->usage);

	if (at >= 0)
		pass->is_used[at] = true;
	pass->sink(pass->arg, pass->language, builtin, at >= 0 ? &entries[at] : NULL, at + 1);
}

/*
 * Calls sink for each builtin of both languages with the entry that describes
 * it, and for each entry that describes none.  Entries are numbered from 1,
 * in the order of the texts; 0 is no entry.  A builtin's strings live in
 * CurrentMemoryContext.
 */
void
mst_expr_reference_each(ExprReferenceSink sink, void *arg)
{
	Pass		pass = {.language = "both", .sink = sink, .arg = arg};

	for (const ExprFunction *row = mst_expr_functions; row->name != NULL; row++)
	{
		ExprBuiltin builtin = {row->name, "function", row->params};

		builtin.usage = psprintf("%s(%s)", row->name, mst_signature_names(row->params, false));
		take_builtin(&pass, &builtin);
	}
	pass.language = mst_yaql_language.name;
	mst_yaql_language.each_builtin(take_builtin, &pass);
	pass.language = mst_jinja_language.name;
	mst_jinja_language.each_builtin(take_builtin, &pass);
	for (int i = 0; i < lengthof(entries); i++)
		if (!pass.is_used[i])
			sink(arg, entries[i].language, NULL, &entries[i], i + 1);
}

/* Returns what is said at the head of a topic, or NULL. */
const char *
mst_expr_reference_introduction(const char *topic)
{
	for (int i = 0; i < lengthof(topics); i++)
		if (strcmp(topics[i].topic, topic) == 0)
			return topics[i].introduction;
	return NULL;
}
