/*-------------------------------------------------------------------------
 *
 * expressions.c
 *	  Parser of Jinja2 expressions.
 *
 * Binary operators are rows of a table read by one precedence-climbing loop;
 * operands are in operands.c.  The depth of the recursion and the height
 * of the tree are bounded, so whoever walks over the tree may recurse.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/parser.h"
#include "jinja/program.h"
#include "value/make.h"

/* Longest chain of operators or postfixes that one expression may have. */
#define MAX_HEIGHT	2000

/* ---- errors ---- */

static void
set_error(JinjaParser *parser, int offset, ExprError *error)
{
	if (parser->error != NULL)
		return;
	error->offset = mst_jinja_offset(parser->program, offset);
	parser->error = error;
}

/*
 * Raises a TemplateSyntaxError at a byte offset of the source; returns NULL.
 */
void *
mst_jinja_parse_fail(JinjaParser *parser, int offset, const char *fmt,...)
{
	va_list		args;
	StringInfoData message;
	int			needed;

	mst_text_init(&message);
	for (;;)
	{
		va_start(args, fmt);
		needed = appendStringInfoVA(&message, fmt, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&message, needed);
	}
	set_error(parser, offset, mst_expr_error(EXPR_ERROR_JINJA_GRAMMAR,
											 "TemplateSyntaxError", "%s", message.data));
	return NULL;
}

/*
 * Raises the error for a token other than the expected one; returns NULL.
 */
static void *
fail_expected(JinjaParser *parser, const char *expected)
{
	const JinjaToken *token = &parser->current;

	if (token->kind == JINJA_T_EOF)
		mst_jinja_parse_fail(parser, token->offset,
							 "unexpected end of template, expected '%s'.", expected);
	else
		mst_jinja_parse_fail(parser, token->offset, "expected token '%s', got '%s'",
							 expected, mst_jinja_describe(token));
	if (parser->error->expected == NULL)
		parser->error->expected = pstrdup(expected);
	return NULL;
}

/* ---- tokens ---- */

static void
get_token(JinjaParser *parser, JinjaToken *token)
{
	mst_jinja_lex_next(&parser->lexer, token);
}

/*
 * Makes the next token the current one; fails at what is no token.
 */
bool
mst_jinja_advance(JinjaParser *parser)
{
	if (parser->has_ahead)
		parser->current = parser->ahead;
	else
		get_token(parser, &parser->current);
	parser->has_ahead = false;
	if (parser->current.kind != JINJA_T_ERROR)
		return true;
	set_error(parser, parser->current.offset, parser->lexer.error);
	return false;
}

/*
 * Returns the token after the current one.
 */
const JinjaToken *
mst_jinja_look(JinjaParser *parser)
{
	if (!parser->has_ahead)
		get_token(parser, &parser->ahead);
	parser->has_ahead = true;
	return &parser->ahead;
}

/*
 * Answers whether a token is the given name.
 */
bool
mst_jinja_token_is_name(const JinjaToken *token, const char *name)
{
	return token->kind == JINJA_T_NAME && token->len == strlen(name) &&
		memcmp(token->text, name, token->len) == 0;
}

/*
 * Answers whether the current token is the given name.
 */
bool
mst_jinja_at_name(const JinjaParser *parser, const char *name)
{
	return mst_jinja_token_is_name(&parser->current, name);
}

/*
 * Returns a token as messages call it: the name itself, the operator, or
 * its kind.
 */
const char *
mst_jinja_describe(const JinjaToken *token)
{
	if (token->kind == JINJA_T_NAME)
		return pnstrdup(token->text, token->len);
	return mst_jinja_token_name(token->kind);
}

/*
 * Steps over a token of the given kind, or fails.
 */
bool
mst_jinja_expect(JinjaParser *parser, JinjaTokenKind kind)
{
	if (parser->current.kind == kind)
		return mst_jinja_advance(parser);
	fail_expected(parser, mst_jinja_token_name(kind));
	return false;
}

/*
 * Steps over the given name, or fails.
 */
