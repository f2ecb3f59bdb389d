/*-------------------------------------------------------------------------
 *
 * statement_nodes.h
 *	  The syntax tree of Jinja2: statements, and the frames of their variables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_STATEMENT_NODES_H
#define MISTRAL_JINJA_STATEMENT_NODES_H

#include "jinja/expression_nodes.h"

typedef struct JinjaText
{
	JinjaNode	node;
	const char *text;
	int			len;
} JinjaText;

/* How a slot of a frame starts. */
typedef enum JinjaSlotInit
{
	JINJA_SLOT_UNSET,			/* missing until it is assigned */
	JINJA_SLOT_ALIAS,			/* the value of an outer slot */
	JINJA_SLOT_CONTEXT			/* what the context has */
} JinjaSlotInit;

typedef struct JinjaSlot
{
	JinjaSlotInit init;
	const char *name;
	int			hops;			/* JINJA_SLOT_ALIAS: levels above the frame */
	int			slot;
	const JinjaContextName *context;	/* JINJA_SLOT_CONTEXT */
} JinjaSlot;

/* The variables of one scope. */
typedef struct JinjaFrameInfo
{
	int			nslots;
	JinjaSlot  *slots;
	bool		is_captured;	/* a macro inside may outlive it */
} JinjaFrameInfo;

typedef struct JinjaFor
{
	JinjaNode	node;
	JinjaNode  *target;
	JinjaNode  *iterable;
	JinjaNode  *filter;			/* may be NULL */
	JinjaNode  *filter_target;	/* the target, once more, for the filter's
								 * frame */
	bool		is_recursive;
	bool		uses_loop;
	int			loop_slot;
	JinjaNodes	body;
	JinjaNodes	otherwise;
	JinjaFrameInfo body_frame;
	JinjaFrameInfo filter_frame;
	JinjaFrameInfo else_frame;
} JinjaFor;

typedef struct JinjaIf
{
	JinjaNode	node;
	JinjaNodes	conditions;
	JinjaNodes *bodies;			/* one for each condition */
	JinjaNodes	otherwise;
} JinjaIf;

typedef struct JinjaSet
{
	JinjaNode	node;
	JinjaNode  *target;
	JinjaNode  *value;
} JinjaSet;

/* JINJA_SET_BLOCK, JINJA_FILTER_BLOCK, JINJA_AUTOESCAPE */
typedef struct JinjaScoped
{
	JinjaNode	node;
	JinjaNode  *target;			/* set: what is assigned; autoescape: the flag */
	JinjaNode  *filter;			/* innermost filter has no operand; may be
								 * NULL */
	JinjaNodes	body;
	JinjaFrameInfo frame;
} JinjaScoped;

typedef struct JinjaWith
{
	JinjaNode	node;
	JinjaNodes	targets;
	JinjaNodes	values;
	JinjaNodes	body;
	JinjaFrameInfo frame;
} JinjaWith;

/* JINJA_MACRO, JINJA_CALL_BLOCK */
typedef struct JinjaMacro
{
	JinjaNode	node;
	JinjaName  *target;			/* NULL for a call block */
	JinjaCall  *call;			/* call block: what is called */
	JinjaNodes	params;			/* JinjaName */
	JinjaNodes	defaults;		/* of the last parameters */
	JinjaNodes	body;
	JinjaFrameInfo frame;
	bool		has_caller_param;	/* "caller" is one of the parameters */
	int			caller_slot;	/* -1 when the body does not use it */
	int			kwargs_slot;
	int			varargs_slot;
} JinjaMacro;

typedef struct JinjaBlock
{
	JinjaNode	node;
	const char *name;
	bool		is_scoped;
	bool		is_required;
	JinjaNodes	body;
	JinjaFrameInfo frame;
	int			self_slot;		/* -1 when the body does not use it */
	int			super_slot;
} JinjaBlock;

typedef struct JinjaLoad
{
	JinjaNode	node;
	JinjaNode  *template;
	JinjaNodes	targets;		/* names that an import would set */
	bool		ignore_missing;
	bool		is_include;
	bool		is_extends;
} JinjaLoad;

#endif							/* MISTRAL_JINJA_STATEMENT_NODES_H */
