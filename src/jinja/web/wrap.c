/*-------------------------------------------------------------------------
 *
 * wrap.c
 *	  Wrapping of text into lines, as Python's textwrap does it.
 *
 * A line is cut into chunks that are not broken further: runs of blanks, words,
 * parts of hyphenated words and dashes between words.  Chunks are then put
 * on lines as long as they fit.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/web/wrap.h"
#include "value/unicode.h"

/* The text as an array of code points, and what is being built from it. */
typedef struct Wrapper
{
	JinjaEval  *ev;
	const JinjaWrapStyle *style;
	const uint32 *text;
	int			len;
	StringInfo	out;
	const ExprValue *newline;
	bool		has_line;		/* a line has been put out */
} Wrapper;

typedef struct Chunk
{
	int			from;
	int			to;
} Chunk;

/* ---- chunks ---- */

static bool
is_blank(uint32 c)
{
	return (c >= '\t' && c <= '\r') || c == ' ';
}

/* Returns whether a piece of the text is all Unicode whitespace. */
static bool
is_blank_piece(const Wrapper *w, int from, int to)
{
	while (from < to && mst_char_is_space(w->text[from]))
		from++;
	return from == to;
}

static bool
is_letter(uint32 c)
{
	return mst_char_is_word(c) && !mst_char_is_decimal(c);
}

static bool
is_word_or_punctuation(uint32 c)
{
	return mst_char_is_word(c) || (c < 128 && c != 0 && strchr("!\"'&.,?", (int) c) != NULL);
}

static bool
letter_at(const Wrapper *w, int i)
{
	return i >= 0 && i < w->len && is_letter(w->text[i]);
}

static bool
dash_at(const Wrapper *w, int i)
{
	return i >= 0 && i < w->len && w->text[i] == '-';
}

/* Returns the length of a run of two or more dashes at i between words, or 0. */
static int
em_dash_at(const Wrapper *w, int i)
{
	int			end = i;

	if (i == 0 || !is_word_or_punctuation(w->text[i - 1]))
		return 0;
	while (dash_at(w, end))
		end++;
	if (end - i < 2 || end >= w->len || !mst_char_is_word(w->text[end]))
		return 0;
	return end - i;
}

/* Answers whether a word may be broken behind the dash at i. */
static bool
breaks_after_dash(const Wrapper *w, int i)
{
	if (!dash_at(w, i) || !letter_at(w, i - 1) || !letter_at(w, i + 1))
		return false;
	if (!letter_at(w, i - 2) && !(dash_at(w, i - 2) && letter_at(w, i - 3)))
		return false;
	return letter_at(w, i + 2) || (dash_at(w, i + 2) && letter_at(w, i + 3));
}

/* End of the chunk that starts at i. */
static int
chunk_end(const Wrapper *w, int i)
{
	int			end = i + 1;
	int			dashes;

	if (is_blank(w->text[i]))
	{
		while (end < w->len && is_blank(w->text[end]))
			end++;
		return end;
	}
	if (!w->style->break_on_hyphens)
	{
		while (end < w->len && !is_blank(w->text[end]))
			end++;
		return end;
	}
	dashes = em_dash_at(w, i);
	if (dashes > 0)
		return i + dashes;
	for (; end < w->len && !is_blank(w->text[end]); end++)
	{
		if (breaks_after_dash(w, end))
			return end + 1;
		if (em_dash_at(w, end) > 0)
			return end;
	}
	return end;
}

/* ---- lines ---- */

static bool
put_line(Wrapper *w, int from, int to)
{
	if (!mst_expr_step(w->ev->cxt) ||
		!mst_expr_charge(w->ev->cxt, (int64) (to - from) * 4 + w->newline->len))
		return false;
	if (w->has_line)
		appendBinaryStringInfo(w->out, w->newline->u.string, w->newline->len);
	w->has_line = true;
	for (int i = from; i < to; i++)
		mst_utf8_append(w->out, w->text[i]);
	return true;
}

/*
 * Returns where a chunk that is too long for any line is broken, with so much
 * room.
 */
static int
break_long(const Wrapper *w, const Chunk *chunk, int64 room)
{
	int			end = (int) Min(chunk->to, chunk->from + room);
	bool		has_other = false;
	int			hyphen = -1;

	if (!w->style->break_on_hyphens || chunk->to - chunk->from <= room)
		return end;
	for (int i = chunk->from; i < end; i++)
	{
		if (w->text[i] == '-' && has_other)
			hyphen = i;
		else if (w->text[i] != '-')
			has_other = true;
	}
	return hyphen > chunk->from ? hyphen + 1 : end;
}

/*
 * Builds one line from the chunks at *next; what is left of a chunk that was
 * broken stays in *chunk.
 */
static bool
build_line(Wrapper *w, Chunk *chunk)
{
	int64		width = w->style->width;
	int			from;
	int			to;
	int			last;			/* where the last chunk on the line starts */

	/*
	 * blanks at the start of a line go, but not those at the start of the
	 * text
	 */
	if (w->has_line && is_blank_piece(w, chunk->from, chunk->to))
	{
		chunk->from = chunk->to;
		if (chunk->from >= w->len)
			return true;
		chunk->to = chunk_end(w, chunk->from);
	}
	from = to = last = chunk->from;
	while (chunk->from < w->len && chunk->to - from <= width)
	{
		last = chunk->from;
		to = chunk->from = chunk->to;
		if (to < w->len)
			chunk->to = chunk_end(w, to);
	}
	if (chunk->from < w->len && chunk->to - chunk->from > width)
	{
		if (w->style->break_long_words)
		{
			int			end = break_long(w, chunk, width - (to - from));

			/* even a piece of nothing counts as the last one on the line */
			last = end > chunk->from ? chunk->from : -1;
			to = chunk->from = end;
		}
		else if (to == from)
		{
			last = chunk->from;
			to = chunk->from = chunk->to;
			if (to < w->len)
				chunk->to = chunk_end(w, to);
		}
	}
	if (to > from && last >= 0 && is_blank_piece(w, last, to))
		to = last;
	return to == from || put_line(w, from, to);
}

/* Appends one line of text, broken into several with newline between them. */
bool
mst_jinja_wrap_line(JinjaEval *ev, StringInfo out, const ExprValue *line,
					const ExprValue *newline, const JinjaWrapStyle *style)
{
	Wrapper		w = {ev, style, NULL, 0, out, newline, false};
	const char *s = line->u.string;
	const char *end = s + line->len;
	uint32	   *text;
	Chunk		chunk;

	if (style->width <= 0 && line->len > 0)
		return mst_jinja_fail(ev, "ValueError", "invalid width " INT64_FORMAT " (must be > 0)", style->width);
	if (!mst_expr_charge(ev->cxt, (int64) line->len * sizeof(uint32)))
		return false;
	text = palloc(sizeof(uint32) * Max(line->len, 1));
	while (s < end)
		text[w.len++] = mst_utf8_next(&s, end);
	w.text = text;
	chunk.from = 0;
	chunk.to = w.len > 0 ? chunk_end(&w, 0) : 0;
	while (chunk.from < w.len)
	{
		int			before = chunk.from;

		if (!build_line(&w, &chunk))
			return false;
		/* a chunk that was broken right at its end is finished */
		if (chunk.from < w.len && chunk.from >= chunk.to)
			chunk.to = chunk_end(&w, chunk.from);
		if (chunk.from == before)
			break;
	}
	pfree(text);
	return true;
}
