/*-------------------------------------------------------------------------
 *
 * yaql.h
 *	  What the files of the YAQL language share.
 *
 * A text is read by the lexer (lex.c) and the parser (parse.c) into
 * a tree of YaqlNode.  Every call in the tree is resolved while parsing
 * (resolve.c): the overloads of its name that fit the number, the names
 * and the literals among its arguments are kept in the node, with the place
 * each argument goes to.  The evaluator (eval.c, call.c) computes the
 * arguments, takes the overload whose types accept them and calls its C
 * function.
 *
 * Functions are rows of tables (YaqlBuiltin), one table a theme.  Their
 * parameters are written as text, "string:str maxSplits:int=-1", so that a
 * function is a row and a C function that finds its arguments in the order of
 * the row, defaults filled in.
 *
 * A lambda is a node and the scope it is evaluated in.  Scopes are made on
 * the C stack; whatever outlives the call it was made in (a lazy sequence, a
 * context object) first moves its scope to the heap, see mst_yaql_keep_scope().
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_YAQL_YAQL_H
#define MISTRAL_YAQL_YAQL_H

#include "lang/language.h"
#include "value/iteration.h"

/* ---- tokens (lex.c) ---- */

typedef enum YaqlTokenKind
{
	YAQL_TOK_END,
	YAQL_TOK_DOLLAR,			/* text with the "$" */
	YAQL_TOK_INTEGER,
	YAQL_TOK_FLOAT,
	YAQL_TOK_STRING,			/* text decoded */
	YAQL_TOK_FUNC,				/* text without the "(" */
	YAQL_TOK_KEYWORD,
	YAQL_TOK_TRUE,
	YAQL_TOK_FALSE,
	YAQL_TOK_NULL,
	YAQL_TOK_LPAREN,
	YAQL_TOK_RPAREN,
	YAQL_TOK_LBRACKET,
	YAQL_TOK_RBRACKET,
	YAQL_TOK_LBRACE,
	YAQL_TOK_RBRACE,
	YAQL_TOK_COMMA,
	YAQL_TOK_MAPPING,
	YAQL_TOK_DOT,
	YAQL_TOK_ELVIS,
	YAQL_TOK_LIKE,
	YAQL_TOK_UNLIKE,
	YAQL_TOK_STAR,
	YAQL_TOK_SLASH,
	YAQL_TOK_MOD,
	YAQL_TOK_PLUS,
	YAQL_TOK_MINUS,
	YAQL_TOK_GT,
	YAQL_TOK_LT,
	YAQL_TOK_GE,
	YAQL_TOK_LE,
	YAQL_TOK_NE,
	YAQL_TOK_EQ,
	YAQL_TOK_IN,
	YAQL_TOK_NOT,
	YAQL_TOK_AND,
	YAQL_TOK_OR,
	YAQL_TOK_ARROW
} YaqlTokenKind;

#define YAQL_NTOKENS (YAQL_TOK_ARROW + 1)

typedef struct YaqlToken
{
	YaqlTokenKind kind;
	const char *text;
	int			len;
	int			offset;			/* code points from the start of the source */
} YaqlToken;

typedef struct YaqlLexer
{
	EvalContext *cxt;			/* takes errors */
	const char *src;
	int			len;
	int			pos;			/* bytes read */
	int			chars;			/* code points read */
} YaqlLexer;

/* Starts reading src, which stays in use as long as the tokens do. */
extern void mst_yaql_lex_start(YaqlLexer *lex, EvalContext *cxt, const char *src, int len);

/* Reads the next token; false: cxt->error says why there is none. */
extern bool mst_yaql_lex_next(YaqlLexer *lex, YaqlToken *tok);

/* ---- the tree (parse.c) ---- */

typedef struct YaqlNode YaqlNode;
typedef struct YaqlCallSite YaqlCallSite;

