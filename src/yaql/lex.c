/*-------------------------------------------------------------------------
 *
 * lex.c
 *	  Tokens of the YAQL language.
 *
 * The parser asks for one token at a time.  At each position the rules are
 * tried in a fixed order: variable, number, name with an opening parenthesis,
 * name, string, operator.  Numbers and names must end at a word boundary, so
 * that "12abc" is no number followed by a name but an error.
 *
 * Positions in tokens and messages count code points from the start of the
 * source; scanning itself works on bytes.  The text of a token points into
 * the source, or into the current memory context where escapes were decoded.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/escapes.h"
#include "value/evaluation.h"
#include "value/make.h"
#include "value/unicode.h"
#include "yaql/lex.h"

/* what char_at() finds at the end of the source */
#define NO_CHAR		0xFFFFFFFF

/* longest operators first, so that the first that fits is the longest */
static const struct
{
	const char *text;
	YaqlTokenKind kind;
}			operators[] =

{
	{"=>", YAQL_TOK_MAPPING},
	{"->", YAQL_TOK_ARROW},
	{"?.", YAQL_TOK_ELVIS},
	{"=~", YAQL_TOK_LIKE},
	{"!~", YAQL_TOK_UNLIKE},
	{"!=", YAQL_TOK_NE},
	{">=", YAQL_TOK_GE},
	{"<=", YAQL_TOK_LE},
	{".", YAQL_TOK_DOT},
	{"+", YAQL_TOK_PLUS},
	{"-", YAQL_TOK_MINUS},
	{"*", YAQL_TOK_STAR},
	{"/", YAQL_TOK_SLASH},
	{">", YAQL_TOK_GT},
	{"<", YAQL_TOK_LT},
	{"=", YAQL_TOK_EQ},
	{"[", YAQL_TOK_LBRACKET},
	{"{", YAQL_TOK_LBRACE},
	{"(", YAQL_TOK_LPAREN},
	{")", YAQL_TOK_RPAREN},
	{"]", YAQL_TOK_RBRACKET},
	{"}", YAQL_TOK_RBRACE},
	{",", YAQL_TOK_COMMA}
};

static const struct
{
	const char *text;
	YaqlTokenKind kind;
}			words[] =

{
	{"and", YAQL_TOK_AND},
	{"false", YAQL_TOK_FALSE},
	{"in", YAQL_TOK_IN},
	{"mod", YAQL_TOK_MOD},
	{"not", YAQL_TOK_NOT},
	{"null", YAQL_TOK_NULL},
	{"or", YAQL_TOK_OR},
	{"true", YAQL_TOK_TRUE}
};

static bool
is_word_char(uint32 c)
{
	return c != NO_CHAR && mst_char_is_word(c);
}

static bool
is_digit(uint32 c)
{
	return c != NO_CHAR && mst_char_is_decimal(c);
}

/* Returns the character at byte position pos, with its length in bytes. */
static uint32
char_at(const YaqlLexer *lex, int pos, int *len)
{
	const char *s = lex->src + pos;
	uint32		c;

	if (pos >= lex->len)
	{
		*len = 0;
		return NO_CHAR;
	}
	c = mst_utf8_next(&s, lex->src + lex->len);
	*len = s - (lex->src + pos);
	return c;
}

/* Byte position after the characters from pos on for which test is true. */
static int
skip_chars(const YaqlLexer *lex, int pos, bool (*test) (uint32))
{
	for (;;)
	{
		int			len;
		uint32		c = char_at(lex, pos, &len);

		if (c == NO_CHAR || !test(c))
			return pos;
		pos += len;
	}
}

static bool
ends_word(const YaqlLexer *lex, int pos)
{
	int			len;

	return !is_word_char(char_at(lex, pos, &len));
}

/* Ends the token at byte position end and moves the lexer behind it. */
static void
finish_token(YaqlLexer *lex, YaqlToken *tok, YaqlTokenKind kind, int end)
{
	tok->kind = kind;
	tok->text = lex->src + lex->pos;
	tok->len = end - lex->pos;
	lex->chars += mst_utf8_length(tok->text, tok->len);
	lex->pos = end;
}

static bool
fail_illegal(YaqlLexer *lex)
{
	int			len;

	(void) char_at(lex, lex->pos, &len);
	return mst_expr_fail_at(lex->cxt, lex->chars, "YaqlLexicalException",
							"Lexical error: illegal character '%.*s' at position %d",
							len, lex->src + lex->pos, lex->chars);
}

