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
 * the functions below to read a container, never the fields.
 *
 * Errors are values.  A function that can fail takes the EvalContext, returns
 * false (or EXPR_NEXT_ERROR) and leaves an ExprError in the context; callers
 * pass the false on.  Functions returning bool have false = failed unless
 * their comment says that the result is the answer to a question.
 *
 * This header and the files behind it, except *_jsonb.c, use only palloc,
 * StringInfo, stack_is_too_deep() and CHECK_FOR_INTERRUPTS() of the server, so
 * that the languages can be built and fuzzed outside of it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_VALUE_H
#define MISTRAL_VALUE_VALUE_H

#include "lib/stringinfo.h"
#include "miscadmin.h"

typedef enum ExprKind
{
	EXPR_NULL,
	EXPR_BOOL,					/* u.boolean */
	EXPR_INT,					/* u.integer */
	EXPR_BIGINT,				/* u.bigint: only what does not fit EXPR_INT */
	EXPR_FLOAT,					/* u.real */
	EXPR_STRING,				/* u.string, len bytes of UTF-8, no NUL at the end */
	EXPR_LIST,					/* u.list; EXPR_FROZEN: tuple */
	EXPR_DICT,					/* u.dict */
	EXPR_SET,					/* u.dict, values unused; EXPR_FROZEN: frozenset */
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
#define EXPR_FROZEN		0x01	/* list: a tuple; dict, set: immutable, hashable */
#define EXPR_MARKUP		0x02	/* string: Jinja's safe string */
#define EXPR_ASCII		0x04	/* string: known to be ASCII only (may be unset) */

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
typedef struct ExprScope ExprScope;

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
	bool		lenient;		/* empty text, false, length 0 instead of an error */
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

/* ---- errors ---- */

typedef enum ExprErrorClass
{
	EXPR_ERROR_YAQL_EVALUATION,
	EXPR_ERROR_JINJA_EVALUATION,
	EXPR_ERROR_YAQL_GRAMMAR,
	EXPR_ERROR_JINJA_GRAMMAR,
	EXPR_ERROR_GRAMMAR,			/* mixed languages, language disabled */
	EXPR_ERROR_LIMIT,			/* a limit of the settings was reached */
	EXPR_ERROR_STORE			/* the result has no JSON form */
} ExprErrorClass;

/*
 * What went wrong.  cause is the name of the class that the reference raises
 * ("KeyError", "NoMatchingFunctionException"); message is its text.  Never
 * holds values of the data context except what message has to name.
 */
typedef struct ExprError
{
	ExprErrorClass class;
	const char *cause;
	const char *message;
	const char *hint;			/* words for the author ("did you mean ..."), or NULL */
	const char *expected;		/* what the parser waited for, or NULL */
	const char *language;		/* "YAQL", "Jinja", or NULL */
	const char *expression;		/* text of the expression, or NULL */
	int			offset;			/* code points into expression, -1 when unknown */
} ExprError;

/* ---- evaluation context ---- */

typedef struct ExprLimits
{
	int64		max_steps;		/* nodes evaluated plus items drawn */
	int64		max_bytes;		/* memory held at once by an evaluation */
	int64		max_items;		/* items of one collection or iterator */
	int			max_depth;		/* nesting of evaluation and of values */
	int64		max_bigint_bits;	/* size of an integer */
	int64		max_regex_steps;	/* PCRE2 match limit */
} ExprLimits;

/*
 * State of one evaluation.  A language keeps its own state in a struct of
 * its own and points to this one.
 */
struct EvalContext
{
	MemoryContext mcxt;			/* everything of the evaluation */
	ExprLimits	limits;
	int64		steps_left;
	int			depth;
	ExprError  *error;			/* set when a function has returned false */
	ExprErrorClass error_class; /* class of errors raised by this language */
	ExprScope  *scope;			/* data and callbacks, see language.h */
	ExprValue	data;			/* `$` or `_` */
	uint8		data_flags;		/* EXPR_FROZEN: containers from outside are frozen */
	struct ExprRegexCache *regexes; /* compiled patterns, see regex.c */
	char	   *text_end;		/* end of the text that mst_string_concat() can continue */
	int			text_room;		/* bytes free behind it */
	ExprValue  *items_end;		/* end of the items that mst_list_extend() can continue */
	int			items_room;		/* items free behind them */
};

/*
 * Raises an error: sets cxt->error (the first error stays) and returns false.
 * cause is a constant string, the name of the reference's exception class.
 */
extern bool mst_expr_fail(EvalContext *cxt, const char *cause, const char *fmt,...) pg_attribute_printf(3, 4);

/* Same, with the code point offset in the expression's text. */
extern bool mst_expr_fail_at(EvalContext *cxt, int offset, const char *cause, const char *fmt,...) pg_attribute_printf(4, 5);

/* Raises the error of an undefined value that is used. */
extern bool mst_expr_fail_undefined(EvalContext *cxt, const ExprValue *v);

/* Like mst_expr_fail(), for a limit of the settings: class EXPR_ERROR_LIMIT, not to be caught. */
extern bool mst_expr_fail_limit(EvalContext *cxt, const char *cause, const char *fmt,...) pg_attribute_printf(3, 4);

/* Takes over an error that somebody else has made; returns false. */
extern bool mst_expr_take_error(EvalContext *cxt, ExprError *error);

/* Makes an error in the current memory context; message is formatted. */
extern ExprError *mst_expr_error(ExprErrorClass class, const char *cause, const char *fmt,...) pg_attribute_printf(3, 4);

/*
 * Forgets the error, so that the language can go on; returns the error, or
 * NULL (and keeps it) when it is a limit, which nothing may catch.
 */
extern ExprError *mst_expr_catch(EvalContext *cxt);

/* Out-of-line half of mst_expr_step(): memory, step limit, interrupts. */
extern bool mst_expr_step_slow(EvalContext *cxt);

/* Fails unless `bytes` more bytes may be allocated; call before allocating what a user can make big. */
extern bool mst_expr_charge(EvalContext *cxt, int64 bytes);

/* Fails when one collection would get more than limits.max_items items. */
extern bool mst_expr_check_items(EvalContext *cxt, int64 nitems);

#define EXPR_STEPS_PER_CHECK 1024

/* Counts one step; call for every node evaluated and every item drawn. */
static inline bool
mst_expr_step(EvalContext *cxt)
{
	if (likely((--cxt->steps_left & (EXPR_STEPS_PER_CHECK - 1)) != 0))
		return true;
	return mst_expr_step_slow(cxt);
}

/* Out-of-line half of mst_expr_enter(). */
extern bool mst_expr_fail_depth(EvalContext *cxt);

/* One level of recursion deeper; every success needs a mst_expr_leave(). */
static inline bool
mst_expr_enter(EvalContext *cxt)
{
	if (unlikely(++cxt->depth > cxt->limits.max_depth || stack_is_too_deep()))
		return mst_expr_fail_depth(cxt);
	return true;
}

static inline void
mst_expr_leave(EvalContext *cxt)
{
	cxt->depth--;
}

/* ---- making values ---- */

static inline ExprValue
mst_value_null(void)
{
	ExprValue	v = {EXPR_NULL};

	return v;
}

static inline ExprValue
mst_value_no_value(void)
{
	ExprValue	v = {EXPR_NO_VALUE};

	return v;
}

static inline ExprValue
mst_value_bool(bool b)
{
	ExprValue	v = {EXPR_BOOL};

	v.u.boolean = b;
	return v;
}

static inline ExprValue
mst_value_int(int64 i)
{
	ExprValue	v = {EXPR_INT};

	v.u.integer = i;
	return v;
}

static inline ExprValue
mst_value_float(double f)
{
	ExprValue	v = {EXPR_FLOAT};

	v.u.real = f;
	return v;
}

/* Text that is not copied: it must live as long as the value. */
static inline ExprValue
mst_value_string(const char *s, int len)
{
	ExprValue	v = {EXPR_STRING};

	v.len = len;
	v.u.string = s;
	return v;
}

static inline ExprValue
mst_value_cstring(const char *s)
{
	return mst_value_string(s, (int) strlen(s));
}

static inline ExprValue
mst_value_list(ExprList *list, bool frozen)
{
	ExprValue	v = {EXPR_LIST};

	v.flags = frozen ? EXPR_FROZEN : 0;
	v.u.list = list;
	return v;
}

static inline ExprValue
mst_value_dict(ExprDict *dict, bool frozen)
{
	ExprValue	v = {EXPR_DICT};

	v.flags = frozen ? EXPR_FROZEN : 0;
	v.u.dict = dict;
	return v;
}

static inline ExprValue
mst_value_set(ExprDict *set, bool frozen)
{
	ExprValue	v = {EXPR_SET};

	v.flags = frozen ? EXPR_FROZEN : 0;
	v.u.dict = set;
	return v;
}

static inline ExprValue
mst_value_iterator(ExprIterator *iterator)
{
	ExprValue	v = {EXPR_ITERATOR};

	v.u.iterator = iterator;
	return v;
}

static inline ExprValue
mst_value_object(ExprObject *object)
{
	ExprValue	v = {EXPR_OBJECT};

	v.u.object = object;
	return v;
}

static inline ExprValue
mst_value_view(ExprDict *dict, ExprViewKind which)
{
	ExprValue	v = {EXPR_VIEW};

	v.len = which;
	v.u.dict = dict;
	return v;
}

/* Copies the text. */
extern ExprValue mst_value_string_copy(const char *s, int len);

/*
 * Starts a text: like initStringInfo(), which takes a kilobyte at once, too
 * much for each of a million short texts.
 */
extern void mst_text_init(StringInfo buf);

/* Takes the StringInfo's buffer. */
extern ExprValue mst_value_string_from(StringInfo buf);

/* A lazy list [start, start + step, ...) of Jinja; step is not 0. */
extern ExprValue mst_value_range(int64 start, int64 stop, int64 step);

/* Jinja's undefined value; message as in ExprUndefined. */
extern ExprValue mst_value_undefined(const char *name, const char *message, bool lenient);

/* ---- kinds ---- */

/* Integer of any size, booleans included. */
static inline bool
mst_value_is_integral(const ExprValue *v)
{
	return v->kind == EXPR_INT || v->kind == EXPR_BOOL || v->kind == EXPR_BIGINT;
}

/* What an EXPR_INT or EXPR_BOOL counts. */
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

/* Python's name of the type: "int", "str", "NoneType", "tuple", "dict_keys", ... */
extern const char *mst_value_type_name(const ExprValue *v);

/* Answers truth (2.5).  An undefined value counts as false: Jinja checks before. */
extern bool mst_value_is_true(const ExprValue *v);

/* ---- equality, order, hash ---- */

/*
 * Python's ==, never raises a type error; fails only by limits.  A tuple never
 * equals a list.  Iterators, regexes and objects are equal only to themselves.
 */
extern bool mst_value_equal(EvalContext *cxt, const ExprValue *a, const ExprValue *b, bool *result);

/* Answers Python's "is", for Jinja's sameas: same object, or same small scalar. */
extern bool mst_value_is_same(const ExprValue *a, const ExprValue *b);

typedef enum ExprOrder
{
	EXPR_LT,
	EXPR_LE,
	EXPR_GT,
	EXPR_GE
} ExprOrder;

/*
 * Python's ordering operators: numbers and booleans by exact value (NaN never),
 * strings by code point, lists with lists and tuples with tuples item by item,
 * sets by inclusion, date-times, timespans.  Anything else raises TypeError
 * "'<' not supported between instances of 'int' and 'str'".
 */
extern bool mst_value_order(EvalContext *cxt, ExprOrder op, const ExprValue *a, const ExprValue *b, bool *result);

/* Comparison of two numbers (booleans too), exact: -1, 0, 1, or 2 when one is NaN. */
extern int	mst_value_compare_numbers(const ExprValue *a, const ExprValue *b);

/* Comparison of two strings by code points: < 0, 0, > 0. */
extern int	mst_value_compare_strings(const ExprValue *a, const ExprValue *b);

/* Hash consistent with mst_value_equal(); TypeError "unhashable type: 'list'". */
extern bool mst_value_hash(EvalContext *cxt, const ExprValue *v, uint32 *hash);

/*
 * Stable merge sort of n values.  less() answers in *result whether a sorts
 * before b, returns false on error; keys[i] belongs to items[i] and moves with
 * it (keys may be items).  Counts steps.
 */
typedef bool (*ExprLess) (EvalContext *cxt, const ExprValue *a, const ExprValue *b, void *arg, bool *result);
extern bool mst_value_sort(EvalContext *cxt, ExprValue *keys, ExprValue *items, int n, ExprLess less, void *arg);

/* ---- lists ---- */

/* Makes an empty list with room for `room` items. */
extern ExprList *mst_list_new(int room);

/* Makes a list of n items; the array is copied. */
extern ExprList *mst_list_of(const ExprValue *items, int n);

/* Number of items. */
extern int	mst_list_length(ExprList *list);

/*
 * Gets item i (0 <= i < length) without converting the others.  The context
 * is needed for external lists, whose members may be computed.
 */
extern bool mst_list_get(EvalContext *cxt, ExprList *list, int i, ExprValue *item);

/* The items as an array, valid until the list is changed; NULL on error. */
extern ExprValue *mst_list_items(EvalContext *cxt, ExprList *list);

/* Changes; they also check the limit of items. */
extern bool mst_list_append(EvalContext *cxt, ExprList *list, const ExprValue *item);
extern bool mst_list_insert(EvalContext *cxt, ExprList *list, int at, const ExprValue *item);
extern bool mst_list_set(EvalContext *cxt, ExprList *list, int i, const ExprValue *item);
extern bool mst_list_remove(EvalContext *cxt, ExprList *list, int at, int count);

/* Copies items [from, to) (already clipped) of a list into a new one. */
extern bool mst_list_slice(EvalContext *cxt, ExprList *list, int from, int to, ExprList **result);

/* a + b and a repeated n times (n <= 0: empty). */
extern bool mst_list_concat(EvalContext *cxt, ExprList *a, ExprList *b, ExprList **result);
extern bool mst_list_repeat(EvalContext *cxt, ExprList *list, int64 n, ExprList **result);

/*
 * a + b for lists that are never changed: the result may share the items of
 * a, so that building up a list by adding to it takes linear time.
 */
extern bool mst_list_extend(EvalContext *cxt, ExprList *a, ExprList *b, ExprList **result);

/* ---- dictionaries and sets ---- */

/* Makes an empty dictionary or set; room is a hint. */
extern ExprDict *mst_dict_new(int room);

extern int	mst_dict_length(ExprDict *dict);

/*
 * Looks up a key; *found tells whether it is there.  value may be NULL.
 * Fails with TypeError when the key is unhashable.
 */
extern bool mst_dict_get(EvalContext *cxt, ExprDict *dict, const ExprValue *key, ExprValue *value, bool *found);
extern bool mst_dict_get_name(EvalContext *cxt, ExprDict *dict, const char *name, int len, ExprValue *value, bool *found);

/* Adds or replaces; a key that is there keeps its place and its spelling. */
extern bool mst_dict_set(EvalContext *cxt, ExprDict *dict, const ExprValue *key, const ExprValue *value);
extern bool mst_dict_set_name(EvalContext *cxt, ExprDict *dict, const char *name, const ExprValue *value);

/* Removes a key; *found tells whether it was there, *value (may be NULL) what it held. */
extern bool mst_dict_delete(EvalContext *cxt, ExprDict *dict, const ExprValue *key, ExprValue *value, bool *found);

/* Removes everything. */
extern bool mst_dict_clear(EvalContext *cxt, ExprDict *dict);

/* Copies the table, not the values. */
extern bool mst_dict_copy(EvalContext *cxt, ExprDict *dict, ExprDict **result);

/* Sets every entry of `from` in `into`. */
extern bool mst_dict_update(EvalContext *cxt, ExprDict *into, ExprDict *from);

/*
 * Entries in order.  Start with *pos = 0; *more becomes false at the end.
 * Entries added meanwhile are seen, removed ones are not.  key and value may
 * be NULL.
 */
extern bool mst_dict_next(EvalContext *cxt, ExprDict *dict, int *pos, ExprValue *key, ExprValue *value, bool *more);

/* Sets: the same table with values left out. */
extern bool mst_set_add(EvalContext *cxt, ExprDict *set, const ExprValue *item);
extern bool mst_set_has(EvalContext *cxt, ExprDict *set, const ExprValue *item, bool *found);

typedef enum ExprSetOp
{
	EXPR_SET_UNION,
	EXPR_SET_INTERSECTION,
	EXPR_SET_DIFFERENCE,
	EXPR_SET_SYMMETRIC_DIFFERENCE
} ExprSetOp;

/* Works on any two tables (of sets, dictionaries' keys); the result is new. */
extern bool mst_set_combine(EvalContext *cxt, ExprSetOp op, ExprDict *a, ExprDict *b, ExprDict **result);

/* ---- external containers ---- */

/*
 * A container whose members are fetched on demand.  Mappings have get and
 * each, lists have get_item; both have length.  Functions that can fail
 * return false and set *error.  Names in `each` come in the mapping's order
 * and each exactly once.
 */
typedef struct ExprExternalOps
{
	bool		is_list;
	int			(*length) (void *state);
	bool		(*get) (void *state, const char *name, int len, ExprValue *value, bool *found, ExprError **error);
	bool		(*get_item) (void *state, int i, ExprValue *value, ExprError **error);
	/* calls fn for every entry until it returns false; value NULL: fetch it with get */
	bool		(*each) (void *state, bool (*fn) (void *arg, const char *name, int len, const ExprValue *value),
						 void *arg, ExprError **error);
	/* lists, optional: stores all items in order, faster than one by one */
	bool		(*get_all) (void *state, ExprValue *items, ExprError **error);
	/* copies a container that was handed out as a frozen one; NULL: it is new and nobody else's */
	bool		(*freeze) (EvalContext *cxt, const ExprValue *member, ExprValue *result);
} ExprExternalOps;

/* A plain (unfrozen) list or dictionary over external storage. */
extern ExprValue mst_value_external(const ExprExternalOps *ops, void *state);

/* The state behind an external container not yet changed or read as a whole, if ops match; else NULL. */
extern void *mst_value_external_state(const ExprValue *v, const ExprExternalOps *ops);

/* Answers whether the value is an external container not yet changed or read as a whole. */
extern bool mst_value_is_untouched(const ExprValue *v);

/*
 * The value as seen with the flag EXPR_FROZEN set (YAQL's input conversion:
 * lists, dictionaries, sets at every level) or clear (its output conversion
 * for lists and dictionaries).  External containers are not read.
 */
extern bool mst_value_freeze(EvalContext *cxt, const ExprValue *v, ExprValue *result);
extern bool mst_value_thaw(EvalContext *cxt, const ExprValue *v, ExprValue *result);

/* Copy of lists and dictionaries at every level (external ones stay lazy). */
extern bool mst_value_deep_copy(EvalContext *cxt, const ExprValue *v, ExprValue *result);

/* ---- iteration ---- */

typedef enum ExprNext
{
	EXPR_NEXT_ITEM,
	EXPR_NEXT_END,
	EXPR_NEXT_ERROR				/* cxt->error is set */
} ExprNext;

/*
 * A lazy sequence.  A language embeds this as first member of its struct.
 * After the end, next() must go on answering EXPR_NEXT_END.
 */
typedef struct ExprIteratorOps
{
	const char *type_name;		/* "generator", "map", ... */
	ExprNext	(*next) (EvalContext *cxt, ExprIterator *iterator, ExprValue *item);
	/* a fresh pass over the same items; NULL: single pass, iterating goes on where it stands */
	bool		(*restart) (EvalContext *cxt, ExprIterator *iterator, ExprIterator **fresh);
} ExprIteratorOps;

struct ExprIterator
{
	const ExprIteratorOps *ops;
	int64		drawn;			/* items drawn so far, counted by mst_iterator_next() */
};

/* Draws one item; counts a step and checks the limit of items. */
extern ExprNext mst_iterator_next(EvalContext *cxt, ExprIterator *iterator, ExprValue *item);

/* A pass over anything iterable; lives on the caller's stack. */
typedef struct ExprCursor
{
	ExprValue	source;
	int64		pos;
	const char *at;				/* string: next byte */
} ExprCursor;

/*
 * Starts a pass over a list, set, view, range, iterator, dictionary (its keys)
 * or string (its characters).  Else TypeError "'int' object is not iterable".
 */
extern bool mst_cursor_open(EvalContext *cxt, ExprCursor *cursor, const ExprValue *source);
extern ExprNext mst_cursor_next(EvalContext *cxt, ExprCursor *cursor, ExprValue *item);

/* Answers whether mst_cursor_open() would accept the value. */
extern bool mst_value_is_iterable(const ExprValue *v);

/* All items of an iterable as a new list. */
extern bool mst_value_to_list(EvalContext *cxt, const ExprValue *v, ExprList **result);

/* len(): of string (code points), list, dict, set, view, range.  Else TypeError "object of type 'int' has no len()". */
extern bool mst_value_length(EvalContext *cxt, const ExprValue *v, int64 *length);

/* `item in container` by equality; strings only in strings; dictionaries by key. */
extern bool mst_value_contains(EvalContext *cxt, const ExprValue *container, const ExprValue *item, bool *result);

/* Number of items of a range, and its item i. */
extern int64 mst_range_length(const ExprRange *range);
extern int64 mst_range_item(const ExprRange *range, int64 i);

/* Turns a slice over `length` items into 0 <= start, stop and a step (not 0), Python's slice.indices(). */
extern void mst_slice_indices(int64 length, const ExprValue *start, const ExprValue *stop, int64 step,
							  int64 *from, int64 *to, int64 *count);

/* ---- numbers ---- */

typedef enum ExprArith
{
	EXPR_ADD,
	EXPR_SUB,
	EXPR_MUL,
	EXPR_TRUE_DIV,				/* Python's /, always float */
	EXPR_FLOOR_DIV,				/* // */
	EXPR_MOD,
	EXPR_POW,
	EXPR_AND,					/* integers only from here */
	EXPR_OR,
	EXPR_XOR,
	EXPR_LSHIFT,
	EXPR_RSHIFT
} ExprArith;

/*
 * Arithmetic on two numbers (booleans count as integers), Python's rules and
 * messages for division by zero, overflow, negative shifts.  The caller has
 * checked the kinds.  The result of bit operations on two booleans is boolean.
 */
extern bool mst_number_arith(EvalContext *cxt, ExprArith op, const ExprValue *a, const ExprValue *b, ExprValue *result);

/* pow(a, b, c) on integers. */
extern bool mst_number_pow_mod(EvalContext *cxt, const ExprValue *a, const ExprValue *b, const ExprValue *c, ExprValue *result);

extern bool mst_number_negate(EvalContext *cxt, const ExprValue *a, ExprValue *result);
extern bool mst_number_abs(EvalContext *cxt, const ExprValue *a, ExprValue *result);
extern bool mst_number_invert(EvalContext *cxt, const ExprValue *a, ExprValue *result);	/* ~a */

/* Answers -1, 0, 1. */
extern int	mst_number_sign(const ExprValue *a);

/* round(a, ndigits): half to even on the exact value, keeps the kind. */
extern bool mst_number_round(EvalContext *cxt, const ExprValue *a, int64 ndigits, ExprValue *result);

/* To a double; OverflowError "int too large to convert to float". */
extern bool mst_number_to_float(EvalContext *cxt, const ExprValue *a, double *result);

/* Truncates to an integer; ValueError / OverflowError for NaN and infinity. */
extern bool mst_number_to_int(EvalContext *cxt, const ExprValue *a, ExprValue *result);
extern bool mst_number_floor(EvalContext *cxt, const ExprValue *a, ExprValue *result);
extern bool mst_number_ceil(EvalContext *cxt, const ExprValue *a, ExprValue *result);

/*
 * An integral value as int64, for counts and indices: values outside are
 * clipped to the ends of the range.  The caller has checked the kind.
 */
extern int64 mst_number_clip(const ExprValue *a);

/*
 * Python's int(text, base) and float(text): surrounding whitespace, sign, any
 * decimal digits, "_" between digits; base 0 or 2..36 with prefixes for that
 * base.  Answer false when the text is no number, without setting an error.
 */
extern bool mst_number_parse_int(EvalContext *cxt, const char *s, int len, int base, ExprValue *result);
extern bool mst_number_parse_float(const char *s, int len, double *result);

/* A run of ASCII digits in the given base (2..36), any length. */
extern bool mst_number_from_digits(EvalContext *cxt, const char *s, int len, int base, ExprValue *result);

/* Digits of an integer in a base, with '-' when negative and no prefix. */
extern bool mst_number_append_int(EvalContext *cxt, StringInfo out, const ExprValue *v, int base);

/* Shortest digits that read back equal, Python's repr(float). */
extern void mst_number_append_float(StringInfo out, double f);

/* ---- text forms ---- */

/* mst_value_append_* options */
#define EXPR_TEXT_THAWED	0x01	/* show frozen lists and sets as plain ones */

/* Appends str(value): a string is itself, else its repr. */
extern bool mst_value_append_text(EvalContext *cxt, StringInfo out, const ExprValue *v, int options);

/* Appends repr(value). */
extern bool mst_value_append_repr(EvalContext *cxt, StringInfo out, const ExprValue *v, int options);

/* str(value) and repr(value) as values. */
extern bool mst_value_to_text(EvalContext *cxt, const ExprValue *v, ExprValue *result);
extern bool mst_value_to_repr(EvalContext *cxt, const ExprValue *v, ExprValue *result);

/* repr(value) for an error message: cut when long; never fails. */
extern char *mst_value_brief(EvalContext *cxt, const ExprValue *v);

/* ---- formatting (format.c) ---- */

/* format(value, spec): "[[fill]align][sign][#][0][width][,][.precision][type]". */
extern bool mst_format_value(EvalContext *cxt, StringInfo out, const ExprValue *v, const char *spec, int len);

/* Python's fmt % args; args a tuple, a dictionary or a single value. */
extern bool mst_format_printf(EvalContext *cxt, StringInfo out, const ExprValue *fmt, const ExprValue *args);

/* Attribute and item access of a replacement field {0.name[key]}. */
typedef bool (*ExprFieldAccess) (EvalContext *cxt, const ExprValue *object, const ExprValue *key, bool is_attribute, void *arg, ExprValue *result);

/*
 * What replacement fields mean to a language.  With is_formatter the numbering
 * is that of string.Formatter, to which only fields that are nothing but a
 * number, or nothing at all, are numbered ones.
 */
typedef struct ExprFieldRules
{
	ExprFieldAccess access;
	/* appends a value in a format; NULL: mst_format_value() */
	bool		(*show) (EvalContext *cxt, StringInfo out, const ExprValue *value, const char *spec, int len, void *arg);
	void	   *arg;
	bool		is_formatter;
} ExprFieldRules;

/* Python's template.format(*args, **kwargs); kwargs may be NULL. */
extern bool mst_format_template(EvalContext *cxt, StringInfo out, const ExprValue *template,
								const ExprValue *args, int nargs, ExprDict *kwargs,
								const ExprFieldRules *rules);

/* ---- JSON and YAML as text (json_text.c, yaml_value.c) ---- */

typedef struct ExprJsonStyle
{
	int			indent;			/* -1: one line */
	const char *item_separator; /* "," or ", " */
	const char *key_separator;	/* ": " */
	bool		sort_keys;
	bool		html_safe;		/* < > & ' as \u escapes */
	const ExprValue *indent_text;	/* NULL: `indent` blanks for each level */
} ExprJsonStyle;

/* Python's json.dumps(ensure_ascii=True); iterators, sets, views as lists, date-times as text. */
extern bool mst_value_json_dump(EvalContext *cxt, StringInfo out, const ExprValue *v, const ExprJsonStyle *style);

/* Python's json.loads: plain containers, JSONDecodeError with its messages. */
extern bool mst_value_json_parse(EvalContext *cxt, const ExprValue *text, ExprValue *result);

/* yaml.safe_dump(default_flow_style=False) and yaml.safe_load. */
extern bool mst_value_yaml_dump(EvalContext *cxt, StringInfo out, const ExprValue *v);
extern bool mst_value_yaml_parse(EvalContext *cxt, const ExprValue *text, ExprValue *result);

#endif							/* MISTRAL_VALUE_VALUE_H */
