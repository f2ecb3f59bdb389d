/*-------------------------------------------------------------------------
 *
 * jinja.h
 *	  The syntax tree of Jinja2 and what its lexer and parser share.
 *
 * A text goes through three steps, once: the lexer (lexer.c) hands tokens
 * one at a time to the parser (expressions.c for expressions, statements.c for
 * statements), which builds a tree; then scopes.c decides for every name
 * where its value is found.  The tree is immutable afterwards and may be
 * evaluated any number of times (evaluate.h).
 *
 * Jinja2 compiles a template to Python before it runs it, and reports some
 * mistakes (an unknown filter, a block defined twice) only then.  Such a
 * mistake does not keep a program from being parsed and validated; it is
 * stored in the program and raised by the first evaluation.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_JINJA_H
#define MISTRAL_JINJA_JINJA_H

#include "lang/language.h"
#include "value/number.h"

/* ---- tokens ---- */

typedef enum JinjaTokenKind
{
	JINJA_T_EOF,
	JINJA_T_ERROR,				/* the lexer's error, raised when reached */
	JINJA_T_DATA,
	JINJA_T_VARIABLE_BEGIN,
	JINJA_T_VARIABLE_END,
	JINJA_T_BLOCK_BEGIN,
	JINJA_T_BLOCK_END,
	JINJA_T_NAME,
	JINJA_T_STRING,
	JINJA_T_INTEGER,
	JINJA_T_FLOAT,
	/* operators */
	JINJA_T_ADD,
	JINJA_T_SUB,
	JINJA_T_MUL,
	JINJA_T_DIV,
	JINJA_T_FLOORDIV,
	JINJA_T_MOD,
	JINJA_T_POW,
	JINJA_T_TILDE,
	JINJA_T_EQ,
	JINJA_T_NE,
	JINJA_T_LT,
	JINJA_T_LE,
	JINJA_T_GT,
	JINJA_T_GE,
	JINJA_T_ASSIGN,
	JINJA_T_DOT,
	JINJA_T_COMMA,
	JINJA_T_COLON,
	JINJA_T_SEMICOLON,
	JINJA_T_PIPE,
	JINJA_T_LPAREN,
	JINJA_T_RPAREN,
	JINJA_T_LBRACKET,
	JINJA_T_RBRACKET,
	JINJA_T_LBRACE,
	JINJA_T_RBRACE
} JinjaTokenKind;

typedef struct JinjaToken
{
	JinjaTokenKind kind;
	const char *text;			/* name, number, data, or a string's contents */
	int			len;
	int			offset;			/* bytes into the source */
} JinjaToken;

typedef enum JinjaLexState
{
	JINJA_LEX_DATA,				/* text outside of tags */
	JINJA_LEX_VARIABLE,			/* inside of {{ }} */
	JINJA_LEX_BLOCK,			/* inside of {% %} */
	JINJA_LEX_RAW				/* after {% raw %} */
} JinjaLexState;

typedef struct JinjaLexer
{
	const char *source;			/* with "\n" for every line end */
	int			len;
	int			pos;
	JinjaLexState state;
	JinjaTokenKind pending;		/* begin token to hand out after data, or EOF */
	int			pending_offset;
	bool		line_starting;	/* the text so far ends in a line end */
	StringInfoData brackets;	/* closing brackets that are awaited */
	ExprError  *error;			/* behind a JINJA_T_ERROR */
	int			error_offset;
} JinjaLexer;

/* Starts on a text; state is JINJA_LEX_DATA or JINJA_LEX_VARIABLE (one expression). */
extern void mst_jinja_lex_init(JinjaLexer *lexer, const char *text, int len, JinjaLexState state);

/* Gets the next token; after the end or an error it keeps answering the same. */
extern void mst_jinja_lex_next(JinjaLexer *lexer, JinjaToken *token);

/* Text of an operator token, or what messages call the other kinds. */
extern const char *mst_jinja_token_name(JinjaTokenKind kind);

/* ---- tree ---- */

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
	JINJA_LOAD					/* extends, include, import: there is no loader */
} JinjaNodeKind;

/* JinjaNode.flags */
#define JINJA_IS_CONST		0x01	/* Jinja2 computes it when it compiles */
#define JINJA_CHECK_FINITE	0x02	/* outermost constant: infinity and NaN are errors */
#define JINJA_IS_TARGET		0x04	/* name: assigned to */
#define JINJA_IS_PARAM		0x08	/* name: parameter of a macro, variable of "with" */

typedef struct JinjaNode
{
	uint8		kind;			/* JinjaNodeKind */
	uint8		flags;
	uint16		height;			/* of the expression below; bounded by the parser */
	int32		offset;			/* bytes into the source */
} JinjaNode;

