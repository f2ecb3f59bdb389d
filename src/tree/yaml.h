/*-------------------------------------------------------------------------
 *
 * yaml.h
 *	  YAML text to trees of nodes, and back.
 *
 * The only user of libyaml's header is yaml.c and yaml_dump.c.  Scalars are
 * resolved by the rules of YAML 1.1 with the safe tags; of equal keys of a
 * mapping the last one counts; "<<" merges.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_TREE_YAML_H
#define MISTRAL_TREE_YAML_H

#include "nodes/pg_list.h"

#include "tree/node.h"

/* Options by which the kinds of text differ. */
typedef struct YamlOptions
{
	/* "&" and "*" begin anchors and aliases; else plain text */
	bool		has_anchors;
	/* "@" may begin plain text */
	bool		allow_at;
	/* no-break spaces outside of quotes count as spaces */
	bool		fold_nbsp;
	/* gets the keys that a mapping has already, in order; NULL: not wanted */
	List	  **repeated_keys;
	int64		max_bytes;		/* of the text */
	int64		max_nodes;		/* of the tree, with aliases expanded */
	int			max_depth;
} YamlOptions;

typedef struct YamlError
{
	const char *cause;			/* "ScannerError", "ParserError", ... */
	char	   *message;
	int			line;			/* from 1; 0: unknown */
	int			column;
	bool		is_limit;		/* a limit was reached; the text may be right */
} YamlError;

extern void mst_yaml_definition_options(YamlOptions *options);
extern void mst_yaml_plain_options(YamlOptions *options);
extern SpecNode *mst_yaml_load(const char *text, int len,
							   const YamlOptions *options, YamlError *error);
extern bool mst_yaml_misses_anchors(const char *text, int len,
									const YamlOptions *options);

#define YAML_ANCHORS_HINT \
	"Anchors and aliases are plain text here, unless mistral.yaml_anchors is on."

extern char *mst_yaml_advise(const char *text, int len,
							 const YamlOptions *options, const YamlError *error);
extern SpecNode *mst_yaml_resolve(const char *text, int len);

/* The parts of a NODE_TIME, which mst_yaml_resolve() has checked. */
typedef struct YamlTime
{
	int			year;
	int			month;
	int			day;
	bool		has_time;		/* else a date */
	int			hour;
	int			minute;
	int			second;
	int			microsecond;
	bool		has_zone;
	int			zone_minutes;	/* east of UTC */
} YamlTime;

extern bool mst_yaml_parse_time(const char *text, int len, YamlTime *result);
extern void mst_yaml_dump(const SpecNode *node, bool ascii, StringInfo out);

#endif							/* MISTRAL_TREE_YAML_H */
