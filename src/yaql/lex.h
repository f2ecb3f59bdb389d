/*-------------------------------------------------------------------------
 *
 * lex.h
 *	  Tokens of YAQL.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_YAQL_LEX_H
#define MISTRAL_YAQL_LEX_H

#include "value/value.h"

typedef enum YaqlTokenKind
{
	YAQL_TOK_END,
	YAQL_TOK_DOLLAR,			/* text with the "$" */
	YAQL_TOK_INTEGER,
	YAQL_TOK_FLOAT,
	YAQL_TOK_STRING,			/* text decoded */
	YAQL_TOK_FUNC,				/* text without the "(" */
	YAQL_TOK_KEYWORD,
	YAQL_TOK_TRUE,
	YAQL_TOK_FALSE,
	YAQL_TOK_NULL,
	YAQL_TOK_LPAREN,
	YAQL_TOK_RPAREN,
	YAQL_TOK_LBRACKET,
	YAQL_TOK_RBRACKET,
	YAQL_TOK_LBRACE,
	YAQL_TOK_RBRACE,
	YAQL_TOK_COMMA,
	YAQL_TOK_MAPPING,
	YAQL_TOK_DOT,
	YAQL_TOK_ELVIS,
	YAQL_TOK_LIKE,
	YAQL_TOK_UNLIKE,
	YAQL_TOK_STAR,
	YAQL_TOK_SLASH,
	YAQL_TOK_MOD,
	YAQL_TOK_PLUS,
	YAQL_TOK_MINUS,
	YAQL_TOK_GT,
	YAQL_TOK_LT,
	YAQL_TOK_GE,
	YAQL_TOK_LE,
	YAQL_TOK_NE,
	YAQL_TOK_EQ,
	YAQL_TOK_IN,
	YAQL_TOK_NOT,
	YAQL_TOK_AND,
	YAQL_TOK_OR,
	YAQL_TOK_ARROW
} YaqlTokenKind;

#define YAQL_NTOKENS (YAQL_TOK_ARROW + 1)

typedef struct YaqlToken
{
	YaqlTokenKind kind;
	const char *text;
	int			len;
	int			offset;			/* code points from the start of the source */
} YaqlToken;

typedef struct YaqlLexer
{
	EvalContext *cxt;			/* takes errors */
	const char *src;
	int			len;
	int			pos;			/* bytes read */
	int			chars;			/* code points read */
} YaqlLexer;

extern void mst_yaql_lex_start(YaqlLexer *lex, EvalContext *cxt, const char *src, int len);
extern bool mst_yaql_lex_next(YaqlLexer *lex, YaqlToken *tok);

#endif							/* MISTRAL_YAQL_LEX_H */
