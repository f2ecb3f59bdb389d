/*-------------------------------------------------------------------------
 *
 * lexer.c
 *	  Cuts a Jinja2 template into tokens.
 *
 * The lexer is a state machine that is asked for one token at a time, so a
 * mistake behind the place where the parser gives up is never reported.  It
 * implements trim_blocks (a line end right after a block or comment tag is
 * dropped), lstrip_blocks (blanks before such a tag at the start of a line
 * are dropped) and the "-" and "+" that ask for more or less of both.  An end
 * delimiter is not recognized while a bracket is open.
 *
 * Tokens point into the source; only strings with escapes are copied.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/lexer.h"
#include "jinja/program.h"
#include "value/escapes.h"
#include "value/make.h"
#include "value/unicode.h"

/* Operators, longer ones before their prefixes. */
static const struct
{
	const char *text;
	JinjaTokenKind kind;
}			operators[] = {
	{"//", JINJA_T_FLOORDIV},
	{"**", JINJA_T_POW},
	{"==", JINJA_T_EQ},
	{"!=", JINJA_T_NE},
	{">=", JINJA_T_GE},
	{"<=", JINJA_T_LE},
	{"+", JINJA_T_ADD},
	{"-", JINJA_T_SUB},
	{"/", JINJA_T_DIV},
	{"*", JINJA_T_MUL},
	{"%", JINJA_T_MOD},
	{"~", JINJA_T_TILDE},
	{"[", JINJA_T_LBRACKET},
	{"]", JINJA_T_RBRACKET},
	{"(", JINJA_T_LPAREN},
	{")", JINJA_T_RPAREN},
	{"{", JINJA_T_LBRACE},
	{"}", JINJA_T_RBRACE},
	{">", JINJA_T_GT},
	{"<", JINJA_T_LT},
	{"=", JINJA_T_ASSIGN},
	{".", JINJA_T_DOT},
	{":", JINJA_T_COLON},
	{"|", JINJA_T_PIPE},
	{",", JINJA_T_COMMA},
	{";", JINJA_T_SEMICOLON}
};

/*
 * Returns the text of an operator, or the words in which messages speak of another
 * kind.
 */
const char *
mst_jinja_token_name(JinjaTokenKind kind)
{
	switch (kind)
	{
		case JINJA_T_EOF:
		case JINJA_T_ERROR:
			return "end of template";
		case JINJA_T_DATA:
			return "template data / text";
		case JINJA_T_VARIABLE_BEGIN:
			return "begin of print statement";
		case JINJA_T_VARIABLE_END:
			return "end of print statement";
		case JINJA_T_BLOCK_BEGIN:
			return "begin of statement block";
		case JINJA_T_BLOCK_END:
			return "end of statement block";
		case JINJA_T_NAME:
			return "name";
		case JINJA_T_STRING:
			return "string";
		case JINJA_T_INTEGER:
			return "integer";
		case JINJA_T_FLOAT:
			return "float";
		default:
			for (int i = 0; i < lengthof(operators); i++)
				if (operators[i].kind == kind)
					return operators[i].text;
			return "operator";
	}
}

/*
 * Copies the text with "\n" for "\r\n" and "\r"; a text without "\r" is used
 * as it is.
 */
static const char *
normalize_line_ends(const char *text, int *len)
{
	char	   *copy;
	int			n = 0;

	if (memchr(text, '\r', *len) == NULL)
		return text;
	copy = palloc(*len);
	for (int i = 0; i < *len; i++)
	{
		if (text[i] != '\r')
			copy[n++] = text[i];
		else if (i + 1 == *len || text[i + 1] != '\n')
			copy[n++] = '\n';
	}
	*len = n;
	return copy;
}

/*
 * Starts on a text; state is JINJA_LEX_DATA or JINJA_LEX_VARIABLE (one
 * expression).
 */
void
mst_jinja_lex_init(JinjaLexer *lexer, const char *text, int len, JinjaLexState state)
{
	memset(lexer, 0, sizeof(*lexer));
	lexer->source = normalize_line_ends(text, &len);
	/* one line end at the very end is no part of a template */
	if (len > 0 && lexer->source[len - 1] == '\n')
		len--;
	lexer->len = len;
	lexer->state = state;
	lexer->line_starting = true;
	mst_text_init(&lexer->brackets);
}

