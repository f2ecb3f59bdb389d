/*-------------------------------------------------------------------------
 *
 * operands.c
 *	  Parser of what stands between the operators of a Jinja2 expression:
 *	  literals, names, tuples, subscripts, calls, filters and tests.
 *
 * Recursive descent, one function per rule of the grammar.
 *
 * An operand is a primary (literal, name, parentheses, list, dictionary)
 * with postfixes (attribute, item, call), filters and tests behind it.  A
 * sign is taken with its operand before filters are, so -1|abs is (-1)|abs.
 * Where the grammar of the reference is looser than its manual, the
 * reference is followed, since templates rely on it: adjacent strings are
 * joined, and a test's argument may stand without parentheses if it cannot
 * be taken for an operator.
 *
 * The depth of nesting is bounded (mst_expr_parse_depth), because the
 * parser recurses.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/builtins.h"
#include "jinja/parser.h"
#include "value/make.h"

/* Makes a node of a value that the text has. */
static JinjaNode *
make_const(int offset, ExprValue value)
{
	JinjaConst *node = mst_jinja_node(JINJA_CONST, sizeof(JinjaConst), offset);

	node->value = value;
	return &node->node;
}

/* ---- literals ---- */

/* The value of an integer literal, of any size. */
static bool
integer_value(JinjaParser *parser, ExprValue *value)
{
	const JinjaToken *token = &parser->current;
	EvalContext cxt;

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

/*
 * Parses a number that the lexer has found; one may be too long for the limits
 * of integers.
 */
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

/* Parses a list in brackets; a comma may stand behind the last item. */
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
	return mst_jinja_make_items(parser, JINJA_LIST, offset, items);
}

/* Parses a mapping in braces; a comma may stand behind the last entry. */
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
		!mst_jinja_grow_all(parser, &dict->node, &dict->keys) ||
		!mst_jinja_grow_all(parser, &dict->node, &dict->values))
		return NULL;
	return &dict->node;
}

/*
 * Parses what is in parentheses: an expression, a tuple, or nothing, which is
 * the empty tuple.
 */
static JinjaNode *
parse_parenthesized(JinjaParser *parser)
{
	JinjaNode  *node;

	if (!mst_jinja_advance(parser))
		return NULL;
	node = mst_jinja_parse_tuple(parser, JINJA_TUPLE_PARENS);
	if (node == NULL || !mst_jinja_expect(parser, JINJA_T_RPAREN))
		return NULL;
	return node;
}

/* Parses an operand without what may follow it. */
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

/*
 * Answers whether a tuple without parentheses ends here, so that a comma in
 * front of this may be its last.
 */
static bool
at_tuple_end(const JinjaParser *parser)
{
	switch (parser->current.kind)
	{
		case JINJA_T_VARIABLE_END:
		case JINJA_T_BLOCK_END:
		case JINJA_T_RPAREN:
			return true;
		default:
			return false;
	}
}

/*
 * Parses one expression, or a tuple when a comma follows it.  No word ends a
 * tuple: "for a, in b" has a target called "in".
 */
JinjaNode *
mst_jinja_parse_tuple(JinjaParser *parser, int options)
{
	int			offset = parser->current.offset;
	JinjaNodes	items = {NULL, 0};
	bool		is_tuple = false;

	for (;;)
	{
		JinjaNode  *item;

		if (items.count > 0 && !mst_jinja_expect(parser, JINJA_T_COMMA))
			return NULL;
		if (at_tuple_end(parser))
			break;
		if (options & JINJA_TUPLE_SIMPLE)
			item = parse_primary(parser, items.count == 0 && (options & JINJA_TUPLE_NAMESPACE) != 0);
		else
			item = mst_jinja_parse_expression(parser, (options & JINJA_TUPLE_NO_COND) == 0);
		if (item == NULL)
			return NULL;
		mst_jinja_nodes_add(&items, item);
		/* an attribute of a namespace stands alone */
		if (parser->current.kind != JINJA_T_COMMA || item->kind == JINJA_NAMESPACE_TARGET)
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
	return mst_jinja_make_items(parser, JINJA_TUPLE, offset, items);
}

/* ---- postfixes ---- */

/*
 * Parses ".name", or ".0", which is an item. Whether the name is that of a
 * method or attribute of some kind of value is looked up here, once, so that
 * evaluation can go straight to the item of a mapping in all other cases.
 */
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
	return mst_jinja_grow(parser, result, object) ? result : NULL;
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
			return *part != NULL && mst_jinja_grow(parser, slice, *part);
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
	if (!mst_jinja_grow(parser, &slice->node, start) || !mst_jinja_advance(parser) ||
		!parse_slice_part(parser, &slice->node, &slice->stop))
		return NULL;
	if (parser->current.kind == JINJA_T_COLON &&
		(!mst_jinja_advance(parser) || !parse_slice_part(parser, &slice->node, &slice->step)))
		return NULL;
	return &slice->node;
}

