/*-------------------------------------------------------------------------
 *
 * dynamic.c
 *	  Dynamic actions: names with a program in a code source.
 *
 * One in JavaScript is a script: the source, and behind it a call of the
 * function or class that the action names.  So it is run by whoever runs the
 * standard action for scripts.  A project can use its own, and those that are
 * public with a source that is public, too.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "definition/dynamic.h"
#include "store/dynamic_actions.h"
#include "util/json.h"

/*
 * Finds the dynamic action of a name for a project, in the namespace (NULL is
 * the default one), then in the default one; the project's own goes before
 * others'.  NULL: none.  The result lives in the current memory context.
 */
const DynamicAction *
mst_dynamic_find(const char *name, const char *namespace, const char *project)
{
	Jsonb	   *found = mst_dynamic_action_read(name, namespace != NULL ? namespace : "",
												project);
	DynamicAction *action;

	if (found == NULL)
		return NULL;
	action = palloc0(sizeof(DynamicAction));
	action->name = pstrdup(name);
	action->class_name = mst_json_get_text(found, "class");
	action->source_name = mst_json_get_text(found, "source");
	action->language = mst_json_get_text(found, "language");
	action->content = mst_json_get_text(found, "content");
	return action;
}

/* Returns whether the text is a name of JavaScript, or several with dots. */
static bool
is_script_name(const char *text)
{
	bool		begins = true;

	for (const char *c = text; *c != '\0'; c++)
	{
		bool		is_letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '_' || *c == '$';
		bool		is_digit = *c >= '0' && *c <= '9';

		if (begins ? !is_letter : !is_letter && !is_digit && *c != '.')
			return false;
		begins = *c == '.';
	}
	return !begins;
}

/* Returns why the action cannot be run, or NULL. */
char *
mst_dynamic_problem(const DynamicAction *action)
{
	if (strcmp(action->language, "javascript") != 0)
		return psprintf("code source \"%s\" is in language \"%s\", and only javascript is run",
						action->source_name, action->language);
	if (!is_script_name(action->class_name))
		return psprintf("class \"%s\" of code source \"%s\" is not a name of javascript",
						action->class_name, action->source_name);
	return NULL;
}

/*
 * Returns the action as the body of a function with the parameter "$", its
 * input.  The source comes first, so that lines in messages are its own.
 */
char *
mst_dynamic_script(const DynamicAction *action)
{
	const char *name = action->class_name;

	return psprintf("%s\n;return (() => {\n"
					"if (typeof %s !== 'function') throw new TypeError('%s is neither a function nor a class');\n"
					"if (/^class\\b/.test(Function.prototype.toString.call(%s))) return new %s($).run();\n"
					"return %s($);\n"
					"})();",
					action->content, name, name, name, name, name);
}
