/*-------------------------------------------------------------------------
 *
 * parse.c
 *	  Parser of the YAQL language.
 *
 * Operators are rows of a table, read by one precedence-climbing loop.  A
 * prefix operator may stand wherever an operand may and takes everything that
 * binds tighter than itself, so "1 * not 2 + 3" is "1 * (not (2 + 3))".
 *
 * Arguments may leave slots empty ("f(,1)", "f(1,,2)"), named ones come last,
 * and a comma may not stand before the closing bracket.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/list.h"
#include "value/make.h"
#include "value/number.h"
#include "value/unicode.h"
#include "yaql/resolve.h"

/* levels of binding, the tightest highest */
#define BIND_ANY		0
#define BIND_ARROW		1
#define BIND_OR			2
#define BIND_AND		3
#define BIND_NOT		4
#define BIND_COMPARE	5
#define BIND_ADD		6
#define BIND_MULTIPLY	7
#define BIND_MATCH		8
#define BIND_SIGN		9
#define BIND_INDEX		10
#define BIND_DOT		11

typedef struct YaqlParser
{
	EvalContext *cxt;			/* takes errors, bounds recursion */
	YaqlLexer	lex;
	YaqlToken	tok;			/* the next one */
} YaqlParser;

typedef YaqlNode *(*InfixParser) (YaqlParser *parser, YaqlNode *left, const YaqlToken *op);

static YaqlNode *parse_binary(YaqlParser *parser, YaqlNode *left, const YaqlToken *op);
static YaqlNode *parse_arrow(YaqlParser *parser, YaqlNode *left, const YaqlToken *op);
static YaqlNode *parse_dot(YaqlParser *parser, YaqlNode *left, const YaqlToken *op);
static YaqlNode *parse_index(YaqlParser *parser, YaqlNode *left, const YaqlToken *op);

/* level 0: the token is no such operator */
static const struct
{
	int			prefix;
	int			infix;
	InfixParser parse;
}			operators[YAQL_NTOKENS] =

{
	[YAQL_TOK_DOT] = {0, BIND_DOT, parse_dot},
	[YAQL_TOK_ELVIS] = {0, BIND_DOT, parse_dot},
	[YAQL_TOK_LBRACKET] = {0, BIND_INDEX, parse_index},
	[YAQL_TOK_LIKE] = {0, BIND_MATCH, parse_binary},
	[YAQL_TOK_UNLIKE] = {0, BIND_MATCH, parse_binary},
	[YAQL_TOK_STAR] = {0, BIND_MULTIPLY, parse_binary},
	[YAQL_TOK_SLASH] = {0, BIND_MULTIPLY, parse_binary},
	[YAQL_TOK_MOD] = {0, BIND_MULTIPLY, parse_binary},
	[YAQL_TOK_PLUS] = {BIND_SIGN, BIND_ADD, parse_binary},
	[YAQL_TOK_MINUS] = {BIND_SIGN, BIND_ADD, parse_binary},
	[YAQL_TOK_GT] = {0, BIND_COMPARE, parse_binary},
	[YAQL_TOK_LT] = {0, BIND_COMPARE, parse_binary},
	[YAQL_TOK_GE] = {0, BIND_COMPARE, parse_binary},
	[YAQL_TOK_LE] = {0, BIND_COMPARE, parse_binary},
	[YAQL_TOK_NE] = {0, BIND_COMPARE, parse_binary},
	[YAQL_TOK_EQ] = {0, BIND_COMPARE, parse_binary},
	[YAQL_TOK_IN] = {0, BIND_COMPARE, parse_binary},
	[YAQL_TOK_NOT] = {BIND_NOT, 0, NULL},
	[YAQL_TOK_AND] = {0, BIND_AND, parse_binary},
	[YAQL_TOK_OR] = {0, BIND_OR, parse_binary},
	[YAQL_TOK_ARROW] = {0, BIND_ARROW, parse_arrow}
};

static YaqlNode *parse_value(YaqlParser *parser, int level);