/* ---- errors ---- */

static void lex_fail(JinjaLexer *lexer, JinjaToken *token, int offset,
					 const char *fmt,...) pg_attribute_printf(4, 5);

/*
 * Ends the reading with an error, which becomes the token: the parser fails
 * when it gets there, and not before.
 */
static void
lex_fail(JinjaLexer *lexer, JinjaToken *token, int offset, const char *fmt,...)
{
	va_list		args;
	char		message[256];

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	lexer->error = mst_expr_error(EXPR_ERROR_JINJA_GRAMMAR, "TemplateSyntaxError",
								  "%s", message);
	lexer->error_offset = offset;
	token->kind = JINJA_T_ERROR;
	token->offset = offset;
}

/*
 * Fails for a character that begins no token; quoted as Python's repr() would.
 */
static void
fail_unexpected_char(JinjaLexer *lexer, JinjaToken *token)
{
	const char *s = lexer->source + lexer->pos;
	const char *end = lexer->source + lexer->len;
	const char *next = s;

	(void) mst_utf8_next(&next, end);
	lex_fail(lexer, token, lexer->pos,
			 *s == '\'' ? "unexpected char \"%.*s\" at %d" : "unexpected char '%.*s' at %d",
			 (int) (next - s), s, mst_utf8_index(lexer->source, lexer->pos));
}

/* ---- scanning helpers; positions are byte offsets of the source ---- */

/*
 * Answers whether white space stands at a place, and where the next character
 * is. Unicode's counts, as in the reference.
 */
static bool
is_space_at(const JinjaLexer *lexer, int pos, int *next)
{
	const char *s = lexer->source + pos;
	uint32		c;

	if (pos >= lexer->len)
		return false;
	c = mst_utf8_next(&s, lexer->source + lexer->len);
	*next = s - lexer->source;
	return mst_char_is_space(c);
}

/* Returns the first place that is not white space. */
static int
skip_space(const JinjaLexer *lexer, int pos)
{
	int			next;

	while (is_space_at(lexer, pos, &next))
		pos = next;
	return pos;
}

/* Answers whether a word stands at a place, within the text. */
static bool
starts_with(const JinjaLexer *lexer, int pos, const char *word)
{
	int			n = strlen(word);

	return pos + n <= lexer->len && memcmp(lexer->source + pos, word, n) == 0;
}

/* End of text[from..to) without whitespace at its end. */
static int
strip_right(const JinjaLexer *lexer, int from, int to)
{
	while (to > from)
	{
		const char *prev = mst_utf8_prev(lexer->source + to, lexer->source + from);
		const char *s = prev;

		if (!mst_char_is_space(mst_utf8_next(&s, lexer->source + lexer->len)))
			break;
		to = prev - lexer->source;
	}
	return to;
}

/*
 * End of the text [from, to) in front of a tag, when its sign and
 * lstrip_blocks have been heeded.
 */
static int
strip_before_tag(const JinjaLexer *lexer, int from, int to, char sign, bool is_variable)
{
	int			line = to;

	if (sign == '-')
		return strip_right(lexer, from, to);
	if (sign == '+' || is_variable)
		return to;
	while (line > from && lexer->source[line - 1] != '\n')
		line--;
	if (line == from && !lexer->line_starting)
		return to;
	return strip_right(lexer, line, to) == line ? line : to;
}

/*
 * Returns the sign right behind an opening delimiter, stepped over; 0 for
 * none.
 */
static char
take_sign(const JinjaLexer *lexer, int *pos)
{
	if (*pos < lexer->len &&
		(lexer->source[*pos] == '-' || lexer->source[*pos] == '+'))
		return lexer->source[(*pos)++];
	return 0;
}

/*
 * Steps over the end of a block or comment tag ("%}" or "#}", perhaps with a
 * sign) and the whitespace that goes with it.  Returns -1 when there is none.
 */
