/*-------------------------------------------------------------------------
 *
 * errors.h
 *	  The SQLSTATEs of this extension.
 *
 * Class MS is in the range that the SQL standard leaves to implementations.
 * The comment behind a code names the error class of the Mistral API that
 * the code stands for; the REST server maps each code to one HTTP status.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_UTIL_ERRORS_H
#define MISTRAL_UTIL_ERRORS_H

#define MST_ERRCODE(a, b, c)	MAKE_SQLSTATE('M', 'S', a, b, c)

/* 400: the text of a definition */
#define ERRCODE_MISTRAL_DSL_PARSING			MST_ERRCODE('0', '0', '1')	/* DSLParsingException */
#define ERRCODE_MISTRAL_INVALID_MODEL		MST_ERRCODE('0', '0', '2')	/* InvalidModelException */
#define ERRCODE_MISTRAL_EXPRESSION_GRAMMAR	MST_ERRCODE('0', '0', '3')	/* ExpressionGrammarException */
#define ERRCODE_MISTRAL_YAQL_GRAMMAR		MST_ERRCODE('0', '0', '4')	/* YaqlGrammarException */
#define ERRCODE_MISTRAL_JINJA_GRAMMAR		MST_ERRCODE('0', '0', '5')	/* JinjaGrammarException */

/* 400: evaluation and input */
#define ERRCODE_MISTRAL_YAQL_EVALUATION		MST_ERRCODE('0', '1', '1')	/* YaqlEvaluationException */
#define ERRCODE_MISTRAL_JINJA_EVALUATION	MST_ERRCODE('0', '1', '2')	/* JinjaEvaluationException */
#define ERRCODE_MISTRAL_INPUT				MST_ERRCODE('0', '1', '3')	/* InputException */
#define ERRCODE_MISTRAL_WORKFLOW			MST_ERRCODE('0', '1', '4')	/* WorkflowException */
#define ERRCODE_MISTRAL_INVALID_ACTION		MST_ERRCODE('0', '1', '5')	/* InvalidActionException */
#define ERRCODE_MISTRAL_INVALID_RESULT		MST_ERRCODE('0', '1', '6')	/* InvalidResultException */
#define ERRCODE_MISTRAL_SIZE_LIMIT			MST_ERRCODE('0', '1', '7')	/* SizeLimitExceededException */
#define ERRCODE_MISTRAL_EVENT_TRIGGER		MST_ERRCODE('0', '1', '8')	/* EventTriggerException */
#define ERRCODE_MISTRAL_MAINTENANCE			MST_ERRCODE('0', '1', '9')	/* MaintenanceException */
#define ERRCODE_MISTRAL_DATABASE			MST_ERRCODE('0', '1', 'A')	/* DBError: refused by
																		 * the rows that refer
																		 * to it */

/* 403, 404, 409 */
#define ERRCODE_MISTRAL_NOT_ALLOWED			MST_ERRCODE('0', '3', '1')	/* NotAllowedException */
#define ERRCODE_MISTRAL_QUOTA				MST_ERRCODE('0', '3', '2')	/* as many rows as a
																		 * project may have */
#define ERRCODE_MISTRAL_NOT_FOUND			MST_ERRCODE('0', '4', '1')	/* DBEntityNotFoundError */
#define ERRCODE_MISTRAL_DUPLICATE			MST_ERRCODE('0', '9', '1')	/* DBDuplicateEntryError */
#define ERRCODE_MISTRAL_STATE_TRANSITION	MST_ERRCODE('0', '9', '2')	/* InvalidStateTransitionException */
#define ERRCODE_MISTRAL_LEASE_LOST			MST_ERRCODE('0', '9', '3')	/* result of a claim
																		 * that has run out */
#define ERRCODE_MISTRAL_CLAIM_LOST			MST_ERRCODE('0', '9', '4')	/* an action that is not
																		 * the caller's */

/* 423: modifying calls while in maintenance */
#define ERRCODE_MISTRAL_IN_MAINTENANCE		MST_ERRCODE('2', '3', '1')

/* a bound of the server was reached */
#define ERRCODE_MISTRAL_LIMIT				MST_ERRCODE('5', '0', '1')

/* somebody has attached to our tables what the engine does not serve */
#define ERRCODE_MISTRAL_ALTERED_TABLE		MST_ERRCODE('5', '0', '2')

#endif							/* MISTRAL_UTIL_ERRORS_H */
