/*-------------------------------------------------------------------------
 *
 * guc.h
 *	  The settings of this extension.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_GUC_H
#define MISTRAL_GUC_H

/* defines every setting; called once by _PG_init */
extern void mst_guc_define(void);

/* in the order of their names; guc.c describes each */
extern int	mst_max_inline_steps;

#endif							/* MISTRAL_GUC_H */
