/*-------------------------------------------------------------------------
 *
 * urlize.c
 *	  Turning addresses in a text into links.
 *
 * Each word is freed of the brackets and punctuation around it and becomes a
 * link when it is a URL, the name of a well-known kind of host, an e-mail
 * address, or starts with one of the schemes that were asked for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/arguments.h"
#include "jinja/web/urlize.h"
#include "value/list.h"
#include "value/make.h"
#include "value/regex.h"
#include "value/string.h"
#include "value/unicode.h"

/* A host after a scheme or "www.", a host under a well-known domain, an IP address; port and path. */
static const char url_pattern[] =
"^(?:(?:https?://|www\\.)(?:[\\w%-]+\\.)*(?:[a-z]{2,63}|xn--[\\w%]{2,59})"
"|(?:[\\w%-]{2,63}\\.)+(?:com|net|int|edu|gov|org|info|mil)"
"|https?://(?:\\d{1,3}(?:\\.\\d{1,3}){3}|\\[(?:[\\da-f]{0,4}:){2}(?:[\\da-f]{0,4}:?){1,6}\\]))"
"(?::\\d{1,5})?(?:[/?#]\\S*)?$";

static const char email_pattern[] = "^\\S+@\\w[\\w.-]*\\.\\w+$";

/* A piece of text. */
typedef struct Piece
{
	const char *s;
	int			len;
} Piece;

typedef struct Urlizer
{
	JinjaEval  *ev;
	StringInfo	out;
	const JinjaUrlizeStyle *style;
	ExprValue	url;			/* compiled patterns */
	ExprValue	email;
} Urlizer;

/* Answers whether a string can be the start of a URL: "name:", "name://". */
bool
mst_jinja_is_scheme(const ExprValue *text)
{
	const char *s = text->u.string;
	const char *end = s + text->len;
	const char *colon = memchr(s, ':', text->len);
	int			n = 0;

	if (colon == NULL || end - colon > 3)
		return false;
	for (const char *at = colon + 1; at < end; at++)
		if (*at != '/')
			return false;
	for (; s < colon; n++)
	{
		uint32		c = mst_utf8_next(&s, end);

		if (c != '.' && c != '+' && c != '-' && !mst_char_is_word(c))
			return false;
	}
	return n >= 2;
}

/* For qsort(): the words of "rel" stand in order. */
static int
compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/*
 * Returns the words of an attribute "rel", sorted: given ones, nofollow,
 * noopener.
 */
const char *
mst_jinja_make_rel(JinjaEval *ev, const ExprValue *rel, bool nofollow)
{
	const char **words;
	ExprList   *list = NULL;
	StringInfoData out;
	int			n = 0;

	if (rel != NULL && !mst_string_split(ev->cxt, rel, NULL, -1, &list))
		return "";
	words = palloc(sizeof(char *) * ((list != NULL ? mst_list_length(list) : 0) + 2));
	for (int i = 0; list != NULL && i < mst_list_length(list); i++)
	{
		ExprValue	word;

		if (mst_list_get(ev->cxt, list, i, &word))
			words[n++] = pnstrdup(word.u.string, word.len);
	}
	if (nofollow)
		words[n++] = "nofollow";
	words[n++] = "noopener";
	qsort(words, n, sizeof(char *), compare_words);
	mst_text_init(&out);
	for (int i = 0; i < n; i++)
		if (i == 0 || strcmp(words[i - 1], words[i]) != 0)
			appendStringInfo(&out, "%s%s", out.len > 0 ? " " : "", words[i]);
	return out.data;
}

/* ---- what belongs to a word ---- */

static bool
piece_starts(const Piece *piece, const char *prefix)
{
	int			n = strlen(prefix);

	return piece->len >= n && memcmp(piece->s, prefix, n) == 0;
}

static bool
piece_ends(const Piece *piece, const char *suffix)
{
	int			n = strlen(suffix);

	return piece->len >= n && memcmp(piece->s + piece->len - n, suffix, n) == 0;
}

/* Returns the offset of a text in a piece, or -1. */
static int
piece_find(const Piece *piece, const char *text)
{
	int			n = strlen(text);

	for (int i = 0; i + n <= piece->len; i++)
		if (memcmp(piece->s + i, text, n) == 0)
			return i;
	return -1;
}

