/*-------------------------------------------------------------------------
 *
 * entities.h
 *	  The named character references of HTML.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_WEB_ENTITIES_H
#define MISTRAL_JINJA_WEB_ENTITIES_H

typedef struct JinjaEntity
{
	const char *name;			/* without "&" and ";" */
	const char *text;			/* UTF-8 */
	bool		is_legacy;		/* also known without ";" */
} JinjaEntity;

/* Sorted by name, as strcmp() does. */
extern const JinjaEntity mst_jinja_entities[];
extern const int mst_jinja_nentities;

#endif							/* MISTRAL_JINJA_WEB_ENTITIES_H */