typedef enum YaqlNodeKind
{
	YAQL_NODE_EMPTY,			/* an argument slot left empty */
	YAQL_NODE_CONST,			/* literal; also a keyword, which is its own text */
	YAQL_NODE_VARIABLE,			/* $name */
	YAQL_NODE_CALL,				/* function(...), receiver.method(...) */
	YAQL_NODE_PROPERTY,			/* receiver.name */
	YAQL_NODE_BAD_DOT,			/* receiver.anything else */
	YAQL_NODE_INDEX,			/* receiver[...] */
	YAQL_NODE_LIST,				/* [...] */
	YAQL_NODE_DICT,				/* {...} */
	YAQL_NODE_UNARY,
	YAQL_NODE_BINARY,
	YAQL_NODE_MAPPING			/* key => value, only as an argument */
} YaqlNodeKind;

struct YaqlNode
{
	YaqlNodeKind kind;
	bool		is_keyword;		/* CONST */
	bool		is_elvis;		/* CALL, PROPERTY, BAD_DOT: written with ?. */
	YaqlTokenKind op;			/* UNARY, BINARY */
	int			offset;			/* where it starts, or where its operator is */
	union
	{
		ExprValue	constant;
		struct
		{
			const char *name;	/* without the "$"; empty for "$" itself */
			int			len;
			int			position;	/* of $, $1, $2 ...; 0 for other names */
		}			variable;
		YaqlCallSite *call;		/* CALL, INDEX, LIST, DICT */
		struct
		{
			YaqlNode   *receiver;
			const char *name;	/* "#property#x"; what follows is the name */
			int			len;	/* of "x" */
			YaqlCallSite *call; /* of the function #property#x */
		}			property;
		struct
		{
			YaqlNode   *left;	/* BINARY, BAD_DOT; MAPPING: the key */
			YaqlNode   *right;	/* also UNARY; MAPPING: the value */
		}			pair;
	}			u;
};

/* Parses a whole text, which the tree points into; NULL: cxt->error says why. */
extern YaqlNode *mst_yaql_parse(EvalContext *cxt, const char *text, int len);

/* ---- scopes and lambdas (eval.c) ---- */

typedef struct YaqlScope YaqlScope;

typedef struct YaqlBinding
{
	const char *name;
	int			len;
	ExprValue	value;
} YaqlBinding;

/* A function made by def(). */
typedef struct YaqlUserFunction
{
	const char *name;
	int			len;
	const YaqlNode *body;
} YaqlUserFunction;

/* Variables: what a scope does not have is looked up in its parent. */
struct YaqlScope
{
	const YaqlScope *parent;
	const ExprValue *values;	/* $1, $2, ... */
	int			nvalues;
	int			nnames;
	const YaqlBinding *names;	/* $name */
	const YaqlUserFunction *function;	/* made by def(), or NULL */
	bool		has_functions;	/* this scope or one above has */
	YaqlScope  *kept;			/* the copy on the heap: itself when there */
};

/* An expression to be evaluated by the function it was given to. */
typedef struct YaqlLambda
{
	ExprObject	object;
	const YaqlNode *body;
	const YaqlScope *scope;
} YaqlLambda;

/* What let(), with(), def() and unpack() give: a scope as a value. */
typedef struct YaqlContextObject
{
	ExprObject	object;
	const YaqlScope *scope;
} YaqlContextObject;

extern const ExprObjectOps mst_yaql_lambda_ops;
extern const ExprObjectOps mst_yaql_context_ops;

/* Moves a scope and those above it to the heap, if they are not there. */
extern const YaqlScope *mst_yaql_keep_scope(const YaqlScope *scope);

/* Evaluates a node in a scope. */
extern bool mst_yaql_eval(EvalContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result);

/* Evaluates a lambda with $1, $2 ... set to args; with no args it sees the caller's. */
extern bool mst_yaql_apply(EvalContext *cxt, const YaqlLambda *lambda, const ExprValue *args, int nargs, ExprValue *result);

/* Evaluates a lambda on one item and answers its truth. */
extern bool mst_yaql_test(EvalContext *cxt, const YaqlLambda *lambda, const ExprValue *item, bool *result);

/*
 * What leaves an expression (result.c): lists and dictionaries plain,
 * iterators run out.
 */
extern bool mst_yaql_convert_result(EvalContext *cxt, const ExprValue *v, ExprValue *result);