static int
end_of_tag(const JinjaLexer *lexer, int pos, const char *delimiter)
{
	if (starts_with(lexer, pos, "-") && starts_with(lexer, pos + 1, delimiter))
		return skip_space(lexer, pos + 3);
	if (starts_with(lexer, pos, "+") && starts_with(lexer, pos + 1, delimiter))
		return pos + 3;
	if (!starts_with(lexer, pos, delimiter))
		return -1;
	pos += 2;
	return starts_with(lexer, pos, "\n") ? pos + 1 : pos;
}

/* Notes that the lexer has moved, for lstrip_blocks. */
static void
move_to(JinjaLexer *lexer, int pos)
{
	lexer->line_starting = pos > 0 && lexer->source[pos - 1] == '\n';
	lexer->pos = pos;
}

/* ---- text ---- */

/* End of "{% raw %}" whose sign ends at pos, or -1. */
static int
match_raw_begin(const JinjaLexer *lexer, int pos)
{
	pos = skip_space(lexer, pos);
	if (!starts_with(lexer, pos, "raw"))
		return -1;
	pos = skip_space(lexer, pos + 3);
	if (starts_with(lexer, pos, "-%}"))
		return skip_space(lexer, pos + 3);
	return starts_with(lexer, pos, "%}") ? pos + 2 : -1;
}

/* Skips a comment whose sign ends at pos; false when it does not end. */
static bool
skip_comment(JinjaLexer *lexer, JinjaToken *token, int pos)
{
	int			start = pos;

	if (pos == lexer->len)
	{
		/* a comment of nothing needs no end */
		move_to(lexer, pos);
		return true;
	}
	for (; pos + 1 < lexer->len; pos++)
	{
		if (lexer->source[pos] != '#' || lexer->source[pos + 1] != '}')
			continue;
		if (pos > start && (lexer->source[pos - 1] == '-' || lexer->source[pos - 1] == '+'))
			pos--;
		move_to(lexer, end_of_tag(lexer, pos, "#}"));
		return true;
	}
	lex_fail(lexer, token, start, "Missing end of comment tag");
	return false;
}

/* Makes a token of text between tags, which points into the source. */
static void
set_data(JinjaToken *token, const JinjaLexer *lexer, int from, int to)
{
	token->kind = JINJA_T_DATA;
	token->offset = from;
	token->text = lexer->source + from;
	token->len = to - from;
}

/* Returns the position of the next opening delimiter, or the end. */
static int
find_tag(const JinjaLexer *lexer, int pos)
{
	while (pos + 1 < lexer->len)
	{
		const char *brace = memchr(lexer->source + pos, '{', lexer->len - pos - 1);

		if (brace == NULL)
			break;
		if (brace[1] == '{' || brace[1] == '%' || brace[1] == '#')
			return brace - lexer->source;
		pos = brace + 1 - lexer->source;
	}
	return lexer->len;
}

/*
 * Reads text up to the next tag.  True when the token is complete: text, the
 * beginning of a tag, or an error; false to go on (nothing but a comment).
 */
static bool
lex_data(JinjaLexer *lexer, JinjaToken *token)
{
	int			from = lexer->pos;
	int			tag = find_tag(lexer, from);
	int			pos;
	int			raw;
	int			to;
	char		kind;
	char		sign;

	if (tag == lexer->len)
	{
		set_data(token, lexer, from, tag);
		move_to(lexer, tag);
		return token->len > 0;
	}
	kind = lexer->source[tag + 1];
	pos = tag + 2;
	sign = take_sign(lexer, &pos);
	to = strip_before_tag(lexer, from, tag, sign, kind == '{');
	set_data(token, lexer, from, to);

	if (kind == '#')
	{
		JinjaToken	data = *token;

		if (!skip_comment(lexer, token, pos))
		{
			/* the text in front of the comment comes first */
			if (data.len == 0)
				return true;
			lexer->pending = JINJA_T_ERROR;
			*token = data;
		}
		return token->len > 0;
	}
	raw = kind == '%' ? match_raw_begin(lexer, pos) : -1;
	if (raw >= 0)
	{
		move_to(lexer, raw);
		lexer->state = JINJA_LEX_RAW;
		return token->len > 0;
	}
	move_to(lexer, pos);
	lexer->state = kind == '{' ? JINJA_LEX_VARIABLE : JINJA_LEX_BLOCK;
	lexer->pending = kind == '{' ? JINJA_T_VARIABLE_BEGIN : JINJA_T_BLOCK_BEGIN;
	lexer->pending_offset = tag;
	return token->len > 0;
}

