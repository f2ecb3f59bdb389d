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

/* The character at byte position pos, with its length in bytes. */
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

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* State of decoding the escapes of one string literal. */
typedef struct EscapeDecoder
{
	const char *in;
	const char *end;
	StringInfoData out;
	EvalContext *cxt;
} EscapeDecoder;

static void
put_char(EscapeDecoder *dec, uint32 c)
{
	mst_utf8_append(&dec->out, c);
}

static bool
fail_escape(EscapeDecoder *dec, int len, const char *reason)
{
	return mst_expr_fail(dec->cxt, "UnicodeDecodeError",
						 "'unicodeescape' codec can't decode bytes in position 0-%d: %s",
						 len, reason);
}

/*
 * Reads digits hex digits at s.  The number of characters has been checked;
 * whether they are digits has not.
 */
static bool
read_hex(EscapeDecoder *dec, const char *s, int digits, uint32 *c)
{
	uint64		value = 0;

	for (int i = 0; i < digits; i++)
	{
		int			digit = hex_value(s[i]);

		if (digit < 0)
			return fail_escape(dec, 1 + i,
							   digits == 2 ? "truncated \\xXX escape" :
							   digits == 4 ? "truncated \\uXXXX escape" :
							   "truncated \\UXXXXXXXX escape");
		value = value * 16 + digit;
	}
	if (value > 0x10FFFF)
		return fail_escape(dec, digits + 1, "illegal Unicode character");
	*c = (uint32) value;
	return true;
}

/* Whether n characters without a newline follow at s. */
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
 * \xHH, \uHHHH and \UHHHHHHHH; dec->in is at the backslash.  Two surrogates
 * that follow each other make one character; one alone has no UTF-8 form.
 */
static bool
decode_hex(EscapeDecoder *dec, int digits)
{
	uint32		c;
	uint32		low;

	if (!read_hex(dec, dec->in + 2, digits, &c))
		return false;
	dec->in += 2 + digits;
	if (c >= 0xD800 && c <= 0xDBFF && dec->end - dec->in >= 6 &&
		dec->in[0] == '\\' && dec->in[1] == 'u' &&
		has_chars(dec, dec->in + 2, 4))
	{
		if (!read_hex(dec, dec->in + 2, 4, &low))
			return false;
		if (low >= 0xDC00 && low <= 0xDFFF)
		{
			c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
			dec->in += 6;
		}
	}
	if (c >= 0xD800 && c <= 0xDFFF)
		return mst_expr_fail(dec->cxt, "UnicodeEncodeError",
							 "'utf-8' codec can't encode character '\\u%04x': surrogates not allowed",
							 (unsigned int) c);
	put_char(dec, c);
	return true;
}

/* \N{NAME}; close is the position of the brace behind the name. */
static bool
decode_name(EscapeDecoder *dec, const char *close)
{
	int			len = close - (dec->in + 3);
	uint32		c = mst_char_by_name(dec->in + 3, len);

	if (c == NO_CHAR)
		return fail_escape(dec, len + 3, "unknown Unicode character name");
	put_char(dec, c);
	dec->in = close + 1;
	return true;
}

/*
 * Decodes the escape at dec->in, or copies its backslash where it is none: an
 * unknown escape stays as written.
 */
static bool
decode_escape(EscapeDecoder *dec)
{
	static const char from[] = "\\'\"abfnrtv";
	static const char to[] = "\\'\"\a\b\f\n\r\t\v";
	char		kind = dec->in + 1 < dec->end ? dec->in[1] : '\0';
	const char *simple = kind != '\0' ? strchr(from, kind) : NULL;

	if (simple != NULL)
	{
		appendStringInfoChar(&dec->out, to[simple - from]);
		dec->in += 2;
		return true;
	}
	if (kind >= '0' && kind <= '7')
	{
		uint32		c = 0;
		int			i;

		for (i = 1; i <= 3 && dec->in + i < dec->end &&
			 dec->in[i] >= '0' && dec->in[i] <= '7'; i++)
			c = c * 8 + (dec->in[i] - '0');
		put_char(dec, c);
		dec->in += i;
		return true;
	}
	if (kind == 'x' && has_chars(dec, dec->in + 2, 2))
		return decode_hex(dec, 2);
	if (kind == 'u' && has_chars(dec, dec->in + 2, 4))
		return decode_hex(dec, 4);
	if (kind == 'U' && has_chars(dec, dec->in + 2, 8))
		return decode_hex(dec, 8);
	if (kind == 'N' && dec->end - dec->in > 4 && dec->in[2] == '{')
	{
		const char *close = memchr(dec->in + 3, '}', dec->end - dec->in - 3);

		if (close != NULL && close > dec->in + 3)
			return decode_name(dec, close);
	}
	appendStringInfoChar(&dec->out, *dec->in++);
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
