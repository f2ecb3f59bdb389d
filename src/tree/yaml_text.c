/*-------------------------------------------------------------------------
 *
 * yaml_text.c
 *	  Preparing a text for libyaml, and looking at it again.
 *
 * Three things that libyaml does not do stand here, each a scan of the
 * whole text that costs linear time.
 *
 * Masks: where anchors are switched off, "&", "*" and "@" are put out of
 * libyaml's sight by characters of the private use area that the text does
 * not contain, and put back in every scalar.  So a text may say "&" without
 * quotes, as a workflow that quotes nothing would.
 *
 * No-break spaces: text pasted from a web page often has them for
 * indentation.  They are replaced only after a text has failed to parse,
 * and only where they stand for spaces (docs/language.md, "2 Texts").
 *
 * Tabs: libyaml lets them pass between tokens, other readers do not.  The
 * loader asks for each scalar whether there is a tab before it or in it
 * where none may be.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "tree/yaml_text.h"

static const char masked_chars[YAML_MASKED] = {'&', '*', '@'};

/* The private use area of the basic plane: U+E000 to U+F8FF. */
#define PRIVATE_FIRST	0xE000
#define PRIVATE_COUNT	(0xF900 - 0xE000)

/* Returns whether the i-th of the masked characters has a stand-in. */
static bool
is_masked(const YamlMask *mask, int i)
{
	return mask->stand_in[i][0] != '\0';
}

/*
 * Returns the code point of a private use character at p; -1 if there is
 * another.  The area is all of three bytes, beginning with EE or EF.
 */
static int
private_char(const unsigned char *p, const unsigned char *end)
{
	int			c;

	if (end - p < 3 || (p[0] != 0xEE && p[0] != 0xEF))
		return -1;
	c = ((p[0] & 0x0F) << 12) | ((p[1] & 0x3F) << 6) | (p[2] & 0x3F);
	return c >= PRIVATE_FIRST && c < PRIVATE_FIRST + PRIVATE_COUNT ? c : -1;
}

/*
 * Chooses private characters that the text does not contain; false if it
 * contains nearly all 6,400, which only an attack would.
 */
static bool
choose_stand_ins(const char *text, int len, YamlMask *mask)
{
	bool		used[PRIVATE_COUNT] = {false};
	const unsigned char *p = (const unsigned char *) text;
	const unsigned char *end = p + len;
	int			next = 0;

	for (; p < end; p++)
	{
		int			c = private_char(p, end);

		if (c >= PRIVATE_FIRST)
			used[c - PRIVATE_FIRST] = true;
	}
	for (int i = 0; i < YAML_MASKED; i++)
	{
		int			c;

		while (next < PRIVATE_COUNT && used[next])
			next++;
		if (next >= PRIVATE_COUNT)
			return false;
		c = PRIVATE_FIRST + next++;
		mask->stand_in[i][0] = 0xE0 | (c >> 12);
		mask->stand_in[i][1] = 0x80 | ((c >> 6) & 0x3F);
		mask->stand_in[i][2] = 0x80 | (c & 0x3F);
	}
	return true;
}

/*
 * Returns the text for libyaml (palloc'd, or the text itself when nothing had
 * to change).  False: the text uses up all private characters.
 */
bool
mst_yaml_mask(const char *text, int len, bool indicators, bool at,
			  YamlMask *mask, char **masked, int *masked_len)
{
	StringInfoData out;
	const char *special = indicators && at ? "&*@" : indicators ? "&*" : at ? "@" : "";
	int			from = 0;

	memset(mask, 0, sizeof(*mask));
	*masked = unconstify(char *, text);
	*masked_len = len;
	if (*special == '\0' || strpbrk(text, special) == NULL)
		return true;
	if (!choose_stand_ins(text, len, mask))
		return false;

	initStringInfo(&out);
	enlargeStringInfo(&out, len + 64);
	for (int i = 0; i < len; i++)
	{
		for (int k = 0; k < YAML_MASKED; k++)
		{
			if (text[i] != masked_chars[k] || strchr(special, text[i]) == NULL)
				continue;
			appendBinaryStringInfo(&out, text + from, i - from);
			appendStringInfoString(&out, mask->stand_in[k]);
			from = i + 1;
		}
	}
	appendBinaryStringInfo(&out, text + from, len - from);
	*masked = out.data;
	*masked_len = out.len;
	return true;
}

/*
 * Puts the masked characters back in place and returns the new length.  The
 * text only gets shorter, so it is changed where it is.
 */