typedef struct JinjaNodes
{
	JinjaNode **items;
	int			count;
} JinjaNodes;

typedef struct JinjaBuiltin JinjaBuiltin;

typedef struct JinjaConst
{
	JinjaNode	node;
	ExprValue	value;
} JinjaConst;

/* Where the value of a name is. */
typedef enum JinjaPlace
{
	JINJA_PLACE_SLOT,			/* slot of the frame `hops` levels up */
	JINJA_PLACE_CONTEXT			/* a variable of the template's top level, else a global */
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
	int			root_slot;		/* slot of the template's frame that goes first, or -1 */
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
	bool		is_member;		/* some type of Python has an attribute of this name */
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

typedef struct JinjaText
{
	JinjaNode	node;
	const char *text;
	int			len;
} JinjaText;

/* How a slot of a frame starts. */
typedef enum JinjaSlotInit
{
	JINJA_SLOT_UNSET,			/* missing until it is assigned */
	JINJA_SLOT_ALIAS,			/* the value of an outer slot */
	JINJA_SLOT_CONTEXT			/* what the context has */
} JinjaSlotInit;

typedef struct JinjaSlot
{
	JinjaSlotInit init;
	const char *name;
	int			hops;			/* JINJA_SLOT_ALIAS: levels above the frame */
	int			slot;
	const JinjaContextName *context;	/* JINJA_SLOT_CONTEXT */
} JinjaSlot;

/* The variables of one scope. */
typedef struct JinjaFrameInfo
{
	int			nslots;
	JinjaSlot  *slots;
	bool		is_captured;	/* a macro inside may outlive it */
} JinjaFrameInfo;

typedef struct JinjaFor
{
	JinjaNode	node;
	JinjaNode  *target;
	JinjaNode  *iterable;
	JinjaNode  *filter;			/* may be NULL */
	JinjaNode  *filter_target;	/* the target, once more, for the filter's frame */
	bool		is_recursive;
	bool		uses_loop;
	int			loop_slot;
	JinjaNodes	body;
	JinjaNodes	otherwise;
	JinjaFrameInfo body_frame;
	JinjaFrameInfo filter_frame;
	JinjaFrameInfo else_frame;
} JinjaFor;

typedef struct JinjaIf
{
	JinjaNode	node;
	JinjaNodes	conditions;
	JinjaNodes *bodies;			/* one for each condition */
	JinjaNodes	otherwise;
} JinjaIf;

typedef struct JinjaSet
{
	JinjaNode	node;
	JinjaNode  *target;
	JinjaNode  *value;
} JinjaSet;

/* JINJA_SET_BLOCK, JINJA_FILTER_BLOCK, JINJA_AUTOESCAPE */
typedef struct JinjaScoped
{
	JinjaNode	node;
	JinjaNode  *target;			/* set: what is assigned; autoescape: the flag */
	JinjaNode  *filter;			/* innermost filter has no operand; may be NULL */
	JinjaNodes	body;
	JinjaFrameInfo frame;
} JinjaScoped;

typedef struct JinjaWith
{
	JinjaNode	node;
	JinjaNodes	targets;
	JinjaNodes	values;
	JinjaNodes	body;
	JinjaFrameInfo frame;
} JinjaWith;

/* JINJA_MACRO, JINJA_CALL_BLOCK */
typedef struct JinjaMacro
{
	JinjaNode	node;
	JinjaName  *target;			/* NULL for a call block */
	JinjaCall  *call;			/* call block: what is called */
	JinjaNodes	params;			/* JinjaName */
	JinjaNodes	defaults;		/* of the last parameters */
	JinjaNodes	body;
	JinjaFrameInfo frame;
	bool		has_caller_param;	/* "caller" is one of the parameters */
	int			caller_slot;	/* -1 when the body does not use it */
	int			kwargs_slot;
	int			varargs_slot;
} JinjaMacro;

typedef struct JinjaBlock
{
	JinjaNode	node;
	const char *name;
	bool		is_scoped;
	bool		is_required;
	JinjaNodes	body;
	JinjaFrameInfo frame;
	int			self_slot;		/* -1 when the body does not use it */
	int			super_slot;
} JinjaBlock;

typedef struct JinjaLoad
{
	JinjaNode	node;
	JinjaNode  *template;
	JinjaNodes	targets;		/* names that an import would set */
	bool		ignore_missing;
	bool		is_include;
	bool		is_extends;
} JinjaLoad;

/* A parsed text. */
struct ExprProgram
{
	const char *source;			/* with "\n" for every line end */
	int			source_len;
	const char *text;			/* as given, for offsets */
	int			text_len;
	JinjaNode  *expression;		/* expression mode, else NULL */
	JinjaNodes	body;
	JinjaFrameInfo frame;
	int			self_slot;		/* -1 when it is not used */
	JinjaBlock **blocks;
	int			nblocks;
	ExprError  *compile_error;	/* raised by every evaluation, or NULL */
};

/* Offset in code points of the text as given, for a byte offset of the source. */
extern int	mst_jinja_offset(const ExprProgram *program, int source_offset);

/* ---- parser ---- */

typedef struct JinjaParser
{
	JinjaLexer	lexer;
	JinjaToken	current;
	JinjaToken	ahead;			/* valid when has_ahead */
	bool		has_ahead;
	int			depth;
	ExprProgram *program;
	ExprError  *error;			/* the first one */
	/* the tags that are open, and the tags that may close them, innermost last */
	const char **tags;
	int			ntags;
	const char *const **end_tags;
	int			nend_tags;
	int			room_tags;
	int			room_end_tags;
} JinjaParser;

/*
 * In the parser, a function that returns a node returns NULL, and one that
 * returns bool returns false, after an error; the error is in the parser.
 */

/* Raises a TemplateSyntaxError at the token; returns NULL. */
extern void *mst_jinja_parse_fail(JinjaParser *parser, int offset, const char *fmt,...) pg_attribute_printf(3, 4);

/* Same, saying what was expected as well. */
extern void *mst_jinja_parse_fail_expected(JinjaParser *parser, const char *expected);

/* Makes the next token the current one. */
extern bool mst_jinja_advance(JinjaParser *parser);

/* The token after the current one. */
extern const JinjaToken *mst_jinja_look(JinjaParser *parser);

/* Answer whether the current token is of that kind, or that name. */
extern bool mst_jinja_at_name(const JinjaParser *parser, const char *name);
extern bool mst_jinja_token_is_name(const JinjaToken *token, const char *name);

/* Steps over a token that has to be there. */
extern bool mst_jinja_expect(JinjaParser *parser, JinjaTokenKind kind);
extern bool mst_jinja_expect_name(JinjaParser *parser, const char *name);

/* Steps over a name and returns a copy of it. */
extern const char *mst_jinja_parse_name(JinjaParser *parser);

/* What a message calls a token. */
extern const char *mst_jinja_describe(const JinjaToken *token);

/* One level of nesting deeper; fails when too deep. */
extern bool mst_jinja_parse_enter(JinjaParser *parser);

/* Makes a node of a size, zeroed. */
extern void *mst_jinja_node(JinjaNodeKind kind, Size size, int offset);

/* Appends to a list of nodes that grows by doubling. */
extern void mst_jinja_nodes_add(JinjaNodes *nodes, JinjaNode *node);

/* Sets the height of a node from those of its children (may be NULL); fails when too high. */
extern bool mst_jinja_grow(JinjaParser *parser, JinjaNode *node, const JinjaNode *child);
extern bool mst_jinja_grow_all(JinjaParser *parser, JinjaNode *node, const JinjaNodes *children);

/* Make a node with one operand (NULL after an error), and with several. */
extern JinjaNode *mst_jinja_make_unary(JinjaParser *parser, JinjaNodeKind kind, int offset, JinjaNode *operand);
extern JinjaNode *mst_jinja_make_items(JinjaParser *parser, JinjaNodeKind kind, int offset, JinjaNodes items);

/* Operand of an operator, with signs, postfixes and perhaps filters (operands.c). */
extern JinjaNode *mst_jinja_parse_operand(JinjaParser *parser, bool with_filters);

/* Expression, with or without `a if b else c`. */
extern JinjaNode *mst_jinja_parse_expression(JinjaParser *parser, bool with_cond);

/* How a tuple without parentheses may look. */
#define JINJA_TUPLE_SIMPLE		0x01	/* of names and literals only */
#define JINJA_TUPLE_NO_COND		0x02	/* items without `a if b else c` */
#define JINJA_TUPLE_PARENS		0x04	/* is in parentheses and may be empty */
#define JINJA_TUPLE_NAMESPACE	0x08	/* may be ns.name alone */

/* One expression, or a tuple of several. */
extern JinjaNode *mst_jinja_parse_tuple(JinjaParser *parser, int options);

/* Filters behind an operand (may be NULL); start_inline: the first has no "|" before it. */
extern JinjaNode *mst_jinja_parse_filters(JinjaParser *parser, JinjaNode *operand, bool start_inline);

/* Statements up to the end of the text. */
extern bool mst_jinja_parse_template(JinjaParser *parser, JinjaNodes *body);

/* ---- scope analysis (scopes.c) ---- */

/* Decides for every name of a parsed program where its value is; finds the mistakes of compilation. */
extern void mst_jinja_resolve(ExprProgram *program);

#endif							/* MISTRAL_JINJA_JINJA_H */