bool
mst_jinja_expect_name(JinjaParser *parser, const char *name)
{
	if (mst_jinja_at_name(parser, name))
		return mst_jinja_advance(parser);
	fail_expected(parser, name);
	return false;
}

/*
 * Steps over any name and returns a copy of it, or NULL.
 */
const char *
mst_jinja_parse_name(JinjaParser *parser)
{
	const char *name = NULL;

	if (parser->current.kind == JINJA_T_NAME)
		name = pnstrdup(parser->current.text, parser->current.len);
	return mst_jinja_expect(parser, JINJA_T_NAME) ? name : NULL;
}

/* ---- nodes ---- */

/*
 * Makes a zeroed node of the given size.
 */
void *
mst_jinja_node(JinjaNodeKind kind, Size size, int offset)
{
	JinjaNode  *node = palloc0(size);

	node->kind = kind;
	node->offset = offset;
	return node;
}

/*
 * Appends to a list of nodes.  Its room is the next power of two.
 */
void
mst_jinja_nodes_add(JinjaNodes *nodes, JinjaNode *node)
{
	if (nodes->items == NULL)
		nodes->items = palloc(sizeof(JinjaNode *) * 2);
	else if (nodes->count >= 2 && (nodes->count & (nodes->count - 1)) == 0)
		nodes->items = repalloc(nodes->items, sizeof(JinjaNode *) * nodes->count * 2);
	nodes->items[nodes->count++] = node;
}

/*
 * Sets the height from that of a child, which may be NULL; fails when the tree
 * gets too high.
 */
bool
mst_jinja_grow(JinjaParser *parser, JinjaNode *node, const JinjaNode *child)
{
	if (child == NULL)
		return true;
	if (child->height + 1 > MAX_HEIGHT)
	{
		mst_jinja_parse_fail(parser, node->offset, "expression is nested too deeply");
		return false;
	}
	node->height = Max(node->height, child->height + 1);
	return true;
}

/*
 * Sets the height from those of several children, as mst_jinja_grow() does from
 * one.
 */
bool
mst_jinja_grow_all(JinjaParser *parser, JinjaNode *node, const JinjaNodes *children)
{
	for (int i = 0; i < children->count; i++)
		if (!mst_jinja_grow(parser, node, children->items[i]))
			return false;
	return true;
}

/*
 * Counts one level of nesting; the caller lowers parser->depth again.
 */
bool
mst_jinja_parse_enter(JinjaParser *parser)
{
	if (++parser->depth <= mst_expr_parse_depth())
		return true;
	mst_jinja_parse_fail(parser, parser->current.offset, "expression is nested too deeply");
	return false;
}

/*
 * Makes a node with one operand, which is NULL after an error.
 */
JinjaNode *
mst_jinja_make_unary(JinjaParser *parser, JinjaNodeKind kind, int offset, JinjaNode *operand)
{
	JinjaUnary *node = mst_jinja_node(kind, sizeof(JinjaUnary), offset);

	node->operand = operand;
	return operand != NULL && mst_jinja_grow(parser, &node->node, operand) ? &node->node : NULL;
}

/*
 * Makes a node with any number of operands.
 */
JinjaNode *
mst_jinja_make_items(JinjaParser *parser, JinjaNodeKind kind, int offset, JinjaNodes items)
{
	JinjaItems *node = mst_jinja_node(kind, sizeof(JinjaItems), offset);

	node->items = items;
	return mst_jinja_grow_all(parser, &node->node, &items) ? &node->node : NULL;
}

/* ---- operators ---- */

/* Levels of precedence, loosest first. */
typedef enum Level
{
	LEVEL_OR,
	LEVEL_AND,
	LEVEL_NOT,					/* the prefix operator */
	LEVEL_COMPARE,
	LEVEL_SUM,
	LEVEL_CONCAT,
	LEVEL_TERM,
	LEVEL_POWER,
	LEVEL_UNARY
} Level;

