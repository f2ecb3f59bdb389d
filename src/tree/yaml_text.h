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
#ifndef MISTRAL_TREE_YAML_TEXT_H
#define MISTRAL_TREE_YAML_TEXT_H

#define YAML_MASKED 3

typedef struct YamlMask
{
	/* the UTF-8 bytes that stand for "&", "*", "@"; empty: not masked */
	char		stand_in[YAML_MASKED][4];
} YamlMask;

extern bool mst_yaml_mask(const char *text, int len, bool indicators, bool at,
						  YamlMask *mask, char **masked, int *masked_len);
extern int	mst_yaml_unmask(const YamlMask *mask, char *text, int len);
extern char *mst_yaml_fold_nbsp(const char *text, int len, int *new_len);

/* The syntax of a piece of a text. */
typedef enum YamlTextKind
{
	YAML_TEXT_BETWEEN,			/* indicators, spaces and comments */
	YAML_TEXT_PLAIN,
	YAML_TEXT_QUOTED,
	YAML_TEXT_BLOCK
} YamlTextKind;

/* A walk through a text; "at" and "end" are set by the caller at first. */
typedef struct YamlTabScan
{
	const char *at;
	const char *end;
	size_t		index;			/* of the character at "at" */
	size_t		line;			/* from 0 */
	size_t		column;
} YamlTabScan;

extern bool mst_yaml_find_tab(YamlTabScan *scan, size_t from, size_t to,
							  YamlTextKind kind);

#endif							/* MISTRAL_TREE_YAML_TEXT_H */