/*
 * Returns a node of which only kind and place are set. "offset" counts bytes
 * into the text, from which messages make characters.
 */
static YaqlNode *
make_node(YaqlNodeKind kind, int offset)
{
	YaqlNode   *node = palloc0(sizeof(YaqlNode));

	node->kind = kind;
	node->offset = offset;
	return node;
}

/*
 * Reads the next token; false where the text has none that makes sense, with
 * the error set by the lexer.
 */
static bool
advance_token(YaqlParser *parser)
{
	return mst_yaql_lex_next(&parser->lex, &parser->tok);
}

/* Raises the error of a token that cannot stand here; returns NULL. */
static YaqlNode *
fail_unexpected(YaqlParser *parser, const char *expected)
{
	const YaqlToken *tok = &parser->tok;

	if (tok->kind == YAQL_TOK_END)
		mst_expr_fail_at(parser->cxt, tok->offset, "YaqlGrammarException",
						 "Parse error: unexpected end of statement");
	else
		mst_expr_fail_at(parser->cxt, tok->offset, "YaqlGrammarException",
						 "Parse error: unexpected '%.*s' at position %d of expression '%.*s'",
						 tok->len, tok->text, tok->offset,
						 parser->lex.len, parser->lex.src);
	if (parser->cxt->error->expected == NULL)
		parser->cxt->error->expected = expected;
	return NULL;
}

/* Steps over a token that has to be there. "what" names it in the message. */
static bool
expect_token(YaqlParser *parser, YaqlTokenKind kind, const char *what)
{
	if (parser->tok.kind != kind)
	{
		fail_unexpected(parser, what);
		return false;
	}
	return advance_token(parser);
}

/* ---- arguments ---- */

/* Arguments being collected. */
typedef struct ArgList
{
	YaqlNode  **items;
	int			room;
	int			npositional;
	int			nnamed;
} ArgList;

/*
 * Adds an argument as it stands in the text. Mappings ("key => value") are
 * counted apart, because a function that takes named arguments gets them by
 * name wherever they stand.
 */
static void
add_arg(ArgList *args, YaqlNode *node)
{
	int			n = args->npositional + args->nnamed;

	if (n >= args->room)
	{
		args->room = Max(8, args->room * 2);
		args->items = args->items == NULL ?
			palloc(args->room * sizeof(YaqlNode *)) :
			repalloc(args->items, args->room * sizeof(YaqlNode *));
	}
	args->items[n] = node;
	if (node->kind == YAQL_NODE_MAPPING)
		args->nnamed++;
	else
		args->npositional++;
}

/* The rest of "key => value"; the token is the "=>". */
static bool
parse_named(YaqlParser *parser, ArgList *args, YaqlNode *key)
{
	YaqlNode   *node = make_node(YAQL_NODE_MAPPING, key->offset);

	node->u.pair.left = key;
	if (!advance_token(parser))
		return false;
	node->u.pair.right = parse_value(parser, BIND_ANY);
	if (node->u.pair.right == NULL)
		return false;
	add_arg(args, node);
	return true;
}

/* Named arguments after the first one, up to the closing bracket. */
static bool
parse_more_named(YaqlParser *parser, ArgList *args)
{
	while (parser->tok.kind == YAQL_TOK_COMMA)
	{
		YaqlNode   *key;

		if (!advance_token(parser) ||
			(key = parse_value(parser, BIND_ANY)) == NULL)
			return false;
		if (parser->tok.kind != YAQL_TOK_MAPPING)
		{
			fail_unexpected(parser, "\"=>\"");
			return false;
		}
		if (!parse_named(parser, args, key))
			return false;
	}
	return true;
}

/*
 * Reads commas; each that does not follow an argument is an empty slot.
 * Returns how many there were, -1 on error.
 */