/* Counts occurrences that do not overlap. */
static int
piece_count(const Piece *piece, const char *text)
{
	Piece		rest = *piece;
	int			count = 0;
	int			at;

	while ((at = piece_find(&rest, text)) >= 0)
	{
		count++;
		rest.s += at + strlen(text);
		rest.len -= at + strlen(text);
	}
	return count;
}

/* Returns the length of the opening brackets at the start. */
static int
head_length(Piece word)
{
	int			start = word.len;

	for (;;)
	{
		int			n = piece_starts(&word, "(") || piece_starts(&word, "<") ? 1 :
		piece_starts(&word, "&lt;") ? 4 : 0;

		if (n == 0)
			return start - word.len;
		word.s += n;
		word.len -= n;
	}
}

/* Returns the length of the closing brackets and punctuation at the end. */
static int
tail_length(Piece word)
{
	int			start = word.len;

	for (;;)
	{
		int			n = piece_ends(&word, "&gt;") ? 4 :
		piece_ends(&word, ")") || piece_ends(&word, ">") || piece_ends(&word, ".") ||
		piece_ends(&word, ",") ? 1 : 0;

		if (n == 0)
			return start - word.len;
		word.len -= n;
	}
}

/* A bracket that is opened in the word is closed by one behind it. */
static void
balance_brackets(Piece *word, Piece *tail)
{
	static const char *const brackets[][2] = {{"(", ")"}, {"<", ">"}, {"&lt;", "&gt;"}};

	for (int i = 0; i < lengthof(brackets); i++)
	{
		int			opened = piece_count(word, brackets[i][0]);
		int			available = piece_count(tail, brackets[i][1]);

		if (opened <= piece_count(word, brackets[i][1]))
			continue;
		for (int n = Min(opened, available); n > 0; n--)
		{
			int			moved = piece_find(tail, brackets[i][1]) + strlen(brackets[i][1]);

			/* the tail follows the word in the text */
			word->len += moved;
			tail->s += moved;
			tail->len -= moved;
		}
	}
}

/* ---- links ---- */

/* Answers whether a pattern matches from where it is anchored. */
static bool
matches_pattern(Urlizer *u, const ExprValue *pattern, const char *s, int len, bool *found)
{
	ExprValue	subject = mst_value_string(s, len);

	return mst_regex_search(u->ev->cxt, pattern->u.regex, &subject, 0, false, NULL, found);
}

static void
append_piece(Urlizer *u, const Piece *piece)
{
	appendBinaryStringInfo(u->out, piece->s, piece->len);
}

/* The text of a link to a page, cut when it is too long. */
static void
append_trimmed(Urlizer *u, const Piece *word)
{
	int			limit = word->len;

	if (u->style->trim_limit >= 0 && mst_utf8_length(word->s, word->len) > u->style->trim_limit)
		limit = mst_utf8_offset(word->s, word->len, u->style->trim_limit);
	appendBinaryStringInfo(u->out, word->s, limit);
	if (limit < word->len)
		appendStringInfoString(u->out, "...");
}

/* Appends the attributes that all links get, escaped. */
static bool
append_attributes(Urlizer *u)
{
	appendStringInfoString(u->out, " rel=\"");
	if (!mst_jinja_append_escaped(u->ev, u->out, u->style->rel, strlen(u->style->rel)))
		return false;
	appendStringInfoChar(u->out, '"');
	if (u->style->target == NULL)
		return true;
	appendStringInfoString(u->out, " target=\"");
	if (!mst_jinja_append_escaped(u->ev, u->out, u->style->target->u.string, u->style->target->len))
		return false;
	appendStringInfoChar(u->out, '"');
	return true;
}

/*
 * Appends a link to a page. A word that only looks like the name of a host
 * gets the scheme https.
 */
static bool
append_page_link(Urlizer *u, const Piece *word, bool is_trimmed)
{
	bool		has_scheme = piece_starts(word, "https://") || piece_starts(word, "http://");

	appendStringInfo(u->out, "<a href=\"%s", has_scheme || !is_trimmed ? "" : "https://");
	append_piece(u, word);
	appendStringInfoChar(u->out, '"');
	if (!append_attributes(u))
		return false;
	appendStringInfoChar(u->out, '>');
	if (is_trimmed)
		append_trimmed(u, word);
	else
		append_piece(u, word);
	appendStringInfoString(u->out, "</a>");
	return true;
}