/*
 * Numbers: digits, or digits, a point and digits, ending at a word boundary.
 * When what follows the point does not fit, the digits before it may.
 */
static bool
scan_number(YaqlLexer *lex, YaqlToken *tok)
{
	int			end = skip_chars(lex, lex->pos, is_digit);

	if (end < lex->len && lex->src[end] == '.')
	{
		int			frac = skip_chars(lex, end + 1, is_digit);

		if (frac > end + 1 && ends_word(lex, frac))
		{
			finish_token(lex, tok, YAQL_TOK_FLOAT, frac);
			return true;
		}
	}
	if (!ends_word(lex, end))
		return false;
	finish_token(lex, tok, YAQL_TOK_INTEGER, end);
	return true;
}

/* Names: with "(" directly behind it a function, else a word. */
static bool
scan_name(YaqlLexer *lex, YaqlToken *tok)
{
	int			end = skip_chars(lex, lex->pos, is_word_char);
	const char *text = lex->src + lex->pos;

	if (end < lex->len && lex->src[end] == '(')
	{
		finish_token(lex, tok, YAQL_TOK_FUNC, end + 1);
		tok->len--;
		return true;
	}
	if (end - lex->pos >= 2 && text[0] == '_' && text[1] == '_')
		return false;

	finish_token(lex, tok, YAQL_TOK_KEYWORD, end);
	for (int i = 0; i < lengthof(words); i++)
	{
		if (strlen(words[i].text) == tok->len &&
			memcmp(words[i].text, tok->text, tok->len) == 0)
			tok->kind = words[i].kind;
	}
	return true;
}

/* State of decoding the escapes of one string literal. */
typedef struct EscapeDecoder
{
	const char *in;
	const char *end;
	StringInfoData out;
	EvalContext *cxt;
} EscapeDecoder;

static bool
fail_escape(EscapeDecoder *dec, int len, const char *reason)
{
	return mst_expr_fail(dec->cxt, "UnicodeDecodeError",
						 "'unicodeescape' codec can't decode bytes in position 0-%d: %s",
						 len, reason);
}

/* Returns whether n characters without a newline follow at s. */
static bool
has_chars(EscapeDecoder *dec, const char *s, int n)
{
	for (; n > 0; n--)
	{
		if (s >= dec->end || *s == '\n')
			return false;
		(void) mst_utf8_next(&s, dec->end);
	}
	return true;
}

/*
 * Reads what follows the backslash at s.  Whether it is an escape is told by a
 * pattern, to which any characters are digits.
 */
static bool
read_escape(EscapeDecoder *dec, const char *s, Escape *escape)
{
	mst_escape_read(s + 1, dec->end, escape);
	if (escape->kind == ESCAPE_NEWLINE || escape->kind == ESCAPE_MALFORMED ||
		(escape->kind == ESCAPE_TRUNCATED && !has_chars(dec, s + 2, escape->max_digits)))
	{
		escape->kind = ESCAPE_NONE;
		escape->error = NULL;
	}
	return escape->error == NULL || fail_escape(dec, escape->len, escape->error);
}

/*
 * Two surrogates that follow each other make one character; one alone has no
 * UTF-8 form.  dec->in is behind the first, *c.
 */
static bool
join_surrogates(EscapeDecoder *dec, uint32 *c)
{
	Escape		low;

	if (*c <= 0xDBFF && dec->end - dec->in >= 6 &&
		dec->in[0] == '\\' && dec->in[1] == 'u' && has_chars(dec, dec->in + 2, 4))
	{
		if (!read_escape(dec, dec->in, &low))
			return false;
		if (low.code >= 0xDC00 && low.code <= 0xDFFF)
		{
			*c = 0x10000 + ((*c - 0xD800) << 10) + (low.code - 0xDC00);
			dec->in += 6;
			return true;
		}
	}
	return mst_expr_fail(dec->cxt, "UnicodeEncodeError",
						 "'utf-8' codec can't encode character '\\u%04x': surrogates not allowed",
						 (unsigned int) *c);
}

/*
 * Decodes the escape at dec->in, or copies its backslash where it is none: an
 * unknown escape stays as written.
 */
