/*-------------------------------------------------------------------------
 *
 * statements.c
 *	  Parser of Jinja2 statements and of whole programs.
 *
 * A statement is a row of a table: tag and parse function.  The parser keeps
 * two stacks, the tags that are open and the tags that would close them, from
 * which it words its advice about a tag that is wrong or missing.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/parser.h"
#include "jinja/program.h"
#include "value/make.h"

/* ---- stacks of tags ---- */

/*
 * Enters a tag that is open, so that a message about a wrong end names the
 * innermost one.
 */
static void
push_tag(JinjaParser *parser, const char *tag)
{
	if (parser->ntags == parser->room_tags)
	{
		parser->room_tags = Max(8, parser->room_tags * 2);
		if (parser->tags == NULL)
			parser->tags = palloc(sizeof(char *) * parser->room_tags);
		else
			parser->tags = repalloc(parser->tags, sizeof(char *) * parser->room_tags);
	}
	parser->tags[parser->ntags++] = tag;
}

/* Enters the tags that may end the body which begins; messages list them. */
static void
push_end_tags(JinjaParser *parser, const char *const *end_tags)
{
	if (parser->nend_tags == parser->room_end_tags)
	{
		parser->room_end_tags = Max(8, parser->room_end_tags * 2);
		if (parser->end_tags == NULL)
			parser->end_tags = palloc(sizeof(char **) * parser->room_end_tags);
		else
			parser->end_tags = repalloc(parser->end_tags,
										sizeof(char **) * parser->room_end_tags);
	}
	parser->end_tags[parser->nend_tags++] = end_tags;
}

/*
 * Answers whether a token is one of the names of a list that ends with NULL.
 */
static bool
is_one_of(const JinjaToken *token, const char *const *names)
{
	for (int i = 0; names[i] != NULL; i++)
		if (mst_jinja_token_is_name(token, names[i]))
			return true;
	return false;
}

/* "'elif' or 'else' or 'endif'" */
static char *
list_tags(const char *const *names)
{
	StringInfoData out;

	mst_text_init(&out);
	for (int i = 0; names[i] != NULL; i++)
		appendStringInfo(&out, "%s'%s'", i > 0 ? " or " : "", names[i]);
	return out.data;
}

/*
 * Raises the error about a tag that is unknown or out of place, or (name NULL)
 * about a template that ends too early.
 */
static void *
fail_tag(JinjaParser *parser, const char *name, int offset)
{
	StringInfoData message;
	const char *looking = NULL;
	bool		is_nesting = false;

	mst_text_init(&message);
	if (parser->nend_tags > 0)
		looking = list_tags(parser->end_tags[parser->nend_tags - 1]);
	for (int i = 0; name != NULL && i < parser->nend_tags && !is_nesting; i++)
		for (int j = 0; parser->end_tags[i][j] != NULL; j++)
			if (strcmp(parser->end_tags[i][j], name) == 0)
				is_nesting = true;

	if (name == NULL)
		appendStringInfoString(&message, "Unexpected end of template.");
	else
		appendStringInfo(&message, "Encountered unknown tag '%s'.", name);
	if (looking != NULL && is_nesting)
		appendStringInfo(&message, " You probably made a nesting mistake. Jinja is expecting"
						 " this tag, but currently looking for %s.", looking);
	else if (looking != NULL)
		appendStringInfo(&message, " Jinja was looking for the following tags: %s.", looking);
	if (parser->ntags > 0)
		appendStringInfo(&message, " The innermost block that needs to be closed is '%s'.",
						 parser->tags[parser->ntags - 1]);
	mst_jinja_parse_fail(parser, offset, "%s", message.data);
	if (parser->error->expected == NULL)
		parser->error->expected = looking;
	return NULL;
}

/* ---- bodies ---- */

static JinjaNode *parse_statement(JinjaParser *parser);

/* Adds text between tags to a body; it points into the source. */
static void
add_text(JinjaParser *parser, JinjaNodes *body)
{
	const JinjaToken *token = &parser->current;
	JinjaText  *text = mst_jinja_node(JINJA_TEXT, sizeof(JinjaText), token->offset);

	text->text = token->text;
	text->len = token->len;
	mst_jinja_nodes_add(body, &text->node);
}