static const struct
{
	JinjaTokenKind token;
	Level		level;
	ExprArith	op;
}			arith_operators[] = {
	{JINJA_T_ADD, LEVEL_SUM, EXPR_ADD},
	{JINJA_T_SUB, LEVEL_SUM, EXPR_SUB},
	{JINJA_T_MUL, LEVEL_TERM, EXPR_MUL},
	{JINJA_T_DIV, LEVEL_TERM, EXPR_TRUE_DIV},
	{JINJA_T_FLOORDIV, LEVEL_TERM, EXPR_FLOOR_DIV},
	{JINJA_T_MOD, LEVEL_TERM, EXPR_MOD},
	{JINJA_T_POW, LEVEL_POWER, EXPR_POW}
};

static const struct
{
	JinjaTokenKind token;
	JinjaCompareOp op;
}			compare_operators[] = {
	{JINJA_T_EQ, JINJA_OP_EQ},
	{JINJA_T_NE, JINJA_OP_NE},
	{JINJA_T_LT, JINJA_OP_LT},
	{JINJA_T_LE, JINJA_OP_LE},
	{JINJA_T_GT, JINJA_OP_GT},
	{JINJA_T_GE, JINJA_OP_GE}
};

static JinjaNode *parse_level(JinjaParser *parser, Level level);

/* Arithmetic of one level, from the left. */
static JinjaNode *
parse_arith(JinjaParser *parser, Level level)
{
	JinjaNode  *left = parse_level(parser, level + 1);

	while (left != NULL)
	{
		JinjaArith *node;
		int			i;

		for (i = 0; i < lengthof(arith_operators); i++)
			if (arith_operators[i].token == parser->current.kind &&
				arith_operators[i].level == level)
				break;
		if (i == lengthof(arith_operators))
			return left;
		node = mst_jinja_node(JINJA_ARITH, sizeof(JinjaArith), parser->current.offset);
		node->op = arith_operators[i].op;
		node->left = left;
		if (!mst_jinja_advance(parser))
			return NULL;
		node->right = parse_level(parser, level + 1);
		if (node->right == NULL || !mst_jinja_grow(parser, &node->node, left) ||
			!mst_jinja_grow(parser, &node->node, node->right))
			return NULL;
		left = &node->node;
	}
	return NULL;
}

/* Steps over a comparison operator; 1 for one, 0 for none, -1 after an error. */
static int
take_compare_operator(JinjaParser *parser, JinjaCompareOp *op)
{
	for (int i = 0; i < lengthof(compare_operators); i++)
	{
		if (compare_operators[i].token != parser->current.kind)
			continue;
		*op = compare_operators[i].op;
		return mst_jinja_advance(parser) ? 1 : -1;
	}
	*op = JINJA_OP_IN;
	if (mst_jinja_at_name(parser, "in"))
		return mst_jinja_advance(parser) ? 1 : -1;
	*op = JINJA_OP_NOT_IN;
	if (mst_jinja_at_name(parser, "not") &&
		mst_jinja_token_is_name(mst_jinja_look(parser), "in"))
		return mst_jinja_advance(parser) && mst_jinja_advance(parser) ? 1 : -1;
	return 0;
}

/* A chain of comparisons. */
static JinjaNode *
parse_compare(JinjaParser *parser)
{
	JinjaNode  *first = parse_level(parser, LEVEL_SUM);
	JinjaCompare *node = NULL;
	JinjaCompareOp op;
	int			taken;

	if (first == NULL)
		return NULL;
	while ((taken = take_compare_operator(parser, &op)) == 1)
	{
		int			n;
		JinjaNode  *operand = parse_level(parser, LEVEL_SUM);

		if (operand == NULL)
			return NULL;
		if (node == NULL)
		{
			node = mst_jinja_node(JINJA_COMPARE, sizeof(JinjaCompare), first->offset);
			mst_jinja_nodes_add(&node->operands, first);
			node->ops = palloc(2);
		}
		n = node->operands.count - 1;
		if (n >= 2 && (n & (n - 1)) == 0)
			node->ops = repalloc(node->ops, n * 2);
		node->ops[n] = op;
		mst_jinja_nodes_add(&node->operands, operand);
	}
	if (taken < 0)
		return NULL;
	if (node == NULL)
		return first;
	return mst_jinja_grow_all(parser, &node->node, &node->operands) ? &node->node : NULL;
}

