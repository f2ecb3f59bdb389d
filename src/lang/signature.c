/*-------------------------------------------------------------------------
 *
 * signature.c
 *	  What a builtin takes, read from the text in its table row.
 *
 * Parameters are written as words separated by spaces:
 *
 *		name:type			must be given, is not null
 *		name:type?			may be null
 *		name:type=value		has this value when it is not given: null, true,
 *							false, a number, a 'text', or none (which a
 *							function can tell from all that can be given)
 *		*name:type			takes all further positional arguments
 *		**name:type			takes all further named arguments
 *		/					the parameters in front cannot be given by name
 *		*					those behind can only be given by name
 *
 * A text is read once in the life of a process, and its parameters lie in
 * static storage, since their number is known.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "lang/signature.h"
#include "value/make.h"

/* parameters of all builtins of both languages together */
#define MAX_PARAMETERS	1500

static ExprParam parameters[MAX_PARAMETERS];
static int	nparameters = 0;

static bool
word_is(const char *s, int len, const char *word)
{
	return strncmp(s, word, len) == 0 && word[len] == '\0';
}

static ExprValue
default_from_text(const char *s, int len)
{
	if (word_is(s, len, "null"))
		return mst_value_null();
	if (word_is(s, len, "none"))
		return mst_value_no_value();
	if (word_is(s, len, "true") || word_is(s, len, "false"))
		return mst_value_bool(*s == 't');
	if (*s == '\'')
		return mst_value_string(s + 1, len - 2);
	if (memchr(s, '.', len) != NULL)
		return mst_value_float(strtod(s, NULL));
	return mst_value_int(strtol(s, NULL, 10));
}

static void
set_type(ExprParam *param, ExprFindType find_type, const char *type, int len)
{
	param->is_nullable = len > 0 && type[len - 1] == '?';
	if (param->is_nullable)
		len--;
	param->type = find_type(type, len);
	if (param->type == NULL)
		elog(ERROR, "unrecognized parameter type: %.*s", len, type);
	param->test = param->type->test;
	param->kinds = param->type->kinds | (param->is_nullable ? EXPR_KIND_BIT(EXPR_NULL) : 0);
}

/*
 * Returns the length of the word at s, in which a quoted text may hold spaces.
 */
static int
word_length(const char *s)
{
	int			len = 0;
	bool		is_quoted = false;

	for (; s[len] != '\0' && (is_quoted || s[len] != ' '); len++)
	{
		if (s[len] == '\'')
			is_quoted = !is_quoted;
	}
	return len;
}

/* Reads the word at s, without stars, as a new parameter. */
static ExprParam *
read_parameter(const char *s, int len, ExprFindType find_type)
{
	const char *colon = memchr(s, ':', len);
	const char *equals = memchr(s, '=', len);
	const char *end = s + len;
	ExprParam  *param;

	if (colon == NULL)
		elog(ERROR, "parameter has no type: %.*s", len, s);
	if (nparameters >= MAX_PARAMETERS)
		elog(ERROR, "too many parameters of functions");
	param = &parameters[nparameters++];
	param->name = s;
	param->len = colon - s;
	param->has_default = equals != NULL;
	if (equals != NULL)
		param->default_value = default_from_text(equals + 1, end - equals - 1);
	set_type(param, find_type, colon + 1, (equals != NULL ? equals : end) - (colon + 1));
	return param;
}

static void
add_parameter(ExprSignature *signature, ExprParam *param, int stars)
{
	if (stars == 1)
		signature->rest = param;
	else if (stars == 2)
		signature->named_rest = param;
	else
	{
		signature->nparams++;
		signature->nrequired += param->has_default ? 0 : 1;
	}
}

/*
 * Reads what a builtin takes from the text in its row, which must stay, into
 * a signature that is zero.  Raises an error when the text is no such list of
 * parameters; find_type returns NULL for a type that the language lacks.
 */
void
mst_signature_read(const char *text, ExprFindType find_type, ExprSignature *signature)
{
	int			npositional = -1;

	signature->params = &parameters[nparameters];
	while (*text != '\0')
	{
		int			stars = strspn(text, "*");
		int			len = word_length(text + stars);

		if (stars == 1 && len == 0)
			npositional = signature->nparams;
		else if (stars == 0 && word_is(text, len, "/"))
			signature->nunnamed = signature->nparams;
		else
			add_parameter(signature, read_parameter(text + stars, len, find_type), stars);
		text += stars + len;
		text += strspn(text, " ");
	}
	signature->npositional = npositional >= 0 ? npositional : signature->nparams;
	signature->is_read = true;
}

/*
 * Returns the names of the parameters in a text, for people: variadic ones
 * with their stars, separated by commas, and without the first if that is
 * skipped.  The result is palloc'd.
 */
const char *
mst_signature_names(const char *text, bool skip_first)
{
	StringInfoData names;
	bool		is_first = true;

	initStringInfo(&names);
	while (*text != '\0')
	{
		int			len = word_length(text);
		const char *colon = memchr(text, ':', len);

		if (colon != NULL && !(is_first && skip_first))
			appendStringInfo(&names, "%s%.*s", names.len > 0 ? ", " : "", (int) (colon - text), text);
		is_first &= colon == NULL;
		text += len;
		text += strspn(text, " ");
	}
	return names.data;
}

/*
 * Returns the name of the first parameter in a text, with its stars; palloc'd.
 */
const char *
mst_signature_first_name(const char *text)
{
	return pnstrdup(text, strcspn(text, ":"));
}

/*
 * Returns the name of the type of the first parameter in a text; palloc'd.
 */
const char *
mst_signature_first_type(const char *text)
{
	text += strcspn(text, ":");
	text += strspn(text, ":");

	return pnstrdup(text, strcspn(text, "?= "));
}
