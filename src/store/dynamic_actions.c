/*-------------------------------------------------------------------------
 *
 * dynamic_actions.c
 *	  Reading rows of dynamic actions with their code sources.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/dynamic_actions.h"
#include "store/statement.h"
#include "util/json.h"

/*
 * Returns the dynamic action that a name stands for in a project, as an object
 * with "class", and of its code source "source" (the name), "language" and
 * "content"; NULL if there is none.  The namespace is searched before the
 * default one, and what the project owns goes before what others made public.
 */
Jsonb *
mst_dynamic_action_read(const char *name, const char *namespace, const char *project)
{
	static Statement find = {
		"SELECT jsonb_build_object('class', a.class_name, 'source', s.name,"
		" 'language', s.language, 'content', s.content)"
		" FROM mistral.dynamic_actions a"
		" JOIN mistral.code_sources s ON s.id = a.code_source_id"
		" WHERE a.name = $1 AND a.namespace IN ($2, '')"
		" AND (a.project_id = $3 OR a.scope = 'public')"
		" AND (s.project_id = $3 OR s.scope = 'public')"
		" ORDER BY a.namespace = $2 DESC, a.project_id = $3 DESC, a.id LIMIT 1",
		3, {TEXTOID, TEXTOID, TEXTOID}
	};
	StatementArgs args = {0};
	char	   *text;

	mst_arg_text(&args, name);
	mst_arg_text(&args, namespace);
	mst_arg_text(&args, project);
	text = mst_statement_text(&find, &args);
	return text != NULL ? mst_json_from_text(text) : NULL;
}