/* Reads the text of {% raw %} up to {% endraw %}. */
static bool
lex_raw(JinjaLexer *lexer, JinjaToken *token)
{
	int			from = lexer->pos;

	if (from == lexer->len)
	{
		lexer->state = JINJA_LEX_DATA;
		return false;
	}
	for (int tag = find_tag(lexer, from); tag < lexer->len; tag = find_tag(lexer, tag + 1))
	{
		int			pos = tag + 2;
		char		sign;

		if (lexer->source[tag + 1] != '%')
			continue;
		sign = take_sign(lexer, &pos);
		pos = skip_space(lexer, pos);
		if (!starts_with(lexer, pos, "endraw"))
			continue;
		pos = end_of_tag(lexer, skip_space(lexer, pos + 6), "%}");
		if (pos < 0)
			continue;
		set_data(token, lexer, from, strip_before_tag(lexer, from, tag, sign, false));
		move_to(lexer, pos);
		lexer->state = JINJA_LEX_DATA;
		return token->len > 0;
	}
	lex_fail(lexer, token, from, "Missing end of raw directive");
	return true;
}

/* ---- inside of tags ---- */

/* End of a run of digits with single "_" between them; pos when there is none. */
static int
scan_digits(const JinjaLexer *lexer, int pos, const char *digits)
{
	int			end = pos;

	for (;;)
	{
		int			at = end;

		if (at > pos && at < lexer->len && lexer->source[at] == '_')
			at++;
		if (at >= lexer->len || strchr(digits, lexer->source[at]) == NULL ||
			lexer->source[at] == '\0')
			return end;
		end = at + 1;
	}
}

/* End of a float at pos, or pos when there is none. */
static int
scan_float(const JinjaLexer *lexer, int pos)
{
	static const char digits[] = "0123456789";
	int			end = scan_digits(lexer, pos, digits);
	int			fraction = end;
	int			exponent;
	int			at;

	if (end == pos || (pos > 0 && lexer->source[pos - 1] == '.'))
		return pos;
	if (starts_with(lexer, end, "."))
	{
		at = scan_digits(lexer, end + 1, digits);
		if (at > end + 1)
			fraction = at;
	}
	at = fraction;
	if (starts_with(lexer, at, "e") || starts_with(lexer, at, "E"))
	{
		at++;
		if (starts_with(lexer, at, "+") || starts_with(lexer, at, "-"))
			at++;
		exponent = scan_digits(lexer, at, digits);
		if (exponent > at)
			return exponent;
	}
	return fraction > end ? fraction : pos;
}

/* End of an integer at pos, or pos when there is none. */
static int
scan_integer(const JinjaLexer *lexer, int pos)
{
	static const struct
	{
		char		letter;
		const char *digits;
	}			bases[] = {{'b', "01"}, {'o', "01234567"}, {'x', "0123456789abcdefABCDEF"}};

	if (lexer->source[pos] != '0')
		return scan_digits(lexer, pos, "0123456789");
	for (int i = 0; i < lengthof(bases); i++)
	{
		int			at = pos + 2;
		int			end;

		if (at > lexer->len || (lexer->source[pos + 1] | 0x20) != bases[i].letter)
			continue;
		if (starts_with(lexer, at, "_"))
			at++;
		end = scan_digits(lexer, at, bases[i].digits);
		if (end > at)
			return end;
	}
	return scan_digits(lexer, pos, "0");
}

/*
 * Decodes one escape whose backslash has been read.  Returns NULL, or what is
 * wrong with it.
 */
static const char *
decode_escape(const char **s, const char *end, StringInfo out)
{
	Escape		escape;

	mst_escape_read(*s, end, &escape);
	*s += escape.len;
	if (escape.error != NULL)
		return escape.error;
	if (escape.kind == ESCAPE_NONE)
	{
		appendStringInfoChar(out, '\\');
		appendStringInfoChar(out, (*s)[-1]);
	}
	else if (escape.kind == ESCAPE_CODE)
	{
		if (escape.code >= 0xD800 && escape.code <= 0xDFFF)
			return "illegal Unicode character";
		mst_utf8_append(out, escape.code);
	}
	return NULL;
}

