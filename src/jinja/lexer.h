/*-------------------------------------------------------------------------
 *
 * lexer.h
 *	  Tokens of Jinja2.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_LEXER_H
#define MISTRAL_JINJA_LEXER_H

#include "value/evaluation.h"

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

extern void mst_jinja_lex_init(JinjaLexer *lexer, const char *text, int len, JinjaLexState state);
extern void mst_jinja_lex_next(JinjaLexer *lexer, JinjaToken *token);
extern const char *mst_jinja_token_name(JinjaTokenKind kind);

#endif							/* MISTRAL_JINJA_LEXER_H */