/* ---- functions (registry.c, resolve.c) ---- */

typedef struct YaqlOverload YaqlOverload;

/* A call of a builtin, as its C function sees it. */
typedef struct YaqlCall
{
	EvalContext *cxt;
	const YaqlScope *scope;		/* of the caller */
	const YaqlOverload *overload;
	ExprValue  *args;			/* one a parameter, in the table's order */
	const ExprValue *rest;		/* of a variadic parameter; pairs when it takes mappings */
	int			nrest;			/* arguments; a mapping counts once */
	const YaqlBinding *named;	/* of a variadic named parameter */
	int			nnamed;
} YaqlCall;

typedef bool (*YaqlFunction) (YaqlCall *call, ExprValue *result);

#define YAQL_FUNCTION		0x01	/* name(...) */
#define YAQL_METHOD			0x02	/* receiver.name(...) */
#define YAQL_EXTENSION		(YAQL_FUNCTION | YAQL_METHOD)
#define YAQL_NO_NAMED		0x04	/* "key => value" is an argument like others */

typedef struct YaqlBuiltin
{
	const char *name;
	int			flags;
	const char *params;			/* "name:type[?][=default] ..."; see registry.c */
	YaqlFunction function;
} YaqlBuiltin;

/* Tables of builtins, each ended by a row without name. */
extern const YaqlBuiltin mst_yaql_aggregate_functions[];
extern const YaqlBuiltin mst_yaql_branching_functions[];
extern const YaqlBuiltin mst_yaql_collection_functions[];
extern const YaqlBuiltin mst_yaql_conversion_functions[];
extern const YaqlBuiltin mst_yaql_datetime_functions[];
extern const YaqlBuiltin mst_yaql_dict_functions[];
extern const YaqlBuiltin mst_yaql_generator_functions[];
extern const YaqlBuiltin mst_yaql_join_functions[];
extern const YaqlBuiltin mst_yaql_math_functions[];
extern const YaqlBuiltin mst_yaql_order_functions[];
extern const YaqlBuiltin mst_yaql_query_functions[];
extern const YaqlBuiltin mst_yaql_regex_functions[];
extern const YaqlBuiltin mst_yaql_set_functions[];
extern const YaqlBuiltin mst_yaql_slice_functions[];
extern const YaqlBuiltin mst_yaql_string_functions[];
extern const YaqlBuiltin mst_yaql_system_functions[];

#define YAQL_MAX_PARAMS 12

/* a value's kind as a bit of YaqlParam.kinds */
#define YAQL_KIND_BIT(kind)	(1u << (kind))

typedef struct YaqlParam
{
	const char *name;
	int			len;
	uint32		kinds;			/* YAQL_KIND_BITs it accepts */
	bool		(*test) (const ExprValue *v);	/* further test, or NULL */
	bool		is_lazy;		/* a lambda */
	bool		is_mapping;		/* takes "key => value" */
	bool		has_default;
	ExprValue	default_value;
} YaqlParam;

struct YaqlOverload
{
	const char *name;
	int			flags;
	int			nparams;		/* without the variadic ones */
	YaqlFunction function;
	const ExprFunction *shared; /* a function of both languages, or NULL */
	const YaqlParam *params;	/* nparams, then rest, then named_rest */
	const YaqlParam *rest;		/* takes further positional arguments, or NULL */
	const YaqlParam *named_rest;	/* takes further named arguments, or NULL */
};

/* Where the arguments of a call go when an overload is taken. */
typedef struct YaqlCandidate
{
	const YaqlOverload *overload;
	int			nrest;			/* the last so many positional arguments */
	int			nnamed_rest;	/* named arguments without a parameter of their own */
	int			source[YAQL_MAX_PARAMS];	/* argument of each parameter, -1: its default */
} YaqlCandidate;

typedef enum YaqlResolution
{
	YAQL_RESOLVED,
	YAQL_UNKNOWN,				/* no function or method of that name */
	YAQL_NO_MATCH,				/* none takes such arguments */
	YAQL_AMBIGUOUS,				/* they disagree on what is a lambda */
	YAQL_BAD_NAMED				/* a named argument is not named by a keyword */
} YaqlResolution;