/* Sets the token to the contents of a string literal between from and to. */
static void
lex_string_contents(JinjaLexer *lexer, JinjaToken *token, int from, int to)
{
	const char *s = lexer->source + from;
	const char *end = lexer->source + to;
	StringInfoData out;

	token->kind = JINJA_T_STRING;
	token->text = s;
	token->len = to - from;
	if (memchr(s, '\\', to - from) == NULL)
		return;

	mst_text_init(&out);
	while (s < end)
	{
		const char *error;

		if (*s != '\\')
		{
			appendStringInfoChar(&out, *s++);
			continue;
		}
		s++;
		error = decode_escape(&s, end, &out);
		if (error != NULL)
		{
			lex_fail(lexer, token, token->offset, "%s", error);
			return;
		}
	}
	token->text = out.data;
	token->len = out.len;
}

/* A string literal at pos; false when it does not end. */
static bool
lex_string(JinjaLexer *lexer, JinjaToken *token)
{
	char		quote = lexer->source[lexer->pos];
	int			end = lexer->pos + 1;

	while (end < lexer->len && lexer->source[end] != quote)
		end += lexer->source[end] == '\\' ? 2 : 1;
	if (end >= lexer->len)
		return false;
	lex_string_contents(lexer, token, lexer->pos + 1, end);
	move_to(lexer, end + 1);
	return true;
}

/* A name, which has to be an identifier of Python. */
static bool
lex_name(JinjaLexer *lexer, JinjaToken *token)
{
	const char *start = lexer->source + lexer->pos;
	const char *end = lexer->source + lexer->len;
	const char *s = start;
	bool		is_identifier = true;

	while (s < end)
	{
		const char *next = s;
		uint32		c = mst_utf8_next(&next, end);

		if (!mst_char_is_word(c) && !mst_char_is_id_continue(c))
			break;
		if (s == start ? !mst_char_is_id_start(c) : !mst_char_is_id_continue(c))
			is_identifier = false;
		s = next;
	}
	if (s == start)
		return false;
	if (!is_identifier)
	{
		lex_fail(lexer, token, lexer->pos, "Invalid character in identifier");
		return true;
	}
	token->kind = JINJA_T_NAME;
	token->text = start;
	token->len = s - start;
	move_to(lexer, s - lexer->source);
	return true;
}

/* Keeps track of the brackets that are open. */
static void
note_bracket(JinjaLexer *lexer, JinjaToken *token)
{
	StringInfo	open = &lexer->brackets;
	char		awaited;

	switch (token->kind)
	{
		case JINJA_T_LPAREN:
			appendStringInfoChar(open, ')');
			return;
		case JINJA_T_LBRACKET:
			appendStringInfoChar(open, ']');
			return;
		case JINJA_T_LBRACE:
			appendStringInfoChar(open, '}');
			return;
		case JINJA_T_RPAREN:
		case JINJA_T_RBRACKET:
		case JINJA_T_RBRACE:
			break;
		default:
			return;
	}
	if (open->len == 0)
	{
		lex_fail(lexer, token, token->offset, "unexpected '%c'", token->text[0]);
		return;
	}
	awaited = open->data[--open->len];
	if (awaited != token->text[0])
		lex_fail(lexer, token, token->offset, "unexpected '%c', expected '%c'",
				 token->text[0], awaited);
}

/*
 * Reads an operator, the longest that fits: the table has longer ones first.
 */
static bool
lex_operator(JinjaLexer *lexer, JinjaToken *token)
{
	for (int i = 0; i < lengthof(operators); i++)
	{
		if (!starts_with(lexer, lexer->pos, operators[i].text))
			continue;
		token->kind = operators[i].kind;
		token->text = lexer->source + lexer->pos;
		token->len = strlen(operators[i].text);
		move_to(lexer, lexer->pos + token->len);
		note_bracket(lexer, token);
		return true;
	}
	return false;
}