static int
parse_commas(YaqlParser *parser, ArgList *args)
{
	bool		after_value = args->npositional > 0;
	int			n;

	for (n = 0; parser->tok.kind == YAQL_TOK_COMMA; n++)
	{
		if (n > 0 || !after_value)
			add_arg(args, make_node(YAQL_NODE_EMPTY, parser->tok.offset));
		if (!advance_token(parser))
			return -1;
	}
	return n;
}

/*
 * Reads arguments and the closing bracket.  A named argument may follow the
 * positional ones after a comma, or after two with an empty slot between.
 */
static bool
parse_args(YaqlParser *parser, YaqlTokenKind close, const char *what, ArgList *args)
{
	bool		is_first = true;

	while (parser->tok.kind != close || !is_first)
	{
		int			ncommas = parse_commas(parser, args);
		YaqlNode   *value;

		if (ncommas < 0)
			return false;
		if (!is_first && ncommas == 0)
			break;
		value = parse_value(parser, BIND_ANY);
		if (value == NULL)
			return false;
		if (parser->tok.kind == YAQL_TOK_MAPPING)
		{
			if (is_first ? ncommas > 0 : ncommas > 2)
			{
				fail_unexpected(parser, what);
				return false;
			}
			if (!parse_named(parser, args, value) ||
				!parse_more_named(parser, args))
				return false;
			break;
		}
		add_arg(args, value);
		is_first = false;
	}
	return expect_token(parser, close, what);
}

/* ---- calls ---- */

/* Returns a node that calls a function of that name with the arguments. */
static YaqlNode *
make_call_node(YaqlNodeKind kind, const char *name, int len, bool is_method,
			   ArgList *args, int offset)
{
	YaqlNode   *node = make_node(kind, offset);
	YaqlCallSite *site = palloc0(sizeof(YaqlCallSite));

	site->name = name;
	site->len = len;
	site->is_method = is_method;
	site->args = args->items;
	site->nargs = args->npositional;
	site->nnamed = args->nnamed;
	mst_yaql_resolve(site);
	node->u.call = site;
	return node;
}

/*
 * Builds a CALL node outside of a text, for functions that call others by
 * name.  args are nargs positional nodes, the receiver of a method first, and
 * nnamed MAPPING nodes.
 */
YaqlNode *
mst_yaql_make_call(const char *name, int len, bool is_method,
				   YaqlNode **args, int nargs, int nnamed, int offset)
{
	ArgList		list = {args, nargs + nnamed, nargs, nnamed};

	return make_call_node(YAQL_NODE_CALL, name, len, is_method, &list, offset);
}

/*
 * Parses the call of a function, or of a method of the receiver, from its name
 * on. The lexer has seen the parenthesis already: without it the word is a
 * keyword. Trailing underscores are dropped, as in the reference.
 */
static YaqlNode *
parse_function(YaqlParser *parser, YaqlNode *receiver)
{
	YaqlToken	name = parser->tok;
	ArgList		args = {0};
	ArgList		own = {0};

	/* the receiver is the first argument, but no slot before a comma */
	if (!advance_token(parser) ||
		!parse_args(parser, YAQL_TOK_RPAREN, "\")\"", &own))
		return NULL;
	if (receiver != NULL)
		add_arg(&args, receiver);
	for (int i = 0; i < own.npositional + own.nnamed; i++)
		add_arg(&args, own.items[i]);

	/* "len_" is "len" */
	while (name.len > 0 && name.text[name.len - 1] == '_')
		name.len--;
	return make_call_node(YAQL_NODE_CALL, name.text, name.len,
						  receiver != NULL, &args, name.offset);
}

/*
 * A list of constants is a constant, too: frozen, so that evaluations can
 * share it.  Returns NULL when there are other items.
 */
static YaqlNode *
constant_list(YaqlParser *parser, const ArgList *args, int offset)
{
	YaqlNode   *node;
	ExprList   *list;

	if (args->nnamed > 0)
		return NULL;
	for (int i = 0; i < args->npositional; i++)
	{
		if (args->items[i]->kind != YAQL_NODE_CONST)
			return NULL;
	}
	list = mst_list_new(args->npositional);
	for (int i = 0; i < args->npositional; i++)
	{
		if (!mst_list_append(parser->cxt, list, &args->items[i]->u.constant))
			return NULL;
	}
	node = make_node(YAQL_NODE_CONST, offset);
	node->u.constant = mst_value_list(list, true);
	return node;
}

