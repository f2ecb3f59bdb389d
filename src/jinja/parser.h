/*-------------------------------------------------------------------------
 *
 * parser.h
 *	  What the files of the parser of Jinja2 share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_PARSER_H
#define MISTRAL_JINJA_PARSER_H

#include "jinja/lexer.h"
#include "jinja/nodes.h"

typedef struct JinjaParser
{
	JinjaLexer	lexer;
	JinjaToken	current;
	JinjaToken	ahead;			/* valid when has_ahead */
	bool		has_ahead;
	int			depth;
	ExprProgram *program;
	ExprError  *error;			/* the first one */

	/*
	 * the tags that are open, and the tags that may close them, innermost
	 * last
	 */
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

extern void *mst_jinja_parse_fail(JinjaParser *parser, int offset, const char *fmt,...) pg_attribute_printf(3, 4);
extern bool mst_jinja_advance(JinjaParser *parser);
extern const JinjaToken *mst_jinja_look(JinjaParser *parser);
extern bool mst_jinja_at_name(const JinjaParser *parser, const char *name);
extern bool mst_jinja_token_is_name(const JinjaToken *token, const char *name);
extern bool mst_jinja_expect(JinjaParser *parser, JinjaTokenKind kind);
extern bool mst_jinja_expect_name(JinjaParser *parser, const char *name);
extern const char *mst_jinja_parse_name(JinjaParser *parser);
extern const char *mst_jinja_describe(const JinjaToken *token);
extern bool mst_jinja_parse_enter(JinjaParser *parser);
extern void *mst_jinja_node(JinjaNodeKind kind, Size size, int offset);
extern void mst_jinja_nodes_add(JinjaNodes *nodes, JinjaNode *node);
extern bool mst_jinja_grow(JinjaParser *parser, JinjaNode *node, const JinjaNode *child);
extern bool mst_jinja_grow_all(JinjaParser *parser, JinjaNode *node, const JinjaNodes *children);
extern JinjaNode *mst_jinja_make_unary(JinjaParser *parser, JinjaNodeKind kind, int offset, JinjaNode *operand);
extern JinjaNode *mst_jinja_make_items(JinjaParser *parser, JinjaNodeKind kind, int offset, JinjaNodes items);
extern JinjaNode *mst_jinja_parse_operand(JinjaParser *parser, bool with_filters);
extern JinjaNode *mst_jinja_parse_expression(JinjaParser *parser, bool with_cond);

/* How a tuple without parentheses may look. */
#define JINJA_TUPLE_SIMPLE		0x01	/* of names and literals only */
#define JINJA_TUPLE_NO_COND		0x02	/* items without `a if b else c` */
#define JINJA_TUPLE_PARENS		0x04	/* is in parentheses and may be empty */
#define JINJA_TUPLE_NAMESPACE	0x08	/* may be ns.name alone */

extern JinjaNode *mst_jinja_parse_tuple(JinjaParser *parser, int options);
extern JinjaNode *mst_jinja_parse_filters(JinjaParser *parser, JinjaNode *operand, bool start_inline);
extern bool mst_jinja_parse_template(JinjaParser *parser, JinjaNodes *body);

#endif							/* MISTRAL_JINJA_PARSER_H */