/* Parses "[key]", or several keys, which make a tuple. */
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
		item->key = mst_jinja_make_items(parser, JINJA_TUPLE, item->node.offset, keys);
	if (item->key == NULL || !mst_jinja_grow(parser, &item->node, object) ||
		!mst_jinja_grow(parser, &item->node, item->key))
		return NULL;
	return &item->node;
}

/* Parses a named argument and adds it. */
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

/*
 * Parses one argument. The order is Python's: positional ones, named ones and
 * "*" and "**" once each; an error points at the call, as in the reference.
 */
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
		mst_jinja_grow_all(parser, node, &args->positional) &&
		mst_jinja_grow_all(parser, node, &args->named) &&
		mst_jinja_grow(parser, node, args->star) &&
		mst_jinja_grow(parser, node, args->star_star);
}

/* Parses a call from its parenthesis on. */
static JinjaNode *
parse_call(JinjaParser *parser, JinjaNode *callee)
{
	JinjaCall  *call = mst_jinja_node(JINJA_CALL, sizeof(JinjaCall), parser->current.offset);

	call->callee = callee;
	if (!parse_args(parser, &call->args, &call->node) || !mst_jinja_grow(parser, &call->node, callee))
		return NULL;
	return &call->node;
}

/*
 * Parses everything that can follow an operand: attributes, items and calls,
 * in any number.
 */
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

/* Returns the name of a filter or test: names joined by dots. */
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
		if (filter->name == NULL || !mst_jinja_grow(parser, &filter->node, operand))
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

/*
 * Parses the arguments of a test: in parentheses, or one operand without them.
 * "a is b is c" is refused, because it would not mean what it says.
 */
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
	return mst_jinja_grow(parser, &test->node, argument);
}

/*
 * Parses "is name" or "is not name" behind an operand. An unknown test is no
 * error here: scopes.c tells.
 */
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
	if (test->name == NULL || !mst_jinja_grow(parser, &test->node, operand) ||
		!parse_test_argument(parser, test))
		return NULL;
	test->builtin = mst_jinja_find_test(test->name, strlen(test->name));
	if (is_negated)
		return mst_jinja_make_unary(parser, JINJA_NOT, test->node.offset, &test->node);
	return &test->node;
}

/*
 * Parses what may stand behind an operand with its postfixes: filters,
 * tests, calls.
 */
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

/* ---- operands ---- */

/*
 * Parses signs, a primary and what stands behind it; without with_filters, no
 * filters, tests and calls of what those give.
 */
JinjaNode *
mst_jinja_parse_operand(JinjaParser *parser, bool with_filters)
{
	int			offset = parser->current.offset;
	JinjaTokenKind kind = parser->current.kind;
	JinjaNode  *node = NULL;

	if (!mst_jinja_parse_enter(parser))
		return NULL;
	if (kind == JINJA_T_SUB || kind == JINJA_T_ADD)
	{
		if (mst_jinja_advance(parser))
			node = mst_jinja_parse_operand(parser, false);
		if (node != NULL)
			node = mst_jinja_make_unary(parser, kind == JINJA_T_SUB ? JINJA_NEGATE : JINJA_PLUS, offset, node);
	}
	else
		node = parse_primary(parser, false);
	node = parse_postfixes(parser, node);
	if (with_filters)
		node = parse_applications(parser, node);
	parser->depth--;
	return node;
}