static bool
decode_escape(EscapeDecoder *dec)
{
	Escape		escape;

	if (!read_escape(dec, dec->in, &escape))
		return false;
	if (escape.kind == ESCAPE_NONE)
	{
		appendStringInfoChar(&dec->out, *dec->in++);
		return true;
	}
	dec->in += 1 + escape.len;
	if (escape.code >= 0xD800 && escape.code <= 0xDFFF && !join_surrogates(dec, &escape.code))
		return false;
	mst_utf8_append(&dec->out, escape.code);
	return true;
}

/* Decodes the literal between its quotes; raw ones know one escape, \`. */
static bool
decode_string(YaqlLexer *lex, YaqlToken *tok, bool raw)
{
	EscapeDecoder dec;

	if (memchr(tok->text, '\\', tok->len) == NULL)
		return true;

	dec.in = tok->text;
	dec.end = tok->text + tok->len;
	mst_text_init(&dec.out);
	dec.cxt = lex->cxt;
	while (dec.in < dec.end)
	{
		if (*dec.in != '\\')
			appendStringInfoChar(&dec.out, *dec.in++);
		else if (!raw)
		{
			if (!decode_escape(&dec))
				return false;
		}
		else
		{
			if (dec.in + 1 < dec.end && dec.in[1] == '`')
				dec.in++;
			appendStringInfoChar(&dec.out, *dec.in++);
		}
	}
	tok->text = mst_value_string_copy(dec.out.data, dec.out.len).u.string;
	tok->len = dec.out.len;
	pfree(dec.out.data);
	return true;
}

/* Strings: *found is false when the literal is not closed. */
static bool
scan_string(YaqlLexer *lex, YaqlToken *tok, bool *found)
{
	char		quote = lex->src[lex->pos];
	int			pos = lex->pos + 1;

	while (pos < lex->len && lex->src[pos] != quote)
	{
		if (lex->src[pos] == '\\')
		{
			pos++;
			if (pos < lex->len && lex->src[pos] == '\n')
				break;
		}
		pos++;
	}
	*found = pos < lex->len && lex->src[pos] == quote;
	if (!*found)
		return true;

	finish_token(lex, tok, YAQL_TOK_STRING, pos + 1);
	tok->text++;
	tok->len -= 2;
	return decode_string(lex, tok, quote == '`');
}

static bool
scan_operator(YaqlLexer *lex, YaqlToken *tok)
{
	const char *text = lex->src + lex->pos;
	int			left = lex->len - lex->pos;

	for (int i = 0; i < lengthof(operators); i++)
	{
		int			len = strlen(operators[i].text);

		if (len <= left && memcmp(operators[i].text, text, len) == 0)
		{
			finish_token(lex, tok, operators[i].kind, lex->pos + len);
			return true;
		}
	}
	return false;
}

static void
skip_blanks(YaqlLexer *lex)
{
	while (lex->pos < lex->len &&
		   (lex->src[lex->pos] == ' ' || lex->src[lex->pos] == '\t' ||
			lex->src[lex->pos] == '\r' || lex->src[lex->pos] == '\n'))
	{
		lex->pos++;
		lex->chars++;
	}
}

/*
 * Starts reading src, which stays in use as long as the tokens do.
 */
void
mst_yaql_lex_start(YaqlLexer *lex, EvalContext *cxt, const char *src, int len)
{
	lex->cxt = cxt;
	lex->src = src;
	lex->len = len;
	lex->pos = 0;
	lex->chars = 0;
}

/*
 * Reads the next token into *tok; at the end of the source it is
 * YAQL_TOK_END.  Returns false when there is none.
 */
bool
mst_yaql_lex_next(YaqlLexer *lex, YaqlToken *tok)
{
	uint32		c;
	int			len;
	bool		found;

	skip_blanks(lex);
	tok->offset = lex->chars;
	c = char_at(lex, lex->pos, &len);
	if (c == NO_CHAR)
	{
		finish_token(lex, tok, YAQL_TOK_END, lex->pos);
		return true;
	}
	if (c == '$')
	{
		finish_token(lex, tok, YAQL_TOK_DOLLAR,
					 skip_chars(lex, lex->pos + 1, is_word_char));
		return true;
	}
	if (c == '\'' || c == '"' || c == '`')
	{
		if (!scan_string(lex, tok, &found))
			return false;
	}
	else if (is_digit(c))
		found = scan_number(lex, tok);
	else if (is_word_char(c))
		found = scan_name(lex, tok);
	else
		found = scan_operator(lex, tok);

	return found || fail_illegal(lex);
}
