/*-------------------------------------------------------------------------
 *
 * jinja_parse.c
 *	  Parser of Jinja2 expressions.
 *
 * Binary operators are rows of a table read by one precedence-climbing loop;
 * the rest is recursive descent, one function per rule of the grammar.  The
 * depth of the recursion and the height of the tree are bounded, so whoever
 * walks over the tree may recurse.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "expr/jinja.h"
#include "expr/jinja_eval.h"

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
void *
mst_jinja_parse_fail_expected(JinjaParser *parser, const char *expected)
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
 * The token after the current one.
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
 * What messages call a token: the name itself, the operator, or its kind.
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
	mst_jinja_parse_fail_expected(parser, mst_jinja_token_name(kind));
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
	mst_jinja_parse_fail_expected(parser, name);
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

/* Sets the height from that of a child; false when the tree gets too high. */
static bool
grow(JinjaParser *parser, JinjaNode *node, const JinjaNode *child)
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

static bool
grow_all(JinjaParser *parser, JinjaNode *node, const JinjaNodes *children)
{
	for (int i = 0; i < children->count; i++)
		if (!grow(parser, node, children->items[i]))
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

static JinjaNode *
make_const(int offset, ExprValue value)
{
	JinjaConst *node = mst_jinja_node(JINJA_CONST, sizeof(JinjaConst), offset);

	node->value = value;
	return &node->node;
}

static JinjaNode *
make_unary(JinjaParser *parser, JinjaNodeKind kind, int offset, JinjaNode *operand)
{
	JinjaUnary *node = mst_jinja_node(kind, sizeof(JinjaUnary), offset);

	node->operand = operand;
	return operand != NULL && grow(parser, &node->node, operand) ? &node->node : NULL;
}

static JinjaNode *
make_items(JinjaParser *parser, JinjaNodeKind kind, int offset, JinjaNodes items)
{
	JinjaItems *node = mst_jinja_node(kind, sizeof(JinjaItems), offset);

	node->items = items;
	return grow_all(parser, &node->node, &items) ? &node->node : NULL;
}

/* ---- literals ---- */

/* The value of an integer literal, of any size. */
static bool
integer_value(JinjaParser *parser, ExprValue *value)
{
	const JinjaToken *token = &parser->current;
	ExprContext cxt;

	memset(&cxt, 0, sizeof(cxt));
	cxt.mcxt = CurrentMemoryContext;
	cxt.error_class = EXPR_ERROR_JINJA_GRAMMAR;
	cxt.steps_left = cxt.limits.max_steps = PG_INT64_MAX;
	cxt.limits.max_bytes = PG_INT64_MAX;
	cxt.limits.max_bigint_bits = 1 << 20;
	if (mst_number_parse_int(&cxt, token->text, token->len, 0, value))
		return true;
	if (cxt.error != NULL)
		mst_jinja_parse_fail(parser, token->offset, "%s", cxt.error->message);
	else
		mst_jinja_parse_fail(parser, token->offset, "invalid integer");
	return false;
}

static JinjaNode *
parse_number(JinjaParser *parser)
{
	const JinjaToken *token = &parser->current;
	int			offset = token->offset;
	ExprValue	value;
	double		real;

	if (token->kind == JINJA_T_INTEGER)
	{
		if (!integer_value(parser, &value))
			return NULL;
	}
	else
	{
		if (!mst_number_parse_float(token->text, token->len, &real))
			return mst_jinja_parse_fail(parser, offset, "invalid float");
		value = mst_value_float(real);
	}
	return mst_jinja_advance(parser) ? make_const(offset, value) : NULL;
}

/* One or more adjacent string literals. */
static JinjaNode *
parse_string(JinjaParser *parser)
{
	JinjaToken	first = parser->current;
	StringInfoData joined;

	if (!mst_jinja_advance(parser))
		return NULL;
	if (parser->current.kind != JINJA_T_STRING)
		return make_const(first.offset, mst_value_string(first.text, first.len));

	mst_text_init(&joined);
	appendBinaryStringInfo(&joined, first.text, first.len);
	while (parser->current.kind == JINJA_T_STRING)
	{
		appendBinaryStringInfo(&joined, parser->current.text, parser->current.len);
		if (!mst_jinja_advance(parser))
			return NULL;
	}
	return make_const(first.offset, mst_value_string(joined.data, joined.len));
}

/* A name, or one of the constants that are written as names. */
static JinjaNode *
parse_name(JinjaParser *parser, bool with_namespace)
{
	JinjaToken	token = parser->current;
	JinjaName  *name;

	if (!mst_jinja_advance(parser))
		return NULL;
	if (mst_jinja_token_is_name(&token, "true") || mst_jinja_token_is_name(&token, "True"))
		return make_const(token.offset, mst_value_bool(true));
	if (mst_jinja_token_is_name(&token, "false") || mst_jinja_token_is_name(&token, "False"))
		return make_const(token.offset, mst_value_bool(false));
	if (mst_jinja_token_is_name(&token, "none") || mst_jinja_token_is_name(&token, "None"))
		return make_const(token.offset, mst_value_null());

	name = mst_jinja_node(JINJA_NAME, sizeof(JinjaName), token.offset);
	name->name = pnstrdup(token.text, token.len);
	name->len = token.len;
	if (with_namespace && parser->current.kind == JINJA_T_DOT)
	{
		JinjaNamespaceTarget *target = mst_jinja_node(JINJA_NAMESPACE_TARGET,
													  sizeof(JinjaNamespaceTarget), token.offset);

		target->object = name;
		if (!mst_jinja_advance(parser))
			return NULL;
		target->name = mst_jinja_parse_name(parser);
		return target->name != NULL ? &target->node : NULL;
	}
	return &name->node;
}

static JinjaNode *
parse_list(JinjaParser *parser)
{
	int			offset = parser->current.offset;
	JinjaNodes	items = {NULL, 0};

	if (!mst_jinja_expect(parser, JINJA_T_LBRACKET))
		return NULL;
	while (parser->current.kind != JINJA_T_RBRACKET)
	{
		JinjaNode  *item;

		if (items.count > 0 && !mst_jinja_expect(parser, JINJA_T_COMMA))
			return NULL;
		if (parser->current.kind == JINJA_T_RBRACKET)
			break;
		item = mst_jinja_parse_expression(parser, true);
		if (item == NULL)
			return NULL;
		mst_jinja_nodes_add(&items, item);
	}
	if (!mst_jinja_expect(parser, JINJA_T_RBRACKET))
		return NULL;
	return make_items(parser, JINJA_LIST, offset, items);
}

static JinjaNode *
parse_dict(JinjaParser *parser)
{
	JinjaDict  *dict = mst_jinja_node(JINJA_DICT, sizeof(JinjaDict), parser->current.offset);

	if (!mst_jinja_expect(parser, JINJA_T_LBRACE))
		return NULL;
	while (parser->current.kind != JINJA_T_RBRACE)
	{
		JinjaNode  *key;
		JinjaNode  *value;

		if (dict->keys.count > 0 && !mst_jinja_expect(parser, JINJA_T_COMMA))
			return NULL;
		if (parser->current.kind == JINJA_T_RBRACE)
			break;
		key = mst_jinja_parse_expression(parser, true);
		if (key == NULL || !mst_jinja_expect(parser, JINJA_T_COLON))
			return NULL;
		value = mst_jinja_parse_expression(parser, true);
		if (value == NULL)
			return NULL;
		mst_jinja_nodes_add(&dict->keys, key);
		mst_jinja_nodes_add(&dict->values, value);
	}
	if (!mst_jinja_expect(parser, JINJA_T_RBRACE) ||
		!grow_all(parser, &dict->node, &dict->keys) ||
		!grow_all(parser, &dict->node, &dict->values))
		return NULL;
	return &dict->node;
}

static JinjaNode *
parse_parenthesized(JinjaParser *parser)
{
	JinjaNode  *node;

	if (!mst_jinja_advance(parser))
		return NULL;
	node = mst_jinja_parse_tuple(parser, JINJA_TUPLE_PARENS, NULL);
	if (node == NULL || !mst_jinja_expect(parser, JINJA_T_RPAREN))
		return NULL;
	return node;
}

static JinjaNode *
parse_primary(JinjaParser *parser, bool with_namespace)
{
	switch (parser->current.kind)
	{
		case JINJA_T_NAME:
			return parse_name(parser, with_namespace);
		case JINJA_T_STRING:
			return parse_string(parser);
		case JINJA_T_INTEGER:
		case JINJA_T_FLOAT:
			return parse_number(parser);
		case JINJA_T_LPAREN:
			return parse_parenthesized(parser);
		case JINJA_T_LBRACKET:
			return parse_list(parser);
		case JINJA_T_LBRACE:
			return parse_dict(parser);
		default:
			return mst_jinja_parse_fail(parser, parser->current.offset, "unexpected '%s'",
										mst_jinja_describe(&parser->current));
	}
}

/* ---- tuples ---- */

static bool
at_tuple_end(const JinjaParser *parser, const char *end_name)
{
	switch (parser->current.kind)
	{
		case JINJA_T_VARIABLE_END:
		case JINJA_T_BLOCK_END:
		case JINJA_T_RPAREN:
			return true;
		default:
			return end_name != NULL && mst_jinja_at_name(parser, end_name);
	}
}

/*
 * Parses one expression, or a tuple when a comma follows it.
 */
JinjaNode *
mst_jinja_parse_tuple(JinjaParser *parser, int options, const char *end_name)
{
	int			offset = parser->current.offset;
	JinjaNodes	items = {NULL, 0};
	bool		is_tuple = false;

	for (;;)
	{
		JinjaNode  *item;

		if (items.count > 0 && !mst_jinja_expect(parser, JINJA_T_COMMA))
			return NULL;
		if (at_tuple_end(parser, end_name))
			break;
		if (options & JINJA_TUPLE_SIMPLE)
			item = parse_primary(parser, (options & JINJA_TUPLE_NAMESPACE) != 0);
		else
			item = mst_jinja_parse_expression(parser, (options & JINJA_TUPLE_NO_COND) == 0);
		if (item == NULL)
			return NULL;
		mst_jinja_nodes_add(&items, item);
		if (parser->current.kind != JINJA_T_COMMA)
			break;
		is_tuple = true;
	}
	if (!is_tuple)
	{
		if (items.count > 0)
			return items.items[0];
		if ((options & JINJA_TUPLE_PARENS) == 0)
			return mst_jinja_parse_fail(parser, parser->current.offset,
										"Expected an expression, got '%s'",
										mst_jinja_describe(&parser->current));
	}
	return make_items(parser, JINJA_TUPLE, offset, items);
}

/* ---- postfixes ---- */

static JinjaNode *
parse_attribute(JinjaParser *parser, JinjaNode *object)
{
	JinjaToken	token;
	JinjaNode  *result;

	if (!mst_jinja_expect(parser, JINJA_T_DOT))
		return NULL;
	token = parser->current;
	if (token.kind == JINJA_T_INTEGER)
	{
		JinjaItem  *item = mst_jinja_node(JINJA_ITEM, sizeof(JinjaItem), token.offset);

		item->object = object;
		item->key = parse_number(parser);
		if (item->key == NULL)
			return NULL;
		result = &item->node;
	}
	else
	{
		JinjaAttribute *attribute = mst_jinja_node(JINJA_ATTRIBUTE, sizeof(JinjaAttribute), token.offset);

		/* the reference steps over the token before it looks at it */
		if (!mst_jinja_advance(parser))
			return NULL;
		if (token.kind != JINJA_T_NAME)
			return mst_jinja_parse_fail(parser, token.offset, "expected name or number");
		attribute->object = object;
		attribute->name = pnstrdup(token.text, token.len);
		attribute->len = token.len;
		attribute->is_member = mst_jinja_is_member_name(token.text, token.len);
		result = &attribute->node;
	}
	return grow(parser, result, object) ? result : NULL;
}

/* One bound of a slice; false after an error. */
static bool
parse_slice_part(JinjaParser *parser, JinjaNode *slice, JinjaNode **part)
{
	switch (parser->current.kind)
	{
		case JINJA_T_COLON:
		case JINJA_T_RBRACKET:
		case JINJA_T_COMMA:
			return true;
		default:
			*part = mst_jinja_parse_expression(parser, true);
			return *part != NULL && grow(parser, slice, *part);
	}
}

/* An index, or a slice. */
static JinjaNode *
parse_subscript(JinjaParser *parser)
{
	int			offset = parser->current.offset;
	JinjaNode  *start = NULL;
	JinjaSlice *slice;

	if (parser->current.kind != JINJA_T_COLON)
	{
		start = mst_jinja_parse_expression(parser, true);
		if (start == NULL || parser->current.kind != JINJA_T_COLON)
			return start;
	}
	slice = mst_jinja_node(JINJA_SLICE, sizeof(JinjaSlice), offset);
	slice->start = start;
	if (!grow(parser, &slice->node, start) || !mst_jinja_advance(parser) ||
		!parse_slice_part(parser, &slice->node, &slice->stop))
		return NULL;
	if (parser->current.kind == JINJA_T_COLON &&
		(!mst_jinja_advance(parser) || !parse_slice_part(parser, &slice->node, &slice->step)))
		return NULL;
	return &slice->node;
}

static JinjaNode *
parse_item(JinjaParser *parser, JinjaNode *object)
{
	JinjaItem  *item = mst_jinja_node(JINJA_ITEM, sizeof(JinjaItem), parser->current.offset);
	JinjaNodes	keys = {NULL, 0};

	if (!mst_jinja_expect(parser, JINJA_T_LBRACKET))
		return NULL;
	while (parser->current.kind != JINJA_T_RBRACKET)
	{
		JinjaNode  *key;

		if (keys.count > 0 && !mst_jinja_expect(parser, JINJA_T_COMMA))
			return NULL;
		key = parse_subscript(parser);
		if (key == NULL)
			return NULL;
		mst_jinja_nodes_add(&keys, key);
	}
	if (!mst_jinja_expect(parser, JINJA_T_RBRACKET))
		return NULL;
	item->object = object;
	if (keys.count == 1)
		item->key = keys.items[0];
	else
		item->key = make_items(parser, JINJA_TUPLE, item->node.offset, keys);
	if (item->key == NULL || !grow(parser, &item->node, object) ||
		!grow(parser, &item->node, item->key))
		return NULL;
	return &item->node;
}

static bool
add_named(JinjaParser *parser, JinjaArgs *args)
{
	int			n = args->named.count;
	const char *name = mst_jinja_parse_name(parser);
	JinjaNode  *value;

	if (name == NULL || !mst_jinja_expect(parser, JINJA_T_ASSIGN))
		return false;
	value = mst_jinja_parse_expression(parser, true);
	if (value == NULL)
		return false;
	if (args->names == NULL)
		args->names = palloc(sizeof(char *) * 2);
	else if (n >= 2 && (n & (n - 1)) == 0)
		args->names = repalloc(args->names, sizeof(char *) * n * 2);
	args->names[n] = name;
	mst_jinja_nodes_add(&args->named, value);
	return true;
}

static bool
parse_argument(JinjaParser *parser, JinjaArgs *args, int offset)
{
	JinjaTokenKind kind = parser->current.kind;
	bool		is_named = kind == JINJA_T_NAME && mst_jinja_look(parser)->kind == JINJA_T_ASSIGN;
	JinjaNode  *value;
	bool		ordered;

	if (kind == JINJA_T_POW || is_named)
		ordered = args->star_star == NULL;
	else if (kind == JINJA_T_MUL)
		ordered = args->star == NULL && args->star_star == NULL;
	else
		ordered = args->star == NULL && args->star_star == NULL && args->named.count == 0;
	if (!ordered)
	{
		mst_jinja_parse_fail(parser, offset, "invalid syntax for function call expression");
		return false;
	}
	if (is_named)
		return add_named(parser, args);
	if ((kind == JINJA_T_POW || kind == JINJA_T_MUL) && !mst_jinja_advance(parser))
		return false;
	value = mst_jinja_parse_expression(parser, true);
	if (value == NULL)
		return false;
	if (kind == JINJA_T_POW)
		args->star_star = value;
	else if (kind == JINJA_T_MUL)
		args->star = value;
	else
		mst_jinja_nodes_add(&args->positional, value);
	return true;
}

/* Arguments in parentheses; node gets higher than all of them. */
static bool
parse_args(JinjaParser *parser, JinjaArgs *args, JinjaNode *node)
{
	int			offset = parser->current.offset;
	bool		is_first = true;

	if (!mst_jinja_expect(parser, JINJA_T_LPAREN))
		return false;
	while (parser->current.kind != JINJA_T_RPAREN)
	{
		if (!is_first && !mst_jinja_expect(parser, JINJA_T_COMMA))
			return false;
		if (!is_first && parser->current.kind == JINJA_T_RPAREN)
			break;
		is_first = false;
		if (!parse_argument(parser, args, offset))
			return false;
	}
	return mst_jinja_expect(parser, JINJA_T_RPAREN) &&
		grow_all(parser, node, &args->positional) &&
		grow_all(parser, node, &args->named) &&
		grow(parser, node, args->star) &&
		grow(parser, node, args->star_star);
}

static JinjaNode *
parse_call(JinjaParser *parser, JinjaNode *callee)
{
	JinjaCall  *call = mst_jinja_node(JINJA_CALL, sizeof(JinjaCall), parser->current.offset);

	call->callee = callee;
	if (!parse_args(parser, &call->args, &call->node) || !grow(parser, &call->node, callee))
		return NULL;
	return &call->node;
}

static JinjaNode *
parse_postfixes(JinjaParser *parser, JinjaNode *node)
{
	while (node != NULL)
	{
		if (parser->current.kind == JINJA_T_DOT)
			node = parse_attribute(parser, node);
		else if (parser->current.kind == JINJA_T_LBRACKET)
			node = parse_item(parser, node);
		else if (parser->current.kind == JINJA_T_LPAREN)
			node = parse_call(parser, node);
		else
			return node;
	}
	return NULL;
}

/* ---- filters and tests ---- */

/* The name of a filter or test: names joined by dots. */
static const char *
parse_dotted_name(JinjaParser *parser)
{
	const char *name = mst_jinja_parse_name(parser);

	while (name != NULL && parser->current.kind == JINJA_T_DOT)
	{
		const char *part;

		if (!mst_jinja_advance(parser))
			return NULL;
		part = mst_jinja_parse_name(parser);
		if (part == NULL)
			return NULL;
		name = psprintf("%s.%s", name, part);
	}
	return name;
}

/*
 * Parses filters, each applied to the one before; the first to the operand.
 */
JinjaNode *
mst_jinja_parse_filters(JinjaParser *parser, JinjaNode *operand, bool start_inline)
{
	while (start_inline || parser->current.kind == JINJA_T_PIPE)
	{
		JinjaApply *filter;

		if (!start_inline && !mst_jinja_advance(parser))
			return NULL;
		start_inline = false;
		filter = mst_jinja_node(JINJA_FILTER, sizeof(JinjaApply), parser->current.offset);
		filter->operand = operand;
		filter->name = parse_dotted_name(parser);
		if (filter->name == NULL || !grow(parser, &filter->node, operand))
			return NULL;
		if (parser->current.kind == JINJA_T_LPAREN &&
			!parse_args(parser, &filter->args, &filter->node))
			return NULL;
		filter->builtin = mst_jinja_find_filter(filter->name, strlen(filter->name));
		if (filter->builtin == NULL)
			filter->function = mst_expr_function_find(filter->name, strlen(filter->name));
		operand = &filter->node;
	}
	return operand;
}

/* Answers whether the current token starts the argument of a test without parentheses. */
static bool
at_test_argument(const JinjaParser *parser)
{
	switch (parser->current.kind)
	{
		case JINJA_T_NAME:
			return !mst_jinja_at_name(parser, "else") && !mst_jinja_at_name(parser, "or") &&
				!mst_jinja_at_name(parser, "and");
		case JINJA_T_STRING:
		case JINJA_T_INTEGER:
		case JINJA_T_FLOAT:
		case JINJA_T_LBRACKET:
		case JINJA_T_LBRACE:
			return true;
		default:
			return false;
	}
}

static bool
parse_test_argument(JinjaParser *parser, JinjaApply *test)
{
	JinjaNode  *argument;

	if (parser->current.kind == JINJA_T_LPAREN)
		return parse_args(parser, &test->args, &test->node);
	if (!at_test_argument(parser))
		return true;
	if (mst_jinja_at_name(parser, "is"))
	{
		mst_jinja_parse_fail(parser, parser->current.offset,
							 "You cannot chain multiple tests with is");
		return false;
	}
	argument = parse_postfixes(parser, parse_primary(parser, false));
	if (argument == NULL)
		return false;
	mst_jinja_nodes_add(&test->args.positional, argument);
	return grow(parser, &test->node, argument);
}

static JinjaNode *
parse_test(JinjaParser *parser, JinjaNode *operand)
{
	JinjaApply *test;
	bool		is_negated;

	if (!mst_jinja_advance(parser))
		return NULL;
	is_negated = mst_jinja_at_name(parser, "not");
	if (is_negated && !mst_jinja_advance(parser))
		return NULL;
	test = mst_jinja_node(JINJA_TEST, sizeof(JinjaApply), parser->current.offset);
	test->operand = operand;
	test->name = parse_dotted_name(parser);
	if (test->name == NULL || !grow(parser, &test->node, operand) ||
		!parse_test_argument(parser, test))
		return NULL;
	test->builtin = mst_jinja_find_test(test->name, strlen(test->name));
	if (is_negated)
		return make_unary(parser, JINJA_NOT, test->node.offset, &test->node);
	return &test->node;
}

/* What may stand behind an operand with its postfixes: filters, tests, calls. */
static JinjaNode *
parse_applications(JinjaParser *parser, JinjaNode *node)
{
	while (node != NULL)
	{
		if (parser->current.kind == JINJA_T_PIPE)
			node = mst_jinja_parse_filters(parser, node, false);
		else if (mst_jinja_at_name(parser, "is"))
			node = parse_test(parser, node);
		else if (parser->current.kind == JINJA_T_LPAREN)
			node = parse_call(parser, node);
		else
			return node;
	}
	return NULL;
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

static JinjaNode *
parse_unary(JinjaParser *parser, bool with_filters)
{
	int			offset = parser->current.offset;
	JinjaTokenKind kind = parser->current.kind;
	JinjaNode  *node = NULL;

	if (!mst_jinja_parse_enter(parser))
		return NULL;
	if (kind == JINJA_T_SUB || kind == JINJA_T_ADD)
	{
		if (mst_jinja_advance(parser))
			node = parse_unary(parser, false);
		if (node != NULL)
			node = make_unary(parser, kind == JINJA_T_SUB ? JINJA_NEGATE : JINJA_PLUS, offset, node);
	}
	else
		node = parse_primary(parser, false);
	node = parse_postfixes(parser, node);
	if (with_filters)
		node = parse_applications(parser, node);
	parser->depth--;
	return node;
}

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
		if (node->right == NULL || !grow(parser, &node->node, left) ||
			!grow(parser, &node->node, node->right))
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
	return grow_all(parser, &node->node, &node->operands) ? &node->node : NULL;
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
	return make_items(parser,
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
	return operand != NULL ? make_unary(parser, JINJA_NOT, offset, operand) : NULL;
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
			return parse_unary(parser, true);
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
		if (!grow(parser, &cond->node, cond->then) ||
			!grow(parser, &cond->node, cond->condition) ||
			!grow(parser, &cond->node, cond->otherwise))
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
