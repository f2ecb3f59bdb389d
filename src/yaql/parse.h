/*-------------------------------------------------------------------------
 *
 * parse.h
 *	  The syntax tree of YAQL.
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
#ifndef MISTRAL_YAQL_PARSE_H
#define MISTRAL_YAQL_PARSE_H

#include "yaql/lex.h"

typedef struct YaqlNode YaqlNode;
typedef struct YaqlCallSite YaqlCallSite;

typedef enum YaqlNodeKind
{
	YAQL_NODE_EMPTY,			/* an argument slot left empty */
	YAQL_NODE_CONST,			/* literal; also a keyword, which is its own
								 * text */
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

extern YaqlNode *mst_yaql_parse(EvalContext *cxt, const char *text, int len);
extern YaqlNode *mst_yaql_make_call(const char *name, int len, bool is_method, YaqlNode **args, int nargs, int nnamed, int offset);

#endif							/* MISTRAL_YAQL_PARSE_H */
