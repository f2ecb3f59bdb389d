/*-------------------------------------------------------------------------
 *
 * builtin.h
 *	  The standard actions: their parameters, and those that run in the
 *	  database.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_WORK_BUILTIN_H
#define MISTRAL_ENGINE_WORK_BUILTIN_H

#include "engine/work/children.h"

/* How a standard action ends when it runs in the database. */
typedef struct BuiltinResult
{
	bool		is_error;
	Jsonb	   *value;			/* data or error */
	double		delay;			/* seconds to wait before it ends so */
	bool		is_transient;	/* the error is one of the moment */
} BuiltinResult;

typedef struct BuiltinAction
{
	const char *name;
	const char *required;		/* names, separated by blanks */
	const char *optional;
	bool		is_sync;
	bool		has_effect;		/* a simulation does not run it */
	/* NULL: an executor runs it */
	void		(*run) (Jsonb *input, ActionRow *action, BuiltinResult *result);

	/*
	 * NULL, or begins an asynchronous action; returns NULL, or why it cannot.
	 * "task" is NULL for a stand-alone one.
	 */
	char	   *(*begin) (EngineCall *call, Task *task, ActionRow *action, Jsonb *input);
	/* NULL, or the input in the form that is recorded */
	Jsonb	   *(*normalize) (Jsonb *input);
	/* NULL, or why the combination of parameters cannot be run */
	char	   *(*check) (Jsonb *input);
} BuiltinAction;

extern const BuiltinAction *mst_builtin_find(const char *name);

/* Returns the names of all of them; a NULL is behind the last. */
extern const char *const *mst_builtin_names(void);

extern char *mst_builtin_check_input(const BuiltinAction *builtin, Jsonb *input);

#endif							/* MISTRAL_ENGINE_WORK_BUILTIN_H */