/* Adds an output to a body; false for an expression that did not parse. */
static bool
add_output(JinjaParser *parser, JinjaNodes *body, JinjaNode *expression)
{
	JinjaUnary *output;

	if (expression == NULL)
		return false;
	output = mst_jinja_node(JINJA_OUTPUT, sizeof(JinjaUnary), expression->offset);
	output->operand = expression;
	mst_jinja_nodes_add(body, &output->node);
	return true;
}

/*
 * Parses text, output and statements up to one of the end tags, which stays
 * the current token, or (end_tags NULL) to the end of the text.
 */
static bool
parse_until(JinjaParser *parser, JinjaNodes *body, const char *const *end_tags)
{
	for (;;)
	{
		JinjaNode  *statement;

		switch (parser->current.kind)
		{
			case JINJA_T_DATA:
				add_text(parser, body);
				if (!mst_jinja_advance(parser))
					return false;
				break;
			case JINJA_T_VARIABLE_BEGIN:
				if (!mst_jinja_advance(parser) ||
					!add_output(parser, body, mst_jinja_parse_tuple(parser, 0)) ||
					!mst_jinja_expect(parser, JINJA_T_VARIABLE_END))
					return false;
				break;
			case JINJA_T_BLOCK_BEGIN:
				if (!mst_jinja_advance(parser))
					return false;
				if (end_tags != NULL && is_one_of(&parser->current, end_tags))
					return true;
				statement = parse_statement(parser);
				if (statement == NULL)
					return false;
				mst_jinja_nodes_add(body, statement);
				if (!mst_jinja_expect(parser, JINJA_T_BLOCK_END))
					return false;
				break;
			default:
				if (end_tags == NULL)
					return true;
				fail_tag(parser, NULL, parser->current.offset);
				return false;
		}
	}
}

/* A body that starts with the end of the opening tag; stops at an end tag. */
static bool
parse_body(JinjaParser *parser, JinjaNodes *body, const char *const *end_tags)
{
	bool		parsed;

	/* a colon is allowed for those who are used to Python */
	if (parser->current.kind == JINJA_T_COLON && !mst_jinja_advance(parser))
		return false;
	if (!mst_jinja_expect(parser, JINJA_T_BLOCK_END) || !mst_jinja_parse_enter(parser))
		return false;
	push_end_tags(parser, end_tags);
	parsed = parse_until(parser, body, end_tags);
	parser->nend_tags--;
	parser->depth--;
	return parsed;
}

/* Reads a body that has one possible end tag, and steps over that tag. */
static bool
parse_whole_body(JinjaParser *parser, JinjaNodes *body, const char *const *end_tags)
{
	return parse_body(parser, body, end_tags) && mst_jinja_advance(parser);
}

/* Steps over a name when it is at hand; *taken tells. */
static bool
skip_name(JinjaParser *parser, const char *name, bool *taken)
{
	*taken = mst_jinja_at_name(parser, name);
	return !*taken || mst_jinja_advance(parser);
}

/* Steps over two names in a row when both are at hand; *taken tells. */
static bool
skip_two_names(JinjaParser *parser, const char *first, const char *second, bool *taken)
{
	*taken = mst_jinja_at_name(parser, first) &&
		mst_jinja_token_is_name(mst_jinja_look(parser), second);
	return !*taken || (mst_jinja_advance(parser) && mst_jinja_advance(parser));
}

/* ---- targets of assignments ---- */

/*
 * Returns the name of a node as the reference's message about a bad target has
 * it: that of its class in Jinja.
 */
static const char *
assign_error_name(const JinjaNode *node)
{
	switch ((JinjaNodeKind) node->kind)
	{
		case JINJA_CONST:
			return "const";
		case JINJA_LIST:
			return "list";
		case JINJA_DICT:
			return "dict";
		case JINJA_TUPLE:
			return "tuple";
		case JINJA_NAME:
			return "name";
		case JINJA_COND:
			return "condexpr";
		case JINJA_AND:
			return "and";
		case JINJA_OR:
			return "or";
		case JINJA_NOT:
			return "not";
		case JINJA_COMPARE:
			return "compare";
		case JINJA_CONCAT:
			return "concat";
		case JINJA_ATTRIBUTE:
			return "getattr";
		case JINJA_ITEM:
			return "getitem";
		case JINJA_CALL:
			return "call";
		case JINJA_FILTER:
			return "filter";
		case JINJA_TEST:
			return "test";
		default:
			return "expression";
	}
}