/* Answers whether the operator of an n-ary level is at hand. */
static bool
at_operator(const JinjaParser *parser, Level level)
{
	if (level == LEVEL_CONCAT)
		return parser->current.kind == JINJA_T_TILDE;
	return mst_jinja_at_name(parser, level == LEVEL_OR ? "or" : "and");
}

/* or, and, ~: one node for all operands. */
static JinjaNode *
parse_nary(JinjaParser *parser, Level level)
{
	int			offset = parser->current.offset;
	JinjaNodes	operands = {NULL, 0};
	JinjaNode  *operand = parse_level(parser, level + 1);

	if (operand == NULL || !at_operator(parser, level))
		return operand;
	mst_jinja_nodes_add(&operands, operand);
	while (at_operator(parser, level))
	{
		if (!mst_jinja_advance(parser))
			return NULL;
		operand = parse_level(parser, level + 1);
		if (operand == NULL)
			return NULL;
		mst_jinja_nodes_add(&operands, operand);
	}
	return mst_jinja_make_items(parser,
								level == LEVEL_OR ? JINJA_OR : level == LEVEL_AND ? JINJA_AND : JINJA_CONCAT,
								offset, operands);
}

static JinjaNode *
parse_not(JinjaParser *parser)
{
	int			offset = parser->current.offset;
	JinjaNode  *operand = NULL;

	if (!mst_jinja_at_name(parser, "not"))
		return parse_compare(parser);
	if (!mst_jinja_parse_enter(parser))
		return NULL;
	if (mst_jinja_advance(parser))
		operand = parse_not(parser);
	parser->depth--;
	return operand != NULL ? mst_jinja_make_unary(parser, JINJA_NOT, offset, operand) : NULL;
}

static JinjaNode *
parse_level(JinjaParser *parser, Level level)
{
	switch (level)
	{
		case LEVEL_OR:
		case LEVEL_AND:
		case LEVEL_CONCAT:
			return parse_nary(parser, level);
		case LEVEL_NOT:
			return parse_not(parser);
		case LEVEL_COMPARE:
			return parse_compare(parser);
		case LEVEL_SUM:
		case LEVEL_TERM:
		case LEVEL_POWER:
			return parse_arith(parser, level);
		case LEVEL_UNARY:
			return mst_jinja_parse_operand(parser, true);
	}
	return NULL;
}

/* Steps over a name when it is at hand; 1 for yes, 0 for no, -1 after an error. */
static int
take_name(JinjaParser *parser, const char *name)
{
	if (!mst_jinja_at_name(parser, name))
		return 0;
	return mst_jinja_advance(parser) ? 1 : -1;
}

static JinjaNode *
parse_cond(JinjaParser *parser)
{
	JinjaNode  *node = parse_level(parser, LEVEL_OR);

	while (node != NULL && mst_jinja_at_name(parser, "if"))
	{
		JinjaCond  *cond = mst_jinja_node(JINJA_COND, sizeof(JinjaCond), node->offset);
		int			has_else;

		if (!mst_jinja_advance(parser))
			return NULL;
		cond->then = node;
		cond->condition = parse_level(parser, LEVEL_OR);
		if (cond->condition == NULL)
			return NULL;
		has_else = take_name(parser, "else");
		if (has_else < 0)
			return NULL;
		if (has_else > 0)
		{
			cond->otherwise = mst_jinja_parse_expression(parser, true);
			if (cond->otherwise == NULL)
				return NULL;
		}
		if (!mst_jinja_grow(parser, &cond->node, cond->then) ||
			!mst_jinja_grow(parser, &cond->node, cond->condition) ||
			!mst_jinja_grow(parser, &cond->node, cond->otherwise))
			return NULL;
		node = &cond->node;
	}
	return node;
}

/*
 * Parses an expression; without with_cond, "if" is left for the caller.
 */
JinjaNode *
mst_jinja_parse_expression(JinjaParser *parser, bool with_cond)
{
	JinjaNode  *node;

	if (!mst_jinja_parse_enter(parser))
		return NULL;
	node = with_cond ? parse_cond(parser) : parse_level(parser, LEVEL_OR);
	parser->depth--;
	return node;
}