/*
 * Parses a list. One of constants alone is made here once, as it can have no
 * effect and no error later; any other is a call of the function "#list", for
 * the error where no such call is possible.
 */
static YaqlNode *
parse_list(YaqlParser *parser)
{
	int			offset = parser->tok.offset;
	ArgList		args = {0};
	YaqlNode   *node;

	if (!advance_token(parser) || !parse_args(parser, YAQL_TOK_RBRACKET, "\"]\"", &args))
		return NULL;
	node = constant_list(parser, &args, offset);
	if (node == NULL && parser->cxt->error == NULL)
		node = make_call_node(YAQL_NODE_LIST, "#list", strlen("#list"),
							  false, &args, offset);
	return node;
}

/*
 * Parses a mapping in braces, which is a call of the function "#map" with its
 * entries as arguments.
 */
static YaqlNode *
parse_dict(YaqlParser *parser)
{
	int			offset = parser->tok.offset;
	ArgList		args = {0};

	if (!advance_token(parser) || !parse_args(parser, YAQL_TOK_RBRACE, "\"}\"", &args))
		return NULL;
	return make_call_node(YAQL_NODE_DICT, "#map", strlen("#map"),
						  false, &args, offset);
}

/* receiver[...]: the receiver is the first argument of #indexer. */
static YaqlNode *
parse_index(YaqlParser *parser, YaqlNode *left, const YaqlToken *op)
{
	ArgList		own = {0};
	ArgList		args = {0};

	if (!parse_args(parser, YAQL_TOK_RBRACKET, "\"]\"", &own))
		return NULL;
	add_arg(&args, left);
	for (int i = 0; i < own.npositional + own.nnamed; i++)
		add_arg(&args, own.items[i]);
	return make_call_node(YAQL_NODE_INDEX, "#indexer", strlen("#indexer"),
						  false, &args, op->offset);
}

/* ---- receiver.something ---- */

/*
 * Makes the node of "receiver.name", which is an entry of a mapping or a call
 * of the function "#property#name". Which of the two is known only when the
 * receiver is, so the node has both.
 */
static YaqlNode *
make_property(YaqlNode *receiver, const ExprValue *name, int offset)
{
	static const char prefix[] = "#property#";
	YaqlNode   *node = make_node(YAQL_NODE_PROPERTY, offset);
	char	   *full = palloc(sizeof(prefix) + name->len);
	ArgList		args = {0};

	memcpy(full, prefix, sizeof(prefix) - 1);
	memcpy(full + sizeof(prefix) - 1, name->u.string, name->len);
	add_arg(&args, receiver);
	node->u.property.receiver = receiver;
	node->u.property.name = full + sizeof(prefix) - 1;
	node->u.property.len = name->len;
	node->u.property.call =
		make_call_node(YAQL_NODE_CALL, full, sizeof(prefix) - 1 + name->len,
					   false, &args, offset)->u.call;
	return node;
}

/*
 * "." or "?.": a method call when a function follows, a property when a word
 * does.  Anything else parses, but has no meaning.
 */
static YaqlNode *
parse_dot(YaqlParser *parser, YaqlNode *left, const YaqlToken *op)
{
	YaqlNode   *node;
	YaqlNode   *right;

	if (parser->tok.kind == YAQL_TOK_FUNC)
		node = parse_function(parser, left);
	else
	{
		right = parse_value(parser, BIND_DOT + 1);
		if (right == NULL)
			return NULL;
		if (right->kind == YAQL_NODE_CONST && right->is_keyword)
			node = make_property(left, &right->u.constant, right->offset);
		else
		{
			node = make_node(YAQL_NODE_BAD_DOT, op->offset);
			node->u.pair.left = left;
			node->u.pair.right = right;
		}
	}
	if (node != NULL)
		node->is_elvis = op->kind == YAQL_TOK_ELVIS;
	return node;
}

