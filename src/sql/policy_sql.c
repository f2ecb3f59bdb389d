/*-------------------------------------------------------------------------
 *
 * policy_sql.c
 *	  SQL functions for rules on actions and on where requests may go.
 *
 * Administrators make rules, for a project or for every one; what they say is
 * in store/policy.c.  Everybody may ask what holds for a project that he may
 * read.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>
#include <sys/socket.h>

#include "access/htup_details.h"
#include "commands/trigger.h"
#include "funcapi.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/inet.h"
#include "utils/inval.h"

#include "store/access.h"
#include "store/policy.h"
#include "store/quotas.h"
#include "store/statement.h"
#include "util/args.h"
#include "util/errors.h"

#define MAX_PATTERN_LENGTH		255
#define MAX_DESCRIPTION_LENGTH	1000

PG_FUNCTION_INFO_V1(mistral_forget_rules);
PG_FUNCTION_INFO_V1(mistral_create_outbound_rule);
PG_FUNCTION_INFO_V1(mistral_delete_outbound_rule);
PG_FUNCTION_INFO_V1(mistral_create_action_rule);
PG_FUNCTION_INFO_V1(mistral_delete_action_rule);
PG_FUNCTION_INFO_V1(mistral_check_action);

/* forget_rules() returns trigger */
Datum
mistral_forget_rules(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"forget_rules\" was not called by a trigger")));
	CacheInvalidateRelcache(((TriggerData *) fcinfo->context)->tg_relation);
	PG_RETURN_POINTER(NULL);
}

/* ---- arguments ---- */

/* Returns the argument that says what the rule does: "allow" or "deny". */
static char *
effect_arg(FunctionCallInfo fcinfo, int i)
{
	char	   *effect = mst_required_text_arg(fcinfo, i, "effect");

	if (strcmp(effect, "allow") != 0 && strcmp(effect, "deny") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("effect of a rule must be \"allow\" or \"deny\", not \"%s\"", effect)));
	return effect;
}

/*
 * Returns the argument with the project of a rule; null is "", for every one.
 */
static char *
project_arg(FunctionCallInfo fcinfo, int i)
{
	char	   *project = mst_text_arg(fcinfo, i);

	if (project == NULL)
		return "";
	if (!OidIsValid(get_role_oid(project, true)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("role \"%s\" does not exist", project),
				 errhint("A project is a role; null stands for every project.")));
	return project;
}

static char *
description_arg(FunctionCallInfo fcinfo, int i)
{
	char	   *description = mst_text_arg(fcinfo, i);

	if (description != NULL && strlen(description) > MAX_DESCRIPTION_LENGTH)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_SIZE_LIMIT),
				 errmsg("description of a rule is longer than %d bytes", MAX_DESCRIPTION_LENGTH)));
	return description;
}

static void
check_length(const char *what, const char *text)
{
	if (text[0] == '\0' || strlen(text) > MAX_PATTERN_LENGTH)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("%s of a rule must have 1 to %d bytes", what, MAX_PATTERN_LENGTH)));
}

/* ---- destinations ---- */

/*
 * Returns whether a text looks like an address or a network; a name has other
 * characters.
 */
static bool
looks_like_network(const char *text)
{
	size_t		len = strcspn(text, "/");

	/* with one colon it is a host with a port */
	if (strchr(text, ':') != NULL && strchr(text, ':') != strrchr(text, ':'))
		return strspn(text, "0123456789abcdefABCDEF:.") == len;
	return len > 0 && strspn(text, "0123456789.") == len;
}

/*
 * Returns the network in its usual form.  One of IPv6 that is mapped is refused:
 * addresses are compared as those of IPv4 that they are.
 */
static char *
network_text(const char *text)
{
	Datum		network = DirectFunctionCall1(cidr_in, CStringGetDatum(text));
	inet	   *parsed = DatumGetInetPP(network);
	static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

	if (ip_family(parsed) == PGSQL_AF_INET6 && ip_bits(parsed) >= 96 &&
		memcmp(ip_addr(parsed), mapped, sizeof(mapped)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("\"%s\" is a network of mapped addresses", text),
				 errhint("Write it as one of IPv4.")));
	return DatumGetCString(DirectFunctionCall1(cidr_out, network));
}

/* Returns whether a text is the name of a host, in the ASCII form. */
static bool
is_host_name(const char *text)
{
	for (const char *c = text; *c != '\0'; c++)
	{
		if (!isalnum((unsigned char) *c) && strchr("-_.", *c) == NULL)
			return false;
		if (*c == '.' && (c == text || c[1] == '.' || c[1] == '\0'))
			return false;
	}
	return text[0] != '\0';
}

