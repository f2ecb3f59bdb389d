/*-------------------------------------------------------------------------
 *
 * spec.h
 *	  Compiled workflows: what the engine reads of their definitions.
 *
 * A definition's text becomes a tree of nodes (yaml.h), the tree is checked
 * and normalised, and the normalised form is stored as JSON with the version
 * of the definition.  From that JSON the structures here are built, once per
 * backend and version: names are resolved to indexes, defaults are applied,
 * and every expression is compiled.  They are immutable after that and live
 * in one memory context each.  Those of actions are in action_spec.h.
 *
 * Nothing here knows about executions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DSL_SPEC_H
#define MISTRAL_DSL_SPEC_H

#include "utils/jsonb.h"

#include "dsl/limit_spec.h"
#include "dsl/policies.h"
#include "dsl/retry_spec.h"
#include "dsl/wait_spec.h"

/* A compiled value with expressions in it, see expr.h. */
struct ExprTemplate;

/* A declared parameter of a workflow or an ad-hoc action. */
typedef struct InputSpec
{
	char	   *name;
	bool		has_default;	/* else the parameter is required */
	Jsonb	   *default_value;	/* literal, never evaluated */
} InputSpec;

/* The kind of target of a transition. */
typedef enum CommandKind
{
	COMMAND_RUN_TASK,
	COMMAND_NOOP,
	COMMAND_FAIL,
	COMMAND_SUCCEED,
	COMMAND_PAUSE
} CommandKind;

/* One target of an on-clause. */
typedef struct TransitionSpec
{
	CommandKind command;
	int			task;			/* index of the task, for COMMAND_RUN_TASK */
	struct ExprTemplate *guard; /* NULL: unconditional */
	struct ExprTemplate *message;	/* "msg" of an engine command, or NULL */
} TransitionSpec;

/* The targets of one on-clause, task-defaults already applied. */
typedef struct ClauseSpec
{
	int			n_targets;
	TransitionSpec *targets;	/* in the order of the text */
} ClauseSpec;

/* The events that lead from one task to the next. */
typedef enum TaskEvent
{
	TASK_EVENT_NONE,			/* reverse workflows, start tasks */
	TASK_EVENT_SUCCESS,
	TASK_EVENT_ERROR,
	TASK_EVENT_COMPLETE,
	TASK_EVENT_SKIP
} TaskEvent;

/*
 * What is published in one final state: the on-clause's publish, the task's
 * and on-complete's, merged (docs/language.md, "What follows a task").  NULL where nothing is.
 */
typedef struct PublishSpec
{
	bool		is_given;		/* some source has a publication */
	bool		is_in_clause;	/* an on-clause has one */
	struct ExprTemplate *branch;
	struct ExprTemplate *global;
} PublishSpec;

/* One variable of with-items. */
typedef struct ItemSpec
{
	char	   *variable;
	struct ExprTemplate *source;	/* NULL: the rows of ItemQuery */
} ItemSpec;

/* Items that are the rows of a query: their variable is the only one. */
typedef struct ItemQuery
{
	char	   *query;
	struct ExprTemplate *params;	/* NULL: none */
} ItemQuery;

/* "join" as a number of branches; "one" is 1 */
#define JOIN_NONE	0			/* not a join */
#define JOIN_ALL	(-1)

#define POLICY_TEMPLATE(member, attribute, check, type, evaluate, label) \
	struct ExprTemplate *member;

/* no index of a task */
#define NO_TASK		(-1)

typedef struct TaskSpec
{
	char	   *name;
	int			index;			/* in WorkflowSpec.tasks */
	bool		is_workflow;	/* calls a workflow, else an action */
	struct ExprTemplate *callee;	/* name of the action or workflow */
	struct ExprTemplate *input; /* NULL: no input */
	int			n_items;		/* variables of with-items; 0: none */
	ItemSpec   *items;
	ItemQuery  *item_query;		/* NULL: lists */
	WaitSpec   *wait;			/* NULL: it calls something */
	struct ExprTemplate *target;	/* NULL: none */
	struct ExprTemplate *keep_result;	/* NULL: true */
	struct ExprTemplate *safe_rerun;	/* NULL: false */
	bool		safe_input;		/* on-error may catch a failing input */

	/* policies, defaults applied; NULL where not set */
	TASK_POLICIES(POLICY_TEMPLATE,);
	struct ExprTemplate *own_timeout;	/* the task's own, handed to the
										 * executor */
	RetrySpec	retry;
	bool		has_policies;	/* any of those above, retry included */
	int			n_limits;
	LimitSpec  *limits;			/* in the order of the text */

	PublishSpec publish_success;
	PublishSpec publish_error;
	PublishSpec publish_skip;

	/* direct workflows */
	int			join;
	ClauseSpec	on_success;
	ClauseSpec	on_error;
	ClauseSpec	on_complete;
	ClauseSpec	on_skip;
	int			n_inbound;		/* tasks that mention this one in a clause */
	int		   *inbound;		/* their indexes, in the order of the text */

	/* reverse workflows */
	int			n_requires;
	int		   *requires;

	/* see engine/flow/rollback.c */
	int			compensation;	/* index of what undoes it; NO_TASK: nothing
								 * does */
	int			compensates;	/* what it undoes; NO_TASK: it is no
								 * compensation */
	bool		is_rollback;	/* it undoes a sub-workflow task by rolling
								 * back the sub-executions */

	Jsonb	   *tags;			/* array, or NULL */
	Jsonb	   *spec;			/* the normalised JSON of the task */
} TaskSpec;

typedef struct WorkflowSpec
{
	char	   *name;			/* as in the text, for messages */
	bool		is_reverse;
	int			n_inputs;
	InputSpec  *inputs;
	Jsonb	   *input_schema;	/* checked, see schema.h; or NULL */
	struct ExprTemplate *output;	/* NULL: not given */
	struct ExprTemplate *output_on_error;
	struct ExprTemplate *vars;
	struct ExprTemplate *timeout;	/* NULL: none */
	bool		timeout_skips_pauses;
	Jsonb	   *tags;			/* array, or NULL */
	int			n_limits;		/* of its executions */
	LimitSpec  *limits;
	bool		has_compensations;	/* some task has "compensate" */
	bool		keeps_on_error; /* what is done stays done after ERROR */
	bool		undoes_on_cancel;	/* it is undone after CANCELLED, too */
	int			n_tasks;
	int			n_specs;		/* tasks and, behind them, compensations */
	TaskSpec   *tasks;			/* in the order of the text */
	int			n_start;		/* direct: tasks without inbound transition */
	int		   *start_tasks;
	bool		has_joins;
	void	   *task_index;		/* name -> index, see mst_spec_find_task */
} WorkflowSpec;

extern WorkflowSpec *mst_spec_build_workflow(const char *name, const char *spec_json);
extern int	mst_spec_find_task(const WorkflowSpec *spec, const char *name);
extern const char *mst_spec_event_name(TaskEvent event);

#endif							/* MISTRAL_DSL_SPEC_H */