/* A link to an address; with_scheme: the word starts with "mailto:". */
static bool
append_mail_link(Urlizer *u, const Piece *word, bool with_scheme)
{
	Piece		address = *word;

	if (with_scheme)
	{
		address.s += 7;
		address.len -= 7;
	}
	appendStringInfoString(u->out, "<a href=\"mailto:");
	append_piece(u, &address);
	appendStringInfoString(u->out, "\">");
	append_piece(u, &address);
	appendStringInfoString(u->out, "</a>");
	return true;
}

/*
 * Appends a word that is no link by itself: one with an extra scheme is one
 * after all.
 */
static bool
append_other(Urlizer *u, const Piece *word)
{
	for (int i = 0; i < u->style->nschemes; i++)
	{
		const ExprValue *scheme = &u->style->schemes[i];

		if (word->len > scheme->len && memcmp(word->s, scheme->u.string, scheme->len) == 0)
			return append_page_link(u, word, false);
	}
	append_piece(u, word);
	return true;
}

/* Appends a word, which has no punctuation around it any more. */
static bool
append_word(Urlizer *u, const Piece *word)
{
	bool		found = false;

	/* all that can be a link has one of these in it */
	if (memchr(word->s, '.', word->len) == NULL && memchr(word->s, ':', word->len) == NULL)
	{
		append_piece(u, word);
		return true;
	}
	if (!matches_pattern(u, &u->url, word->s, word->len, &found))
		return false;
	if (found)
		return append_page_link(u, word, true);
	if (piece_starts(word, "mailto:"))
	{
		if (!matches_pattern(u, &u->email, word->s + 7, word->len - 7, &found))
			return false;
		if (found)
			return append_mail_link(u, word, true);
	}
	else if (memchr(word->s, '@', word->len) != NULL && !piece_starts(word, "www.") &&
			 !piece_starts(word, "@") && memchr(word->s, ':', word->len) == NULL)
	{
		if (!matches_pattern(u, &u->email, word->s, word->len, &found))
			return false;
		if (found)
			return append_mail_link(u, word, false);
	}
	return append_other(u, word);
}

/*
 * Appends one word: brackets and punctuation around it stay outside of the
 * link, but for brackets that close one within the word.
 */
static bool
urlize_word(Urlizer *u, Piece word)
{
	Piece		head = word;
	Piece		tail = word;

	if (!mst_expr_step(u->ev->cxt) || !mst_expr_charge(u->ev->cxt, (int64) word.len * 3))
		return false;
	head.len = head_length(word);
	word.s += head.len;
	word.len -= head.len;
	tail.len = tail_length(word);
	word.len -= tail.len;
	tail.s = word.s + word.len;
	balance_brackets(&word, &tail);
	append_piece(u, &head);
	if (!append_word(u, &word))
		return false;
	append_piece(u, &tail);
	return true;
}

/*
 * Returns the end of the run of whitespace, or of other characters, that
 * starts at s.
 */
static const char *
run_end(const char *s, const char *end, bool *is_space)
{
	const char *next = s;

	*is_space = mst_char_is_space(mst_utf8_next(&next, end));
	while (next < end)
	{
		const char *at = next;

		if (mst_char_is_space(mst_utf8_next(&next, end)) != *is_space)
			return at;
	}
	return end;
}

/*
 * Appends a text, which has been escaped, with links.
 */
bool
mst_jinja_urlize(JinjaEval *ev, StringInfo out, const ExprValue *text, const JinjaUrlizeStyle *style)
{
	Urlizer		u = {ev, out, style};
	ExprValue	url = mst_value_cstring(url_pattern);
	ExprValue	email = mst_value_cstring(email_pattern);
	const char *s = text->u.string;
	const char *end = s + text->len;

	if (!mst_regex_compile(ev->cxt, &url, EXPR_REGEX_IGNORE_CASE, &u.url) ||
		!mst_regex_compile(ev->cxt, &email, 0, &u.email))
		return false;
	while (s < end)
	{
		bool		is_space;
		const char *next = run_end(s, end, &is_space);
		Piece		piece = {s, (int) (next - s)};

		if (is_space)
			append_piece(&u, &piece);
		else if (!urlize_word(&u, piece))
			return false;
		s = next;
	}
	return true;
}