/*
 * A call as written.  Arguments are counted from 0, receiver first, then
 * positional, then named ones.
 */
struct YaqlCallSite
{
	const char *name;
	int			len;
	bool		is_method;		/* args[0] is the receiver */
	int			nargs;			/* positional, receiver included */
	int			nnamed;
	YaqlNode  **args;			/* nargs + nnamed; named ones are MAPPING nodes */
	YaqlResolution resolution;
	bool	   *lazy;			/* arguments not to be evaluated; NULL: none */
	bool		no_named;		/* MAPPING nodes are positional arguments */
	int			ncandidates;
	YaqlCandidate *candidates;
};

/* Chooses the overloads that a call may mean; sets what follows `args`. */
extern void mst_yaql_resolve(YaqlCallSite *site);

/* Answers whether arguments of a function or method can be passed by name. */
extern bool mst_yaql_takes_names(const char *name, int len, bool is_method);

/* Builds the registry of these tables, once (registry.c). */
extern void mst_yaql_register(const YaqlBuiltin *const *tables, int ntables);

/* The overloads of a name, which are *n (registry.c). */
extern const YaqlOverload *mst_yaql_find_overloads(const char *name, int len, int *n);

/* The name closest to one that does not exist, among those with the flag; or NULL. */
extern const char *mst_yaql_suggest(const char *name, int len, int flag);

/* Answers whether a function or method of that name exists. */
extern bool mst_yaql_has_function(const char *name, int len);

/* Raises the error of a call that found nothing to call. */
extern bool mst_yaql_fail_call(EvalContext *cxt, const YaqlCallSite *site, YaqlResolution why, const ExprValue *receiver);

/* Calls a builtin whose receiver (the first argument) has been evaluated, unless it is NULL. */
extern bool mst_yaql_call_builtin(EvalContext *cxt, const YaqlScope *scope, const YaqlCallSite *site, const ExprValue *receiver, ExprValue *result);

/* Calls a function, one made by def() if there is one of that name. */
extern bool mst_yaql_call_function(EvalContext *cxt, const YaqlScope *scope, const YaqlCallSite *site, ExprValue *result);

/* Answers whether a parameter accepts a value. */
static inline bool
mst_yaql_accepts(const YaqlParam *param, const ExprValue *v)
{
	return (param->kinds & YAQL_KIND_BIT(v->kind)) != 0 &&
		(param->test == NULL || v->kind == EXPR_NULL || param->test(v));
}

/* Builds a CALL node as the parser does, of values; for call(). */
extern YaqlNode *mst_yaql_make_call(const char *name, int len, bool is_method, YaqlNode **args, int nargs, int nnamed, int offset);

/* ---- arguments of builtins ---- */

/* The lambda given for argument i; NULL when its default, null, stands. */
static inline const YaqlLambda *
mst_yaql_lambda(const ExprValue *arg)
{
	return arg->kind == EXPR_OBJECT ? (const YaqlLambda *) arg->u.object : NULL;
}

/* The same in memory that outlives the call. */
extern const YaqlLambda *mst_yaql_keep_lambda(const ExprValue *arg);

static inline bool
mst_yaql_arg_given(const ExprValue *arg)
{
	return arg->kind != EXPR_NO_VALUE;
}

/* "item in collection" (collections.c); among the items of a frozen dictionary only for a pair. */
extern bool mst_yaql_contains(EvalContext *cxt, const ExprValue *collection, const ExprValue *item, bool *answer);

/* An integer argument that counts items or times; OverflowError when it has more than 64 bits. */
extern bool mst_yaql_count(EvalContext *cxt, const ExprValue *arg, int64 *count);

/* A string argument as C code compares names. */
static inline bool
mst_yaql_name_is(const char *a, int alen, const char *b, int blen)
{
	return alen == blen && memcmp(a, b, alen) == 0;
}

/* ---- operators (operators.c) ---- */