/*
 * Answers whether a node can stand on the left of an assignment: names,
 * attributes of namespaces, and tuples of them.
 */
static bool
can_assign(const JinjaNode *target)
{
	if (target->kind == JINJA_TUPLE)
	{
		const JinjaItems *tuple = (const JinjaItems *) target;

		for (int i = 0; i < tuple->items.count; i++)
			if (!can_assign(tuple->items.items[i]))
				return false;
		return true;
	}
	return target->kind == JINJA_NAME || target->kind == JINJA_NAMESPACE_TARGET;
}

/* Marks the names in a target. */
static void
mark_names(JinjaNode *target, uint8 flag)
{
	if (target->kind == JINJA_NAME)
		target->flags |= flag;
	else if (target->kind == JINJA_TUPLE)
		for (int i = 0; i < ((JinjaItems *) target)->items.count; i++)
			mark_names(((JinjaItems *) target)->items.items[i], flag);
}

/*
 * Marks the names of a target with a flag; NULL, with the error set, if it
 * cannot be one.
 */
static JinjaNode *
check_target(JinjaParser *parser, JinjaNode *target, uint8 flag)
{
	if (target == NULL)
		return NULL;
	if (can_assign(target))
	{
		mark_names(target, flag);
		return target;
	}
	return mst_jinja_parse_fail(parser, target->offset, "can't assign to '%s'",
								assign_error_name(target));
}

/*
 * Parses the target of an assignment: a name, a tuple of targets or (set)
 * an attribute of a namespace.  The flag says what its names are.
 */
static JinjaNode *
parse_target(JinjaParser *parser, int options, uint8 flag)
{
	return check_target(parser,
						mst_jinja_parse_tuple(parser, JINJA_TUPLE_SIMPLE | options),
						flag);
}

/* A single name as target. */
static JinjaNode *
parse_name_target(JinjaParser *parser, uint8 flag)
{
	int			offset = parser->current.offset;
	const char *text = mst_jinja_parse_name(parser);
	JinjaName  *name;

	if (text == NULL)
		return NULL;
	for (int i = 0; i < 6; i++)
	{
		static const char *const constants[] = {"true", "True", "false", "False", "none", "None"};

		if (strcmp(text, constants[i]) == 0)
			return mst_jinja_parse_fail(parser, offset, "can't assign to 'name'");
	}
	name = mst_jinja_node(JINJA_NAME, sizeof(JinjaName), offset);
	name->name = text;
	name->len = strlen(text);
	name->node.flags = flag;
	return &name->node;
}

/*
 * Makes a copy of a target, for a second frame to place its names in.
 */
static JinjaNode *
copy_target(const JinjaNode *target)
{
	JinjaItems *tuple;
	JinjaName  *name;

	if (target->kind != JINJA_TUPLE)
	{
		name = palloc(sizeof(JinjaName));
		*name = *(const JinjaName *) target;
		return &name->node;
	}
	tuple = mst_jinja_node(JINJA_TUPLE, sizeof(JinjaItems), target->offset);
	for (int i = 0; i < ((const JinjaItems *) target)->items.count; i++)
		mst_jinja_nodes_add(&tuple->items,
							copy_target(((const JinjaItems *) target)->items.items[i]));
	return &tuple->node;
}

/* ---- statements; the current token is the tag ---- */

/*
 * Parses {% for target in items if condition recursive %} ... {% else %} ...
 * {% endfor %}. The condition belongs to an iteration of its own in front of
 * the loop's, so it gets a target of its own, too.
 */