/* ---- operators ---- */

/*
 * Makes the node of an operator with two operands; NULL if the right one did
 * not parse.
 */
static YaqlNode *
make_binary(YaqlNode *left, YaqlNode *right, const YaqlToken *op)
{
	YaqlNode   *node;

	if (right == NULL)
		return NULL;
	node = make_node(YAQL_NODE_BINARY, op->offset);
	node->op = op->kind;
	node->u.pair.left = left;
	node->u.pair.right = right;
	return node;
}

/*
 * Parses the right operand of an operator that groups to the left: one that
 * binds more tightly than the operator itself.
 */
static YaqlNode *
parse_binary(YaqlParser *parser, YaqlNode *left, const YaqlToken *op)
{
	return make_binary(left, parse_value(parser, operators[op->kind].infix + 1), op);
}

/* "a -> b -> c" is "a -> (b -> c)" */
static YaqlNode *
parse_arrow(YaqlParser *parser, YaqlNode *left, const YaqlToken *op)
{
	return make_binary(left, parse_value(parser, BIND_ARROW), op);
}

/*
 * Parses an operator in front of its operand. How tightly it binds is not how
 * it would between two operands: "-a.b" is -(a.b), and "not a = b" is not (a =
 * b).
 */
static YaqlNode *
parse_prefix(YaqlParser *parser)
{
	YaqlNode   *node = make_node(YAQL_NODE_UNARY, parser->tok.offset);

	node->op = parser->tok.kind;
	if (!advance_token(parser))
		return NULL;
	node->u.pair.right = parse_value(parser, operators[node->op].prefix);
	return node->u.pair.right != NULL ? node : NULL;
}

/* ---- operands ---- */

/* Returns a number's digits, in any script, as ASCII; *len is their number. */
static const char *
ascii_number(const YaqlToken *tok, int *len)
{
	const char *s = tok->text;
	const char *end = tok->text + tok->len;
	char	   *digits;

	*len = tok->len;
	if (mst_utf8_is_ascii(s, tok->len))
		return s;

	/* no digit is shorter than its ASCII form */
	digits = palloc(tok->len);
	for (*len = 0; s < end; (*len)++)
	{
		uint32		c = mst_utf8_next(&s, end);

		digits[*len] = c == '.' ? '.' : '0' + mst_char_decimal_value(c);
	}
	return digits;
}

/*
 * Reads the value of a token that the lexer has found to be a number. Integers
 * have any size; a float too large for a double is infinite, as in Python.
 */
static bool
read_number(YaqlParser *parser, ExprValue *result)
{
	int			len;
	const char *digits = ascii_number(&parser->tok, &len);
	double		real = 0;

	if (parser->tok.kind == YAQL_TOK_INTEGER)
		return mst_number_from_digits(parser->cxt, digits, len, 10, result);
	(void) mst_number_parse_float(digits, len, &real);
	*result = mst_value_float(real);
	return true;
}

/*
 * Parses one token that is a value. A bare word is the string of its letters,
 * marked as a keyword because it may also name a property or an argument.
 */
static YaqlNode *
parse_constant(YaqlParser *parser)
{
	const YaqlToken *tok = &parser->tok;
	YaqlNode   *node = make_node(YAQL_NODE_CONST, tok->offset);

	switch (tok->kind)
	{
		case YAQL_TOK_INTEGER:
		case YAQL_TOK_FLOAT:
			if (!read_number(parser, &node->u.constant))
				return NULL;
			break;
		case YAQL_TOK_TRUE:
		case YAQL_TOK_FALSE:
			node->u.constant = mst_value_bool(tok->kind == YAQL_TOK_TRUE);
			break;
		case YAQL_TOK_NULL:
			node->u.constant = mst_value_null();
			break;
		default:
			node->u.constant = mst_value_string(tok->text, tok->len);
			node->is_keyword = tok->kind == YAQL_TOK_KEYWORD;
			break;
	}
	return advance_token(parser) ? node : NULL;
}