/* left op right for every operator but . ?. -> and or. */
extern bool mst_yaql_binary(EvalContext *cxt, YaqlTokenKind op, const ExprValue *left, const ExprValue *right, ExprValue *result);
extern bool mst_yaql_unary(EvalContext *cxt, YaqlTokenKind op, const ExprValue *operand, ExprValue *result);

/* left < right and so on (op is a token), answered. */
extern bool mst_yaql_compare(EvalContext *cxt, YaqlTokenKind op, const ExprValue *left, const ExprValue *right, bool *result);

/* ---- collections ---- */

/*
 * A pass over a collection that is not begun before the first item is asked
 * for, so that lazy sequences do no work until they are used.
 */
typedef struct YaqlSource
{
	ExprValue	collection;
	ExprCursor	cursor;
	bool		is_open;
} YaqlSource;

/*
 * The state of most lazy sequences: what they draw from, the lambda they
 * apply, and room for what else they need.
 */
typedef struct YaqlIterator
{
	ExprIterator iterator;
	YaqlSource	source;
	const YaqlLambda *lambda;
	YaqlSource	inner;			/* a second source, or the one being spliced in */
	ExprValue	value;
	int64		index;			/* of the next item */
	int64		position;
	int64		count;
	bool		flag;
} YaqlIterator;

/* Draws the next item; bounds how deep sequences draw from each other. */
extern ExprNext mst_yaql_draw(EvalContext *cxt, YaqlSource *source, ExprValue *item);

/* A source over a collection. */
static inline YaqlSource
mst_yaql_source(const ExprValue *collection)
{
	YaqlSource	source = {*collection};

	return source;
}

/* Makes a lazy sequence over args[0] of the call and puts it into *result. */
extern YaqlIterator *mst_yaql_new_iterator(YaqlCall *call, const ExprIteratorOps *ops, ExprValue *result);

/* Items of the parts, one part after the other, as a lazy sequence. */
extern bool mst_yaql_chain(EvalContext *cxt, const ExprValue *parts, int nparts, ExprValue *result);

/* All items as an array; the number in *n.  NULL on error. */
extern ExprValue *mst_yaql_items(EvalContext *cxt, const ExprValue *collection, int *n);

/* All items as a frozen list. */
extern bool mst_yaql_to_list(EvalContext *cxt, const ExprValue *collection, ExprValue *result);

/* n items as a list. */
extern ExprValue mst_yaql_list_of(const ExprValue *items, int n, bool frozen);

/* A lazy sequence that remembers its items and starts again for each pass. */
extern bool mst_yaql_memorize(EvalContext *cxt, const ExprValue *collection, ExprValue *result);

/* Answers whether the value is what orderBy gives, which has this type name. */
extern const char mst_yaql_ordering_name[];
extern bool mst_yaql_is_ordering(const ExprValue *v);

/* Answers whether the value is used up by going through it. */
static inline bool
mst_yaql_is_single_pass(const ExprValue *v)
{
	return v->kind == EXPR_ITERATOR && !mst_yaql_is_ordering(v);
}

/* Sets, and the views that Python counts among them. */
static inline bool
mst_yaql_is_set_like(const ExprValue *v)
{
	return v->kind == EXPR_SET ||
		(v->kind == EXPR_VIEW && v->len != EXPR_VIEW_VALUES);
}

/* A set (or keys or items view) as a table of its members. */
extern bool mst_yaql_set_table(EvalContext *cxt, const ExprValue *v, ExprDict **table);

/*
 * Adds the values to a table of members, those of single-pass sequences among
 * them one by one; or appends them to a list.
 */
extern bool mst_yaql_splice(EvalContext *cxt, const ExprValue *values, int n, ExprDict *set, ExprList *list);

/* Makes the text in a buffer a value, without the room the buffer had left. */
extern ExprValue mst_yaql_text_value(StringInfo buf);

/* Appends a string to a text being built, within the limits. */
extern bool mst_yaql_append_string(EvalContext *cxt, StringInfo out, const ExprValue *piece);

/* Appends str() of YAQL: null, true and false in its own spelling. */
extern bool mst_yaql_append_str(EvalContext *cxt, StringInfo out, const ExprValue *v);

#endif							/* MISTRAL_YAQL_YAQL_H */