/* Returns a destination as it is stored, or raises an error. */
static char *
destination_arg(FunctionCallInfo fcinfo, int i)
{
	char	   *text = mst_required_text_arg(fcinfo, i, "destination");
	char	   *name;

	check_length("destination", text);
	if (strcmp(text, "*") == 0)
		return text;
	if (looks_like_network(text))
		return network_text(text);
	name = text;
	if (strncmp(name, "*.", 2) == 0)
		name += 2;
	if (!is_host_name(name))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("\"%s\" is no destination", text),
				 errdetail("A destination is the name of a host, *.domain, a network such as 10.0.0.0/8, an address, or *."),
				 errhint("Names have no scheme, and ports are an argument of their own; names of other scripts are written in their form of ASCII letters (xn--...).")));
	for (char *c = text; *c != '\0'; c++)
		*c = pg_ascii_tolower((unsigned char) *c);
	return text;
}

/*
 * Returns the argument with the services of a rule; (Datum) 0 with *is_null:
 * all of them.
 */
static Datum
services_arg(FunctionCallInfo fcinfo, int i, bool *is_null)
{
	static const char *const known[] = {"http", "email", "ssh", "webhook"};
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	*is_null = PG_ARGISNULL(i);
	if (*is_null)
		return (Datum) 0;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(i), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
	if (n == 0 || n > lengthof(known))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("services of a rule must be some of http, email, ssh and webhook, or null for all")));
	for (int j = 0; j < n; j++)
	{
		bool		is_known = false;

		for (int k = 0; k < lengthof(known) && !nulls[j]; k++)
			is_known |= strcmp(TextDatumGetCString(elements[j]), known[k]) == 0;
		if (!is_known)
			ereport(ERROR,
					(errcode(ERRCODE_MISTRAL_INPUT),
					 errmsg("service \"%s\" is not known", nulls[j] ? "null" : TextDatumGetCString(elements[j])),
					 errdetail("Services are http, email, ssh and webhook.")));
	}
	return PG_GETARG_DATUM(i);
}

/* ---- ports ---- */

#define MAX_PORT		65535
#define MAX_PORT_SPANS	100

typedef struct PortSpan
{
	int			first;
	int			last;
} PortSpan;

static void
raise_ports(const char *text)
{
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_INPUT),
			 errmsg("\"%s\" is no list of ports", text),
			 errdetail("Ports are up to %d numbers from 1 to %d, and ranges of them, separated by commas: 22,8000-8999.",
					   MAX_PORT_SPANS, MAX_PORT),
			 errhint("Null stands for all ports.")));
}

static const char *
skip_spaces(const char *c)
{
	while (*c == ' ')
		c++;
	return c;
}

/* Reads a number at *c, with the spaces around it; false: there is no port. */
static bool
next_port(const char **c, int *port)
{
	int			digits = 0;

	*c = skip_spaces(*c);
	for (*port = 0; isdigit((unsigned char) **c) && digits < 6; (*c)++, digits++)
		*port = *port * 10 + (**c - '0');
	*c = skip_spaces(*c);
	return digits > 0 && *port >= 1 && *port <= MAX_PORT;
}

/* Reads the spans of a list; returns their number, or 0 when it is none. */
static int
read_spans(const char *text, PortSpan *spans)
{
	const char *c = text;
	int			n = 0;

	for (;;)
	{
		PortSpan   *span = &spans[n];

		if (n++ == MAX_PORT_SPANS || !next_port(&c, &span->first))
			return 0;
		span->last = span->first;
		if (*c == '-' && (c++, !next_port(&c, &span->last)))
			return 0;
		if (span->last < span->first)
			return 0;
		if (*c == '\0')
			return n;
		if (*c++ != ',')
			return 0;
	}
}

static int
compare_spans(const void *a, const void *b)
{
	return ((const PortSpan *) a)->first - ((const PortSpan *) b)->first;
}

/* Joins spans, in order, that overlap or touch; returns how many are left. */
static int
join_spans(PortSpan *spans, int n)
{
	int			kept = 0;

	for (int i = 1; i < n; i++)
	{
		if (spans[i].first <= spans[kept].last + 1)
			spans[kept].last = Max(spans[kept].last, spans[i].last);
		else
			spans[++kept] = spans[i];
	}
	return kept + 1;
}

/*
 * Returns the argument with the ports of a rule as it is stored: in order, each
 * port once, without spaces.  NULL: all ports.
 */
static char *
ports_arg(FunctionCallInfo fcinfo, int i)
{
	char	   *text = mst_text_arg(fcinfo, i);
	PortSpan	spans[MAX_PORT_SPANS];
	StringInfoData list;
	int			n;

	if (text == NULL)
		return NULL;
	n = read_spans(text, spans);
	if (n == 0)
		raise_ports(text);
	qsort(spans, n, sizeof(PortSpan), compare_spans);
	n = join_spans(spans, n);
	initStringInfo(&list);
	for (int j = 0; j < n; j++)
	{
		appendStringInfo(&list, "%s%d", j > 0 ? "," : "", spans[j].first);
		if (spans[j].last > spans[j].first)
			appendStringInfo(&list, "-%d", spans[j].last);
	}
	return list.data;
}

/* ---- changing them ---- */