static JinjaNode *
parse_for(JinjaParser *parser)
{
	static const char *const ends[] = {"endfor", "else", NULL};
	static const char *const last_end[] = {"endfor", NULL};
	JinjaFor   *node = mst_jinja_node(JINJA_FOR, sizeof(JinjaFor), parser->current.offset);
	bool		has_filter;
	bool		has_else;

	if (!mst_jinja_advance(parser))
		return NULL;
	node->target = parse_target(parser, 0, JINJA_IS_PARAM);
	if (node->target == NULL || !mst_jinja_expect_name(parser, "in"))
		return NULL;
	node->iterable = mst_jinja_parse_tuple(parser, JINJA_TUPLE_NO_COND);
	if (node->iterable == NULL || !skip_name(parser, "if", &has_filter))
		return NULL;
	if (has_filter)
	{
		node->filter = mst_jinja_parse_expression(parser, true);
		node->filter_target = copy_target(node->target);
		if (node->filter == NULL)
			return NULL;
	}
	if (!skip_name(parser, "recursive", &node->is_recursive) ||
		!parse_body(parser, &node->body, ends) ||
		!skip_name(parser, "else", &has_else))
		return NULL;
	if (has_else ? !parse_whole_body(parser, &node->otherwise, last_end)
		: !mst_jinja_advance(parser))
		return NULL;
	return &node->node;
}

/*
 * Parses {% if %} ... {% elif %} ... {% else %} ... {% endif %}: conditions
 * and their bodies side by side.
 */
static JinjaNode *
parse_if(JinjaParser *parser)
{
	static const char *const ends[] = {"elif", "else", "endif", NULL};
	static const char *const last_end[] = {"endif", NULL};
	JinjaIf    *node = mst_jinja_node(JINJA_IF, sizeof(JinjaIf), parser->current.offset);

	if (!mst_jinja_advance(parser))
		return NULL;
	for (;;)
	{
		JinjaNodes	body = {NULL, 0};
		JinjaNode  *condition = mst_jinja_parse_tuple(parser, JINJA_TUPLE_NO_COND);
		int			n = node->conditions.count;
		bool		taken;

		if (condition == NULL || !parse_body(parser, &body, ends))
			return NULL;
		mst_jinja_nodes_add(&node->conditions, condition);
		if (node->bodies == NULL)
			node->bodies = palloc(sizeof(JinjaNodes) * 2);
		else if (n >= 2 && (n & (n - 1)) == 0)
			node->bodies = repalloc(node->bodies, sizeof(JinjaNodes) * n * 2);
		node->bodies[n] = body;

		if (!skip_name(parser, "elif", &taken))
			return NULL;
		if (taken)
			continue;
		if (!skip_name(parser, "else", &taken))
			return NULL;
		if (taken ? !parse_whole_body(parser, &node->otherwise, last_end)
			: !mst_jinja_advance(parser))
			return NULL;
		return &node->node;
	}
}

/*
 * Parses {% set target = value %}, or {% set target
 *
 * filters %} ... {% endset %}, which assigns what the body renders.
 */
static JinjaNode *
parse_set(JinjaParser *parser)
{
	static const char *const ends[] = {"endset", NULL};
	int			offset = parser->current.offset;
	JinjaNode  *target;
	JinjaScoped *block;

	if (!mst_jinja_advance(parser))
		return NULL;
	target = parse_target(parser, JINJA_TUPLE_NAMESPACE, JINJA_IS_TARGET);
	if (target == NULL)
		return NULL;
	if (parser->current.kind == JINJA_T_ASSIGN)
	{
		JinjaSet   *set = mst_jinja_node(JINJA_SET, sizeof(JinjaSet), offset);

		set->target = target;
		if (!mst_jinja_advance(parser))
			return NULL;
		set->value = mst_jinja_parse_tuple(parser, 0);
		return set->value != NULL ? &set->node : NULL;
	}
	block = mst_jinja_node(JINJA_SET_BLOCK, sizeof(JinjaScoped), offset);
	block->target = target;
	block->filter = mst_jinja_parse_filters(parser, NULL, false);
	if (parser->error != NULL || !parse_whole_body(parser, &block->body, ends))
		return NULL;
	return &block->node;
}

/*
 * Parses {% with name = value, ... %} ... {% endwith %}. The values are
 * evaluated outside: none sees another.
 */
static JinjaNode *
parse_with(JinjaParser *parser)
{
	static const char *const ends[] = {"endwith", NULL};
	JinjaWith  *node = mst_jinja_node(JINJA_WITH, sizeof(JinjaWith), parser->current.offset);

	if (!mst_jinja_advance(parser))
		return NULL;
	while (parser->current.kind != JINJA_T_BLOCK_END)
	{
		JinjaNode  *part;

		if (node->targets.count > 0 && !mst_jinja_expect(parser, JINJA_T_COMMA))
			return NULL;
		part = parse_target(parser, 0, JINJA_IS_PARAM);
		if (part == NULL || !mst_jinja_expect(parser, JINJA_T_ASSIGN))
			return NULL;
		mst_jinja_nodes_add(&node->targets, part);
		part = mst_jinja_parse_expression(parser, true);
		if (part == NULL)
			return NULL;
		mst_jinja_nodes_add(&node->values, part);
	}
	return parse_whole_body(parser, &node->body, ends) ? &node->node : NULL;
}

