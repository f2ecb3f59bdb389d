/*-------------------------------------------------------------------------
 *
 * scopes.h
 *	  What the files of Jinja2's scope analysis share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_SCOPES_H
#define MISTRAL_JINJA_SCOPES_H

#include "jinja/statement_nodes.h"

typedef struct JinjaVariable
{
	const char *name;
	int			slot;			/* -1: read only, not here */
	bool		is_stored;		/* assigned here */
	bool		is_param;
	bool		is_set;			/* assigned on the path that is being walked */
	bool		may_be_unset;	/* read on a path that did not assign it */
	int			nbranches;		/* branches of the "if" being walked that
								 * assign it */
} JinjaVariable;

/* The names of one frame: open addressing over an array in order of appearance. */
typedef struct JinjaNames
{
	struct JinjaNames *parent;	/* NULL for a template and a block */
	JinjaFrameInfo *info;
	JinjaVariable *variables;
	int			nvariables;
	int			room;
	int		   *buckets;		/* index + 1 */
	int			nbuckets;
	int		   *journal;		/* variables in the order in which they became
								 * set */
	int			njournal;
	int			room_journal;
} JinjaNames;

/* ---- names of a frame (frame_names.c) ---- */

extern void mst_jinja_names_init(JinjaNames *names, JinjaNames *parent, JinjaFrameInfo *info);
extern void mst_jinja_names_free(JinjaNames *names);
extern JinjaVariable *mst_jinja_names_find(const JinjaNames *names, const char *name);
extern JinjaVariable *mst_jinja_names_get(JinjaNames *names, const char *name);
extern void mst_jinja_note_param(JinjaNames *names, const char *name);
extern void mst_jinja_note(JinjaNames *names, JinjaNode *node);
extern void mst_jinja_note_all(JinjaNames *names, const JinjaNodes *nodes);

/* ---- questions (walk.c) ---- */

typedef bool (*JinjaVisitor) (JinjaNode *node, void *arg);

extern bool mst_jinja_any_of(const JinjaNodes *nodes, JinjaVisitor visit, void *arg);

#endif							/* MISTRAL_JINJA_SCOPES_H */
