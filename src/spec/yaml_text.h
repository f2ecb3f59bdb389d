/*-------------------------------------------------------------------------
 *
 * yaml_text.h
 *	  Preparing a text for libyaml, whose scanner cannot be told otherwise.
 *
 * In definitions "&", "*" and "@" are ordinary characters, even at the
 * beginning of plain text.  For YAML they are special only there (and inside
 * of tags, none of which is accepted with them), so each is replaced by a
 * character of the private use area that the text does not contain, and put
 * back in every scalar that comes out.  One character stands for one
 * character, so the positions in libyaml's messages stay right.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_SPEC_YAML_TEXT_H
#define MISTRAL_SPEC_YAML_TEXT_H

#define YAML_MASKED 3

typedef struct YamlMask
{
	/* the UTF-8 bytes that stand for "&", "*", "@"; empty: not masked */
	char		stand_in[YAML_MASKED][4];
} YamlMask;

/*
 * Return the text for libyaml (palloc'd, or the text itself when nothing had
 * to change).  False: the text uses up all private characters.
 */
extern bool mst_yaml_mask(const char *text, int len, bool indicators, bool at,
						  YamlMask *mask, char **masked, int *masked_len);

/* Put the characters back in place; returns the new length. */
extern int	mst_yaml_unmask(const YamlMask *mask, char *text, int len);

/*
 * Replace the no-break spaces that stand for spaces: everywhere except
 * inside of quotes, in comments, and in the text of block scalars behind
 * their indentation.  Returns the text itself when there is none.
 */
extern char *mst_yaml_fold_nbsp(const char *text, int len, int *new_len);

#endif							/* MISTRAL_SPEC_YAML_TEXT_H */