/* Parameters in parentheses. */
static bool
parse_signature(JinjaParser *parser, JinjaMacro *macro)
{
	if (!mst_jinja_expect(parser, JINJA_T_LPAREN))
		return false;
	while (parser->current.kind != JINJA_T_RPAREN)
	{
		JinjaNode  *param;
		JinjaNode  *value;

		if (macro->params.count > 0 && !mst_jinja_expect(parser, JINJA_T_COMMA))
			return false;
		param = parse_name_target(parser, JINJA_IS_PARAM);
		if (param == NULL)
			return false;
		if (parser->current.kind == JINJA_T_ASSIGN)
		{
			if (!mst_jinja_advance(parser))
				return false;
			value = mst_jinja_parse_expression(parser, true);
			if (value == NULL)
				return false;
			mst_jinja_nodes_add(&macro->defaults, value);
		}
		else if (macro->defaults.count > 0)
		{
			mst_jinja_parse_fail(parser, param->offset,
								 "non-default argument follows default argument");
			return false;
		}
		mst_jinja_nodes_add(&macro->params, param);
	}
	return mst_jinja_expect(parser, JINJA_T_RPAREN);
}

/* Parses {% macro name(parameters) %} ... {% endmacro %}. */
static JinjaNode *
parse_macro(JinjaParser *parser)
{
	static const char *const ends[] = {"endmacro", NULL};
	JinjaMacro *node = mst_jinja_node(JINJA_MACRO, sizeof(JinjaMacro), parser->current.offset);

	if (!mst_jinja_advance(parser))
		return NULL;
	node->target = (JinjaName *) parse_name_target(parser, JINJA_IS_TARGET);
	if (node->target == NULL || !parse_signature(parser, node) ||
		!parse_whole_body(parser, &node->body, ends))
		return NULL;
	return &node->node;
}

/*
 * Parses {% call(parameters) expression(...) %} ... {% endcall %}: a macro
 * without a name, that the call gets as its caller.
 */
static JinjaNode *
parse_call_block(JinjaParser *parser)
{
	static const char *const ends[] = {"endcall", NULL};
	JinjaMacro *node = mst_jinja_node(JINJA_CALL_BLOCK, sizeof(JinjaMacro), parser->current.offset);
	JinjaNode  *call;

	if (!mst_jinja_advance(parser))
		return NULL;
	if (parser->current.kind == JINJA_T_LPAREN && !parse_signature(parser, node))
		return NULL;
	call = mst_jinja_parse_expression(parser, true);
	if (call == NULL)
		return NULL;
	if (call->kind != JINJA_CALL)
		return mst_jinja_parse_fail(parser, node->node.offset, "expected call");
	node->call = (JinjaCall *) call;
	return parse_whole_body(parser, &node->body, ends) ? &node->node : NULL;
}

/* Parses {% filter filters %} ... {% endfilter %}. */
static JinjaNode *
parse_filter_block(JinjaParser *parser)
{
	static const char *const ends[] = {"endfilter", NULL};
	JinjaScoped *node = mst_jinja_node(JINJA_FILTER_BLOCK, sizeof(JinjaScoped),
									   parser->current.offset);

	if (!mst_jinja_advance(parser))
		return NULL;
	node->filter = mst_jinja_parse_filters(parser, NULL, true);
	if (node->filter == NULL || !parse_whole_body(parser, &node->body, ends))
		return NULL;
	return &node->node;
}

/* Parses {% autoescape expression %} ... {% endautoescape %}. */
static JinjaNode *
parse_autoescape(JinjaParser *parser)
{
	static const char *const ends[] = {"endautoescape", NULL};
	JinjaScoped *node = mst_jinja_node(JINJA_AUTOESCAPE, sizeof(JinjaScoped),
									   parser->current.offset);

	if (!mst_jinja_advance(parser))
		return NULL;
	node->target = mst_jinja_parse_expression(parser, true);
	if (node->target == NULL || !parse_whole_body(parser, &node->body, ends))
		return NULL;
	return &node->node;
}

