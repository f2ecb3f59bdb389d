/*-------------------------------------------------------------------------
 *
 * entities.c
 *	  The named character references of HTML, as the standard lists them.
 *
 * The list is entities.txt, from which make writes the rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/web/entities.h"

const JinjaEntity mst_jinja_entities[] = {
#include "jinja/web/entities.inc"
};

const int	mst_jinja_nentities = lengthof(mst_jinja_entities);