/*
 * Reads a number. What may be a float is tried first, since an integer is the
 * beginning of one.
 */
static bool
lex_number(JinjaLexer *lexer, JinjaToken *token)
{
	int			end = scan_float(lexer, lexer->pos);

	token->kind = JINJA_T_FLOAT;
	if (end == lexer->pos)
	{
		token->kind = JINJA_T_INTEGER;
		end = scan_integer(lexer, lexer->pos);
	}
	token->text = lexer->source + lexer->pos;
	token->len = end - lexer->pos;
	move_to(lexer, end);
	return token->len > 0;
}

/* The end of the tag that the lexer is in. */
static bool
lex_tag_end(JinjaLexer *lexer, JinjaToken *token)
{
	int			pos = lexer->pos;
	int			end = -1;

	if (lexer->brackets.len > 0)
		return false;
	if (lexer->state == JINJA_LEX_BLOCK)
		end = end_of_tag(lexer, pos, "%}");
	else if (starts_with(lexer, pos, "-}}"))
		end = skip_space(lexer, pos + 3);
	else if (starts_with(lexer, pos, "}}"))
		end = pos + 2;
	if (end < 0)
		return false;
	token->kind = lexer->state == JINJA_LEX_BLOCK ? JINJA_T_BLOCK_END : JINJA_T_VARIABLE_END;
	move_to(lexer, end);
	lexer->state = JINJA_LEX_DATA;
	return true;
}

/* A token inside of a tag. */
static void
lex_code(JinjaLexer *lexer, JinjaToken *token)
{
	bool		found;
	char		c;

	token->offset = lexer->pos;
	if (lex_tag_end(lexer, token))
		return;
	lexer->pos = skip_space(lexer, lexer->pos);
	token->offset = lexer->pos;
	if (lexer->pos >= lexer->len)
	{
		token->kind = JINJA_T_EOF;
		return;
	}
	if (lex_tag_end(lexer, token))
		return;

	c = lexer->source[lexer->pos];
	if (c >= '0' && c <= '9')
		found = lex_number(lexer, token);
	else if (c == '\'' || c == '"')
		found = lex_string(lexer, token);
	else
		found = lex_name(lexer, token) || lex_operator(lexer, token);
	if (!found)
		fail_unexpected_char(lexer, token);
}

/*
 * Gets the next token.  After the end, or after an error (whose text is in the
 * lexer), it answers the same again.
 */
void
mst_jinja_lex_next(JinjaLexer *lexer, JinjaToken *token)
{
	memset(token, 0, sizeof(*token));
	for (;;)
	{
		if (lexer->error != NULL && lexer->pending != JINJA_T_ERROR)
		{
			token->kind = JINJA_T_ERROR;
			token->offset = lexer->error_offset;
			return;
		}
		if (lexer->pending != JINJA_T_EOF)
		{
			token->kind = lexer->pending;
			token->offset = lexer->pending == JINJA_T_ERROR ? lexer->error_offset : lexer->pending_offset;
			lexer->pending = JINJA_T_EOF;
			return;
		}
		if (lexer->state == JINJA_LEX_VARIABLE || lexer->state == JINJA_LEX_BLOCK)
		{
			lex_code(lexer, token);
			return;
		}
		if (lexer->pos >= lexer->len && lexer->state == JINJA_LEX_DATA)
		{
			token->kind = JINJA_T_EOF;
			token->offset = lexer->len;
			return;
		}
		if (lexer->state == JINJA_LEX_RAW ? lex_raw(lexer, token) : lex_data(lexer, token))
			return;
	}
}

/* ---- places ---- */

/*
 * Returns the offset in code points of the text as given, for a byte offset of the
 * source, in which every line end is one byte.
 */
int
mst_jinja_offset(const ExprProgram *program, int source_offset)
{
	int			at = 0;

	if (program->source == program->text)
		return mst_utf8_index(program->text, Min(source_offset, program->text_len));
	for (int i = 0; i < source_offset && at < program->text_len; i++, at++)
		if (program->text[at] == '\r' && at + 1 < program->text_len && program->text[at + 1] == '\n')
			at++;
	return mst_utf8_index(program->text, Min(at, program->text_len));
}