int
mst_yaml_unmask(const YamlMask *mask, char *text, int len)
{
	char	   *to = text;
	const char *p = text;
	const char *end = text + len;

	if (!is_masked(mask, 0) && !is_masked(mask, YAML_MASKED - 1))
		return len;
	while (p < end)
	{
		int			k = 0;

		if ((unsigned char) *p == 0xEE || (unsigned char) *p == 0xEF)
		{
			while (k < YAML_MASKED && strncmp(p, mask->stand_in[k], 3) != 0)
				k++;
			if (k < YAML_MASKED)
			{
				*to++ = masked_chars[k];
				p += 3;
				continue;
			}
		}
		*to++ = *p++;
	}
	*to = '\0';
	return to - text;
}

/* ---- no-break spaces ---- */

/*
 * The scanner below follows only as much of YAML's syntax as is needed to
 * know whether it stands inside of quotes, a comment or a block scalar.
 */
typedef struct NbspScanner
{
	const char *at;
	const char *end;
	StringInfo	out;
	int			flow;			/* depth of brackets */
	bool		at_token;		/* a scalar may begin here */
	char		quote;			/* inside of this quote, else NUL */
	int			column;			/* of the next character of the line */
	int			parent;			/* column a block scalar must exceed */
} NbspScanner;

static bool
is_nbsp(const char *p, const char *end)
{
	return end - p >= 2 && (unsigned char) p[0] == 0xC2 &&
		(unsigned char) p[1] == 0xA0;
}

/* Copies one byte. */
static void
copy_byte(NbspScanner *scan)
{
	appendStringInfoCharMacro(scan->out, *scan->at);
	scan->at++;
}

static void
copy_rest_of_line(NbspScanner *scan)
{
	while (scan->at < scan->end && *scan->at != '\n')
		copy_byte(scan);
}

/* Copies spaces, and no-break spaces as spaces; returns their number. */
static int
copy_blanks(NbspScanner *scan)
{
	int			n = 0;

	for (; scan->at < scan->end; n++)
	{
		if (*scan->at == ' ')
			copy_byte(scan);
		else if (is_nbsp(scan->at, scan->end))
		{
			appendStringInfoCharMacro(scan->out, ' ');
			scan->at += 2;
		}
		else
			break;
	}
	return n;
}

/*
 * Returns whether an indicator in front of p is separated, as YAML demands
 * of "-", "?" and ":" in block style.
 */
static bool
at_blank_or_end(const NbspScanner *scan, const char *p)
{
	return p >= scan->end || strchr(" \t\r\n", *p) != NULL ||
		is_nbsp(p, scan->end);
}

/*
 * Copies the lines of a block scalar: all that are empty or indented by
 * more than the scalar's parent.  No-break spaces behind the indentation
 * are text and stay.
 */
static void
copy_block_scalar(NbspScanner *scan)
{
	copy_rest_of_line(scan);
	while (scan->at < scan->end)
	{
		const char *p = scan->at + 1;
		int			indent = 0;

		for (; p < scan->end; indent++)
		{
			if (*p == ' ')
				p++;
			else if (is_nbsp(p, scan->end))
				p += 2;
			else
				break;
		}
		if (indent <= scan->parent && p < scan->end &&
			*p != '\n' && *p != '\r')
			return;
		copy_byte(scan);		/* the line's end */
		(void) copy_blanks(scan);
		copy_rest_of_line(scan);
	}
}

/*
 * Copies what is inside of quotes, up to and including the closing one.  A
 * quote is escaped by a backslash in double quotes, and by doubling in
 * single ones.
 */
static void
copy_quoted(NbspScanner *scan)
{
	char		quote = *scan->at;

	copy_byte(scan);
	while (scan->at < scan->end)
	{
		char		c = *scan->at;

		copy_byte(scan);
		if (c == '\\' && quote == '"' && scan->at < scan->end)
			copy_byte(scan);
		else if (c == quote)
		{
			if (quote == '\'' && scan->at < scan->end && *scan->at == '\'')
				copy_byte(scan);
			else
				return;
		}
	}
}