/* N of "$N" when it is the canonical name of a position, else 0. */
static int
variable_position(const char *name, int len)
{
	int			n = 0;

	if (len == 0)
		return 1;
	if (len > 6 || name[0] == '0')
		return 0;
	for (int i = 0; i < len; i++)
	{
		if (name[i] < '0' || name[i] > '9')
			return 0;
		n = n * 10 + (name[i] - '0');
	}
	return n;
}

/*
 * Parses "$name"; "$" alone has an empty name, and "$1" is the first argument
 * of a lambda.
 */
static YaqlNode *
parse_variable(YaqlParser *parser)
{
	YaqlNode   *node = make_node(YAQL_NODE_VARIABLE, parser->tok.offset);

	node->u.variable.name = parser->tok.text + 1;
	node->u.variable.len = parser->tok.len - 1;
	node->u.variable.position = variable_position(node->u.variable.name,
												  node->u.variable.len);
	return advance_token(parser) ? node : NULL;
}

/* Parses an expression in parentheses, which leave no node behind. */
static YaqlNode *
parse_parenthesis(YaqlParser *parser)
{
	YaqlNode   *node;

	if (!advance_token(parser))
		return NULL;
	node = parse_value(parser, BIND_ANY);
	if (node == NULL || !expect_token(parser, YAQL_TOK_RPAREN, "\")\""))
		return NULL;

	/* "(a)" is the text, but names neither a property nor an argument */
	node->is_keyword = false;
	return node;
}

/*
 * Parses what can begin a value. Everything that can follow one (a dot, an
 * index, an operator) is left to parse_value().
 */
static YaqlNode *
parse_operand(YaqlParser *parser)
{
	switch (parser->tok.kind)
	{
		case YAQL_TOK_INTEGER:
		case YAQL_TOK_FLOAT:
		case YAQL_TOK_STRING:
		case YAQL_TOK_KEYWORD:
		case YAQL_TOK_TRUE:
		case YAQL_TOK_FALSE:
		case YAQL_TOK_NULL:
			return parse_constant(parser);
		case YAQL_TOK_DOLLAR:
			return parse_variable(parser);
		case YAQL_TOK_FUNC:
			return parse_function(parser, NULL);
		case YAQL_TOK_LPAREN:
			return parse_parenthesis(parser);
		case YAQL_TOK_LBRACKET:
			return parse_list(parser);
		case YAQL_TOK_LBRACE:
			return parse_dict(parser);
		default:
			if (operators[parser->tok.kind].prefix > 0)
				return parse_prefix(parser);
			return fail_unexpected(parser, "a value");
	}
}

/* Reads an operand and the operators behind it that bind at least at level. */
static YaqlNode *
parse_value(YaqlParser *parser, int level)
{
	YaqlNode   *left;

	CHECK_FOR_INTERRUPTS();
	if (!mst_expr_enter(parser->cxt))
		return NULL;
	left = parse_operand(parser);
	while (left != NULL)
	{
		YaqlToken	op = parser->tok;

		if (operators[op.kind].infix == 0 || operators[op.kind].infix < level)
			break;
		left = advance_token(parser) ? operators[op.kind].parse(parser, left, &op) : NULL;
	}
	mst_expr_leave(parser->cxt);
	return left;
}

/*
 * Parses a whole text.  NULL: cxt->error says why.  The tree points into the
 * text.
 */
YaqlNode *
mst_yaql_parse(EvalContext *cxt, const char *text, int len)
{
	YaqlParser	parser = {cxt};
	YaqlNode   *node;

	mst_yaql_lex_start(&parser.lex, cxt, text, len);
	if (!advance_token(&parser))
		return NULL;
	node = parse_value(&parser, BIND_ANY);
	if (node != NULL && parser.tok.kind != YAQL_TOK_END)
		return fail_unexpected(&parser, "an operator or the end");
	return node;
}
