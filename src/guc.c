/*-------------------------------------------------------------------------
 *
 * guc.c
 *	  The settings of this extension, in the order of their names.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "utils/guc.h"

#include "guc.h"

bool		mst_async_claims = true;
int			mst_definition_cache_size = 1000;
int			mst_definition_max_depth = 100;
int			mst_definition_max_nodes = 1000000;
int			mst_definition_max_size = 8192;
int			mst_delayed_call_max_attempts = 10;
int			mst_max_inline_steps = 10000;
int			mst_scheduler_workers = 1;
int			mst_validation_mode = VALIDATION_MANDATORY;
bool		mst_yaml_anchors = false;

static const struct config_enum_entry validation_modes[] = {
	{"mandatory", VALIDATION_MANDATORY, false},
	{"enabled", VALIDATION_ENABLED, false},
	{"disabled", VALIDATION_DISABLED, false},
	{NULL, 0, false}
};

void
mst_guc_define(void)
{
	DefineCustomBoolVariable("mistral.async_claims",
							 "Lets a claim of actions commit without waiting for the disk.",
							 "If the server crashes in the next moment the claim is lost, and the actions are handed out again.",
							 &mst_async_claims,
							 true,
							 PGC_USERSET, 0,
							 NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.definition_cache_size",
							"Sets how many compiled definitions a session keeps.",
							NULL,
							&mst_definition_cache_size,
							1000, 1, INT_MAX,
							PGC_USERSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.definition_max_depth",
							"Sets how deep the text of a definition may nest.",
							NULL,
							&mst_definition_max_depth,
							100, 10, 1000,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.definition_max_nodes",
							"Sets how many values the text of a definition may have.",
							"Aliases count as what they stand for.",
							&mst_definition_max_nodes,
							1000000, 100, INT_MAX,
							PGC_SUSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.definition_max_size",
							"Sets how long the text of a definition may be.",
							NULL,
							&mst_definition_max_size,
							8192, 1, 1024 * 512,
							PGC_SUSET, GUC_UNIT_KB,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.delayed_call_max_attempts",
							"Sets how often a delayed call that fails is tried before it is given up.",
							"Its execution then fails; the call stays for inspection.",
							&mst_delayed_call_max_attempts,
							10, 1, 1000,
							PGC_SIGHUP, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.max_inline_steps",
							"Sets how many steps of one execution are done in one transaction.",
							"What is left when the number is reached goes on in another transaction, run by the scheduler.",
							&mst_max_inline_steps,
							10000, 1, INT_MAX,
							PGC_USERSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("mistral.scheduler_workers",
							"Sets how many scheduler processes run in each database with the extension.",
							NULL,
							&mst_scheduler_workers,
							1, 1, 16,
							PGC_SIGHUP, 0,
							NULL, NULL, NULL);
	DefineCustomEnumVariable("mistral.validation_mode",
							 "Sets whether definitions are checked when they are stored.",
							 "With \"enabled\" they are unless the caller asks to skip it, with \"disabled\" they never are.",
							 &mst_validation_mode,
							 VALIDATION_MANDATORY, validation_modes,
							 PGC_SUSET, 0,
							 NULL, NULL, NULL);
	DefineCustomBoolVariable("mistral.yaml_anchors",
							 "Lets definitions use the anchors and aliases of YAML.",
							 "Otherwise \"&\" and \"*\" are ordinary characters.",
							 &mst_yaml_anchors,
							 false,
							 PGC_USERSET, 0,
							 NULL, NULL, NULL);
}
