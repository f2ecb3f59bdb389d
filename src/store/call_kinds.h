/*-------------------------------------------------------------------------
 *
 * call_kinds.h
 *	  The kinds of delayed calls.
 *
 * One line each, from which the constant (CALL_...), the name that is stored
 * and the rule in engine/calls/delayed.c are made; that file has a function of
 * the same name for each, and does not compile without.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_CALL_KINDS_H
#define MISTRAL_STORE_CALL_KINDS_H

#define CALL_NEEDS_TASK		0x01	/* nothing is done when the task is gone */
#define CALL_FOR_PARENT		0x02	/* the execution above is locked first */
#define CALL_FOR_ENDED		0x04	/* also when the execution has ended */

/* Steps of an engine call that has locked the call's execution. */
#define CALLS_OF_EXECUTIONS(X) \
	X(ABANDON_ACTIONS, abandon_actions, CALL_NEEDS_TASK | CALL_FOR_ENDED) \
	X(BEGIN_EXECUTION, begin_execution, 0) \
	X(CHANGE_CHILD, change_child, 0) \
	X(CHANGE_CHILDREN, change_children, 0) \
	X(CHILD_FINISHED, child_finished, CALL_FOR_PARENT) \
	X(COMPLETE_TASK, complete_task, CALL_NEEDS_TASK) \
	X(CONTINUE_TASK, continue_task, CALL_NEEDS_TASK) \
	X(END_TREE, end_tree, 0) \
	X(MAINTENANCE_PAUSE, maintenance_pause, 0) \
	X(MAINTENANCE_RESUME, maintenance_resume, 0) \
	X(MORE_ITEMS, more_items, CALL_NEEDS_TASK) \
	X(REPLACE_EXECUTION, replace_execution, 0) \
	X(RESTART_TASK, restart_task, CALL_NEEDS_TASK) \
	X(RUN_TASK, run_task, CALL_NEEDS_TASK) \
	X(TAKE_BACK_ACTIONS, take_back_actions, CALL_NEEDS_TASK | CALL_FOR_ENDED) \
	X(TAKE_RESULTS, take_results, 0) \
	X(TAKE_SIGNALS, take_signals, 0) \
	X(TAKE_SLOTS, take_slots, CALL_NEEDS_TASK | CALL_FOR_ENDED) \
	X(TIMEOUT_EXECUTION, timeout_execution, 0) \
	X(TIMEOUT_TASK, timeout_task, CALL_NEEDS_TASK) \
	X(TIMEOUT_WAIT, timeout_wait, CALL_NEEDS_TASK)

/* Those that begin engine calls of their own, or none. */
#define CALLS_ALONE(X) \
	X(EXPIRE_TREE, expire_tree, 0) \
	X(FINISH_ACTION, finish_action, 0) \
	X(FIRE_CRON_TRIGGER, fire_cron_trigger, 0) \
	X(FORGET_ACTION, forget_action, 0) \
	X(HUMAN_TIMER, human_timer, 0) \
	X(LOSE_ACTION, lose_action, 0) \
	X(MAINTENANCE_CHECK, maintenance_check, 0) \
	X(PASS_SLOTS, pass_slots, 0) \
	X(PASS_START_KEY, pass_start_key, 0) \
	X(RUN_ACTION, run_action, 0)

#define CALL_KIND_CONSTANT(constant, name, flags) CALL_##constant,

typedef enum CallKind
{
	CALLS_OF_EXECUTIONS(CALL_KIND_CONSTANT)
	CALLS_ALONE(CALL_KIND_CONSTANT)
	N_CALL_KINDS
} CallKind;

extern char *mst_call_kind_name(CallKind kind);
extern CallKind mst_call_kind_from_name(const char *name);

#endif							/* MISTRAL_STORE_CALL_KINDS_H */
