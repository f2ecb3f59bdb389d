/*-------------------------------------------------------------------------
 *
 * policies.h
 *	  The policies of tasks.
 *
 * One line each, in the order in which they are evaluated, from which the
 * rules of tasks and of task-defaults, the members of TaskSpec, and the values
 * that engine/steps/policies.c applies are made.  RETRY stands where retry is
 * evaluated, which has attributes of its own.
 *
 * X(member, attribute, check of its form, type of its value, how it is
 * evaluated, what messages call it)
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DSL_POLICIES_H
#define MISTRAL_DSL_POLICIES_H

#define TASK_POLICIES(X, RETRY) \
	X(pause_before, "pause-before", mst_check_flag, bool, boolean_of, "PauseBeforePolicy") \
	X(wait_before, "wait-before", mst_check_count, int64, mst_policy_number, "WaitBeforePolicy") \
	X(wait_until, "wait-until", mst_check_time, TimestampTz, time_of, "WaitUntilPolicy") \
	X(wait_after, "wait-after", mst_check_count, int64, mst_policy_number, "WaitAfterPolicy") \
	X(fail_on, "fail-on", mst_check_flag, bool, truth_after, "FailOnPolicy") \
	RETRY \
	X(timeout, "timeout", mst_check_count, int64, mst_policy_number, "TimeoutPolicy") \
	X(concurrency, "concurrency", mst_check_concurrency, int64, mst_policy_number, "ConcurrencyPolicy") \
	X(max_failures, "max-failures", mst_check_max_failures, int64, failures_of, "MaxFailuresPolicy") \
	X(priority, "priority", mst_check_priority, int64, priority_of, "PriorityPolicy")

#endif							/* MISTRAL_DSL_POLICIES_H */