/*
 * Checks that a required block, which is there to be replaced, holds only
 * whitespace.
 */
static bool
check_required_block(JinjaParser *parser, const JinjaBlock *block)
{
	for (int i = 0; i < block->body.count; i++)
	{
		const JinjaText *text = (const JinjaText *) block->body.items[i];

		if (text->node.kind == JINJA_TEXT && strspn(pnstrdup(text->text, text->len), " \t\n\f\v") == text->len)
			continue;
		mst_jinja_parse_fail(parser, text->node.offset,
							 "Required blocks can only contain comments or whitespace");
		return false;
	}
	return true;
}

/*
 * Enters a block of the template, by which self.name() finds it. Room doubles
 * at each power of two.
 */
static void
register_block(ExprProgram *program, JinjaBlock *block)
{
	int			n = program->nblocks++;

	if (program->blocks == NULL)
		program->blocks = palloc(sizeof(JinjaBlock *) * 2);
	else if (n >= 2 && (n & (n - 1)) == 0)
		program->blocks = repalloc(program->blocks, sizeof(JinjaBlock *) * n * 2);
	program->blocks[n] = block;
}

/* Parses {% block name scoped required %} ... {% endblock name %}. */
static JinjaNode *
parse_block(JinjaParser *parser)
{
	static const char *const ends[] = {"endblock", NULL};
	JinjaBlock *node = mst_jinja_node(JINJA_BLOCK, sizeof(JinjaBlock), parser->current.offset);
	bool		taken;

	if (!mst_jinja_advance(parser))
		return NULL;
	node->name = mst_jinja_parse_name(parser);
	if (node->name == NULL || !skip_name(parser, "scoped", &node->is_scoped) ||
		!skip_name(parser, "required", &node->is_required))
		return NULL;
	if (parser->current.kind == JINJA_T_SUB)
		return mst_jinja_parse_fail(parser, parser->current.offset,
									"Block names in Jinja have to be valid Python identifiers and may not"
									" contain hyphens, use an underscore instead.");
	register_block(parser->program, node);
	if (!parse_whole_body(parser, &node->body, ends) ||
		(node->is_required && !check_required_block(parser, node)) ||
		!skip_name(parser, node->name, &taken))
		return NULL;
	return &node->node;
}

/* Parses {% print expression, ... %}. */
static JinjaNode *
parse_print(JinjaParser *parser)
{
	JinjaIf    *all = mst_jinja_node(JINJA_IF, sizeof(JinjaIf), parser->current.offset);

	if (!mst_jinja_advance(parser))
		return NULL;

	/*
	 * several outputs as one statement: the "else" of an "if" without
	 * conditions
	 */
	while (parser->current.kind != JINJA_T_BLOCK_END)
	{
		if (all->otherwise.count > 0 && !mst_jinja_expect(parser, JINJA_T_COMMA))
			return NULL;
		if (!add_output(parser, &all->otherwise, mst_jinja_parse_expression(parser, true)))
			return NULL;
	}
	return &all->node;
}

/* ---- extends, include, import: known, though there is no loader ---- */

/*
 * Parses the name of another template. There is none to load here; that fails
 * when it is rendered, so a branch not taken does no harm.
 */
static JinjaLoad *
parse_load(JinjaParser *parser)
{
	JinjaLoad  *node = mst_jinja_node(JINJA_LOAD, sizeof(JinjaLoad), parser->current.offset);

	if (!mst_jinja_advance(parser))
		return NULL;
	node->template = mst_jinja_parse_expression(parser, true);
	return node->template != NULL ? node : NULL;
}

/* "with context" or "without context"; *taken tells. */
static bool
skip_import_context(JinjaParser *parser, bool *taken)
{
	if (!skip_two_names(parser, "with", "context", taken))
		return false;
	return *taken || skip_two_names(parser, "without", "context", taken);
}

/* Parses {% extends template %}. */
static JinjaNode *
parse_extends(JinjaParser *parser)
{
	JinjaLoad  *node = parse_load(parser);

	if (node == NULL)
		return NULL;
	node->is_extends = true;
	return &node->node;
}

