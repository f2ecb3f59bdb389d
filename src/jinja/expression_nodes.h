/*-------------------------------------------------------------------------
 *
 * expression_nodes.h
 *	  The syntax tree of Jinja2: expressions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_EXPRESSION_NODES_H
#define MISTRAL_JINJA_EXPRESSION_NODES_H

#include "jinja/nodes.h"
#include "value/number.h"

typedef struct JinjaConst
{
	JinjaNode	node;
	ExprValue	value;
} JinjaConst;

/* JINJA_TUPLE, JINJA_LIST, JINJA_AND, JINJA_OR, JINJA_CONCAT */
typedef struct JinjaItems
{
	JinjaNode	node;
	JinjaNodes	items;
} JinjaItems;

typedef struct JinjaDict
{
	JinjaNode	node;
	JinjaNodes	keys;
	JinjaNodes	values;
} JinjaDict;

typedef struct JinjaCond
{
	JinjaNode	node;
	JinjaNode  *condition;
	JinjaNode  *then;
	JinjaNode  *otherwise;		/* may be NULL */
} JinjaCond;

/* JINJA_NOT, JINJA_NEGATE, JINJA_PLUS, JINJA_OUTPUT */
typedef struct JinjaUnary
{
	JinjaNode	node;
	JinjaNode  *operand;
} JinjaUnary;

typedef struct JinjaArith
{
	JinjaNode	node;
	ExprArith	op;
	JinjaNode  *left;
	JinjaNode  *right;
} JinjaArith;

typedef enum JinjaCompareOp
{
	JINJA_OP_EQ,
	JINJA_OP_NE,
	JINJA_OP_LT,
	JINJA_OP_LE,
	JINJA_OP_GT,
	JINJA_OP_GE,
	JINJA_OP_IN,
	JINJA_OP_NOT_IN
} JinjaCompareOp;

/* operands[0] ops[0] operands[1] ops[1] operands[2] ... */
typedef struct JinjaCompare
{
	JinjaNode	node;
	JinjaNodes	operands;
	uint8	   *ops;			/* JinjaCompareOp */
} JinjaCompare;

typedef struct JinjaAttribute
{
	JinjaNode	node;
	JinjaNode  *object;
	const char *name;
	int			len;
	bool		is_member;		/* some type of Python has an attribute of
								 * this name */
} JinjaAttribute;

typedef struct JinjaItem
{
	JinjaNode	node;
	JinjaNode  *object;
	JinjaNode  *key;			/* JINJA_SLICE: a slice */
} JinjaItem;

typedef struct JinjaSlice
{
	JinjaNode	node;
	JinjaNode  *start;			/* each may be NULL */
	JinjaNode  *stop;
	JinjaNode  *step;
} JinjaSlice;

typedef struct JinjaArgs
{
	JinjaNodes	positional;
	const char **names;
	JinjaNodes	named;
	JinjaNode  *star;			/* *args, or NULL */
	JinjaNode  *star_star;		/* **kwargs, or NULL */
} JinjaArgs;

typedef struct JinjaCall
{
	JinjaNode	node;
	JinjaNode  *callee;
	JinjaArgs	args;
} JinjaCall;

/* JINJA_FILTER, JINJA_TEST */
typedef struct JinjaApply
{
	JinjaNode	node;
	JinjaNode  *operand;		/* NULL: the text of the block it belongs to */
	const char *name;
	const JinjaBuiltin *builtin;	/* NULL: unknown, unless function */
	const ExprFunction *function;	/* one of Mistral's as filter, or NULL */
	JinjaArgs	args;
} JinjaApply;

typedef struct JinjaNamespaceTarget
{
	JinjaNode	node;
	JinjaName  *object;
	const char *name;
} JinjaNamespaceTarget;

#endif							/* MISTRAL_JINJA_EXPRESSION_NODES_H */
