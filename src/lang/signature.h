/*-------------------------------------------------------------------------
 *
 * signature.h
 *	  What a builtin takes, read from the text in its table row.
 *
 * signature.c describes the notation.  It is the same for both languages; the
 * types are those of the language, which finds them by name.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_LANG_SIGNATURE_H
#define MISTRAL_LANG_SIGNATURE_H

#include "value/value.h"

/* a value's kind as a bit of a set of kinds */
#define EXPR_KIND_BIT(kind)	(1u << (kind))
#define EXPR_ANY_KIND		(~0u)

/* A type that parameters can have; a language may have more to say of it. */
typedef struct ExprParamType
{
	const char *name;
	uint32		kinds;			/* EXPR_KIND_BITs of the values it takes */
	bool		(*test) (const ExprValue *v);	/* further test, or NULL */
	bool		is_lazy;		/* an expression that is not evaluated */
	bool		is_mapping;		/* takes "key => value" */
} ExprParamType;

typedef const ExprParamType *(*ExprFindType) (const char *name, int len);

typedef struct ExprParam
{
	const char *name;
	int			len;
	const ExprParamType *type;
	uint32		kinds;			/* those of the type, and null if it may be */
	bool		(*test) (const ExprValue *v);	/* that of the type */
	bool		is_nullable;
	bool		has_default;
	ExprValue	default_value;
} ExprParam;

typedef struct ExprSignature
{
	bool		is_read;
	int			nparams;		/* without the variadic ones */
	int			nrequired;		/* parameters without a default */
	int			nunnamed;		/* the first ones, which have no name for
								 * callers */
	int			npositional;	/* the first ones; those behind only have a
								 * name */
	ExprParam  *params;			/* nparams, then rest, then named_rest */
	const ExprParam *rest;		/* takes further positional arguments, or NULL */
	const ExprParam *named_rest;	/* takes further named arguments, or NULL */
} ExprSignature;

extern const char *mst_signature_names(const char *text, bool skip_first);
extern const char *mst_signature_first_name(const char *text);
extern const char *mst_signature_first_type(const char *text);
extern void mst_signature_read(const char *text, ExprFindType find_type, ExprSignature *signature);

#endif							/* MISTRAL_LANG_SIGNATURE_H */