/* Returns the id of the row that the statement has inserted. */
static Datum
insert_rule(Statement *insert, StatementArgs *args)
{
	return Int64GetDatum(strtoll(mst_statement_text(insert, args), NULL, 10));
}

/*
 * create_outbound_rule(effect, destination, project_id, services, description,
 *						ports) returns bigint
 */
Datum
mistral_create_outbound_rule(PG_FUNCTION_ARGS)
{
	static Statement insert = {
		"INSERT INTO mistral.outbound_rules (effect, destination, project_id, services, description, created_by, ports)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id::text",
		7, {TEXTOID, TEXTOID, TEXTOID, TEXTARRAYOID, TEXTOID, TEXTOID, TEXTOID}
	};
	StatementArgs args = {0};
	char	   *project = project_arg(fcinfo, 2);
	Datum		services;
	bool		is_null;

	mst_require_admin("Only administrators make rules.");
	mst_arg_text(&args, effect_arg(fcinfo, 0));
	mst_arg_text(&args, destination_arg(fcinfo, 1));
	mst_arg_text(&args, project);
	services = services_arg(fcinfo, 3, &is_null);
	mst_arg_datum(&args, services, is_null);
	mst_arg_text(&args, description_arg(fcinfo, 4));
	mst_arg_text(&args, mst_current_project());
	mst_arg_text(&args, ports_arg(fcinfo, 5));
	mst_quota_check(QUOTA_OUTBOUND_RULES, project);
	return insert_rule(&insert, &args);
}

/* create_action_rule(effect, pattern, project_id, description) returns bigint */
Datum
mistral_create_action_rule(PG_FUNCTION_ARGS)
{
	static Statement insert = {
		"INSERT INTO mistral.action_rules (effect, pattern, project_id, description, created_by)"
		" VALUES ($1, $2, $3, $4, $5) RETURNING id::text",
		5, {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID}
	};
	StatementArgs args = {0};
	char	   *project = project_arg(fcinfo, 2);
	char	   *pattern = mst_required_text_arg(fcinfo, 1, "pattern");

	mst_require_admin("Only administrators make rules.");
	check_length("pattern", pattern);
	mst_arg_text(&args, effect_arg(fcinfo, 0));
	mst_arg_text(&args, pattern);
	mst_arg_text(&args, project);
	mst_arg_text(&args, description_arg(fcinfo, 3));
	mst_arg_text(&args, mst_current_project());
	mst_quota_check(QUOTA_ACTION_RULES, project);
	return insert_rule(&insert, &args);
}

static bool
delete_rule(Statement *statement, int64 id)
{
	StatementArgs args = {0};

	mst_require_admin("Only administrators make rules.");
	mst_arg_datum(&args, Int64GetDatum(id), false);
	return mst_statement_execute(statement, &args) > 0;
}

/* delete_outbound_rule(rule_id bigint) returns bool */
Datum
mistral_delete_outbound_rule(PG_FUNCTION_ARGS)
{
	static Statement statement = {
		"DELETE FROM mistral.outbound_rules WHERE id = $1", 1, {INT8OID}
	};

	PG_RETURN_BOOL(delete_rule(&statement, PG_GETARG_INT64(0)));
}

/* delete_action_rule(rule_id bigint) returns bool */
Datum
mistral_delete_action_rule(PG_FUNCTION_ARGS)
{
	static Statement statement = {
		"DELETE FROM mistral.action_rules WHERE id = $1", 1, {INT8OID}
	};

	PG_RETURN_BOOL(delete_rule(&statement, PG_GETARG_INT64(0)));
}

/* ---- asking ---- */

static char *
reason_text(const PolicyRule *rule)
{
	if (rule == NULL)
		return pstrdup("allowed: no rule says otherwise");
	return psprintf("%s by rule " INT64_FORMAT ", \"%s %s\", %s%s",
					mst_policy_is_deny(rule) ? "denied" : "allowed", rule->id, rule->effect, rule->pattern,
					rule->project[0] == '\0' ? "for every project" : psprintf("for project \"%s\"", rule->project),
					mst_policy_is_deny(rule) ? "; administrators can change it" : "");
}

/*
 * check_action(name, project_id, OUT is_allowed bool, OUT rule_id bigint,
 *				OUT reason text)
 */
Datum
mistral_check_action(PG_FUNCTION_ARGS)
{
	char	   *name = mst_required_text_arg(fcinfo, 0, "name");
	char	   *project = PG_ARGISNULL(1) ? mst_current_project() : mst_text_arg(fcinfo, 1);
	const PolicyRule *rule;
	TupleDesc	desc;
	Datum		values[3];
	bool		nulls[3] = {false, false, false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (!mst_can_read_project(project))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for project \"%s\"", project)));
	rule = mst_policy_of_action(name, project);
	values[0] = BoolGetDatum(!mst_policy_is_deny(rule));
	nulls[1] = rule == NULL;
	values[1] = Int64GetDatum(rule == NULL ? 0 : rule->id);
	values[2] = CStringGetTextDatum(reason_text(rule));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