/*
 * Parses {% include template ignore missing with context %}. Nothing is ever
 * missing without a loader: "ignore missing" only matters for an empty list of
 * names.
 */
static JinjaNode *
parse_include(JinjaParser *parser)
{
	JinjaLoad  *node = parse_load(parser);
	bool		taken;

	if (node == NULL || !skip_two_names(parser, "ignore", "missing", &node->ignore_missing) ||
		!skip_import_context(parser, &taken))
		return NULL;
	node->is_include = true;
	return &node->node;
}

/* Parses {% import template as name with context %}. */
static JinjaNode *
parse_import(JinjaParser *parser)
{
	JinjaLoad  *node = parse_load(parser);
	JinjaNode  *target;
	bool		taken;

	if (node == NULL || !mst_jinja_expect_name(parser, "as"))
		return NULL;
	target = parse_name_target(parser, JINJA_IS_TARGET);
	if (target == NULL || !skip_import_context(parser, &taken))
		return NULL;
	mst_jinja_nodes_add(&node->targets, target);
	return &node->node;
}

/* One name of "from x import", perhaps with "as". */
static bool
parse_import_name(JinjaParser *parser, JinjaLoad *node)
{
	JinjaNode  *target = parse_name_target(parser, JINJA_IS_TARGET);
	bool		taken;

	if (target == NULL)
		return false;
	if (((JinjaName *) target)->name[0] == '_')
	{
		mst_jinja_parse_fail(parser, target->offset,
							 "names starting with an underline can not be imported");
		return false;
	}
	if (!skip_name(parser, "as", &taken))
		return false;
	if (taken && (target = parse_name_target(parser, JINJA_IS_TARGET)) == NULL)
		return false;
	mst_jinja_nodes_add(&node->targets, target);
	return true;
}

/* Parses {% from template import name as alias, ... with context %}. */
static JinjaNode *
parse_from(JinjaParser *parser)
{
	JinjaLoad  *node = parse_load(parser);

	if (node == NULL || !mst_jinja_expect_name(parser, "import"))
		return NULL;
	for (;;)
	{
		bool		taken;

		if (node->targets.count > 0 && !mst_jinja_expect(parser, JINJA_T_COMMA))
			return NULL;
		if (!skip_import_context(parser, &taken))
			return NULL;
		if (taken)
			break;
		if (!parse_import_name(parser, node) || !skip_import_context(parser, &taken))
			return NULL;
		if (taken || parser->current.kind != JINJA_T_COMMA)
			break;
	}
	return &node->node;
}

static const struct
{
	const char *tag;
	JinjaNode  *(*parse) (JinjaParser *parser);
}			statements[] = {
	{"autoescape", parse_autoescape},
	{"block", parse_block},
	{"call", parse_call_block},
	{"extends", parse_extends},
	{"filter", parse_filter_block},
	{"for", parse_for},
	{"from", parse_from},
	{"if", parse_if},
	{"import", parse_import},
	{"include", parse_include},
	{"macro", parse_macro},
	{"print", parse_print},
	{"set", parse_set},
	{"with", parse_with}
};

/*
 * Parses a statement from its tag on; what is no tag fails with a suggestion.
 */
static JinjaNode *
parse_statement(JinjaParser *parser)
{
	const JinjaToken *token = &parser->current;

	if (token->kind != JINJA_T_NAME)
		return mst_jinja_parse_fail(parser, token->offset, "tag name expected");
	for (int i = 0; i < lengthof(statements); i++)
	{
		JinjaNode  *node;

		if (!mst_jinja_token_is_name(token, statements[i].tag))
			continue;
		push_tag(parser, statements[i].tag);
		node = statements[i].parse(parser);
		parser->ntags--;
		return node;
	}
	return fail_tag(parser, pnstrdup(token->text, token->len), token->offset);
}

/*
 * Parses statements up to the end of the text.
 */
bool
mst_jinja_parse_template(JinjaParser *parser, JinjaNodes *body)
{
	if (!parse_until(parser, body, NULL))
		return false;
	if (parser->current.kind == JINJA_T_EOF)
		return true;
	mst_jinja_parse_fail(parser, parser->current.offset, "unexpected '%s'",
						 mst_jinja_describe(&parser->current));
	return false;
}
