/*-------------------------------------------------------------------------
 *
 * nodes.h
 *	  The syntax tree of Jinja2: what all nodes have, and names.
 *
 * A text goes through three steps, once: the lexer (lexer.c) hands tokens
 * one at a time to the parser (expressions.c for expressions, statements.c for
 * statements), which builds a tree; then scopes.c decides for every name
 * where its value is found.  The tree is immutable afterwards and may be
 * evaluated any number of times (evaluate.c).
 *
 * Jinja2 compiles a template to Python before it runs it, and reports some
 * mistakes (an unknown filter, a block defined twice) only then.  Such a
 * mistake does not keep a program from being parsed and validated; it is
 * stored in the program and raised by the first evaluation.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_NODES_H
#define MISTRAL_JINJA_NODES_H

#include "lang/language.h"

typedef enum JinjaNodeKind
{
	/* expressions */
	JINJA_CONST,
	JINJA_NAME,
	JINJA_TUPLE,
	JINJA_LIST,
	JINJA_DICT,
	JINJA_COND,
	JINJA_AND,
	JINJA_OR,
	JINJA_NOT,
	JINJA_COMPARE,
	JINJA_ARITH,
	JINJA_NEGATE,
	JINJA_PLUS,
	JINJA_CONCAT,
	JINJA_ATTRIBUTE,
	JINJA_ITEM,
	JINJA_SLICE,
	JINJA_CALL,
	JINJA_FILTER,
	JINJA_TEST,
	JINJA_NAMESPACE_TARGET,		/* ns.name on the left of set */
	/* statements */
	JINJA_TEXT,
	JINJA_OUTPUT,
	JINJA_FOR,
	JINJA_IF,
	JINJA_SET,
	JINJA_SET_BLOCK,
	JINJA_WITH,
	JINJA_MACRO,
	JINJA_CALL_BLOCK,
	JINJA_FILTER_BLOCK,
	JINJA_BLOCK,
	JINJA_AUTOESCAPE,
	JINJA_LOAD					/* extends, include, import: there is no
								 * loader */
} JinjaNodeKind;

/* JinjaNode.flags */
#define JINJA_IS_CONST		0x01	/* Jinja2 computes it when it compiles */
#define JINJA_CHECK_FINITE	0x02	/* outermost constant: infinity and NaN
									 * are errors */
#define JINJA_IS_TARGET		0x04	/* name: assigned to */
#define JINJA_IS_PARAM		0x08	/* name: parameter of a macro, variable of
									 * "with" */

typedef struct JinjaNode
{
	uint8		kind;			/* JinjaNodeKind */
	uint8		flags;
	uint16		height;			/* of the expression below; bounded by the
								 * parser */
	int32		offset;			/* bytes into the source */
} JinjaNode;

typedef struct JinjaNodes
{
	JinjaNode **items;
	int			count;
} JinjaNodes;

typedef struct JinjaBuiltin JinjaBuiltin;

/* Where the value of a name is. */
typedef enum JinjaPlace
{
	JINJA_PLACE_SLOT,			/* slot of the frame `hops` levels up */
	JINJA_PLACE_CONTEXT			/* a variable of the template's top level,
								 * else a global */
} JinjaPlace;

typedef enum JinjaGlobal
{
	JINJA_GLOBAL_NONE,
	JINJA_GLOBAL_DATA,			/* _ */
	JINJA_GLOBAL_ENTRY,			/* __env, __execution, __task_execution */
	JINJA_GLOBAL_FUNCTION,		/* one of Mistral's */
	JINJA_GLOBAL_BUILTIN		/* range, dict, ... */
} JinjaGlobal;

/* A name for which the context of a template is asked. */
typedef struct JinjaContextName
{
	const char *name;
	int			len;
	int			root_slot;		/* slot of the template's frame that goes
								 * first, or -1 */
	JinjaGlobal global;
	const ExprFunction *function;	/* JINJA_GLOBAL_FUNCTION */
	const JinjaBuiltin *builtin;	/* JINJA_GLOBAL_BUILTIN */
} JinjaContextName;

typedef struct JinjaName
{
	JinjaNode	node;
	const char *name;
	int			len;
	JinjaPlace	place;
	int			hops;
	int			slot;
	const JinjaContextName *context;	/* JINJA_PLACE_CONTEXT */
} JinjaName;

#endif							/* MISTRAL_JINJA_NODES_H */
