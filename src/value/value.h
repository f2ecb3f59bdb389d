/*-------------------------------------------------------------------------
 *
 * value.h
 *	  The values that both expression languages compute with.
 *
 * An ExprValue is 16 bytes and passed around by pointer or copied; what does
 * not fit (containers, big integers, text) hangs on a pointer and lives in
 * the memory context that was current when it was made: during an evaluation
 * that is EvalContext.mcxt, which is thrown away as a whole afterwards.
 * Nothing is ever freed one by one.
 *
 * The rules are those of Python's types, because the languages are defined
 * by them: 1 == 1.0 == true is one dictionary key, integers have any size,
 * strings are sequences of code points, text forms are repr() and str().
 * A YAQL "frozen" list is Python's tuple and a Jinja tuple is one as well, so
 * one flag (EXPR_FROZEN) stands for both.
 *
 * Lists and dictionaries may be external: their content stays where it is
 * (in a jsonb, in the engine) until somebody asks for a member.  Always use
 * their functions to read a container, never the fields.
 *
 * Errors are values.  A function that can fail takes the EvalContext, returns
 * false (or EXPR_NEXT_ERROR) and leaves an ExprError in the context; callers
 * pass the false on.  Functions returning bool have false = failed unless
 * their comment says that the result is the answer to a question.
 *
 * The files of this room, except jsonb.c, yaml_value.c and datetime_zone.c,
 * use only palloc, StringInfo, stack_is_too_deep() and CHECK_FOR_INTERRUPTS()
 * of the server, so that the languages can be built and fuzzed outside of it.
 *
 * Here are the kinds of values.  What can be done with them has a header for
 * each file or family: making values (make.h), comparison, lists, dictionaries,
 * external containers, iteration, numbers, text forms, formats.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_VALUE_H
#define MISTRAL_VALUE_VALUE_H

#include "lib/stringinfo.h"

typedef enum ExprKind
{
	EXPR_NULL,
	EXPR_BOOL,					/* u.boolean */
	EXPR_INT,					/* u.integer */
	EXPR_BIGINT,				/* u.bigint: only what does not fit EXPR_INT */
	EXPR_FLOAT,					/* u.real */
	EXPR_STRING,				/* u.string, len bytes of UTF-8, no NUL at the
								 * end */
	EXPR_LIST,					/* u.list; EXPR_FROZEN: tuple */
	EXPR_DICT,					/* u.dict */
	EXPR_SET,					/* u.dict, values unused; EXPR_FROZEN:
								 * frozenset */
	EXPR_ITERATOR,				/* u.iterator */
	EXPR_VIEW,					/* u.dict, len: an ExprViewKind */
	EXPR_RANGE,					/* u.range */
	EXPR_DATETIME,				/* u.datetime, see datetime.h */
	EXPR_TIMESPAN,				/* len days, u.integer microseconds of a day */
	EXPR_REGEX,					/* u.regex, see regex.h */
	EXPR_OBJECT,				/* u.object: whatever else a language has */
	EXPR_UNDEFINED,				/* u.undefined: Jinja's missing value */
	EXPR_NO_VALUE				/* YAQL's empty argument slot; also "unset" */
} ExprKind;

/* ExprValue.flags */
#define EXPR_FROZEN		0x01	/* list: a tuple; dict, set: immutable,
								 * hashable */
#define EXPR_MARKUP		0x02	/* string: Jinja's safe string */
#define EXPR_ASCII		0x04	/* string: known to be ASCII only (may be
								 * unset) */

typedef enum ExprViewKind
{
	EXPR_VIEW_KEYS,
	EXPR_VIEW_VALUES,
	EXPR_VIEW_ITEMS
} ExprViewKind;

typedef struct ExprList ExprList;
typedef struct ExprDict ExprDict;
typedef struct ExprBigint ExprBigint;
typedef struct ExprIterator ExprIterator;
typedef struct ExprRange ExprRange;
typedef struct ExprDatetime ExprDatetime;
typedef struct ExprRegex ExprRegex;
typedef struct ExprObject ExprObject;
typedef struct ExprUndefined ExprUndefined;
typedef struct EvalContext EvalContext;
typedef struct ExprBindings ExprBindings;

typedef struct ExprValue
{
	uint8		kind;			/* ExprKind */
	uint8		flags;
	int32		len;
	union
	{
		bool		boolean;
		int64		integer;
		double		real;
		const char *string;
		ExprBigint *bigint;
		ExprList   *list;
		ExprDict   *dict;
		ExprIterator *iterator;
		ExprRange  *range;
		ExprDatetime *datetime;
		ExprRegex  *regex;
		ExprObject *object;
		ExprUndefined *undefined;
	}			u;
} ExprValue;

/* Integers start, start + step, ... up to but not including stop. */
struct ExprRange
{
	int64		start;
	int64		stop;
	int64		step;			/* never 0 */
};

struct ExprUndefined
{
	const char *message;		/* text of the error that using it raises */
	const char *cause;			/* its class; NULL: UndefinedError */
	const char *name;			/* what was looked up, or NULL */
	bool		lenient;		/* empty text, false, length 0 instead of an
								 * error */
};

/*
 * A value of a kind that only its language knows: function, macro, namespace,
 * loop, YAQL context.  A language embeds this as first member of its struct.
 */
typedef struct ExprObjectOps
{
	const char *type_name;		/* Python's name of the type */
	/* appends repr(object); NULL: "<type_name object>" */
	bool		(*repr) (EvalContext *cxt, ExprObject *object, StringInfo out);
	const void *language;		/* free for the language: its method tables */
} ExprObjectOps;

struct ExprObject
{
	const ExprObjectOps *ops;
};

/* ---- kinds ---- */

/* Integer of any size, booleans included. */
static inline bool
mst_value_is_integral(const ExprValue *v)
{
	return v->kind == EXPR_INT || v->kind == EXPR_BOOL || v->kind == EXPR_BIGINT;
}

/* Returns what an EXPR_INT or EXPR_BOOL counts. */
static inline int64
mst_value_small_int(const ExprValue *v)
{
	return v->kind == EXPR_BOOL ? (int64) v->u.boolean : v->u.integer;
}

/* Integer or float, not boolean. */
static inline bool
mst_value_is_number(const ExprValue *v)
{
	return v->kind == EXPR_INT || v->kind == EXPR_FLOAT || v->kind == EXPR_BIGINT;
}

static inline bool
mst_value_is_frozen(const ExprValue *v)
{
	return (v->flags & EXPR_FROZEN) != 0;
}

/* List, set, iterator, view, range: not string, not dictionary. */
static inline bool
mst_value_is_collection(const ExprValue *v)
{
	return v->kind == EXPR_LIST || v->kind == EXPR_SET || v->kind == EXPR_ITERATOR ||
		v->kind == EXPR_VIEW || v->kind == EXPR_RANGE;
}

extern const char *mst_value_type_name(const ExprValue *v);
extern const char *mst_value_what(const ExprValue *v);


extern bool mst_value_is_same(const ExprValue *a, const ExprValue *b);

#endif							/* MISTRAL_VALUE_VALUE_H */