/* Copies one token or character; the scanner is behind the indentation. */
static void
copy_token(NbspScanner *scan)
{
	char		c = *scan->at;
	bool		separated = at_blank_or_end(scan, scan->at + 1);

	if (scan->at_token && (c == '"' || c == '\''))
	{
		copy_quoted(scan);
		scan->at_token = false;
	}
	else if (scan->at_token && scan->flow == 0 && (c == '|' || c == '>'))
		copy_block_scalar(scan);
	else if (scan->at_token && separated && (c == '-' || c == '?'))
	{
		/* what follows is a block of its own, at its own column */
		int			column = scan->column;

		copy_byte(scan);
		scan->parent = column;
		scan->column = column + 1 + copy_blanks(scan);
		if (scan->at < scan->end && *scan->at != '|' && *scan->at != '>')
			scan->parent = scan->column;
	}
	else if (c == ':' && (separated || scan->flow > 0))
	{
		copy_byte(scan);
		scan->at_token = true;
	}
	else if (strchr("[{", c) != NULL && (scan->at_token || scan->flow > 0))
	{
		copy_byte(scan);
		scan->flow++;
		scan->at_token = true;
	}
	else if (strchr("]},", c) != NULL && scan->flow > 0)
	{
		copy_byte(scan);
		if (c != ',')
			scan->flow--;
		scan->at_token = c == ',';
	}
	else
	{
		copy_byte(scan);
		/* behind a tag or an anchor the scalar is still to come */
		if (!(scan->at_token && (c == '!' || c == '&')))
			scan->at_token = false;
		else
		{
			while (!at_blank_or_end(scan, scan->at))
				copy_byte(scan);
		}
	}
}

/* Copies one line, or more of them where a scalar goes over several. */
static void
copy_line(NbspScanner *scan)
{
	scan->column = copy_blanks(scan);
	scan->parent = scan->column;
	scan->at_token = true;
	for (bool after_blank = true; scan->at < scan->end && *scan->at != '\n';
		 after_blank = false)
	{
		after_blank |= copy_blanks(scan) > 0;
		if (scan->at >= scan->end || *scan->at == '\n')
			break;
		if (*scan->at == '#' && after_blank)
			copy_rest_of_line(scan);
		else if (*scan->at == '\t')
			copy_byte(scan);
		else
			copy_token(scan);
	}
	if (scan->at < scan->end)
		copy_byte(scan);
}

/*
 * Replaces the no-break spaces that stand for spaces: everywhere except
 * inside of quotes, in comments, and in the text of block scalars behind
 * their indentation.  Returns the text itself when there is none.
 */
char *
mst_yaml_fold_nbsp(const char *text, int len, int *new_len)
{
	StringInfoData out;
	NbspScanner scan = {text, text + len, &out};

	*new_len = len;
	if (strstr(text, "\xC2\xA0") == NULL)
		return unconstify(char *, text);
	initStringInfo(&out);
	while (scan.at < scan.end)
		copy_line(&scan);
	*new_len = out.len;
	return out.data;
}

/* ---- tabs ---- */

/* Steps over one character; "\r\n" is one break, as libyaml counts lines. */
static void
step_char(YamlTabScan *scan)
{
	bool		is_break = *scan->at == '\n' ||
	(*scan->at == '\r' && !(scan->at + 1 < scan->end && scan->at[1] == '\n'));

	do
		scan->at++;
	while (scan->at < scan->end && ((unsigned char) *scan->at & 0xC0) == 0x80);
	scan->index++;
	scan->column = is_break ? 0 : scan->column + 1;
	scan->line += is_break ? 1 : 0;
}

/*
 * Returns whether there is a tab before the character "to", and stops at
 * it.  With "has_comments" tabs in comments do not count; with "one_line"
 * the search ends behind the end of a line.
 */
static bool
find_tab(YamlTabScan *scan, size_t to, bool has_comments, bool one_line)
{
	bool		in_comment = false;

	while (scan->index < to && scan->at < scan->end)
	{
		char		c = *scan->at;

		if (c == '\t' && !in_comment)
			return true;
		step_char(scan);
		if (c == '#' && has_comments)
			in_comment = true;
		else if (c == '\n' || c == '\r')
		{
			in_comment = false;
			if (one_line)
				return false;
		}
	}
	return false;
}

/*
 * Scans up to and over a scalar of the characters [from, to).  Returns true,
 * and stops, at a tab where none may be: in plain text, and outside of scalars
 * but for comments.
 */
bool
mst_yaml_find_tab(YamlTabScan *scan, size_t from, size_t to, YamlTextKind kind)
{
	if (find_tab(scan, from, true, false))
		return true;
	switch (kind)
	{
		case YAML_TEXT_BETWEEN:
			return find_tab(scan, to, true, false);
		case YAML_TEXT_PLAIN:
			return find_tab(scan, to, false, false);
		case YAML_TEXT_BLOCK:
			/* the first line has the indicator, and perhaps a comment */
			if (find_tab(scan, to, true, true))
				return true;
			break;
		case YAML_TEXT_QUOTED:
			break;
	}
	while (scan->index < to && scan->at < scan->end)
		step_char(scan);
	return false;
}
